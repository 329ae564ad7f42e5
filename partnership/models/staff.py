"""Who works in the admin. The public has no accounts."""

from axes.models import AccessAttempt
from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .partners import Partner

#: The groups that the migrations make, in words.
ROLES = {"Editor": _("Editor"), "Publisher": _("Publisher"), "Administrator": _("Administrator")}


class User(AbstractUser):
    """A member of staff of one of the partners."""

    partner = models.ForeignKey(
        Partner,
        verbose_name=_("partner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="staff",
        help_text=_("Where this person works. All staff may work on all records, whichever partner they belong to."),
    )
    link_sent_at = models.DateTimeField(_("link sent"), null=True, editable=False)

    class Meta(AbstractUser.Meta):
        verbose_name = _("member of staff")  # type: ignore[assignment]
        verbose_name_plural = _("staff")  # type: ignore[assignment]
        constraints = [
            # Who asks for a new password gives an address; it must lead to one account.
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="%(app_label)s_%(class)s_email",
                violation_error_message=_("There is an account with this e-mail address already."),
            )
        ]

    @property
    def role(self) -> Group | None:
        """The one group of a member of staff; superusers may have none."""
        return next(iter(self.groups.all()), None)

    @cached_property
    def needs_second_factor(self) -> bool:
        """Whoever can change what the public sees, or who may do so, shows more than a password."""
        return self.is_superuser or self.groups.filter(name__in=ROLES.keys() - {"Editor"}).exists()

    @property
    def works_outside_the_eu(self) -> bool:
        """Whether showing this person personal data is a transfer to a third country (GDPR, chapter V)."""
        return self.partner is not None and self.partner.country == Partner.Country.SOUTH_AFRICA

    @property
    def may_see_staff(self) -> bool:
        return self.has_perm("partnership.change_user") and not self.works_outside_the_eu


class FailedSignIn(AccessAttempt):
    """Failures of one name from one address, as django-axes counts them. Deleting them ends the wait."""

    class Meta:
        proxy = True
        ordering = ["-attempt_time"]
        default_permissions = ()
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")

"""Staff accounts, and what staff write to each other. The public has no accounts."""

from __future__ import annotations

import datetime
from typing import Any, Self

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from .partners import Partner

#: The groups that the migrations create, with their translated names.
ROLES = {"Editor": _("Editor"), "Publisher": _("Publisher"), "Administrator": _("Administrator")}


class StaffManager(UserManager):
    def get_by_natural_key(self, username: str | None) -> Any:
        """The account of a user name or an e-mail address, in any case. Raises DoesNotExist."""
        named = self.filter(username__iexact=username).first() if username else None
        return named or self.exclude(email="").get(email__iexact=username or "")


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
    wants_inbox_notices = models.BooleanField(_("hears of what was sent in"), default=False, editable=False)
    inbox_notice_at = models.DateTimeField(null=True, editable=False)

    objects = StaffManager()

    class Meta(AbstractUser.Meta):
        verbose_name = _("member of staff")  # type: ignore[assignment]
        verbose_name_plural = _("staff")  # type: ignore[assignment]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="%(app_label)s_%(class)s_username",
                violation_error_message=_("There is an account with this user name already."),
            ),
            # A request for a new password names an e-mail address, which must lead to a single account.
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="%(app_label)s_%(class)s_email",
                violation_error_message=_("There is an account with this e-mail address already."),
            ),
        ]

    @property
    def role(self) -> Group | None:
        """A member of staff has one group; superusers may have none."""
        return next(iter(self.groups.all()), None)

    @cached_property
    def needs_second_factor(self) -> bool:
        """Required of everybody who can change what the public sees, or who can grant that right."""
        return self.is_superuser or self.groups.filter(name__in=ROLES.keys() - {"Editor"}).exists()

    @property
    def works_outside_the_eu(self) -> bool:
        """Whether personal data shown to this person is transferred to a third country (GDPR, chapter V)."""
        return self.partner is not None and self.partner.country == Partner.Country.SOUTH_AFRICA

    def name_for(self, reader: User) -> str:
        """The name of a colleague; to staff outside the EU only whose colleague it is."""
        return (self.partner.brief if self.partner else "–") if reader.works_outside_the_eu else str(self)

    @property
    def may_see_staff(self) -> bool:
        return self.has_perm("partnership.change_user") and not self.works_outside_the_eu


class FailedSignIn(AccessAttempt):
    """Failures of one name from one IP address, as django-axes counts them. Deleting them ends the wait."""

    class Meta:
        proxy = True
        ordering = ["-attempt_time"]
        default_permissions = ()
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")


class ReviewNoteQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(done_at__isnull=True)

    def of(self, record: Any) -> Self:
        return self.filter(model_name=record._meta.model_name, code=record.code)


class ReviewNote(models.Model):
    """A task for a colleague: a suggestion for a public record, or a draft that was returned."""

    class About(models.TextChoices):
        SUGGESTION = "suggestion", _("suggestion")
        RETURNED = "returned", _("returned to its author")

    about = models.CharField(_("kind of remark"), max_length=10, choices=About)
    model_name = models.CharField(_("kind"), max_length=20)
    code = texts.CharField(_("code"), max_length=80)
    text = texts.TextField(_("remark"), max_length=2000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="review_notes",
    )
    made_at = models.DateTimeField(_("when"), auto_now_add=True)
    answer = texts.TextField(_("answer"), max_length=2000, blank=True)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("done by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = ReviewNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["model_name", "code", "done_at"], name="partnership_reviewnote_of")]

    def __str__(self) -> str:
        return f"{self.model_name}/{self.code}: {self.get_about_display()}"


class SecondLook(models.Model):
    """When somebody last looked whether a public record is still true, and found that it is."""

    model_name = models.CharField(_("kind"), max_length=20)
    code = models.CharField(_("code"), max_length=80)
    looked_at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("second look")
        verbose_name_plural = _("second looks")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["model_name", "code"], name="partnership_secondlook_once")]

    def __str__(self) -> str:
        return f"{self.model_name}/{self.code}"


class FormDraftQuerySet(models.QuerySet):
    def run_out(self):
        return self.filter(saved_at__lt=timezone.now() - FormDraft.LIFETIME)


class FormDraft(models.Model):
    """What somebody has typed into a form and not saved yet; one for each form of each member of staff."""

    #: How long it is kept from its last change, as long as drafts lie in the bin.
    LIFETIME = datetime.timedelta(days=90)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="form_drafts")
    path = models.CharField(_("page"), max_length=200)
    title = models.CharField(_("title"), max_length=300, blank=True)
    #: Names and values in the order of the form, without the token.
    fields = models.JSONField(default=list)
    saved_at = models.DateTimeField(_("when"), auto_now=True)

    objects = FormDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("form not saved yet")
        verbose_name_plural = _("forms not saved yet")
        default_permissions = ()
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["user", "path"], name="partnership_formdraft_once")]

    def __str__(self) -> str:
        return self.title or self.path

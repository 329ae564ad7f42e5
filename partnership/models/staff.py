"""Who works in the admin. The public has no accounts."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff of one of the partners."""

    partner = models.ForeignKey(
        "partnership.Partner",
        verbose_name=_("partner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="staff",
        help_text=_("Where this person works. All staff may work on all records, whichever partner they belong to."),
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("member of staff")  # type: ignore[assignment]
        verbose_name_plural = _("staff")  # type: ignore[assignment]

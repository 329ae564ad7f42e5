"""What happened to the locks of the record office: who signed in, what was refused, exported, erased."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device


class SecurityEventQuerySet(models.QuerySet):
    def run_out(self):
        return self.filter(at__lt=timezone.now() - SecurityEvent.LIFETIME)


class SecurityEvent(models.Model):
    """One event, for administrators inside the EU. Names that were typed and belong to no account are not kept."""

    class What(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        FAILED = "failed", _("sign-in failed")
        REFUSED = "refused", _("refused")
        ROLE = "role", _("role changed")
        FACTOR = "factor", _("second factor changed")
        PASSWORD = "password", _("password set")
        ENDED = "ended", _("sessions ended")
        LINK = "link", _("link for a password sent")
        EXPORTED = "exported", _("exported")
        REDACTED = "redacted", _("erased")

    #: How long events are kept.
    LIFETIME = datetime.timedelta(days=400)

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    what = models.CharField(_("what"), max_length=10, choices=What)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="security_events",
    )
    #: The same for the same client as long as the secret is, and nobody’s address.
    client = models.CharField(_("from where, folded"), max_length=12, blank=True)
    detail = models.CharField(_("which"), max_length=160, blank=True)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events of the security log")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_what_display()}"


class Passkey(Device):
    """A key that a member of staff holds; the site has its public half. The name is what its owner calls it."""

    #: Both in base64url.
    credential = models.CharField(max_length=1400, unique=True)
    public_key = models.TextField()
    #: How often the key has signed, as far as it counts: a copy of it would fall behind.
    signed = models.PositiveBigIntegerField(default=0)
    added_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

"""E-mail to staff. An e-mail that the mail server does not accept stays in the queue and is tried again."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .models import Partner, QueuedEmail, Revision, User

logger = logging.getLogger(__name__)


def author_of(record: Any) -> User | None:
    """The user who made the first version of a record; None for a record from the text files."""
    first = Revision.objects.of(record).select_related("by__partner").order_by("pk").first()
    return first.by if first and first.action == Revision.Action.CREATED else None


def language_of(user: User) -> str:
    """Swedish for colleagues of Swedish partners, English for all others."""
    return "sv" if user.partner and user.partner.country == Partner.Country.SWEDEN else "en"


def published(record: Any, to: User, comment: str) -> str:
    return _about(record, to, lambda: _("Published: %(title)s"), comment)


def returned(record: Any, to: User, comment: str) -> str:
    return _about(record, to, lambda: _("Returned to you: %(title)s"), comment)


def answered(record: Any, to: User, answer: str) -> str:
    return _about(record, to, lambda: _("Your remark has been seen to: %(title)s"), answer)


def _about(record: Any, to: User, subject: Any, comment: str) -> str:
    """Sends an e-mail about a record, in the language of its reader. Returns why it was not sent, or nothing."""
    opts = record._meta
    with translation.override(language_of(to)):
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
        body = "\n\n".join(part for part in (comment, f"{settings.SITE_URL}{url}") if part)
        email = QueuedEmail(to=to, subject=" ".join((subject() % {"title": record}).split())[:200], body=body)
    if not to.email:
        return _("%(name)s has no e-mail address and has not been told.") % {"name": to}
    email.save()
    return "" if _send(email) else _("The e-mail could not be sent now. It will be tried again; nothing is lost.")


def send_all() -> tuple[int, int]:
    """Tries every queued e-mail; returns the numbers of those that were sent and of those that still wait."""
    sent = sum(_send(email) for email in QueuedEmail.objects.select_related("to"))
    return sent, QueuedEmail.objects.count()


def _send(email: QueuedEmail) -> bool:
    try:
        send_mail(email.subject, email.body, None, [email.to.email])
    except (OSError, SMTPException) as error:
        logger.warning("An e-mail waits: %s", type(error).__name__)
        return False
    email.delete()
    return True

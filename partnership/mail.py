"""E-mail to colleagues. What the mail server does not take is kept and tried again; nothing waits for it."""

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
    """Who wrote the first version of a record; nobody for what came from the files."""
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
    """Writes to a colleague about a record, in that colleague’s language. Answers what kept the letter back."""
    opts = record._meta
    with translation.override(language_of(to)):
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
        body = "\n\n".join(part for part in (comment, f"{settings.SITE_URL}{address}") if part)
        letter = QueuedEmail(to=to, subject=" ".join((subject() % {"title": record}).split())[:200], body=body)
    if not to.email:
        return _("%(name)s has no e-mail address and has not been told.") % {"name": to}
    letter.save()
    return "" if _sent(letter) else _("The e-mail could not be sent now. It will be tried again; nothing is lost.")


def send_all() -> tuple[int, int]:
    """Tries every letter that waits; says how many have gone out and how many still wait."""
    sent = sum(_sent(letter) for letter in QueuedEmail.objects.select_related("to"))
    return sent, QueuedEmail.objects.count()


def _sent(letter: QueuedEmail) -> bool:
    try:
        send_mail(letter.subject, letter.body, None, [letter.to.email])
    except (OSError, SMTPException) as error:
        logger.warning("A letter waits: %s", type(error).__name__)
        return False
    letter.delete()
    return True

"""After some years followers are asked whether they still want letters; who does not answer is forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import mail
from ..models import Follower, QueuedEmail, Suppression
from .digests import letter_context, list_headers

DAYS_TO_ANSWER = 30


def ask_again() -> None:
    """Queues the question for those whose time has come, and deletes those who have not answered."""
    now = timezone.now()
    unanswered = Follower.objects.filter(reconfirm_asked_at__lt=now - timedelta(days=DAYS_TO_ANSWER))
    # Whom the question has not reached could not answer it.
    unsent = QueuedEmail.objects.filter(purpose=QueuedEmail.Purpose.RECONFIRM).exclude(state=QueuedEmail.State.SENT)
    unanswered.exclude(emails__in=unsent).delete()
    since = now - timedelta(days=settings.RECONFIRM_MONTHS * 365 / 12)
    due = Follower.objects.confirmed().annotate(since=Coalesce("reconfirmed_at", "confirmed_at"))
    for follower in due.filter(since__lt=since, reconfirm_asked_at=None)[:500]:
        # Of two workers only one changes the row.
        if Follower.objects.filter(pk=follower.pk, reconfirm_asked_at=None).update(reconfirm_asked_at=now):
            QueuedEmail.objects.create(
                purpose=QueuedEmail.Purpose.RECONFIRM, follower=follower, language=follower.language
            )


def question(email: QueuedEmail) -> EmailMessage | None:
    follower = email.follower
    if follower is None or follower.reconfirm_asked_at is None or Suppression.covers(follower.email):
        return None
    with translation.override(follower.language):
        text = render_to_string("following/reconfirm.txt", letter_context(follower)).strip() + "\n"
        subject = _("Do you still want to follow the record of %(name)s?") % {"name": settings.SITE_NAME}
        return mail.letter(email, subject, text, **list_headers(follower))

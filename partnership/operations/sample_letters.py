"""One letter of each kind, made by what makes the real ones, of rows that are undone: nobody follows anything by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation

from .. import mail
from ..contributions.intake import queue_receipt
from ..contributions.letters import texts_to_begin_from, write_to_sender
from ..following.newsletters import letter_of
from ..following.topics import EVERYTHING
from ..following.views import ask
from ..models import Contribution, Follower, Mailing, Newsletter, QueuedEmail, Suppression
from ..models.contributions import key_hash
from .worker import COMPOSERS

Purpose = QueuedEmail.Purpose


def letters_to(address: str, language: str) -> list[tuple[str, EmailMessage | None]]:
    """The kind of each letter and the letter; None where there is nothing to write about."""
    with transaction.atomic(), translation.override(language):
        Follower.objects.filter(email=address).delete()
        Contribution.objects.filter(email=address).update(email="")
        Suppression.objects.all().delete()
        rows = [*_of_contributions(address, language), *_of_following(address, language)]
        letters = [(str(row.get_purpose_display()), COMPOSERS.get(row.purpose, mail.compose)(row)) for row in rows]
        transaction.set_rollback(True)
    return letters


def _of_contributions(address: str, language: str) -> Iterator[QueuedEmail]:
    contribution = Contribution(email=address, language=language, text="–")
    contribution.key_hash = key_hash(contribution.make_private_key())
    contribution.give_reference()
    contribution.save()
    queue_receipt(contribution, contribution.private_key())
    write_to_sender(contribution, None, texts_to_begin_from(contribution, [])["ask"])
    yield from contribution.emails.order_by("purpose")


def _of_following(address: str, language: str) -> Iterator[QueuedEmail]:
    ask(address, language, Follower.Rhythm.MONTHLY, [EVERYTHING])
    follower = Follower.objects.get(email=address)
    yield from follower.emails.all()
    follower.confirm()
    follower.told_until = datetime(2000, 1, 1, tzinfo=UTC)
    follower.reconfirm_asked_at = timezone.now()
    follower.save()
    mailing = Mailing.objects.create(rhythm=Follower.Rhythm.MONTHLY, period_until=timezone.now())
    yield QueuedEmail(purpose=Purpose.DIGEST, mailing=mailing, follower=follower, language=language)
    yield QueuedEmail(purpose=Purpose.RECONFIRM, follower=follower, language=language)
    newsletter = Newsletter.objects.published().order_by("-number").first()
    sent = Mailing.objects.filter(newsletter=newsletter).first() if newsletter else None
    if newsletter and sent is None:
        frozen = {code: letter_of(newsletter, code) for code, _name in settings.LANGUAGES}
        sent = Mailing.objects.create(newsletter=newsletter, frozen=frozen)
    yield QueuedEmail(purpose=Purpose.NEWSLETTER, mailing=sent, follower=follower, language=language)

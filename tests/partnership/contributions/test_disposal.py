"""Whatever is kept for a stated time is there an hour before it is over and gone an hour after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from partnership.contributions.disposal import dispose
from partnership.models import (
    Contribution,
    ContributionFile,
    Follower,
    FormDraft,
    HeldUpload,
    QueuedEmail,
    SecurityEvent,
    User,
)
from projects.models import Project
from tests.factories import make_project
from tests.partnership.contributions.test_inbox import add_file, make_contribution

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def person() -> User:
    return User.objects.get_or_create(username="test-person")[0]


def make_event(at: datetime) -> None:
    event = SecurityEvent.objects.create(what="signed_in")
    SecurityEvent.objects.filter(pk=event.pk).update(at=at)


def make_form(at: datetime) -> None:
    draft = FormDraft.objects.create(user=person(), path=f"/{at}")
    FormDraft.objects.filter(pk=draft.pk).update(saved_at=at)


def make_discarded(at: datetime) -> None:
    project = make_project(state="draft", sources=0)
    Project.objects.filter(pk=project.pk).update(discarded_at=at)


def hold(at: datetime, user: User | None) -> None:
    file = ContentFile(b"x", name="a")
    HeldUpload.objects.create(held_at=at, user=user, form="x", field="file", file=file, name="a", size=1)


def write_letter(at: datetime, state: str) -> None:
    QueuedEmail.objects.create(state=state, claimed_at=at)


def close(at: datetime) -> Contribution:
    return make_contribution(state="not_used", closed_at=at)


#: What is kept: how long, what makes it at a moment, and what is there of it.
KEPT: dict[str, tuple[timedelta, Callable[[datetime], Any], Callable[[], Any]]] = {
    "the code of a sender": (
        timedelta(7),
        lambda at: make_contribution(sender="a" * 32, received_at=at),
        lambda: Contribution.objects.exclude(sender=""),
    ),
    "the code of a receipt": (
        timedelta(7),
        lambda at: make_contribution(receipt_hash="b" * 64, received_at=at),
        lambda: Contribution.objects.exclude(receipt_hash=""),
    ),
    "who asked for letters and never confirmed": (
        timedelta(7),
        lambda at: Follower.objects.create(email=f"a{at.timestamp()}@vaxjo.se", asked_at=at),
        Follower.objects.all,
    ),
    "a draft in the bin": (timedelta(90), make_discarded, Project.objects.discarded),
    "the security log": (timedelta(400), make_event, SecurityEvent.objects.all),
    "a form put aside": (timedelta(90), make_form, FormDraft.objects.all),
    "a file of a stranger's form": (timedelta(1), lambda at: hold(at, None), HeldUpload.objects.all),
    "a file of a form of staff": (timedelta(30), lambda at: hold(at, person()), HeldUpload.objects.all),
    "a sent letter": (timedelta(30), lambda at: write_letter(at, "sent"), QueuedEmail.objects.all),
    "a refused letter": (timedelta(30), lambda at: write_letter(at, "refused"), QueuedEmail.objects.all),
    "spam": (
        timedelta(20),
        lambda at: make_contribution(is_spam=True, received_at=at),
        lambda: Contribution.objects.exclude(text=""),
    ),
    "what is suspected and nobody read": (
        timedelta(20),
        lambda at: make_contribution(suspected=["links"], received_at=at),
        lambda: Contribution.objects.exclude(text=""),
    ),
    "an address": (timedelta(80), close, lambda: Contribution.objects.exclude(email="")),
    "an original file": (
        timedelta(300),
        lambda at: add_file(close(at)),
        lambda: ContributionFile.objects.exclude(state="deleted"),
    ),
    "a text": (timedelta(500), close, lambda: Contribution.objects.exclude(text="")),
}


@pytest.mark.parametrize(("lifetime", "make", "rows"), KEPT.values(), ids=KEPT)
def test_it_is_there_as_long_as_is_stated_and_no_longer(lifetime, make, rows, settings):
    settings.DISPOSAL_DECISION, settings.SUSPECTED_KEPT_DAYS, settings.CONTACT_KEPT_DAYS = "KS 2027/5", 20, 80
    settings.ORIGINALS_KEPT_DAYS, settings.CONTRIBUTIONS_KEPT_DAYS = 300, 500
    rows().delete()
    make(timezone.now() - lifetime + HOUR)
    (young,) = rows()
    make(timezone.now() - lifetime - HOUR)

    dispose(dry_run=True)
    assert rows().count() == 2
    dispose()

    assert list(rows()) == [young]

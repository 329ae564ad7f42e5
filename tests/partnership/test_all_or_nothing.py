"""Where the database fails in the middle of a great work, nothing of it is left, neither rows nor files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from partnership import redaction
from partnership.award import editions
from partnership.fields.passages import Passage
from partnership.following.newsletters import send_newsletter
from partnership.models import Follower, Following, Revision, Submission, User
from partnership.record import confirmations, history, merging
from partnership.spreadsheets.checks import Answers
from partnership.spreadsheets.columns import SHEETS
from partnership.spreadsheets.imports import PUBLISH, Import
from partnership.spreadsheets.tables import Choices
from partnership.spreadsheets.uploads import read
from projects.models import ProjectCitation, Theme
from tests.factories import (
    make_newsletter,
    make_output,
    make_partner,
    make_project,
    make_source,
    make_theme,
    make_visit,
)
from tests.support.failures import Writes, contents, places

pytestmark = pytest.mark.django_db

PASSAGE = "Anna Åkesson"
Act = Callable[[], Any]


@pytest.fixture
def user(staff) -> User:
    return staff("Administrator")


@pytest.fixture
def pair(user, staff):
    """Two projects with all that can hang on them, one of them confirmed and changed since."""
    first = make_project(code="choir", title_en="Choir", partners=[make_partner()])
    second = make_project(code="choir-2", title_en=f"Choir of {PASSAGE}", partners=[user.partner])
    ProjectCitation.objects.create(project=second, source=make_source(), about="period", locator="p. 4")
    second.themes.set([make_theme()])
    make_output(second)
    make_visit(projects=[second])
    make_project(code="choir-3", continues=second)
    confirmations.confirm(second, staff("Publisher"))
    before = history.snapshot(second)
    second.title_sv = f"Kör med {PASSAGE}"
    second.save()
    history.note(second, before, user, reason=f"Said by {PASSAGE}")
    return first, second


def merge(pair) -> Any:
    first, second = (type(record).objects.get(pk=record.pk) for record in pair)
    return merging.merge(first, second, values={"title_en": "A choir"}, user=None, reason="The same twice.")


def erasing(pair, user) -> Act:
    return lambda: redaction.redact(Passage(PASSAGE), by=user, reason="Asked for it", decision="KS 2026/1")


def restoring(pair, user) -> Act:
    _first, second = pair
    oldest = Revision.objects.of(second).last()
    return lambda: history.restore(type(second).objects.get(pk=second.pk), oldest, user)


def merging_two(pair, user) -> Act:
    return lambda: merge(pair)


def parting_again(pair, user) -> Act:
    merger = merge(pair)
    return lambda: merging.undo(type(merger).objects.get(pk=merger.pk), user)


def freezing(pair, user) -> Act:
    return lambda: editions.freeze(Submission.objects.first(), user, public=True)


def sending(pair, user) -> Act:
    for name in ("eva", "neo"):
        follower = Follower.objects.create(email=f"{name}@example.org", state="confirmed", confirmed_at=timezone.now())
        Following.objects.create(follower=follower, kind="newsletter")
    newsletter = make_newsletter()
    return lambda: send_newsletter(newsletter, user)


def importing(pair, user) -> Act:
    """A list with a new project, another title and theme for one that was confirmed, and a source of its own."""
    lines = ["code;title_en;themes", f"choir-2;Another choir;{Theme.objects.first().code}", "choir-9;New choir;"]
    sheet = SHEETS["projects"]
    table = read(sheet, "\n".join(lines).encode())

    def act() -> None:
        choices = Choices(source="A list of choirs", source_issuer="Oststad", finish=PUBLISH)
        work = Import(sheet, table, User.objects.get(pk=user.pk), Answers(), choices)
        list(work.check())
        assert not work.errors
        list(work.load(work.versions))

    return act


@pytest.mark.parametrize("work", [erasing, restoring, merging_two, parting_again, freezing, sending, importing])
def test_a_failure_after_any_write_leaves_nothing_half_done(work, pair, user):
    act = work(pair, user)

    failed_at = places(act)
    before = contents()
    assert len(failed_at) > 1, "It writes to one table alone."
    for place in failed_at:
        with connection.execute_wrapper(Writes(place)), pytest.raises(OperationalError):
            act()
        after = contents()
        assert [name for name in before if before[name] != after[name]] == [], f"after {place} writes"

    act()
    assert contents() != before

"""“Is it still true?”: what is due, by kind and by what may have changed meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from partnership.models import Claim, Partner
from partnership.record.second_look import due
from projects.models import Project
from tests.base import url
from tests.factories import make_partner, make_project, make_visit
from visits.models import Visit


def aged(record, days: int):
    """The record as if nobody had touched it for so many days."""
    type(record).objects.filter(pk=record.pk).update(modified_at=timezone.now() - timedelta(days=days))
    return record


@pytest.mark.parametrize(
    ("make", "days", "is_due"),
    [
        (lambda: make_project(status="ongoing"), 366, True),
        (lambda: make_project(status="ongoing"), 364, False),
        (lambda: make_project(status="completed"), 4000, False),
        (lambda: make_project(status="ongoing", state="draft"), 366, False),
        (lambda: make_project(status="planned"), 366, True),
        (lambda: make_partner(), 731, True),
        (lambda: make_partner(), 729, False),
        (lambda: Claim.objects.get(code="start"), 366, True),
        (lambda: Claim.objects.get(code="start"), 364, False),
        (lambda: make_visit(how_known="announced", period="2020-05"), 3000, True),
        (lambda: make_visit(how_known="reported", period="2020-05"), 3000, False),
    ],
)
def test_what_is_due_follows_from_its_kind_and_what_may_have_changed(make, days, is_due, db):
    record = aged(make(), days)

    assert due(type(record)).filter(pk=record.pk).exists() == is_due


@pytest.mark.parametrize(
    ("ended", "looked_at", "is_due"), [(31, 31, True), (30, 31, False), (31, 30, False), (-400, 400, False)]
)
@pytest.mark.parametrize("how_known", ["announced", "planned"])
def test_a_visit_that_was_to_come_is_due_a_month_after_it_unless_somebody_has_looked(
    how_known, ended, looked_at, is_due, db
):
    last_day = timezone.localdate() - timedelta(days=ended)
    visit = make_visit(how_known=how_known, period=str(last_day), in_founding_count="no")

    assert due(Visit).filter(pk=aged(visit, looked_at).pk).exists() == is_due


def test_a_body_that_has_a_successor_is_not_due(db):
    body = aged(make_partner(), 800)
    body.successions.create(successor=make_partner(), date="2016")

    assert body not in due(Partner)


def test_whoever_looks_says_that_it_holds_and_it_is_due_no_longer(staff_client):
    project = aged(make_project(status="ongoing"), 400)
    client = staff_client("Publisher")
    path = url(Project, "change", project.pk)
    assert "again=due" in client.get("/admin/").content.decode()
    assert "Is it still true?" in client.get(path).content.decode()

    client.post(url(Project, "look", project.pk))

    assert not due(Project).filter(pk=project.pk).exists()
    assert "Is it still true?" not in client.get(path).content.decode()
    assert Project.objects.get(pk=project.pk).version == project.version

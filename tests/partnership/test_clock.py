"""Wrong clocks, rare days and distant years."""

from __future__ import annotations

import datetime
import json

import pytest
from django.test import Client
from django.utils import timezone

from partnership.models import Revision
from partnership.record import history
from projects.models import Project
from tests.base import PAGES, address, fetch
from tests.factories import make_milestone, make_partner, make_project, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

UTC = datetime.UTC


@pytest.fixture
def clock(monkeypatch):
    """Sets the time in UTC: clock(2028, 2, 29, 12)."""

    def set_to(*when: int) -> None:
        now = datetime.datetime(*when, tzinfo=UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    return set_to


@pytest.mark.parametrize(
    "when", [(2028, 2, 29, 12), (2026, 12, 31, 23, 30), (2027, 3, 28, 1), (2027, 10, 31, 1), (1999, 1, 1)]
)
def test_every_page_is_there_whatever_the_day(when, clock):
    clock(*when)

    for name in PAGES:
        fetch(address(name, "sv"))


def test_a_day_ends_in_växjö_and_not_at_greenwich(clock):
    clock(2026, 12, 31, 23, 30)

    assert timezone.localdate() == datetime.date(2027, 1, 1)


def test_versions_keep_their_order_when_the_clock_is_put_back(clock, staff):
    project, clerk = make_project(title_en="First"), staff("Editor")
    for title, when in (("Second", (2026, 11, 25, 12)), ("Third", (2026, 11, 24, 12))):
        clock(*when)
        before = history.snapshot(project)
        project.title_en = title
        project.save()
        history.note(project, before, clerk, reason="test")

    revisions = Revision.objects.of(project).order_by("pk")
    assert [revision.content["title"]["en"] for revision in revisions][-2:] == ["Second", "Third"]
    assert [revision.version for revision in revisions] == sorted(revision.version for revision in revisions)


FAR = ["1863", "1863-07-15", "9999", "9999-12-31", "2028-02-29", "1999-12-31/2000-01-01", "2027/9999"]


@pytest.mark.parametrize("period", FAR)
def test_far_years_are_shown_counted_and_exported_as_they_are(period):
    theme = next(iter(make_project().themes.all()), None)
    project = make_project(period=period, title_en="Far away", themes=[theme] if theme else [])
    hosts, guests = [make_partner()], [make_partner(country="ZA")]
    visit = make_visit(period=period, hosts=hosts, guests=guests)
    make_milestone(period=period)
    client = Client(headers={"host": "localhost"})

    for path in (
        "/en/",
        "/en/projects/",
        "/en/visits/",
        "/en/history/",
        "/en/feed.atom",
        "/sitemap.xml",
        "/data/catalog.ttl",
    ):
        assert client.get(path).status_code == 200, path
    for record in (project, visit):
        fetch(record.get_absolute_url())
        data = json.loads(b"".join(client.get(f"{record.get_absolute_url().rstrip('/')}.json").streaming_content))
        assert period in json.dumps(data)
    assert client.get("/en/visits.ics").status_code == 200
    assert Project.objects.get(pk=project.pk).period.text == period
    assert Visit.objects.get(pk=visit.pk).period.text == period


@pytest.mark.parametrize("year", ["1799", "2101", "0", "-1", "10000", "99999999999999999999"])
def test_a_year_that_nothing_can_be_from_is_explained(year):
    assert "is not a year on record" in fetch(f"/en/projects/?from={year}").text

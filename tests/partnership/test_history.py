"""The history: a drawn timeline between two coasts, and the same as a list with ways on."""

from __future__ import annotations

from itertools import product

import pytest

from partnership.models import Milestone
from projects.models import Project
from tests.base import fetch, filled_in, url
from tests.factories import make_milestone, make_project, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_entries_lead_to_the_records_that_they_tell_of():
    visit = make_visit(period="2031-05")
    hidden = make_project(state="draft")
    make_milestone(title_en="Something began", onward=f"{{visit:{visit.code}}} {{project:{hidden.code}}}")

    page = fetch("/en/history/")

    assert visit.get_absolute_url() in page.links()
    assert hidden.get_absolute_url() not in page.links()


def test_every_dated_project_and_visit_is_drawn_and_leads_to_its_page():
    html = fetch("/en/history/").html
    wide, narrow = html[html.index("drawn-timeline") :].split("</svg>")[:2]

    records = [*Project.objects.identified().exclude(earliest=None), *Visit.objects.identified()]
    for drawing, record in product((wide, narrow), records):
        is_drawn = record.earliest is not None and getattr(record, "latest", None) is not None
        assert (f'"{record.get_absolute_url()}"' in drawing) == is_drawn, record


def test_a_body_is_drawn_under_each_name_that_it_had():
    html = fetch("/en/history/").html

    assert "<title>North West 405</title>" in html
    assert "<title>JB Marks Local Municipality</title>" in html


def test_what_leads_nowhere_is_said_beside_its_field(staff_client):
    client = staff_client("Publisher")
    milestone = Milestone.objects.get(code="m-leseding")
    data = filled_in(client.get(url(Milestone, "change", milestone.pk))) | {"onward": "{projekt:leseding}"}

    assert (
        "This refers to nothing: {projekt:leseding}"
        in client.post(url(Milestone, "change", milestone.pk), data).content.decode()
    )


def test_a_site_without_history_says_so():
    Milestone.objects.update(state="draft")

    assert "Nothing has been written down yet." in fetch("/en/history/").text

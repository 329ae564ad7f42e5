"""Visits: titles, filter, and delegates as counts."""

from __future__ import annotations

import re

import pytest

from partnership.models import Partner
from tests.base import Page, fetch
from tests.factories import make_project, make_visit
from visits.models import Profession, Visit

pytestmark = pytest.mark.django_db


def listed(page: Page) -> list[str]:
    return re.findall(r'<h3><a href="/en/visits/([\w-]+)/">', page.html)


def test_a_visit_is_named_after_guests_hosts_and_dates():
    visit = Visit.objects.get(code="2011-11-library-sweden")

    assert str(visit) == "Tlokwe in Växjö, week 47 of 2011 (21–27 November)"


def test_several_bodies_are_joined_in_words():
    visit = Visit.objects.get(code="2012-10-youth-south-africa")

    assert visit.title == "Växjö, Police (Växjö), Church of Sweden and Tjejer emellan in Tlokwe"


def test_staff_can_write_a_better_title():
    assert make_visit(title_override_en="The long journey").title == "The long journey"


def test_visits_are_listed_latest_first_and_the_undated_last():
    latest, undated = make_visit(period="2099"), make_visit()

    slugs = listed(fetch("/en/visits/"))

    assert sorted(slugs) == sorted(Visit.objects.published().values_list("slug", flat=True))
    assert slugs[0] == latest.slug
    without_a_date = Visit.objects.published().filter(period="").values_list("slug", flat=True)
    assert undated.slug in slugs[-len(without_a_date) :]
    assert set(slugs[-len(without_a_date) :]) == set(without_a_date)


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", ["to-sweden-1993", "to-south-africa-1992", "to-sweden-1992", "of-no-direction"]),
        ("year=1992", ["to-south-africa-1992", "to-sweden-1992"]),
        ("direction=to_sweden&year=1992", ["to-sweden-1992"]),
        ("founding=unknown", ["to-south-africa-1992"]),
        ("direction=unknown", ["of-no-direction"]),
        ("direction=unknown&year=1992", []),
    ],
)
def test_filters_find_their_visits(query, slugs):
    project = make_project(code="gardens")
    make_visit(code="to-sweden-1992", projects=[project], period="1992-03")
    make_visit(
        code="to-south-africa-1992",
        projects=[project],
        period="1992-08",
        direction="to_south_africa",
        in_founding_count="unknown",
    )
    make_visit(code="to-sweden-1993", projects=[project], period="1993")
    make_visit(code="of-no-direction", projects=[project], direction="unknown")
    make_visit(code="of-another-project", period="1992")

    assert listed(fetch(f"/en/visits/?project=gardens&{query}")) == slugs


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("year=99999", "“99999” is not a year on record."),
        ("year=abc", "“abc” is not a year on record."),
        ("direction=up", "“up” is not among the choices."),
        ("project=nothing", "“nothing” is not among the choices."),
        ("host=atlantis", "“atlantis” is not among the choices."),
    ],
)
def test_a_value_that_cannot_be_is_explained(query, message):
    page = fetch(f"/en/visits/?{query}")

    assert message in page.text
    assert listed(page) == []
    assert not page.is_indexed


def test_an_unknown_number_is_said_and_never_a_zero():
    page = fetch("/en/visits/2010-09-leseding-sweden/")

    facts = page.text[page.text.index("Delegates") :]
    assert facts.startswith("Delegates Number not documented")


def test_a_range_of_delegates_stays_a_range():
    visit = make_visit(delegates=6, delegates_high=8)

    assert "6–8 delegates" in fetch("/en/visits/").text
    assert "6–8" in fetch(visit.get_absolute_url()).text


def test_a_profession_without_a_number_says_so():
    page = fetch("/en/visits/2012-10-youth-south-africa/")

    assert "police officers: number not documented" in page.text


def test_the_nine_professions_stand_in_the_order_of_the_founding_text():
    assert [profession.name_en for profession in Profession.objects.founding()] == [
        "teachers",
        "doctors",
        "nurses",
        "scholars",
        "police officers",
        "librarians",
        "culture workers",
        "politicians",
        "civil servants",
    ]


def test_a_host_may_be_a_body_of_another_name():
    visit = make_visit(hosts=[Partner.objects.get(code="tlokwe")], period="2006")

    assert "Potchefstroom" in visit.title

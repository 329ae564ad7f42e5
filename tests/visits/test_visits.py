"""Visits: titles, filter, and delegates as counts."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from partnership.coverage import count_visits
from partnership.models import Partner
from partnership.per_version import clear
from tests.base import Page, fetch
from tests.factories import make_partner, make_project, make_source, make_theme, make_visit
from visits.models import Profession, Visit, VisitCitation, VisitInference

pytestmark = pytest.mark.django_db


def listed(page: Page) -> list[str]:
    return re.findall(r'<h4><a href="/en/visits/([\w-]+)/">', page.html)


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
        ("", ["to-sweden-2013", "to-south-africa-2012", "to-sweden-2012", "of-no-direction"]),
        ("year=2012", ["to-south-africa-2012", "to-sweden-2012"]),
        ("direction=to_sweden&year=2012", ["to-sweden-2012"]),
        ("founding=unknown", ["to-south-africa-2012"]),
        ("direction=unknown", ["of-no-direction"]),
        ("direction=unknown&year=2012", []),
    ],
)
def test_filters_find_their_visits(query, slugs):
    project = make_project(code="gardens")
    make_visit(code="to-sweden-2012", projects=[project], period="2012-03")
    make_visit(
        code="to-south-africa-2012",
        projects=[project],
        period="2012-08",
        direction="to_south_africa",
        in_founding_count="unknown",
    )
    make_visit(code="to-sweden-2013", projects=[project], period="2013")
    make_visit(code="of-no-direction", projects=[project], direction="unknown")
    make_visit(code="of-another-project", period="2012")

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

    missing = page.text[page.text.index("Not yet documented") :]
    assert "Number of delegates" in missing[:80]
    assert "0 delegates" not in page.text


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


@pytest.mark.parametrize(
    ("period", "entered", "counted"),
    [
        ("2018-01-30", "yes", "yes"),
        ("2018-01-31", "yes", "no"),
        ("2026-11", "unknown", "no"),
        ("2004-12-31", "yes", "no"),
        ("2005-01-01", "yes", "yes"),
        ("2018", "unknown", "unknown"),
        ("", "yes", "yes"),
    ],
)
def test_where_the_dates_decide_the_founding_count_nobody_is_asked(period, entered, counted):
    assert make_visit(period=period, in_founding_count=entered).in_founding_count == counted


@pytest.mark.parametrize("period", ["2018-01-31", "2004-12-31"])
def test_the_database_refuses_a_later_or_earlier_visit_in_the_founding_count(period):
    visit = make_visit(period=period)

    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(in_founding_count="yes")


def test_a_planned_visit_counts_as_perhaps_and_is_listed_so():
    before = count_visits()
    clear()
    planned = make_visit(period="2010", in_founding_count="yes", how_known="planned")
    after = count_visits()

    assert (after.documented, after.perhaps) == (before.documented, before.perhaps + 1)
    assert planned.slug in listed(fetch("/en/visits/?founding=unknown"))
    assert planned.slug not in listed(fetch("/en/visits/?founding=yes"))
    assert "Planned" in fetch(planned.get_absolute_url()).text


def test_a_planned_visit_is_drawn_and_counted_as_planned():
    theme = make_theme()
    project = make_project(themes=[theme])
    make_visit(period="2010", how_known="planned", direction="to_sweden", projects=[project])
    make_visit(period="2011", how_known="reported", direction="to_sweden", projects=[project])

    page = fetch(f"/en/visits/?theme={theme.slug}")

    assert "1 of them is only planned: no source says that it took place." in page.text
    assert page.text.count("(planned)") == 2  # the row, and the table of the picture
    picture = page.html[page.html.index('class="drawing') : page.html.index('class="key"')]
    assert picture.count('stroke-dasharray="4 3"') == 3  # the disc with its stem, and the disc of the narrow picture
    assert "1 visit to Sweden, 0 to South Africa" in page.text


def test_what_a_source_says_stands_with_its_place_and_phrase_beside_it():
    visit = make_visit(period="2010", sources=0, hosts=[make_partner()])
    source = make_source(language="sv", publisher="Växjö kommun (Mynewsdesk)", grade="partner", kind="report")
    VisitCitation.objects.create(
        visit=visit, source=source, about="period", says_en="They came in 2010.", locator="p. 7", quotation="i fjol"
    )
    VisitInference.objects.create(visit=visit, about="partners", reason_en="It follows from the plan.")

    page = fetch(visit.get_absolute_url())

    assert "Växjö kommun (partner) says: They came in 2010. Report , p. 7 · i fjol" in page.text
    assert "Inferred: It follows from the plan." in page.text
    assert "Evidence to the sentence: 1 of 3 facts. 1 is inferred. No source is cited for 1." in page.text


def test_a_phrase_of_nine_words_is_refused():
    citation = VisitCitation(
        visit=make_visit(), source=make_source(), quotation="one two three four five six seven eight"
    )
    citation.full_clean()
    citation.quotation += " nine"

    with pytest.raises(ValidationError, match="A phrase has at most 8 words; this has 9"):
        citation.full_clean()


def test_a_visit_leads_to_those_before_and_after_it_and_of_its_project():
    project = make_project()
    guests, hosts = [make_partner(name_en="Guests")], [make_partner(name_en="Hosts")]
    visit = make_visit(period="1950-03", guests=guests, hosts=hosts, projects=[project])
    make_visit(period="1949", title_override_en="The one before")
    make_visit(period="1950-04", title_override_en="The one after")
    make_visit(period="1960", title_override_en="Of the same project", projects=[project])
    make_visit(period="1950-02", title_override_en="Not yet public", state="draft", projects=[project])

    page = fetch(visit.get_absolute_url())

    assert (
        "Before The one before 1949 You are here Guests in Hosts March 1950 After The one after April 1950" in page.text
    )
    assert "In the same project Of the same project 1960" in page.text
    assert "Not yet public" not in page.text


def test_visits_are_listed_by_year():
    make_visit(period="1950-03", title_override_en="In March", direction="to_sweden")
    make_visit(period="1950-04", title_override_en="In April")
    make_visit(title_override_en="Some time")

    page = fetch("/en/visits/?year=1950")
    assert re.search(r"1950 April 1950 .*In April .* March 1950 .*In March", page.text)
    page = fetch("/en/visits/")
    assert "#year-1950" in page.links()
    assert re.search(r'href="#year-1950">1950\s*<span>2</span>', page.html)
    assert re.search(r'id="year-unknown">Year not documented</h3>.*Some time', page.html, re.S)

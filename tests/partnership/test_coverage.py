"""The record counted against what is claimed."""

from __future__ import annotations

import pytest

from partnership import coverage
from partnership.models import Claim, Document
from projects.models import Project
from tests.base import fetch
from tests.factories import make_project, make_source, make_visit
from tests.partnership.staff.test_record_admin import filled_in, url
from visits.models import VisitCitation


def test_the_founding_claims_are_counted_as_the_record_stands():
    counted = {kind: (found().documented, found().perhaps) for kind, found in coverage.COUNTERS.items()}

    assert counted == {
        "projects": (23, 25),
        "visits": (8, 9),
        "delegates": (33, 33),
        "themes": (11, 11),
        "formal_partners": (3, 3),
        "memoranda": (0, 0),
    }


def test_a_project_counts_once_it_is_published_with_a_source():
    draft = make_project(state="draft", in_founding_count="yes")
    make_project(sources=0, in_founding_count="yes")
    assert coverage.count_projects().documented == 23

    draft.state = "published"
    draft.save()

    assert coverage.count_projects().documented == 24


def test_only_a_public_source_makes_a_record_identified():
    visit = make_visit(sources=0, in_founding_count="yes")
    VisitCitation.objects.create(visit=visit, source=make_source(state="draft"))

    assert coverage.count_visits().documented == 8


def test_delegates_of_a_range_count_with_their_lower_end():
    make_visit(delegates=6, delegates_high=8, in_founding_count="yes")

    assert coverage.count_delegates().documented == 33 + 6


def test_a_project_perhaps_in_the_count_is_said_to_be_so():
    assert coverage.count_projects().printed == "23, perhaps 25"


def test_a_memorandum_on_file_counts_when_published():
    Document.objects.create(code="test-mou", title_en="MoU", kind="memorandum", file="x.pdf", state="published")

    assert coverage.count_memoranda().documented == 1


@pytest.mark.parametrize("kind", ["projects", "visits"])
def test_the_count_links_to_exactly_the_records_counted(kind):
    found = coverage.COUNTERS[kind]()

    page = fetch(found.url)

    listed = [link for link in page.links(f"/en/{kind}/") if link.count("/") == 4]
    assert len(listed) == found.documented


def test_the_claims_page_says_what_is_claimed_and_what_is_counted():
    page = fetch("/en/claims/")

    assert "Joint projects and pre-studies" in page.text
    steps = page.text[page.text.index("Claimed 38") :]
    assert steps.startswith(
        "Claimed 38 1 Identified 23, perhaps 25 with a title and a source "
        "Well documented 8 with a period and two sources Confirmed by both sides 0 by a publisher in each country"
    )
    for words in ("38", "about 15", "more than 35", "some 100", "600–650", "2005/2006", "33"):
        assert words in page.text


def test_disagreeing_statements_stand_together_with_their_dates():
    page = fetch("/en/claims/")

    start, end = page.text.index("Joint projects and pre-studies"), page.text.index("International visits")
    ledger = page.text[start:end]
    assert ledger.index("38") < ledger.index("about 15") < ledger.index("more than 35")
    assert "January 2018" in ledger
    assert "2012" in ledger


def test_sources_that_differ_are_said_to_and_others_are_not():
    page = fetch("/en/claims/")

    assert page.text.count("The sources give different figures:") == 2
    start, end = page.text.index("Start of the partnership"), page.text.index("Years of partnership")
    assert "different figures: 2005/2006 1 January 2018" in page.text[start:end]


def test_a_superlative_says_who_could_confirm_it():
    text = fetch("/en/claims/").text

    assert "ICLD-funded programmes in Sweden ICLD could confirm this. Superlative" in text


def test_each_claim_has_its_history(desk):
    claim = Claim.objects.get(code="visits")
    client = desk("Publisher")
    data = filled_in(client.get(url(Claim, "change", claim.pk)))
    data["label_en"] = "Visits between the countries"
    client.post(url(Claim, "change", claim.pk), data)

    page = fetch("/en/claims/")

    assert page.text.count("History of this claim") == Claim.objects.published().count()
    history = page.text[page.text.index("Visits between the countries") :]
    history = history[: history.index("Project delegates travelling")]
    assert "changed (claim), Växjö" in history
    assert "No change since" not in history


@pytest.mark.parametrize("claim", Claim.Counts.values)
def test_every_kind_of_counting_has_its_function(claim):
    assert claim in coverage.COUNTERS


def test_well_documented_asks_for_a_period_and_two_sources():
    documented = {
        (period, sources): Project.objects.with_source_counts()
        .get(pk=make_project(period=period, sources=sources).pk)
        .documented
        for period in ("", "2012")
        for sources in (1, 2)
    }

    assert documented == {
        ("", 1): "identified",
        ("", 2): "identified",
        ("2012", 1): "identified",
        ("2012", 2): "well",
    }

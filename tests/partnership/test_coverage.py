"""Counts of the record against the claims."""

from __future__ import annotations

import re
from functools import partial

import pytest

from partnership import coverage
from partnership.models import Claim, Statement
from partnership.publishing import State
from projects.models import Project
from tests.base import fetch, filled_in, url
from tests.factories import make_document, make_output, make_partner, make_project, make_source, make_theme, make_visit
from visits.models import Visit, VisitCitation

pytestmark = pytest.mark.django_db


def counts() -> dict[str, tuple[int, int]]:
    return {kind: (count().documented, count().perhaps) for kind, count in coverage.COUNTERS.items()}


def test_each_claim_is_counted_by_what_belongs_to_it_and_by_what_perhaps_does():
    before = counts()

    make_project(in_founding_count="yes", themes=[make_theme(in_founding_list=True)])
    make_project(in_founding_count="unknown", themes=[make_theme(in_founding_list=True)])
    make_project(in_founding_count="no", themes=[make_theme(in_founding_list=True)])
    make_visit(in_founding_count="yes", delegates=4)
    make_visit(in_founding_count="unknown", delegates=2)
    make_visit(in_founding_count="no", delegates=9)
    make_partner(role="formal")

    after = counts()
    assert {kind: (after[kind][0] - low, after[kind][1] - high) for kind, (low, high) in before.items()} == {
        "projects": (1, 2),
        "visits": (1, 2),
        "delegates": (4, 6),
        "themes": (1, 2),
        "formal_partners": (1, 1),
        "memoranda": (0, 0),
    }


def test_a_project_counts_once_it_is_published_with_a_source():
    before = coverage.count_projects().documented
    draft = make_project(state="draft", in_founding_count="yes")
    make_project(sources=0, in_founding_count="yes")
    assert coverage.count_projects().documented == before

    draft.state = "published"
    draft.save()

    assert coverage.count_projects().documented == before + 1


def test_only_a_public_source_makes_a_record_identified():
    before = coverage.count_visits()
    visit = make_visit(sources=0, in_founding_count="yes")
    VisitCitation.objects.create(visit=visit, source=make_source(state="draft"))

    assert coverage.count_visits() == before


def test_delegates_of_a_range_are_counted_and_printed_as_a_range():
    before = coverage.count_delegates()
    make_visit(delegates=6, delegates_high=8, in_founding_count="yes")

    after = coverage.count_delegates()

    assert (after.documented, after.documented_high) == (before.documented + 6, before.documented_high + 8)
    assert after.printed == f"{before.documented + 6}–{before.documented_high + 8}"
    assert f"account for {after.printed} of" in fetch("/en/").text


def test_delegates_that_perhaps_belong_are_printed_as_a_range_too():
    before = coverage.count_delegates()
    make_visit(delegates=6, delegates_high=8, in_founding_count="unknown")

    low, high = before.perhaps + 6, before.perhaps_high + 8

    assert coverage.count_delegates().printed == f"{before.documented}, perhaps {low}–{high}"


@pytest.mark.parametrize(("documented", "perhaps", "printed"), [(23, 25, "23, perhaps 25"), (23, 23, "23")])
def test_what_is_perhaps_in_the_count_is_said_to_be_so(documented, perhaps, printed):
    assert coverage.Coverage(documented, perhaps).printed == printed


@pytest.mark.parametrize(
    ("documented", "perhaps", "low", "high"),
    [(23, 25, 13, 15), (37, 38, 0, 1), (38, 38, 0, 0), (36, 40, 0, 2), (39, 41, 0, 0)],
)
def test_what_is_claimed_and_not_on_record_is_never_less_than_nothing(documented, perhaps, low, high):
    remainder = coverage.unidentified_projects(Statement(value_low=38), coverage.Coverage(documented, perhaps))

    assert (remainder.low, remainder.high) == (low, high)


def test_a_memorandum_on_file_counts_when_published():
    before = coverage.count_memoranda().documented
    for kind, state in (("memorandum", "published"), ("memorandum", "draft"), ("agreement", "published")):
        make_document(kind=kind, state=state)

    assert coverage.count_memoranda().documented == before + 1


@pytest.mark.parametrize("kind", ["projects", "visits"])
def test_the_count_links_to_exactly_the_records_counted(kind):
    count = coverage.COUNTERS[kind]()

    page = fetch(count.url)

    listed = [link for link in page.links(f"/en/{kind}/") if link.count("/") == 4]
    assert len(listed) == count.documented


def test_the_claims_page_says_what_is_claimed_and_what_is_counted():
    make_project(in_founding_count="yes", period="2012", sources=2)
    make_project(in_founding_count="unknown")
    counted = Project.objects.in_founding_count()

    page = fetch("/en/claims/")

    assert "Joint projects and pre-studies" in page.text
    steps = page.text[page.text.index("Claimed 38") :]
    assert re.match(
        rf"Claimed 38 \d+ Named {coverage.count_projects().printed} A title and at least one source that is not the "
        rf"count itself. Well documented {counted.documented_to(['well']).count()} Named, with a period [^\d]+ "
        rf"Confirmed {counted.documented_to(['confirmed']).count()} By a publisher of this record on each side",
        steps,
    )
    for words in ("38", "about 15", "more than 35", "some 100", "600–650", "2005/2006"):
        assert words in page.text
    assert f"Claimed 600–650 1 On record here {coverage.count_delegates().printed}" in page.text


def test_disagreeing_statements_stand_together_with_their_dates():
    page = fetch("/en/claims/")

    start, end = page.text.index("Joint projects and pre-studies"), page.text.index("International visits")
    ledger = page.text[start:end]
    assert ledger.index("38") < ledger.index("about 15") < ledger.index("more than 35")
    assert "January 2018" in ledger
    assert "2012" in ledger


def test_sources_that_differ_are_said_to_and_others_are_not():
    differ = "The sources give different figures:"
    before = fetch("/en/claims/").text.count(differ)
    for code, figures in (("test-alike", (7, 7)), ("test-apart", (7, 9))):
        claim = Claim.objects.create(code=code, label_en=code, state="published")
        for number, figure in enumerate(figures):
            values = {"value_low": figure, "value_high": figure, "state": "published"}
            claim.statements.create(code=f"{code}-{number}", **values).citations.create(source=make_source())

    page = fetch("/en/claims/")

    assert page.text.count(differ) == before + 1
    start, end = page.text.index("Start of the partnership"), page.text.index("Years of partnership")
    assert re.search(r"different figures: 2005/2006 \d+ January 2018", page.text[start:end])


def test_a_superlative_says_who_could_confirm_it():
    text = fetch("/en/claims/").text

    assert "ICLD-funded programmes in Sweden ICLD could confirm this. Superlative" in text


def test_each_claim_has_its_history(staff_client):
    claim = Claim.objects.get(code="visits")
    client = staff_client("Publisher")
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


def cite(record, *sources) -> None:
    for source in sources:
        record.citations.create(source=source)


@pytest.mark.parametrize("make", [make_project, make_visit])
@pytest.mark.parametrize("is_inferred", [False, True])
@pytest.mark.parametrize("period", ["", "2012"])
@pytest.mark.parametrize(
    ("issuers", "are_two"),
    [
        (["Växjö kommun"], False),
        (["Växjö kommun", "Växjö kommun"], False),
        (["Växjö kommun", "Växjö kommun (Mynewsdesk)"], False),
        (["Växjö kommun", "Älmhults kommun"], True),
    ],
)
def test_a_record_is_well_documented_alike_in_lists_on_its_page_and_in_the_filter(
    make, period, is_inferred, issuers, are_two
):
    record = make(period=period, sources=0)
    cite(record, *(make_source(publisher=issuer) for issuer in issuers))
    if is_inferred:
        record.inferences.create(about="period", reason_en="From the successor")
    model = type(record)
    years = "year=2012" if make is make_visit else "from=2012&to=2012"
    listed = model.objects.with_source_counts().get(pk=record.pk)
    record.count_evidence()

    is_well = {
        "in a list": listed.documented == "well",
        "on its page": record.documented == "well",
        "by a query": model.objects.well_documented().filter(pk=record.pk).exists(),
        "by the filter": f"/en/{model._meta.model_name}s/{record.slug}/"
        in fetch(f"/en/{model._meta.model_name}s/?documented=well&{years}").links(),
    }

    assert set(is_well.values()) == {period == "2012" and are_two and not is_inferred}, is_well


@pytest.mark.parametrize(("make", "claim"), [(make_project, "projects"), (make_visit, "visits")])
def test_the_claim_itself_is_no_evidence_for_what_it_counts(make, claim):
    count = coverage.COUNTERS[claim]
    before = count()
    count_itself = Claim.objects.get(code=claim).statements.get(preferred=True).citations.get().source
    record = make(sources=0, in_founding_count="yes", period="2012")
    cite(record, count_itself)

    assert (count().documented, count().circular) == (before.documented, before.circular + 1)
    assert "rests on the source of this claim alone. That is no evidence" in fetch("/en/claims/").text

    cite(record, make_source())

    assert (count().documented, count().circular) == (before.documented + 1, before.circular)


@pytest.mark.parametrize(
    ("make", "claim"),
    [
        (partial(make_theme, in_founding_list=True), "themes"),
        (partial(make_partner, role="formal"), "formal-partners"),
    ],
)
def test_the_page_of_what_only_its_claim_names_says_so(make, claim):
    record = make()
    cite(record, Claim.objects.get(code=claim).statements.get(preferred=True).citations.get().source)

    assert "Circular: only the text that makes the claim names this" in fetch(record.get_absolute_url()).text

    cite(record, make_source())

    assert "Circular:" not in fetch(record.get_absolute_url()).text


def test_a_formal_partner_that_only_the_claim_names_is_not_counted():
    before = coverage.count_formal_partners()
    claim = Claim.objects.get(counts="formal_partners").statements.get(preferred=True).citations.first().source
    cite(make_partner(role="formal"), claim)

    after = coverage.count_formal_partners()

    assert (after.documented, after.circular) == (before.documented, before.circular + 1)


@pytest.mark.parametrize("model", [Project, Visit])
def test_what_a_record_lacks_is_what_the_filter_finds_it_by(model):
    make_output(make_project(), side="sweden", state="draft")
    make_output(make_project(period="2012", sources=2), side="both")
    make_visit(period="2012", sources=2, direction="unknown", delegates=3)

    for name in model.can_lack:
        codes = set(model.objects.lacking(name).identified().values_list("code", flat=True))
        records = model.objects.identified().with_source_counts()
        assert codes == {record.code for record in records if record.lacks(name)}, name


def test_pages_lead_with_the_preferred_statement_of_a_public_claim():
    values = {"label_en": "Choirs", "unit_en": "choirs"}
    claim = Claim.objects.create(code="choirs", state=State.PUBLISHED, **values)
    hidden = Claim.objects.create(code="bands", state=State.DRAFT, **values)
    for number, (about, preferred) in enumerate([(claim, False), (claim, True), (claim, False), (hidden, True)]):
        words = {"value_low": number + 1, "wording_en": "some"}
        Statement.objects.create(code=f"said-{number}", claim=about, preferred=preferred, **words)

    statements = coverage.leading_statements()

    assert (statements["choirs"].code, "bands" in statements) == ("said-1", False)

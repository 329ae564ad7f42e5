"""Evidence to the sentence: facts, what sources say of them, and how many of them can be shown."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from partnership.coverage import count_all_facts
from partnership.models import Issuer, LoggedSearch, Milestone, Partner, Source, Statement
from partnership.models.evidence import FactCount, count_of
from projects.models import Goal, Output, Project, ProjectCitation, Theme
from tests.base import fetch
from tests.factories import (
    make_document,
    make_milestone,
    make_output,
    make_partner,
    make_project,
    make_source,
    make_theme,
    make_visit,
)
from visits.models import Visit

pytestmark = pytest.mark.django_db


def say(record, about: str, says: str = "It says so.", locator: str = "p. 7", **source):
    values = {"about": about, "says_en": says, "locator": locator}
    return record.citations.create(source=make_source(**source), **values)


@pytest.fixture
def project() -> Project:
    """Of its facts the period is shown, the name only cited, the partners inferred, and themes rest on nothing."""
    project = make_project(sources=0, period="2012", themes=[make_theme()], partners=[make_partner()])
    say(project, "period")
    say(project, "name", locator="")
    project.inferences.create(about="partners", reason_en="From its title")
    return project


def test_a_fact_is_a_filled_group_and_evidence_says_what_and_where(project):
    facts = project.facts()

    assert count_of(facts.values()) == FactCount(total=4, shown=1, inferred=1, unsupported=1)
    assert [group for group, fact in facts.items() if fact.is_shown] == ["period"]
    assert [group for group, fact in facts.items() if fact.is_unsupported] == ["themes"]


@pytest.mark.parametrize("change", ["withdrawn", "draft"])
def test_a_source_that_is_not_public_shows_nothing(project, change):
    citation = project.citations.get(about="period")
    citation.source.state = change
    citation.source.withdrawal_reason_en = "Not theirs"
    citation.source.save()

    project = Project.objects.get(pk=project.pk)

    assert count_of(project.facts().values()) == FactCount(total=4, shown=0, inferred=1, unsupported=2)
    assert Project.objects.filter(pk=project.pk).count_facts() == FactCount(4, 0, 1, 2)


def test_facts_are_counted_alike_in_the_database_and_on_the_page(project):
    Goal.objects.create(project=project, number=5)
    say(make_output(project), "result")
    say(make_visit(direction="unknown", delegates=3, period="2012", purpose_en="To see"), "place")
    say(make_partner(town="Lessebo", active="2005/..", description_en="A town"), "partners")
    say(make_milestone(period="2012"), "status")
    say(make_theme(), "")

    for model in (Project, Visit, Output, Partner, Milestone, Theme, Statement):
        records = list(model._default_manager.all())
        counted = count_of(fact for record in records for fact in record.facts().values())
        assert model._default_manager.count_facts() == counted, model


def test_one_number_says_how_far_the_evidence_reaches(project):
    counted = count_all_facts()
    words = f"Evidence to the sentence: {counted.shown} of {counted.total} facts."

    assert words in fetch("/en/claims/").text
    assert "Evidence to the sentence: 1 of 4 facts. 1 is inferred. No source is cited for 1." in (
        fetch(project.get_absolute_url()).text
    )


def test_the_page_says_beside_a_fact_who_says_what_and_where(project):
    source = project.citations.get(about="period").source
    source.documents.add(make_document())

    page = fetch(project.get_absolute_url())

    facts = page.html[page.html.index('<dl class="facts has-evidence') :]
    period = facts[: facts.index("<dt>Kind")]
    assert 'class="mark full"' in period
    assert f"{source.issuer} (funder)" in period
    assert "It says so." in period
    assert f'href="{source.get_absolute_url()}"' in period
    assert "From its title" in facts
    assert "No source is cited for this." in facts


def test_a_number_in_the_text_leads_to_what_the_source_says_and_back():
    project = make_project(sources=0, summary_en="They met. They learnt.")
    say(project, "purpose", "They learnt a lot.")

    page = fetch(project.get_absolute_url())

    assert (
        page.html.index('id="k1" href="#e1"') < page.html.index('<li id="e1">') < page.html.index("They learnt a lot.")
    )
    assert 'href="#k1"' in page.html


# Where we looked, and sources that outlive their sites


def test_the_log_says_what_was_sought_where_when_in_which_words_and_what_came_of_it():
    LoggedSearch.objects.create(
        code="bees",
        sought_en="Beekeeping",
        outcome_en="No project",
        place_en="the council’s archive",
        words="bin Växjö\nbees Tlokwe",
        looked_on="2026-12-01",
    )

    page = fetch("/en/where-we-looked/")

    expected = (
        "Beekeeping No project The council’s archive, 1 December 2026 In the words of 2 searches bin Växjö bees Tlokwe"
    )
    assert expected in page.text
    assert b"bees Tlokwe" in b"".join(Client(headers={"host": "localhost"}).get("/data/searches.csv").streaming_content)
    for silent in (make_project().get_absolute_url(), "/en/about/"):
        assert "/en/where-we-looked/" in fetch(silent).links()


def test_a_record_rests_on_an_issuer_alone_whatever_the_channel():
    alone, shared = make_project(sources=0), make_visit(sources=0)
    page, release, other = (
        make_source(publisher=publisher) for publisher in ("Old Town", "Old Town (News Wire)", "New Town")
    )
    for record, sources in ((alone, [page, release]), (shared, [page, other])):
        for source in sources:
            record.citations.create(source=source)
    Source.objects.filter(pk=page.pk).update(archive_url="https://archive.example/page", checked_on="2026-11-20")
    Issuer.objects.create(code="old", name="Old Town", closes_on="2027-06-30", reason_en="It merges.", source=other)

    text = fetch("/en/sources/").text

    assert "Old Town may close after 30 June 2027. It merges." in text
    issuer = text[text.index("1 of 2 archived. Last checked 20 November 2026.") :]
    assert issuer.index("If its pages go, nothing else tells of: 1 project.") < issuer.index("1 more record would lose")


def test_an_issuer_closes_only_by_a_source_that_says_so():
    issuer = Issuer(code="gone", name="Gone", closes_on="2027-06-30")

    with pytest.raises(ValidationError, match="Name the source that says when it closes"):
        issuer.full_clean()


# Citing


def test_a_source_is_cited_as_itself_and_a_page_as_the_record(settings):
    source = make_source(publisher="A University", title="A {thesis}", published="2018-05", url="https://example.org/t")
    project = make_project(title_en="The project")

    cited = fetch(source.get_absolute_url())
    assert "Cite this source A University: A {thesis} , May 2018. https://example.org/t" in cited.text
    assert "author = {{A University}}" in cited.text
    assert "Växjö, Region Kronoberg and JB Marks: A {thesis}" not in cited.text
    assert "kept by" not in fetch(project.get_absolute_url()).text

    settings.OPERATOR_NAME = "The City of Växjö"
    page = fetch(project.get_absolute_url()).text
    assert "kept by The City of Växjö" in page
    assert "The City of Växjö: The project." in page


def test_partners_that_took_part_stand_apart_from_those_met_along_the_way():
    joined, met, planned = (make_partner(name_en=name) for name in ("Joined", "Met only", "In a draft"))
    make_project(partners=[joined])
    make_project(partners=[planned], state="draft")

    text = fetch("/en/partners/").text

    there = text[text.index("Took part in a project or a visit") : text.index("Met along the way")]
    assert "Joined" in there
    assert met.name not in there
    assert planned.name not in there


def test_sources_are_filtered_on_the_page_as_in_the_data():
    make_source(code="test-thesis", title="On libraries", publisher="A university", kind="thesis", grade="independent")
    make_source(code="test-news", title="Library opens", publisher="A newspaper", kind="news", grade="press")

    page = fetch("/en/sources/?q=librar&kind=thesis")

    assert "On libraries" in page.text
    assert "Library opens" not in page.text
    data = Client(headers={"host": "localhost"}).get("/en/sources.csv?q=librar&kind=thesis")
    assert [line.split(",")[0] for line in data.getvalue().decode().splitlines()[1:]] == ["test-thesis"]
    assert "with “librar”" in page.text
    assert "No source matches" in fetch("/en/sources/?q=nosuchword").text
    assert "“nope” is not among the choices." in fetch("/en/sources/?kind=nope").text


def test_a_source_says_how_much_rests_on_it():
    source = make_source(title="Much cited", publisher="A newspaper")
    for _number in range(2):
        ProjectCitation.objects.create(project=make_project(), source=source)
    make_source(title="Never cited", publisher="A newspaper")

    page = fetch("/en/sources/")

    assert re.search(r"Much cited .{0,60}cited by 2 records", page.text)
    assert re.search(r"Never cited .{0,60}cited by nothing here", page.text)
    # The squares beside an issuer: solid what rests on it alone.
    assert re.search(r'A newspaper</h2>.*?<ul class="issuer-squares"[^>]*><li></li><li></li></ul>', page.html, re.S)


def test_an_inferred_result_is_marked_and_is_nothing_that_a_source_says_one_side_took_home(project):
    output = make_output(project, side="sweden", text_en="Guides were trained")
    assert "Guides were trained" in fetch("/en/").text

    output.inferences.create(about="result", reason_en="From the project after it.")

    page = fetch(project.get_absolute_url())
    assert "Inferred: From the project after it." in page.text
    assert "Guides were trained" not in fetch("/en/").text
    assert output.facts()["result"].inferences
    rows = Client(headers={"host": "localhost"}).get("/data/inferences.csv").getvalue().decode("utf-8-sig")
    assert f"outputs,{output.code},result,From the project after it." in rows

"""Evidence to the sentence: facts, what sources say of them, and how many of them can be shown."""

from __future__ import annotations

import pytest

from partnership.coverage import count_all_facts
from partnership.models import Milestone, Partner, Statement
from partnership.models.evidence import FactCount, count_of
from projects.models import Goal, Output, Project, Theme
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

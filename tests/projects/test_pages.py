"""The page of a project, consistent with the lists and the counts."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from partnership.models import Partner, Section, Source
from projects.models import Goal, Project, ProjectCitation, ProjectConfirmation, Theme
from projects.views import project_details
from tests.base import fetch
from tests.factories import make_milestone, make_output, make_partner, make_project, make_theme, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_the_page_leads_to_the_projects_before_and_after():
    first = make_project(title_en="The first", period="2010")
    middle = make_project(title_en="The middle", period="2012", continues=first)
    last = make_project(title_en="The last", continues=middle)
    make_project(title_en="The very last", continues=last)
    prestudy = make_project(title_en="Prepared it", kind="pre_study", prestudy_of=middle)
    make_project(title_en="Not yet public", continues=middle, state="draft")

    page = fetch(middle.get_absolute_url())

    assert (
        "Before The first 2010 Pre-study Prepared it Year not documented You are here The middle 2012 "
        "After The last Year not documented After The very last Year not documented"
    ) in page.text
    assert "Not yet public" not in page.text
    assert "Prepared by this The middle 2012" in fetch(prestudy.get_absolute_url()).text


def test_a_draft_before_it_is_not_named():
    secret = make_project(title_en="Not yet public", state="draft")

    page = fetch(make_project(continues=secret, prestudy_of=secret).get_absolute_url())

    assert "Not yet public" not in page.text
    assert "Before and after" not in page.text


def test_the_page_leads_to_what_shares_the_most_with_it_and_says_what():
    theme, partner, other = make_theme(), make_partner(name_en="A body"), make_partner(name_en="Another body")
    own = make_project(themes=[theme], partners=[partner, other], period="1990/1992")
    make_project(title_en="Much shared", themes=[theme], partners=[partner], period="1991")
    make_project(title_en="A partner shared", partners=[other])
    make_project(title_en="Years shared", period="1992")
    make_project(title_en="Nothing shared", period="1995")
    make_project(title_en="Not yet public", themes=[theme], state="draft")

    page = fetch(own.get_absolute_url())
    ways = page.text.partition("You may go on to")[2].partition("As data")[0]

    assert "Same theme, same years, same partners: A body Much shared 1991" in ways
    assert "Same partners: Another body A partner shared Year not documented" in ways
    assert "Same years Years shared 1992" in ways
    assert ways.index("Much shared") < ways.index("A partner shared") < ways.index("Years shared")
    assert "Nothing shared" not in ways
    assert "Not yet public" not in page.text


def test_what_follows_is_told_once_even_where_it_is_also_the_nearest():
    theme = make_theme()
    first = make_project(title_en="The first", themes=[theme])
    second = make_project(title_en="The second", themes=[theme], continues=first)

    assert fetch(second.get_absolute_url()).html.count(f'href="{first.get_absolute_url()}"') == 1


def test_a_body_that_is_no_longer_public_is_not_among_the_partners():
    partner = make_partner(name_en="Secret body", short_name_en="Secret")
    project = make_project(partners=[partner, Partner.objects.get(code="vaxjo")], sources=2)
    make_output(project, said_by=partner, text_en="An output")
    url = project.get_absolute_url()
    assert "Secret body" in fetch(url).text

    Partner.objects.filter(pk=partner.pk).update(state="draft")

    facts = fetch(url).text.split("Partners City of Växjö")
    assert len(facts) == 2
    assert "Secret body" not in facts[0] + facts[1].split("Funding")[0]


def test_a_source_that_is_a_draft_is_no_evidence_on_any_row():
    project = make_project(sources=2)
    output, visit = make_output(project), make_visit(projects=[project], sources=2)
    drafts = [project.citations.last(), output.citations.last(), visit.citations.last()]
    pages = [project.get_absolute_url(), visit.get_absolute_url(), "/en/visits/", "/en/projects/"]
    for number, citation in enumerate(drafts):
        Source.objects.filter(pk=citation.source_id).update(title=f"Secret source {number}")
    assert fetch(project.get_absolute_url()).text.count("Secret source") == 3

    Source.objects.filter(title__startswith="Secret source").update(state="draft")

    assert [url for url in pages if "Secret source" in fetch(url).text] == []
    assert "1 source" in fetch(project.get_absolute_url()).text


@pytest.mark.parametrize("change", ["nothing", "a draft source", "the same source twice", "both sides"])
def test_one_page_counts_the_evidence_as_the_database_does(change):
    project = make_project(sources=2, period="2012")
    if change == "a draft source":
        Source.objects.filter(pk=project.citations.first().source_id).update(state="draft")
    if change == "the same source twice":
        ProjectCitation.objects.create(project=project, source=project.citations.first().source, about="period")
    if change == "both sides":
        for country, code in (("SE", "vaxjo"), ("ZA", "jb-marks")):
            partner = Partner.objects.get(code=code)
            ProjectConfirmation.objects.create(project=project, country=country, partner=partner, digest="0")
    counted = Project.objects.with_source_counts().get(pk=project.pk)

    whole = project_details().get(pk=project.pk)
    whole.count_evidence()

    assert (whole.source_count, whole.confirmed_on) == (counted.source_count, counted.confirmed_on)
    assert whole.documented == counted.documented


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize(
    ("model", "view"),
    [
        (Project, "projects:detail"),
        (Theme, "themes:detail"),
        (Visit, "visits:detail"),
        (Partner, "partner"),
        (Source, "source"),
    ],
)
def test_a_records_address_is_that_of_its_view(model, view, language):
    record = model.objects.first()

    with translation.override(language):
        assert record.get_absolute_url() == reverse(view, args=[record.slug])


def test_a_changed_theme_is_named_anew_on_every_page():
    theme = make_theme(name_en="Old name")
    url = make_project(themes=[theme]).get_absolute_url()
    assert "Old name" in fetch(url).text

    Theme.objects.filter(pk=theme.pk).update(name_en="New name")

    assert "New name" in fetch(url).text
    assert "New name" in fetch("/en/projects/").text


def test_the_head_and_foot_that_are_kept_are_each_pages_own():
    """Although shared parts of pages are cached, the menu marks the current page in the language of the page."""
    english, within, swedish = fetch("/en/projects/"), fetch("/en/projects/leseding/"), fetch("/sv/projekt/")

    assert '<a href="/en/projects/" aria-current="page">' in english.html
    assert '<a href="/en/projects/" aria-current="true">' in within.html
    assert '<a href="/sv/projekt/" aria-current="page">' in swedish.html
    assert "aria-current" not in fetch("/en/about/").html.split("<main")[0]
    assert "About the record" in within.text
    assert "About the record" not in swedish.text


def test_a_theme_says_what_was_done_by_whom_and_where_to_go_on():
    theme, partner = make_theme(), make_partner(name_en="A body")
    beside = make_theme(name_en="A theme beside it")
    project = make_project(title_en="A project", themes=[theme, beside], partners=[partner])
    make_output(project, text_en="It opened a library.", side="sweden")
    make_output(project, text_en="Not yet public.", state="draft")

    page = fetch(theme.get_absolute_url())

    assert "It opened a library." in page.text.partition("What came of it")[2].partition("Who took part")[0]
    assert "Who took part A body In 1 project of these" in page.text
    assert "1 project in common A theme beside it" in page.text.partition("You may go on to")[2]
    assert "Not yet public" not in page.text


def test_history_stories_and_dossier_are_named_where_they_tell_of_the_record():
    project = make_project()
    make_milestone(title_en="It began", period="2011", onward=f"{{project:{project.code}}}")
    make_milestone(title_en="Not yet public", onward=f"{{project:{project.code}}}", state="draft")
    section = Section.objects.filter(submission__state="published").first()
    Section.objects.filter(pk=section.pk).update(text_en=f"See {{project:{project.code}}}.", title_en="What was done")

    page = fetch(project.get_absolute_url())

    assert "In the history, 2011 It began" in page.text
    assert "In the dossier What was done" in page.text
    assert f"/en/dossier/{section.submission.slug}/#{section.code}" in page.links()
    assert "Not yet public" not in page.text


def test_there_are_seventeen_goals():
    project = make_project()
    Goal(project=project, number=17).full_clean()

    for number in (0, 18):
        with pytest.raises(ValidationError, match="number"):
            Goal(project=project, number=number).full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            Goal.objects.create(project=project, number=number)

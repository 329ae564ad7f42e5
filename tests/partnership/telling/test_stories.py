"""Told stories: staff’s own words, each beside evidence that is taken from the record."""

from __future__ import annotations

import pytest

from partnership.award import editions
from partnership.models import Passage, Story, Submission
from projects.models import Project, ProjectCitation
from tests.base import fetch, filled_in, url

pytestmark = pytest.mark.django_db

LESEDING = "/en/stories/leseding/"


@pytest.fixture
def story() -> Story:
    return Story.objects.get(code="leseding-told")


def test_each_sentence_stands_beside_what_its_source_says_in_the_record(story):
    page = fetch(LESEDING)
    assert "It was planned for two years. ICLD (funder) says: The project is planned from November 2009" in page.text
    assert "we do not know. No source." in page.text

    ProjectCitation.objects.filter(project__code="leseding", about="period").update(says_en="Two years it was to be.")

    assert "It was planned for two years. ICLD (funder) says: Two years it was to be." in fetch(LESEDING).text


def test_evidence_that_readers_cannot_see_is_not_shown(story):
    Project.objects.filter(code="adult-education-1").update(state="draft")

    assert "There had been one project on adult education already. No source." in fetch(LESEDING).text


def test_a_project_leads_to_the_story_that_tells_of_it_and_back(story):
    assert LESEDING in fetch("/en/projects/leseding/").links()
    assert "/en/projects/leseding/" in fetch(LESEDING).links()
    assert LESEDING not in fetch("/en/projects/library-1/").links()


def test_a_sentence_without_evidence_is_refused_beside_its_field_and_kept(staff_client, story):
    client = staff_client("Publisher")
    data = filled_in(client.get(url(Story, "change", story.pk)))
    data["passages-0-evidence"] = "project:adult-education-1 budget"
    data["passages-1-evidence"] = "somebody told me"

    page = client.post(url(Story, "change", story.pk), data).content.decode()

    assert "“somebody told me” names no evidence." in page
    data["passages-1-evidence"] = "project:leseding name"

    page = client.post(url(Story, "change", story.pk), data).content.decode()

    assert "The record holds no such evidence that readers can see: project:adult-education-1 budget" in page
    assert not Passage.objects.filter(evidence__contains="budget").exists()


def test_a_frozen_edition_holds_the_stories_of_its_day(story):
    data = editions.data_of(Submission.objects.get(code="platforma-2018"))

    assert [told["title"] for told in data["stories"]["sv"]] == ["Leseding, mening för mening"]
    assert data["stories"]["en"][0]["passages"][2]["evidence"][0]["who"] == "ICLD (funder)"


def test_a_site_without_stories_says_so(story):
    story.delete()

    assert "No story has been told yet." in fetch("/en/stories/").text

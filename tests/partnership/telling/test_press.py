"""The page for the press: figures with their base and source, pictures with their terms, who answers."""

from __future__ import annotations

import pytest

from partnership.coverage import count_projects, leading_statements
from partnership.models import Claim, Revision
from partnership.record import history
from tests.base import fetch
from tests.factories import make_photo, make_project

pytestmark = pytest.mark.django_db


def test_each_figure_stands_with_its_base_and_who_says_so():
    text = fetch("/en/press/").text

    leading = leading_statements()
    claimed = leading["projects"].figure
    chosen, of_all = leading["award-shortlist"].figure, leading["award-applications"].figure
    assert f"{chosen} of {of_all}" in text
    assert f"{count_projects().printed} of {claimed} projects and pre-studies until January 2018 are on record" in text
    assert "PLATFORMA (own statement) says: 38 projects and pre-studies are counted." in text
    assert "Other sources say: 2005; 2006" in text


def test_only_statements_with_a_figure_are_compared_and_one_must_lead():
    claim = Claim.objects.get(code="start")
    shown = fetch("/en/press/").text.partition("Other sources say: 2005;")[2].partition("How do we know?")[0]
    claim.statements.create(code="test-words", quote="for many years", quote_language="en", qualifier="assertion")

    text = fetch("/en/press/").text
    assert text.partition("Other sources say: 2005;")[2].partition("How do we know?")[0] == shown
    claim.statements.update(preferred=False)
    assert 'id="start"' not in fetch("/en/press/").html


def test_the_version_is_the_day_of_the_last_public_change(staff):
    editor = staff("Editor")
    history.note(make_project(), {}, editor)
    history.note(make_project(state="draft"), {}, editor)
    Revision.objects.update(made_at="2026-03-02T12:00:00Z")
    Revision.objects.public().update(made_at="2026-03-01T12:00:00Z")

    assert "version of 1 March 2026" in fetch("/en/press/").text


def test_a_claim_that_is_no_longer_public_and_who_is_no_partner_any_more_are_left_out():
    shown = fetch("/en/press/")
    assert 'id="delegates"' in shown.html
    answer = shown.text.partition("The partners answer for themselves:")[2].partition("Pictures")[0]
    assert "JB Marks" in answer
    assert "Tlokwe" not in answer

    Claim.objects.filter(code="delegates").update(state="draft")

    assert 'id="delegates"' not in fetch("/en/press/").html


def test_only_photographs_with_a_licence_and_a_name_are_offered():
    make_photo(code="free", caption_en="A library", credit="Växjö kommun", licence="CC BY 4.0")
    free = {"credit": "Växjö kommun", "licence": "CC BY 4.0"}
    make_photo(code="bound", caption_en="A meeting", **free | {"licence": ""})
    make_photo(code="nobodys", caption_en="A choir", **free | {"credit": ""})
    make_photo(code="draft", caption_en="A wood", state="draft", **free)

    text = fetch("/en/press/").text

    assert "A library Photo: Växjö kommun. CC BY 4.0" in text
    assert not [words for words in ("A meeting", "A choir", "A wood") if words in text]


def test_who_answers_is_named_or_said_not_to_be(settings):
    assert "no press contact is named" in fetch("/en/press/").text

    settings.OPERATOR_NAME, settings.CONTACT_EMAIL = "Växjö kommun", "record@example.org"

    text = fetch("/en/press/").text
    assert "Växjö kommun: record@example.org" in text
    assert "no press contact" not in text


def test_a_site_without_claims_says_so():
    Claim.objects.update(state="draft")

    assert "No figure is on record yet." in fetch("/en/press/").text

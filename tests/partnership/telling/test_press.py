"""The page for the press: figures with their base and source, pictures with their terms, who answers."""

from __future__ import annotations

import pytest

from partnership.coverage import count_projects, leading_statements
from partnership.models import Claim
from tests.base import fetch
from tests.factories import make_photo

pytestmark = pytest.mark.django_db


def test_each_figure_stands_with_its_base_and_who_says_so():
    text = fetch("/en/press/").text

    claimed = leading_statements()["projects"].figure
    assert f"{count_projects().printed} of {claimed} projects and pre-studies until January 2018 are on record" in text
    assert "PLATFORMA (own statement) says: 38 projects and pre-studies are counted." in text
    assert "Other sources say: 2005; 2006" in text


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

"""Questions and answers: plain words, numbers that are counted, languages read before they are public."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from partnership.coverage import count_projects
from partnership.models import Question, QuestionSheet, Source
from partnership.models.questions import MOST_WORDS
from partnership.telling.questions import answers_of
from tests.base import address, fetch, filled_in, url
from tests.factories import make_source

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_answer_has_two_to_five_short_sentences_and_ways_on(language):
    with translation.override(language):
        answers = answers_of(QuestionSheet.objects.get(code=language))

    assert len(answers) == 10
    for answer in answers:
        text = " ".join("".join(run["text"] for run in row) for row in answer.paragraphs)
        sentences = re.split(r"(?<=[.!?])\s+", text.strip())
        assert 2 <= len(sentences) <= 5, text
        assert max(len(sentence.split()) for sentence in sentences) <= MOST_WORDS, text
        assert answer.onward, text


def test_numbers_are_those_that_the_record_counts_today():
    make_source(publisher="ICLD")

    text = fetch("/en/questions/").text

    assert f"We have {Source.objects.published().count()} sources." in text
    assert f"We can name {count_projects().printed}" in text


@pytest.mark.parametrize("name", ["home", "contribute"])
def test_home_and_contribute_lead_to_the_questions(name):
    assert "/en/questions/" in fetch(address(name, "en")).links()


# Further languages


def test_a_text_in_another_language_is_public_once_a_reader_of_it_has_approved_it(staff_client):
    editor, publisher = staff_client("Editor"), staff_client("Publisher")
    data = filled_in(editor.get(url(QuestionSheet, "add")))
    data |= {"code": "af", "language_name": "Afrikaans", "title": "Tien vrae", "questions-TOTAL_FORMS": "1"}
    data |= {"questions-0-code": "what-is-this", "questions-0-position": "1", "questions-0-title": "Wat is dit?"}
    data |= {"questions-0-text": "Ons ken {counted:projects} projekte.", "questions-0-onward": "{page:history}"}

    editor.post(url(QuestionSheet, "add"), data)

    sheet = QuestionSheet.objects.get(code="af")
    assert Client().get("/en/questions/af/").status_code == 404
    assert "Tien vrae" not in fetch("/en/questions/").text

    change = filled_in(publisher.get(url(QuestionSheet, "change", sheet.pk)))
    publisher.post(url(QuestionSheet, "change", sheet.pk), change | {"approves": "on"})

    page = fetch("/en/questions/af/")
    assert 'lang="af"' in page.html
    assert f"Ons ken {count_projects().printed}" in page.text
    assert "/en/questions/af/" in fetch("/en/questions/").links()

    change = filled_in(publisher.get(url(QuestionSheet, "change", sheet.pk)))
    publisher.post(url(QuestionSheet, "change", sheet.pk), change | {"title": "Tien ander vrae"})

    assert Client().get("/en/questions/af/").status_code == 404


def test_what_cannot_stand_in_an_answer_is_said_beside_it(staff_client):
    client = staff_client("Publisher")
    sheet = QuestionSheet.objects.get(code="en")
    data = filled_in(client.get(url(QuestionSheet, "change", sheet.pk)))
    data["questions-0-text"] = (
        "One two three four five six seven eight nine ten eleven twelve thirteen fourteen, sixteen words."
    )
    data["questions-1-text"] = "We have {number:elephants} elephants."

    page = client.post(url(QuestionSheet, "change", sheet.pk), data).content.decode()

    assert "More than 15 words: One two three" in page
    assert "There is no {number:elephants}; there are budgets" in page
    assert Question.objects.filter(text__contains="elephants").count() == 0


def test_a_site_without_answers_says_so():
    QuestionSheet.objects.all().delete()

    assert "Nobody has written the answers down yet." in fetch("/en/questions/").text

"""The questions that people come with, answered from the record in plain words."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from ..award.dossier import TextWriter
from ..models import Question, QuestionSheet


class Answer(NamedTuple):
    """A question with its answer and its ways on, as runs of text with their references resolved."""

    question: Question
    paragraphs: list[list[dict[str, Any]]]
    onward: list[dict[str, Any]]


def answers_of(sheet: QuestionSheet) -> list[Answer]:
    """In the order of the page. The numbers of sources are left out: each answer leads on to where they stand."""
    texts = [_Text(question) for question in sheet.questions.all()] if sheet.pk else []
    writer = TextWriter(texts, get_language() or settings.LANGUAGE_CODE)
    answers = []
    for text in texts:
        rows = [_without_cites(row) for block in writer.blocks(text) for row in block["rows"]]
        ways = rows.pop() if text.question.onward else []
        answers.append(Answer(text.question, rows, [run for run in ways if "href" in run]))
    return answers


class _Text(NamedTuple):
    """An answer with its ways on as the last paragraph, so that all references are looked up at once."""

    question: Question

    @property
    def pk(self) -> int:
        return self.question.pk

    @property
    def text(self) -> str:
        return f"{self.question.text}\n\n{self.question.onward}"


def _without_cites(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in run.items() if key != "cites"} for run in runs]


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """In the language of the page."""
    sheet = QuestionSheet.objects.filter(code=get_language()).first()
    return questions_page(request, sheet or QuestionSheet(code=get_language()))


@require_safe
def questions_in(request: HttpRequest, code: str) -> HttpResponse:
    """In a language that the site is not in. Raises Http404 before somebody who reads it has approved the text."""
    sheet = QuestionSheet.objects.public().filter(code=code).first()
    if sheet is None:
        raise Http404
    if sheet.is_of_site:
        with translation.override(code):
            return HttpResponseRedirect(reverse("questions"))
    return questions_page(request, sheet)


def questions_page(request: HttpRequest, sheet: QuestionSheet, **extra: Any) -> HttpResponse:
    context = {
        "sheet": sheet,
        "answers": answers_of(sheet),
        "further": QuestionSheet.objects.public().exclude(code__in=[sheet.code, *dict(settings.LANGUAGES)]),
        **extra,
    }
    return render(request, "telling/questions.html", context)

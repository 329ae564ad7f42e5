"""The page for the press: figures that can be printed with their base and source, who answers, pictures, citation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..coverage import coverage_of, with_statements
from ..models import Claim, Partner, Photo, Revision, Statement
from ..publishing import last_change

#: The claims whose figures are offered; of the second pair, the first figure is part of the second.
FIGURES = (
    ("projects", ""),
    ("visits", ""),
    ("delegates", ""),
    ("award-shortlist", "award-applications"),
    ("start", ""),
)


class PressFigure(NamedTuple):
    """A figure with its words: what is counted, against what, until when. ``others`` are other sources’ versions."""

    figure: str
    words: str
    claim: Claim
    statement: Statement
    others: list[Statement]


@require_safe
def press(request: HttpRequest) -> HttpResponse:
    context = {
        "figures": list(_figures()),
        "formal": Partner.objects.published().formal().current(),
        "photos": Photo.objects.published().exclude(licence="").exclude(credit="")[:12],
        "version_of": version_of(),
    }
    return render(request, "telling/press.html", context)


def _figures() -> Iterator[PressFigure]:
    codes = [code for pair in FIGURES for code in pair if code]
    claims = {claim.code: claim for claim in with_statements(Claim.objects.published().filter(code__in=codes))}
    for code, whole in FIGURES:
        claim = claims.get(code)
        statement = _leading(claim)
        if claim is None or statement is None:
            continue
        others = [other for other in claim.statements.all() if other is not statement and other.figure]
        total = _leading(claims.get(whole))
        figure = statement.figure
        words = f"{claim.label}."
        if coverage := coverage_of(claim):
            figure = coverage.printed
            words = _("of %(claimed)s %(unit)s until %(until)s are on record here") % {
                "claimed": statement.figure,
                "unit": claim.unit,
                "until": _month(claim.counts_until),
            }
        elif total:
            figure = _("%(part)s of %(whole)s") % {"part": statement.figure, "whole": total.figure}
        yield PressFigure(figure, words, claim, statement, others)


def _leading(claim: Claim | None) -> Statement | None:
    return next((statement for statement in claim.statements.all() if statement.preferred), None) if claim else None


def _month(day: date | None) -> str:
    return date_format(day, "F Y") if day else _("today")


def version_of() -> date | None:
    """The day on which the public record last changed."""
    last = Revision.objects.public().values_list("made_at", flat=True).first() or last_change()
    return timezone.localdate(last) if last else None

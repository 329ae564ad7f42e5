"""Visits as rows of a list and as points of a picture, fetched with few queries for the columns that these show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnership.fields.translated import first_sentence
from partnership.models.evidence import Citation, fill_sources
from projects.list_rows import names
from projects.models import Project

from .models import Visit, VisitCitation


class VisitRow(NamedTuple):
    """A visit with what its row prints, in words of the language."""

    visit: Visit
    url: str
    title: str
    when: str
    delegates: str
    purpose: str
    citations: list[VisitCitation]
    projects: list[Project]

    @property
    def year(self) -> int | None:
        """The year in which it began, or may have; None without a date."""
        first = self.visit.earliest or self.visit.latest
        return first.year if first else None


def visit_rows(
    visits: Iterable[Visit], beside: Iterable[Citation] = (), *, with_projects: bool = True
) -> list[VisitRow]:
    """These visits, in their order, as rows with titles in the names of the time, and with sources.

    ``beside`` are other citations of the same page, whose sources are fetched with the same query. The page of a
    project names no projects beside its visits.
    """
    visits = list(visits)
    keys = [visit.pk for visit in visits]
    citations: dict[int, list[VisitCitation]] = defaultdict(list)
    for citation in VisitCitation.objects.filter(visit__in=keys):
        citations[citation.visit_id].append(citation)
    fill_sources([*beside, *(citation for group in citations.values() for citation in group)])
    projects: dict[int, list[Project]] = defaultdict(list)
    if with_projects:
        for project in Project.objects.published().filter(visits__in=keys).annotate(visit=models.F("visits")):
            projects[project.visit].append(project)
    return [
        VisitRow(
            visit,
            visit.get_absolute_url(),
            title,
            visit.period.print() if visit.period else _("Date not documented"),
            _delegates(visit),
            first_sentence(visit.purpose),
            citations[visit.pk],
            projects[visit.pk],
        )
        for visit, title in zip(visits, titles_of(visits), strict=True)
    ]


def _delegates(visit: Visit) -> str:
    if visit.delegates is None:
        return _("Number of delegates not documented.")
    words = ngettext("%(number)s delegate.", "%(number)s delegates.", visit.most_delegates or 0)
    return words % {"number": visit.delegates_printed}


def titles_of(visits: list[Visit]) -> list[str]:
    """The titles of these visits, in the names of the time."""
    keys, known = [visit.pk for visit in visits], names()
    hosts, guests = _partners(Visit.hosts.through, keys), _partners(Visit.guests.through, keys)
    return [visit.title_of(known.partners_of(hosts[visit.pk]), known.partners_of(guests[visit.pk])) for visit in visits]


def _partners(through: Any, keys: list[int]) -> dict[int, set[int]]:
    by_visit: dict[int, set[int]] = defaultdict(set)
    for visit, partner in through.objects.filter(visit__in=keys).values_list("visit", "partner"):
        by_visit[visit].add(partner)
    return by_visit

"""Visits as rows of a list and as places in a picture: what these show, in few and narrow questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from partnership.models.evidence import Citation, fill_sources
from projects.list_rows import names

from .models import Visit, VisitCitation


@dataclass(frozen=True, slots=True)
class VisitRow:
    visit: Visit
    url: str
    title: str
    citations: list[VisitCitation]


def visit_rows(visits: Iterable[Visit], beside: Iterable[Citation] = ()) -> list[VisitRow]:
    """These visits, in their order, as rows: hosts and guests by the name of the time, and the sources.

    ``beside`` are other citations of the same page, which get their sources with the same question.
    """
    visits = list(visits)
    keys = [visit.pk for visit in visits]
    citations: dict[int, list[VisitCitation]] = defaultdict(list)
    for citation in VisitCitation.objects.filter(visit__in=keys):
        citations[citation.visit_id].append(citation)
    fill_sources([*beside, *(citation for some in citations.values() for citation in some)])
    named = names()
    hosts, guests = _bodies(Visit.hosts.through, keys), _bodies(Visit.guests.through, keys)
    titles = [visit.title_of(named.bodies(hosts[visit.pk]), named.bodies(guests[visit.pk])) for visit in visits]
    return [
        VisitRow(visit, visit.get_absolute_url(), title, citations[visit.pk])
        for visit, title in zip(visits, titles, strict=True)
    ]


def _bodies(table: Any, keys: list[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for visit, partner in table.objects.filter(visit__in=keys).values_list("visit", "partner"):
        found[visit].add(partner)
    return found

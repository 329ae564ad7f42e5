"""Likely duplicates of a record that is about to be added."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from typing import Any

from django.db import models

from projects.models import Project
from visits.models import Visit

from ..fields.periods import Period
from ..fields.translated import language_columns
from ..models import Source
from ..publishing import State

#: Similarity of titles (0 to 1) from which two records of one period are likely duplicates; the lower one applies when
#: they share a partner. In the record, projects that continue each other reach 0.7 to 0.96, all others stay below 0.6.
SIMILAR, SIMILAR_WITH_PARTNER = 0.8, 0.7
#: How many are shown.
LIMIT = 3


def likely_duplicates(record: Any, partners: set[int]) -> list[Any]:
    """The records most similar to an unsaved one; ``partners`` are the primary keys of the partners it names."""
    if isinstance(record, Project):
        return _projects(record, partners)
    if isinstance(record, Visit):
        return _visits(record, partners)
    if isinstance(record, Source):
        return _sources(record)
    return []


def _projects(new: Project, partners: set[int]) -> list[Project]:
    titles = _titles(new)
    scored = []
    candidates = _in_period(Project.objects.all(), new).prefetch_related("participations")
    for project in candidates.only("state", "title_original", *language_columns("title")):
        score = max((_similarity(title, other) for title in titles for other in _titles(project)), default=0)
        shares_partner = bool(partners & {participation.partner_id for participation in project.participations.all()})
        if score >= (SIMILAR_WITH_PARTNER if shares_partner else SIMILAR):
            scored.append((score, project))
    return [project for _score, project in sorted(scored, key=lambda pair: -pair[0])[:LIMIT]]


def _visits(new: Visit, partners: set[int]) -> list[Visit]:
    """Visits have no title: they are compared by partners, direction and period."""
    if not new.period:
        return []
    same_direction = _in_period(Visit.objects.exclude(period=""), new).filter(
        direction__in=[new.direction, Visit.Direction.UNKNOWN]
    )
    shared = same_direction.filter(models.Q(hosts__in=partners) | models.Q(guests__in=partners))
    return list(shared.distinct()[:LIMIT])


def _sources(new: Source) -> list[Source]:
    same = models.Q(title__iexact=new.title, publisher__iexact=new.publisher)
    url = new.url.rstrip("/")
    if url:
        same |= models.Q(url__in=[url, f"{url}/"])
    return list(Source.objects.exclude(state=State.WITHDRAWN).filter(same)[:LIMIT])


def _in_period(records: models.QuerySet[Any], new: Project | Visit) -> models.QuerySet[Any]:
    """Records that may overlap in time with the new one; those without a date may."""
    records = records.exclude(state=State.WITHDRAWN)
    earliest, latest = Period(str(new.period)).bounds()
    if latest:
        records = records.filter(models.Q(earliest__lte=latest) | models.Q(earliest__isnull=True))
    if earliest:
        records = records.filter(models.Q(latest__gte=earliest) | models.Q(latest__isnull=True))
    return records


def _titles(project: Project) -> list[str]:
    columns = ("title_original", *language_columns("title"))
    return [_normalize(title) for column in columns if (title := getattr(project, column))]


def _normalize(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum() or character == " ")


def _similarity(title: str, other: str) -> float:
    matcher = SequenceMatcher(None, title, other)
    # These cheap upper bounds spare the full comparison for nearly all titles.
    if matcher.real_quick_ratio() < SIMILAR_WITH_PARTNER or matcher.quick_ratio() < SIMILAR_WITH_PARTNER:
        return 0.0
    return matcher.ratio()

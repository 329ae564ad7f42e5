"""Records that may be the same thing as one that is about to be made."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from typing import Any

from django.db import models

from projects.models import Project
from visits.models import Visit

from ..fields.periods import Period
from ..fields.translated import language_codes
from ..models import Source
from ..publishing import State

#: From this likeness of titles on, of 1, two records of one time are likely one; below it, a shared partner must speak
#: for it as well. Tried on the record: projects that continue each other reach 0.7 to 0.96, all others stay below 0.6.
ALIKE, ALIKE_WITH_PARTNER = 0.8, 0.7
#: How many are shown; more would only be read over.
MOST = 3


def likely_twins(record: Any, partners: set[int]) -> list[Any]:
    """The records most like a new one that is not saved yet; ``partners`` are the keys of the bodies it names."""
    if isinstance(record, Project):
        return _projects(record, partners)
    if isinstance(record, Visit):
        return _visits(record, partners)
    if isinstance(record, Source):
        return _sources(record)
    return []


def _projects(new: Project, partners: set[int]) -> list[Project]:
    titles = _titles(new)
    found = []
    known = _in_time(Project.objects.all(), new).prefetch_related("participations")
    for project in known.only("state", "title_original", *_columns("title")):
        likeness = max((_likeness(one, other) for one in titles for other in _titles(project)), default=0)
        shares = bool(partners & {one.partner_id for one in project.participations.all()})
        if likeness >= (ALIKE_WITH_PARTNER if shares else ALIKE):
            found.append((likeness, project))
    return [project for _likeness, project in sorted(found, key=lambda one: -one[0])[:MOST]]


def _visits(new: Visit, partners: set[int]) -> list[Visit]:
    """Visits have no title: one of the same bodies, the same way at the same time, may be the same."""
    if not new.period:
        return []
    same_way = _in_time(Visit.objects.exclude(period=""), new).filter(
        direction__in=[new.direction, Visit.Direction.UNKNOWN]
    )
    shared = same_way.filter(models.Q(hosts__in=partners) | models.Q(guests__in=partners))
    return list(shared.distinct()[:MOST])


def _sources(new: Source) -> list[Source]:
    same = models.Q(title__iexact=new.title, publisher__iexact=new.publisher)
    address = new.url.rstrip("/")
    if address:
        same |= models.Q(url__in=[address, f"{address}/"])
    return list(Source.objects.exclude(state=State.WITHDRAWN).filter(same)[:MOST])


def _in_time(records: models.QuerySet[Any], new: Project | Visit) -> models.QuerySet[Any]:
    """Those that may fall into the same time; what has no date may."""
    records = records.exclude(state=State.WITHDRAWN)
    earliest, latest = Period(str(new.period)).bounds()
    if latest:
        records = records.filter(models.Q(earliest__lte=latest) | models.Q(earliest__isnull=True))
    if earliest:
        records = records.filter(models.Q(latest__gte=earliest) | models.Q(latest__isnull=True))
    return records


def _titles(project: Project) -> list[str]:
    return [_folded(text) for name in ("title_original", *_columns("title")) if (text := getattr(project, name))]


def _columns(name: str) -> list[str]:
    return [f"{name}_{language}" for language in language_codes()]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum() or sign == " ")


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    # The quick bounds spare the long look at nearly all of many titles.
    if matcher.real_quick_ratio() < ALIKE_WITH_PARTNER or matcher.quick_ratio() < ALIKE_WITH_PARTNER:
        return 0.0
    return matcher.ratio()

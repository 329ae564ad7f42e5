"""Records that may be the same thing as one that is about to be made."""

from __future__ import annotations

import datetime
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from django.db import models

from projects.models import Participation, Project
from visits.models import Visit

from ..fields.periods import Period
from ..fields.translated import language_columns
from ..models import Source
from ..publishing import State

#: From this likeness of titles on, of 1, two records of one time are likely one; below it, a shared partner must speak
#: for it as well. Tried on the record: projects that continue each other reach 0.7 to 0.96, all others stay below 0.6.
ALIKE, ALIKE_WITH_PARTNER = 0.8, 0.7
#: How many are shown; more would only be read over.
MOST = 3

_Bounds = tuple[datetime.date | None, datetime.date | None]


def likely_duplicates(record: Any, partners: set[int]) -> list[Any]:
    """The records most like a new one that is not saved yet; ``partners`` are the keys of those that it names."""
    return known_records(type(record)).like(record, partners)


class KnownRecords:
    """The records that new ones are compared with, read once for however many. A kind of its own compares nothing."""

    def like(self, new: Any, partners: set[int]) -> list[Any]:
        return []

    def add(self, new: Any, partners: set[int]) -> None:
        """Adds one that is about to be made, so that the next is compared with it as well."""


def known_records(model: type[models.Model]) -> KnownRecords:
    kinds: dict[type[models.Model], type[KnownRecords]] = {
        Project: _KnownProjects,
        Visit: _KnownVisits,
        Source: _KnownSources,
    }
    return kinds.get(model, KnownRecords)()


class _KnownProjects(KnownRecords):
    def __init__(self) -> None:
        names = ("state", "earliest", "latest", "title_original", *language_columns("title"))
        self._partners: dict[int, set[int]] = defaultdict(set)
        for project_id, partner_id in Participation.objects.order_by().values_list("project", "partner"):
            self._partners[project_id].add(partner_id)
        known = Project.objects.exclude(state=State.WITHDRAWN).only(*names)
        self._projects = [
            (project, _titles(project), (project.earliest, project.latest), self._partners[project.pk])
            for project in known
        ]

    def like(self, new: Project, partners: set[int]) -> list[Project]:
        titles, bounds = _titles(new), _bounds(new)
        alike = []
        for project, others, others_bounds, others_partners in self._projects:
            if not _meet(bounds, others_bounds):
                continue
            likeness = max((_likeness(title, other) for title in titles for other in others), default=0)
            if likeness >= (ALIKE_WITH_PARTNER if partners & others_partners else ALIKE):
                alike.append((likeness, project))
        return [project for _likeness, project in sorted(alike, key=lambda pair: -pair[0])[:MOST]]

    def add(self, new: Project, partners: set[int]) -> None:
        self._projects.append((new, _titles(new), _bounds(new), partners))


class _KnownVisits(KnownRecords):
    """Visits have no title: one of the same partners, the same way at the same time, may be the same."""

    def __init__(self) -> None:
        # By key, negative for those that are about to be made; by partner and year, None for a period without end.
        self._visits: dict[int, tuple[str, _Bounds]] = {}
        self._of_partner: dict[tuple[int, int | None], list[int]] = defaultdict(list)
        self._new: list[Visit] = []
        partners: dict[int, set[int]] = defaultdict(set)
        for table in (Visit.hosts.through, Visit.guests.through):
            for visit_id, partner_id in table.objects.values_list("visit", "partner"):
                partners[visit_id].add(partner_id)
        dated = Visit.objects.exclude(state=State.WITHDRAWN).exclude(period="").order_by()
        for pk, way, earliest, latest in dated.values_list("pk", "direction", "earliest", "latest"):
            self._add(pk, way, (earliest, latest), partners[pk])

    def _add(self, key: int, way: str, bounds: _Bounds, partners: set[int]) -> None:
        self._visits[key] = way, bounds
        for year in _years(bounds):
            for partner in partners:
                self._of_partner[partner, year].append(key)

    def like(self, new: Visit, partners: set[int]) -> list[Visit]:
        if not new.period:
            return []
        bounds, ways = _bounds(new), {new.direction, Visit.Direction.UNKNOWN.value}
        alike: dict[int, None] = {}
        for place in self._places(partners, _years(bounds)):
            for key in self._of_partner.get(place, ()):
                way, others_bounds = self._visits[key]
                if way in ways and _meet(bounds, others_bounds):
                    alike[key] = None
            if len(alike) >= MOST:
                break
        stored = [key for key in alike if key > 0]
        about_to_be_made = [self._new[-key - 1] for key in alike if key < 0]
        return [*(Visit.objects.filter(pk__in=stored)[:MOST] if stored else ()), *about_to_be_made][:MOST]

    def _places(self, partners: set[int], years: list[int | None]) -> Iterable[tuple[int, int | None]]:
        if None in years:
            return [place for place in self._of_partner if place[0] in partners]
        return [(partner, year) for partner in partners for year in (*years, None)]

    def add(self, new: Visit, partners: set[int]) -> None:
        if new.period:
            self._new.append(new)
            self._add(-len(self._new), new.direction, _bounds(new), partners)


class _KnownSources(KnownRecords):
    """The same title of the same publisher, or the same address."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, ...], list[Source]] = defaultdict(list)
        known = Source.objects.exclude(state=State.WITHDRAWN)
        for source in known.only("state", "title", "publisher", "url"):
            self.add(source, set())

    def _names(self, source: Source) -> list[tuple[str, ...]]:
        names: list[tuple[str, ...]] = [(source.title.casefold(), source.publisher.casefold())]
        return [*names, (source.url.rstrip("/"),)] if source.url else names

    def like(self, new: Source, partners: set[int]) -> list[Source]:
        alike = {id(source): source for name in self._names(new) for source in self._sources.get(name, ())}
        return list(alike.values())[:MOST]

    def add(self, new: Source, partners: set[int]) -> None:
        for name in self._names(new):
            self._sources[name].append(new)


#: A period of more years than these is looked up as one without end.
_MANY_YEARS = 15


def _years(bounds: _Bounds) -> list[int | None]:
    """The years that a period touches; None for one without beginning or end, or of many years."""
    first, last = bounds
    if first is None or last is None or last.year - first.year > _MANY_YEARS:
        return [None]
    return list(range(first.year, last.year + 1))


def _bounds(new: Project | Visit) -> _Bounds:
    return Period(str(new.period)).bounds()


def _meet(period: _Bounds, other: Iterable[datetime.date | None]) -> bool:
    """Whether two periods may share a day; what has no date may."""
    earliest, latest = period
    begins, ends = other
    begins_in_time = latest is None or begins is None or begins <= latest
    return begins_in_time and (earliest is None or ends is None or ends >= earliest)


def _titles(project: Project) -> list[str]:
    return [
        _folded(text) for name in ("title_original", *language_columns("title")) if (text := getattr(project, name))
    ]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum() or sign == " ")


def _likeness(title: str, other: str) -> float:
    matcher = SequenceMatcher(None, title, other)
    # The quick bounds spare the long look at nearly all of many titles.
    if matcher.real_quick_ratio() < ALIKE_WITH_PARTNER or matcher.quick_ratio() < ALIKE_WITH_PARTNER:
        return 0.0
    return matcher.ratio()

"""The identified visits with what is counted of them: by direction, year, theme and host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from typing import NamedTuple

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Coalesce, Substr

from partnership.fields.numbers import NumberRange
from partnership.models import Partner
from partnership.models.evidenced import Evidence, InFoundingCount
from partnership.per_version import cached_per_version
from partnership.publishing import State

from .models import MOST_DELEGATES, Visit

NOBODY = NumberRange(0, 0)


class VisitFacets(NamedTuple):
    #: The identified visits.
    ids: frozenset[int]
    by_direction: dict[str, set[int]]
    by_founding: dict[str, set[int]]
    #: The year of each public visit, in digits; empty where no date is known.
    years: dict[int, str]
    #: Of public visits the number of delegates at least and at most, where it is documented.
    delegates: dict[int, tuple[int, int]]
    #: Public visits of which no source says that they took place.
    planned: Set[int]
    well_documented: Set[int]
    #: How many public visits of the founding count cite nothing but the claim that counts them.
    circular: int

    def delegates_of(self, ids: Set[int]) -> NumberRange:
        """The sum of the documented numbers of delegates of these visits."""
        numbers = [self.delegates[key] for key in ids & self.delegates.keys()]
        return NumberRange(sum(low for low, _high in numbers), sum(high for _low, high in numbers))


@cached_per_version
def visit_facets() -> VisitFacets:
    evidence = _evidence()
    by_direction: dict[str, set[int]] = defaultdict(set)
    by_founding: dict[str, set[int]] = defaultdict(set)
    years: dict[int, str] = {}
    delegates: dict[int, tuple[int, int]] = {}
    planned: set[int] = set()
    # Years as text and values as plain strings, since there may be a hundred thousand visits.
    year = Coalesce(Substr(Cast(Coalesce("earliest", "latest"), CharField()), 1, 4), Value(""))
    columns = ("pk", "direction", year, "delegates", MOST_DELEGATES, "how_known", "in_founding_count")
    is_planned = Visit.HowKnown.PLANNED.value
    for row in Visit.objects.published().order_by().values_list(*columns):
        key, direction, years[key], low, high, how_known, founding = row
        by_direction[direction].add(key)
        by_founding[founding].add(key)
        if low is not None:
            delegates[key] = (low, high)
        if how_known == is_planned:
            planned.add(key)
    # As the querysets have it: planned visits are perhaps in the count.
    by_founding[InFoundingCount.UNKNOWN] |= by_founding[InFoundingCount.YES] & planned
    by_founding[InFoundingCount.YES] -= planned
    ids = evidence.identified & years.keys()
    return VisitFacets(
        ids,
        {direction: keys & ids for direction, keys in by_direction.items()},
        {founding: keys & ids for founding, keys in by_founding.items()},
        years,
        delegates,
        planned,
        {key for key in evidence.well & ids if years[key]},
        len(by_founding[InFoundingCount.YES] & evidence.circular),
    )


@cached_per_version
def _evidence() -> Evidence:
    return Visit.objects.evidence()


@cached_per_version
def visits_by_theme() -> dict[int, set[int]]:
    """All visits by the themes of their public projects."""
    rows = Visit.projects.through.objects.filter(project__state=State.PUBLISHED, project__themes__isnull=False)
    by_theme: dict[int, set[int]] = defaultdict(set)
    for visit, theme in rows.values_list("visit", "project__themes"):
        by_theme[theme].add(visit)
    return dict(by_theme)


@cached_per_version
def visits_by_host() -> dict[int, set[int]]:
    """All visits by the last successor of each public host: one to a partner and its predecessor is one visit."""
    successors = {key: last.pk for key, last in Partner.of_today().items()}
    by_host: dict[int, set[int]] = defaultdict(set)
    for visit, host in Visit.hosts.through.objects.filter(partner__state=State.PUBLISHED).values_list(
        "visit", "partner"
    ):
        by_host[successors[host]].add(visit)
    return dict(by_host)

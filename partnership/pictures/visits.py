"""The picture of visits by year, to Sweden above the line and to South Africa below it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from visits.list_rows import VisitRow
from visits.models import Visit

from ..balance import Balance
from ..coverage import Coverage
from ..models import Statement
from .axis import years_of_the_axis

#: In a box of 40 units, the radius of the largest delegation’s disc, and of a ring for an unknown number.
_LARGEST, _RING = 19.0, 11.0


@dataclass
class Disc:
    """A visit: a disc whose area shows the delegates, or a ring where their number is not documented.

    A range is drawn solid to its lower end, with a circle (``outer``) that reaches to its upper one.
    """

    row: VisitRow
    number: int
    radius: float
    outer: float = 0

    @property
    def visit(self) -> Visit:
        return self.row.visit

    @property
    def is_ring(self) -> bool:
        return self.visit.delegates is None

    @property
    def holds_number(self) -> bool:
        return self.radius >= 10


@dataclass
class YearColumn:
    year: int
    to_sweden: list[Disc] = field(default_factory=list)
    to_south_africa: list[Disc] = field(default_factory=list)
    unknown: list[Disc] = field(default_factory=list)

    def side(self, direction: str) -> list[Disc]:
        sides = {Visit.Direction.TO_SWEDEN: self.to_sweden, Visit.Direction.TO_SOUTH_AFRICA: self.to_south_africa}
        return sides.get(Visit.Direction(direction), self.unknown)


@dataclass
class VisitPicture:
    """Visits drawn one by one."""

    columns: list[YearColumn]
    discs: list[Disc]
    undated: list[VisitRow]

    is_counted = False

    @property
    def dated(self) -> int:
        return len(self.discs)

    @property
    def title(self) -> str:
        """What the picture shows; visits that are only planned are counted for themselves."""
        took_place = [disc.visit for disc in self.discs if not disc.visit.is_planned]
        counts = Counter(visit.direction for visit in took_place)
        open_ones = Counter(visit.direction for visit in took_place if visit.delegates is None)
        planned = len(self.discs) - len(took_place)
        if not planned:
            return finding(counts, open_ones)
        words = ngettext("%(number)d only planned", "%(number)d only planned", planned) % {"number": planned}
        return f"{finding(counts, open_ones)}; {words}"

    @property
    def has_ranges(self) -> bool:
        return any(disc.outer for disc in self.discs)

    @property
    def has_planned(self) -> bool:
        return any(disc.visit.is_planned for disc in self.discs)


class YearBars(NamedTuple):
    """The visits of a year in each direction; lengths in per cent of the longest bar."""

    year: int
    to_sweden: int
    to_south_africa: int
    longest: int

    @property
    def north(self) -> int:
        return round(100 * self.to_sweden / self.longest)

    @property
    def south(self) -> int:
        return round(100 * self.to_south_africa / self.longest)


@dataclass(frozen=True)
class CountedVisits:
    """Many visits, drawn as one bar per year and direction."""

    columns: list[YearBars]
    longest: int
    dated: int
    undated: int

    is_counted = True

    @property
    def title(self) -> str:
        north, south = (
            sum(getattr(column, side) for column in self.columns) for side in ("to_sweden", "to_south_africa")
        )
        return finding(Counter({Visit.Direction.TO_SWEDEN: north, Visit.Direction.TO_SOUTH_AFRICA: south}))


def finding(counts: Counter[str], without_number: Counter[str] | None = None) -> str:
    """“7 visits each way; 6 of those to South Africa without a head count”."""
    to_sweden, to_south_africa = Visit.Direction.TO_SWEDEN, Visit.Direction.TO_SOUTH_AFRICA
    north, south = counts[to_sweden], counts[to_south_africa]
    if north == south:
        title = ngettext("%(number)d visit each way", "%(number)d visits each way", north) % {"number": north}
    else:
        title = ngettext(
            "%(north)d visit to Sweden, %(south)d to South Africa",
            "%(north)d visits to Sweden, %(south)d to South Africa",
            north,
        ) % {"north": north, "south": south}
    open_ones = without_number or Counter()
    numbers = {"north": open_ones[to_sweden], "south": open_ones[to_south_africa]}
    if all(numbers.values()):
        words = _("%(north)d of those to Sweden and %(south)d of those to South Africa without a head count")
    elif numbers["north"]:
        words = _("%(north)d of those to Sweden without a head count")
    elif numbers["south"]:
        words = _("%(south)d of those to South Africa without a head count")
    else:
        return title
    return f"{title}; {words % numbers}"


def counted_visits(balance: Balance) -> CountedVisits:
    counts = {int(row.label): row.counts for row in balance.by_year if row.query}
    undated = sum(row.counts.total() for row in balance.by_year if not row.query)
    axis = years_of_the_axis()
    last = axis[-1]
    # A planned visit of a coming year is drawn at the end of the axis.
    by_year: dict[int, Counter[str]] = {year: Counter() for year in range(min([axis[0], *counts]), last + 1)}
    for year, by_direction in counts.items():
        by_year[min(year, last)] += by_direction
    to_sweden, to_south_africa = Visit.Direction.TO_SWEDEN, Visit.Direction.TO_SOUTH_AFRICA
    longest = max((max(count[to_sweden], count[to_south_africa]) for count in by_year.values()), default=0) or 1
    columns = [YearBars(year, count[to_sweden], count[to_south_africa], longest) for year, count in by_year.items()]
    return CountedVisits(columns, longest, balance.visits - undated, undated)


def visit_picture(rows: Iterable[VisitRow]) -> VisitPicture:
    """The picture of these visits, one by one."""
    rows_by_year = [(row.visit.years[0] if row.visit.years else None, row) for row in rows]
    dated = sorted(
        ((year, row) for year, row in rows_by_year if year is not None),
        key=lambda pair: (pair[0], pair[1].visit.earliest or pair[1].visit.latest, pair[1].visit.code),
    )
    most = max((row.visit.most_delegates or 0 for _year, row in dated), default=0)
    axis = years_of_the_axis()
    years = range(min(axis[0], dated[0][0]) if dated else axis[0], axis[-1] + 1)
    columns = {year: YearColumn(year) for year in years}
    discs = []
    for number, (year, row) in enumerate(dated, start=1):
        radius = _radius(row.visit.delegates, most) if row.visit.delegates else _RING
        outer = _radius(row.visit.delegates_high, most) if row.visit.delegates_high else 0
        disc = Disc(row, number, radius, outer)
        discs.append(disc)
        # A planned visit of a coming year is drawn at the end of the axis.
        columns[min(year, years[-1])].side(row.visit.direction).append(disc)
    return VisitPicture(list(columns.values()), discs, [row for year, row in rows_by_year if year is None])


def _radius(delegates: int, most: int) -> float:
    return round(_LARGEST * math.sqrt(delegates / most), 1)


def undocumented(claimed: Statement | None, coverage: Coverage) -> range:
    """One item per claimed record that is not documented, to be drawn as an outline and never printed as a number."""
    if claimed is None or claimed.value_low is None:
        return range(0)
    return range(max(claimed.value_low - coverage.documented, 0))

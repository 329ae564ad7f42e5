"""The picture of visits by year, to Sweden above the line and to South Africa below it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from visits.list_rows import VisitRow
from visits.models import Visit

from ..balance import Balance
from ..coverage import Coverage
from ..models import Statement
from .axis import years_of_the_axis

#: The maximum of dated visits that have a stem and a label each; more are stacked by year.
MOST_STEMS = 12
#: In a box of 40 units, the radius of the largest delegation’s disc, and of a ring for an unknown number.
_LARGEST, _RING = 19.0, 11.0
#: The maximum of stems in a year, and the width of a label in years.
_LEVELS, _LABEL_YEARS = 4, 5


@dataclass
class Disc:
    """A visit: a disc whose area shows the delegates, or a ring where their number is not documented.

    A range is drawn solid to its lower end, with a circle (``outer``) that reaches to its upper one.
    """

    row: VisitRow
    number: int
    radius: float
    outer: float = 0
    level: int = 1
    label: str = ""

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

    @property
    def is_marked(self) -> bool:
        """Whether the year is printed on the axis: every fifth is."""
        return self.year % 5 == 0

    def side(self, direction: str) -> list[Disc]:
        sides = {Visit.Direction.TO_SWEDEN: self.to_sweden, Visit.Direction.TO_SOUTH_AFRICA: self.to_south_africa}
        return sides.get(Visit.Direction(direction), self.unknown)


@dataclass
class VisitPicture:
    """Visits drawn one by one."""

    columns: list[YearColumn]
    discs: list[Disc]
    undated: list[VisitRow]
    is_stacked: bool

    is_counted = False

    @property
    def dated(self) -> int:
        return len(self.discs)

    @property
    def to_sweden(self) -> int:
        return sum(len(column.to_sweden) for column in self.columns)

    @property
    def to_south_africa(self) -> int:
        return sum(len(column.to_south_africa) for column in self.columns)

    @property
    def uncounted(self) -> int:
        """The drawn visits whose number of delegates is not documented."""
        return sum(disc.is_ring for disc in self.discs)

    @property
    def has_ranges(self) -> bool:
        return any(disc.outer for disc in self.discs)

    @property
    def has_planned(self) -> bool:
        return any(disc.visit.is_planned for disc in self.discs)

    @property
    def density(self) -> str:
        """The class that shrinks the discs, so that the highest stack fits on a screen."""
        sides = (side for column in self.columns for side in (column.to_sweden, column.to_south_africa))
        highest = max((len(side) for side in sides), default=0)
        return "is-tight" if highest > 24 else "is-close" if highest > 8 else ""


@dataclass(frozen=True)
class YearBars:
    """The visits of a year in each direction; lengths in per cent of the longest bar."""

    year: int
    to_sweden: int
    to_south_africa: int
    longest: int

    @property
    def is_marked(self) -> bool:
        return self.year % 5 == 0

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
    is_stacked = len(dated) > MOST_STEMS or not _place_stems(list(columns.values()))
    return VisitPicture(list(columns.values()), discs, [row for year, row in rows_by_year if year is None], is_stacked)


def _radius(delegates: int, most: int) -> float:
    return round(_LARGEST * math.sqrt(delegates / most), 1)


def _place_stems(columns: list[YearColumn]) -> bool:
    """Sets the height of each stem so that no labels overlap; False where a year has too many stems."""
    last = len(columns)
    for side in (Visit.Direction.TO_SWEDEN, Visit.Direction.TO_SOUTH_AFRICA):
        taken: list[tuple[int, int, int]] = []
        for place, column in enumerate(columns):
            discs = column.side(side)
            if len(discs) > _LEVELS:
                return False
            for disc in discs:
                choices = [
                    (level, label, first)
                    for level in range(_LEVELS, 0, -1)
                    for label, first in (("right", place), ("left", place - _LABEL_YEARS))
                    if first >= 0
                    and first + _LABEL_YEARS <= last
                    and not any(
                        level == other and first <= end and begin <= first + _LABEL_YEARS for other, begin, end in taken
                    )
                ]
                used = {other.level for other in discs if other.number < disc.number}
                free = [choice for choice in choices if choice[0] not in used]
                if free:
                    disc.level, disc.label, first = free[0]
                    taken.append((disc.level, first, first + _LABEL_YEARS))
                else:
                    disc.level = next(level for level in range(1, _LEVELS + 1) if level not in used)
                    taken.append((disc.level, place, place))
    return True


def undocumented(claimed: Statement | None, coverage: Coverage) -> range:
    """One item per claimed record that is not documented, to be drawn as an outline and never printed as a number."""
    if claimed is None or claimed.value_low is None:
        return range(0)
    return range(max(claimed.value_low - coverage.documented, 0))

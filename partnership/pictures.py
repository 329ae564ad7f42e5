"""The pictures’ geometry, worked out from records. What they look like is in templates/pictures/ and the stylesheet.

A picture gets the same records as the text beside it and never counts for itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from projects.models import Project, Theme
from projects.sets import project_sets
from visits.models import Visit
from visits.rows import VisitRow

from .balance import Balance
from .counted import once_for_each_version
from .coverage import Coverage
from .models import Partner, Statement

#: Where every axis of years begins: the earlier of the two years that the founding text gives for the start.
FIRST_YEAR = 2005


def years_of_the_axis() -> range:
    # A machine without a clock of its own may wake up in another century.
    return range(FIRST_YEAR, max(timezone.localdate().year, FIRST_YEAR) + 1)


# The map

_CENTRE_LONGITUDE = 20.5
_EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True)
class Point:
    """A place on the drawing, in its units: 1 020 wide, the equator at y = 640."""

    x: float
    y: float


def on_map(latitude: float, longitude: float) -> Point:
    """Lambert’s azimuthal equal-area projection centred on 0°, 20.5° E, in the units of the drawn outlines."""
    phi, turned = math.radians(latitude), math.radians(longitude - _CENTRE_LONGITUDE)
    scale = math.sqrt(2 / (1 + math.cos(phi) * math.cos(turned)))
    return Point(
        round(380 + 640 * scale * math.cos(phi) * math.sin(turned), 1), round(640 - 640 * scale * math.sin(phi), 1)
    )


def pin_of(partner: Partner) -> Point | None:
    """Where a body is on the drawing; None without a place on record."""
    if partner.latitude is None or partner.longitude is None:
        return None
    return on_map(float(partner.latitude), float(partner.longitude))


def distance_km(first: Partner, second: Partner) -> int:
    """The great-circle distance between two places in kilometres, to the nearest ten."""
    places = [(math.radians(one.latitude), math.radians(one.longitude)) for one in (first, second)]  # type: ignore[arg-type]
    (north, east), (other_north, other_east) = places
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return round(2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(half)) / 10) * 10


@dataclass(frozen=True)
class Arc:
    """A bow from one place to another, bent to the traveller’s left; a diagram, not a flight path."""

    start: Point
    end: Point

    def _beside(self, along: float, off: float) -> Point:
        across, down = self.end.x - self.start.x, self.end.y - self.start.y
        return Point(
            round(self.start.x + across * along + down * off, 1), round(self.start.y + down * along - across * off, 1)
        )

    @property
    def _controls(self) -> tuple[Point, Point]:
        return self._beside(0.25, 0.22), self._beside(0.72, 0.19)

    @property
    def path(self) -> str:
        first, second = self._controls
        ends = (self.start, first, second, self.end)
        return "M{0.x} {0.y}C{1.x} {1.y} {2.x} {2.y} {3.x} {3.y}".format(*ends)

    @property
    def arrow(self) -> str:
        """Where the arrowhead sits, halfway, and how it is turned."""
        points = (self.start, *self._controls, self.end)
        weights, slopes = (1, 3, 3, 1), (-1, -1, 1, 1)
        x = sum(point.x * weight for point, weight in zip(points, weights, strict=True)) / 8
        y = sum(point.y * weight for point, weight in zip(points, weights, strict=True)) / 8
        across = sum(point.x * slope for point, slope in zip(points, slopes, strict=True))
        down = sum(point.y * slope for point, slope in zip(points, slopes, strict=True))
        return f"translate({x:.1f} {y:.1f}) rotate({math.degrees(math.atan2(down, across)):.1f})"


@dataclass(frozen=True)
class Map:
    """The two places, the arc of each direction, and how far it is."""

    sweden: Partner
    south_africa: Partner

    north: Point
    south: Point

    @property
    def to_sweden(self) -> Arc:
        return Arc(self.south, self.north)

    @property
    def to_south_africa(self) -> Arc:
        return Arc(self.north, self.south)

    @property
    def distance(self) -> int:
        return distance_km(self.sweden, self.south_africa)


def partnership_map() -> Map | None:
    """The map of the two municipalities; None while one of them has no place on record."""
    bodies = Partner.objects.published().formal().current()
    found = {
        partner.country: partner
        for partner in bodies.filter(kind=Partner.Kind.MUNICIPALITY, latitude__isnull=False).reverse()
    }
    sweden, south_africa = found.get(Partner.Country.SWEDEN), found.get(Partner.Country.SOUTH_AFRICA)
    if sweden is None or south_africa is None:
        return None
    north, south = pin_of(sweden), pin_of(south_africa)
    return Map(sweden, south_africa, north, south) if north and south else None


#: Up to so many visits or projects are drawn one by one; of more a picture gives the numbers.
MOST_DRAWN = 150


def are_drawn(number: int) -> bool:
    return number <= MOST_DRAWN


# Visits

#: Up to so many dated visits each have a stem and a label; more are stacked by year.
MOST_STEMS = 12
#: The radius of the largest delegation’s disc in a box of 40 units, and that of a ring for an unknown number.
_LARGEST, _RING = 19.0, 11.0
#: How many stems of different height a year can carry, and how many years wide a label beside one is.
_LEVELS, _LABEL_YEARS = 4, 5


@dataclass
class Disc:
    """One visit: a disc whose area shows its delegates, or a ring while their number is not documented."""

    row: VisitRow
    number: int
    radius: float
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
        """Every fifth year is written on the axis."""
        return self.year % 5 == 0

    def side(self, direction: str) -> list[Disc]:
        sides = {Visit.Direction.TO_SWEDEN: self.to_sweden, Visit.Direction.TO_SOUTH_AFRICA: self.to_south_africa}
        return sides.get(Visit.Direction(direction), self.unknown)


@dataclass
class VisitPicture:
    """Visits by year, to Sweden above the line and to South Africa below it."""

    columns: list[YearColumn]
    discs: list[Disc]
    undated: list[VisitRow]
    is_stacked: bool

    is_counted = False

    @property
    def dated(self) -> int:
        return len(self.discs)

    @property
    def density(self) -> str:
        """How small the discs must be for the highest stack to stay on a screen."""
        highest = max((len(side) for one in self.columns for side in (one.to_sweden, one.to_south_africa)), default=0)
        return "is-tight" if highest > 24 else "is-close" if highest > 8 else ""


@dataclass(frozen=True)
class YearBars:
    """How many visits a year had each way; lengths in hundredths of the longest bar."""

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
    """Many visits by year, as bars: to Sweden above the line and to South Africa below it."""

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
    # A planned visit of a coming year stands at the end of the axis.
    by_year: dict[int, Counter[str]] = {year: Counter() for year in range(min([axis[0], *counts]), last + 1)}
    for year, found in counts.items():
        by_year[min(year, last)] += found
    ways = (Visit.Direction.TO_SWEDEN, Visit.Direction.TO_SOUTH_AFRICA)
    longest = max((found[way] for found in by_year.values() for way in ways), default=0) or 1
    columns = [YearBars(year, found[ways[0]], found[ways[1]], longest) for year, found in by_year.items()]
    return CountedVisits(columns, longest, balance.visits - undated, undated)


def visit_picture(rows: Iterable[VisitRow]) -> VisitPicture:
    """The picture of exactly these visits, each for itself."""
    begun = [(row.visit.years[0] if row.visit.years else None, row) for row in rows]
    dated = sorted(
        ((year, row) for year, row in begun if year is not None),
        key=lambda one: (one[0], one[1].visit.earliest or one[1].visit.latest, one[1].visit.code),
    )
    most = max((row.visit.delegates or 0 for _year, row in dated), default=0)
    axis = years_of_the_axis()
    years = range(min(axis[0], dated[0][0]) if dated else axis[0], axis[-1] + 1)
    columns = {year: YearColumn(year) for year in years}
    discs = []
    for number, (year, row) in enumerate(dated, start=1):
        radius = _LARGEST * math.sqrt(row.visit.delegates / most) if row.visit.delegates else _RING
        disc = Disc(row, number, round(radius, 1))
        discs.append(disc)
        # A planned visit of a coming year stands at the end of the axis.
        columns[min(year, years[-1])].side(row.visit.direction).append(disc)
    is_stacked = len(dated) > MOST_STEMS or not _place_stems(list(columns.values()))
    return VisitPicture(list(columns.values()), discs, [row for year, row in begun if year is None], is_stacked)


def _place_stems(columns: list[YearColumn]) -> bool:
    """Gives each stem a height at which its label meets no other; False where a year has too many."""
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
                used = {one.level for one in discs if one is not disc and one.number < disc.number}
                free = [choice for choice in choices if choice[0] not in used]
                if free:
                    disc.level, disc.label, first = free[0]
                    taken.append((disc.level, first, first + _LABEL_YEARS))
                else:
                    disc.level = next(level for level in range(1, _LEVELS + 1) if level not in used)
                    taken.append((disc.level, place, place))
    return True


def rest_of(claimed: Statement | None, coverage: Coverage) -> range:
    """One for each claimed record that is not documented, to draw as outlines and never to say as a number."""
    if claimed is None or claimed.value_low is None:
        return range(0)
    return range(max(claimed.value_low - coverage.documented, 0))


# Themes by year

#: Up to so many projects at once in a theme are drawn as bars; more are counted in their year.
MOST_LANES = 6


@dataclass(frozen=True)
class Run:
    """A project in one year of its theme’s row."""

    project: Project
    is_start: bool
    is_end: bool


@dataclass
class MatrixRow:
    """A theme over the years: in each year, lane by lane, the project that ran then or None."""

    theme: Theme
    years: list[list[Run | None]]
    undated: list[Project]

    @property
    def is_counted(self) -> bool:
        return len(self.years[0]) > MOST_LANES

    @property
    def is_empty(self) -> bool:
        return not self.undated and not any(any(lanes) for lanes in self.years)

    @property
    def numbers(self) -> list[int]:
        return [sum(1 for run in lanes if run) for lanes in self.years]


@dataclass(frozen=True)
class CountedRow:
    """A theme over the years: how many projects ran in each, and how many have no year on record."""

    theme: Theme
    numbers: list[int]
    undated_number: int

    is_counted = True

    @property
    def is_empty(self) -> bool:
        return not self.undated_number and not any(self.numbers)


@dataclass
class Matrix:
    years: range
    founding: Sequence[MatrixRow | CountedRow]
    further: Sequence[MatrixRow | CountedRow]

    @property
    def empty(self) -> list[MatrixRow | CountedRow]:
        """Themes of the founding list without a documented project."""
        return [row for row in self.founding if row.is_empty]


def theme_matrix(themes: Iterable[Theme], projects: Iterable[Project]) -> Matrix:
    """When these projects ran, theme by theme: all identified ones, or all of these themes.

    Ask with projects whose themes are fetched. Where the record is large, they are not looked at one by one.
    """
    years = years_of_the_axis()
    rows: list[MatrixRow | CountedRow]
    if not are_drawn(len(project_sets().everything)):
        rows = [_counted_row(theme, years) for theme in themes]
    else:
        of_theme: dict[int, list[Project]] = {}
        for project in projects:
            for theme in project.themes.all():
                of_theme.setdefault(theme.pk, []).append(project)
        rows = [_matrix_row(theme, of_theme.get(theme.pk, []), years) for theme in themes]
    return Matrix(
        years,
        [row for row in rows if row.theme.in_founding_list],
        [row for row in rows if not row.theme.in_founding_list],
    )


def _counted_row(theme: Theme, years: range) -> CountedRow:
    counted = projects_by_year().get(theme.slug, Counter())
    return CountedRow(theme, [counted[year] for year in years], counted[None])


@once_for_each_version
def projects_by_year() -> dict[str, Counter[int | None]]:
    """For each theme how many identified projects ran in each year until today; under None those without one."""
    sets, today = project_sets(), timezone.localdate().year
    found: dict[str, Counter[int | None]] = {}
    for theme, keys in sets.having["theme"].items():
        counted = found[theme] = Counter({None: len(keys & sets.undated)})
        for key in keys - sets.undated:
            begins, ends = sets.years[key]
            first = begins or ends or today
            counted.update(range(first, max(ends or today, first) + 1))
    return found


def _matrix_row(theme: Theme, projects: Sequence[Project], years: range) -> MatrixRow:
    dated = sorted((one for one in projects if one.years), key=lambda one: (one.years[0], one.years[-1], one.code))
    lanes: list[list[Project]] = []
    for project in dated:
        free = next((lane for lane in lanes if lane[-1].years[-1] < project.years[0]), None)
        if free is None:
            lanes.append([project])
        else:
            free.append(project)
    by_year: list[list[Run | None]] = []
    for year in years:
        here: list[Run | None] = []
        for lane in lanes:
            running = next((one for one in lane if year in one.years), None)
            here.append(_run(running, year, years) if running else None)
        by_year.append(here)
    undated = sorted((one for one in projects if not one.years), key=lambda one: one.code)
    return MatrixRow(theme, by_year, undated)


def _run(project: Project, year: int, axis: range) -> Run:
    first, last = max(project.years[0], axis[0]), min(project.years[-1], axis[-1])
    return Run(project, is_start=year == first, is_end=year == last)


# Delegates


@dataclass(frozen=True)
class Dots:
    """A rectangle of equal dots on a grid, in grid units."""

    x: int
    y: int
    width: int
    height: int
    kind: str


@dataclass(frozen=True)
class DotField:
    """All delegates on a grid: documented, claimed at least, and claimed at most."""

    kind: str
    columns: int
    rows: int
    parts: list[Dots]


def dot_fields(coverage: Coverage, claimed: Statement | None) -> list[DotField]:
    """The same dots twice, for wide and for narrow windows; none while nothing is claimed."""
    if claimed is None or claimed.value_low is None:
        return []
    most = claimed.value_high or claimed.value_low
    return [
        DotField(kind, columns, math.ceil(most / columns), dot_field(coverage, claimed, columns))
        for kind, columns in (("is-wide", 65), ("is-narrow", 26))
    ]


def dot_field(coverage: Coverage, claimed: Statement, columns: int) -> list[Dots]:
    """One dot for each delegate: documented, claimed at least, and claimed at most."""
    low = claimed.value_low or 0
    high = claimed.value_high or low
    bounds = (("known", 0, coverage.documented), ("claimed", coverage.documented, low), ("at-most", low, high))
    return [part for kind, start, stop in bounds for part in _dots(kind, start, stop, columns)]


def _dots(kind: str, start: int, stop: int, columns: int) -> list[Dots]:
    """The dots from ``start`` up to ``stop``, counted along the rows, as few rectangles."""
    parts = []
    while start < stop:
        y, x = divmod(start, columns)
        if x or stop - start < columns:
            width = min(columns - x, stop - start)
            parts.append(Dots(x, y, width, 1, kind))
            start += width
        else:
            height = (stop - start) // columns
            parts.append(Dots(0, y, columns, height, kind))
            start += height * columns
    return parts

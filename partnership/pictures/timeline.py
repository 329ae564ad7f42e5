"""The drawn timeline: two coasts with the names of their bodies, projects and visits between them, milestones below."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Project
from visits.list_rows import VisitRow
from visits.models import Visit

from ..coverage import FIRST_YEAR
from ..models import Milestone, Partner
from .svg import LETTER, cut

#: The height of a row in units.
ROW = 26
#: Labels are cut to so many letters; the list and the page of the record have the whole name.
_LONGEST = 34


class Shape(NamedTuple):
    """The width of the drawing in units, where its years begin, and whether labels stand above their bars."""

    width: int
    left: int
    is_narrow: bool = False


#: For screens, and for phones and paper.
WIDE, NARROW = Shape(1344, 190), Shape(380, 56, is_narrow=True)


class Bar(NamedTuple):
    """A stretch of time with its name: a body on its coast, or a project between them."""

    x: float
    width: float
    row: int
    label: str
    title: str
    value: str
    url: str
    #: Where the label of a project begins, or ends if there is no room to its right.
    label_x: float = 0
    is_left: bool = False


class Arrow(NamedTuple):
    """A visit, as an arrowhead on the coast that it went to; ``level`` keeps arrowheads apart."""

    x: float
    row: VisitRow
    level: int


class Flag(NamedTuple):
    """A milestone under its number in the list below."""

    x: float
    row: int
    number: int
    milestone: Milestone


@dataclass
class Timeline:
    first: Milestone | None
    years: list[tuple[float, int]]
    north: list[Bar] = field(default_factory=list)
    south: list[Bar] = field(default_factory=list)
    projects: list[Bar] = field(default_factory=list)
    to_sweden: list[Arrow] = field(default_factory=list)
    to_south_africa: list[Arrow] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    #: Projects whose years are not known, and which are therefore not drawn.
    undated: int = 0
    shape: Shape = WIDE

    @property
    def width(self) -> int:
        return self.shape.width

    @property
    def left(self) -> int:
        return self.shape.left

    @property
    def project_row(self) -> int:
        return 36 if self.shape.is_narrow else ROW

    @property
    def bar_drop(self) -> int:
        """How far a bar lies below the line of its label."""
        return 16 if self.shape.is_narrow else 0

    @property
    def north_height(self) -> int:
        return _rows(self.north) * ROW + 24 + self.arrows_height(self.to_sweden)

    @property
    def south_height(self) -> int:
        return _rows(self.south) * ROW + 32 + self.arrows_height(self.to_south_africa)

    def arrows_height(self, arrows: list[Arrow]) -> int:
        return (max((arrow.level for arrow in arrows), default=0) + 1) * ROW

    @property
    def flag_rows(self) -> int:
        return max((flag.row for flag in self.flags), default=-1) + 1

    @property
    def middle_height(self) -> int:
        return _rows(self.projects) * self.project_row + self.flag_rows * ROW + 70

    @property
    def south_y(self) -> int:
        return self.north_height + self.middle_height

    @property
    def height(self) -> int:
        return self.south_y + self.south_height

    @property
    def arrows(self) -> list[Arrow]:
        return [*self.to_sweden, *self.to_south_africa]

    @property
    def title(self) -> str:
        """What the picture shows."""
        return _("Two coasts since %(year)d: %(projects)d projects and %(visits)d visits with a date between them") % {
            "year": self.since,
            "projects": len(self.projects),
            "visits": len(self.arrows),
        }

    @property
    def since(self) -> int:
        return self.first.earliest.year if self.first and self.first.earliest else FIRST_YEAR


def _rows(bars: list[Bar]) -> int:
    return max((bar.row for bar in bars), default=0) + 1


class _Axis:
    def __init__(self, last: int, shape: Shape):
        self.last, self.shape = last, shape

    def at(self, day: datetime.date) -> float:
        """Where a day lies; what is outside the axis lies at its end."""
        year = day.year + (day.timetuple().tm_yday - 1) / 366
        share = (year - FIRST_YEAR + 1) / (self.last - FIRST_YEAR + 2)
        left = self.shape.left
        return round(left + min(max(share, 0), 1) * (self.shape.width - left), 1)


def _place(ends: list[float], begin: float, end: float) -> int:
    """The first row that is free from here on; ``ends`` holds where each row is taken until."""
    row = next((number for number, taken in enumerate(ends) if taken <= begin), len(ends))
    ends[row : row + 1] = [end]
    return row


def timeline(
    milestones: Iterable[Milestone],
    partners: Iterable[Partner],
    projects: Iterable[Project],
    visits: Iterable[VisitRow],
    shape: Shape = WIDE,
) -> Timeline:
    """Of milestones in the order of their list; partners with their former names; projects and visits as on record."""
    axis = _Axis(timezone.localdate().year, shape)
    numbered = list(enumerate(milestones, 1))
    early = [milestone for _number, milestone in numbered if _is_before(milestone)]
    drawn = Timeline(
        first=early[0] if early else None,
        years=[(axis.at(datetime.date(year, 1, 1)), year) for year in range(FIRST_YEAR, axis.last + 1) if not year % 5],
        shape=shape,
    )
    partners = list(partners)
    for country, bars in ((Partner.Country.SWEDEN, drawn.north), (Partner.Country.SOUTH_AFRICA, drawn.south)):
        ends: list[float] = []
        for partner in partners:
            if partner.country == country:
                bars += _ribbons(partner, axis, ends)
    ends = []
    for project in projects:
        if project.earliest is None or project.latest is None:
            drawn.undated += 1
        else:
            begin, end = axis.at(project.earliest), axis.at(project.latest)
            drawn.projects.append(_project_bar(project, begin, end, ends, shape))
    taken: dict[str, list[float]] = {direction: [] for direction in Visit.Direction}
    for row in sorted(visits, key=lambda row: (row.visit.earliest or datetime.date.max, row.visit.code)):
        side = {
            Visit.Direction.TO_SWEDEN: drawn.to_sweden,
            Visit.Direction.TO_SOUTH_AFRICA: drawn.to_south_africa,
        }.get(Visit.Direction(row.visit.direction))
        if row.visit.earliest and side is not None:
            x = axis.at(row.visit.earliest)
            side.append(Arrow(x, row, _place(taken[row.visit.direction], x - 12, x + 12)))
    ends = []
    for number, milestone in numbered:
        if milestone.earliest and not _is_before(milestone):
            x = axis.at(milestone.earliest)
            drawn.flags.append(Flag(x, _place(ends, x - 13, x + 13), number, milestone))
    return drawn


def _is_before(milestone: Milestone) -> bool:
    """Whether it lies before the years of the axis, which begin one before the partnership."""
    return milestone.earliest is not None and milestone.earliest.year < FIRST_YEAR - 1


def _ribbons(partner: Partner, axis: _Axis, ends: list[float]) -> Iterator[Bar]:
    """One for each name that a body had, beside one another."""
    begin = axis.at(partner.active_from) if partner.active_from else float(axis.shape.left)
    end = axis.at(partner.active_to) if partner.active_to else float(axis.shape.width)
    row, url = _place(ends, begin, end), partner.get_absolute_url()
    names = [(str(name.short_name or name.name), str(name.name), name.latest) for name in partner.former_names.all()]
    for label, title, until in [*names, (str(partner.brief), str(partner.name), None)]:
        stop = min(axis.at(until), end) if until else end
        if stop > begin:
            is_short = len(label) * LETTER + 12 < stop - begin
            yield Bar(begin, stop - begin - 2, row, label if is_short else "", title, "", url)
            begin = stop


def _project_bar(project: Project, begin: float, end: float, ends: list[float], shape: Shape) -> Bar:
    title = str(project.title)
    label = cut(title, _LONGEST)
    room = len(label) * LETTER + 12
    if shape.is_narrow:
        # The label stands above its bar, and reaches back from the end of the drawing where it must.
        first = min(begin, shape.width - room)
        is_left, label_x = False, max(first, 0)
        row = _place(ends, label_x, max(end, first + room))
    else:
        is_left = end + room > shape.width
        label_x = begin - 6 if is_left else end + 6
        row = _place(ends, begin - room if is_left else begin, end if is_left else end + room)
    length, url = max(end - begin, 6), project.get_absolute_url()
    return Bar(begin, length, row, label, title, project.period.print(), url, label_x, is_left)

"""The drawn timeline: two coasts with the names of their bodies, projects and visits between them, milestones below."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from projects.models import Project
from visits.list_rows import VisitRow
from visits.models import Visit

from ..coverage import FIRST_YEAR
from ..models import Milestone, Partner

#: The drawing in units: its width, where the years begin, and the height of a row.
WIDTH, LEFT, ROW = 1344, 190, 26
#: The width of a letter of a label, with room to spare.
_LETTER = 7.6
#: Labels are cut to so many letters; the list and the page of the record have the whole name.
_LONGEST = 34


@dataclass(frozen=True)
class Bar:
    """A stretch of time with its name: a body on its coast, or a project between them."""

    x: float
    width: float
    row: int
    label: str
    title: str
    url: str
    #: Whether the label stands to the left of the bar, since there is no room to its right.
    is_left: bool = False

    @property
    def y(self) -> int:
        return self.row * ROW

    @property
    def label_x(self) -> float:
        return self.x - 6 if self.is_left else self.x + self.width + 6


@dataclass(frozen=True)
class Arrow:
    """A visit, as an arrowhead on the coast that it went to."""

    x: float
    row: VisitRow


@dataclass(frozen=True)
class Flag:
    """A milestone under its number in the list below."""

    x: float
    row: int
    number: int
    milestone: Milestone

    @property
    def y(self) -> int:
        return -self.row * ROW


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

    width = WIDTH

    @property
    def north_height(self) -> int:
        return _rows(self.north) * ROW + 40

    @property
    def south_height(self) -> int:
        return _rows(self.south) * ROW + 56

    @property
    def flag_rows(self) -> int:
        return max((flag.row for flag in self.flags), default=-1) + 1

    @property
    def middle_height(self) -> int:
        return (_rows(self.projects) + self.flag_rows) * ROW + 70

    @property
    def south_y(self) -> int:
        return self.north_height + self.middle_height

    @property
    def flags_y(self) -> int:
        return self.south_y - 34

    @property
    def height(self) -> int:
        return self.south_y + self.south_height


def _rows(bars: list[Bar]) -> int:
    return max((bar.row for bar in bars), default=0) + 1


class _Axis:
    def __init__(self, last: int):
        self.last = last

    def at(self, day: datetime.date) -> float:
        """Where a day lies; what is outside the axis lies at its end."""
        year = day.year + (day.timetuple().tm_yday - 1) / 366
        share = (year - FIRST_YEAR + 1) / (self.last - FIRST_YEAR + 2)
        return round(LEFT + min(max(share, 0), 1) * (WIDTH - LEFT), 1)


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
) -> Timeline:
    """Of milestones in the order of their list; partners with their former names; projects and visits as on record."""
    axis = _Axis(timezone.localdate().year)
    numbered = list(enumerate(milestones, 1))
    early = [milestone for _number, milestone in numbered if _is_before(milestone)]
    drawn = Timeline(
        first=early[0] if early else None,
        years=[(axis.at(datetime.date(year, 1, 1)), year) for year in range(FIRST_YEAR, axis.last + 1) if not year % 5],
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
            drawn.projects.append(_project_bar(project, begin, end, ends))
    for row in visits:
        side = {
            Visit.Direction.TO_SWEDEN: drawn.to_sweden,
            Visit.Direction.TO_SOUTH_AFRICA: drawn.to_south_africa,
        }.get(Visit.Direction(row.visit.direction))
        if row.visit.earliest and side is not None:
            side.append(Arrow(axis.at(row.visit.earliest), row))
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
    begin = axis.at(partner.active_from) if partner.active_from else float(LEFT)
    end = axis.at(partner.active_to) if partner.active_to else float(WIDTH)
    row, url = _place(ends, begin, end), partner.get_absolute_url()
    names = [(str(name.short_name or name.name), str(name.name), name.latest) for name in partner.former_names.all()]
    for label, title, until in [*names, (str(partner.brief), str(partner.name), None)]:
        stop = min(axis.at(until), end) if until else end
        if stop > begin:
            is_short = len(label) * _LETTER + 12 < stop - begin
            yield Bar(begin, stop - begin - 2, row, label if is_short else "", title, url)
            begin = stop


def _project_bar(project: Project, begin: float, end: float, ends: list[float]) -> Bar:
    title = str(project.title)
    label = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1].rstrip()}…"
    room = len(label) * _LETTER + 12
    is_left = end + room > WIDTH
    row = _place(ends, begin - room if is_left else begin, end if is_left else end + room)
    return Bar(begin, max(end - begin, 6), row, label, title, project.get_absolute_url(), is_left)

"""Each picture of the record as one drawing, from the same figures as the picture of its page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Project
from visits.models import Visit

from ..balance import Balance
from ..coverage import Coverage, Remainder
from ..fields.numbers import print_number
from ..models import Statement
from .dots import dot_field, dots_title
from .map import Map, land_outline
from .matrix import CountedRow, Matrix, MatrixRow
from .svg import (
    INK,
    LETTER,
    NORTH,
    NORTH_FIELD,
    NORTH_INK,
    NORTH_TINT,
    PAPER,
    QUIET,
    RULE,
    SOUTH,
    SOUTH_FIELD,
    SOUTH_INK,
    SOUTH_TINT,
    Drawing,
    Mark,
    cut,
)
from .timeline import Bar, Timeline
from .visits import CountedVisits, Disc, VisitPicture

WIDTH, NARROW_WIDTH = 1344, 380
#: Labels are cut to so many letters.
_LONGEST = 34
#: The height of a level of discs.
_LEVEL = 44
#: The maximum of visits whose labels have room; more have their numbers alone.
_MOST_LABELS = 40


def _side_colours(direction: str) -> str:
    return {Visit.Direction.TO_SWEDEN: NORTH, Visit.Direction.TO_SOUTH_AFRICA: SOUTH}.get(
        Visit.Direction(direction), INK
    )


def _axis(drawing: Drawing, years: Sequence[int], y: float) -> None:
    """The years between the two lines of the equator."""
    drawing.add("rect", y=y, width=drawing.width, height=30, fill=PAPER)
    drawing.add("path", d=f"M0 {y + 1}H{drawing.width}", stroke=NORTH_INK, stroke_width=3)
    drawing.add("path", d=f"M0 {y + 29}H{drawing.width}", stroke=SOUTH_INK, stroke_width=3)
    for year in years:
        if not year % 5:
            x = 20 + (year - years[0]) / len(years) * (drawing.width - 40)
            drawing.add("path", d=f"M{x:.1f} {y + 3}v24", stroke=INK)
            drawing.text(x + 4, y + 20, str(year), font_weight=600)


# Visits


def draw_visits(picture: VisitPicture | CountedVisits, width: int = WIDTH) -> Drawing:
    """To Sweden above the line and to South Africa below it: a disc for each visit, or a bar for each year.

    In a narrow drawing, and where there are many, discs have their numbers alone.
    """
    if isinstance(picture, CountedVisits):
        return _draw_counted(picture, width)
    drawing = Drawing(picture.title, width)
    years = [column.year for column in picture.columns]
    has_labels = width == WIDTH and picture.dated <= _MOST_LABELS
    sides = []
    for direction in (Visit.Direction.TO_SWEDEN, Visit.Direction.TO_SOUTH_AFRICA):
        discs = [
            (_across(disc.visit, years, width), disc) for column in picture.columns for disc in column.side(direction)
        ]
        sides.append(_staircase(discs) if has_labels else _stacked(discs))
    north, south = sides
    line = 64 + _LEVEL * max([level for _x, _disc, level in north], default=1)
    foot = line + 94 + _LEVEL * max([level for _x, _disc, level in south], default=1)
    drawing.height = foot + (44 if picture.undated else 0)
    drawing.add("rect", width=width, height=line, fill=NORTH_TINT)
    drawing.add("rect", y=line + 30, width=width, height=foot - line - 30, fill=SOUTH_TINT)
    _axis(drawing, years, line)
    drawing.text(10, 24, f"↑ {Visit.Direction.TO_SWEDEN.label}", fill=NORTH, font_weight=600)
    drawing.text(10, foot - 12, f"↓ {Visit.Direction.TO_SOUTH_AFRICA.label}", fill=SOUTH, font_weight=600)
    places = {id(disc): (x, line - _LEVEL * level, line) for x, disc, level in north}
    places |= {id(disc): (x, line + 30 + _LEVEL * level, line + 30) for x, disc, level in south}
    for disc in picture.discs:
        x, y, root = places.get(id(disc), (_across(disc.visit, years, width), line + 15, line + 15))
        _draw_disc(drawing, disc, x, y, root, has_labels)
    for place, row in enumerate(picture.undated):
        link = drawing.link(Mark(row.title, _("date not documented"), row.url))
        drawing.add("circle", link, cx=24 + 30 * place, cy=foot + 24, r=10, fill=PAPER, stroke=INK, stroke_width=3)
    if picture.undated:
        drawing.text(18 + 30 * len(picture.undated), foot + 29, _("without a date"))
    return drawing


def _across(visit: Visit, years: Sequence[int], width: int) -> float:
    """Where a visit lies; what is outside the axis lies at its end."""
    day = visit.earliest or visit.latest or datetime.date(years[0], 1, 1)
    share = (day.year + (day.timetuple().tm_yday - 1) / 366 - years[0]) / len(years)
    return 20 + min(max(share, 0), 1) * (width - 40)


def _staircase(discs: list[tuple[float, Disc]]) -> list[tuple[float, Disc, int]]:
    """Discs with their levels, downwards from the left, so that no stem crosses a label."""
    stairs: list[tuple[float, Disc, int]] = []
    for x, disc in reversed(discs):
        end = x + 44 + len(_label(disc)) * LETTER
        level = max((level for begin, _other, level in stairs if begin - 20 < end), default=0) + 1
        stairs.append((x, disc, level))
    return stairs


def _stacked(discs: list[tuple[float, Disc]]) -> list[tuple[float, Disc, int]]:
    """Discs with the first level that has room for them."""
    stacked: list[tuple[float, Disc, int]] = []
    for x, disc in discs:
        near = {level for begin, other, level in stacked if x - begin < _reach(disc) + _reach(other) + 2}
        level = next(level for level in range(1, len(discs) + 1) if level not in near)
        stacked.append((x, disc, level))
    return stacked


def _reach(disc: Disc) -> float:
    """Half the width that a disc takes, of which at least 24 units can be pressed."""
    return max(disc.radius, disc.outer, 12.0)


def _label(disc: Disc) -> str:
    title = str(disc.row.projects[0].title) if disc.row.projects else disc.row.title
    number = disc.visit.delegates_printed
    return cut(title, _LONGEST) + (f", {number}" if number else "")


def _visit_mark(disc: Disc) -> Mark:
    value = disc.visit.period.print()
    if disc.visit.is_planned:
        value += f", {_('planned')}"
    number = disc.visit.delegates_printed
    if number:
        value += ", " + ngettext("%(number)s delegate", "%(number)s delegates", disc.visit.most_delegates or 0) % {
            "number": number
        }
    else:
        value += ", " + _("number not documented")
    return Mark(disc.row.title, value, disc.row.url, disc.number)


def _draw_disc(drawing: Drawing, disc: Disc, x: float, y: float, root: float, has_label: bool) -> None:
    colour, is_planned = _side_colours(disc.visit.direction), disc.visit.is_planned
    link = drawing.link(_visit_mark(disc))
    dashes = {"stroke_dasharray": "4 3"} if is_planned else {}
    if has_label:
        drawing.add("path", link, d=f"M{x:.1f} {root:.1f}V{y:.1f}", stroke=colour, **dashes)
    is_open = disc.is_ring or is_planned
    fill = PAPER if is_open else colour
    drawing.add("circle", link, cx=x, cy=y, r=_reach(disc), fill=PAPER, fill_opacity=0)
    drawing.add("circle", link, cx=x, cy=y, r=disc.radius, fill=fill, stroke=colour, stroke_width=2.5, **dashes)
    if disc.outer:
        drawing.add("circle", link, cx=x, cy=y, r=disc.outer, fill="none", stroke=colour)
    holds_number = disc.radius >= 9
    number = {"text_anchor": "middle", "font_weight": 600, "fill": PAPER if holds_number and not is_open else INK}
    drawing.text(x, y + 5 if holds_number else y + disc.radius + 13, str(disc.number), link, **number)
    if has_label:
        reach = _reach(disc) + 6
        is_left = x + reach + len(_label(disc)) * LETTER > drawing.width
        place = {"x": x - reach, "text_anchor": "end"} if is_left else {"x": x + reach}
        drawing.add("text", link, _label(disc), y=y + 5, text_decoration="underline", **place)


def _draw_counted(picture: CountedVisits, width: int) -> Drawing:
    drawing = Drawing(picture.title, width, 470)
    years = [column.year for column in picture.columns]
    drawing.add("rect", width=width, height=220, fill=NORTH_TINT)
    drawing.add("rect", y=250, width=width, height=220, fill=SOUTH_TINT)
    _axis(drawing, years, 220)
    step = (width - 40) / len(years)
    for place, column in enumerate(picture.columns):
        sides = (
            (Visit.Direction.TO_SWEDEN, column.to_sweden, column.north * 2, NORTH, -1),
            (Visit.Direction.TO_SOUTH_AFRICA, column.to_south_africa, column.south * 2, SOUTH, 1),
        )
        for direction, number, height, colour, way in sides:
            if not number:
                continue
            url = f"{reverse('visits:list')}?year={column.year}&direction={direction}"
            value = ngettext("%(number)d visit", "%(number)d visits", number) % {"number": number}
            link = drawing.link(Mark(f"{column.year}, {direction.label}", value, url))
            y = 219 - height if way < 0 else 251
            drawing.add("rect", link, x=20 + (place + 0.1) * step, y=y, width=step * 0.8, height=height, fill=colour)
            drawing.text(
                20 + (place + 0.5) * step,
                y - 5 if way < 0 else y + height + 16,
                str(number),
                link,
                text_anchor="middle",
            )
    return drawing


def draw_balance(balance: Balance) -> Drawing:
    """Visits and delegates each way, as bars of one scale for each."""
    north, south = balance.known
    drawing = Drawing(balance.title, WIDTH, 330)
    most_visits = max(side.visits for side in balance.known) or 1
    most_delegates = max(side.delegates.high or 0 for side in balance.known) or 1
    for side, colour, tint, y in ((north, NORTH, NORTH_TINT, 0), (south, SOUTH, SOUTH_TINT, 166)):
        drawing.add("rect", y=y, width=WIDTH, height=164, fill=tint)
        drawing.text(10, y + 28, str(side.direction.label), fill=colour, font_weight=600, font_size=18)
        url = f"{reverse('visits:list')}?direction={side.direction}"
        visits = ngettext("%(number)d visit", "%(number)d visits", side.visits) % {"number": side.visits}
        bars = [(visits, side.visits / most_visits)]
        delegates = ngettext(
            "%(number)s delegate on record", "%(number)s delegates on record", side.delegates.high or 0
        ) % {"number": side.delegates.print()}
        bars.append((delegates, (side.delegates.high or 0) / most_delegates))
        for place, (value, share) in enumerate(bars):
            link = drawing.link(Mark(str(side.direction.label), value, url))
            drawing.add("rect", link, x=10, y=y + 46 + place * 54, width=max(share * 1000, 2.0), height=26, fill=colour)
            drawing.text(max(share * 1000, 2.0) + 22, y + 64 + place * 54, value, link, text_decoration="underline")
    return drawing


# Projects and delegates against what the partners counted


def draw_projects(
    named: Iterable[Project], perhaps: Iterable[Project], coverage: Coverage, claimed: Statement, rest: Remainder | None
) -> Drawing:
    """A square for each project of the partners’ count: named ones solid and numbered, the others dashed."""
    title = _("%(documented)s of %(claimed)s projects are named here, %(well)s of them well documented") % {
        "documented": coverage.documented,
        "claimed": claimed.figure,
        "well": coverage.well,
    }
    drawing = Drawing(title, WIDTH)
    squares: list[tuple[Mark, bool]] = [
        (Mark(str(project.title), project.period.print(), project.get_absolute_url(), number), True)
        for number, project in enumerate(named, 1)
    ]
    outlines = len(rest.outlines) if rest else 0
    unnamed = Mark(_("Claimed and not named"), rest.printed if rest else "", claimed.get_absolute_url())
    squares += [(unnamed, False)] * outlines
    squares += [
        (Mark(str(project.title), _("may be among them"), project.get_absolute_url(), number), True)
        for number, project in enumerate(perhaps, len(squares) - outlines + 1)
    ]
    for place, (mark, is_named) in enumerate(squares):
        x, y = 2 + place % 19 * 70, 2 + place // 19 * 70
        link = drawing.link(mark)
        if is_named:
            drawing.add("rect", link, x=x, y=y, width=60, height=60, fill=INK)
            drawing.text(x + 30, y + 36, str(mark.number), link, fill=PAPER, text_anchor="middle", font_weight=600)
        else:
            box: dict[str, Any] = {"stroke": QUIET, "stroke_width": 1.5, "stroke_dasharray": "4 3"}
            drawing.add("rect", link, x=x, y=y, width=60, height=60, fill=PAPER, **box)
    top = -(-len(squares) // 19) * 70 + 24
    names = [mark for mark, is_named in squares if is_named]
    rows = -(-len(names) // 3)
    for place, mark in enumerate(names):
        link = drawing.link(mark)
        words = cut(f"{mark.number}. {mark.title}", 56)
        drawing.text(place // rows * 448, top + place % rows * 24, words, link, text_decoration="underline")
    drawing.height = top + rows * 24
    return drawing


def draw_delegates(coverage: Coverage, claimed: Statement) -> Drawing:
    """A dot for each delegate: solid where the visit and its number are on record."""
    columns, size = 65, 20
    low, high = claimed.value_low or 0, claimed.value_high or claimed.value_low or 0
    drawing = Drawing(dots_title(coverage, claimed), columns * size, -(-high // columns) * size)
    claim = claimed.get_absolute_url()
    marks = {
        "known": Mark(_("On record, with their visits"), coverage.printed, reverse("visits:list")),
        "claimed": Mark(
            _("Counted by the partners, not on record"), print_number(max(low - coverage.documented, 0)), claim
        ),
        "at-most": Mark(_("At most: the source gives a range"), print_number(high - low), claim),
    }
    shapes: dict[str, dict[str, Any]] = {
        "known": {"fill": INK},
        "claimed": {"fill": "none", "stroke": INK, "stroke_width": 2},
        "at-most": {"fill": "none", "stroke": QUIET, "stroke_dasharray": "2 2"},
    }
    for part in dot_field(coverage, claimed, columns):
        link = drawing.link(marks[part.kind])
        group = drawing.add("g", link, **shapes[part.kind])
        for row in range(part.y, part.y + part.height):
            for column in range(part.x, part.x + part.width):
                drawing.add("circle", group, cx=column * size + 10, cy=row * size + 10, r=6)
    return drawing


# Themes


def draw_themes(matrix: Matrix) -> Drawing:
    """A row for each theme: bars for projects whose years are known, hatched squares for the others, all with names."""
    drawing = Drawing(matrix.title, WIDTH)
    left, width = 230.0, 790.0
    for year in matrix.years:
        if not year % 5:
            x = left + (year - matrix.years[0]) / len(matrix.years) * width
            drawing.text(x, 20, str(year), fill=QUIET, font_weight=600)
    drawing.text(left + width + 20, 20, _("No year"), fill=QUIET, font_weight=600)
    y = 32.0
    for group, rows in enumerate((matrix.founding, matrix.further)):
        for place, row in enumerate(rows):
            line: dict[str, Any] = {"stroke": RULE if place else INK, "stroke_width": 3 if group and not place else 1}
            drawing.add("path", d=f"M0 {y:.1f}H{WIDTH}", **line)
            y += _draw_theme(drawing, row, matrix.years, y, left, width)
    drawing.height = y
    return drawing


def _draw_theme(
    drawing: Drawing, row: MatrixRow | CountedRow, years: range, y: float, left: float, width: float
) -> float:
    url = row.theme.get_absolute_url()
    words = _("no project on record yet") if row.is_empty else ""
    link = drawing.link(Mark(str(row.theme.name), words, url))
    drawing.text(0, y + 20, str(row.theme.name), link, font_weight=600, text_decoration="underline")
    if row.is_empty:
        drawing.text(left, y + 20, _("No project on record yet"), fill=QUIET)
        return 32
    step = width / len(years)
    if isinstance(row, CountedRow):
        for place, count in enumerate(row.counts):
            if count:
                link = drawing.link(Mark(f"{row.theme.name}, {years[place]}", print_number(count), url))
                x = left + place * step
                drawing.add("rect", link, x=x, y=y + 6, width=step - 2, height=20, fill=INK)
                drawing.text(x + step / 2, y + 21, str(count), link, fill=PAPER, text_anchor="middle", font_size=12)
        if row.undated_count:
            drawing.text(left + width + 20, y + 20, print_number(row.undated_count))
        return 32
    projects = {run.project.pk: run.project for lanes in row.years for run in lanes if run}
    for place, project in enumerate(projects.values()):
        first, last = max(project.years[0], years[0]), min(project.years[-1], years[-1])
        x, length = left + (first - years[0]) * step, (last - first + 1) * step
        link = drawing.link(Mark(str(project.title), project.period.print(), project.get_absolute_url()))
        drawing.add("rect", link, x=x, y=y + 9 + place * 24, width=length - 2, height=13, fill=INK)
        _name_bar(drawing, link, str(project.title), x, x + length, y + 20 + place * 24, left + width)
    for place, project in enumerate(row.undated):
        link = drawing.link(Mark(str(project.title), _("year not documented"), project.get_absolute_url()))
        x, top = left + width + 20, y + 8 + place * 24
        drawing.add("rect", link, x=x, y=top, width=14, height=14, fill=PAPER, stroke=INK, stroke_width=1.5)
        drawing.add(
            "path",
            link,
            d=f"M{x:.1f} {top + 8:.1f}l8-8M{x:.1f} {top + 14:.1f}l14-14M{x + 7:.1f} {top + 14:.1f}l7-7",
            stroke=INK,
        )
        drawing.text(x + 22, top + 12, cut(str(project.title), _LONGEST), link, text_decoration="underline")
    return max(len(projects), len(row.undated)) * 24 + 8


def _name_bar(drawing: Drawing, link: Element, title: str, begin: float, end: float, y: float, limit: float) -> None:
    label = cut(title, _LONGEST)
    if end + 6 + len(label) * LETTER <= limit:
        drawing.text(end + 6, y, label, link, text_decoration="underline")
    else:
        drawing.text(begin - 6, y, label, link, text_anchor="end", text_decoration="underline")


# History


def draw_history(timeline: Timeline) -> Drawing:
    """Two coasts with the names of their bodies; projects, visits and milestones between them."""
    drawing = Drawing(timeline.title, timeline.width, timeline.height)
    shore, coast = timeline.north_height, timeline.south_y
    drawing.add("rect", width=timeline.width, height=shore, fill=NORTH_FIELD)
    drawing.add("rect", y=coast, width=timeline.width, height=timeline.south_height, fill=SOUTH_FIELD)
    drawing.text(8, 18, _("Sweden"), font_weight=700, font_size=16)
    drawing.text(8, timeline.height - 10, _("South Africa"), font_weight=700, font_size=16)
    for x, year in timeline.years:
        drawing.add("path", d=f"M{x} {shore}V{coast}", stroke=RULE)
        if x + 40 < timeline.width:
            drawing.text(x + 4, shore + 18, str(year), font_weight=700)
    if timeline.first and timeline.first.earliest:
        mark = Mark(str(timeline.first.title), timeline.first.period.print(), timeline.first.get_absolute_url(), 1)
        link = drawing.link(mark)
        x = timeline.left // 5
        drawing.add("path", link, d=f"M{x} {shore}V{coast - 12}", stroke=SOUTH, stroke_width=5)
        drawing.add("path", link, d=f"M{x - 10} {coast - 14}h20l-10 14Z", fill=SOUTH)
        drawing.text(x + 14, shore + 44, str(timeline.first.earliest.year), link, font_weight=700)
    for bars, top, colour in (
        (timeline.north, 28, NORTH),
        (timeline.south, coast + timeline.arrows_height(timeline.to_south_africa), SOUTH),
    ):
        for bar in bars:
            link = _bar_link(drawing, bar)
            y = top + bar.row * 26
            drawing.add("rect", link, x=bar.x, y=y, width=bar.width, height=22, fill=colour)
            if bar.label:
                drawing.text(bar.x + 6, y + 16, bar.label, link, fill=PAPER, font_weight=600)
    for bar in timeline.projects:
        link = _bar_link(drawing, bar)
        y = shore + 32 + bar.row * timeline.project_row
        drawing.add("rect", link, x=bar.x, y=y + timeline.bar_drop, width=bar.width, height=13, fill=INK)
        side = {"text_anchor": "end"} if bar.is_left else {}
        drawing.add("text", link, bar.label, x=bar.label_x, y=y + 12, text_decoration="underline", **side)
    arrows = ((timeline.to_sweden, shore, NORTH, "-13"), (timeline.to_south_africa, coast, SOUTH, "13"))
    for visits, y, colour, point in arrows:
        for arrow in visits:
            visit = arrow.row.visit
            value = visit.period.print() + (f", {_('planned')}" if visit.is_planned else "")
            link = drawing.link(Mark(arrow.row.title, value, arrow.row.url))
            is_open = visit.is_planned or visit.delegates is None
            look = {"fill": PAPER, "stroke": colour, "stroke_width": 2.4} if is_open else {"fill": colour}
            if visit.is_planned:
                look["stroke_dasharray"] = "3 2"
            base = y - 2 - arrow.level * 26 if colour == NORTH else y + 2 + arrow.level * 26
            drawing.add("path", link, d=f"M{arrow.x - 7:.1f} {base}h14l-7 {point}z", **look)
    for flag in timeline.flags:
        mark = Mark(
            str(flag.milestone.title), flag.milestone.period.print(), flag.milestone.get_absolute_url(), flag.number
        )
        link = drawing.link(mark)
        y = coast - 34 - flag.row * 26
        drawing.add("circle", link, cx=flag.x, cy=y, r=11, fill=PAPER, stroke=INK, stroke_width=2)
        drawing.text(flag.x, y + 5, str(flag.number), link, font_weight=700, text_anchor="middle")
    return drawing


def _bar_link(drawing: Drawing, bar: Bar) -> Element:
    return drawing.link(Mark(bar.title, bar.value, bar.url))


# The map


def draw_map(map_of: Map) -> Drawing:
    """The two municipalities, and an arc for each direction."""
    north, south = map_of.sweden, map_of.south_africa
    title = _("%(distance)s kilometres between %(north)s and %(south)s") % {
        "distance": print_number(map_of.distance),
        "north": north.brief,
        "south": south.brief,
    }
    drawing = Drawing(title, 1020, 1235)
    drawing.add("rect", width=1020, height=830, fill=NORTH_FIELD)
    drawing.add("rect", y=830, width=1020, height=405, fill=SOUTH_FIELD)
    earth = drawing.add("g", transform="translate(0 190)")
    sweden, south_africa = (
        render_to_string(f"pictures/{name}.html").partition(' d="')[2].partition('"')[0]
        for name in ("_sweden", "_south_africa")
    )
    for outline, colour in ((land_outline(), "#A2C5E7"), (sweden, NORTH_INK), (south_africa, SOUTH_INK)):
        drawing.add("path", earth, d=outline, fill=colour, fill_rule="evenodd")
    for arc, colour in ((map_of.to_sweden, NORTH), (map_of.to_south_africa, SOUTH)):
        drawing.add("path", earth, d=arc.path, fill="none", stroke=colour, stroke_width=7)
        drawing.add("path", earth, d="M-20-21 26 0-20 21Z", transform=arc.arrow, fill=colour)
    for partner, point in ((north, map_of.north), (south, map_of.south)):
        link = drawing.link(Mark(partner.brief, partner.town, partner.get_absolute_url()), earth)
        drawing.add("circle", link, cx=point.x, cy=point.y, r=12, fill=PAPER, stroke=INK, stroke_width=5)
        drawing.text(point.x + 26, point.y + 8, str(partner.brief), link, font_size=28, font_weight=600)
    return drawing

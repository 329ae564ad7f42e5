"""The pictures of the record, each by its name, as drawings that stand alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from projects.models import Project, Theme
from visits.list_rows import visit_rows
from visits.models import Visit

from ..balance import Balance, balance_of_all
from ..coverage import count_delegates, count_projects, leading_statements, unidentified_projects
from ..models import Milestone, Partner
from ..per_version import cached_per_version
from ..search import PAGES
from . import drawings
from .axis import MOST_DRAWN, are_drawn
from .map import partnership_map
from .matrix import theme_matrix
from .svg import Drawing
from .timeline import NARROW, WIDE, Shape, timeline
from .visits import CountedVisits, VisitPicture, counted_visits, visit_picture


class Picture(NamedTuple):
    """``draw`` gives None where the record holds too little or too much for it; ``page`` is where it stands.

    ``base`` says which records it counts, and until when. ``tables`` are the names of the addresses of its data.
    """

    name: str
    page: str
    tables: tuple[str, ...]
    draw: Callable[[], Drawing | None]

    @property
    def heading(self) -> str:
        return str(PAGES[f"picture-{self.name}"][0])

    @property
    def base(self) -> str:
        return str(PAGES[f"picture-{self.name}"][1])


def _projects() -> Drawing | None:
    claimed, coverage = leading_statements().get("projects"), count_projects()
    if claimed is None or claimed.value_low is None or not are_drawn(claimed.value_low):
        return None
    identified = Project.objects.identified().oldest_first()
    named, perhaps = identified.in_founding_count(), identified.perhaps_in_founding_count()
    return drawings.draw_projects(named, perhaps, coverage, claimed, unidentified_projects(claimed, coverage))


def _visits(width: int = drawings.WIDTH) -> Drawing | None:
    balance = balance_of_all()
    if not balance.visits:
        return None
    is_each = are_drawn(balance.visits)
    picture = visit_picture(visit_rows(Visit.objects.identified())) if is_each else counted_visits(balance)
    return drawings.draw_visits(picture, width)


def _balance() -> Drawing | None:
    balance = balance_of_all()
    return drawings.draw_balance(balance) if balance.visits else None


def _themes() -> Drawing | None:
    themes = list(Theme.objects.published())
    projects = Project.objects.identified().with_themes().oldest_first()[:MOST_DRAWN]
    return drawings.draw_themes(theme_matrix(themes, projects)) if themes else None


def _delegates() -> Drawing | None:
    claimed = leading_statements().get("delegates")
    if claimed is None or claimed.value_low is None or claimed.value_low > 5000:
        return None
    return drawings.draw_delegates(count_delegates(), claimed)


def _history() -> Drawing | None:
    return next(iter(draw_history(list(Milestone.objects.published()), WIDE)), None)


def _map() -> Drawing | None:
    drawn = partnership_map()
    return drawings.draw_map(drawn) if drawn else None


@dataclass(frozen=True)
class PrintedVisits:
    """Visits as pages print them: the picture, for wide screens and for phones and paper, and the same as a table."""

    dated: int
    picture: SafeString
    #: Empty where the picture is one of numbers.
    table: SafeString


def print_visits(picture: VisitPicture | CountedVisits, form: Any = None) -> PrintedVisits:
    """The picture of all visits, or of those that a form found."""
    fitting = [
        ("is-wide", drawings.draw_visits(picture)),
        ("is-narrow", drawings.draw_visits(picture, drawings.NARROW_WIDTH)),
    ]
    context = {"picture": picture, "drawings": fitting, "form": form}
    table = SafeString() if picture.is_counted else render_to_string("pictures/visits_table.html", context)
    return PrintedVisits(picture.dated, render_to_string("pictures/visits.html", context), table)


@cached_per_version
def print_all_visits() -> PrintedVisits:
    balance = balance_of_all()
    is_each = are_drawn(balance.visits)
    return print_visits(visit_picture(visit_rows(Visit.objects.identified())) if is_each else counted_visits(balance))


def print_tables(balance: Balance) -> SafeString:
    """Visits by year, theme and host."""
    return render_to_string("pictures/balance_tables.html", {"balance": balance})


@cached_per_version
def print_all_tables() -> SafeString:
    return print_tables(balance_of_all())


def draw_history(milestones: list[Milestone], *shapes: Shape) -> list[Drawing]:
    """The timeline in each shape; nothing where there is nothing, or too much to draw one by one."""
    visits = Visit.objects.identified()
    projects = list(Project.objects.identified().oldest_first()[: MOST_DRAWN + 1])
    rows = visit_rows(visits.exclude(earliest=None)[: MOST_DRAWN + 1])
    if not milestones or not all(are_drawn(len(records)) for records in (projects, rows, milestones)):
        return []
    partners = list(Partner.objects.published().of_the_coasts().with_names())
    return [drawings.draw_history(timeline(milestones, partners, projects, rows, shape)) for shape in shapes]


def on_paper() -> list[dict[str, Any]]:
    """What a printed dossier shows: where, who went which way, and when; as SVG with title and numbered marks."""
    drawn = [
        _map(),
        _visits(drawings.NARROW_WIDTH),
        *draw_history(list(Milestone.objects.published()), NARROW),
    ]
    return [
        {
            "title": drawing.title,
            "svg": drawing.as_file(),
            "marks": [mark.name for mark in sorted(drawing.marks, key=lambda mark: mark.number or 0) if mark.number],
        }
        for drawing in drawn
        if drawing
    ]


def _tables(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}-data" for name in names)


#: In the order in which readers meet them.
PICTURES = {
    picture.name: picture
    for picture in (
        Picture(
            "projects",
            "home",
            _tables("projects", "claims"),
            _projects,
        ),
        Picture(
            "visits",
            "visits:list",
            _tables("visits"),
            _visits,
        ),
        Picture(
            "balance",
            "visits:list",
            _tables("visits"),
            _balance,
        ),
        Picture(
            "themes",
            "themes:list",
            _tables("themes", "projects"),
            _themes,
        ),
        Picture(
            "delegates",
            "home",
            _tables("visits", "claims"),
            _delegates,
        ),
        Picture(
            "history",
            "history",
            _tables("history", "projects", "visits", "partners"),
            _history,
        ),
        Picture(
            "map",
            "home",
            _tables("partners"),
            _map,
        ),
    )
}

"""The matrix of themes by year, with the projects that ran in each year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from projects.facets import project_facets
from projects.models import Project, Theme

from ..per_version import cached_per_version
from .axis import are_drawn, years_of_the_axis

#: The maximum of simultaneous projects in a theme that are drawn as bars; more are counted per year.
MOST_LANES = 6
#: The maximum of themes without a project that the title names.
MOST_NAMES = 4

#: The fewest years between two projects of a lane. A year is some 10 px wide at 320 px, and the centres of two small
#: targets lie at least 24 px apart (WCAG 2.2, success criterion 2.5.8).
FREE_YEARS = 2
#: Where each bar has its name beside it, it has its lane for itself.
NAMED_ALONE = 100


class Run(NamedTuple):
    """A project in one year of its theme’s row."""

    project: Project
    is_start: bool
    is_end: bool
    is_late: bool
    """Whether its name has its room before it: after it the axis ends."""


@dataclass
class MatrixRow:
    """A theme by year: for each year and lane the project that ran then, or None."""

    theme: Theme
    years: list[list[Run | None]]
    undated: list[Project]

    @property
    def projects(self) -> list[Project]:
        """Those of the bars, by their first years, then those without a year."""
        dated = {run.project.pk: run.project for year in self.years for run in year if run}
        return [*dated.values(), *self.undated]

    @property
    def is_counted(self) -> bool:
        return len(self.years[0]) > MOST_LANES

    @property
    def is_empty(self) -> bool:
        return not self.undated and not any(any(lanes) for lanes in self.years)

    @property
    def counts(self) -> list[int]:
        return [sum(1 for run in lanes if run) for lanes in self.years]


@dataclass(frozen=True)
class CountedRow:
    """A theme by year: the number of projects in each year, and of those without a year."""

    theme: Theme
    counts: list[int]
    undated_count: int

    is_counted = True

    @property
    def is_empty(self) -> bool:
        return not self.undated_count and not any(self.counts)


@dataclass
class Matrix:
    years: range
    founding: Sequence[MatrixRow | CountedRow]
    further: Sequence[MatrixRow | CountedRow]

    @property
    def empty(self) -> list[MatrixRow | CountedRow]:
        """Themes of the founding list without a documented project."""
        return [row for row in self.founding if row.is_empty]

    @property
    def title(self) -> str:
        """What the picture shows: “11 of the partners’ 13 themes have a named project; none yet in …”."""
        total, silent = len(self.founding), [str(row.theme.name) for row in self.empty]
        if not total:
            return _("Themes by year")
        numbers = {"named": total - len(silent), "total": total}
        title = _("%(named)d of the partners’ %(total)d themes have a named project") % numbers
        if not silent or len(silent) > MOST_NAMES:
            return title
        return _("%(title)s; none yet in %(themes)s") % {"title": title, "themes": get_text_list(silent, _("or"))}


def theme_matrix(themes: Iterable[Theme], projects: Iterable[Project], free_years: int = FREE_YEARS) -> Matrix:
    """The matrix of these themes, with ``projects``: all identified ones that have any of the themes.

    ``free_years`` lie between two projects of a lane at least. The projects need prefetched themes. For a large
    record they are not iterated; each year is counted.
    """
    years = years_of_the_axis()
    rows: list[MatrixRow | CountedRow]
    if not are_drawn(len(project_facets().ids)):
        rows = [_counted_row(theme, years) for theme in themes]
    else:
        of_theme: dict[int, list[Project]] = {}
        for project in projects:
            for theme in project.themes.all():
                of_theme.setdefault(theme.pk, []).append(project)
        rows = [_matrix_row(theme, of_theme.get(theme.pk, []), years, free_years) for theme in themes]
    return Matrix(
        years,
        [row for row in rows if row.theme.in_founding_list],
        [row for row in rows if not row.theme.in_founding_list],
    )


def _counted_row(theme: Theme, years: range) -> CountedRow:
    counts = project_counts_by_year().get(theme.slug, Counter())
    return CountedRow(theme, [counts[year] for year in years], counts[None])


@cached_per_version
def project_counts_by_year() -> dict[str, Counter[int | None]]:
    """By the slug of a theme the number of identified projects in each year until today; under None without a year."""
    facets, today = project_facets(), timezone.localdate().year
    counts_by_theme: dict[str, Counter[int | None]] = {}
    for theme, keys in facets.ids_by_value["theme"].items():
        counts = counts_by_theme[theme] = Counter({None: len(keys & facets.undated)})
        for key in keys - facets.undated:
            begins, ends = facets.years[key]
            first = begins or ends or today
            counts.update(range(first, max(ends or today, first) + 1))
    return counts_by_theme


def _matrix_row(theme: Theme, projects: Sequence[Project], years: range, free_years: int) -> MatrixRow:
    dated = sorted(
        (project for project in projects if project.years),
        key=lambda project: (project.years[0], project.years[-1], project.code),
    )
    lanes: list[list[Project]] = []
    for project in dated:
        free = next((lane for lane in lanes if lane[-1].years[-1] + free_years < project.years[0]), None)
        if free is None:
            lanes.append([project])
        else:
            free.append(project)
    by_year: list[list[Run | None]] = []
    for year in years:
        runs: list[Run | None] = []
        for lane in lanes:
            running = next((project for project in lane if year in project.years), None)
            runs.append(_run(running, year, years) if running else None)
        by_year.append(runs)
    undated = sorted((project for project in projects if not project.years), key=lambda project: project.code)
    return MatrixRow(theme, by_year, undated)


def _run(project: Project, year: int, axis: range) -> Run:
    first, last = max(project.years[0], axis[0]), min(project.years[-1], axis[-1])
    return Run(project, is_start=year == first, is_end=year == last, is_late=last > axis[len(axis) // 2])

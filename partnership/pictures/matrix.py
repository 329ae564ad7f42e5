"""Themes by year: which project ran when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from projects.facets import project_facets
from projects.models import Project, Theme

from ..per_version import cached_per_version
from .axis import are_drawn, years_of_the_axis

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
    if not are_drawn(len(project_facets().everything)):
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


@cached_per_version
def projects_by_year() -> dict[str, Counter[int | None]]:
    """For each theme how many identified projects ran in each year until today; under None those without one."""
    sets, today = project_facets(), timezone.localdate().year
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

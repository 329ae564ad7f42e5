"""What the home page draws of all projects: their tiles, and the rows of the themes of the founding list.

None of it names a source, whose number is the page’s own. It is drawn once for all who read, until a project or a theme
changes: a third of the time in which the page is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from projects.facets import project_facets
from projects.models import Project, Theme

from ..models.evidenced import InFoundingCount
from ..per_version import cached_per_version
from .matrix import CountedRow, Matrix, MatrixRow, theme_matrix

#: The maximum of tiles in a group; the list of projects has them all.
MOST_TILES = 100


class Tiles(NamedTuple):
    """The projects of one answer to whether they are in the founding count."""

    shown: int
    total: int
    drawing: SafeString


class HomeDrawings(NamedTuple):
    founding: Tiles
    perhaps: Tiles
    later: Tiles
    matrix: Matrix
    founding_rows: SafeString

    @property
    def has_projects(self) -> bool:
        return any(tiles.shown for tiles in (self.founding, self.perhaps, self.later))


@cached_per_version
def home_drawings() -> HomeDrawings:
    facets = project_facets()
    answers = (InFoundingCount.YES, InFoundingCount.UNKNOWN, InFoundingCount.NO)
    keys = {value: facets.ids_by_value["founding"].get(value, set()) for value in answers}
    shown = (islice(filter(of_value.__contains__, facets.ordered_ids), MOST_TILES) for of_value in keys.values())
    projects = list(Project.objects.published().filter(pk__in=chain(*shown)).with_themes().oldest_first())
    matrix = theme_matrix(Theme.objects.published().with_citations(), projects)
    founding, perhaps, later = (
        _tiles([project for project in projects if project.in_founding_count == value], len(of_value))
        for value, of_value in keys.items()
    )
    return HomeDrawings(founding, perhaps, later, matrix, _draw("pictures/matrix_row.html", "row", matrix.founding))


def _tiles(projects: list[Project], total: int) -> Tiles:
    return Tiles(len(projects), total, _draw("includes/tile.html", "project", projects))


def _draw(template: str, name: str, parts: Iterable[Project | MatrixRow | CountedRow]) -> SafeString:
    return format_html_join("", "{}", ((render_to_string(template, {name: part}),) for part in parts))

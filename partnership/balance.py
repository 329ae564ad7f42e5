"""Mutuality in numbers: visits in each direction, hosts, and results on each side. Unknown is counted as unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from projects.models import Output, OutputCitation, Project, Theme
from visits.facets import NOBODY, visit_facets, visits_by_host, visits_by_theme
from visits.models import Visit, VisitQuerySet

from .fields.numbers import NumberRange
from .models import Partner
from .per_version import cached_per_version


@dataclass
class Direction:
    """The visits in one direction, with the sum of documented numbers of delegates."""

    direction: Visit.Direction
    visits: int = 0
    delegates: NumberRange = NOBODY
    uncounted: int = 0  # visits without a documented number of delegates
    planned: int = 0  # visits of which no source says that they took place


@dataclass(frozen=True)
class Cell:
    """A number of visits in a direction, with the URL that lists them; the URL is empty where no filter finds them."""

    direction: Visit.Direction
    count: int
    url: str


@dataclass
class Row:
    """A year, theme or host with its visits in each direction; ``query`` is the filter that finds them."""

    label: str
    query: str
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def cells(self) -> list[Cell]:
        url = f"{reverse('visits:list')}?{self.query}&direction="
        return [
            Cell(
                direction, self.counts[direction], f"{url}{direction}" if self.query and self.counts[direction] else ""
            )
            for direction in Visit.Direction
        ]


@dataclass
class Balance:
    directions: list[Direction]
    by_year: list[Row]
    by_theme: list[Row]
    by_host: list[Row]

    @property
    def visits(self) -> int:
        return sum(direction.visits for direction in self.directions)

    @property
    def known(self) -> list[Direction]:
        """To Sweden and to South Africa, always both."""
        return [direction for direction in self.directions if direction.direction != Visit.Direction.UNKNOWN]

    @property
    def unknown(self) -> Direction:
        return next(direction for direction in self.directions if direction.direction == Visit.Direction.UNKNOWN)

    @property
    def title(self) -> str:
        """What the balance shows."""
        north, south = self.known
        words = _(
            "%(visits)d visits to Sweden, with %(delegates)s known delegates; "
            "%(there)d to South Africa, with %(others)s"
        )
        return words % {
            "visits": north.visits,
            "delegates": north.delegates.print(),
            "there": south.visits,
            "others": south.delegates.print(),
        }

    @property
    def tables(self) -> list[tuple[str, str, list[Row]]]:
        return [
            (_("Visits by year"), _("Year"), self.by_year),
            (_("Visits by theme of their projects"), _("Theme"), self.by_theme),
            (_("Visits by host"), _("Host"), self.by_host),
        ]


def balance_of(visits: VisitQuerySet) -> Balance:
    """Counts these visits, identified ones, in each direction.

    A visit counts once in its year, and once with each theme and each host that it has.
    """
    return _balance(set(visits.order_by().values_list("pk", flat=True)))


@cached_per_version
def balance_of_all() -> Balance:
    """The balance of all identified visits."""
    return _balance(visit_facets().ids)


def _balance(ids: Set[int]) -> Balance:
    facets = visit_facets()
    directions, ids_by_direction = [], {}
    years: dict[str, Row] = {}
    for value in Visit.Direction:
        here = ids_by_direction[value] = facets.by_direction.get(value, set()) & ids
        uncounted, planned = len(here - facets.delegates.keys()), len(here & facets.planned)
        directions.append(Direction(value, len(here), facets.delegates_of(here), uncounted, planned))
        for year, count in Counter(map(facets.years.__getitem__, here)).items():
            row = years.setdefault(year, Row(year or _("Year not documented"), f"year={year}" if year else ""))
            row.counts[value] = count
    themes = [(theme.pk, str(theme.name), f"theme={theme.slug}") for theme in Theme.objects.published()]
    hosts = [(host.pk, str(host.name), f"host={host.slug}") for host in Partner.objects.all()]
    return Balance(
        directions,
        sorted(years.values(), key=lambda row: (not row.query, row.label)),
        _rows(themes, visits_by_theme(), ids_by_direction, _("No project on record")),
        _rows(hosts, visits_by_host(), ids_by_direction, _("Host not documented")),
    )


def _rows(
    records: list[tuple[int, str, str]],
    ids_by_record: dict[int, set[int]],
    ids_by_direction: dict[Visit.Direction, set[int]],
    label: str,
) -> list[Row]:
    """A row for each of these records that has visits, the largest first; visits without one come last as ``label``."""
    rows = []
    rest = {direction: set(ids) for direction, ids in ids_by_direction.items()}
    for key, name, query in records:
        of_record = ids_by_record.get(key, set())
        row = Row(name, query, Counter())
        for direction, ids in ids_by_direction.items():
            row.counts[direction] = len(ids & of_record)
            rest[direction] -= of_record
        rows.append(row)
    rows.append(Row(label, "", Counter({direction: len(ids) for direction, ids in rest.items()})))
    counted = (row for row in rows if row.counts.total())
    return sorted(counted, key=lambda row: (not row.query, -row.counts.total(), row.label))


class ResultBalance(NamedTuple):
    """The number of projects with a result on each side; those with one on both count on each side as well."""

    sweden: int
    south_africa: int
    both: int
    side_not_stated: int


@cached_per_version
def balance_of_results() -> ResultBalance:
    """Counts identified projects by the sides of their public outputs."""
    counts = Project.objects.identified().count_results()
    return ResultBalance(
        counts[Output.Side.SWEDEN],
        counts[Output.Side.SOUTH_AFRICA],
        counts[Output.Side.BOTH],
        counts[Output.Side.NOT_STATED],
    )


class ResultsBySide(NamedTuple):
    """The outputs that took effect on each side; those on both are in each list."""

    sweden: list[Output]
    south_africa: list[Output]


def results_by_side() -> ResultsBySide:
    """The public outputs whose side a source states, with their projects and sources."""
    outputs = list(
        Output.objects.public()
        .filter(inferences=None)
        .exclude(side=Output.Side.NOT_STATED)
        .select_related("project")
        .prefetch_related(Prefetch("citations", queryset=OutputCitation.objects.with_sources()))
    )
    return ResultsBySide(
        [output for output in outputs if output.side != Output.Side.SOUTH_AFRICA],
        [output for output in outputs if output.side != Output.Side.SWEDEN],
    )

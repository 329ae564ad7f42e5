"""Mutuality in numbers: who visited whom, who hosted, and on which side results are recorded. Unknown stays unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from projects.models import Output, OutputCitation, Project
from visits.models import Visit

from .counted import once_for_each_version
from .models import Partner


@dataclass
class Direction:
    """The visits of one direction, with the delegates whose number is documented."""

    direction: Visit.Direction
    visits: int = 0
    delegates: int = 0
    uncounted: int = 0  # visits whose number of delegates nobody has documented

    def add(self, visit: Visit) -> None:
        self.visits += 1
        self.delegates += visit.delegates or 0
        self.uncounted += visit.delegates is None


@dataclass(frozen=True)
class Cell:
    """A number of visits, with the address that lists exactly those; empty where no filter can."""

    count: int
    url: str


@dataclass
class Row:
    """One year, theme or host with its visits in each direction; ``query`` is the filter that finds them."""

    label: str
    query: str
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def cells(self) -> list[Cell]:
        address = f"{reverse('visits:list')}?{self.query}&direction="
        return [
            Cell(self.counts[direction], f"{address}{direction}" if self.query and self.counts[direction] else "")
            for direction in Visit.Direction
        ]


@dataclass
class Balance:
    directions: list[Direction]
    by_year: list[Row]
    by_theme: list[Row]
    by_host: list[Row]

    @property
    def known(self) -> list[Direction]:
        """To Sweden and to South Africa, always both."""
        return [one for one in self.directions if one.direction != Visit.Direction.UNKNOWN]

    @property
    def unknown(self) -> Direction:
        return next(one for one in self.directions if one.direction == Visit.Direction.UNKNOWN)

    @property
    def tables(self) -> list[tuple[str, str, list[Row]]]:
        return [
            (_("Visits by year"), _("Year"), self.by_year),
            (_("Visits by theme of their projects"), _("Theme"), self.by_theme),
            (_("Visits by host"), _("Host"), self.by_host),
        ]


def balance_of(visits: Iterable[Visit]) -> Balance:
    """Counts these visits each way. Ask with visits whose hosts, and projects with themes, are fetched."""
    directions = {direction: Direction(direction) for direction in Visit.Direction}
    years: dict[str, Row] = {}
    themes: dict[str, Row] = {}
    hosts: dict[str, Row] = {}
    today = Partner.of_today()
    unknown = [
        (years, _("Year not documented")),
        (themes, _("No project on record")),
        (hosts, _("Host not documented")),
    ]
    for visit in visits:
        direction = Visit.Direction(visit.direction)
        directions[direction].add(visit)
        # A visit counts once in its year, and once with each theme and each host that it has.
        labels = [(years, str(year), f"year={year}") for year in visit.years[:1]]
        of_themes = {theme.pk: theme for project in visit.projects.all() for theme in project.themes.all()}
        labels += [(themes, str(theme.name), f"theme={theme.slug}") for theme in of_themes.values()]
        bodies = {today[host.pk].pk: today[host.pk] for host in visit.hosts.all()}
        labels += [(hosts, str(body.name), f"host={body.slug}") for body in bodies.values()]
        named = [rows for rows, _label, _query in labels]
        labels += [(rows, label, "") for rows, label in unknown if not any(rows is other for other in named)]
        for rows, label, query in labels:
            rows.setdefault(label, Row(label, query)).counts[direction] += 1
    return Balance(list(directions.values()), _in_order(years), _by_size(themes), _by_size(hosts))


def _in_order(rows: dict[str, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (not row.query, row.label))


def _by_size(rows: dict[str, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (not row.query, -row.counts.total(), row.label))


@dataclass(frozen=True)
class ResultBalance:
    """How many projects have a recorded result on a side; those with one on both sides count on each as well."""

    sweden: int
    south_africa: int
    both: int
    side_not_stated: int


@once_for_each_version
def balance_of_results() -> ResultBalance:
    """Counts identified projects by the sides of their public outputs."""
    found = Project.objects.identified().count_results()
    return ResultBalance(
        found[Output.Side.SWEDEN],
        found[Output.Side.SOUTH_AFRICA],
        found[Output.Side.BOTH],
        found[Output.Side.NOT_STATED],
    )


@dataclass(frozen=True)
class Travelled:
    """What each side took home; what took effect on both stands with each."""

    sweden: list[Output]
    south_africa: list[Output]


def what_travelled() -> Travelled:
    """The public outputs whose side a source states, with their projects and sources."""
    outputs = list(
        Output.objects.public()
        .exclude(side=Output.Side.NOT_STATED)
        .select_related("project")
        .prefetch_related(Prefetch("citations", queryset=OutputCitation.objects.with_sources()))
    )
    return Travelled(
        [one for one in outputs if one.side != Output.Side.SOUTH_AFRICA],
        [one for one in outputs if one.side != Output.Side.SWEDEN],
    )

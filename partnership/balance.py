"""Mutuality in numbers: visits in each direction, hosts, and results on each side. Unknown is counted as unknown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Prefetch, Q, Sum, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from projects.models import Output, OutputCitation, Project, Theme
from visits.models import MOST_DELEGATES, Visit, VisitQuerySet

from .fields.numbers import NumberRange
from .models import Partner
from .per_version import cached_per_version
from .publishing import State

NOBODY = NumberRange(0, 0)


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
    """Counts these visits in each direction, in the database, since there may be many.

    A visit counts once in its year, and once with each theme and each host that it has.
    """
    # A join of the caller may repeat a visit, so they are selected by key.
    visits = Visit.objects.filter(pk__in=visits.order_by().values("pk")).order_by()
    directions = {direction: Direction(direction) for direction in Visit.Direction}
    years: dict[str, Row] = {}
    day = Coalesce("earliest", "latest")
    totals = {
        "count": Count("pk"),
        "low": Sum("delegates"),
        "high": Sum(MOST_DELEGATES),
        "counted": Count("delegates"),
        "planned": Count("pk", filter=Q(how_known=Visit.HowKnown.PLANNED)),
    }
    by_day: Any = visits.values("direction", day=day).annotate(**totals)
    for group in by_day:
        direction = directions[Visit.Direction(group["direction"])]
        direction.visits += group["count"]
        direction.delegates += NumberRange(group["low"] or 0, group["high"] or 0)
        direction.uncounted += group["count"] - group["counted"]
        direction.planned += group["planned"]
        year = group["day"].year if group["day"] else None
        _add(years, str(year or _("Year not documented")), f"year={year}" if year else "", group)
    return Balance(list(directions.values()), _in_order(years), _by_theme(visits), _by_host(visits))


@cached_per_version
def balance_of_all() -> Balance:
    """The balance of all identified visits."""
    return balance_of(Visit.objects.identified())


def _add(rows: dict[Any, Row], label: str, query: str, group: dict[str, Any], key: Any = None) -> None:
    row = rows.setdefault(label if key is None else key, Row(label, query))
    row.counts[Visit.Direction(group["direction"])] += group["count"]


def _by_theme(visits: VisitQuerySet) -> list[Row]:
    rows: dict[Any, Row] = {}
    themes = Theme.objects.published().in_bulk()
    themed = visits.filter(projects__state=State.PUBLISHED, projects__themes__in=themes)
    groups = themed.values("direction", theme=F("projects__themes")).annotate(count=Count("pk", distinct=True))
    for group in groups:
        theme = themes[group["theme"]]
        _add(rows, str(theme.name), f"theme={theme.slug}", group, theme.pk)
    return _by_size(rows, visits.exclude(pk__in=themed.values("pk")), _("No project on record"))


def _by_host(visits: VisitQuerySet) -> list[Row]:
    """By the last successor of each host, so that a visit to a partner and its predecessor counts once."""
    rows: dict[Any, Row] = {}
    successors = Partner.of_today()
    hosted = visits.filter(hosts__state=State.PUBLISHED)
    succeeded = [When(hosts=key, then=last.pk) for key, last in successors.items() if last.pk != key]
    last_successor = Case(*succeeded, default=F("hosts"), output_field=BigIntegerField())
    groups = hosted.values("direction", host=last_successor).annotate(count=Count("pk", distinct=True))
    for group in groups:
        host = successors[group["host"]]
        _add(rows, str(host.name), f"host={host.slug}", group, host.pk)
    return _by_size(rows, visits.exclude(pk__in=hosted.values("pk")), _("Host not documented"))


def _in_order(rows: dict[str, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (not row.query, row.label))


def _by_size(rows: dict[Any, Row], others: VisitQuerySet, label: str) -> list[Row]:
    """The largest first; ``others``, visits without a row, come last under ``label``."""
    for group in others.values("direction").annotate(count=Count("pk")):
        _add(rows, label, "", group, "")
    return sorted(rows.values(), key=lambda row: (not row.query, -row.counts.total(), row.label))


@dataclass(frozen=True)
class ResultBalance:
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


@dataclass(frozen=True)
class ResultsBySide:
    """The outputs that took effect on each side; those on both are in each list."""

    sweden: list[Output]
    south_africa: list[Output]


def results_by_side() -> ResultsBySide:
    """The public outputs whose side a source states, with their projects and sources."""
    outputs = list(
        Output.objects.public()
        .exclude(side=Output.Side.NOT_STATED)
        .select_related("project")
        .prefetch_related(Prefetch("citations", queryset=OutputCitation.objects.with_sources()))
    )
    return ResultsBySide(
        [output for output in outputs if output.side != Output.Side.SOUTH_AFRICA],
        [output for output in outputs if output.side != Output.Side.SWEDEN],
    )

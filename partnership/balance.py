"""Mutuality in numbers: who visited whom, who hosted, and on which side results are recorded. Unknown stays unknown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Prefetch, Sum, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from projects.models import Output, OutputCitation, Project, Theme
from visits.models import Visit, VisitQuerySet

from .models import Partner
from .per_version import cached_per_version
from .publishing import State


@dataclass
class Direction:
    """The visits of one direction, with the delegates whose number is documented."""

    direction: Visit.Direction
    visits: int = 0
    delegates: int = 0
    uncounted: int = 0  # visits whose number of delegates nobody has documented


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
    def visits(self) -> int:
        return sum(one.visits for one in self.directions)

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


def balance_of(visits: VisitQuerySet) -> Balance:
    """Counts these visits each way, in the database: there may be many.

    A visit counts once in its year, and once with each theme and each host that it has.
    """
    # Another join may repeat a visit: what is counted is asked for by key.
    visits = Visit.objects.filter(pk__in=visits.order_by().values("pk")).order_by()
    directions = {direction: Direction(direction) for direction in Visit.Direction}
    years: dict[str, Row] = {}
    day = Coalesce("earliest", "latest")
    totals = {"number": Count("pk"), "people": Sum("delegates"), "counted": Count("delegates")}
    by_day: Any = visits.values("direction", day=day).annotate(**totals)
    for one in by_day:
        direction = directions[Visit.Direction(one["direction"])]
        direction.visits += one["number"]
        direction.delegates += one["people"] or 0
        direction.uncounted += one["number"] - one["counted"]
        year = one["day"].year if one["day"] else None
        _add(years, str(year or _("Year not documented")), f"year={year}" if year else "", one)
    return Balance(list(directions.values()), _in_order(years), _by_theme(visits), _by_host(visits))


@cached_per_version
def balance_of_all() -> Balance:
    """The balance of all identified visits."""
    return balance_of(Visit.objects.identified())


def _add(rows: dict[Any, Row], label: str, query: str, counted: dict[str, Any], key: Any = None) -> None:
    row = rows.setdefault(label if key is None else key, Row(label, query))
    row.counts[Visit.Direction(counted["direction"])] += counted["number"]


def _by_theme(visits: VisitQuerySet) -> list[Row]:
    rows: dict[Any, Row] = {}
    themes = Theme.objects.published().in_bulk()
    themed = visits.filter(projects__state=State.PUBLISHED, projects__themes__in=themes)
    for one in themed.values("direction", theme=F("projects__themes")).annotate(number=Count("pk", distinct=True)):
        theme = themes[one["theme"]]
        _add(rows, str(theme.name), f"theme={theme.slug}", one, theme.pk)
    return _by_size(rows, visits.exclude(pk__in=themed.values("pk")), _("No project on record"))


def _by_host(visits: VisitQuerySet) -> list[Row]:
    """By the bodies of today, so that a visit to two bodies of one line counts once with its last."""
    rows: dict[Any, Row] = {}
    bodies = Partner.of_today()
    hosted = visits.filter(hosts__state=State.PUBLISHED)
    former = [When(hosts=key, then=body.pk) for key, body in bodies.items() if body.pk != key]
    of_today = Case(*former, default=F("hosts"), output_field=BigIntegerField())
    for one in hosted.values("direction", host=of_today).annotate(number=Count("pk", distinct=True)):
        body = bodies[one["host"]]
        _add(rows, str(body.name), f"host={body.slug}", one, body.pk)
    return _by_size(rows, visits.exclude(pk__in=hosted.values("pk")), _("Host not documented"))


def _in_order(rows: dict[str, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (not row.query, row.label))


def _by_size(rows: dict[Any, Row], others: VisitQuerySet, label: str) -> list[Row]:
    """The largest first, and last those that have none."""
    for one in others.values("direction").annotate(number=Count("pk")):
        _add(rows, label, "", one, "")
    return sorted(rows.values(), key=lambda row: (not row.query, -row.counts.total(), row.label))


@dataclass(frozen=True)
class ResultBalance:
    """How many projects have a recorded result on a side; those with one on both sides count on each as well."""

    sweden: int
    south_africa: int
    both: int
    side_not_stated: int


@cached_per_version
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

"""The ids of the identified projects by each value of each filter: listing and counting them needs no further query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Set
from typing import NamedTuple

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from partnership.models import Partner
from partnership.models.evidenced import Evidence, InFoundingCount
from partnership.per_version import cached_per_version

from .models import Output, Participation, Project, Theme


class ProjectFacets(NamedTuple):
    """``ids_by_value["theme"]["health-care"]`` are the ids of the projects with that theme, and so on."""

    #: The choices: the slug in URLs, and the name in the active language.
    themes: list[tuple[str, str]]
    partners: list[tuple[str, str]]
    ids: frozenset[int]
    #: The same in the sections and the usual order of the list.
    ordered_ids: list[int]
    undated: frozenset[int]
    ids_by_value: dict[str, dict[str, set[int]]]
    #: The number of different public sources that each project cites.
    source_counts: dict[int, int]
    #: The first and last year of each dated project; None where it is open.
    years: dict[int, tuple[int | None, int | None]]
    #: How many public projects of the founding count cite nothing but the claim that counts them.
    circular: int

    def with_any(self, name: str, values: Collection[str]) -> Set[int]:
        """The ids of the projects that have one or more of these values."""
        by_value = self.ids_by_value[name]
        return frozenset().union(*(by_value.get(value, frozenset()) for value in values))

    @property
    def well_documented(self) -> Set[int]:
        return self.ids_by_value["documented"]["well"]

    def between(self, first: int | None, last: int | None) -> set[int]:
        """As ``DatedQuerySet.between``."""
        return {
            key
            for key, (begins, ends) in self.years.items()
            if (first is None or ends is None or ends >= first) and (last is None or begins is None or begins <= last)
        }


@cached_per_version
def project_facets() -> ProjectFacets:
    """Put together from parts that each last until something of theirs is written."""
    evidence = _evidence()
    ids_by_value: dict[str, dict[str, set[int]]] = {
        name: defaultdict(set) for name in ("founding", "documented", "theme", "partner", "kind", "status", "result")
    }
    years: dict[int, tuple[int | None, int | None]] = {}
    ordered_ids = []
    circular = 0
    # Dates as text: thousands of days are read faster so.
    earliest, latest = (Cast(name, CharField()) for name in ("earliest", "latest"))
    columns = ("pk", "in_founding_count", "kind", "status", earliest, latest)
    for key, founding, kind, status, first, last in Project.objects.published().in_sections().values_list(*columns):
        circular += founding == InFoundingCount.YES and key in evidence.circular
        if key not in evidence.identified:
            continue
        ordered_ids.append(key)
        for name, value in (("founding", founding), ("kind", kind), ("status", status)):
            ids_by_value[name][value].add(key)
        if first or last:
            years[key] = (first and int(first[:4]), last and int(last[:4]))
    ids = frozenset(ordered_ids)
    ids_by_value["documented"] = {"well": set(evidence.well & years.keys()), "confirmed": set(evidence.confirmed)}
    ids_by_value |= {"theme": _by_theme(), "partner": _by_partner(), "result": _by_result()}
    return ProjectFacets(
        *_choices(),
        ids,
        ordered_ids,
        ids - years.keys(),
        # Plain dictionaries: what all threads share must not grow when it is read.
        {name: {value: keys & ids for value, keys in by_value.items()} for name, by_value in ids_by_value.items()},
        {key: count for key, count in evidence.source_counts.items() if key in ids},
        years,
        circular,
    )


@cached_per_version
def _evidence() -> Evidence:
    return Project.objects.evidence()


@cached_per_version
def _choices() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    participations = Participation.objects.filter(partner=OuterRef("pk"))
    return (
        [(theme.slug, theme.name) for theme in Theme.objects.published()],
        [(partner.slug, partner.name) for partner in Partner.objects.published().filter(Exists(participations))],
    )


@cached_per_version
def _by_theme() -> dict[str, set[int]]:
    by_theme: dict[str, set[int]] = defaultdict(set)
    for key, theme in Project.themes.through.objects.values_list("project", "theme__slug"):
        by_theme[theme].add(key)
    return dict(by_theme)


@cached_per_version
def _by_partner() -> dict[str, set[int]]:
    """The projects of a partner are also those of the partners that it succeeded."""
    own: dict[int, set[int]] = defaultdict(set)
    for key, partner in Participation.objects.order_by().values_list("project", "partner"):
        own[partner].add(key)
    slugs = dict(Partner.objects.values_list("pk", "slug"))
    return {slugs[key]: set().union(*(own[member] for member in line)) for key, line in Partner.lineages().items()}


@cached_per_version
def _by_result() -> dict[str, set[int]]:
    """As ``ProjectQuerySet.has_result``, of all projects."""
    by_side: dict[str, set[int]] = defaultdict(set)
    for key, side in Output.objects.published().order_by().values_list("project", "side"):
        by_side[side].add(key)
    sweden = by_side[Output.Side.SWEDEN] | by_side[Output.Side.BOTH]
    south_africa = by_side[Output.Side.SOUTH_AFRICA] | by_side[Output.Side.BOTH]
    return {
        Output.Side.SWEDEN: sweden,
        Output.Side.SOUTH_AFRICA: south_africa,
        Output.Side.BOTH: sweden & south_africa,
        Output.Side.NOT_STATED: by_side[Output.Side.NOT_STATED] - sweden - south_africa,
    }

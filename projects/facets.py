"""The ids of the identified projects by each value of each filter: listing and counting them needs no further query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from partnership.models import Partner
from partnership.per_version import cached_per_version

from .models import Output, Participation, Project, ProjectCitation, Theme


@dataclass(frozen=True)
class ProjectFacets:
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
    identified = Project.objects.identified().in_sections()
    ids_by_value: dict[str, dict[str, set[int]]] = {
        name: defaultdict(set) for name in ("founding", "documented", "theme", "partner", "kind", "status", "result")
    }
    years: dict[int, tuple[int | None, int | None]] = {}
    ordered_ids = []
    columns = ("pk", "in_founding_count", "kind", "status", "earliest", "latest")
    for key, founding, kind, status, earliest, latest in identified.values_list(*columns):
        ordered_ids.append(key)
        for name, value in (("founding", founding), ("kind", kind), ("status", status)):
            ids_by_value[name][value].add(key)
        if earliest or latest:
            years[key] = (earliest and earliest.year, latest and latest.year)
    ids = frozenset(ordered_ids)
    for key, theme in Project.themes.through.objects.values_list("project", "theme__slug"):
        ids_by_value["theme"][theme].add(key)
    cited = ProjectCitation.objects.that_document().order_by().values_list("project")
    source_counts = dict(cited.annotate(number=Count("source", distinct=True)))
    for step, reached in (("well", Project.objects.well_documented()), ("confirmed", Project.objects.confirmed())):
        ids_by_value["documented"][step] = set(reached.order_by().values_list("pk", flat=True))
    ids_by_value["partner"] = _by_partner()
    ids_by_value["result"] = _by_result()
    participations = Participation.objects.filter(partner=OuterRef("pk"))
    return ProjectFacets(
        [(theme.slug, theme.name) for theme in Theme.objects.published()],
        [(partner.slug, partner.name) for partner in Partner.objects.published().filter(Exists(participations))],
        ids,
        ordered_ids,
        ids - years.keys(),
        # Plain dictionaries: what all threads share must not grow when it is read.
        {name: {value: keys & ids for value, keys in by_value.items()} for name, by_value in ids_by_value.items()},
        {key: count for key, count in source_counts.items() if key in ids},
        years,
    )


def _by_partner() -> dict[str, set[int]]:
    """The projects of a partner are also those of the partners that it succeeded."""
    own: dict[int, set[int]] = defaultdict(set)
    for key, partner in Participation.objects.order_by().values_list("project", "partner"):
        own[partner].add(key)
    slugs = dict(Partner.objects.values_list("pk", "slug"))
    return {slugs[key]: set().union(*(own[member] for member in line)) for key, line in Partner.lineages().items()}


def _by_result() -> dict[str, set[int]]:
    """As ``ProjectQuerySet.has_result``."""
    by_side: dict[str, set[int]] = defaultdict(set)
    for key, side in Output.objects.public().order_by().values_list("project", "side"):
        by_side[side].add(key)
    sweden = by_side[Output.Side.SWEDEN] | by_side[Output.Side.BOTH]
    south_africa = by_side[Output.Side.SOUTH_AFRICA] | by_side[Output.Side.BOTH]
    return {
        Output.Side.SWEDEN: sweden,
        Output.Side.SOUTH_AFRICA: south_africa,
        Output.Side.BOTH: sweden & south_africa,
        Output.Side.NOT_STATED: by_side[Output.Side.NOT_STATED] - sweden - south_africa,
    }

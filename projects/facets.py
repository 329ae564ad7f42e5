"""The keys of the identified projects that have each value of each filter: counting them needs no question more."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from partnership.models import Partner
from partnership.per_version import cached_per_version
from partnership.publishing import State

from .models import Output, Participation, Project, ProjectCitation, Theme


@dataclass(frozen=True)
class ProjectFacets:
    """``having["theme"]["health-care"]`` are the keys of the projects with that theme, and so on."""

    #: What there is to choose from: the code in addresses, and the name in the page’s language.
    themes: list[tuple[str, str]]
    partners: list[tuple[str, str]]
    everything: frozenset[int]
    #: The same in the sections and the usual order of the list.
    in_order: list[int]
    undated: frozenset[int]
    having: dict[str, dict[str, set[int]]]
    #: How many different public sources each project cites.
    sources: dict[int, int]
    #: The first and last year of each dated project; None where it is open.
    years: dict[int, tuple[int | None, int | None]]

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
    having: dict[str, dict[str, set[int]]] = {
        name: defaultdict(set) for name in ("founding", "documented", "theme", "partner", "kind", "status", "result")
    }
    years: dict[int, tuple[int | None, int | None]] = {}
    in_order = []
    with_period = set()
    columns = ("pk", "in_founding_count", "kind", "status", "period", "earliest", "latest")
    for key, founding, kind, status, period, earliest, latest in identified.values_list(*columns):
        in_order.append(key)
        if period:
            with_period.add(key)
        for name, value in (("founding", founding), ("kind", kind), ("status", status)):
            having[name][value].add(key)
        if earliest or latest:
            years[key] = (earliest and earliest.year, latest and latest.year)
    everything = frozenset(in_order)
    for key, theme in Project.themes.through.objects.values_list("project", "theme__slug"):
        having["theme"][theme].add(key)
    cited = ProjectCitation.objects.filter(source__state=State.PUBLISHED).order_by().values_list("project")
    sources = dict(cited.annotate(number=Count("source", distinct=True)))
    having["documented"]["well"] = {key for key, number in sources.items() if number >= 2 and key in with_period}
    having["documented"]["confirmed"] = set(Project.objects.confirmed().order_by().values_list("pk", flat=True))
    having["partner"] = _of_partners()
    having["result"] = _with_results()
    # Plain dictionaries: what all threads share must not grow when it is read.
    having = {name: {value: keys & everything for value, keys in sets.items()} for name, sets in having.items()}
    taking_part = Participation.objects.filter(partner=OuterRef("pk"))
    return ProjectFacets(
        [(theme.slug, theme.name) for theme in Theme.objects.published()],
        [(partner.slug, partner.name) for partner in Partner.objects.published().filter(Exists(taking_part))],
        everything,
        in_order,
        everything - years.keys(),
        having,
        {key: number for key, number in sources.items() if key in everything},
        years,
    )


def _of_partners() -> dict[str, set[int]]:
    """A body’s projects are also those of the bodies that it succeeded."""
    own: dict[int, set[int]] = defaultdict(set)
    for key, partner in Participation.objects.order_by().values_list("project", "partner"):
        own[partner].add(key)
    slugs = dict(Partner.objects.values_list("pk", "slug"))
    return {slugs[key]: set().union(*(own[one] for one in line)) for key, line in Partner.lineages().items()}


def _with_results() -> dict[str, set[int]]:
    """As ``ProjectQuerySet.has_result``."""
    sides: dict[str, set[int]] = defaultdict(set)
    for key, side in Output.objects.public().order_by().values_list("project", "side"):
        sides[side].add(key)
    sweden = sides[Output.Side.SWEDEN] | sides[Output.Side.BOTH]
    south_africa = sides[Output.Side.SOUTH_AFRICA] | sides[Output.Side.BOTH]
    return {
        Output.Side.SWEDEN: sweden,
        Output.Side.SOUTH_AFRICA: south_africa,
        Output.Side.BOTH: sweden & south_africa,
        Output.Side.NOT_STATED: sides[Output.Side.NOT_STATED] - sweden - south_africa,
    }

"""Counts of the record against the claims. One function per count, used wherever the number is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from projects.facets import project_facets
from projects.models import Output, Project, Theme
from visits.facets import visit_facets
from visits.models import Visit

from .fields.numbers import print_number, print_range
from .models import Claim, Document, Milestone, Partner, Source, Statement, StatementCitation, StatementReply
from .models.evidence import FactCount, circular
from .models.evidenced import LADDER, InFoundingCount
from .per_version import cached_per_version
from .publishing import State


class Coverage(NamedTuple):
    """A count of the record against a claim.

    ``documented`` counts records that certainly belong to the founding count. ``perhaps`` adds those of which it is
    not known, and is at least ``documented``. ``url`` lists exactly the documented ones. Where numbers are documented
    as ranges, both are their lower ends, and the upper ends stand beside them. ``well`` of the documented ones are well
    documented; ``circular`` records cite nothing but the claim itself and are in none of these numbers.
    """

    documented: int
    perhaps: int
    url: str = ""
    documented_high: int | None = None
    perhaps_high: int | None = None
    well: int = 0
    circular: int = 0

    @property
    def well_url(self) -> str:
        return f"{self.url}&documented=well"

    @property
    def printed(self) -> str:
        """“23”, “33–35”, or “23, perhaps 25” where ``perhaps`` is greater."""
        documented = print_range(self.documented, self.documented_high)
        perhaps = print_range(self.perhaps, self.perhaps_high)
        if perhaps == documented:
            return documented
        return _("%(number)s, perhaps %(more)s") % {"number": documented, "more": perhaps}


def count_projects() -> Coverage:
    """Identified projects and pre-studies within the founding count."""
    facets = project_facets()
    return _coverage(reverse("projects:list"), facets.ids_by_value["founding"], facets.well_documented, facets.circular)


def count_visits() -> Coverage:
    """Identified visits within the founding count; planned ones are perhaps in it."""
    facets = visit_facets()
    return _coverage(reverse("visits:list"), facets.by_founding, facets.well_documented, facets.circular)


def _coverage(url: str, by_founding: Mapping[str, Set[int]], well: Set[int], circular: int) -> Coverage:
    certain, perhaps = (by_founding.get(value, frozenset()) for value in (InFoundingCount.YES, InFoundingCount.UNKNOWN))
    return Coverage(
        len(certain),
        len(certain) + len(perhaps),
        url=f"{url}?founding=yes",
        well=len(certain & well),
        circular=circular,
    )


def count_delegates() -> Coverage:
    """Delegates whose number is documented, of identified visits within the founding count."""
    facets = visit_facets()
    certain, perhaps = (
        facets.delegates_of(facets.by_founding.get(value, frozenset()))
        for value in (InFoundingCount.YES, InFoundingCount.UNKNOWN)
    )
    more = certain + perhaps
    url = f"{reverse('visits:list')}?founding=yes"
    return Coverage(certain.low or 0, more.low or 0, url, certain.high, more.high)


@cached_per_version
def count_themes() -> Coverage:
    """Areas of the founding list with at least one identified project within the founding count."""
    founding = Theme.objects.published().founding()
    identified = Project.objects.identified()
    certain = founding.filter(projects__in=identified.in_founding_count()).distinct().count()
    perhaps = founding.filter(projects__in=identified.exclude(in_founding_count="no")).distinct().count()
    return Coverage(certain, perhaps, url=reverse("themes:list"))


@cached_per_version
def count_formal_partners() -> Coverage:
    """Formal partners without a successor of which more than the claim’s own source tells."""
    formal = Partner.objects.published().formal().current()
    only_claimed = circular(formal, Claim.Counts.FORMAL_PARTNERS).count()
    count = formal.count() - only_claimed
    return Coverage(count, count, url=reverse("partners"), circular=only_claimed)


def count_memoranda() -> Coverage:
    """Memoranda of understanding of which a copy is on file."""
    count = Document.objects.published().filter(kind=Document.Kind.MEMORANDUM).count()
    return Coverage(count, count, url=reverse("memorandum"))


COUNTERS: dict[str, Callable[[], Coverage]] = {
    Claim.Counts.PROJECTS: count_projects,
    Claim.Counts.VISITS: count_visits,
    Claim.Counts.DELEGATES: count_delegates,
    Claim.Counts.THEMES: count_themes,
    Claim.Counts.FORMAL_PARTNERS: count_formal_partners,
    Claim.Counts.MEMORANDA: count_memoranda,
}


@cached_per_version
def sources_of_counts() -> dict[str, frozenset[int]]:
    """By what a claim counts, the keys of the sources of its preferred statement."""
    cited = StatementCitation.objects.filter(statement__preferred=True).exclude(statement__claim__counts="")
    sources: dict[str, set[int]] = {}
    for counts, source in cited.values_list("statement__claim__counts", "source"):
        sources.setdefault(counts, set()).add(source)
    return {counts: frozenset(keys) for counts, keys in sources.items()}


def is_circular(record: Any) -> bool:
    """Whether it rests on the claim that counts it alone; as ``circular``, of a record with prefetched citations."""
    cited = {citation.source_id for citation in record.citations.all() if citation.source.is_published}
    return bool(cited) and cited <= sources_of_counts().get(record.counts, frozenset())


@cached_per_version
def count_all_facts() -> FactCount:
    """The facts of all that is public, and how many of them have evidence to the sentence."""
    kinds: list[Any] = [
        Project.objects.identified(),
        Visit.objects.identified(),
        Output.objects.public(),
        Partner.objects.published(),
        Milestone.objects.published(),
        Theme.objects.published(),
        Statement.objects.published().filter(claim__state=State.PUBLISHED),
    ]
    return sum((records.count_facts() for records in kinds), FactCount())


@dataclass(frozen=True)
class Step:
    """The number of records that have reached a step of documentation, and the URL of their list."""

    name: str
    label: str
    meaning: str
    count: str
    url: str


def steps_of(claim: Claim, coverage: Coverage | None) -> list[Step]:
    """The steps from named to confirmed; empty for claims that count no records."""
    models_by_count: dict[str, type[Project | Visit]] = {model.counts: model for model in (Project, Visit)}
    if coverage is None or claim.counts not in models_by_count:
        return []
    model = models_by_count[claim.counts]
    confirmed = model.objects.in_founding_count().confirmed().count()
    counts = {"identified": coverage.printed, "well": print_number(coverage.well), "confirmed": print_number(confirmed)}
    urls = {"identified": coverage.url, **{step: f"{coverage.url}&documented={step}" for step in ("well", "confirmed")}}
    words = {step: (capfirst(str(label)), str(meaning)) for step, (label, meaning) in LADDER.items()}
    return [Step(step, *words[step], count, urls[step]) for step, count in counts.items()]


def coverage_of(claim: Claim) -> Coverage | None:
    """The count of the record against a claim; None where nothing can be counted."""
    counter = COUNTERS.get(claim.counts)
    return counter() if counter else None


def with_statements(claims: models.QuerySet[Claim]) -> models.QuerySet[Claim]:
    """Claims with their public statements and the sources of the statements."""
    citations = StatementCitation.objects.exclude(source__state=State.DRAFT).prefetch_related(
        models.Prefetch("source", queryset=Source.objects.with_files())
    )
    return claims.prefetch_related(
        models.Prefetch(
            "statements",
            queryset=Statement.objects.published()
            .select_related("claim")
            .prefetch_related(
                models.Prefetch("citations", queryset=citations),
                "confirmations__partner",
                models.Prefetch("replies", queryset=StatementReply.objects.public()),
            ),
        )
    )


@cached_per_version
def leading_statements() -> dict[str, Statement]:
    """The preferred statement of every published claim, by the claim’s code; pages lead with these figures."""
    preferred = (
        Statement.objects.published()
        .filter(preferred=True, claim__state=State.PUBLISHED)
        .select_related("claim")
        .prefetch_related(models.Prefetch("citations", queryset=StatementCitation.objects.with_sources()))
    )
    return {statement.claim.code: statement for statement in preferred}


class Remainder(NamedTuple):
    """The number that is claimed and not on record, between ``low`` and ``high``."""

    low: int
    high: int

    @property
    def printed(self) -> str:
        return print_range(self.low, self.high)

    @property
    def outlines(self) -> range:
        """One item per outline to draw."""
        return range(self.high)


def unidentified_projects(claimed: Statement | None, coverage: Coverage) -> Remainder | None:
    """The claimed projects that no source names: “13–15” where two records may or may not belong to the count."""
    if claimed is None or claimed.value_low is None:
        return None
    return Remainder(max(claimed.value_low - coverage.perhaps, 0), max(claimed.value_low - coverage.documented, 0))


#: The first year of every axis: the earlier of the two years that the founding text gives for the start.
FIRST_YEAR = 2005

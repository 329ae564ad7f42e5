"""Counting the record against what is claimed. One function per kind, used wherever a number is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from projects.models import DOCUMENTED_STEPS, EvidencedQuerySet, Project, Theme
from visits.models import Visit

from .fields.numbers import print_number
from .models import Claim, Document, Partner, Source, Statement, StatementCitation
from .per_version import cached_per_version
from .publishing import State


@dataclass(frozen=True)
class Coverage:
    """How far the record reaches against a claim.

    ``documented`` is what certainly counts. ``perhaps`` is what counts if those records belong to the founding
    count for which that is not known; it is at least ``documented``. ``url`` lists exactly the documented ones.
    """

    documented: int
    perhaps: int
    url: str = ""

    @property
    def printed(self) -> str:
        """“23”, or “23, perhaps 25” while some are not known."""
        if self.perhaps > self.documented:
            return _("%(number)s, perhaps %(more)s") % {
                "number": print_number(self.documented),
                "more": print_number(self.perhaps),
            }
        return print_number(self.documented)


def _in_founding_count(records: EvidencedQuerySet) -> tuple[int, int]:
    counted = records.identified().in_founding_count().count()
    return counted, counted + records.identified().perhaps_in_founding_count().count()


@cached_per_version
def count_projects() -> Coverage:
    """Identified projects and pre-studies within the founding count."""
    return Coverage(*_in_founding_count(Project.objects.all()), url=f"{reverse('projects:list')}?founding=yes")


@cached_per_version
def count_visits() -> Coverage:
    """Identified visits within the founding count."""
    return Coverage(*_in_founding_count(Visit.objects.all()), url=f"{reverse('visits:list')}?founding=yes")


@cached_per_version
def count_delegates() -> Coverage:
    """Delegates whose number is documented, of identified visits within the founding count."""
    identified = Visit.objects.identified()
    counted = identified.in_founding_count().known_delegates()
    more = identified.perhaps_in_founding_count().known_delegates()
    return Coverage(counted, counted + more, url=f"{reverse('visits:list')}?founding=yes")


@cached_per_version
def count_themes() -> Coverage:
    """Areas of the founding list with at least one identified project within the founding count."""
    founding = Theme.objects.published().founding()
    identified = Project.objects.identified()
    certain = founding.filter(projects__in=identified.in_founding_count()).distinct().count()
    perhaps = founding.filter(projects__in=identified.exclude(in_founding_count="no")).distinct().count()
    return Coverage(certain, perhaps, url=reverse("themes:list"))


def count_formal_partners() -> Coverage:
    """Formal bodies that no other has succeeded."""
    number = Partner.objects.published().formal().current().count()
    return Coverage(number, number, url=reverse("partners"))


def count_memoranda() -> Coverage:
    """Memoranda of understanding of which a copy is on file."""
    number = Document.objects.published().filter(kind=Document.Kind.MEMORANDUM).count()
    return Coverage(number, number, url=reverse("memorandum"))


COUNTERS: dict[str, Callable[[], Coverage]] = {
    Claim.Counts.PROJECTS: count_projects,
    Claim.Counts.VISITS: count_visits,
    Claim.Counts.DELEGATES: count_delegates,
    Claim.Counts.THEMES: count_themes,
    Claim.Counts.FORMAL_PARTNERS: count_formal_partners,
    Claim.Counts.MEMORANDA: count_memoranda,
}


@dataclass(frozen=True)
class Step:
    """How many of what a claim counts have come this far, and the list of just those."""

    name: str
    label: str
    meaning: str
    number: str
    url: str


def steps_of(claim: Claim, coverage: Coverage | None) -> list[Step]:
    """From identified to confirmed by both sides, for the claims whose things are records of their own."""
    lists: dict[str, tuple[type[Project | Visit], str]] = {
        Claim.Counts.PROJECTS: (Project, reverse("projects:list")),
        Claim.Counts.VISITS: (Visit, reverse("visits:list")),
    }
    if coverage is None or claim.counts not in lists:
        return []
    kind, address = lists[claim.counts]
    meanings = {"well": _("with a period and two sources"), "confirmed": _("by a publisher in each country")}
    found = [Step("identified", _("Identified"), _("with a title and a source"), coverage.printed, coverage.url)]
    for step, label in DOCUMENTED_STEPS:
        number = print_number(kind.objects.in_founding_count().documented_to([step]).count())
        url = f"{address}?founding=yes&documented={step}"
        found.append(Step(step, capfirst(str(label)), meanings.get(step, ""), number, url))
    return found


def coverage_of(claim: Claim) -> Coverage | None:
    """What the record counts against a claim; None where nothing can be counted."""
    counter = COUNTERS.get(claim.counts)
    return counter() if counter else None


def with_statements(claims: models.QuerySet[Claim]) -> models.QuerySet[Claim]:
    """Claims with their public statements and the sources of those."""
    citations = StatementCitation.objects.exclude(source__state=State.DRAFT).prefetch_related(
        models.Prefetch("source", queryset=Source.objects.with_files())
    )
    return claims.prefetch_related(
        models.Prefetch(
            "statements",
            queryset=Statement.objects.published()
            .select_related("claim")
            .prefetch_related(models.Prefetch("citations", queryset=citations), "confirmations__partner"),
        )
    )


@cached_per_version
def leading_statements() -> dict[str, Statement]:
    """The preferred statement of every published claim, by the claim’s code: the figures that pages lead with."""
    preferred = (
        Statement.objects.published()
        .filter(preferred=True, claim__state=State.PUBLISHED)
        .select_related("claim")
        .prefetch_related(models.Prefetch("citations", queryset=StatementCitation.objects.with_sources()))
    )
    return {statement.claim.code: statement for statement in preferred}


@dataclass(frozen=True)
class Remainder:
    """What a claim counts beyond the record, as outlines: at least ``low`` of them, at most ``high``."""

    low: int
    high: int

    @property
    def printed(self) -> str:
        if self.low == self.high:
            return print_number(self.low)
        return f"{print_number(self.low)}–{print_number(self.high)}"

    @property
    def outlines(self) -> range:
        """One for each outline to draw."""
        return range(self.high)


def unidentified_projects(claimed: Statement | None, coverage: Coverage) -> Remainder | None:
    """How many of the claimed projects no source lets us name: “13–15” while two are not known to belong."""
    if claimed is None or claimed.value_low is None:
        return None
    return Remainder(max(claimed.value_low - coverage.perhaps, 0), max(claimed.value_low - coverage.documented, 0))


#: Where every axis of years begins: the earlier of the two years that the founding text gives for the start.
FIRST_YEAR = 2005

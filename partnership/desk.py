"""The start page of the record office: how far the record reaches, and what is most worth doing next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from projects.models import Documented, Project, Theme
from visits.models import Visit

from .coverage import Coverage, coverage_of, with_statements
from .models import Claim, Revision, Source, Statement
from .publishing import Record, State

#: How many drafts and changes are named; the lists hold the rest.
NEWEST = 8


@dataclass(frozen=True)
class ClaimLine:
    """A claim with what it says, what is identified, and what is well documented where that can be counted."""

    claim: Claim
    statement: Statement | None
    coverage: Coverage
    well: int | None

    @property
    def url(self) -> str:
        return reverse("admin:partnership_claim_change", args=[self.claim.pk])


@dataclass(frozen=True)
class Task:
    """Something worth documenting: how many records lack it, and the list of just those."""

    label: str
    count: int
    url: str


def claims() -> list[ClaimLine]:
    counted = {Claim.Counts.PROJECTS: Project.objects.identified(), Claim.Counts.VISITS: Visit.objects.identified()}
    lines = []
    for claim in with_statements(Claim.objects.published()):
        coverage = coverage_of(claim)
        if coverage is None:
            continue
        preferred = next((one for one in claim.statements.all() if one.preferred), None)
        records = counted.get(Claim.Counts(claim.counts))
        well = None
        if records is not None:
            inside = records.in_founding_count().with_source_counts()
            well = sum(1 for record in inside if record.documented == Documented.WELL)
        lines.append(ClaimLine(claim, preferred, coverage, well))
    return lines


def tasks() -> list[Task]:
    """What to document next, the most wanting first. Nothing that is complete is named."""
    projects, visits = reverse("admin:projects_project_changelist"), reverse("admin:visits_visit_changelist")
    themes = reverse("admin:projects_theme_changelist")
    identified, met = Project.objects.identified(), Visit.objects.identified()
    found = [
        Task(_("Projects without a year"), identified.lacking("period").count(), f"{projects}?lacks=period"),
        Task(
            _("Projects with only one source"),
            identified.lacking("second_source").count(),
            f"{projects}?lacks=second_source",
        ),
        Task(
            _("Projects without a result in Sweden"),
            identified.lacking("result_sweden").count(),
            f"{projects}?lacks=result_sweden",
        ),
        Task(
            _("Projects without a result in South Africa"),
            identified.lacking("result_south_africa").count(),
            f"{projects}?lacks=result_south_africa",
        ),
        Task(_("Visits without a date"), met.lacking("period").count(), f"{visits}?lacks=period"),
        Task(_("Visits without a direction"), met.lacking("direction").count(), f"{visits}?lacks=direction"),
        Task(_("Visits without a number of delegates"), met.lacking("number").count(), f"{visits}?lacks=number"),
        Task(
            _("Sources whose original is gone"),
            Source.objects.published().filter(reached=Source.Reached.DEAD).count(),
            f"{reverse('admin:partnership_source_changelist')}?reached__exact=dead&state__exact=published",
        ),
        Task(_("Themes without a project"), Theme.objects.without_projects().count(), f"{themes}?lacks=project"),
    ]
    return sorted((task for task in found if task.count), key=lambda task: -task.count)


@dataclass(frozen=True)
class Draft:
    record: Any

    @property
    def kind(self) -> str:
        return str(self.record._meta.verbose_name)

    @property
    def url(self) -> str:
        opts = self.record._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[self.record.pk])


def drafts(kinds: list[type[Record]]) -> list[Draft]:
    """The drafts that wait for a publisher, those that were written to last first."""
    waiting = [
        record
        for kind in kinds
        for record in kind._default_manager.filter(state=State.DRAFT).order_by("-modified_at")[:NEWEST]
    ]
    waiting.sort(key=lambda record: record.modified_at, reverse=True)
    return [Draft(record) for record in waiting[:NEWEST]]


def changes() -> list[Revision]:
    wanted = Revision.objects.exclude(action=Revision.Action.BEFORE).select_related("by", "partner")
    return list(wanted.order_by("-pk")[:NEWEST])

"""The start page of the record office: how far the record reaches, and what is most worth doing next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from projects.models import Project, Theme
from visits.models import Visit

from ..coverage import count_projects, coverage_of, leading_statements, unidentified_projects, with_statements
from ..fields.numbers import print_number
from ..fields.translated import lacks_translation, language_codes
from ..models import Claim, Document, ReviewNote, Revision, Source, Statement
from ..per_version import cached_per_version
from ..publishing import Record, State

#: How many drafts and changes are named; the lists hold the rest.
NEWEST = 8


@dataclass(frozen=True)
class Number:
    """How many, and the list of just those where there is one."""

    printed: str
    url: str = ""


@dataclass(frozen=True)
class ClaimLine:
    """A claim with what it says, and how far the record reaches against it, step by step."""

    claim: Claim
    statement: Statement | None
    identified: Number
    well: Number | None = None
    confirmed: Number | None = None

    @property
    def numbers(self) -> list[Number | None]:
        return [self.identified, self.well, self.confirmed]

    @property
    def url(self) -> str:
        return reverse("admin:partnership_claim_change", args=[self.claim.pk])


@dataclass(frozen=True)
class Task:
    """Something worth documenting: how many records lack it, and the list of just those."""

    label: str
    count: int
    url: str


@cached_per_version
def claims() -> list[ClaimLine]:
    counted: dict[str, type[Project | Visit]] = {Claim.Counts.PROJECTS: Project, Claim.Counts.VISITS: Visit}
    lines = []
    for claim in with_statements(Claim.objects.published()):
        coverage = coverage_of(claim)
        if coverage is None:
            continue
        preferred = next((one for one in claim.statements.all() if one.preferred), None)
        kind = counted.get(claim.counts)
        if kind is None:
            lines.append(ClaimLine(claim, preferred, Number(coverage.printed, _list_of(claim.counts))))
            continue
        address = reverse(f"admin:{kind._meta.app_label}_{kind._meta.model_name}_changelist")
        inside = kind.objects.in_founding_count()
        steps = {
            "identified": coverage.printed,
            "well": print_number(inside.well_documented().count()),
            "confirmed": print_number(inside.confirmed().count()),
        }
        numbers = [
            Number(printed, f"{address}?documented={step}&in_founding_count__exact=yes")
            for step, printed in steps.items()
        ]
        lines.append(ClaimLine(claim, preferred, *numbers))
    return lines


def _list_of(counts: str) -> str:
    """The list of just what is counted; for delegates, of the visits that they made."""
    page, query = {
        Claim.Counts.DELEGATES: ("visits_visit", "documented=identified&in_founding_count__exact=yes"),
        Claim.Counts.THEMES: ("projects_theme", "counted=yes"),
        Claim.Counts.FORMAL_PARTNERS: ("partnership_partner", "counted=yes"),
        Claim.Counts.MEMORANDA: ("partnership_document", "kind__exact=memorandum&state__exact=published"),
    }[Claim.Counts(counts)]
    return f"{reverse(f'admin:{page}_changelist')}?{query}"


@dataclass(frozen=True)
class Unnamed:
    """What is claimed and has no record yet: how much of it, in words, and the form for the next one."""

    label: str
    printed: str
    url: str


def unnamed() -> list[Unnamed]:
    """Projects and visits that are counted in a source and that nobody has identified."""
    statements = leading_statements()
    found = []
    projects, visits = statements.get("projects"), statements.get("visits")
    rest = unidentified_projects(projects, count_projects())
    if rest and rest.high:
        found.append(Unnamed(_("Projects claimed, not yet named"), rest.printed, reverse("admin:projects_project_add")))
    if visits:
        # “Some 100” less eight is no number; see docs/model.md, “Claims and counting”.
        words = _("the rest of %(claimed)s") % {"claimed": visits.figure}
        found.append(Unnamed(_("Visits claimed, not yet named"), words, reverse("admin:visits_visit_add")))
    return found


@cached_per_version
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
            Source.objects.published().filter(link_status=Source.LinkStatus.DEAD).count(),
            f"{reverse('admin:partnership_source_changelist')}?reached__exact=dead&state__exact=published",
        ),
        Task(_("Themes without a project"), Theme.objects.without_projects().count(), f"{themes}?lacks=project"),
        *_untranslated(),
    ]
    return sorted((task for task in found if task.count), key=lambda task: -task.count)


def _untranslated() -> Iterator[Task]:
    """For each kind of record, and for statements, those on the site with a text in only one of the languages."""
    kinds: list[Any] = [kind for kind in apps.get_models() if issubclass(kind, Record)]
    for kind in (*kinds, Statement):
        opts = kind._meta
        label = _("%(kind)s not wholly in both languages") % {"kind": capfirst(opts.verbose_name_plural)}
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        number = kind._default_manager.published().filter(lacks_translation(kind, *language_codes())).count()
        yield Task(label, number, f"{address}?state__exact=published&untranslated=any")


def memorandum_is_missing() -> bool:
    return not Document.objects.filter(kind=Document.Kind.MEMORANDUM).exclude(state=State.WITHDRAWN).exists()


@dataclass(frozen=True)
class Draft:
    """A record that waits for someone; ``returned`` when that is its author."""

    record: Any
    returned: bool = False

    @property
    def kind(self) -> str:
        return str(self.record._meta.verbose_name)

    @property
    def url(self) -> str:
        opts = self.record._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[self.record.pk])


def drafts(kinds: list[type[Record]]) -> list[Draft]:
    """The drafts that wait for a publisher, those that were written to last first; returned ones say so."""
    waiting = [
        record
        for kind in kinds
        for record in kind._default_manager.filter(state=State.DRAFT).order_by("-modified_at")[:NEWEST]
    ]
    waiting.sort(key=lambda record: record.modified_at, reverse=True)
    back = set(ReviewNote.objects.open().filter(about=ReviewNote.About.RETURNED).values_list("model_name", "code"))
    return [Draft(record, (record._meta.model_name, record.code) in back) for record in waiting[:NEWEST]]


@cached_per_version
def draft_lists() -> list[Task]:
    """Each kind of record of which there are drafts: how many, and the list of them."""
    kinds = [model for model in apps.get_models() if issubclass(model, Record)]
    counted = [(kind._meta, kind._default_manager.filter(state=State.DRAFT).count()) for kind in kinds]
    return [
        Task(
            capfirst(str(opts.verbose_name_plural)),
            number,
            f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_changelist')}?state__exact=draft",
        )
        for opts, number in counted
        if number
    ]


def suggestions(kinds: list[type[Record]]) -> list[Draft]:
    """Public records for which a colleague suggests a change, the oldest suggestion first."""
    by_name = {kind._meta.model_name: kind for kind in kinds}
    found = []
    for remark in ReviewNote.objects.open().filter(about=ReviewNote.About.SUGGESTION)[:NEWEST]:
        kind = by_name.get(remark.model_name)
        record = kind._default_manager.filter(code=remark.code).first() if kind else None
        if record:
            found.append(Draft(record))
    return found


@dataclass(frozen=True)
class Change:
    """A version with the record’s name, and its history; none where the record is no longer there."""

    revision: Revision
    title: str
    url: str


def changes(kinds: list[type[Record]]) -> list[Change]:
    """What was changed last, by whichever colleague, of the kinds that the reader may see."""
    by_name = {str(kind._meta.model_name): kind for kind in kinds}
    wanted = Revision.objects.filter(model_name__in=by_name).exclude(action=Revision.Action.BEFORE)
    revisions = list(wanted.select_related("partner").order_by("-pk")[:NEWEST])
    keys = {
        (name, code): pk
        for name in {one.model_name for one in revisions}
        for code, pk in by_name[name]
        ._default_manager.filter(code__in=[one.code for one in revisions if one.model_name == name])
        .values_list("code", "pk")
    }
    found = []
    for one in revisions:
        opts, pk = by_name[one.model_name]._meta, keys.get((one.model_name, one.code))
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_history", args=[pk]) if pk else ""
        found.append(Change(one, one.title.get(get_language() or "en") or one.code, url))
    return found


def work_of(kinds: list[type[Record]]) -> dict[str, object]:
    """The start page of the admin: claims, what to do next, drafts that wait, and what has changed.

    ``kinds`` are those that the reader may look at.
    """
    return {
        "claims": claims(),
        "unnamed": unnamed(),
        "tasks": tasks(),
        "memorandum_is_missing": memorandum_is_missing(),
        "drafts": drafts(kinds),
        "draft_lists": draft_lists(),
        "suggestions": suggestions(kinds),
        "changes": changes(kinds),
    }

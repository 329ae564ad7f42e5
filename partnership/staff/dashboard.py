"""The dashboard, the start page of the admin: coverage of the claims, and the work that waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from projects.models import Project, Theme
from visits.models import Visit

from ..coverage import count_projects, coverage_of, leading_statements, unidentified_projects, with_statements
from ..fields.numbers import print_number
from ..fields.translated import lacks_translation, language_codes
from ..models import (
    Claim,
    Contribution,
    Document,
    Heartbeat,
    Partner,
    QueuedEmail,
    Revision,
    Source,
    Statement,
)
from ..per_version import cached_per_version
from ..publishing import Record, State
from ..record.second_look import LOOKED_AT_AGAIN, due
from ..release import VERSION
from .work import work_context

#: How many changes are shown.
LIMIT = 8


class LinkedCount(NamedTuple):
    """A count in words, and the URL of the list of what is counted."""

    printed: str
    url: str = ""


class ClaimRow(NamedTuple):
    """A claim with its preferred statement, and the counts of the record against it."""

    claim: Claim
    statement: Statement | None
    identified: LinkedCount
    well_documented: LinkedCount | None = None
    confirmed: LinkedCount | None = None

    @property
    def url(self) -> str:
        return reverse("admin:partnership_claim_change", args=[self.claim.pk])


@dataclass(frozen=True)
class Task:
    """How many records await the same work, and the URL of their list."""

    label: str
    count: int
    url: str


@cached_per_version
def claims() -> list[ClaimRow]:
    rows = []
    for claim in with_statements(Claim.objects.published()):
        coverage = coverage_of(claim)
        if coverage is not None:
            statement = next((statement for statement in claim.statements.all() if statement.preferred), None)
            rows.append(ClaimRow(claim, statement, *_linked_counts(claim, coverage.printed)))
    return rows


#: The list filters that find what counts until January 2018; planned visits are “perhaps”.
_IN_COUNT: dict[Any, str] = {
    Project: "in_founding_count__exact=yes",
    Visit: "in_founding_count__exact=yes&how_known__in=reported,announced",
}


def _linked_counts(claim: Claim, identified: str) -> list[LinkedCount]:
    models: dict[str, type[Project | Visit]] = {Claim.Counts.PROJECTS: Project, Claim.Counts.VISITS: Visit}
    model = models.get(claim.counts)
    if model is None:
        return [LinkedCount(identified, _counted_list_url(claim.counts))]
    in_count = model.objects.in_founding_count()
    printed_by_filter = {
        "identified": identified,
        "well": print_number(in_count.well_documented().count()),
        "confirmed": print_number(in_count.confirmed().count()),
    }
    return [
        LinkedCount(printed, _list_url(model, f"documented={value}&{_IN_COUNT[model]}"))
        for value, printed in printed_by_filter.items()
    ]


def _counted_list_url(counts: str) -> str:
    """The list of what a claim counts; for delegates, the list of their visits."""
    model, query = {
        Claim.Counts.DELEGATES: (Visit, f"documented=identified&{_IN_COUNT[Visit]}"),
        Claim.Counts.THEMES: (Theme, "counted=yes"),
        Claim.Counts.FORMAL_PARTNERS: (Partner, "counted=yes"),
        Claim.Counts.MEMORANDA: (Document, "kind__exact=memorandum&state__exact=published"),
    }[Claim.Counts(counts)]
    return _list_url(model, query)


def _list_url(model: Any, query: str) -> str:
    opts = model._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{url}?{query}" if query else url


class Unidentified(NamedTuple):
    """What is claimed and has no record yet: the count in words, and the URL of the form for the next record."""

    label: str
    printed: str
    url: str


def unidentified() -> list[Unidentified]:
    statements = leading_statements()
    rows = []
    projects, visits = statements.get("projects"), statements.get("visits")
    rest = unidentified_projects(projects, count_projects())
    if rest and rest.high:
        url = reverse("admin:projects_project_add")
        rows.append(Unidentified(_("Projects claimed, not yet named"), rest.printed, url))
    if visits:
        # “Some 100” less eight is no number; see docs/model.md, “Claims and counting”.
        printed = _("the rest of %(claimed)s") % {"claimed": visits.figure}
        rows.append(Unidentified(_("Visits claimed, not yet named"), printed, reverse("admin:visits_visit_add")))
    return rows


@cached_per_version
def tasks() -> list[Task]:
    """What to document next, the largest count first. Tasks without records are left out."""
    tasks = [
        _lacking(Project, "period", _("Projects without a year")),
        _lacking(Project, "second_source", _("Projects that one issuer alone tells of")),
        _lacking(Project, "result_sweden", _("Projects without a result in Sweden")),
        _lacking(Project, "result_south_africa", _("Projects without a result in South Africa")),
        _lacking(Visit, "period", _("Visits without a date")),
        _lacking(Visit, "direction", _("Visits without a direction")),
        _lacking(Visit, "number", _("Visits without a number of delegates")),
        Task(
            _("Sources whose original is gone"),
            Source.objects.published().filter(link_status=Source.LinkStatus.DEAD).count(),
            _list_url(Source, "link_status__exact=dead&state__exact=published"),
        ),
        Task(
            _("Themes without a project"), Theme.objects.without_projects().count(), _list_url(Theme, "lacks=project")
        ),
        *_untranslated(),
        *(Task(_again(model), due(model).count(), _list_url(model, "again=due")) for model in LOOKED_AT_AGAIN),
    ]
    return sorted((task for task in tasks if task.count), key=lambda task: -task.count)


def _again(model: Any) -> str:
    return _("%(kind)s: still true?") % {"kind": capfirst(model._meta.verbose_name_plural)}


def _lacking(model: type[Project | Visit], name: str, label: str) -> Task:
    return Task(label, model.objects.identified().lacking(name).count(), _list_url(model, f"lacks={name}"))


def _untranslated() -> Iterator[Task]:
    """For each kind of record, and for statements, the public ones with a text that lacks a language."""
    for model in (*_record_models(), Statement):
        label = _("%(kind)s not wholly in both languages") % {"kind": capfirst(model._meta.verbose_name_plural)}
        records = model._default_manager.published().filter(lacks_translation(model, *language_codes()))
        yield Task(label, records.count(), _list_url(model, "state__exact=published&untranslated=any"))


def _record_models() -> list[Any]:
    return [model for model in apps.get_models() if issubclass(model, Record)]


def memorandum_is_missing() -> bool:
    return not Document.objects.filter(kind=Document.Kind.MEMORANDUM).exclude(state=State.WITHDRAWN).exists()


@cached_per_version
def kinds() -> list[tuple[type[Record], Task]]:
    """Every kind of record with its number, those in the bin left out."""
    return [
        (
            model,
            Task(
                capfirst(str(model._meta.verbose_name_plural)),
                model._default_manager.in_use().count(),
                _list_url(model, ""),
            ),
        )
        for model in _record_models()
    ]


class Change(NamedTuple):
    """A version with the title of its record, and the URL of its history; empty where the record was deleted."""

    revision: Revision
    title: str
    url: str


def changes(models: list[type[Record]]) -> list[Change]:
    """The latest versions of records of these models."""
    models_by_name = {str(model._meta.model_name): model for model in models}
    queryset = Revision.objects.filter(model_name__in=models_by_name).exclude(action=Revision.Action.BEFORE)
    revisions = list(queryset.select_related("partner").order_by("-pk")[:LIMIT])
    pks: dict[tuple[str, str], int] = {}
    for name in {revision.model_name for revision in revisions}:
        codes = [revision.code for revision in revisions if revision.model_name == name]
        records = models_by_name[name]._default_manager.filter(code__in=codes)
        pks |= {(name, code): pk for code, pk in records.values_list("code", "pk")}
    rows = []
    for revision in revisions:
        opts, pk = models_by_name[revision.model_name]._meta, pks.get((revision.model_name, revision.code))
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_history", args=[pk]) if pk else ""
        rows.append(Change(revision, revision.title.get(get_language() or "en") or revision.code, url))
    return rows


#: From when on a letter that waits is worth a line: the worker may have stopped.
_LETTER_WAITS = timedelta(minutes=30)


class Inbox(NamedTuple):
    """What was sent in and waits, and whether letters go out."""

    unread: int
    oldest: datetime | None
    suspected: int
    waiting_since: datetime | None
    held: int


def inbox() -> Inbox:
    unread = Contribution.objects.unread()
    oldest = unread.first()
    now = timezone.now()
    waiting = QueuedEmail.objects.unsent().filter(next_try_at__lt=now - _LETTER_WAITS).order_by("made_at").first()
    undecided = [QueuedEmail.State.HELD, QueuedEmail.State.DOUBTFUL]
    return Inbox(
        unread.count(),
        oldest.received_at if oldest else None,
        Contribution.objects.suspected().count(),
        waiting.made_at if waiting else None,
        QueuedEmail.objects.filter(state__in=undecided).count(),
    )


class Machine(NamedTuple):
    """What only whoever runs the site can do something about."""

    backup_at: datetime | None
    drill_at: datetime | None
    new_records: int
    changed_records: int
    version: str

    @property
    def is_backup_missed(self) -> bool:
        return self.backup_at is None or timezone.now() - self.backup_at > Heartbeat.OLDEST_BACKUP


def machine(user: Any) -> Machine | None:
    """For administrators; None for everybody else."""
    if not user.has_perm("partnership.change_user"):
        return None
    beats = {beat.task: beat for beat in Heartbeat.objects.all()}
    at = {task: beat.at for task, beat in beats.items()}
    offer = beats[Heartbeat.OFFER].detail.split() if Heartbeat.OFFER in beats else ["0", "0"]
    return Machine(at.get(Heartbeat.BACKUP), at.get(Heartbeat.DRILL), int(offer[0]), int(offer[1]), VERSION)


def dashboard_context(request: HttpRequest, models: list[type[Record]]) -> dict[str, object]:
    """The template context; ``models`` are those whose records the user may view."""
    missing, lacking = unidentified(), tasks()
    return {
        **work_context(request),
        "inbox": inbox(),
        "machine": machine(request.user),
        "claims": claims(),
        "unidentified": missing,
        "tasks": lacking,
        "memorandum_is_missing": memorandum_is_missing(),
        "worth_count": len(missing) + len(lacking) + memorandum_is_missing(),
        "kinds": [task for model, task in kinds() if model in models],
        "changes": changes(models),
        "today": timezone.localdate(),
    }

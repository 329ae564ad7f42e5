"""What waits for a publisher, oldest first: drafts, and changes that colleagues propose to public records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Partner, Photo, Proposal, ReviewNote, Revision
from ..per_version import cached_per_version
from ..publishing import Record, State, record_models
from ..record import rules
from ..record.history import differences_in
from ..record.schemas import SCHEMAS_BY_MODEL_NAME


def age_of(since: datetime) -> str:
    """How long something has waited, in days."""
    days = (timezone.localdate() - timezone.localtime(since).date()).days
    if days < 2:
        return _("yesterday") if days == 1 else _("today")
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


@dataclass(frozen=True)
class Item:
    """A draft that waits since a moment, and the partner whose staff wrote it."""

    record: Any
    since: datetime
    partner: Partner | None = None
    is_proposal = False

    @property
    def thumbnail(self) -> str:
        """The picture of a photograph, as the desk shows it; empty for all other records."""
        is_photo = isinstance(self.record, Photo) and not self.is_proposal
        return reverse("admin:partnership_photo_kept", args=[self.record.pk]) if is_photo else ""

    @property
    def age(self) -> str:
        return age_of(self.since)

    @property
    def what(self) -> str:
        return _("new")

    @property
    def key(self) -> str:
        return f"{self.record._meta.model_name}-{self.record.pk}"

    @property
    def kind(self) -> str:
        return capfirst(str(self.record._meta.verbose_name))

    @property
    def url(self) -> str:
        return reverse("admin:review_item", args=[self.record._meta.model_name, self.record.pk])


@dataclass(frozen=True)
class Proposed(Item):
    """A change of a public record that waits."""

    proposal: Any = None
    is_proposal = True

    @property
    def what(self) -> str:
        schema = SCHEMAS_BY_MODEL_NAME[self.proposal.model_name]
        labels = [change.label for change in differences_in(schema, self.proposal.base, self.proposal.content)]
        return _("change of %(fields)s") % {"fields": ", ".join(labels)}

    @property
    def key(self) -> str:
        return f"proposal-{self.proposal.pk}"

    @property
    def url(self) -> str:
        return reverse("admin:review_proposal", args=[self.proposal.pk])


def proposals(request: HttpRequest) -> list[Item]:
    """The proposed changes of records that this person may publish."""
    models = {model._meta.model_name: model for model in publishable_models(request)}
    rows = [row for row in Proposal.objects.waiting().select_related("by__partner") if row.model_name in models]
    records: dict[tuple[str, str], Any] = {}
    for name in {row.model_name for row in rows}:
        codes = [row.code for row in rows if row.model_name == name]
        for record in models[name]._default_manager.published().filter(code__in=codes):
            records[name, record.code] = record
    return [
        Proposed(public, row.changed_at, row.by.partner if row.by else None, row)
        for row in rows
        if (public := records.get((row.model_name, row.code)))
    ]


def shown_models(request: HttpRequest) -> list[type[Record]]:
    """The kinds of record that this person may see."""
    registry = admin.site._registry.items()
    return [model for model, form in registry if issubclass(model, Record) and form.has_view_permission(request)]


def publishable_models(request: HttpRequest) -> list[type[Record]]:
    return [model for model in shown_models(request) if rules.may_publish(request.user, model)]


def drafts_of(model: type[Record]) -> Any:
    """The drafts of a kind, with what their titles need."""
    records: Any = model._default_manager.all()
    drafts = records.filter(state=State.DRAFT, merged_into=None).in_use()
    return drafts.with_names() if hasattr(drafts, "with_names") else drafts


def returned_at() -> dict[tuple[str, str], datetime]:
    """When each draft that is returned to its author was returned last."""
    notes = ReviewNote.objects.open().filter(about=ReviewNote.About.RETURNED).order_by()
    rows = notes.values_list("model_name", "code").annotate(last=Max("made_at"))
    return {(name, code): last for name, code, last in rows}


@cached_per_version
def all_drafts() -> list[tuple[Any, Partner | None, int | None]]:
    """Every draft with the partner and the key of the member of staff who wrote its first version."""
    drafts = [draft for model in record_models() for draft in drafts_of(model)]
    writers = _writers(drafts)
    rows = []
    for draft in drafts:
        partner, writer = writers.get((str(draft._meta.model_name), draft.code), (None, None))
        rows.append((draft, partner, writer))
    return rows


def review_queue(request: HttpRequest) -> list[Item]:
    """The drafts that this person may publish; one that was returned waits again once its author has changed it."""
    returned, models = returned_at(), publishable_models(request)
    items: list[Item] = []
    for draft, partner, _writer in all_drafts():
        last = returned.get((draft._meta.model_name, draft.code))
        if type(draft) in models and (last is None or draft.modified_at > last):
            items.append(Item(draft, draft.modified_at if last else draft.created_at, partner))
    return sorted([*items, *proposals(request)], key=lambda item: (item.since, item.key))


def _writers(drafts: list[Any]) -> dict[tuple[str, str], tuple[Partner | None, int | None]]:
    """Who wrote the first version of each draft; nobody for what came from files."""
    created = Revision.objects.filter(
        action=Revision.Action.CREATED,
        model_name__in={draft._meta.model_name for draft in drafts},
        code__in=[draft.code for draft in drafts],
    )
    return {(row.model_name, row.code): (row.partner, row.by_id) for row in created.select_related("partner")}

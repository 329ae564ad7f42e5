"""The bin: drafts that were never public, for some days with all their versions.

What is public is withdrawn instead, and says so to its readers; a draft leaves no trace in public.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from ..models import Document, Photo, ReviewNote, Revision
from ..publishing import Record, State, record_models
from .history import note_discarding, schema_of
from .links import all_rows, named_records, parts_of, referring_records

DAYS_IN_BIN = 90


def may_be_discarded(record: Record) -> bool:
    """Whether neither the record nor a part of it was ever public."""
    return all(draft.state == State.DRAFT and draft.published_at is None for draft in (record, *parts_of(record)))


def held_by(record: Any) -> list[Any]:
    """The records that keep a draft from the bin: they name it, or a part of it."""
    family = [record, *parts_of(record)]
    return [other for member in family for other in referring_records(member) if other not in family]


@transaction.atomic
def discard(record: Any, user: Any) -> None:
    """Puts a draft and its parts into the bin. Raises ValueError where something of it was public or is needed."""
    if not may_be_discarded(record) or held_by(record):
        raise ValueError(f"{record} was public, or another record names it.")
    family, now = [record, *parts_of(record)], timezone.now()
    note_discarding(record, user)
    for draft in family:
        type(draft)._default_manager.filter(pk=draft.pk).update(discarded_at=now)
        ReviewNote.objects.of(draft).open().update(done_at=now, done_by=user)


@transaction.atomic
def bring_back(record: Any) -> None:
    """Takes a draft out of the bin, with the parts that went with it and the drafts that it names."""
    for draft in _with_what_it_names(record):
        type(draft)._default_manager.filter(pk=draft.pk).update(discarded_at=None)


def _with_what_it_names(record: Any) -> Iterator[Any]:
    yield record
    for schema, row in all_rows(record):
        if row is not record and getattr(row, "discarded_at", None) == record.discarded_at:
            yield row
        yield from (named for named in named_records(schema, row) if named.discarded_at)


def in_bin(models_shown: list[type[Record]]) -> list[Any]:
    """The drafts in the bin, the latest first; parts lie within their record."""
    drafts = [draft for model in models_shown for draft in model._default_manager.discarded()]
    drafts = [draft for draft in drafts if not _goes_with_its_record(draft)]
    return sorted(drafts, key=lambda draft: draft.discarded_at, reverse=True)


def _goes_with_its_record(draft: Any) -> bool:
    parent = schema_of(draft)[1].parent
    return bool(parent) and getattr(draft, parent).discarded_at is not None


def due_for_disposal() -> list[models.QuerySet]:
    """The drafts whose days in the bin are over, those that others rest on last."""
    before = timezone.now() - timedelta(days=DAYS_IN_BIN)
    return [model._default_manager.filter(discarded_at__lt=before) for model in reversed(record_models())]


def dispose(*, dry_run: bool = False) -> int:
    """Deletes what has lain in the bin for its days, with all its versions. Says how many drafts that are."""
    drafts = [draft for queryset in due_for_disposal() for draft in queryset]
    return len(drafts) if dry_run else sum(_delete(draft) for draft in drafts)


def _delete(draft: Any) -> bool:
    """What another draft in the bin still names waits for that."""
    parts = [row for _schema, row in all_rows(draft) if row is not draft and isinstance(row, Record)]
    try:
        with transaction.atomic():
            for row in [*parts, draft]:
                Revision.objects.of(row).delete()
                ReviewNote.objects.of(row).delete()
                row.delete()
    except ProtectedError:
        return False
    for storage, name in _files_of(draft):
        storage.delete(name)
    return True


def _files_of(draft: Any) -> list[tuple[Any, str]]:
    if not isinstance(draft, (Photo, Document)) or not draft.file:
        return []
    renditions = [draft.rendition_name(*size) for size in draft.sizes()] if isinstance(draft, Photo) else []
    return [(draft.file.storage, name) for name in [draft.file.name or "", *renditions]]

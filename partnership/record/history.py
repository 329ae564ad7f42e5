"""Versions of records: taken, compared and brought back. A version has the form of the record files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from translated_fields import to_attribute

from ..fields.periods import Period, PeriodField
from ..models import Document, Photo, Revision
from ..publishing import State
from .schemas import IMPLIED_DEFAULTS, SCHEMAS, Schema, records, serialize
from .writing import InvalidRecord, RecordWriter, as_rows

#: Photographs and documents are no part of the record files; of them the words and the checksum are kept.
_FILES: dict[type[models.Model], Schema] = {
    Photo: Schema(
        Photo,
        "code slug state withdrawn_on withdrawal_reason alt is_decorative focus caption period credit basis licence "
        "note staff_note".split(),
    ),
    Document: Schema(
        Document,
        "code slug state withdrawn_on withdrawal_reason title kind language period credit licence sha256 note "
        "staff_note".split(),
    ),
}


def schema_of(record: Any) -> tuple[str, Schema]:
    """The kind of the record files that a record belongs to (none for files), and how it is written."""
    for kind, schema in SCHEMAS.items():
        if isinstance(record, schema.model):
            return kind, schema
        for inner in schema.rows.values():
            if isinstance(record, inner.model):
                return "", inner
    return "", _FILES[type(record)]


def schemas_by_model_name() -> dict[str, Schema]:
    """How each kind of record is written, by the name of its model."""
    found = [
        *SCHEMAS.values(),
        *(inner for schema in SCHEMAS.values() for inner in schema.rows.values()),
        *_FILES.values(),
    ]
    return {str(schema.model._meta.model_name): schema for schema in found}


def snapshot(record: Any) -> dict[str, Any]:
    """The record as the database has it now."""
    kind, schema = schema_of(record)
    found = records(kind) if kind else schema.model._default_manager.all()
    stored = found.filter(pk=record.pk).first()
    return serialize(schema, stored) if stored else {}


@dataclass(frozen=True)
class Difference:
    """One field before and after, in words."""

    label: str
    before: str
    after: str


def differences(record: Any, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What differs between two versions of a record, field by field, in the order of the form."""
    return differences_in(schema_of(record)[1], before, after)


def differences_in(schema: Schema, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """The same for two texts of one schema."""
    found = []
    for key in schema.all_keys:
        # A version that has content and names no state is a published one.
        old, new = (text.get(key, IMPLIED_DEFAULTS.get(key)) if text else None for text in (before, after))
        if old != new:
            for label, first, last in _in_words(schema, key, old, new):
                found.append(Difference(label, first, last))
    return found


def _in_words(schema: Schema, key: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    if schema.translated(key):
        for language, name in settings.LANGUAGES:
            first, last = (old or {}).get(language, ""), (new or {}).get(language, "")
            if first != last:
                label = schema.field(to_attribute(key, language)).verbose_name
                yield f"{capfirst(str(label))} ({name})", first, last
    elif key in schema.rows:
        yield capfirst(schema.label(key)), _rows_in_words(old), _rows_in_words(new)
    else:
        column = schema.field(key)
        yield capfirst(schema.label(key)), _value_in_words(column, old), _value_in_words(column, new)


def _value_in_words(column: Any, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if value and isinstance(column, PeriodField):
        return Period(value).print()
    return str(dict(getattr(column, "flatchoices", [])).get(value, value or ""))


def _rows_in_words(rows: list[Any] | None) -> str:
    return "\n".join(_row_in_words(row) for row in rows or [])


def _row_in_words(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    parts = []
    for key, value in row.items():
        if isinstance(value, dict):
            value = " / ".join(value.values())
        elif isinstance(value, list):
            value = ", ".join(_row_in_words(one) for one in value)
        parts.append(f"{key}: {value}")
    return ", ".join(parts)


def note(record: Any, before: dict[str, Any], user: Any, *, reason: str = "", action: str = "") -> Revision | None:
    """Keeps the version that a change made; nothing where nothing has changed.

    Before the first change that is kept, the version from before it is kept as well.
    """
    after = snapshot(record)
    if after == before:
        return None
    is_first = not Revision.objects.of(record).exists()
    made = list(_versions(record, before, after, user, reason, action, is_first=is_first))
    for revision in made:
        revision.save()
    return made[-1]


def note_all(kind: str, before: dict[str, dict[str, Any]], user: Any, *, reason: str = "") -> None:
    """Keeps the versions that one change made of many records of a kind; ``before`` holds what each code had.

    Raises KeyError for what is no kind of the record files.
    """
    schema = SCHEMAS[kind]
    found = records(kind).filter(code__in=before)
    if kind == "visits":
        # A visit’s title names its partners as at the time.
        found = found.prefetch_related("hosts__former_names", "guests__former_names")
    had = Revision.objects.filter(model_name=schema.model._meta.model_name, code__in=before)
    had_versions = set(had.values_list("code", flat=True))
    made: list[Revision] = []
    for record in found:
        was, after = before[record.code], serialize(schema, record)
        if was != after:
            made += _versions(record, was, after, user, reason, "", is_first=record.code not in had_versions)
    Revision.objects.bulk_create(made)


def _versions(
    record: Any, before: dict[str, Any], after: dict[str, Any], user: Any, reason: str, action: str, *, is_first: bool
) -> Iterator[Revision]:
    if before and is_first:
        yield _version(record, before, {}, None, Revision.Action.BEFORE, "", max(record.version - 1, 0))
    yield _version(record, after, before, user, action or _action(before, after), reason, record.version)


def _action(before: dict[str, Any], after: dict[str, Any]) -> str:
    # A published state is understood in a version that has content and names none.
    was, now = before.get("state", State.PUBLISHED), after.get("state", State.PUBLISHED)
    if now == State.WITHDRAWN != was:
        return Revision.Action.WITHDRAWN
    if now == State.PUBLISHED and (not before or was != State.PUBLISHED):
        return Revision.Action.PUBLISHED
    return Revision.Action.CHANGED if before else Revision.Action.CREATED


def _version(
    record: Any,
    content: dict[str, Any],
    before: dict[str, Any],
    user: Any,
    action: str,
    reason: str,
    version: int,
) -> Revision:
    changed = sorted({key for key in content.keys() | before.keys() if content.get(key) != before.get(key)})
    is_seen = State.DRAFT not in {content.get("state"), before.get("state", content.get("state"))} or (
        action in {Revision.Action.PUBLISHED, Revision.Action.WITHDRAWN}
    )
    titles = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            titles[language] = str(record)
    return Revision(
        model_name=record._meta.model_name,
        code=record.code,
        version=version,
        action=action,
        by=user,
        partner=user.partner if user else None,
        reason=reason,
        is_public=is_seen
        and action != Revision.Action.BEFORE
        and any(schema_of(record)[1].is_public(key) for key in changed),
        title=titles,
        fields=changed,
        content=content,
    )


def restore(record: Any, revision: Revision, user: Any) -> Revision | None:
    """Brings a version back as a new one. Raises InvalidRecord where it names what is no longer on record."""
    _kind, schema = schema_of(record)
    before = snapshot(record)
    with transaction.atomic():
        if type(record) in _FILES:
            for key in schema.keys:
                _set_back(schema, record, key, revision.content)
            record.save()
        else:
            RecordWriter().write(schema, as_rows(revision.content))
        record.refresh_from_db()
        reason = _("Version %(number)s brought back.") % {"number": revision.version}
        return note(record, before, user, reason=reason, action=Revision.Action.RESTORED)


def _set_back(schema: Schema, record: Any, key: str, content: dict[str, Any]) -> None:
    if key in {"code", "sha256"}:
        return
    if schema.translated(key):
        for language, _name in settings.LANGUAGES:
            setattr(record, to_attribute(key, language), content.get(key, {}).get(language, ""))
        return
    column = schema.field(key)
    value = content.get(key, State.PUBLISHED if key == "state" else "")
    if isinstance(column, models.BooleanField):
        setattr(record, key, value == "yes")
    else:
        setattr(record, key, column.to_python(value) if value or not column.null else None)


__all__ = ["Difference", "InvalidRecord", "differences", "note", "note_all", "restore", "snapshot"]

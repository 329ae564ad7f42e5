"""Which records name which: in fields of their own, and in the rows within them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from ..models import Source
from ..publishing import Record, State
from .history import schema_of
from .schemas import SCHEMAS_BY_MODEL_NAME, Schema, reverse_name, rows_of


def owner_of(schema: Schema, row: Any) -> Any:
    """The record that a row stands in; itself for a record."""
    while not isinstance(row, Record) and schema.parent:
        row = getattr(row, schema.parent)
        schema = SCHEMAS_BY_MODEL_NAME[row._meta.model_name]
    return row


def referring_records(record: Any) -> list[Any]:
    """The other records that name this one, in a field or in a row, but those in the bin; its own parts are none."""
    owners: dict[tuple[str, int], Any] = {}
    for relation in record._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete:
            continue
        schema = SCHEMAS_BY_MODEL_NAME.get(relation.related_model._meta.model_name)
        if schema is None or relation.field.name == schema.parent:
            continue
        for row in schema.model._default_manager.filter(**{relation.field.name: record.pk}):
            owner = owner_of(schema, row)
            if owner != record and getattr(owner, "discarded_at", None) is None:
                owners[owner._meta.model_name, owner.pk] = owner
    return list(owners.values())


def parts_of(record: Any) -> list[Any]:
    """The records that stand within this one, such as the outputs of a project."""
    rows = schema_of(record)[1].rows.values()
    return [part for inner in rows if issubclass(inner.model, Record) for part in rows_of(inner, record)]


def all_rows(record: Any) -> Iterator[tuple[Schema, Any]]:
    """A record and all rows within it, those in the bin as well, each with its schema."""
    yield from _rows(schema_of(record)[1], record, lambda inner, row: getattr(row, reverse_name(inner)).all())


def rows_within(record: Any) -> Iterator[tuple[Schema, Any]]:
    """The same without what is in the bin."""
    yield from _rows(schema_of(record)[1], record, rows_of)


def _rows(schema: Schema, row: Any, read: Callable[[Schema, Any], Iterable[Any]]) -> Iterator[tuple[Schema, Any]]:
    yield schema, row
    for inner in schema.rows.values():
        for inner_row in read(inner, row):
            yield from _rows(inner, inner_row, read)


def named_records(schema: Schema, row: Any) -> Iterator[Any]:
    """The records that a row names in fields of its own, the record that it stands in left out."""
    for key in schema.keys:
        if not schema.is_reference(key) or not issubclass(schema.field(key).related_model, Record):
            continue
        value = getattr(row, key)
        yield from value.all() if schema.is_many(key) else [value] if value else []


def left_behind(record: Any) -> list[tuple[Any, str]]:
    """The public records that name one, each with what it loses where that is more than a link."""
    left = []
    for other in referring_records(record):
        if getattr(other, "state", State.PUBLISHED) != State.PUBLISHED:
            continue
        citations = other.citations.all() if isinstance(record, Source) and hasattr(other, "citations") else ()
        sources = {citation.source for citation in citations if citation.source.state == State.PUBLISHED}
        left.append((other, _("its only source") if sources == {record} else ""))
    parts = [part for part in parts_of(record) if part.state == State.PUBLISHED]
    return [*left, *((part, _("stands on its page")) for part in parts)]

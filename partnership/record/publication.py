"""What hangs together is published together: the drafts that a draft names, and what readers would see broken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ..models import Revision
from ..publishing import Record, State
from . import history, rules
from .links import named_records, rows_within
from .schemas import SCHEMAS, SCHEMAS_BY_MODEL_NAME, with_rows

#: A record by the name of its model and its primary key.
Key = tuple[str, int]


def key_of(record: Any) -> Key:
    return str(record._meta.model_name), record.pk


@dataclass
class Draft:
    """A draft that waits, the drafts that hang together with it, and what keeps it from the public by itself."""

    record: Any
    problems: list[str]
    linked: list[Draft] = field(default_factory=list)

    @property
    def key(self) -> str:
        """As it stands in a form."""
        return "-".join(map(str, key_of(self.record)))

    @property
    def blocked_by(self) -> list[str]:
        """What readers would see broken even if all that can go along is published with it."""
        going = {key_of(draft.record) for draft in self.linked if not draft.problems}
        return [*self.problems, *broken_for_readers(self.record, going)]

    def publishable(self, keys: Collection[str]) -> list[Draft]:
        """The linked drafts that were ticked and can go."""
        return [draft for draft in self.linked if draft.key in keys and not draft.problems]


def drafts_with_links(records: Iterable[Any]) -> list[Draft]:
    """Each record with its linked drafts, theirs included, in a number of queries that does not grow with them."""
    starting = [key_of(record) for record in records]
    known: dict[Key, Any] = {}
    names: dict[Key, list[Key]] = {}
    waiting = set(starting)
    while waiting:
        for record in _fetch(waiting):
            known[key_of(record)] = record
            names[key_of(record)] = [key_of(draft) for draft in _named_drafts(record)]
        waiting = {key for keys in names.values() for key in keys} - known.keys()
    drafts = {key: Draft(record, list(_problems(record))) for key, record in known.items()}
    for key, draft in drafts.items():
        draft.linked = [drafts[other] for other in _closure(key, names)]
    return [drafts[key] for key in starting if key in drafts]


def _fetch(keys: Iterable[Key]) -> Iterator[Any]:
    by_model: dict[str, list[int]] = {}
    for name, pk in keys:
        by_model.setdefault(name, []).append(pk)
    for name, pks in by_model.items():
        yield from with_rows(SCHEMAS_BY_MODEL_NAME[name].model, pks)


def _closure(key: Key, names: dict[Key, list[Key]]) -> list[Key]:
    reached: list[Key] = []
    waiting = list(names[key])
    while waiting:
        other = waiting.pop(0)
        if other != key and other not in reached:
            reached.append(other)
            waiting += names[other]
    return reached


def _named_drafts(record: Any) -> Iterator[Any]:
    """The drafts that a record names or holds; for a part of a record, that record."""
    parent = history.schema_of(record)[1].parent
    owner = getattr(record, parent) if parent else None
    candidates = [owner] if isinstance(owner, Record) else []
    for schema, row in rows_within(record):
        if row is not record and isinstance(row, Record):
            candidates.append(row)
        candidates += named_records(schema, row)
    for other in candidates:
        if other.state == State.DRAFT and other.discarded_at is None and other != record:
            yield other


def _problems(record: Any) -> Iterator[str]:
    """What its own form would refuse of a record, were it published."""
    state, record.state = record.state, State.PUBLISHED
    try:
        record.clean()
    except ValidationError as error:
        yield from error.messages
    finally:
        record.state = state
    if _needs_sources(record) and rules.lacks_source(State.PUBLISHED, record.citations.all()):
        yield str(rules.NEEDS_A_SOURCE)


def _needs_sources(record: Any) -> bool:
    return "citations" in history.schema_of(record)[1].rows


def broken_for_readers(record: Any, going: Collection[Key]) -> Iterator[str]:
    """What readers would get if a record were published with these others alone, in words for staff."""

    def is_seen(other: Any) -> bool:
        # Of what was withdrawn readers see that it was.
        return other.state != State.DRAFT or key_of(other) in going

    sources = [citation.source for citation in record.citations.all()] if _needs_sources(record) else []
    if sources and not any(is_seen(source) for source in sources):
        yield _("Readers would see “no source yet”: %(source)s is not public.") % {"source": sources[0]}
    parent = history.schema_of(record)[1].parent
    owner = getattr(record, parent) if parent else None
    if isinstance(owner, Record) and not is_seen(owner):
        yield _("Its page would be missing: %(record)s is not public.") % {"record": owner}


def broken_together(draft: Draft, going: Iterable[Draft]) -> Iterator[str]:
    """What keeps these from being published in one go."""
    family = [draft, *going]
    keys = {key_of(other.record) for other in family}
    for other in family:
        yield from other.problems
        yield from broken_for_readers(other.record, keys)


@transaction.atomic
def publish(draft: Draft, going: list[Draft], user: Any) -> list[Any]:
    """Publishes a draft and those that go along, first what others rest on. Answers with the records.

    Raises ValidationError where readers would see something broken.
    """
    return _publish(draft, going, [draft, *going], user)


@transaction.atomic
def publish_linked(draft: Draft, going: list[Draft], user: Any) -> list[Any]:
    """The same for the drafts that a public record names now."""
    return _publish(draft, going, going, user)


def _publish(draft: Draft, going: list[Draft], drafts: list[Draft], user: Any) -> list[Any]:
    if reasons := list(broken_together(draft, going)):
        raise ValidationError(reasons)
    records = [other.record for other in reversed(drafts)]
    owners = {key_of(owner): owner for record in records if (owner := _versioned_owner(record))}
    before = {key: history.snapshot(owner) for key, owner in owners.items()}
    for record in records:
        was = history.snapshot(record)
        record.state = State.PUBLISHED
        record.save()
        history.note(record, was, user)
    for key, owner in owners.items():
        if owner.state == State.PUBLISHED and owner not in [*records, draft.record]:
            history.note(owner, before[key], user, action=Revision.Action.CHANGED)
    return records


def _versioned_owner(record: Any) -> Any:
    """The record whose versions hold this one as a row."""
    schema = history.schema_of(record)[1]
    return getattr(record, schema.parent) if schema.parent and schema.model not in _KINDS else None


_KINDS = {schema.model for schema in SCHEMAS.values()}

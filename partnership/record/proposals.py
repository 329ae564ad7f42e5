"""Proposed changes of public records: what they change, field by field, and taking them in, whole or in part."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from django.db import transaction

from ..models import Proposal, Revision
from ..publishing import State
from . import confirmations, history, publication, rules
from .history import Difference
from .publication import Draft
from .schemas import ATTACHMENTS, SCHEMAS_BY_MODEL_NAME
from .writing import RecordWriter, as_rows

#: What a proposal does not touch: it is decided at once or not at all.
FIXED = ("state", "slug", "withdrawn_on", "withdrawal_reason", "file")


class Part(NamedTuple):
    """What a proposal changes in one field, or in one language of it."""

    difference: Difference
    lifts: bool
    is_figure: bool
    #: Somebody has changed the same field since the author began.
    is_stale: bool


def record_of(proposal: Proposal) -> Any:
    """The public record that a proposal is about; None where it is public no more."""
    model = SCHEMAS_BY_MODEL_NAME[proposal.model_name].model
    return model._default_manager.filter(code=proposal.code, state=State.PUBLISHED).first()


def parts(record: Any, proposal: Proposal) -> list[Part]:
    """What would differ from the record as it is now, in the order of the form."""
    schema = history.schema_of(record)[1]
    current = history.snapshot(record)
    by_author = {change.part: change for change in history.differences(record, proposal.base, proposal.content)}
    is_confirmed = isinstance(record, confirmations.CONFIRMABLE) and record.confirmations.standing().exists()
    figures = {*rules.figures_of(schema.model)} | {
        key for key, inner in schema.rows.items() if rules.figures_of(inner.model)
    }
    return [
        Part(
            change,
            is_confirmed and not _is_harmless(schema, change),
            change.part in figures,
            by_author[change.part].before != change.before,
        )
        for change in history.differences(record, current, taken(record, current, proposal.content, by_author))
        if change.part in by_author
    ]


def _is_harmless(schema: Any, change: Difference) -> bool:
    """Whether both sides still stand by the record: a translation and a picture change no fact."""
    key, _dot, language = change.part.partition(".")
    return key in ATTACHMENTS or not schema.is_public(key) or bool(language and not change.before)


def taken(record: Any, current: dict[str, Any], content: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The current text with those parts of another."""
    text = deepcopy(current)
    for name in names:
        key, _dot, language = name.partition(".")
        if not language:
            value = content.get(key)
        else:
            words = (content.get(key) or {}).get(language, "")
            both = {**(text.get(key) or {}), language: words}
            value = {code: words for code, words in both.items() if words}
        if value:
            text[key] = value
        else:
            text.pop(key, None)
    return text


def write(record: Any, proposal: Proposal, names: Collection[str]) -> None:
    """Writes those parts into the record. Raises InvalidRecord where the record cannot hold them."""
    text = taken(record, history.snapshot(record), proposal.content, names)
    RecordWriter().write(history.schema_of(record)[1], as_rows(text))
    record.refresh_from_db()


def linked_drafts(record: Any, names: Collection[str], proposal: Proposal) -> Draft:
    """The record as changed, with the drafts that it would name. The caller undoes what is written."""
    write(record, proposal, names)
    return publication.drafts_with_links([record])[0]


@transaction.atomic
def accept(
    record: Any, proposal: Proposal, names: Collection[str], keys: Collection[str], user: Any, reason: str
) -> list[Any]:
    """Takes those parts in and publishes the ticked drafts with them. Answers with all that is public now.

    Raises InvalidRecord, and ValidationError where readers would see something broken.
    """
    before = history.snapshot(record)
    draft = linked_drafts(record, names, proposal)
    published = publication.publish_linked(draft, draft.publishable(keys), user)
    record.refresh_from_db()
    history.note(record, before, user, reason=reason, action=Revision.Action.CHANGED)
    confirmations.lapse_within(record, before)
    return [*published, record]


def left_out(changes: list[Part], names: Collection[str]) -> Iterator[str]:
    """The labels of what was not taken in."""
    for part in changes:
        if part.difference.part not in names:
            yield part.difference.label

"""Confirming a record by both sides, and lifting that when what it says has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from projects.models import Output, Project
from visits.models import Visit

from ..fields.translated import language_codes
from ..models import Claim, Partner, Statement
from ..publishing import State
from .history import snapshot
from .schemas import ATTACHMENTS, NOT_PUBLIC, digest

#: The records that both sides can confirm.
CONFIRMABLE = (Project, Visit, Output, Statement)
#: What does not belong to what a record says: its address, what only staff see, files that show it, replies to it, and
#: rows confirmed for themselves.
_NOT_CONTENT = {"slug", "outputs", "replies"} | NOT_PUBLIC | ATTACHMENTS


def content_digest(record: Any) -> str:
    """SHA-256 of what a record says, its citations included."""
    return _digest_of(snapshot(record))


def _digest_of(text: dict[str, Any]) -> str:
    return digest(_content(text))


def _content(text: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in text.items() if key not in _NOT_CONTENT}


def _adds_only_languages(before: Any, after: Any) -> bool:
    """Whether a text differs from another only by words in further languages, beside those that it had."""
    if before == after:
        return True
    if isinstance(before, dict) and isinstance(after, dict):
        if before and after.keys() <= {*language_codes()}:
            return all(after.get(language) == words for language, words in before.items())
        return before.keys() == after.keys() and all(_adds_only_languages(before[key], after[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_adds_only_languages, before, after))
    return False


def _keep_through_translation(record: Any, before: dict[str, Any]) -> None:
    """A translation changes no fact: both sides stand by the record with it as they did without."""
    standing = record.confirmations.standing()
    if not before or not standing.exists():
        return
    after = snapshot(record)
    if before != after and _adds_only_languages(_content(before), _content(after)):
        standing.filter(digest=_digest_of(before)).update(digest=_digest_of(after))


def side_of(user: Any) -> str:
    """The side that a member of staff can speak for; empty where the own body is of neither or not public."""
    country = user.partner.country if user.partner and user.partner.is_published else ""
    return country if country in {Partner.Country.SWEDEN, Partner.Country.SOUTH_AFRICA} else ""


def _speaks_for_a_side(record: Any, user: Any) -> bool:
    opts = record.confirmations.model._meta
    return bool(side_of(user)) and user.has_perm(f"{opts.app_label}.add_{opts.model_name}")


def may_confirm(record: Any, user: Any) -> bool:
    """A publisher may confirm a public record for the own side, once for each version of it."""
    is_public = record.state == State.PUBLISHED
    return is_public and _speaks_for_a_side(record, user) and not _own(record, user).exists()


def may_revoke(record: Any, user: Any) -> bool:
    """A publisher of the side that confirmed may take it back."""
    return _speaks_for_a_side(record, user) and _own(record, user).exists()


def _own(record: Any, user: Any) -> Any:
    return record.confirmations.standing().filter(country=side_of(user))


def sides(record: Any) -> list[tuple[str, Any]]:
    """Each side by name, with its current confirmation or None, for staff."""
    by_side = {current.country: current for current in record.confirmations.standing().select_related("partner")}
    both = (Partner.Country.SWEDEN, Partner.Country.SOUTH_AFRICA)
    return [(str(side.label), by_side.get(side)) for side in both]


def confirm(record: Any, user: Any) -> None:
    """For the user’s side. Raises ValueError where ``may_confirm`` says no."""
    if not may_confirm(record, user):
        raise ValueError("This record cannot be confirmed by this user now.")
    record.confirmations.create(country=side_of(user), partner=user.partner, by=user, digest=content_digest(record))


def revoke(record: Any, user: Any) -> None:
    """Lifts what the user’s side has confirmed."""
    _own(record, user).update(lifted_at=timezone.now())


def lapse_if_changed(record: Any) -> int:
    """Lifts every confirmation of something other than what a record says now; says how many that were."""
    current = record.confirmations.standing()
    if not current.exists():
        return 0
    return current.exclude(digest=content_digest(record)).update(lifted_at=timezone.now())


def lapse_within(record: Any, before: dict[str, Any] | None = None) -> int:
    """The same for a record that has been saved and the outputs or statements that were saved with it.

    ``before`` is its text from before: what was only translated stays confirmed.
    """
    texts: dict[Any, dict[str, Any]] = {record: before or {}}
    for model, key in ((Project, "outputs"), (Claim, "statements")):
        if isinstance(record, model):
            earlier = {text["code"]: text for text in texts[record].get(key, [])}
            texts |= {row: earlier.get(row.code, {}) for row in getattr(record, key).all()}
    rows = [row for row in texts if isinstance(row, CONFIRMABLE)]
    for row in rows:
        _keep_through_translation(row, texts[row])
    return sum(lapse_if_changed(row) for row in rows)


def confirmed_texts() -> dict[Any, dict[str, Any]]:
    """Each record that is confirmed now with its text, for ``lapse_what_changed``."""
    return {record: snapshot(record) for record in _confirmed()}


def lapse_what_changed(before: dict[Any, dict[str, Any]] | None = None) -> int:
    """The same for all records, after they were written by other means than the admin."""
    lapsed = 0
    for record in _confirmed():
        _keep_through_translation(record, (before or {}).get(record, {}))
        lapsed += lapse_if_changed(record)
    return lapsed


def _confirmed() -> Iterator[Any]:
    for model in CONFIRMABLE:
        table: Any = model._meta.get_field("confirmations").related_model
        yield from model._default_manager.filter(pk__in=table.objects.standing().values(model._meta.model_name))

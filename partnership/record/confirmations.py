"""Confirming a record by both sides, and lifting that when what it says has changed."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from projects.models import Output, Project
from visits.models import Visit

from ..models import Claim, Partner, Statement
from ..publishing import State
from .history import snapshot
from .schemas import ATTACHMENTS, NOT_PUBLIC, digest

#: The records that both sides can confirm.
CONFIRMABLE = (Project, Visit, Output, Statement)
#: What does not belong to what a record says: its address, what only staff see, files that show it, and rows
#: confirmed for themselves.
_NOT_CONTENT = {"slug", "outputs"} | NOT_PUBLIC | ATTACHMENTS


def content_digest(record: Any) -> str:
    """SHA-256 of what a record says, its citations included."""
    return digest({key: value for key, value in snapshot(record).items() if key not in _NOT_CONTENT})


def side_of(user: Any) -> str:
    """The side that a member of staff can speak for; empty for those who belong to neither."""
    country = user.partner.country if user.partner else ""
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


def lapse_within(record: Any) -> int:
    """The same for a record that has been saved and the outputs or statements that were saved with it."""
    rows: list[Any] = []
    if isinstance(record, Project):
        rows = list(record.outputs.all())
    elif isinstance(record, Claim):
        rows = list(record.statements.all())
    return sum(lapse_if_changed(row) for row in [record, *rows] if isinstance(row, CONFIRMABLE))


def lapse_what_changed() -> int:
    """The same for all records, after they were written by other means than the admin."""
    lapsed = 0
    for model in CONFIRMABLE:
        table: Any = model._meta.get_field("confirmations").related_model
        confirmed = model._default_manager.filter(pk__in=table.objects.standing().values(model._meta.model_name))
        lapsed += sum(lapse_if_changed(record) for record in confirmed)
    return lapsed

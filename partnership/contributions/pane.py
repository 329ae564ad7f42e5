"""The list beside a contribution in the inbox: what waits with it, the oldest first, and how much is in each tab."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..addresses import permanent_models
from ..models import Contribution
from .disposal import due_for_disposal

#: Rows of the list around the one that is read.
ROWS = 8


def working_days(since: date, until: date) -> int:
    """Days from Monday to Friday; holidays are not known here."""
    days = (since + timedelta(days=number) for number in range(1, (until - since).days + 1))
    return sum(day.weekday() < 5 for day in days)


def age_of(contribution: Contribution) -> int:
    """In working days, until it was closed."""
    until = timezone.localtime(contribution.closed_at or timezone.now()).date()
    return working_days(timezone.localtime(contribution.received_at).date(), until)


def is_late(contribution: Contribution) -> bool:
    """Whether its sender has waited longer than the site promises."""
    promised = settings.ANSWER_DAYS
    return bool(promised) and age_of(contribution) > promised and not contribution.is_closed


def in_tab(tab: str) -> QuerySet[Contribution]:
    """What is in a tab; in that without a name what is new."""
    contributions = Contribution.objects.all()
    match tab:
        case "in_hand" | "asked":
            return contributions.filter(state=tab)
        case "closed":
            return contributions.filter(closed_at__isnull=False)
        case "suspected":
            return contributions.suspected()
        case "due":
            return contributions.filter(pk__in=due_for_disposal().values("pk"))
        case "all":
            return contributions
    return contributions.unread()


def tab_of(contribution: Contribution) -> str:
    if contribution.is_closed:
        return "closed"
    if contribution.suspected:
        return "suspected"
    return "" if contribution.state == Contribution.State.RECEIVED else contribution.state


def tabs() -> list[tuple[str, str]]:
    return [
        ("", _("new")),
        ("in_hand", _("in hand")),
        ("asked", _("asked")),
        ("closed", _("closed")),
        ("suspected", _("suspected")),
        ("due", _("due for disposal")),
    ]


def next_after(contribution: Contribution) -> int | None:
    """The key of what is read after it, or before it where it is the last; None where it is alone."""
    keys = _keys(tab_of(contribution))
    here = keys.index(contribution.pk) if contribution.pk in keys else -1
    others = [*keys[here + 1 :], *reversed(keys[: max(here, 0)])]
    return others[0] if others else None


def _keys(tab: str) -> list[int]:
    return list(in_tab(tab).order_by("received_at", "pk").values_list("pk", flat=True))


class Row(NamedTuple):
    contribution: Contribution
    title: str
    age: int
    is_late: bool


class Pane(NamedTuple):
    """``place`` is the number of the one that is read among all in its tab."""

    tab: str
    counts: list[tuple[str, str, int]]
    rows: list[Row]
    place: int
    total: int


def pane_of(contribution: Contribution) -> Pane:
    tab = tab_of(contribution)
    keys = _keys(tab)
    here = keys.index(contribution.pk) if contribution.pk in keys else 0
    start = max(0, min(here - ROWS // 2, len(keys) - ROWS))
    shown = in_tab(tab).filter(pk__in=keys[start : start + ROWS]).order_by("received_at", "pk")
    rows = list(shown)
    titles = _titles(rows)
    return Pane(
        tab,
        [(name, label, in_tab(name).count()) for name, label in tabs()],
        [Row(row, titles.get((row.model_name, row.code), ""), age_of(row), is_late(row)) for row in rows],
        here + 1,
        len(keys),
    )


def _titles(contributions: Iterable[Contribution]) -> dict[tuple[str, str], str]:
    """What the records are called that they are about, with one query for each kind."""
    codes: dict[str, set[str]] = {}
    for contribution in contributions:
        if contribution.code:
            codes.setdefault(contribution.model_name, set()).add(contribution.code)
    kinds: dict[str, Any] = permanent_models()
    return {
        (kind, record.code): str(record)
        for kind, wanted_codes in codes.items()
        if kind in kinds
        for record in kinds[kind]._default_manager.filter(code__in=wanted_codes)
    }

"""The public changes after a moment or a number: what a program needs to keep a copy of the data up to date."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from .relations import CHANGES

#: The number of changes in one response; ``next`` leads on to more.
PAGE_SIZE = 500
PATH = "/data/changes.json"


@dataclass(frozen=True)
class ChosenChanges:
    """The changes that a query asks for, oldest first, and where the next ones are; or what was wrong with it."""

    records: Iterable[Any] = ()
    next_url: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


def changes_since(query: QueryDict) -> ChosenChanges:
    """``since`` is a date or a time in ISO 8601 (a time without zone is UTC), ``after`` the number of a change.

    Numbers only grow, so that following ``next`` misses nothing that is published meanwhile.
    """
    changes: Any = CHANGES.records()
    errors: dict[str, str] = {}
    if since := query.get("since", ""):
        moment = _moment(since)
        if moment is None:
            errors["since"] = _("Write a date or a time, such as 2026-11-27 or 2026-11-27T12:00:00Z.")
        else:
            changes = changes.filter(made_at__gt=moment)
    if after := query.get("after", ""):
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            errors["after"] = _("Write the number of a change, such as 120.")
        else:
            changes = changes.filter(pk__gt=int(after))
    if errors:
        return ChosenChanges(errors=errors)
    rows = list(changes.order_by("pk")[: PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    next_url = f"{settings.SITE_URL}{PATH}?after={rows[-1].pk}" if more else None
    return ChosenChanges(rows, next_url)


def _moment(text: str) -> datetime.datetime | None:
    try:
        if day := parse_date(text):
            # Everything of that day and later.
            start = datetime.datetime.combine(day, datetime.time.min, datetime.UTC)
            return start - datetime.timedelta(microseconds=1)
        # A plus sign in an address is read as a blank.
        moment = parse_datetime(text.replace(" ", "+"))
        if moment is None:
            return None
        # Here, since at either end of the calendar another zone has no such moment.
        return moment.astimezone(datetime.UTC) if timezone.is_aware(moment) else moment.replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        return None

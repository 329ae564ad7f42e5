"""The dot field of delegates: documented, claimed at least, claimed at most."""

from __future__ import annotations

import math
from typing import NamedTuple

from django.utils.translation import gettext as _

from ..coverage import Coverage
from ..models import Statement


class Dots(NamedTuple):
    """A rectangle of equal dots on a grid, in grid units."""

    x: int
    y: int
    width: int
    height: int
    kind: str


class DotField(NamedTuple):
    """All delegates as dots on a grid, for windows of one ``kind``."""

    kind: str
    columns: int
    rows: int
    parts: list[Dots]


def dots_title(coverage: Coverage, claimed: Statement) -> str:
    """What the dots show."""
    return _("%(documented)s of %(claimed)s delegates travelled on a visit whose number is on record") % {
        "documented": coverage.printed,
        "claimed": claimed.figure,
    }


def dot_fields(coverage: Coverage, claimed: Statement | None) -> list[DotField]:
    """The dots for wide and for narrow windows; empty without a claim."""
    if claimed is None or claimed.value_low is None:
        return []
    most = claimed.value_high or claimed.value_low
    return [
        DotField(kind, columns, math.ceil(most / columns), dot_field(coverage, claimed, columns))
        for kind, columns in (("is-wide", 65), ("is-narrow", 26))
    ]


def dot_field(coverage: Coverage, claimed: Statement, columns: int) -> list[Dots]:
    """One dot per delegate: documented, claimed at least, and claimed at most."""
    low = claimed.value_low or 0
    high = claimed.value_high or low
    bounds = (("known", 0, coverage.documented), ("claimed", coverage.documented, low), ("at-most", low, high))
    return [part for kind, start, stop in bounds for part in _dots(kind, start, stop, columns)]


def _dots(kind: str, start: int, stop: int, columns: int) -> list[Dots]:
    """The dots from ``start`` up to ``stop``, counted along the rows, as few rectangles."""
    parts = []
    while start < stop:
        y, x = divmod(start, columns)
        if x or stop - start < columns:
            width = min(columns - x, stop - start)
            parts.append(Dots(x, y, width, 1, kind))
            start += width
        else:
            height = (stop - start) // columns
            parts.append(Dots(0, y, columns, height, kind))
            start += height * columns
    return parts

"""The axis of years that all pictures share, and the limit up to which records are drawn one by one."""

from __future__ import annotations

from django.utils import timezone

from ..coverage import FIRST_YEAR


def years_of_the_axis() -> range:
    # The clock of a machine may be wrong by decades after a start.
    return range(FIRST_YEAR, max(timezone.localdate().year, FIRST_YEAR) + 1)


#: The maximum of visits or projects that are drawn one by one; larger numbers are drawn as counts.
MOST_DRAWN = 150


def are_drawn(count: int) -> bool:
    return count <= MOST_DRAWN

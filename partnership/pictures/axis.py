"""The axis of years that all pictures share, and up to how many records are drawn one by one."""

from __future__ import annotations

from django.utils import timezone

from ..coverage import FIRST_YEAR


def years_of_the_axis() -> range:
    # A machine without a clock of its own may wake up in another century.
    return range(FIRST_YEAR, max(timezone.localdate().year, FIRST_YEAR) + 1)


#: Up to so many visits or projects are drawn one by one; of more a picture gives the numbers.
MOST_DRAWN = 150


def are_drawn(number: int) -> bool:
    return number <= MOST_DRAWN

"""Counts, sums and ranges as readers see them in the active language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def print_number(number: int) -> str:
    """A count in the active language: 442,982 in English, 442 982 in Swedish (narrow no-break space)."""
    grouped = f"{number:,}"
    return grouped if get_language() == "en" else grouped.replace(",", NARROW_SPACE)


def print_range(low: int | None, high: int | None) -> str:
    """“600–650”, or one number where both ends are the same or only one is known."""
    ends = [print_number(end) for end in dict.fromkeys((low, high)) if end is not None]
    return "–".join(ends)


@dataclass(frozen=True)
class NumberRange:
    """At least ``low`` and at most ``high``, which are the same where the number is known; both None where none is.

    ``currency`` is its code of ISO 4217, where the text names one.
    """

    low: int | None = None
    high: int | None = None
    currency: str = ""

    def __bool__(self) -> bool:
        return self.low is not None

    def __add__(self, other: NumberRange) -> NumberRange:
        return NumberRange((self.low or 0) + (other.low or 0), (self.high or 0) + (other.high or 0))

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    def print(self) -> str:
        """“7”, “600–650”, “SEK 442,982”; empty when not documented."""
        printed = print_range(self.low, self.high)
        return f"{self.currency} {printed}" if self.currency and printed else printed


def exactly(number: int | None) -> NumberRange:
    return NumberRange(number, number)

"""Numbers as readers see them in the active language."""

from __future__ import annotations

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

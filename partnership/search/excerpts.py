"""What is shown of a hit: the words around the first that matched, marked."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .words import folded

#: The maximum length of an excerpt, in characters.
EXCERPT = 180


def _place(text: str, beginnings: tuple[str, ...]) -> int | None:
    """The index of the first word in the text that begins with one of these."""
    places = (match.start() for match in re.finditer(r"\w+", text) if _folded(match[0]).startswith(beginnings))
    return next(places, None)


#: The same words stand in many excerpts.
_folded = lru_cache(maxsize=20_000)(folded)


def excerpt(text: str, beginnings: tuple[str, ...]) -> str:
    """The part of the text around the first matching word, cut between words."""
    line = " ".join(text.split())
    if len(line) <= EXCERPT:
        return line
    first = max(0, (_place(line, beginnings) or 0) - EXCERPT // 3)
    if first:
        first = line.find(" ", first) + 1
    cut = line[first : first + EXCERPT]
    if first + EXCERPT < len(line):
        cut = cut.rsplit(" ", 1)[0] + " …"
    return f"… {cut}" if first else cut


def marked(text: str, beginnings: tuple[str, ...]) -> SafeString:
    """The escaped text with the matching words marked."""
    parts, end = [], 0
    for match in re.finditer(r"\w+", text):
        if _folded(match[0]).startswith(beginnings):
            parts += [escape(text[end : match.start()]), f"<mark>{escape(match[0])}</mark>"]
            end = match.end()
    # Each part is escaped.
    return mark_safe("".join([*parts, escape(text[end:])]))

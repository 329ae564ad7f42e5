"""Finding a passage in texts as people write it: in any case, with any blanks and quotation marks, and nearly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property
from itertools import permutations
from typing import Any

_PIECE = re.compile(r"\s+|.[\u0300-\u036f]*", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LIKE = {
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("’‘‚‛`´", "'"),
    **dict.fromkeys("”“„‟«»", '"'),
}
#: Words are near from here on: “Svensson” and “Svenson”.
_NEAR = 0.75
#: Of more words not every order is looked at.
_MOST_ORDERED = 4


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without what makes no difference, and where each of its signs stands in the original."""
    signs: list[str] = []
    places: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(text):
        folded = " " if piece[0].isspace() else unicodedata.normalize("NFKC", piece[0]).casefold()
        for sign in folded:
            if unicodedata.category(sign) not in {"Cf", "Cc"}:
                signs.append(_LIKE.get(sign, sign))
                places.append(piece.span())
    return "".join(signs), places


@cache
def _unseen() -> dict[int, str | None]:
    """For ``str.translate``: signs that are not seen go, quotation marks and dashes become plain."""
    unseen = {n: None for n in range(0x110000) if unicodedata.category(chr(n)) in {"Cf", "Cc"} and not chr(n).isspace()}
    return {**unseen, **{ord(sign): plain for sign, plain in _LIKE.items()}}


def _folded_fast(text: str) -> str:
    """As ``_folded``, without the places."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_unseen()).split())


def _plain(word: str) -> str:
    """A word without accents, for comparing."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


@dataclass(frozen=True)
class Passage:
    """Words to be found; ``also`` are other spellings that somebody has chosen."""

    text: str
    also: tuple[str, ...] = ()

    @cached_property
    def _spellings(self) -> list[str]:
        return [_folded(" ".join(text.split()))[0] for text in (self.text, *self.also)]

    @cached_property
    def fragment(self) -> re.Pattern[bytes] | None:
        """What every file that holds it has in its bytes; None where it has no plain letters to look for."""
        runs = [max(re.findall(r"[a-z0-9]+", spelling), key=len, default="") for spelling in self._spellings]
        return re.compile("|".join(runs).encode(), re.IGNORECASE) if all(runs) else None

    @cached_property
    def _words(self) -> list[str]:
        return sorted(_plain(word) for word in _WORD.findall(self.text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands, from left to right; no two overlap."""
        if not self.is_in(text):
            return []
        folded, places = _folded(text)
        spans = []
        for spelling in self._spellings:
            start = folded.find(spelling)
            while start >= 0:
                end = start + len(spelling)
                spans.append((places[start][0], places[end - 1][1]))
                start = folded.find(spelling, end)
        ordered: list[tuple[int, int]] = []
        for span in sorted(spans):
            if not ordered or span[0] >= ordered[-1][1]:
                ordered.append(span)
        return ordered

    def is_in(self, text: str) -> bool:
        folded = _folded_fast(text)
        return any(spelling in folded for spelling in self._spellings)

    def spelled(self, text: str) -> Iterator[str]:
        """As it stands in the text, each time."""
        return (text[start:end] for start, end in self.spans(text))

    def replaced(self, text: str, mark: str) -> str:
        for start, end in reversed(self.spans(text)):
            text = text[:start] + mark + text[end:]
        return text

    def near(self, text: str) -> Iterator[str]:
        """Passages of as many words that may be the same: a slip, other accents, initials, another order."""
        words = list(_WORD.finditer(text))
        initials = sorted(word[0] for word in self._words)
        for first in range(len(words) - len(self._words) + 1 if self._words else 0):
            window = words[first : first + len(self._words)]
            plain = [_plain(word[0]) for word in window]
            if sorted(word[0] for word in plain) != initials or not self._are_near(plain):
                continue
            passage = text[window[0].start() : window[-1].end()]
            if any(len(word) > 1 for word in plain) and not self.is_in(passage):
                yield passage

    def _are_near(self, words: list[str]) -> bool:
        """Whether each word is near to one of the passage, in whatever order; of many words the order counts."""
        orders = permutations(words) if len(words) <= _MOST_ORDERED else [sorted(words)]
        return any(all(map(_is_near, order, self._words)) for order in orders)


def _is_near(word: str, other: str) -> bool:
    return word in {other, other[0]} or SequenceMatcher(None, word, other).ratio() >= _NEAR


def replaced_in(value: Any, passage: Passage, mark: str) -> Any:
    """JSON with the passage replaced in each of its texts."""
    if isinstance(value, str):
        return passage.replaced(value, mark)
    if isinstance(value, dict):
        return {passage.replaced(key, mark): replaced_in(part, passage, mark) for key, part in value.items()}
    return [replaced_in(part, passage, mark) for part in value] if isinstance(value, list) else value


def texts_in(value: Any) -> Iterator[str]:
    """Each text of a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)

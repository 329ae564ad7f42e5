"""Words as the index knows them: cut, folded and stemmed, the same on every database."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock
from typing import Any

#: Longer queries are cut: each word costs a look-up in the index.
MOST_WORDS = 12


def folded(text: str) -> str:
    """The text in lower case without diacritics: “Växjö” and “VAXJO” are the same word."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def folded_words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text.replace("\0", " ")))


def words_of(query: str) -> list[str]:
    """The words of a query, folded, without operators, quotes and other signs."""
    return folded_words(query)[:MOST_WORDS]


#: Words of questions that say nothing of their subject, in the languages of the partnership.
SILENT = frozenset(
    "a an and are did do does for from has have how in is it much of on the there this to was were what when where"
    " which who why with att av de den det dom en ett for fran har hur i med mycket nar och om pa som till var varfor"
    " vem vad vilka vilken vilket ar die hoe hoeveel het wat wie van vir ke eng mang".split()
)


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """The folded stem of a word in lower case; the word itself in a language without a stemmer."""
    algorithm = {"en": "english", "sv": "swedish"}.get(language)
    if not algorithm:
        return folded(word)
    with _stemming:
        return folded(_stemmers()[algorithm].stemWord(word))


#: A stemmer holds the word that it works on, and threads share it.
_stemming = Lock()


@lru_cache(maxsize=1)
def _stemmers() -> dict[str, Any]:
    # It loads the rules of thirty languages, for which only a search waits.
    import snowballstemmer

    return {name: snowballstemmer.stemmer(name) for name in ("english", "swedish")}

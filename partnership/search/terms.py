"""What a query asks the index for: each word in its forms, and the words that mean the same."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple

from ..models import SearchWord, Synonyms
from ..per_version import cached_per_version
from .words import MOST_WORDS, SILENT, folded, folded_words, stem


class Term(NamedTuple):
    """A word or phrase to look up: all that begins with it, or it alone."""

    words: tuple[str, ...]
    is_beginning: bool = False
    is_stem: bool = False

    @property
    def fts5(self) -> str:
        return f'"{" ".join(self.words)}"{"*" if self.is_beginning else ""}'

    def tsquery(self, weights: str) -> str:
        sign = f":{'*' if self.is_beginning else ''}{weights}" if self.is_beginning or weights else ""
        return "(" + " <-> ".join(f"{word}{sign}" for word in self.words) + ")"


class QueryWord(NamedTuple):
    """One word of a query: the terms that are the word itself in some form, and those that mean the same."""

    typed: str
    forms: list[Term]
    related: list[Term]


def query_words_of(words: list[str], query: str) -> list[QueryWord]:
    """The words of a query with their forms. Words that staff list as the same stand for one another."""
    groups = synonyms()
    written = {folded(word): word for word in re.findall(r"[^\W_]+", query.lower())}
    query_words, rest = [], list(words)
    while rest:
        for length in range(min(4, len(rest)), 0, -1):
            phrase = tuple(rest[:length])
            if length > 1 and phrase in groups:
                query_words.append(QueryWord(" ".join(phrase), [Term(phrase)], _related(groups[phrase])))
                break
        else:
            length = 1
            query_words.append(_forms(rest[0], written.get(rest[0], rest[0]), groups))
        rest = rest[length:]
    return query_words


def _forms(word: str, written: str, groups: dict[tuple[str, ...], list[str]]) -> QueryWord:
    forms = [Term((word,), len(word) > 1)]
    group = groups.get((word,))
    for language in ("en", "sv"):
        short = stem(written, language)
        if len(short) > 1 and short != word:
            forms.append(Term((short,), len(short) >= _LONG))
        group = group or groups.get((short,))
    related = [] if group is None else _related(group)
    return QueryWord(word, list(dict.fromkeys(forms)), [*related, *_compounds(word, written)])


#: A stem of so many letters is the beginning of its compounds; of a shorter one begin words of other meanings.
_LONG = 6


def _related(phrases: list[str]) -> list[Term]:
    terms: dict[Term, None] = {}
    for phrase in phrases:
        words = folded_words(phrase)
        terms[Term(tuple(words), len(words) == 1 and len(words[0]) >= _LONG)] = None
        if len(words) == 1:
            for language in ("en", "sv"):
                if len(short := stem(phrase.strip().lower(), language)) > 2:
                    terms[Term((short,), is_stem=True)] = None
    return list(terms)


#: How a Swedish word may end in another form: “bild” is in “framtidsbilder”, and not in “utbildning”.
_ENDING = r"(?:[aeiou]?[nrt]?(?:na|s|ns|ts|rnas?|nas?|ade|de|te)?)"


def _compounds(word: str, written: str) -> list[Term]:
    """Swedish words of the record that end in this one, in any form: “tjänst” finds “räddningstjänst”."""
    end = min(word, stem(written, "sv"), key=len)
    if len(end) < 4:
        return []
    longer = SearchWord.objects.filter(is_swedish=True, word__contains=end).exclude(word__startswith=end)
    ends_in = re.compile(rf"(?=.*[aeiouy]).{{3,}}{re.escape(end)}{_ENDING}")
    return [Term((known,)) for known in longer.values_list("word", flat=True)[:40] if ends_in.fullmatch(known)]


@cached_per_version
def synonyms() -> dict[tuple[str, ...], list[str]]:
    """The phrases that mean the same, by each of them and by its stems, folded."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for group in Synonyms.objects.all():
        for phrase in group.phrases:
            words = re.findall(r"[^\W_]+", phrase.lower())
            for key in (map(folded, words), *([stem(word, code) for word in words] for code in ("en", "sv"))):
                groups.setdefault(tuple(word for word in key if word not in SILENT), group.phrases)
    return groups


def _parts(word: str, known: dict[str, str]) -> list[str]:
    """The two known words of a Swedish compound, as in “ungdomsprojekt”; none if it is no such one."""
    for cut in range(len(word) - 4, 4, -1):
        first, last = word[:cut].removesuffix("s"), word[cut:]
        forms = [other for other in known if other.startswith(first) and len(other) <= len(first) + 3]
        if last in known and forms:
            return [known[min(forms, key=lambda form: (len(form), form))], known[last]]
    return []


def meant_query(query: str) -> str:
    """The query with each word that the record does not hold replaced by the nearest that it does; empty if none is."""
    known = dict(SearchWord.objects.values_list("word", "written"))
    known |= {folded(word): word for phrases in synonyms().values() for word in phrases if " " not in word}
    meant = []
    for written in re.findall(r"[^\W_]+", query)[:MOST_WORDS]:
        word = folded(written)
        if len(word) < 4 or word in SILENT or any(other.startswith(word) for other in known):
            meant.append(written)
            continue
        if parts := _parts(word, known):
            meant += parts
            continue
        near = [other for other in known if abs(len(other) - len(word)) <= 2]
        closest = get_close_matches(word, near, n=1, cutoff=0.8)
        meant.append(known[closest[0]] if closest else written)
    changed = " ".join(meant)
    return changed if folded_words(changed) != folded_words(query) else ""

"""Searches of the index: matches by how well they fit, counted by kind."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

from django.db import connection
from django.utils.safestring import SafeString

from ..models import SearchEntry
from .excerpts import excerpt, marked
from .index import WHOLE, refresh
from .kinds import KIND_INDEXES, KIND_LABELS, language_index
from .terms import QueryWord, Term, meant_query, query_words_of
from .words import SILENT, words_of

_ROW = "partnership_searchtext.rowid"
#: What was written about a thing comes after the thing, unless it is called so.
_WRITTEN = ", ".join(str(KIND_INDEXES[kind]) for kind in ("source", "document"))
#: How well an entry matches, best first: where the words stand, and whether in themselves or as words that mean the
#: same. What fits none of these is found only in the text of another language.
_LEVELS = (("whole", False), ("whole", True), ("A", False), ("A", True), ("AB", False), ("AB", True))
_ELSEWHERE = len(_LEVELS)


class Hit(NamedTuple):
    kind: str
    url: str
    title: SafeString
    title_language: str
    excerpt: SafeString
    excerpt_language: str
    is_elsewhere: bool

    @property
    def kind_label(self) -> str:
        return str(KIND_LABELS[self.kind])


class Results(NamedTuple):
    """Hits; ``meant`` is the query that was answered where the one that was typed finds nothing."""

    hits: list[Hit]
    total: int
    by_kind: dict[str, int]
    meant: str = ""


def search(query: str, language: str, *, kind: str = "", start: int = 0, limit: int = 20) -> Results:
    """The published records in which every word of the query occurs, best first.

    First those that are called so, then those with the words in their title, in their text, and in that of another
    language; among equals by kind, then by date. Where nothing is found, the words that were meant are searched for.
    """
    typed = words_of(query)
    if not typed:
        return Results([], 0, {})
    refresh()
    results = _results(query, typed, language, kind, start, limit)
    if not results.by_kind and (meant := meant_query(query)):
        instead = _results(meant, words_of(meant), language, kind, start, limit, meant)
        # The words of what has been withdrawn since are still known, and are not told.
        return instead if instead.by_kind else results
    return results


def called(name: str, language: str) -> str:
    """The address of the entry that is called so, in full; empty where none is."""
    refresh()
    typed = words_of(name)
    if not typed:
        return ""
    query_words = query_words_of([word for word in typed if word not in SILENT] or typed, name)
    condition = _conditions(typed, query_words)[0][0]
    for with_related in (False, True):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rowid FROM partnership_searchtext WHERE rowid %% 10 = {language_index(language)} "
                f"AND {condition} ORDER BY (rowid / 10) %% 100, rowid LIMIT 1",
                [_match("whole", with_related, typed, query_words)],
            )
            row = cursor.fetchone()
        if row:
            return SearchEntry.objects.get(pk=row[0]).url
    return ""


def _results(
    query: str, typed: list[str], language: str, kind: str, start: int, limit: int, meant: str = ""
) -> Results:
    speaking = [word for word in typed if word not in SILENT] or typed
    query_words = query_words_of(speaking, query)
    matches, tier, values = _conditions(typed, query_words)
    in_language = f"{_ROW} %% 10 = {language_index(language)} AND {matches[0]}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({_ROW} / 10) %% 100, count(*) FROM partnership_searchtext WHERE {in_language} GROUP BY 1",
            [matches[1]],
        )
        kinds = list(KIND_LABELS)
        by_kind = {kinds[index]: count for index, count in cursor.fetchall()}
        only = f" AND ({_ROW} / 10) %% 100 = {KIND_INDEXES[kind]}" if kind else ""
        cursor.execute(
            f"SELECT hit, tier FROM (SELECT {_ROW} AS hit, ({_ROW} / 10) %% 100 AS kind, sorted_by, {tier} AS tier "
            f"FROM partnership_searchtext JOIN partnership_searchentry ON partnership_searchentry.id = {_ROW} "
            f"WHERE {in_language}{only}) AS hits "
            f"ORDER BY CASE WHEN tier > 1 AND kind IN ({_WRITTEN}) THEN 1 ELSE 0 END, tier, kind, "
            "sorted_by IS NULL, sorted_by, hit LIMIT %s OFFSET %s",
            [*values, matches[1], limit, start],
        )
        tiers = dict(cursor.fetchall())
    entries = SearchEntry.objects.in_bulk(list(tiers))
    terms = chain.from_iterable((*word.forms, *word.related) for word in query_words)
    shown = tuple({term.words[0] for term in terms})
    hits = [_hit(entries[key], shown, tier == _ELSEWHERE) for key, tier in tiers.items() if key in entries]
    return Results(hits, by_kind.get(kind, 0) if kind else sum(by_kind.values()), by_kind, meant)


def everything(language: str) -> list[tuple[str, list[SearchEntry]]]:
    """All entries by kind and title, for the static export, where no query can be sent."""
    refresh()
    by_kind: dict[str, list[SearchEntry]] = {}
    for entry in SearchEntry.objects.filter(language=language).order_by("title", "pk"):
        by_kind.setdefault(entry.kind, []).append(entry)
    return [(str(label), by_kind[kind]) for kind, label in KIND_LABELS.items() if kind in by_kind]


def _conditions(typed: list[str], query_words: list[QueryWord]) -> tuple[tuple[str, str], str, list[str]]:
    """The condition of a match with its value, and its level with its values."""
    condition = "words @@ to_tsquery('simple', %s)"
    test = condition
    if connection.vendor == "sqlite":
        condition = "partnership_searchtext MATCH %s"
        test = f"{_ROW} IN (SELECT rowid FROM partnership_searchtext WHERE {condition})"
    cases, values = [], []
    for number, (place, with_related) in enumerate(_LEVELS):
        # Without words that mean the same, these levels are those before them.
        if not with_related or any(word.related for word in query_words):
            cases.append(f"WHEN {test} THEN {number}")
            values.append(_match(place, with_related, typed, query_words))
    either = " OR " if connection.vendor == "sqlite" else " | "
    match = either.join(f"({_match(place, True, typed, query_words)})" for place in ("", "whole"))
    return (condition, match), f"CASE {' '.join(cases)} ELSE {_ELSEWHERE} END", values


def _match(place: str, with_related: bool, typed: list[str], query_words: list[QueryWord]) -> str:
    """What the database is asked for: the whole name, or each word in one of its forms in these parts of the text."""
    if place == "whole":
        names = ["".join(typed), "".join(word.typed.replace(" ", "") for word in query_words)]
        if with_related and len(query_words) == 1:
            names += ["".join(term.words) for term in query_words[0].related if not term.is_stem]
        terms = [[Term((WHOLE + name,)) for name in names]]
    else:
        terms = [[*word.forms, *(word.related if with_related else [])] for word in query_words]
    if connection.vendor == "sqlite":
        columns = {"A": "{title} : ", "AB": "{title text} : "}.get(place, "")
        return columns + "(" + " AND ".join(f"({' OR '.join(term.fts5 for term in group)})" for group in terms) + ")"
    weights = "" if place == "whole" else place
    return " & ".join(f"({' | '.join(term.tsquery(weights) for term in group)})" for group in terms)


def _hit(entry: SearchEntry, words: tuple[str, ...], is_elsewhere: bool) -> Hit:
    shown = entry.also if is_elsewhere else entry.text
    return Hit(
        kind=entry.kind,
        url=entry.url,
        title=marked(entry.title, words),
        title_language=entry.title_language,
        excerpt=marked(excerpt(shown, words), words),
        excerpt_language=entry.also_language if is_elsewhere else entry.language,
        is_elsewhere=is_elsewhere,
    )

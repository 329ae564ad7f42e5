"""The index of the search: written at the next search after a write, one entry a record and language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection, models, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from projects.models import Output, Project
from visits.models import Visit

from ..fields.translated import OtherLanguage
from ..models import PendingIndexing, SearchEntry, SearchWord, Submission
from .kinds import INDEXED_KINDS, IndexedKind, entry_key, join_texts
from .pages import PAGES
from .words import folded, folded_words, stem, words_of


def refresh() -> None:
    """Reindexes the records written to since the last search; one query if there are none."""
    if not PendingIndexing.objects.exists():
        return
    try:
        with transaction.atomic():
            pending = list(PendingIndexing.objects.select_for_update().values_list("pk", "kind", "record"))
            due: dict[str, set[int]] = {}
            for _pk, kind, record in pending:
                due.setdefault(kind, set()).add(record)
            _add_dependents(due)
            for kind in INDEXED_KINDS:
                if kind in due:
                    _index(kind, due[kind])
            if due.keys() & {"page", "submission"}:
                _index_pages()
            PendingIndexing.objects.filter(pk__in=[pk for pk, _kind, _record in pending]).delete()
    except OperationalError:
        # A long write holds the lock: a slightly outdated result is better than none.
        if connection.in_atomic_block:
            raise


def _add_dependents(due: dict[str, set[int]]) -> None:
    """Adds records that show part of those due: a partner’s name in its visits, a project’s state in its outputs."""
    if partners := due.get("partner"):
        with_partner = models.Q(hosts__in=partners) | models.Q(guests__in=partners)
        due.setdefault("visit", set()).update(Visit.objects.filter(with_partner).values_list("pk", flat=True))
    if themes := due.get("theme"):
        due.setdefault("project", set()).update(Project.objects.filter(themes__in=themes).values_list("pk", flat=True))
    if projects := due.get("project"):
        due.setdefault("output", set()).update(Output.objects.filter(project__in=projects).values_list("pk", flat=True))


def _index(kind: str, keys: set[int]) -> None:
    indexed = INDEXED_KINDS[kind]
    for batch in _batches(sorted(keys)):
        _remove(SearchEntry.objects.filter(kind=kind, record__in=batch))
        for record in indexed.records().filter(pk__in=batch):
            _add(kind, record.pk, _in_each_language(indexed, record), record)


def _index_pages() -> None:
    """The pages, and those of the newest submission, which have its address."""
    _remove(SearchEntry.objects.filter(kind="page"))
    submission = Submission.objects.published().latest_first().first()
    for number, (name, (title, text)) in enumerate(PAGES.items()):
        _add("page", number, {code: _page(code, title, text, name) for code, _name in settings.LANGUAGES})
    if submission:
        title, text = (
            gettext_lazy("By the award’s criteria"),
            gettext_lazy("What the jury judges by, and what speaks to it"),
        )
        pages = {code: _page(code, title, text, "criteria", submission.slug) for code, _name in settings.LANGUAGES}
        _add("page", len(PAGES), pages)


class _Words(NamedTuple):
    """What is indexed of a record in one language."""

    title: str
    text: str
    url: str
    names: list[str]


def _page(language: str, title: Any, text: Any, name: str, *arguments: str) -> _Words:
    with translation.override(language):
        return _Words(str(title), str(text), reverse(name, args=arguments), [])


def _in_each_language(indexed: IndexedKind, record: Any) -> dict[str, _Words]:
    words = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words[language] = _Words(
                indexed.title(record), indexed.text(record), record.get_absolute_url(), indexed.names(record)
            )
    return words


def _remove(entries: models.QuerySet[SearchEntry]) -> None:
    old = list(entries.values_list("pk", flat=True))
    for rowids in _batches(old):
        _execute(f"DELETE FROM partnership_searchtext WHERE rowid IN ({', '.join(['%s'] * len(rowids))})", rowids)
    SearchEntry.objects.filter(pk__in=old).delete()


def _batches(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), 500):
        yield keys[start : start + 500]


def _add(kind: str, record_key: int, texts: dict[str, _Words], record: Any = None) -> None:
    """One entry per language, with the words of the other languages in ``also``."""
    known: dict[str, SearchWord] = {}
    for language, words in texts.items():
        own_language = getattr(record, "language", "") or language if kind == "source" else language
        others = {other: text for other, text in texts.items() if other != language}
        title = words.title
        entry = SearchEntry.objects.create(
            pk=entry_key(record_key, kind, language),
            kind=kind,
            record=record_key,
            language=language,
            url=words.url,
            title=title,
            title_language=title.language if isinstance(title, OtherLanguage) else own_language,
            text=words.text,
            also=join_texts(*(join_texts(text.title, text.text) for text in others.values())),
            also_language=next(iter(others), ""),
            sorted_by=getattr(record, "earliest", None) or getattr(record, "published_from", None),
        )
        _store(entry, [*words.names, str(getattr(record, "code", "")).replace("-", " ")])
        for written in re.findall(r"[^\W\d_]{4,60}", f"{title} {words.text}"):
            known.setdefault(
                folded(written),
                SearchWord(
                    word=folded(written)[:60], written=written, is_swedish=entry.title_language == language == "sv"
                ),
            )
    SearchWord.objects.bulk_create(known.values(), ignore_conflicts=True, batch_size=500)


def _store(entry: SearchEntry, names: list[str]) -> None:
    """Writes the words of an entry, then their stems. A whole name is one word more, marked as such."""
    exact = " ".join(WHOLE + "".join(words_of(name)) for name in {entry.title, *names} if name)
    title = f"{_indexed(entry.title, entry.language)} {exact} {' '.join(folded_words(' '.join(filter(None, names))))}"
    text = _indexed(entry.text, entry.language)
    also = _indexed(entry.also, entry.also_language)
    if connection.vendor == "sqlite":
        _execute(
            "INSERT INTO partnership_searchtext (rowid, title, text, also) VALUES (%s, %s, %s, %s)",
            [entry.pk, title, text, also],
        )
        return
    vectors = " || ".join(f"setweight(to_tsvector('simple', %s), '{weight}')" for weight in "ABD")
    _execute(f"INSERT INTO partnership_searchtext (rowid, words) VALUES (%s, {vectors})", [entry.pk, title, text, also])


#: Before a whole name. No word of a language begins so.
WHOLE = "zzqx"


def _indexed(text: str, language: str) -> str:
    words = re.findall(r"[^\W_]+", text.lower())
    return " ".join([*map(folded, words), *(stem(word, language) for word in words)])


def entries_with(phrase: str) -> list[int]:
    """The keys of the entries in whose index these words stand side by side, whatever the entries themselves say."""
    words = " ".join(folded_words(phrase))
    match = "words @@ phraseto_tsquery('simple', %s)"
    if connection.vendor == "sqlite":
        match, words = "partnership_searchtext MATCH %s", f'"{words}"'
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT rowid FROM partnership_searchtext WHERE {match}", [words])
        return [rowid for (rowid,) in cursor.fetchall()]


def _execute(statement: str, values: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))

"""Search over the whole record and the pages about it, in each language, the same on SQLite (FTS5) and PostgreSQL.

Words are cut, folded and stemmed here, and the database only looks them up: thus both find the same, in the same order.
The index is updated at the next search: database triggers note every record that has been written to, by whatever
program. Only published records are indexed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from typing import Any

import snowballstemmer
from django.conf import settings
from django.db import OperationalError, connection, models, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

from projects.models import Output, Project, Theme
from visits.models import Visit

from .fields.periods import PeriodField
from .fields.translated import OtherLanguage
from .models import (
    Claim,
    Document,
    Milestone,
    Newsletter,
    Partner,
    PendingIndexing,
    SearchEntry,
    SearchWord,
    Source,
    Story,
    Submission,
    Synonyms,
)
from .per_version import cached_per_version
from .publishing import State
from .record.schemas import SCHEMAS_BY_MODEL_NAME, Schema, reverse_name

#: Longer queries are cut: each word costs a look-up in the index.
MOST_WORDS = 12
#: The maximum length of an excerpt, in characters.
EXCERPT = 180
#: In the order in which equally good hits are listed.
KIND_LABELS = {
    "project": gettext_lazy("Projects"),
    "partner": gettext_lazy("Partners"),
    "theme": gettext_lazy("Themes"),
    "page": gettext_lazy("Pages"),
    "visit": gettext_lazy("Visits"),
    "milestone": gettext_lazy("History"),
    "submission": gettext_lazy("Dossiers"),
    "newsletter": gettext_lazy("Newsletters"),
    "claim": gettext_lazy("Claims"),
    "output": gettext_lazy("Outputs"),
    "source": gettext_lazy("Sources"),
    "document": gettext_lazy("Documents"),
    "story": gettext_lazy("Stories"),
}

#: The key of an entry encodes its kind and language, so that counting matches reads nothing but keys.
_KIND_INDEXES = {kind: index for index, kind in enumerate(KIND_LABELS)}


def _key(record: int, kind: str, language: str) -> int:
    return record * 1000 + _KIND_INDEXES[kind] * 10 + _language_index(language)


def _language_index(language: str) -> int:
    codes = [code for code, _name in settings.LANGUAGES]
    return codes.index(language) if language in codes else 0


# The text of each kind of record


def _join(*texts: Any) -> str:
    return "\n".join(str(text) for text in texts if text)


def _texts(schema: Schema, record: Any, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """The public texts of a record and of the rows inside it, from its schema: a new field is searched by itself."""
    for key in schema.keys:
        if not schema.is_public(key) or key in _NO_TEXT | but:
            continue
        is_text = schema.translated(key) or (
            isinstance(schema.field(key), models.CharField | models.TextField)
            and not isinstance(schema.field(key), models.SlugField | models.URLField | PeriodField)
            and not schema.field(key).choices
            and not schema.is_computed(key)
        )
        if is_text and (text := getattr(record, key)):
            yield re.sub(r"\{[^}]*\}", "", str(text))
    for inner in _searched_rows(schema):
        for row in getattr(record, reverse_name(inner)).all():
            if getattr(row, "state", State.PUBLISHED) == State.PUBLISHED:
                yield from _texts(inner, row)


#: What a record is called is indexed as its title and names.
_NAMES = frozenset({"title", "name", "label", "short_name", "title_original", "external_reference"})
#: Why a withdrawn record is gone, and where a file or a source lies, is not what one searches by.
_NO_TEXT = frozenset(
    {"withdrawal_reason", "legal_ground", "evidence", "locator", "address", "archived_url", "code", "slug"}
)


def _searched_rows(schema: Schema) -> list[Schema]:
    """The rows inside a record that are part of its text: no evidence or replies, none that are found by themselves."""
    return [
        inner
        for key, inner in schema.rows.items()
        if key not in {"citations", "inferences", "replies"} and str(inner.model._meta.model_name) not in KIND_LABELS
    ]


def _schema_of(model: type[models.Model]) -> Schema:
    return SCHEMAS_BY_MODEL_NAME[str(model._meta.model_name)]


def _prefetched(model: Any, *further: str) -> models.QuerySet:
    rows = [reverse_name(inner) for inner in _searched_rows(_schema_of(model))]
    return model.objects.published().prefetch_related(*rows, *further)


def _text(record: Any) -> str:
    return _join(*_texts(_schema_of(type(record)), record, _NAMES))


def _partner_names(partner: Partner) -> list[str]:
    former = chain.from_iterable((name.name, name.short_name) for name in partner.former_names.all())
    return [str(partner.short_name), *map(str, former)]


def _project_text(project: Project) -> str:
    return _join(_text(project), *(theme.name for theme in project.themes.all() if theme.is_published))


@dataclass(frozen=True)
class _IndexedKind:
    """How a kind of record is indexed: its public records; title, text and further names in the active language."""

    records: Callable[[], models.QuerySet]
    title: Callable[[Any], str]
    text: Callable[[Any], str] = _text
    names: Callable[[Any], list[str]] = field(default=lambda record: [])


_INDEXED_KINDS: dict[str, _IndexedKind] = {
    "project": _IndexedKind(
        lambda: _prefetched(Project, "themes"),
        lambda project: project.title,
        _project_text,
        lambda project: [project.title_original, project.external_reference],
    ),
    "partner": _IndexedKind(
        lambda: _prefetched(Partner),
        lambda partner: partner.name,
        names=_partner_names,
    ),
    "theme": _IndexedKind(lambda: _prefetched(Theme), lambda theme: theme.name),
    "visit": _IndexedKind(
        lambda: _prefetched(Visit, "hosts__former_names", "guests__former_names"), lambda visit: str(visit)
    ),
    "milestone": _IndexedKind(lambda: _prefetched(Milestone), lambda milestone: milestone.title),
    "submission": _IndexedKind(
        lambda: _prefetched(Submission),
        lambda submission: submission.title,
        names=lambda submission: [gettext("Dossier")],
    ),
    "newsletter": _IndexedKind(lambda: _prefetched(Newsletter), lambda newsletter: newsletter.title),
    "claim": _IndexedKind(lambda: _prefetched(Claim), lambda claim: claim.label),
    "output": _IndexedKind(
        lambda: Output.objects.public().select_related("project"),
        lambda output: output.text,
        lambda output: _join(output.project.title),
    ),
    "source": _IndexedKind(lambda: _prefetched(Source), lambda source: source.title),
    "story": _IndexedKind(lambda: _prefetched(Story), lambda story: story.title),
    "document": _IndexedKind(lambda: _prefetched(Document), lambda document: document.title),
}

#: The pages about the record: what each is called, and what it is about.
PAGES = {
    "home": (gettext_lazy("The partnership"), gettext_lazy("Much to learn, much to win: the partnership at a glance")),
    "projects:list": (gettext_lazy("Projects"), gettext_lazy("All projects and pre-studies, with filters")),
    "visits:list": (gettext_lazy("Visits"), gettext_lazy("Journeys, delegations and delegates in each direction")),
    "themes:list": (gettext_lazy("Themes"), gettext_lazy("What the projects were about, year by year")),
    "partners": (gettext_lazy("Partners"), gettext_lazy("Municipalities, regions, funders and others who took part")),
    "history": (gettext_lazy("History"), gettext_lazy("From the nineteenth century to today")),
    "claims": (gettext_lazy("Claims and evidence"), gettext_lazy("How do we know? Each figure beside its sources")),
    "memorandum": (
        gettext_lazy("Memorandum of Understanding"),
        gettext_lazy("The agreement between the partners, and whether it is on file"),
    ),
    "sources": (gettext_lazy("All sources"), gettext_lazy("Documents, reports, articles and pages that are cited")),
    "searches": (
        gettext_lazy("Where we looked"),
        gettext_lazy("What was searched for, where, in which words, and what was not found"),
    ),
    "data-using": (gettext_lazy("Using the data"), gettext_lazy("CSV, JSON, API, formats, limits, examples in code")),
    "changes": (gettext_lazy("Changes"), gettext_lazy("What changed in the record, when and why")),
    "data": (gettext_lazy("Open data"), gettext_lazy("Download as CSV, JSON, IATI, DCAT; licence and terms of use")),
    "contribute": (
        gettext_lazy("Contribute"),
        gettext_lazy("I know something: send a document, a photograph, a date or a correction"),
    ),
    "newsletters": (gettext_lazy("Newsletters"), gettext_lazy("Letters about the partnership, and all earlier ones")),
    "follow": (gettext_lazy("Follow by e-mail"), gettext_lazy("Get a letter when something changes; subscribe, leave")),
    "questions": (
        gettext_lazy("Ten questions"),
        gettext_lazy(
            "In plain words: what this is, who pays, what each side got, whether it goes on today, who says so"
        ),
    ),
    "stories": (
        gettext_lazy("Stories"),
        gettext_lazy("What happened, told sentence by sentence, each beside the source that says so"),
    ),
    "press": (
        gettext_lazy("For the press"),
        gettext_lazy("Journalists and media: figures to print with their sources, who answers, pictures, how to cite"),
    ),
    "pictures": (
        gettext_lazy("Charts and maps"),
        gettext_lazy("The drawings of the record: what each shows, to be read alone, cited and taken along."),
    ),
    "picture-projects": (
        gettext_lazy("Each square is a project of the partners’ count"),
        gettext_lazy(
            "Of the projects that the partners counted in January 2018. Solid and numbered: named with a source."
        ),
    ),
    "picture-visits": (
        gettext_lazy("Visits by year, to Sweden above the line and to South Africa below it"),
        gettext_lazy(
            "Of all visits with a date. The area of a disc shows the delegates, a ring that no source says "
            "how many; dashed ones were planned, and no source says that they took place."
        ),
    ),
    "picture-balance": (
        gettext_lazy("Who visited whom"),
        gettext_lazy("Of all visits on record, planned ones too. Delegates are those whose number a source states."),
    ),
    "picture-themes": (
        gettext_lazy("Themes by year"),
        gettext_lazy(
            "Of all named projects. A bar is a project whose years are known, a hatched square one without a year."
        ),
    ),
    "picture-delegates": (
        gettext_lazy("Each dot is a delegate of the partners’ count"),
        gettext_lazy(
            "Of the delegates that the partners counted until January 2018. Solid: visit and number are on record."
        ),
    ),
    "picture-history": (
        gettext_lazy("History as a drawing"),
        gettext_lazy(
            "Of all records with a date. Arrowheads are visits, outlined where no source says how many travelled; "
            "bars are projects and the bodies of each coast; numbers are the entries of the history."
        ),
    ),
    "picture-map": (
        gettext_lazy("The map"),
        gettext_lazy("Lambert’s equal-area projection. The arcs say who visits whom, not where anybody flies."),
    ),
    "about": (gettext_lazy("About the record"), gettext_lazy("Who keeps it, how it is made, what its words mean")),
    "accessibility": (gettext_lazy("Accessibility statement"), gettext_lazy("How far everyone can use this site")),
    "privacy": (gettext_lazy("Privacy"), gettext_lazy("Personal data, cookies, names and photographs of people")),
}

# Updating the index


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
            for kind in _INDEXED_KINDS:
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
    indexed = _INDEXED_KINDS[kind]
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


@dataclass(frozen=True)
class _Words:
    """What is indexed of a record in one language."""

    title: str
    text: str
    url: str
    names: list[str]


def _page(language: str, title: Any, text: Any, name: str, *arguments: str) -> _Words:
    with translation.override(language):
        return _Words(str(title), str(text), reverse(name, args=arguments), [])


def _in_each_language(indexed: _IndexedKind, record: Any) -> dict[str, _Words]:
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
            pk=_key(record_key, kind, language),
            kind=kind,
            record=record_key,
            language=language,
            url=words.url,
            title=title,
            title_language=title.language if isinstance(title, OtherLanguage) else own_language,
            text=words.text,
            also=_join(*(_join(text.title, text.text) for text in others.values())),
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
    exact = " ".join(_WHOLE + "".join(words_of(name)) for name in {entry.title, *names} if name)
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
_WHOLE = "zzqx"


def _indexed(text: str, language: str) -> str:
    words = re.findall(r"[^\W_]+", text.lower())
    return " ".join([*map(folded, words), *(stem(word, language) for word in words)])


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """The folded stem of a word in lower case; the word itself in a language without a stemmer."""
    algorithm = {"en": "english", "sv": "swedish"}.get(language)
    return folded(_stemmers()[algorithm].stemWord(word) if algorithm else word)


@lru_cache(maxsize=1)
def _stemmers() -> dict[str, Any]:
    return {name: snowballstemmer.stemmer(name) for name in ("english", "swedish")}


def _execute(statement: str, values: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))


# Searching


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
_SILENT = frozenset(
    "a an and are did do does for from has have how in is it much of on the there this to was were what when where"
    " which who why with att av de den det dom en ett for fran har hur i med mycket nar och om pa som till var varfor"
    " vem vad vilka vilken vilket ar die hoe hoeveel het wat wie van vir ke eng mang".split()
)


@dataclass(frozen=True)
class Hit:
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


@dataclass(frozen=True)
class Results:
    """Hits; ``meant`` is the query that was answered where the one that was typed finds nothing."""

    hits: list[Hit]
    total: int
    by_kind: dict[str, int]
    meant: str = ""


@dataclass(frozen=True)
class Term:
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


@dataclass(frozen=True)
class QueryWord:
    """One word of a query: the terms that are the word itself in some form, and those that mean the same."""

    typed: str
    forms: list[Term]
    related: list[Term]


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
    if not results.by_kind and (meant := _meant(query)):
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
    query_words = _query_words([word for word in typed if word not in _SILENT] or typed, name)
    condition = _conditions(typed, query_words)[0][0]
    for with_related in (False, True):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rowid FROM partnership_searchtext WHERE rowid %% 10 = {_language_index(language)} "
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
    speaking = [word for word in typed if word not in _SILENT] or typed
    query_words = _query_words(speaking, query)
    matches, tier, values = _conditions(typed, query_words)
    in_language = f"{_ROW} %% 10 = {_language_index(language)} AND {matches[0]}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({_ROW} / 10) %% 100, count(*) FROM partnership_searchtext WHERE {in_language} GROUP BY 1",
            [matches[1]],
        )
        kinds = list(KIND_LABELS)
        by_kind = {kinds[index]: count for index, count in cursor.fetchall()}
        only = f" AND ({_ROW} / 10) %% 100 = {_KIND_INDEXES[kind]}" if kind else ""
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
    marked = tuple({term.words[0] for term in terms})
    hits = [_hit(entries[key], marked, tier == _ELSEWHERE) for key, tier in tiers.items() if key in entries]
    return Results(hits, by_kind.get(kind, 0) if kind else sum(by_kind.values()), by_kind, meant)


def everything(language: str) -> list[tuple[str, list[SearchEntry]]]:
    """All entries by kind and title, for the static export, where no query can be sent."""
    refresh()
    by_kind: dict[str, list[SearchEntry]] = {}
    for entry in SearchEntry.objects.filter(language=language).order_by("title", "pk"):
        by_kind.setdefault(entry.kind, []).append(entry)
    return [(str(label), by_kind[kind]) for kind, label in KIND_LABELS.items() if kind in by_kind]


# What a word finds


def _query_words(words: list[str], query: str) -> list[QueryWord]:
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
                groups.setdefault(tuple(word for word in key if word not in _SILENT), group.phrases)
    return groups


_ROW = "partnership_searchtext.rowid"
#: What was written about a thing comes after the thing, unless it is called so.
_WRITTEN = ", ".join(str(_KIND_INDEXES[kind]) for kind in ("source", "document"))
#: How well an entry matches, best first: where the words stand, and whether in themselves or as words that mean the
#: same. What fits none of these is found only in the text of another language.
_LEVELS = (("whole", False), ("whole", True), ("A", False), ("A", True), ("AB", False), ("AB", True))
_ELSEWHERE = len(_LEVELS)


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
        terms = [[Term((_WHOLE + name,)) for name in names]]
    else:
        terms = [[*word.forms, *(word.related if with_related else [])] for word in query_words]
    if connection.vendor == "sqlite":
        columns = {"A": "{title} : ", "AB": "{title text} : "}.get(place, "")
        return columns + "(" + " AND ".join(f"({' OR '.join(term.fts5 for term in group)})" for group in terms) + ")"
    weights = "" if place == "whole" else place
    return " & ".join(f"({' | '.join(term.tsquery(weights) for term in group)})" for group in terms)


def _parts(word: str, known: dict[str, str]) -> list[str]:
    """The two known words of a Swedish compound, as in “ungdomsprojekt”; none if it is no such one."""
    for cut in range(len(word) - 4, 4, -1):
        first, last = word[:cut].removesuffix("s"), word[cut:]
        forms = [other for other in known if other.startswith(first) and len(other) <= len(first) + 3]
        if last in known and forms:
            return [known[min(forms, key=lambda form: (len(form), form))], known[last]]
    return []


def _meant(query: str) -> str:
    """The query with each word that the record does not hold replaced by the nearest that it does; empty if none is."""
    known = dict(SearchWord.objects.values_list("word", "written"))
    known |= {folded(word): word for phrases in synonyms().values() for word in phrases if " " not in word}
    meant = []
    for written in re.findall(r"[^\W_]+", query)[:MOST_WORDS]:
        word = folded(written)
        if len(word) < 4 or word in _SILENT or any(other.startswith(word) for other in known):
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


def _hit(entry: SearchEntry, words: tuple[str, ...], is_elsewhere: bool) -> Hit:
    shown = entry.also if is_elsewhere else entry.text
    return Hit(
        kind=entry.kind,
        url=entry.url,
        title=_marked(entry.title, words),
        title_language=entry.title_language,
        excerpt=_marked(_excerpt(shown, words), words),
        excerpt_language=entry.also_language if is_elsewhere else entry.language,
        is_elsewhere=is_elsewhere,
    )


def _place(text: str, beginnings: tuple[str, ...]) -> int | None:
    """The index of the first word in the text that begins with one of these."""
    places = (match.start() for match in re.finditer(r"\w+", text) if _folded_word(match[0]).startswith(beginnings))
    return next(places, None)


#: The same words stand in many excerpts.
_folded_word = lru_cache(maxsize=20_000)(folded)


def _excerpt(text: str, beginnings: tuple[str, ...]) -> str:
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


def _marked(text: str, beginnings: tuple[str, ...]) -> SafeString:
    """The escaped text with the matching words marked."""
    parts, end = [], 0
    for match in re.finditer(r"\w+", text):
        if _folded_word(match[0]).startswith(beginnings):
            parts += [escape(text[end : match.start()]), f"<mark>{escape(match[0])}</mark>"]
            end = match.end()
    # Each part is escaped.
    return mark_safe("".join([*parts, escape(text[end:])]))

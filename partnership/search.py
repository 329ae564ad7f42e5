"""Search over the whole record, in each language, alike on SQLite (FTS5) and PostgreSQL (tsvector).

The index is updated at the next search: database triggers note every record that has been written to, by whatever
program. Only published records are indexed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, models, transaction
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from projects.models import Output, Project, Theme
from visits.models import Visit

from .fields.translated import OtherLanguage
from .models import Claim, Document, Milestone, Partner, PendingIndexing, SearchEntry, Source
from .publishing import State

#: Longer queries are cut: each word costs a look-up in the index.
MOST_WORDS = 12
#: The maximum length of an excerpt, in characters.
EXCERPT = 180
KIND_LABELS = {
    "project": gettext_lazy("Projects"),
    "visit": gettext_lazy("Visits"),
    "partner": gettext_lazy("Partners"),
    "theme": gettext_lazy("Themes"),
    "output": gettext_lazy("Outputs"),
    "milestone": gettext_lazy("History"),
    "claim": gettext_lazy("Claims"),
    "source": gettext_lazy("Sources"),
    "document": gettext_lazy("Documents"),
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


def _partner_text(partner: Partner) -> str:
    names = [name for former in partner.former_names.all() for name in (former.name, former.short_name)]
    return _join(partner.short_name, *names, partner.town, partner.description)


def _project_text(project: Project) -> str:
    return _join(
        project.title_original,
        project.external_reference,
        project.summary,
        *(objective.text for objective in project.objectives.all()),
        *(theme.name for theme in project.themes.all() if theme.is_published),
    )


def _claim_text(claim: Claim) -> str:
    published = [statement for statement in claim.statements.all() if statement.state == State.PUBLISHED]
    texts = (_join(statement.figure, statement.quote, statement.note) for statement in published)
    return _join(claim.unit, *texts, claim.note)


@dataclass(frozen=True)
class _IndexedKind:
    """How a kind of record is indexed: its public records, and their title and text in the active language."""

    records: Callable[[], models.QuerySet]
    title: Callable[[Any], str]
    text: Callable[[Any], str]


_INDEXED_KINDS: dict[str, _IndexedKind] = {
    "project": _IndexedKind(
        lambda: Project.objects.published().prefetch_related("objectives", "themes"),
        lambda project: project.title,
        _project_text,
    ),
    "visit": _IndexedKind(
        lambda: Visit.objects.published().prefetch_related("hosts__former_names", "guests__former_names"),
        lambda visit: str(visit),
        lambda visit: _join(visit.purpose, visit.note),
    ),
    "partner": _IndexedKind(
        lambda: Partner.objects.published().prefetch_related("former_names"),
        lambda partner: partner.name,
        _partner_text,
    ),
    "theme": _IndexedKind(lambda: Theme.objects.published(), lambda theme: theme.name, lambda theme: ""),
    "output": _IndexedKind(
        lambda: Output.objects.public().select_related("project"),
        lambda output: output.text,
        lambda output: _join(output.project.title),
    ),
    "milestone": _IndexedKind(
        lambda: Milestone.objects.published(), lambda milestone: milestone.title, lambda milestone: milestone.text
    ),
    "claim": _IndexedKind(
        lambda: Claim.objects.published().prefetch_related("statements"), lambda claim: claim.label, _claim_text
    ),
    "source": _IndexedKind(
        lambda: Source.objects.published(), lambda source: source.title, lambda source: _join(source.publisher)
    ),
    "document": _IndexedKind(
        lambda: Document.objects.published(), lambda document: document.title, lambda document: ""
    ),
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
        old = list(SearchEntry.objects.filter(kind=kind, record__in=batch).values_list("pk", flat=True))
        for rowids in _batches(old):
            _execute(f"DELETE FROM partnership_searchtext WHERE rowid IN ({', '.join(['%s'] * len(rowids))})", rowids)
        SearchEntry.objects.filter(pk__in=old).delete()
        records = list(indexed.records().filter(pk__in=batch))
        entries = [entry for record in records for entry in _entries(kind, indexed, record)]
        for entry in SearchEntry.objects.bulk_create(entries):
            _store(entry)


def _batches(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), 500):
        yield keys[start : start + 500]


def _entries(kind: str, indexed: _IndexedKind, record: Any) -> Iterator[SearchEntry]:
    """One entry per language, with the words of the other languages in ``also``."""
    texts: dict[str, tuple[str, str, str]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            title = indexed.title(record)
            texts[language] = (title, indexed.text(record), record.get_absolute_url())
    for language, (title, text, url) in texts.items():
        own_language = getattr(record, "language", "") or language if kind == "source" else language
        others = {other: words for other, words in texts.items() if other != language}
        yield SearchEntry(
            pk=_key(record.pk, kind, language),
            kind=kind,
            record=record.pk,
            language=language,
            url=url,
            title=title,
            title_language=title.language if isinstance(title, OtherLanguage) else own_language,
            text=text,
            also=_join(*(_join(words[0], words[1]) for words in others.values())),
            also_language=next(iter(others), ""),
            sorted_by=getattr(record, "earliest", None) or getattr(record, "published_from", None),
        )


def _store(entry: SearchEntry) -> None:
    if connection.vendor == "sqlite":
        _execute(
            "INSERT INTO partnership_searchtext (rowid, title, text, also) VALUES (%s, %s, %s, %s)",
            [entry.pk, entry.title, entry.text, entry.also],
        )
        return
    own, other = _stemmer(entry.language), _stemmer(entry.also_language)
    parts: list[tuple[str, str, str]] = []
    for text, weight, stemmer in ((entry.title, "A", own), (entry.text, "B", own), (entry.also, "D", other)):
        parts += [("simple", folded(text), weight), (stemmer, folded(text), weight)]
    vectors = " || ".join(f"setweight(to_tsvector('{stemmer}', %s), '{weight}')" for stemmer, _text, weight in parts)
    _execute(
        f"INSERT INTO partnership_searchtext (rowid, words) VALUES (%s, {vectors})",
        [entry.pk, *(text for _stemmer, text, _weight in parts)],
    )


def _stemmer(language: str) -> str:
    """The text search configuration of PostgreSQL for a language; “simple” does not stem."""
    return {"en": "english", "sv": "swedish"}.get(language, "simple")


def _execute(statement: str, values: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))


# Searching


def folded(text: str) -> str:
    """The text in lower case without diacritics: “Växjö” and “VAXJO” are the same word."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def words_of(query: str) -> list[str]:
    """The words of a query, folded, without operators, quotes and other signs."""
    return re.findall(r"\w+", folded(query.replace("\0", " ")))[:MOST_WORDS]


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
    hits: list[Hit]
    total: int
    by_kind: dict[str, int]


#: Sources and documents, which are listed last.
_WRITTEN = ", ".join(str(_KIND_INDEXES[kind]) for kind in ("source", "document"))


def search(query: str, language: str, *, kind: str = "", start: int = 0, limit: int = 20) -> Results:
    """The published records in which every word of the query occurs, best first; sources and documents come last."""
    words = words_of(query)
    if not words:
        return Results([], 0, {})
    refresh()
    condition, rank, values = _condition(words, language)
    in_language = f"{condition} AND rowid %% 10 = {_language_index(language)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (rowid / 10) %% 100, count(*) FROM partnership_searchtext WHERE {in_language} GROUP BY 1", values
        )
        kinds = list(KIND_LABELS)
        by_kind = {kinds[index]: count for index, count in cursor.fetchall()}
        only = f" AND (rowid / 10) %% 100 = {_KIND_INDEXES[kind]}" if kind else ""
        cursor.execute(
            f"SELECT rowid FROM partnership_searchtext WHERE {in_language}{only} "
            f"ORDER BY (rowid / 10) %% 100 IN ({_WRITTEN}), {rank}, rowid LIMIT %s OFFSET %s",
            [*values, *(values if connection.vendor != "sqlite" else []), limit, start],
        )
        keys = [row[0] for row in cursor.fetchall()]
    entries = SearchEntry.objects.in_bulk(keys)
    hits = [_hit(entries[key], words) for key in keys if key in entries]
    return Results(hits, by_kind.get(kind, 0) if kind else sum(by_kind.values()), by_kind)


def everything(language: str) -> list[tuple[str, list[SearchEntry]]]:
    """All entries by kind and title, for the static export, where no query can be sent."""
    refresh()
    by_kind: dict[str, list[SearchEntry]] = {}
    for entry in SearchEntry.objects.filter(language=language).order_by("title", "pk"):
        by_kind.setdefault(entry.kind, []).append(entry)
    return [(str(label), by_kind[kind]) for kind, label in KIND_LABELS.items() if kind in by_kind]


def _condition(words: list[str], language: str) -> tuple[str, str, list[str]]:
    """The SQL condition, ranking and values of a query. Words of two or more letters match as prefixes."""
    if connection.vendor == "sqlite":
        match = " ".join(f'"{word}"*' if len(word) > 1 else f'"{word}"' for word in words)
        return "partnership_searchtext MATCH %s", "bm25(partnership_searchtext, 10.0, 3.0, 1.0)", [match]
    parts, values = [], []
    for word in words:
        parts.append(f"(to_tsquery('simple', %s) || plainto_tsquery('{_stemmer(language)}', %s))")
        values += [f"{word}:*" if len(word) > 1 else word, word]
    tsquery = " && ".join(parts)
    return f"words @@ ({tsquery})", f"ts_rank(words, {tsquery}) DESC", values


def _hit(entry: SearchEntry, words: list[str]) -> Hit:
    own = f"{entry.title}\n{entry.text}"
    is_elsewhere = not all(_place(own, word) is not None for word in words) and not _is_stemmed(own, words)
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


def _is_stemmed(text: str, words: list[str]) -> bool:
    """Whether the entry matched by a word form of its own language, and not by the letters of the query."""
    stems = [word[: max(4, len(word) - 3)] for word in words]
    return all(_place(text, stem) is not None for stem in stems)


def _place(text: str, word: str) -> int | None:
    """The index of the first word in the text that begins with ``word``."""
    for match in re.finditer(r"\w+", text):
        if folded(match[0]).startswith(word):
            return match.start()
    return None


def _excerpt(text: str, words: list[str]) -> str:
    """The part of the text around the first matching word, cut between words."""
    line = " ".join(text.split())
    if len(line) <= EXCERPT:
        return line
    places = [place for word in words if (place := _place(line, word)) is not None]
    first = max(0, min(places, default=0) - EXCERPT // 3)
    if first:
        first = line.find(" ", first) + 1
    cut = line[first : first + EXCERPT]
    if first + EXCERPT < len(line):
        cut = cut.rsplit(" ", 1)[0] + " …"
    return f"… {cut}" if first else cut


def _marked(text: str, words: list[str]) -> SafeString:
    """The escaped text with the matching words marked."""
    parts = []
    for part in re.split(r"(\w+)", text):
        is_match = bool(part) and any(folded(part).startswith(word) for word in words)
        parts.append((format_html("<mark>{}</mark>", part) if is_match else part,))
    return format_html_join("", "{}", parts)

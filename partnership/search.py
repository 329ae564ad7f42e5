"""Search over the whole record, in each language, alike on SQLite (FTS5) and PostgreSQL (tsvector).

The index is brought up to date when somebody searches: triggers in the database have noted every record that was
written to since, by whom- and whatsoever. Only published records are ever put into it.
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

#: Longer questions are cut: nobody types more words, and each costs a look into the index.
MOST_WORDS = 12
#: How many characters of a text an excerpt shows.
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

#: An entry’s key says its kind and language, so that counting matches reads nothing but keys.
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KIND_LABELS)}


def _key(record: int, kind: str, language: str) -> int:
    return record * 1000 + _KIND_NUMBERS[kind] * 10 + _language_number(language)


def _language_number(language: str) -> int:
    codes = [code for code, _name in settings.LANGUAGES]
    return codes.index(language) if language in codes else 0


# What is found of each kind of record


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
    published = [one for one in claim.statements.all() if one.state == State.PUBLISHED]
    return _join(claim.unit, *(_join(one.figure, one.quote, one.note) for one in published), claim.note)


@dataclass(frozen=True)
class _Subject:
    """How a kind is read: its records with all that is needed, its title and its text in the active language."""

    records: Callable[[], models.QuerySet]
    title: Callable[[Any], str]
    text: Callable[[Any], str]


_SUBJECTS: dict[str, _Subject] = {
    "project": _Subject(
        lambda: Project.objects.published().prefetch_related("objectives", "themes"),
        lambda project: project.title,
        _project_text,
    ),
    "visit": _Subject(
        lambda: Visit.objects.published().prefetch_related("hosts__former_names", "guests__former_names"),
        lambda visit: str(visit),
        lambda visit: _join(visit.purpose, visit.note),
    ),
    "partner": _Subject(
        lambda: Partner.objects.published().prefetch_related("former_names"),
        lambda partner: partner.name,
        _partner_text,
    ),
    "theme": _Subject(lambda: Theme.objects.published(), lambda theme: theme.name, lambda theme: ""),
    "output": _Subject(
        lambda: Output.objects.public().select_related("project"),
        lambda output: output.text,
        lambda output: _join(output.project.title),
    ),
    "milestone": _Subject(
        lambda: Milestone.objects.published(), lambda milestone: milestone.title, lambda milestone: milestone.text
    ),
    "claim": _Subject(
        lambda: Claim.objects.published().prefetch_related("statements"), lambda claim: claim.label, _claim_text
    ),
    "source": _Subject(
        lambda: Source.objects.published(), lambda source: source.title, lambda source: _join(source.publisher)
    ),
    "document": _Subject(lambda: Document.objects.published(), lambda document: document.title, lambda document: ""),
}

# Keeping the index


def refresh() -> None:
    """Indexes anew what has been written to since the last search; without a change it asks one question."""
    if not PendingIndexing.objects.exists():
        return
    try:
        with transaction.atomic():
            noted = list(PendingIndexing.objects.select_for_update().values_list("pk", "kind", "record"))
            due: dict[str, set[int]] = {}
            for _pk, kind, record in noted:
                due.setdefault(kind, set()).add(record)
            _widen(due)
            for kind in _SUBJECTS:
                if kind in due:
                    _index(kind, due[kind])
            PendingIndexing.objects.filter(pk__in=[pk for pk, _kind, _record in noted]).delete()
    except OperationalError:
        # Somebody else writes for long: better an answer from a moment ago than none.
        if connection.in_atomic_block:
            raise


def _widen(due: dict[str, set[int]]) -> None:
    """What is shown of a record may stand in another: a body’s name in its visits, a project’s state in its outputs."""
    if partners := due.get("partner"):
        named = models.Q(hosts__in=partners) | models.Q(guests__in=partners)
        due.setdefault("visit", set()).update(Visit.objects.filter(named).values_list("pk", flat=True))
    if themes := due.get("theme"):
        due.setdefault("project", set()).update(Project.objects.filter(themes__in=themes).values_list("pk", flat=True))
    if projects := due.get("project"):
        due.setdefault("output", set()).update(Output.objects.filter(project__in=projects).values_list("pk", flat=True))


def _index(kind: str, keys: set[int]) -> None:
    subject = _SUBJECTS[kind]
    for some in _portions(sorted(keys)):
        old = list(SearchEntry.objects.filter(kind=kind, record__in=some).values_list("pk", flat=True))
        for portion in _portions(old):
            _execute(f"DELETE FROM partnership_searchtext WHERE rowid IN ({', '.join(['%s'] * len(portion))})", portion)
        SearchEntry.objects.filter(pk__in=old).delete()
        records = list(subject.records().filter(pk__in=some))
        entries = [entry for record in records for entry in _entries(kind, subject, record)]
        for entry in SearchEntry.objects.bulk_create(entries):
            _store(entry)


def _portions(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), 500):
        yield keys[start : start + 500]


def _entries(kind: str, subject: _Subject, record: Any) -> Iterator[SearchEntry]:
    """One entry for each language, the other languages’ words beside it."""
    read: dict[str, tuple[str, str, str]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            title = subject.title(record)
            read[language] = (title, subject.text(record), record.get_absolute_url())
    for language, (title, text, url) in read.items():
        own_language = getattr(record, "language", "") or language if kind == "source" else language
        others = {other: words for other, words in read.items() if other != language}
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
    """PostgreSQL’s word forms for a language; for others the words as they stand."""
    return {"en": "english", "sv": "swedish"}.get(language, "simple")


def _execute(statement: str, values: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))


# Asking it


def folded(text: str) -> str:
    """The text in small letters without the marks on them: “Växjö” and “VAXJO” are the same word."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def words_of(question: str) -> list[str]:
    """The words of a question, folded; operators, quotes and signs are none."""
    return re.findall(r"\w+", folded(question.replace("\0", " ")))[:MOST_WORDS]


@dataclass(frozen=True)
class Hit:
    """A record that was found, as the results show it."""

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


#: Sources and documents, which stand last.
_WRITTEN = ", ".join(str(_KIND_NUMBERS[kind]) for kind in ("source", "document"))


def search(question: str, language: str, *, kind: str = "", start: int = 0, most: int = 20) -> Results:
    """The published records in which every word of the question occurs, best first.

    What was done comes before what was written about it: sources and documents stand last.
    """
    words = words_of(question)
    if not words:
        return Results([], 0, {})
    refresh()
    matching, rank, values = _condition(words, language)
    in_language = f"{matching} AND rowid %% 10 = {_language_number(language)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (rowid / 10) %% 100, count(*) FROM partnership_searchtext WHERE {in_language} GROUP BY 1", values
        )
        kinds = list(KIND_LABELS)
        by_kind = {kinds[number]: count for number, count in cursor.fetchall()}
        only = f" AND (rowid / 10) %% 100 = {_KIND_NUMBERS[kind]}" if kind else ""
        cursor.execute(
            f"SELECT rowid FROM partnership_searchtext WHERE {in_language}{only} "
            f"ORDER BY (rowid / 10) %% 100 IN ({_WRITTEN}), {rank}, rowid LIMIT %s OFFSET %s",
            [*values, *(values if connection.vendor != "sqlite" else []), most, start],
        )
        found = [row[0] for row in cursor.fetchall()]
    entries = SearchEntry.objects.in_bulk(found)
    hits = [_hit(entries[key], words) for key in found if key in entries]
    return Results(hits, by_kind.get(kind, 0) if kind else sum(by_kind.values()), by_kind)


def everything(language: str) -> list[tuple[str, list[SearchEntry]]]:
    """All that can be found, by kind and title, for where nothing can be asked."""
    refresh()
    found: dict[str, list[SearchEntry]] = {}
    for entry in SearchEntry.objects.filter(language=language).order_by("title", "pk"):
        found.setdefault(entry.kind, []).append(entry)
    return [(str(label), found[kind]) for kind, label in KIND_LABELS.items() if kind in found]


def _condition(words: list[str], language: str) -> tuple[str, str, list[str]]:
    """The condition, the order and the values of a question. A word of two letters or more finds what begins so."""
    if connection.vendor == "sqlite":
        asked = " ".join(f'"{word}"*' if len(word) > 1 else f'"{word}"' for word in words)
        return "partnership_searchtext MATCH %s", "bm25(partnership_searchtext, 10.0, 3.0, 1.0)", [asked]
    parts, values = [], []
    for word in words:
        parts.append(f"(to_tsquery('simple', %s) || plainto_tsquery('{_stemmer(language)}', %s))")
        values += [f"{word}:*" if len(word) > 1 else word, word]
    asked = " && ".join(parts)
    return f"words @@ ({asked})", f"ts_rank(words, {asked}) DESC", values


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
    """A word form of the entry’s own language was found, not the very letters that were asked for."""
    stems = [word[: max(4, len(word) - 3)] for word in words]
    return all(_place(text, stem) is not None for stem in stems)


def _place(text: str, word: str) -> int | None:
    """Where a word that begins so stands in the text."""
    for match in re.finditer(r"\w+", text):
        if folded(match[0]).startswith(word):
            return match.start()
    return None


def _excerpt(text: str, words: list[str]) -> str:
    """The part of the text around the first word that was found, cut between words."""
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
    """The text with the found words marked, everything else escaped."""
    parts = []
    for part in re.split(r"(\w+)", text):
        is_found = bool(part) and any(folded(part).startswith(word) for word in words)
        parts.append((format_html("<mark>{}</mark>", part) if is_found else part,))
    return format_html_join("", "{}", parts)

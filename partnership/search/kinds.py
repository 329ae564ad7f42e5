"""What is indexed of each kind of record: title, text and names, from its schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from projects.models import Output, Project, Theme
from visits.models import Visit

from ..fields.periods import PeriodField
from ..models import Claim, Document, Milestone, Newsletter, Partner, Source, Story, Submission
from ..publishing import State
from ..record.schemas import SCHEMAS_BY_MODEL_NAME, Schema, reverse_name

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
KIND_INDEXES = {kind: index for index, kind in enumerate(KIND_LABELS)}


def entry_key(record: int, kind: str, language: str) -> int:
    return record * 1000 + KIND_INDEXES[kind] * 10 + language_index(language)


def language_index(language: str) -> int:
    codes = [code for code, _name in settings.LANGUAGES]
    return codes.index(language) if language in codes else 0


def join_texts(*texts: Any) -> str:
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
    return join_texts(*_texts(_schema_of(type(record)), record, _NAMES))


def _partner_names(partner: Partner) -> list[str]:
    former = chain.from_iterable((name.name, name.short_name) for name in partner.former_names.all())
    return [str(partner.short_name), *map(str, former)]


def _project_text(project: Project) -> str:
    return join_texts(_text(project), *(theme.name for theme in project.themes.all() if theme.is_published))


@dataclass(frozen=True)
class IndexedKind:
    """How a kind of record is indexed: its public records; title, text and further names in the active language."""

    records: Callable[[], models.QuerySet]
    title: Callable[[Any], str]
    text: Callable[[Any], str] = _text
    names: Callable[[Any], list[str]] = field(default=lambda record: [])


INDEXED_KINDS: dict[str, IndexedKind] = {
    "project": IndexedKind(
        lambda: _prefetched(Project, "themes"),
        lambda project: project.title,
        _project_text,
        lambda project: [project.title_original, project.external_reference],
    ),
    "partner": IndexedKind(
        lambda: _prefetched(Partner),
        lambda partner: partner.name,
        names=_partner_names,
    ),
    "theme": IndexedKind(lambda: _prefetched(Theme), lambda theme: theme.name),
    "visit": IndexedKind(
        lambda: _prefetched(Visit, "hosts__former_names", "guests__former_names"), lambda visit: str(visit)
    ),
    "milestone": IndexedKind(lambda: _prefetched(Milestone), lambda milestone: milestone.title),
    "submission": IndexedKind(
        lambda: _prefetched(Submission),
        lambda submission: submission.title,
        names=lambda submission: [gettext("Dossier")],
    ),
    "newsletter": IndexedKind(lambda: _prefetched(Newsletter), lambda newsletter: newsletter.title),
    "claim": IndexedKind(lambda: _prefetched(Claim), lambda claim: claim.label),
    "output": IndexedKind(
        lambda: Output.objects.public().select_related("project"),
        lambda output: output.text,
        lambda output: join_texts(output.project.title),
    ),
    "source": IndexedKind(lambda: _prefetched(Source), lambda source: source.title),
    "story": IndexedKind(lambda: _prefetched(Story), lambda story: story.title),
    "document": IndexedKind(lambda: _prefetched(Document), lambda document: document.title),
}

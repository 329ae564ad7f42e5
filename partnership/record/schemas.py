"""What each kind of record looks like as text: the form of the record’s files, of versions and of checksums.

Every scalar is text: ``2012-03``, ``yes`` and ``6`` need no quotes, and nothing is guessed into a date or a number.
Translated text is a mapping from language to text. A key that is left out means the default of its field, else “empty”
or “not documented”. The keys come from the models: a new field is a key of its kind unless ``NOT_WRITTEN`` names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from translated_fields import TranslatedField, to_attribute

from projects.models import (
    Goal,
    Objective,
    Output,
    OutputCitation,
    OutputInference,
    OutputReply,
    Participation,
    Project,
    ProjectCitation,
    ProjectInference,
    ProjectReply,
    Theme,
    ThemeCitation,
)
from visits.models import Delegates, Profession, Visit, VisitCitation, VisitInference, VisitReply

from ..fields.translated import translated_names
from ..models import (
    AwardRound,
    Claim,
    Criterion,
    Document,
    Issuer,
    LoggedSearch,
    Milestone,
    MilestoneCitation,
    MilestoneInference,
    Newsletter,
    Partner,
    PartnerCitation,
    PartnerIdentifier,
    PartnerInference,
    PartnerName,
    Passage,
    Photo,
    Question,
    QuestionSheet,
    RoundCitation,
    Section,
    Source,
    Statement,
    StatementCitation,
    StatementReply,
    Story,
    Submission,
    SubmissionCitation,
    Succession,
    Synonyms,
)
from ..publishing import Record, State

#: What no text form holds, and why: “field” of every model, or “model.field”; also rows that belong to a record.
NOT_WRITTEN = {
    "id": "another database gives another number; the code says which record it is",
    "published_at": "kept by the site, not a fact of the record",
    "discarded_at": "what lies in the bin is in no text",
    "version": "kept by the site, not a fact of the record",
    "created_at": "kept by the site, not a fact of the record",
    "modified_at": "kept by the site, not a fact of the record",
    "confirmations": "somebody stood by the text; they are no part of it",
    "earliest": "worked out from the period",
    "latest": "worked out from the period",
    "partner.active_from": "worked out from the period",
    "partner.active_to": "worked out from the period",
    "photo.position": "set where the photographs of a record stand together",
    "photo.file_deleted_on": "kept by the site; a version cannot bring a file back",
    "document.hidden_content": "found in the file when it was sent",
    "source.issuer": "worked out from the publisher",
    "source.published_from": "worked out from the day of publication",
    "source.checked_on": "measured by the link check",
    "source.link_status": "measured by the link check",
    "source.link_detail": "measured by the link check",
    "project.iati_identifier": "made from the code, once",
    "photo.file": "files lie in the media folder",
    "photo.width": "read from the file",
    "photo.height": "read from the file",
    "document.file": "files lie in the media folder; the checksum stands for it",
    "document.size": "read from the file",
    "submission.private_links": "keys, not facts",
}
#: What only staff see.
NOT_PUBLIC = frozenset({"staff_note", "confidence", "hidden_reason"})
#: Files that are attached to a record: they show it, and say nothing themselves.
ATTACHMENTS = frozenset({"photos", "documents"})

#: The keys that begin and end every text, around those of the model in the order of its fields.
_FIRST = ("code", "slug", "state", "merged_into", "withdrawn_on", "withdrawal_reason", "position")
_LAST = ("photos", "documents", "criteria", "confidence", "note", "staff_note")
#: Fields of the first release, which are written even at their default: files, checksums and confirmations rest on
#: that. Nothing is added here, so that a new field changes no text before somebody gives it a value.
_WRITTEN_AT_DEFAULT = frozenset(
    {
        "claim.measures",
        "claim.position",
        "criterion.position",
        "document.kind",
        "participation.role",
        "partner.position",
        "photo.focus",
        "profession.position",
        "project.in_founding_count",
        "project.kind",
        "project.status",
        "section.length",
        "section.position",
        "source.kind",
        "statement.qualifier",
        "submission.status",
        "theme.position",
        "visit.direction",
        "visit.in_founding_count",
    }
)

# What each kind looks like


def field_names(model: type[models.Model]) -> list[str]:
    """The fields of a model and its links to many, in the order of their declaration; a translated one once."""
    reader_of = {column: name for name in translated_names(model) for column in getattr(model, name).fields}
    columns = sorted([*model._meta.fields, *model._meta.many_to_many], key=lambda column: column.creation_counter)
    return list(dict.fromkeys(reader_of.get(column.name, column.name) for column in columns))


def inherited_names(model: type[models.Model]) -> set[str]:
    """The fields that a model has from abstract ones."""
    bases = [base for base in model.__mro__[1:] if hasattr(base, "_meta") and base._meta.abstract]
    return {name for base in bases for name in field_names(base)}


def not_written(model: type[models.Model], name: str) -> str:
    """Why a field or a row of a model is no key of its text; empty where it is one."""
    return NOT_WRITTEN.get(f"{model._meta.model_name}.{name}") or NOT_WRITTEN.get(name, "")


@dataclass(frozen=True)
class Schema:
    """How the rows of one table are written.

    ``rows`` are tables of their own inside the row. ``parent`` is the foreign key of such an inner row, and ``alone``
    the key whose value may stand for the whole row when there is nothing else to say. Rows with a ``code`` are found
    again by it; others are rewritten. ``inherited_after`` is the own field after which those of abstract models stand.
    Of kinds without a file only versions are kept.
    """

    model: type[models.Model]
    rows: dict[str, Schema] = field(default_factory=dict)
    parent: str = ""
    alone: str = ""
    inherited_after: str = ""
    has_file: bool = True

    @cached_property
    def keys(self) -> list[str]:
        """The names of the model’s fields in the order of the file."""
        names = [name for name in field_names(self.model) if name != self.parent and not not_written(self.model, name)]
        inherited = inherited_names(self.model)
        middle = [name for name in names if name not in (*_FIRST, *_LAST)]
        own = [name for name in middle if name not in inherited]
        place = own.index(self.inherited_after) + 1 if self.inherited_after else 0
        own[place:place] = [name for name in middle if name in inherited]
        return [*(name for name in _FIRST if name in names), *own, *(name for name in _LAST if name in names)]

    @cached_property
    def all_keys(self) -> list[str]:
        return [*self.keys, *self.rows]

    def translated(self, key: str) -> TranslatedField | None:
        reader = getattr(self.model, key, None)
        return reader if isinstance(reader, TranslatedField) else None

    def field(self, key: str) -> Any:
        return self.model._meta.get_field(key)

    def label(self, key: str) -> str:
        """What a key is called in the admin, in the active language."""
        if key in self.rows:
            return str(self.rows[key].model._meta.verbose_name_plural)
        if self.translated(key):
            return str(self.field(to_attribute(key, settings.LANGUAGE_CODE)).verbose_name)
        return str(self.field(key).verbose_name)

    def is_public(self, key: str) -> bool:
        """Whether readers see it at all."""
        return key not in NOT_PUBLIC

    def is_many(self, key: str) -> bool:
        return not self.translated(key) and self.field(key).many_to_many

    def is_reference(self, key: str) -> bool:
        return not self.translated(key) and self.field(key).is_relation

    def refers_to_itself(self, key: str) -> bool:
        return self.is_reference(key) and self.field(key).related_model is self.model

    @cached_property
    def columns(self) -> set[str]:
        """The columns of the table in which the keys are kept; those that tie it to many are in other tables."""
        columns = {column for key in self.keys for column in getattr(self.translated(key), "fields", [key])}
        return columns & {column.name for column in self.model._meta.fields}

    def is_computed(self, key: str) -> bool:
        """Whether the site works it out, such as a checksum: it is written and never read."""
        return not self.translated(key) and not self.field(key).editable

    def default(self, key: str) -> str:
        """The value that is meant where a key is left out; empty for what is then not documented.

        A record on file is understood to be published, whatever a form begins with.
        """
        if key == "state":
            return State.PUBLISHED.value
        if self.translated(key) or self.is_reference(key) or not self.field(key).has_default():
            return ""
        return _scalar_text(self.field(key), self.field(key).get_default())

    def is_written(self, key: str, value: Any) -> bool:
        """Whether a value stands in the text, or is understood without."""
        if f"{self.model._meta.model_name}.{key}" in _WRITTEN_AT_DEFAULT:
            return bool(value)
        return bool(value) and (key in self.rows or value != self.default(key))


def _citations(model: type[models.Model], parent: str) -> Schema:
    return Schema(model, parent=parent, alone="source")


#: Every kind of record, in the order in which the files are loaded: nothing there refers to a later one.
SCHEMAS: dict[str, Schema] = {
    "photos": Schema(Photo, inherited_after="caption", has_file=False),
    "documents": Schema(Document, inherited_after="language", has_file=False),
    "newsletters": Schema(Newsletter, has_file=False),
    "sources": Schema(Source),
    "issuers": Schema(Issuer),
    "searches": Schema(LoggedSearch),
    "partners": Schema(
        Partner,
        {
            "former_names": Schema(PartnerName, parent="partner", inherited_after="short_name"),
            "identifiers": Schema(PartnerIdentifier, parent="partner"),
            "succeeds": Schema(Succession, parent="successor"),
            "inferences": Schema(PartnerInference, parent="partner"),
            "citations": _citations(PartnerCitation, "partner"),
        },
    ),
    "awards": Schema(
        AwardRound,
        {
            "criteria": Schema(Criterion, parent="round"),
            "citations": _citations(RoundCitation, "round"),
        },
    ),
    "themes": Schema(Theme, {"citations": _citations(ThemeCitation, "theme")}),
    "projects": Schema(
        Project,
        {
            "objectives": Schema(Objective, parent="project", alone="text"),
            "goals": Schema(Goal, parent="project", alone="number"),
            "participations": Schema(Participation, parent="project"),
            "outputs": Schema(
                Output,
                {
                    "inferences": Schema(OutputInference, parent="output"),
                    "citations": _citations(OutputCitation, "output"),
                    "replies": Schema(OutputReply, parent="output"),
                },
                parent="project",
            ),
            "inferences": Schema(ProjectInference, parent="project"),
            "citations": _citations(ProjectCitation, "project"),
            "replies": Schema(ProjectReply, parent="project"),
        },
        inherited_after="status",
    ),
    "professions": Schema(Profession),
    "synonyms": Schema(Synonyms),
    "questions": Schema(QuestionSheet, {"questions": Schema(Question, parent="sheet")}),
    "visits": Schema(
        Visit,
        {
            "professions": Schema(Delegates, parent="visit", alone="profession"),
            "inferences": Schema(VisitInference, parent="visit"),
            "citations": _citations(VisitCitation, "visit"),
            "replies": Schema(VisitReply, parent="visit"),
        },
        inherited_after="direction",
    ),
    "milestones": Schema(
        Milestone,
        {
            "inferences": Schema(MilestoneInference, parent="milestone"),
            "citations": _citations(MilestoneCitation, "milestone"),
        },
    ),
    "claims": Schema(
        Claim,
        {
            "statements": Schema(
                Statement,
                {
                    "citations": _citations(StatementCitation, "statement"),
                    "replies": Schema(StatementReply, parent="statement"),
                },
                parent="claim",
            ),
        },
    ),
    "stories": Schema(Story, {"passages": Schema(Passage, parent="story")}),
    "submissions": Schema(
        Submission,
        {
            "sections": Schema(Section, parent="submission"),
            "citations": _citations(SubmissionCitation, "submission"),
        },
    ),
}
#: The kinds that have a file of the record.
FILE_SCHEMAS = {kind: schema for kind, schema in SCHEMAS.items() if schema.has_file}


def every_schema() -> Iterator[Schema]:
    """The schemas of all kinds of record, and of the rows inside them."""
    waiting = list(SCHEMAS.values())
    while waiting:
        schema = waiting.pop(0)
        yield schema
        waiting += schema.rows.values()


#: The same, and those of the rows inside records, by the names of their models.
SCHEMAS_BY_MODEL_NAME = {str(schema.model._meta.model_name): schema for schema in every_schema()}

# A record as text


def serialize(schema: Schema, record: Any) -> dict[str, Any]:
    """A record as the mapping that its file holds: only text, lists and mappings, nothing that is understood."""
    text: dict[str, Any] = {}
    for key in schema.keys:
        value = _value_as_text(schema, record, key)
        if schema.is_written(key, value) and not (key == "slug" and value == record.code):
            text[key] = value
    for key, inner in schema.rows.items():
        rows = [serialize(inner, row) for row in rows_of(inner, record)]
        if inner.model is Goal:
            rows.sort(key=lambda row: int(row["number"]))
        if rows:
            text[key] = [row[inner.alone] if list(row) == [inner.alone] else row for row in rows]
    return text


def _value_as_text(schema: Schema, record: Any, key: str) -> Any:
    if translated := schema.translated(key):
        texts = {language: getattr(record, to_attribute(key, language)) for language in translated.languages}
        return {language: text for language, text in texts.items() if text}
    value = getattr(record, key)
    if schema.is_many(key):
        return [related.code for related in value.all()]
    if schema.is_reference(key):
        return value.code if value else ""
    return _scalar_text(schema.field(key), value)


def _scalar_text(column: Any, value: Any) -> str:
    if isinstance(value, bool):
        # “No” is said only where “yes” would be understood.
        return "yes" if value else "no" if column.default is True else ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def as_mapping(inner: Schema, row: Any) -> Any:
    """An inner row as a mapping, also where one value stands for it."""
    return row if not inner.alone or (isinstance(row, dict) and set(row) & set(inner.all_keys)) else {inner.alone: row}


def in_full(schema: Schema, text: Any) -> Any:
    """A text with all that it leaves out: two texts that mean the same are equal, whatever keys they leave out."""
    if not isinstance(text, dict):
        return text
    full = {key: _value_in_full(schema, text, key) for key in schema.keys}
    for key, inner in schema.rows.items():
        rows = text.get(key) or []
        full[key] = [in_full(inner, as_mapping(inner, row)) for row in rows] if isinstance(rows, list) else rows
    return {**text, **full}


def _value_in_full(schema: Schema, text: dict[str, Any], key: str) -> Any:
    value = text.get(key)
    if schema.translated(key):
        return (
            {language: words for language, words in value.items() if words} if isinstance(value, dict) else value or {}
        )
    if schema.is_many(key):
        return sorted(map(str, value)) if isinstance(value, list) else value or []
    if key == "slug":
        return value or text.get("code", "")
    if value == "no" and isinstance(schema.field(key), models.BooleanField):
        value = None if schema.default(key) != "yes" else value
    return schema.default(key) if value is None else value


def reverse_name(inner: Schema) -> str:
    return inner.field(inner.parent).remote_field.related_name


def rows_of(inner: Schema, record: Any) -> list[Any]:
    """The rows of a record in the order in which they were made, but those in the bin."""
    rows = getattr(record, reverse_name(inner)).all()
    return sorted((row for row in rows if getattr(row, "discarded_at", None) is None), key=lambda row: row.pk)


def _lookups(schema: Schema, prefix: str = "") -> list[str]:
    """The lookups that prefetch all of a record, so that writing it asks nothing more."""
    lookups = [prefix + key for key in schema.keys if schema.is_many(key) or schema.is_reference(key)]
    for inner in schema.rows.values():
        name = prefix + reverse_name(inner)
        lookups += [name, *_lookups(inner, f"{name}__")]
    return lookups


def records(kind: str) -> models.QuerySet:
    """All records of a kind in a lasting order, prefetched for ``serialize``."""
    schema = SCHEMAS[kind]
    ordering = ("position", "code") if "position" in schema.keys else ("code",)
    return schema.model._default_manager.order_by(*ordering).prefetch_related(*_lookups(schema))


def with_rows(model: type[models.Model], keys: Iterable[int]) -> list[Any]:
    """Records of a model by their primary keys, prefetched in the same way."""
    lookups = _lookups(SCHEMAS_BY_MODEL_NAME[str(model._meta.model_name)])
    return list(model._default_manager.filter(pk__in=keys).prefetch_related(*lookups))


def records_in_use(kind: str) -> models.QuerySet:
    """The same without the drafts in the bin."""
    queryset: Any = records(kind)
    return queryset.in_use() if issubclass(queryset.model, Record) else queryset


def digest(text: dict[str, Any]) -> str:
    """SHA-256 of a record’s text form, independent of the order of its keys."""
    canonical = json.dumps(text, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

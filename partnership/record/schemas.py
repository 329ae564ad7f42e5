"""What each kind of record looks like as text: the form of the record’s files, of versions and of checksums.

Every scalar is text: ``2012-03``, ``yes`` and ``6`` need no quotes, and nothing is guessed into a date or a number.
A key that is left out means “empty” or “not documented”. Translated text is a mapping from language to text.
"""

from __future__ import annotations

import hashlib
import json
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
    Participation,
    Project,
    ProjectCitation,
    Theme,
    ThemeCitation,
)
from visits.models import Delegates, Profession, Visit, VisitCitation

from ..models import (
    AwardRound,
    Claim,
    Criterion,
    Milestone,
    MilestoneCitation,
    Partner,
    PartnerCitation,
    PartnerName,
    RoundCitation,
    Section,
    Source,
    Statement,
    StatementCitation,
    Submission,
    SubmissionCitation,
    Succession,
)

# What each kind looks like


@dataclass(frozen=True)
class Schema:
    """How the rows of one table are written.

    ``keys`` are the model’s own attributes in the order of the file. ``rows`` are tables of their own inside the
    row. ``parent`` is the foreign key of such an inner row, and ``alone`` the key whose value may stand for the
    whole row when there is nothing else to say. Rows with a ``code`` are found again by it; others are rewritten.
    """

    model: type[models.Model]
    keys: list[str]
    rows: dict[str, Schema] = field(default_factory=dict)
    parent: str = ""
    alone: str = ""

    @cached_property
    def all_keys(self) -> list[str]:
        return [*self.keys, *self.rows]

    def translated(self, key: str) -> TranslatedField | None:
        found = getattr(self.model, key, None)
        return found if isinstance(found, TranslatedField) else None

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
        return key not in {"staff_note", "confidence"}

    def is_many(self, key: str) -> bool:
        return not self.translated(key) and self.field(key).many_to_many

    def is_reference(self, key: str) -> bool:
        return not self.translated(key) and self.field(key).is_relation

    def refers_to_itself(self, key: str) -> bool:
        return self.is_reference(key) and self.field(key).related_model is self.model


def _citations(model: type[models.Model], parent: str) -> Schema:
    return Schema(model, ["source", "about", "locator", "quotation"], parent=parent, alone="source")


_STATE = "state withdrawn_on withdrawal_reason"
_NOTES = "note staff_note"

#: The kinds in the order in which they are loaded: nothing refers to a later one.
SCHEMAS: dict[str, Schema] = {
    "sources": Schema(
        Source,
        f"code slug {_STATE} title publisher grade kind url archive_url language published read_on {_NOTES}".split(),
    ),
    "partners": Schema(
        Partner,
        f"code slug {_STATE} position name short_name kind country role active town latitude longitude website "
        f"description {_NOTES}".split(),
        {
            "former_names": Schema(PartnerName, ["name", "short_name", "period"], parent="partner"),
            "succeeds": Schema(Succession, ["predecessor", "date"], parent="successor"),
            "citations": _citations(PartnerCitation, "partner"),
        },
    ),
    "awards": Schema(
        AwardRound,
        ["code", "award", "year", "note"],
        {
            "criteria": Schema(Criterion, ["code", "position", "name", "is_condition"], parent="round"),
            "citations": _citations(RoundCitation, "round"),
        },
    ),
    "themes": Schema(
        Theme,
        f"code slug {_STATE} position name in_founding_list dac_sectors policy_markers {_NOTES}".split(),
        {"citations": _citations(ThemeCitation, "theme")},
    ),
    "projects": Schema(
        Project,
        f"code slug {_STATE} title title_original kind status period period_note in_founding_count summary themes "
        f"continues prestudy_of budget_amount budget_currency budget_basis external_reference criteria confidence "
        f"{_NOTES}".split(),
        {
            "objectives": Schema(Objective, ["text"], parent="project", alone="text"),
            "goals": Schema(Goal, ["number"], parent="project", alone="number"),
            "participations": Schema(Participation, ["partner", "role"], parent="project"),
            "outputs": Schema(
                Output,
                f"code slug {_STATE} kind side said_by text soft_kind sphere criteria {_NOTES}".split(),
                {"citations": _citations(OutputCitation, "output")},
                parent="project",
            ),
            "citations": _citations(ProjectCitation, "project"),
        },
    ),
    "professions": Schema(Profession, ["code", "position", "name", "in_founding_list"]),
    "visits": Schema(
        Visit,
        f"code slug {_STATE} title_override direction period period_note in_founding_count hosts guests purpose "
        f"delegates delegates_high projects criteria {_NOTES}".split(),
        {
            "professions": Schema(Delegates, ["profession", "number"], parent="visit", alone="profession"),
            "citations": _citations(VisitCitation, "visit"),
        },
    ),
    "milestones": Schema(
        Milestone,
        f"code slug {_STATE} period title text {_NOTES}".split(),
        {"citations": _citations(MilestoneCitation, "milestone")},
    ),
    "claims": Schema(
        Claim,
        f"code slug {_STATE} position label unit measures counts counts_until could_confirm criteria {_NOTES}".split(),
        {
            "statements": Schema(
                Statement,
                "code state value_low value_high qualifier wording as_of preferred quote quote_language note".split(),
                {"citations": _citations(StatementCitation, "statement")},
                parent="claim",
            ),
        },
    ),
    "submissions": Schema(
        Submission,
        f"code slug {_STATE} round applicant category status outcome submitted title lead {_NOTES}".split(),
        {
            "sections": Schema(Section, ["code", "position", "length", "shows", "title", "text"], parent="submission"),
            "citations": _citations(SubmissionCitation, "submission"),
        },
    ),
}

#: Values that are understood when a key is left out.
IMPLIED_DEFAULTS = {"state": "published", "side": "not_stated"}

# A record as text


def serialize(schema: Schema, record: Any) -> dict[str, Any]:
    """A record as the mapping that its file holds: only text, lists and mappings, nothing empty."""
    written: dict[str, Any] = {}
    for key in schema.keys:
        value = _value_as_text(schema, record, key)
        if value and value != IMPLIED_DEFAULTS.get(key) and not (key == "slug" and value == record.code):
            written[key] = value
    for key, inner in schema.rows.items():
        manager = getattr(record, reverse_name(inner))
        rows = [serialize(inner, row) for row in sorted(manager.all(), key=lambda row: row.pk)]
        if inner.model is Goal:
            rows.sort(key=lambda row: int(row["number"]))
        if rows:
            written[key] = [row[inner.alone] if list(row) == [inner.alone] else row for row in rows]
    return written


def _value_as_text(schema: Schema, record: Any, key: str) -> Any:
    if translated := schema.translated(key):
        texts = {language: getattr(record, to_attribute(key, language)) for language in translated.languages}
        return {language: text for language, text in texts.items() if text}
    value = getattr(record, key)
    if schema.is_many(key):
        return [related.code for related in value.all()]
    if schema.is_reference(key):
        return value.code if value else ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def reverse_name(inner: Schema) -> str:
    return inner.field(inner.parent).remote_field.related_name


def _everything(schema: Schema, prefix: str = "") -> list[str]:
    """The lookups that fetch a record whole, so that writing it asks nothing more."""
    lookups = [prefix + key for key in schema.keys if schema.is_many(key) or schema.is_reference(key)]
    for inner in schema.rows.values():
        name = prefix + reverse_name(inner)
        lookups += [name, *_everything(inner, f"{name}__")]
    return lookups


def records(kind: str) -> models.QuerySet:
    """All records of a kind in a lasting order, fetched whole."""
    schema = SCHEMAS[kind]
    ordering = ("position", "code") if "position" in schema.keys else ("code",)
    return schema.model._default_manager.order_by(*ordering).prefetch_related(*_everything(schema))


def digest(written: dict[str, Any]) -> str:
    """SHA-256 of a record’s text form, independent of the order of its keys."""
    canonical = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

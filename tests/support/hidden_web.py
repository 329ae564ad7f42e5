"""Records that the public must not see, tied to public ones in every way that the models allow.

The ties come from the models themselves, so a new field between two kinds of record is tied as well.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models

from partnership.fields.edtf import Period
from partnership.fields.periods import PeriodField
from partnership.models import (
    AwardRound,
    Confirmation,
    Edition,
    EditionFile,
    Passage,
    PrivateLink,
    Section,
    Source,
    Story,
    Submission,
)
from partnership.models.stories import EVIDENCED
from partnership.publishing import Record, State
from tests.factories import make_image
from visits.models import Profession

PUBLIC = "Openly"
#: What no public page, file or letter may hold of a draft in any field, and of a withdrawn record outside its title.
HIDDEN = "Zebrafinch"
#: The title and address of a withdrawn record, which stay.
KEPT = "Kestrel"
KEPT_FIELDS = ("code", "slug", "title", "name", "label", "short_name", "text", "withdrawal_reason", "alt")
APPS = ("partnership", "projects", "visits")
LANGUAGES = ("quote_language", "language", "says_language")
VALUES: dict[str, dict[str, Any]] = {
    "project": {"in_founding_count": "no", "budget_amount": 7, "budget_currency": "SEK", "status": "completed"},
    "visit": {"in_founding_count": "no", "direction": "to_sweden"},
    "output": {"kind": "hard", "soft_kind": "", "sphere": ""},
    "partner": {"kind": "other", "country": "SE", "role": "associated", "latitude": 56.9, "longitude": 14.8},
    "photo": {"basis": "no_person", "is_decorative": False},
    "statement": {"value_low": 7},
    "claim": {"counts": ""},
    "goal": {"number": 5},
    "passage": {"evidence": "", "is_gap": True},
}
_numbers = count(1)


def has_state(model: Any) -> bool:
    return any(field.name == "state" and field.choices == State.choices for field in model._meta.fields)


def models_with_state() -> list[Any]:
    """Every kind of record and of part that can be hidden."""
    return [model for label in APPS for model in apps.get_app_config(label).get_models() if has_state(model)]


#: Rows that are made by what is tested, or for staff.
NOT_TIED = (Edition, EditionFile, PrivateLink)


def models_of_rows() -> list[Any]:
    """What belongs to records: citations, participations, successions, names, sections and their like."""
    return [
        model
        for label in APPS
        for model in apps.get_app_config(label).get_models()
        if not has_state(model) and model not in NOT_TIED and any(not field.null for field in _relations(model))
    ]


def _relations(model: Any) -> list[Any]:
    tied = set(models_with_state())
    return [field for field in model._meta.fields if field.related_model in tied]


class HiddenWeb:
    """``public`` and ``hidden`` hold a record of each kind; ``shown`` all public ones that are tied to a hidden one."""

    def __init__(self, state: str):
        self.state = state
        self.public: dict[Any, Any] = {}
        self.hidden: dict[Any, Any] = {}
        self.shown: list[Any] = []
        # Those that others need come first.
        waiting = models_with_state()
        while waiting:
            model = waiting.pop(0)
            if any(f.related_model in waiting for f in _relations(model) if not f.null):
                waiting.append(model)
                continue
            self.public[model] = self._make(model, State.PUBLISHED, self.public)
            self.hidden[model] = self._make(model, state, self.public)
        self.shown += self.public.values()
        for model in models_with_state():
            self._tie_record(model)
        for model in models_of_rows():
            self._tie_by_rows(model)

    def _tie_record(self, model: Any) -> None:
        """A public record that leads to a hidden one by each of its fields, and a hidden one that leads to it."""
        for field in _relations(model):
            targets = {**self.public, field.related_model: self.hidden[field.related_model]}
            # What was merged is not public itself.
            if field.name != "merged_into":
                shown = self._make(model, State.PUBLISHED, targets, field)
                self.shown.append(shown)
                if hasattr(shown, "citations"):
                    # What has no source is no part of the data.
                    shown.citations.create(source=self.public[Source])
            self._make(model, self.state, self.public, field)
        for field in model._meta.many_to_many:
            if has_state(field.related_model):
                getattr(self.public[model], field.name).add(
                    self.hidden[field.related_model], self.public[field.related_model]
                )
                getattr(self.hidden[model], field.name).add(self.public[field.related_model])

    def _tie_by_rows(self, model: Any) -> None:
        """A row of public words for each way to a hidden record; words of a hidden record alone are hidden ones."""
        fields = _relations(model)
        rows = [{field.name: self.hidden[field.related_model]} for field in fields]
        if len(fields) > 1 and len({field.related_model for field in fields}) == len(fields):
            rows.append({})
        for row in rows:
            values = self._values(model, State.PUBLISHED if len(fields) > 1 else self.state)
            targets = {field.name: self.public[field.related_model] for field in fields}
            if issubclass(model, Confirmation):
                # Each side confirms a record once.
                values["country"] = "SE" if row else "ZA"
            model.objects.create(**{**values, **targets, **row})

    def refer(self) -> None:
        """Names each hidden record in the public dossier and the public story; such a dossier is never frozen."""
        names = (
            "claim",
            "counted",
            "statement",
            "quote",
            "project",
            "visit",
            "partner",
            "milestone",
            "output",
            "source",
        )
        kinds = {model._meta.model_name: record for model, record in self.hidden.items()}
        kinds |= {"counted": kinds["claim"], "quote": kinds["statement"]}
        text = "\n\n".join(f"Openly {{{name}:{kinds[name].code}}}" for name in names)
        titles = {"title_en": PUBLIC, "title_sv": PUBLIC}
        Section.objects.create(
            submission=self.public[Submission], code="openly", text_en=text, text_sv=text, length="two", **titles
        )
        evidence = "\n".join(f"{kind}:{kinds[kind].code}" for kind in EVIDENCED)
        Passage.objects.create(story=self.public[Story], text_en=text, text_sv=text, evidence=evidence)

    def _make(self, model: Any, state: str, targets: dict[Any, Any], field: Any = None) -> Any:
        values = self._values(model, state)
        values |= {f.name: targets[f.related_model] for f in _relations(model) if not f.null or f == field}
        return model.objects.create(**values)

    def _values(self, model: Any, state: str) -> dict[str, Any]:
        """Words in every field of text, and what the kind needs besides."""
        name, number = model._meta.model_name, next(_numbers)
        values: dict[str, Any] = {"state": state} if has_state(model) else {}
        if state == State.WITHDRAWN and issubclass(model, Record):
            values["withdrawn_on"] = "2026-05-03"
        if state == State.DRAFT and number % 2 and issubclass(model, Record):
            # In the bin.
            values["discarded_at"] = "2026-05-03T10:00:00Z"
        for field in model._meta.fields:
            word = PUBLIC if state == State.PUBLISHED else HIDDEN
            if state == State.WITHDRAWN and field.name.removesuffix("_en").removesuffix("_sv") in KEPT_FIELDS:
                word = KEPT
            if field.choices and field.name == "about" and not field.blank:
                values["about"] = field.choices[0][0]
            if field.choices or field.name in values or not field.editable:
                continue
            if isinstance(field, models.FileField):
                is_photo = name == "photo"
                content = make_image(480, 320).read() if is_photo else f"%PDF-1.7 {word}".encode()
                values[field.name] = ContentFile(content, name=f"{word}.{'jpg' if is_photo else 'pdf'}")
            elif isinstance(field, models.SlugField):
                values[field.name] = f"{word.lower()}-{name}-{number}"
            elif isinstance(field, models.URLField):
                values[field.name] = f"https://{word.lower()}-{number}.example/"
            elif isinstance(field, PeriodField):
                values[field.name] = Period("2016-03-02")
            elif isinstance(field, models.DateField) and not field.null:
                values[field.name] = "2026-03-02"
            elif field.name in LANGUAGES:
                values[field.name] = "en"
            elif isinstance(field, models.CharField | models.TextField):
                values[field.name] = f"{word} {field.name} {number}"[: field.max_length]
            elif field.related_model in (AwardRound, Profession):
                values[field.name] = field.related_model.objects.first()
        if name in ("newsletter", "delegates"):
            values["number"] = 900 + number
        return {**values, **VALUES.get(name, {})}

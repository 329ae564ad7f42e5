"""Texts in one column per language, read through one attribute that falls back to another language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from translated_fields import TranslatedField, to_attribute

from .codes import in_language


class OtherLanguage(str):
    """Text shown in another language than the page's, because the translation is missing.

    In HTML it marks its language and says so; everywhere else it is plain text.
    """

    language: str

    def __new__(cls, text: str, language: str) -> OtherLanguage:
        self = super().__new__(cls, text)
        self.language = language
        return self

    def __html__(self) -> str:
        return format_html(
            '<span lang="{}">{}</span> <small class="in-language">({})</small>',
            self.language,
            str(self),
            in_language(self.language),
        )


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ])")


def first_sentence(text: str) -> str:
    """The first sentence of a text, in the language that the text is in."""
    return _part(text, 0)


def further_sentences(text: str) -> str:
    return _part(text, 1)


def _part(text: str, index: int) -> str:
    parts = _SENTENCE_END.split(str(text), maxsplit=1)
    part = parts[index] if index < len(parts) else ""
    return OtherLanguage(part, text.language) if part and isinstance(text, OtherLanguage) else part


def _with_fallback(name: str, field: TranslatedField) -> Callable[[models.Model], str]:
    def read(record: models.Model) -> str:
        active = get_language() or settings.LANGUAGE_CODE
        if active not in field.languages:
            active = settings.LANGUAGE_CODE
        if text := getattr(record, to_attribute(name, active)):
            return text
        for language in field.languages:
            if text := getattr(record, to_attribute(name, language)):
                return OtherLanguage(text, language)
        return ""

    return read


def translated(field: models.Field) -> Any:
    """One column per language in ``LANGUAGES`` (``title_en``, ``title_sv``) and a reader, ``record.title``.

    The reader answers in the active language, or in the first other one that has text, as ``OtherLanguage``.
    """
    return TranslatedField(field, attrgetter=_with_fallback)


def language_codes() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def language_columns(name: str) -> tuple[str, ...]:
    """The columns of a translated field, in the order of ``LANGUAGES``."""
    return tuple(to_attribute(name, language) for language in language_codes())


def has_text(name: str) -> models.Q:
    """Records whose translated ``name`` is written in at least one language."""
    condition = models.Q()
    for language in language_codes():
        condition |= ~models.Q(**{to_attribute(name, language): ""})
    return condition


def translated_names(model: type[models.Model]) -> list[str]:
    """The translated texts of a model, by the names of their readers."""
    return [name for name in dir(model) if isinstance(getattr(model, name, None), TranslatedField)]


def lacks_translation(model: type[models.Model], *languages: str) -> models.Q:
    """Rows with a text that is missing in any of these languages, though it is written in another."""
    condition = models.Q(pk__in=[])
    for name in translated_names(model):
        for language in languages:
            condition |= has_text(name) & models.Q(**{to_attribute(name, language): ""})
    return condition


def needs_text(name: str) -> models.CheckConstraint:
    """The database refuses a record whose translated ``name`` is empty in every language."""
    return models.CheckConstraint(
        condition=has_text(name),
        name=f"%(app_label)s_%(class)s_{name}",
        violation_error_message=gettext_lazy("Write this text in at least one of the languages."),
    )

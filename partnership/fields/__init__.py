"""The record’s own kinds of fields: translated text, periods, numbers. Markdown is loaded where it is read."""

from __future__ import annotations

from .numbers import NARROW_SPACE, print_number, print_range
from .periods import Dated, DatedQuerySet, Period, PeriodField, Point, ReversedPeriod
from .translated import (
    LANGUAGE_LABELS,
    OtherLanguage,
    first_sentence,
    further_sentences,
    has_text,
    lacks_translation,
    language_codes,
    needs_text,
    translated,
    translated_names,
)

__all__ = [
    "LANGUAGE_LABELS",
    "NARROW_SPACE",
    "Dated",
    "DatedQuerySet",
    "OtherLanguage",
    "Period",
    "PeriodField",
    "Point",
    "ReversedPeriod",
    "first_sentence",
    "further_sentences",
    "has_text",
    "lacks_translation",
    "language_codes",
    "needs_text",
    "print_number",
    "print_range",
    "translated",
    "translated_names",
]

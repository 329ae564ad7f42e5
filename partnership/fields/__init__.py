"""The record’s own kinds of fields: translated text, periods, numbers. Markdown is loaded where it is read."""

from __future__ import annotations

from .codes import currency_choices, in_language, language_choices, validate_currency, validate_language
from .numbers import NARROW_SPACE, NumberRange, print_number, print_range
from .periods import Dated, DatedQuerySet, InvalidPeriod, Period, PeriodField, Point, ReversedPeriod
from .translated import (
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
    "NARROW_SPACE",
    "Dated",
    "DatedQuerySet",
    "InvalidPeriod",
    "NumberRange",
    "OtherLanguage",
    "Period",
    "PeriodField",
    "Point",
    "ReversedPeriod",
    "currency_choices",
    "first_sentence",
    "further_sentences",
    "has_text",
    "in_language",
    "lacks_translation",
    "language_choices",
    "language_codes",
    "needs_text",
    "print_number",
    "print_range",
    "translated",
    "translated_names",
    "validate_currency",
    "validate_language",
]

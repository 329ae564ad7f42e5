"""Form fields that read dates and numbers as people write them, say what they read, and ask where it is not clear."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.choices import CallableChoiceIterator
from django.utils.dates import MONTHS
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .edtf import SEASONS, InvalidPeriod, Period, season_name
from .numbers import NumberRange
from .reading import Reading
from .reading_numbers import read_number
from .reading_periods import doubt, read_period

_DIFFERENT = gettext_lazy("The text and the choice beside it say different things. Which holds?")
_ONE_DAY = gettext_lazy("A single day belongs here, like 12 May 2014.")
_ONE_NUMBER = gettext_lazy("Only a single number can stand here.")


@dataclass(frozen=True)
class Typed:
    """What was sent for a field: its text, the reading that was chosen of several, and what was picked instead."""

    text: str
    chosen: str = ""
    picked: dict[str, str] = field(default_factory=dict)


class ReadingInput(forms.TextInput):
    """A text input with what was understood below it, or the readings to choose from."""

    template_name = "admin/reading_input.html"
    #: What the endpoint for scripts calls it.
    kind = ""

    def read(self, typed: Typed) -> Reading[Any]:
        raise NotImplementedError

    def editable(self, value: Any) -> str:
        """The text to edit for a value of the model."""
        return str(value)

    def details(self, value: Any) -> str:
        """What follows from the value, where its words do not say it."""
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed:
        return Typed(data.get(name) or "", data.get(f"{name}_reading") or "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        typed = value if isinstance(value, Typed) else Typed(self.editable(value) if value not in {None, ""} else "")
        context = super().get_context(name, typed.text, attrs)
        own = context["widget"]["attrs"]
        reading_id = f"{own.get('id', name)}_reading"
        own["aria-describedby"] = f"{own.get('aria-describedby', '')} {reading_id}".strip()
        return {
            **context,
            **self.reading_context(name, typed),
            "attributes": flatatt(own),
            "kind": self.kind,
            "reading_id": reading_id,
            "typed": typed,
        }

    def reading_context(self, name: str, typed: Typed) -> dict[str, Any]:
        reading = self.read(typed)
        return {
            "reading": reading,
            "reading_name": f"{name}_reading",
            "text": typed.text,
            "printed": reading.value.print() if reading.value else "",
            "details": self.details(reading.value) if reading.value else "",
            "candidates": [(key, words, key == typed.chosen) for key, words in choices_of(reading)],
        }

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class Unresolved(ValidationError):
    """A text that was not understood; ``reading`` has the likely values to choose from."""

    def __init__(self, reading: Reading[Any]):
        super().__init__(str(reading.message), code="reading")
        self.reading = reading


def resolve(reading: Reading[Any], chosen: str = "", *, leaves_doubts: bool = False) -> Any:
    """The value, or that of the readings whose key was ``chosen``. Raises Unresolved.

    What is clear and only unlikely can be left to the rules of the record, which ask for a reason.
    """
    if reading.is_understood:
        return reading.value
    if reading.is_doubtful and leaves_doubts:
        return reading.candidates[0]
    for candidate in reading.candidates:
        if key_of(candidate) == chosen:
            return candidate
    raise Unresolved(reading)


def key_of(value: Period | NumberRange) -> str:
    """What stands for a reading in a form; never empty."""
    if isinstance(value, Period):
        return f"={value.text}"
    return f"={value.low or ''}-{value.high or ''}{value.currency}"


def choices_of(reading: Reading[Any]) -> list[tuple[str, str]]:
    """The readings to choose from, each with its key and in words."""
    return [(key_of(value), value.print() or _("not documented")) for value in reading.candidates]


class ReadingField(forms.Field):
    """Cleans to a value that was read, or that was chosen of several readings."""

    widget: Any = ReadingInput
    #: Whether somebody else asks about what is clear and only unlikely.
    leaves_doubts = False

    def __init__(self, *args: Any, max_length: int | None = None, empty_value: Any = None, **kwargs: Any):
        # What model fields say of their column holds for the value, and not for the text that it is read from.
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        typed = value if isinstance(value, Typed) else Typed(str(value or ""))
        return resolve(self.widget.read(typed), typed.chosen, leaves_doubts=self.leaves_doubts)

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return bool(self.clean(data) != self.stored(initial))
        except ValidationError as error:
            # What was empty and still is has not changed, also where it is required.
            return getattr(error, "code", None) != "required" or bool(self.stored(initial))

    def stored(self, value: Any) -> Any:
        """A value of the model as this field cleans to it."""
        return value


# Dates

_PICKED_NAMES = ("pick", "day", "month", "year", "week", "season", "day2", "month2", "year2")


class PeriodInput(ReadingInput):
    """Free text, and a picker in its place for whoever would rather choose how precisely a date is known."""

    kind = "period"
    has_picker = True

    def read(self, typed: Typed) -> Reading[Period]:
        picked = self._picked(typed.picked)
        if picked is None:
            return read_period(typed.text)
        if picked.value is None or not typed.text.strip():
            return picked
        written = read_period(typed.text)
        readings = (*((written.value,) if written.value is not None else written.candidates), picked.value)
        if set(readings) == {picked.value}:
            return picked
        return Reading(message=_DIFFERENT, candidates=tuple(dict.fromkeys(readings)))

    def _picked(self, picked: dict[str, str]) -> Reading[Period] | None:
        """What the picker says; None where nothing was picked."""
        kind = picked.get("pick", "")
        if not kind:
            return None
        if kind == "none":
            return Reading(Period())
        first = self._point(picked, "", kind)
        last = self._point(picked, "2", kind)
        texts = {"between": f"[{first}..{last}]", "range": f"{first}/{last}", "about": f"{first}~"}
        period = Period(texts.get(kind, first))
        try:
            period.bounds()
        except InvalidPeriod as error:
            missing = _("Fill in all that belongs to your choice: a day needs its month and its year.")
            return Reading(message=missing if not picked.get("year") else error.message)
        question = doubt(period)
        return Reading(message=question, candidates=(period,), is_doubtful=True) if question else Reading(period)

    def _point(self, picked: dict[str, str], end: str, kind: str) -> str:
        """EDTF from the fields of one end; what does not belong to the kind is left out."""
        year = picked.get(f"year{end}", "").strip()
        if kind == "week":
            return f"{year}-W{picked.get('week', '').strip().zfill(2)}"
        if kind == "season":
            return f"{year}-{picked.get('season', '')}"
        names = {"year": (), "month": ("month",)}.get(kind, ("month", "day"))
        parts = [picked.get(f"{name}{end}", "").strip() for name in names]
        if kind in {"day", "month"}:
            return "-".join([year, *parts])
        # From–to, between and about hold for years and months too.
        return "-".join(part for part in (year, *parts) if part)

    def editable(self, value: Any) -> str:
        return value.print() if isinstance(value, Period) and value else str(value or "")

    def details(self, value: Period) -> str:
        """The first and last day, where the words leave them open."""
        first, last = value.bounds()
        if not first or not last or value.has_days or value.is_choice or any(point.week for point in value.points):
            return ""
        days = (Period(first.isoformat()).print(), Period(last.isoformat()).print())
        return _("%(first)s to %(last)s") % {"first": days[0], "last": days[1]}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed:
        picked = {part: data.get(f"{name}_{part}") or "" for part in _PICKED_NAMES if self.has_picker}
        return Typed(data.get(name) or "", data.get(f"{name}_reading") or "", picked)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if not self.has_picker:
            return context
        picked = {part: context["typed"].picked.get(part, "") for part in _PICKED_NAMES}
        parts = [(name, label, kinds, options, picked[name]) for name, label, kinds, options in _picker_parts()]
        picker = {"kinds": _kinds(), "parts": parts}
        return {**context, "picker": picker, "picked": picked}


def _picker_parts() -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """The fields of the picker: name, label, the kinds of date that they belong to, and what can be chosen."""
    days = [(f"{day:02}", str(day)) for day in range(1, 32)]
    months = [(f"{number:02}", str(MONTHS[number])) for number in range(1, 13)]
    seasons = [
        (str(code), f"{season_name(code)} ({MONTHS[first]}–{MONTHS[(last - 1) % 12 + 1]})")
        for code, (first, last) in SEASONS.items()
        if code >= 25
    ]
    return [
        ("day", _("Day"), "day range between about", days),
        ("week", _("Week"), "week", []),
        ("month", _("Month"), "day month range between about", months),
        ("season", _("Season"), "season", seasons),
        ("year", _("Year"), "day month week season year range between about", []),
        ("day2", _("Last day"), "range between", days),
        ("month2", _("Last month"), "range between", months),
        ("year2", _("Last year"), "range between", []),
    ]


def _kinds() -> list[tuple[str, str]]:
    return [
        ("day", _("Day")),
        ("range", _("From–to")),
        ("week", _("Week")),
        ("month", _("Month")),
        ("season", _("Season")),
        ("year", _("Year")),
        ("between", _("Some time between")),
        ("about", _("About")),
        ("none", _("Not documented")),
        ("", _("As written above")),
    ]


class PeriodFormField(ReadingField):
    widget = PeriodInput

    def stored(self, value: Any) -> Period:
        return value if isinstance(value, Period) else Period(str(value or ""))


class DayInput(PeriodInput):
    has_picker = False

    def editable(self, value: Any) -> str:
        return Period(value.isoformat()).print() if isinstance(value, datetime.date) else str(value or "")


class DayFormField(PeriodFormField):
    """Cleans to a day of the calendar, or None."""

    widget = DayInput

    def clean(self, value: Any) -> Any:
        period = super().clean(value)
        if period and period.day is None:
            raise ValidationError(_ONE_DAY, code="day")
        return period.day if period else None

    def stored(self, value: Any) -> Any:
        return value or None


# Numbers


class NumberInput(ReadingInput):
    kind = "number"

    def read(self, typed: Typed) -> Reading[NumberRange]:
        return read_number(typed.text)

    def editable(self, value: Any) -> str:
        if isinstance(value, NumberRange):
            # Without marks between thousands, which can be read in two ways.
            return "–".join(str(end) for end in dict.fromkeys((value.low, value.high)) if end is not None)
        return str(value)


class NumberRangeFormField(ReadingField):
    """Cleans to a NumberRange, which is empty where nothing is documented."""

    widget = NumberInput
    takes_currency = False

    def __init__(self, *args: Any, min_value: int | None = None, max_value: int | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.limits = [
            *([MinValueValidator(min_value)] if min_value is not None else []),
            *([MaxValueValidator(max_value)] if max_value is not None else []),
        ]

    def run_validators(self, value: NumberRange) -> None:
        if value.currency and not self.takes_currency:
            raise ValidationError(_("This is a number of things, and no sum of money."), code="currency")
        for limit in self.limits:
            for end in {value.low, value.high} - {None}:
                limit(end)
        super().run_validators(value)

    def stored(self, value: Any) -> NumberRange:
        return value if isinstance(value, NumberRange) else NumberRange(value, value)


class NumberFormField(NumberRangeFormField):
    """Cleans to a whole number, or None."""

    def clean(self, value: Any) -> Any:
        numbers = super().clean(value)
        if not numbers.is_exact:
            raise ValidationError(_ONE_NUMBER, code="range")
        return numbers.low

    def stored(self, value: Any) -> Any:
        return value


class CodeSelect(forms.Select):
    """One of the languages or currencies, or none. Each row of sources has it, so no template is asked per option."""

    def __init__(self, codes: Callable[[], list[tuple[str, str]]]):
        super().__init__(choices=CallableChoiceIterator(lambda: [("", "---------"), *codes()]))

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        rows = ((code, " selected" if code == chosen else "", label) for code, label in self.choices)
        options = format_html_join("", '<option value="{}"{}>{}</option>\n', rows)
        attributes = flatatt({**self.attrs, **(attrs or {}), "name": name})
        return format_html("<select{}>\n{}</select>", attributes, options)

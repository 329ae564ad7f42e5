"""The record as spreadsheets: the columns of each sheet, and the way between their cells and a record’s text form.

A cell holds what the record file holds, on one level: a text in one language, a word of a choice, an EDTF date, or
several codes separated by semicolons. A cell that says what the export says changes nothing, whatever else the record
knows; so what has no column (where in a source something stands, say) outlives a round trip.
"""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from translated_fields import to_attribute

from visits.models import Profession, Visit

from ..fields.edtf import Period
from ..fields.forms import Unresolved, choices_of, resolve
from ..fields.periods import PeriodField
from ..fields.reading import Reading
from ..fields.reading_numbers import read_number
from ..fields.reading_periods import read_period
from ..fields.translated import language_codes
from ..publishing import State
from ..record import rules
from ..record.schemas import ATTACHMENTS, SCHEMAS, Schema
from .cells import Cell, clean, folded, is_beginning, is_cut
from .file_reader import decoded_once_more
from .names import Names, NamesNobody

#: A day as workbooks count them, since the last of 1899; from 1927 to 2119.
_DAY_NUMBER, _FIRST_DAY = re.compile(r"[1-7]\d{4}"), datetime.date(1899, 12, 30)
_NUMBER_FOR_A_DAY = gettext_lazy("This is a number. Is it a day, as spreadsheet programs count them?")
_PART_OF_A_DATE = gettext_lazy("The file does not say how much of this date is known. Which is meant?")
_TWICE = gettext_lazy("These letters are garbled. Was this meant?")
_LOST = gettext_lazy("A letter is lost here. Write the words anew.")
_CUT_SHORT = gettext_lazy(
    "This text was too long for a cell and was cut at export. Change it in the form of its record."
)
#: Answers about a cell that stand for themselves: it is right as it is, or another text belongs here.
KEEP, TEXT = "k:", "t:"


def chosen_reading(cell: str) -> str:
    return cell.reading if isinstance(cell, Cell) else ""


class CellError(NamedTuple):
    """Why a cell cannot be taken as it is, and what may be meant."""

    column: str
    cell: str
    reason: str
    code: str = ""
    candidates: tuple[tuple[str, str], ...] = ()

    @classmethod
    def make(cls, column: str, cell: str, error: ValidationError) -> CellError:
        reason = " ".join(error.messages)
        if isinstance(error, Unresolved):
            return cls(column, cell, reason, "reading", tuple(choices_of(error.reading)))
        names_nobody = any(isinstance(part, NamesNobody) for part in getattr(error, "error_list", ()))
        return cls(column, cell, reason, "name" if names_nobody else "cell")


def garbled(column: str, cell: str) -> CellError | None:
    """What is wrong with the letters of a cell that went through the wrong encoding."""
    if chosen_reading(cell) == KEEP:
        return None
    if "\ufffd" in cell:
        return CellError(column, cell, str(_LOST), "letters", ((KEEP, _("as it stands")),))
    mended = decoded_once_more(cell)
    if mended == cell:
        return None
    return CellError(column, cell, str(_TWICE), "letters", ((TEXT + mended, mended), (KEEP, _("as it stands"))))


# Columns


def _parts(cell: str) -> list[str]:
    """Several things in one cell: separated by semicolons, commas or new lines."""
    return [part for part in map(clean, re.split(r"[;,\n]", cell)) if part]


class Column:
    """One column: its name for ever, and the way between its cells and the text form of a record.

    This one holds text; the others are for what is not only text.
    """

    #: Whether a cell may name several records.
    takes_several = False
    #: Whether its cell also holds what other columns are for, and is therefore read after theirs.
    fills_others: Any = False

    def __init__(self, schema: Schema, key: str, language: str = ""):
        self.schema, self.key, self.language = schema, key, language
        self.name = to_attribute(key, language) if language else key

    @cached_property
    def field(self) -> Any:
        return self.schema.field(self.name)

    @property
    def label(self) -> str:
        """What it is called in the admin, in the active language."""
        label = capfirst(str(self.field.verbose_name))
        return f"{label} ({dict(settings.LANGUAGES)[self.language]})" if self.language else label

    @property
    def help(self) -> str:
        return str(self.field.help_text)

    @property
    def words(self) -> list[str]:
        """The only words that are understood here; empty where any text is."""
        return []

    @property
    def labels(self) -> list[str]:
        """The same in the reader’s language, which are understood as well."""
        return self.words

    @property
    def names_a(self) -> type[models.Model] | None:
        """The kind of record that its cells name; None where they name none."""
        return None

    @property
    def is_prose(self) -> bool:
        """Whether a person could be named here."""
        return rules.is_prose(self.field)

    def cell(self, text: dict[str, Any]) -> str:
        """The cell for a record in its text form."""
        if self.language:
            return text.get(self.key, {}).get(self.language, "")
        return text.get(self.key, self.schema.default(self.key))

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        """Writes a cell into the text form of a record. Raises ValidationError in the reader’s language."""
        if self.language:
            text[self.key] = {**text.get(self.key, {}), self.language: cell}
            if not cell:
                del text[self.key][self.language]
        else:
            text[self.key] = cell


class Choice(Column):
    is_prose = False

    @property
    def words(self) -> list[str]:
        return [value for value, _label in self.field.flatchoices if value]

    @property
    def labels(self) -> list[str]:
        return labels_of(self.field)

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        value = word_of(self.field, cell) if cell else ""
        if not value and not self.field.blank:
            raise ValidationError(_("This must not be empty. Allowed: %(words)s") % {"words": "; ".join(self.labels)})
        text[self.key] = value


def labels_of(choices: Any) -> list[str]:
    return [str(label) for value, label in choices.flatchoices if value]


def word_of(choices: Any, cell: str) -> str:
    """The value of a choice from its own word or its label in any of the languages. Raises ValidationError."""
    known = {folded(value): value for value, _label in choices.flatchoices if value}
    for language in language_codes():
        with translation.override(language):
            for value, label in choices.flatchoices:
                known.setdefault(folded(str(label)), value)
    if folded(cell) not in known:
        message = _("“%(word)s” is not understood. Allowed: %(words)s") % {
            "word": cell,
            "words": "; ".join(labels_of(choices)),
        }
        raise ValidationError(message)
    return known[folded(cell)]


class Number(Column):
    """A whole number, where there is a column for it also a range or a sum with its currency."""

    is_prose = False

    def _beside(self, key: str) -> str:
        return key if key != self.key and key in self.schema.keys else ""

    @cached_property
    def upper_key(self) -> str:
        return self._beside(f"{self.key}_high")

    @cached_property
    def currency_key(self) -> str:
        return self._beside(self.key.replace("_amount", "_currency"))

    @property
    def fills_others(self) -> bool:
        return bool(self.upper_key or self.currency_key)

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        numbers = resolve(read_number(cell), chosen_reading(cell))
        for end in {numbers.low, numbers.high} - {None}:
            self.field.run_validators(end)
        if not numbers.is_exact and not self.upper_key:
            raise ValidationError(_("“%(cell)s” is no whole number.") % {"cell": cell})
        if numbers.currency:
            self._fill_currency(text, numbers.currency)
        text[self.key] = "" if numbers.low is None else str(numbers.low)
        if not numbers.is_exact:
            text[self.upper_key] = str(numbers.high)

    def _fill_currency(self, text: dict[str, Any], currency: str) -> None:
        if not self.currency_key:
            raise ValidationError(_("This is a number of things, and no sum of money."))
        if text.get(self.currency_key) not in {None, "", currency}:
            raise ValidationError(_("The sum is written in another currency. Which holds?"))
        text[self.currency_key] = currency


def whole_number(cell: str) -> int:
    """“1 200”, “1200,0” and “1200.00” are 1200. Raises ValidationError for what is no whole number."""
    numbers = resolve(read_number(cell), chosen_reading(cell))
    if numbers.low is None or not numbers.is_exact:
        raise ValidationError(_("“%(cell)s” is no whole number.") % {"cell": cell})
    return numbers.low


class Date(Column):
    """A day, or a date of any precision."""

    is_prose = False

    @property
    def help(self) -> str:
        return super().help or _("A day: 2012-03-05")

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        period = resolve(self._reading(cell), chosen_reading(cell), leaves_doubts=True)
        if not isinstance(self.field, PeriodField) and period and period.day is None:
            raise ValidationError(_("A single day belongs here, like 12 May 2014."))
        text[self.key] = period.text

    def _reading(self, cell: str) -> Reading[Period]:
        if isinstance(cell, Cell) and cell.candidates:
            return Reading(message=_PART_OF_A_DATE, candidates=tuple(map(Period, cell.candidates)))
        if _DAY_NUMBER.fullmatch(cell):
            day = _FIRST_DAY + datetime.timedelta(int(cell))
            return Reading(message=_NUMBER_FOR_A_DAY, candidates=(Period(day.isoformat()), Period()))
        return read_period(cell.removesuffix(" 00:00:00"))


class Reference(Column):
    is_prose = False

    @property
    def help(self) -> str:
        return " ".join(part for part in (super().help, _("A code.")) if part)

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        text[self.key] = names.find(self.field.related_model, cell) if cell else ""

    @property
    def names_a(self) -> type[models.Model] | None:
        return self.field.related_model


class References(Column):
    is_prose = False
    takes_several = True

    @property
    def help(self) -> str:
        return " ".join(part for part in (super().help, _("Codes, separated by semicolons.")) if part)

    def cell(self, text: dict[str, Any]) -> str:
        return "; ".join(text.get(self.key, []))

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        model = self.field.related_model
        text[self.key] = names.in_order(model, names.find_all(model, cell))

    @property
    def names_a(self) -> type[models.Model] | None:
        return self.field.related_model


class Rows(Column):
    """A column for rows that belong to a record; ``name`` is its own, ``key`` that of the record files."""

    is_prose = False

    def __init__(self, schema: Schema, key: str, name: str, explanation: Any = "", language: str = ""):
        super().__init__(schema, key, language)
        self.name, self.explanation = name, explanation
        self.inner = schema.rows[key]

    @property
    def label(self) -> str:
        return capfirst(self.schema.label(self.key))

    @property
    def help(self) -> str:
        return str(self.explanation)

    def _alone(self, row: Any) -> str:
        return row[self.inner.alone] if isinstance(row, dict) else row


class Sources(Rows):
    """The sources of a record. What a citation says beyond its source stays as it is."""

    takes_several = True

    def cell(self, text: dict[str, Any]) -> str:
        return "; ".join(dict.fromkeys(self._alone(row) for row in text.get(self.key, [])))

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        sources = names.find_all(self.names_a, cell)
        rows = [row for row in text.get(self.key, []) if self._alone(row) in sources]
        cited = {self._alone(row) for row in rows}
        text[self.key] = rows + [code for code in sources if code not in cited]

    @property
    def label(self) -> str:
        return capfirst(str(self.names_a._meta.verbose_name_plural))

    @property
    def names_a(self) -> type[models.Model]:
        return self.inner.field("source").related_model


class Goals(Rows):
    def cell(self, text: dict[str, Any]) -> str:
        return "; ".join(text.get(self.key, []))

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        numbers = sorted({whole_number(part) for part in _parts(cell)})
        if numbers and not 1 <= numbers[0] <= numbers[-1] <= 17:
            raise ValidationError(_("The goals have the numbers 1 to 17."))
        text[self.key] = [str(number) for number in numbers]


class Pairs(Rows):
    """Codes, each with a word or a number after a colon: “teachers: 4; doctors”."""

    #: The keys of the code and of what follows it.
    first = second = ""

    def cell(self, text: dict[str, Any]) -> str:
        return "; ".join(self._pair(row) for row in text.get(self.key, []))

    def _pair(self, row: Any) -> str:
        row = row if isinstance(row, dict) else {self.first: row}
        return f"{row[self.first]}: {row[self.second]}" if row.get(self.second) else row[self.first]

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        rows: list[Any] = []
        for name, rest in self.pairs(cell, names):
            if code := names.find(self.names_a, name):
                rows.append(self._row(code, self._second(rest)))
        self._refuse_twice(rows)
        # The order says nothing.
        if sorted(map(str, rows)) != sorted(map(str, text.get(self.key, []))):
            text[self.key] = rows

    @property
    def names_a(self) -> type[models.Model]:
        return self.inner.field(self.first).related_model

    def pairs(self, cell: str, names: Names) -> Iterator[tuple[str, str]]:
        """Each name in the cell, and what stands behind its colon."""
        for part in re.split(r"[;\n]", cell):
            # Commas separate as well, but may belong to a name.
            name = part.partition(":")[0]
            pieces = [part] if names.meant(self.names_a, name) is not None else part.split(",")
            for piece in pieces:
                name, _colon, rest = piece.partition(":")
                if clean(name):
                    yield clean(name), clean(rest)

    def _row(self, code: str, second: str) -> Any:
        return {self.first: code, self.second: second} if second else code

    def _second(self, text: str) -> str:
        raise NotImplementedError

    def _refuse_twice(self, rows: list[Any]) -> None:
        for row in rows:
            if rows.count(row) > 1:
                raise ValidationError(_("“%(part)s” is named twice.") % {"part": self._pair(row)})


class Participations(Pairs):
    first, second = "partner", "role"

    def _second(self, text: str) -> str:
        role = self.inner.field("role")
        return word_of(role, text) if text else str(role.default.value)


class Professions(Pairs):
    first, second = "profession", "number"

    def _second(self, text: str) -> str:
        if not text:
            return ""
        number = whole_number(text)
        self.inner.field("number").run_validators(number)
        return str(number)

    def _refuse_twice(self, rows: list[Any]) -> None:
        super()._refuse_twice([row["profession"] if isinstance(row, dict) else row for row in rows])


class ProfessionCount(Rows):
    """How many of one profession travelled, where a file has a column for each."""

    fills_others = True

    def __init__(self, schema: Schema, profession: Profession):
        super().__init__(schema, "professions", f"professions:{profession.code}")
        self.profession = profession

    @property
    def label(self) -> str:
        return _("Delegates: %(profession)s") % {"profession": self.profession}

    def cell(self, text: dict[str, Any]) -> str:
        rows = (row for row in text.get(self.key, []) if self._alone(row) == self.profession.code)
        return next((row["number"] for row in rows if isinstance(row, dict)), "")

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        number = whole_number(cell) if cell else 0
        self.inner.field("number").run_validators(number)
        rows = [row for row in text.get(self.key, []) if self._alone(row) != self.profession.code]
        text[self.key] = rows + ([{"profession": self.profession.code, "number": str(number)}] if number else [])


class Objectives(Rows):
    """One objective a line; the same line in each language is the same objective."""

    is_prose = True

    @property
    def label(self) -> str:
        return f"{super().label} ({dict(settings.LANGUAGES)[self.language]})"

    def cell(self, text: dict[str, Any]) -> str:
        return "\n".join(row.get(self.language, "") for row in text.get(self.key, []))

    def read(self, text: dict[str, Any], cell: str, names: Names) -> None:
        lines = [clean(line) for line in cell.split("\n")]
        rows = [dict(row) for row in text.get(self.key, [])]
        rows += [{} for _line in lines[len(rows) :]]
        lines += [""] * (len(rows) - len(lines))
        longest = self.inner.field(to_attribute("text", self.language)).max_length
        for row, line in zip(rows, lines, strict=True):
            if len(line) > longest:
                raise ValidationError(_("A line has more than %(number)s characters.") % {"number": longest})
            row.pop(self.language, None)
            if line:
                row[self.language] = line
        text[self.key] = rows


def _columns(schema: Schema) -> Iterator[Column]:
    """The columns of a record’s own fields, in the order of its file. Files and mergers have pages of their own."""
    for key in (key for key in schema.keys if key not in ATTACHMENTS | {"merged_into"}):
        if schema.translated(key):
            yield from (Column(schema, key, language) for language in language_codes())
            continue
        column = schema.field(key)
        if schema.is_many(key):
            yield References(schema, key)
        elif schema.is_reference(key):
            yield Reference(schema, key)
        elif column.choices:
            yield Choice(schema, key)
        elif isinstance(column, models.IntegerField):
            yield Number(schema, key)
        elif isinstance(column, (PeriodField, models.DateField)):
            yield Date(schema, key)
        else:
            yield Column(schema, key)


@dataclass(frozen=True)
class Sheet:
    """A kind of spreadsheet. ``kind`` is the kind of record that it is about, ``rows`` what a record has in it."""

    name: str
    kind: str
    columns: list[Column]
    rows: Callable[[dict[str, Any]], list[dict[str, Any]]] = field(default=lambda text: [text], repr=False)

    @property
    def schema(self) -> Schema:
        return SCHEMAS[self.kind]

    @property
    def label(self) -> str:
        return capfirst(str(self.columns[0].schema.model._meta.verbose_name_plural))

    def targets(self) -> dict[str, Column]:
        """By name, all that a column of a file may be: also one for each profession."""
        columns = {column.name: column for column in self.columns}
        if self.name == "visits":
            counts = (ProfessionCount(self.schema, profession) for profession in Profession.objects.all())
            columns |= {column.name: column for column in counts}
        return columns

    def names(self) -> dict[str, Column]:
        """Every heading that is understood: the name of a column, or its label in any of the languages."""
        known: dict[str, Column | None] = {}
        for language in language_codes():
            with translation.override(language):
                for column in self.columns:
                    label = folded(column.label)
                    # What two columns are called names neither.
                    known[label] = column if known.get(label, column) is column else None
        known |= {folded(column.name): column for column in self.columns}
        return {label: column for label, column in known.items() if column}

    def apply(
        self, text: dict[str, Any], cells: dict[Column, str], names: Names, *, is_new: bool
    ) -> tuple[dict[str, Any], list[CellError]]:
        """The text form of a record as a row wants it, and every cell that is wrong."""
        target, errors = copy.deepcopy(text), []
        # What fills another column as well comes last: an empty cell of that other one must not undo it.
        for column, cell in sorted(cells.items(), key=lambda pair: pair[0].fills_others):
            stored = column.cell(text)
            if column.key == "code" or (is_new and not cell) or clean(stored) == cell or is_beginning(cell, stored):
                continue
            if is_cut(cell):
                errors.append(CellError(column.name, cell[:60], str(_CUT_SHORT)))
            elif error := garbled(column.name, cell):
                errors.append(error)
            else:
                try:
                    column.read(target, cell, names)
                except ValidationError as refusal:
                    errors.append(CellError.make(column.name, cell, refusal))
        order = [column.name for column in cells]
        errors.sort(key=lambda error: order.index(error.column))
        if is_new and self.kind == "visits" and target.get("direction") in {None, "", Visit.Direction.UNKNOWN}:
            target["direction"] = names.direction(target.get("hosts", [])) or target.get("direction", "")
        return self._as_written(target), errors

    def _as_written(self, text: dict[str, Any]) -> dict[str, Any]:
        """Without what the text form leaves out: what is empty, and what is understood."""
        filled = {
            key: [row for row in value if row] if isinstance(value, list) else value for key, value in text.items()
        }
        return {key: value for key, value in filled.items() if self.schema.is_written(key, value)}

    def blank(self, code: str) -> dict[str, Any]:
        """A new record in its text form: a draft with all that a form begins with."""
        defaults = {key: self.schema.default(key) for key in self.schema.keys}
        blank = {key: value for key, value in defaults.items() if self.schema.is_written(key, value)}
        return {**({"code": code} if code else {}), **blank, "state": State.DRAFT.value}


_SOURCES = gettext_lazy("Codes of the sources, separated by semicolons. What is published needs at least one.")
_VISITS, _PROJECTS = SCHEMAS["visits"], SCHEMAS["projects"]
_DELEGATES = _VISITS.rows["professions"]


def _delegates(visit: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [row if isinstance(row, dict) else {"profession": row} for row in visit.get("professions", [])]
    return [{"visit": visit["code"], **row} for row in rows]


SHEETS: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet(
            "projects",
            "projects",
            [
                *_columns(_PROJECTS),
                *(
                    Objectives(
                        _PROJECTS,
                        "objectives",
                        f"objectives_{language}",
                        gettext_lazy("One a line, in the same order in each language."),
                        language,
                    )
                    for language in language_codes()
                ),
                Goals(
                    _PROJECTS,
                    "goals",
                    "goals",
                    gettext_lazy("Numbers of the UN goals, separated by semicolons, only where a source states them."),
                ),
                Participations(
                    _PROJECTS,
                    "participations",
                    "participations",
                    gettext_lazy("Code and role of each partner: vaxjo: owner; tlokwe: partner"),
                ),
                Sources(_PROJECTS, "citations", "sources", _SOURCES),
            ],
        ),
        Sheet(
            "visits",
            "visits",
            [
                *_columns(_VISITS),
                Professions(
                    _VISITS,
                    "professions",
                    "professions",
                    gettext_lazy("Code and number of each profession: teachers: 4; doctors"),
                ),
                Sources(_VISITS, "citations", "sources", _SOURCES),
            ],
        ),
        Sheet(
            "delegates",
            "visits",
            [Reference(_DELEGATES, "visit"), Reference(_DELEGATES, "profession"), Number(_DELEGATES, "number")],
            _delegates,
        ),
        Sheet("sources", "sources", list(_columns(SCHEMAS["sources"]))),
    )
}

"""Which record each row of a spreadsheet is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from visits.models import Visit

from ..publishing import code_from
from ..record.errors import RecordError
from .columns import CellError, Column, Sheet
from .names import Names
from .tables import Table

#: What a clerk says of a row that is none of the records that are alike.
OTHER = "other"
#: The text of which a new record’s code is made, as its form in the admin makes it.
_CODE_FROM = {"projects": ("title_en", "title_sv"), "sources": ("title",)}


@dataclass
class Entry:
    """One record in the file: its row, or, for delegates, the rows of one visit."""

    row: int
    code: str
    cells: dict[Column, str] = field(default_factory=dict)
    #: Whether the code stands in the file, and was not made.
    is_named: bool = True
    #: Whether a clerk said that it is none of the records that are alike.
    is_other: bool = False
    delegates: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        return len(self.delegates) or 1


class EntryReader:
    """Finds the record of each row of a table. Rows that are about none are left in ``errors``."""

    def __init__(self, sheet: Sheet, table: Table, names: Names, same: dict[str, str] | None = None):
        self.errors: list[RecordError] = []
        self._sheet, self._lines, self._names, self._same = sheet, table.lines, names, same or {}
        self._row_of: dict[str, int] = {}

    def entries(self) -> list[Entry]:
        return self._by_visit() if self._sheet.name == "delegates" else self._by_code()

    def _error(self, row: int, column: str, reason: str, cell: str = "") -> None:
        self.errors.append(RecordError(row, reason, column=column, cell=cell))

    def _by_code(self) -> list[Entry]:
        """Every row with the code of its record, before any is checked: rows may refer to later ones."""
        known = self._names.of(self._sheet.schema.model)
        entries = []
        rows = [(row, cells, {column.name: text for column, text in cells.items()}) for row, cells in self._lines]
        # Those that have a code come first, so that none is made that stands further down.
        for row, cells, named in sorted(rows, key=lambda line: not line[2].get("code")):
            code = known.get(named.get("code", "").casefold(), named.get("code", ""))
            same = self._same.get(str(row), "")
            if not code and same in known.values():
                # Somebody said which record this is: what the row does not say stays.
                code, cells = same, {column: cell for column, cell in cells.items() if cell}
            record_code = code or self._made_code(row, cells, named, is_other=same == OTHER)
            entry = Entry(row, record_code, cells, is_named=bool(code), is_other=same == OTHER)
            if not entry.code:
                continue
            if entry.code in self._row_of:
                text = _("Row %(row)s is about the same record, “%(code)s”.")
                self._error(row, "code", text % {"row": self._row_of[entry.code], "code": entry.code}, entry.code)
                continue
            self._row_of[entry.code] = row
            entries.append(entry)
        for entry in entries:
            known.setdefault(entry.code.casefold(), entry.code)
        return sorted(entries, key=lambda entry: entry.row)

    def _made_code(self, row: int, cells: dict[Column, str], named: dict[str, str], *, is_other: bool) -> str:
        """A code as the admin makes it; for what is on record already, the one that it has, unless it is another."""
        if self._sheet.kind == "visits":
            return ("" if is_other else self._code_on_record(cells)) or self._next_code("visit", self._next_number)
        titles = _CODE_FROM[self._sheet.kind]
        code = next((text for name in titles if (text := code_from(named.get(name, "")))), "")
        if not code:
            self._error(row, titles[0], _("A new record needs a title, or a code of its own."))
        return self._next_code(code[:74], 2) if is_other and code in self._names.of(self._sheet.schema.model) else code

    def _next_code(self, base: str, number: int) -> str:
        known = self._names.of(self._sheet.schema.model)
        while f"{base}-{number}" in known or f"{base}-{number}" in self._row_of:
            number += 1
        return f"{base}-{number}"

    def _code_on_record(self, cells: dict[Column, str]) -> str:
        target, _errors = self._sheet.apply(self._sheet.blank(""), cells, self._names, is_new=True)
        for code in self._visits_by_identity.get(_identity(target), []):
            if code not in self._row_of:
                return code
        return ""

    @cached_property
    def _next_number(self) -> int:
        return Visit.objects.count() + 1

    @cached_property
    def _visits_by_identity(self) -> dict[tuple, list[str]]:
        """The visits on record, in the order of their codes, by their time, direction and partners."""
        codes: dict[tuple, list[str]] = {}
        for visit in Visit.objects.order_by("pk").prefetch_related("hosts", "guests"):
            text = {
                "period": str(visit.period),
                "direction": visit.direction,
                "hosts": [partner.code for partner in visit.hosts.all()],
                "guests": [partner.code for partner in visit.guests.all()],
            }
            codes.setdefault(_identity(text), []).append(visit.code)
        return codes

    def _by_visit(self) -> list[Entry]:
        """The rows of delegates, together for each visit."""
        entries: dict[str, Entry] = {}
        row_of: dict[tuple[str, str], int] = {}
        for row, text in self._counted_professions():
            key = (text["visit"], text["profession"])
            if key in row_of:
                message = _("Row %(row)s counts the same profession for the same visit.")
                self._error(row, "profession", message % {"row": row_of[key]})
                continue
            row_of[key] = row
            entries.setdefault(text["visit"], Entry(row, text["visit"])).delegates.append((row, text))
        return list(entries.values())

    def _counted_professions(self) -> Iterator[tuple[int, dict[str, str]]]:
        visit, profession, number = self._sheet.columns
        for row, cells in self._lines:
            text: dict[str, Any] = {}
            for column in (visit, profession, number):
                try:
                    cell = cells.get(column, "")
                    column.read(text, cell, self._names)
                    if column is not number and not text[column.key]:
                        raise ValidationError(_("Each row needs a visit and a profession."))
                except ValidationError as refusal:
                    self.errors.append(as_record_error(row, CellError.make(column.name, cell, refusal)))
            if text.get("visit") and text.get("profession") and "number" in text:
                yield row, text


def as_record_error(row: int, error: CellError) -> RecordError:
    return RecordError(
        row, error.reason, column=error.column, code=error.code, cell=error.cell, candidates=error.candidates
    )


def _identity(visit: dict[str, Any]) -> tuple:
    """What tells one visit from another where there is no code."""
    partners = (tuple(sorted(visit.get(side, []))) for side in ("hosts", "guests"))
    return (visit.get("period", ""), visit.get("direction", ""), *partners)

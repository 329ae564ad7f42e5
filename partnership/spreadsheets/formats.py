"""Writes spreadsheet files, CSV and XLSX, so that they open as they should and come back as they left."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

# openpyxl is imported with the first workbook: it would take a tenth of the time in which the site starts.
from .cells import cut, guarded
from .columns import Number, Sheet

#: Rows for which a workbook offers the allowed words.
_ROWS_WITH_LISTS = 20_000

# Writing

_SEPARATOR = ";"


def _explanations(sheet: Sheet) -> list[str]:
    """A row that says what each column is for. It begins with #, so that reading passes over it."""
    cells = []
    for column in sheet.columns:
        parts = [column.label, column.help]
        if column.words:
            parts.append(_("Allowed: %(words)s") % {"words": ", ".join(column.words)})
        cells.append(". ".join(part.rstrip(".") for part in parts if part) + ".")
    return [f"# {cells[0]}", *cells[1:]]


def _cells(sheet: Sheet, records: Iterable[dict[str, Any]]) -> Iterator[list[str]]:
    for text in records:
        for row in sheet.rows(text):
            yield [column.cell(row) for column in sheet.columns]


def csv_lines(sheet: Sheet, records: Iterable[dict[str, Any]], *, explained: bool = False) -> Iterator[str]:
    """A CSV file, a line at a time, for records in their text form.

    With semicolons and a byte order mark: so spreadsheet programs in Sweden and South Africa open it in columns and
    show å as å.
    """
    line = StringIO()
    writer = csv.writer(line, delimiter=_SEPARATOR, lineterminator="\r\n")
    line.write("\ufeff")
    rows = [[column.name for column in sheet.columns], *([_explanations(sheet)] if explained else [])]
    for row in chain(rows, _cells(sheet, records)):
        writer.writerow(map(guarded, row))
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def workbook(sheet: Sheet, records: Iterable[dict[str, Any]], *, explained: bool = False) -> bytes:
    """An XLSX file for records in their text form. All but numbers is text, so that no program makes dates of it."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.label[:31])
    page.freeze_panes = "B2"
    for number, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = 18 if column.words else 24
        page.column_dimensions[letter].number_format = "General" if isinstance(column, Number) else "@"
        if column.words and len(",".join(column.words)) < 250:
            allowed = DataValidation("list", formula1='"{}"'.format(",".join(column.words)), showErrorMessage=False)
            allowed.add(f"{letter}2:{letter}{_ROWS_WITH_LISTS + 1}")
            page.data_validations.append(allowed)

    def text_cell(text: str, **style: Any) -> Any:
        cell = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", guarded(cut(text))))
        cell.number_format = "@"
        for name, value in style.items():
            setattr(cell, name, value)
        return cell

    page.append([text_cell(column.name, font=Font(bold=True)) for column in sheet.columns])
    if explained:
        wrapped = Alignment(wrap_text=True, vertical="top")
        page.append([text_cell(text, alignment=wrapped, font=Font(italic=True)) for text in _explanations(sheet)])
    for row in _cells(sheet, records):
        page.append(
            [
                int(text) if isinstance(column, Number) and text else text_cell(text) if text else None
                for column, text in zip(sheet.columns, row, strict=True)
            ]
        )
    target = BytesIO()
    book.save(target)
    return target.getvalue()

"""Records as spreadsheets, CSV lines and pages of a workbook, that open as they should and come back as they left."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from ..fields.texts import xml_safe
from .cells import guarded, safe
from .columns import Number, Sheet
from .workbook import Heading, Page

_SEPARATOR = ";"


def _explanations(sheet: Sheet) -> list[str]:
    """A row that says what each column is for. It begins with #, so that reading passes over it."""
    cells = []
    for column in sheet.columns:
        parts = [column.label, column.help]
        if column.words:
            parts.append(_("Allowed: %(words)s") % {"words": "; ".join(column.labels)})
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
        writer.writerow(guarded(xml_safe(cell)) for cell in row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def sheet_page(sheet: Sheet, records: Iterable[dict[str, Any]], *, explained: bool = False) -> Page:
    """The page of a sheet, for records in their text form."""
    headings = [Heading(column.name, isinstance(column, Number), column.words) for column in sheet.columns]
    explanations = [safe(text) for text in _explanations(sheet)] if explained else []
    return Page(sheet.label, headings, (map(safe, row) for row in _cells(sheet, records)), explanations)

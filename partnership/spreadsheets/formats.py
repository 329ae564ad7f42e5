"""Writes spreadsheet files, CSV and XLSX, so that they open as they should and come back as they left."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import chain
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

# openpyxl is imported with the first workbook: it would take a tenth of the time in which the site starts.
from ..fields.texts import xml_safe
from .cells import cut, guarded
from .columns import Number, Sheet

_IS_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")
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
        writer.writerow(guarded(xml_safe(cell)) for cell in row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


class Heading(NamedTuple):
    """A column of a page: its name, whether its cells are numbers, and the only words that they may hold."""

    name: str
    is_number: bool = False
    words: Sequence[str] = ()


@dataclass
class Page:
    """A page of a workbook; ``explanations`` stand below the headings."""

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[str]]
    explanations: Sequence[str] = ()


def workbook(pages: Iterable[Page]) -> bytes:
    """An XLSX file. All but numbers is text, so that no program makes dates or formulas of it."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for page in pages:
        _write_page(book, page)
    target = BytesIO()
    book.save(target)
    return _without_time(target)


def _without_time(workbook: BytesIO) -> bytes:
    """The same file without the moment of its making: the same rows give the same bytes."""
    target = BytesIO()
    with zipfile.ZipFile(workbook) as saved, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in saved.namelist():
            content = saved.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _write_page(book: Any, page: Page) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(page.name[:31])
    sheet.freeze_panes = "B2"
    for number, heading in enumerate(page.headings, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 18 if heading.words else 24
        sheet.column_dimensions[letter].number_format = "General" if heading.is_number else "@"
        if heading.words and len(",".join(heading.words)) < 250:
            allowed = DataValidation("list", formula1='"{}"'.format(",".join(heading.words)), showErrorMessage=False)
            allowed.add(f"{letter}2:{letter}{_ROWS_WITH_LISTS + 1}")
            sheet.data_validations.append(allowed)

    def text_cell(text: str, **style: Any) -> Any:
        cell = WriteOnlyCell(sheet, value=xml_safe(guarded(cut(text))))
        cell.number_format = "@"
        for name, value in style.items():
            setattr(cell, name, value)
        return cell

    sheet.append([text_cell(heading.name, font=Font(bold=True)) for heading in page.headings])
    if page.explanations:
        wrapped = Alignment(wrap_text=True, vertical="top")
        sheet.append([text_cell(text, alignment=wrapped, font=Font(italic=True)) for text in page.explanations])
    for row in page.rows:
        sheet.append(
            [
                _number(text) if heading.is_number and _IS_NUMBER.fullmatch(text) else text_cell(text) if text else None
                for heading, text in zip(page.headings, row, strict=True)
            ]
        )


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdecimal() else float(text)


def sheet_page(sheet: Sheet, records: Iterable[dict[str, Any]], *, explained: bool = False) -> Page:
    """The page of a sheet, for records in their text form."""
    headings = [Heading(column.name, isinstance(column, Number), column.words) for column in sheet.columns]
    return Page(sheet.label, headings, _cells(sheet, records), _explanations(sheet) if explained else ())

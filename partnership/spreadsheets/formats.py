"""Spreadsheet files: CSV and XLSX, written so that they open as they should, and read as people really save them."""

from __future__ import annotations

import csv
import datetime
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import chain, islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# openpyxl is imported with the first workbook: it would take a tenth of the time in which the site starts.
from ..fields.numbers import print_number
from ..fields.texts import xml_safe
from ..files.validators import LARGEST_FILE, is_workbook
from ..record.errors import RecordError
from .columns import Column, Number, Sheet, clean, folded

#: Rows of data in one file; a larger one is to be split.
MOST_ROWS = 20_000
#: How far down the row of column names is looked for, and how far to the right.
DEEPEST_HEADER, WIDEST_ROW = 30, 200

# Formulas

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def guarded(text: str) -> str:
    """Text that no spreadsheet program takes for a formula (OWASP, CSV injection); numbers stay what they are."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


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


def workbook(sheet: Sheet, records: Iterable[dict[str, Any]], *, explained: bool = False) -> bytes:
    """An XLSX file for records in their text form. All but numbers is text, so that no program makes dates of it."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
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
            allowed.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
            page.data_validations.append(allowed)

    def text_cell(text: str, **style: Any) -> Any:
        cell = WriteOnlyCell(page, value=xml_safe(guarded(text)))
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


# Reading


@dataclass
class Table:
    """What a file holds: the cells of each row that has any, by column, and what could not be read."""

    lines: list[tuple[int, dict[Column, str]]] = field(default_factory=list)
    errors: list[RecordError] = field(default_factory=list)


class _Unreadable(str):
    """Stands for a cell that has no value to read; the text says why."""


def read(sheet: Sheet, content: bytes) -> Table:
    """The rows of a CSV or XLSX file. Raises ValidationError where it is no spreadsheet or not one of this sheet."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 12 MB. Split it into several."))
    names = sheet.names()
    pages = _workbook_pages(content) if is_workbook(content) else [_text_rows(content, names)]
    for page in pages:
        rows = iter(page)
        above = list(islice(rows, DEEPEST_HEADER))
        header = max(range(len(above)), key=lambda number: _headings(above[number], names), default=None)
        if header is not None and _headings(above[header], names):
            return _table(sheet, names, header + 1, above[header], chain(above[header + 1 :], rows))
    expected = ", ".join(column.name for column in sheet.columns[:6])
    raise ValidationError(
        _("No row with the names of columns was found, such as: %(names)s … The template has them all.")
        % {"names": expected}
    )


def _headings(row: list[str], names: dict[str, Column]) -> int:
    """How many cells are names of columns: a single one may be a title above the table, unless there is no other."""
    count = sum(folded(cell) in names for cell in row)
    return count if count > 1 or count == sum(bool(cell) for cell in row) else 0


def _table(sheet: Sheet, names: dict[str, Column], start: int, header: list[str], rows: Iterable[list[str]]) -> Table:
    from openpyxl.utils import get_column_letter

    table = Table()
    columns: dict[int, Column] = {}
    for place, cell in enumerate(header):
        column = names.get(folded(cell))
        if cell and column is None:
            known = ", ".join(column.name for column in sheet.columns)
            reason = _("There is no column of this name. Known are: %(names)s") % {"names": known}
            table.errors.append(RecordError(start, reason, column=cell))
        elif column in columns.values():
            table.errors.append(RecordError(start, _("This column is there twice."), column=cell))
        elif column:
            columns[place] = column
    nameless: set[int] = set()
    for number, row in enumerate(rows, start + 1):
        if not any(row) or _is_remark(sheet, columns, row):
            continue
        if len(table.lines) == MOST_ROWS:
            message = _("The file has more than %(number)s rows. Split it into several.")
            raise ValidationError(message % {"number": print_number(MOST_ROWS)})
        table.lines.append((number, {column: row[place] for place, column in columns.items() if place < len(row)}))
        for place, cell in enumerate(row):
            heading = columns[place].name if place in columns else get_column_letter(place + 1)
            if isinstance(cell, _Unreadable):
                table.errors.append(RecordError(number, str(cell), column=heading))
            elif cell and place not in nameless and (place >= len(header) or not header[place]):
                nameless.add(place)
                reason = _("This cell stands in a column without a name.")
                table.errors.append(RecordError(number, reason, column=heading))
    return table


def _is_remark(sheet: Sheet, columns: dict[int, Column], row: list[str]) -> bool:
    """The template’s own row of explanations; no code begins with #."""
    return any(
        column is sheet.columns[0] and place < len(row) and row[place].startswith("#")
        for place, column in columns.items()
    )


def _text_rows(content: bytes, names: dict[str, Column]) -> list[list[str]]:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_utf16 else ["utf-8-sig", "windows-1252"]
    unreadable = ValidationError(
        _("This is no spreadsheet that can be read. Save it as XLSX or as CSV in your spreadsheet program.")
    )
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise unreadable
    if not text.strip():
        raise ValidationError(_("The file is empty."))
    # Whatever is no text has such characters soon.
    if re.search(r"[\0-\x08\x0e-\x1f]", text[:100_000]):
        raise unreadable
    try:
        # The separator is the one by which most names of columns are found.
        separator = max(
            ";,\t",
            key=lambda separator: max((_headings(row, names) for row in _split(text[:50_000], separator)), default=0),
        )
        return list(_split(text, separator))
    except csv.Error as error:
        raise unreadable from error


def _split(text: str, separator: str) -> Iterator[list[str]]:
    for row in csv.reader(StringIO(text, newline=""), delimiter=separator):
        yield [clean(unguarded(cell.lstrip())) for cell in row]


@contextmanager
def _damage_told() -> Iterator[None]:
    """openpyxl trips over a damaged file in as many ways as there are damages."""
    try:
        yield
    except Exception as error:
        raise ValidationError(_("The workbook is damaged. Open it, save it anew as XLSX and try once more.")) from error


def _workbook_pages(content: bytes) -> Iterator[Iterator[list[str]]]:
    """The sheets of an XLSX file. Of a formula the value that was stored with it is read; nothing is worked out."""
    from openpyxl import load_workbook

    with _damage_told(), warnings.catch_warnings():
        # What openpyxl leaves out (drawings, other validations) is nothing that is read here.
        warnings.simplefilter("ignore")
        values = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets
        formulas = load_workbook(BytesIO(content), read_only=True).worksheets if _has_formulas(content) else values
    for page, written in zip(values, formulas, strict=True):
        yield _page_rows(page, written)


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        pages = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"<f[ />]", archive.read(name)) for name in pages)


def _page_rows(page: Any, written: Any) -> Iterator[list[str]]:
    """``written`` is the same sheet with its formulas: only there it is seen that a value was not stored."""
    with _damage_told():
        # What a file says of its own size need not be true.
        page.reset_dimensions()
        written.reset_dimensions()
        if written is page:
            pairs: Iterable[tuple[Any, Any]] = ((row, row) for row in page.iter_rows())
        else:
            pairs = zip(page.iter_rows(), written.iter_rows(), strict=True)
        for row, formulas in pairs:
            cells = zip(row[:WIDEST_ROW], formulas[:WIDEST_ROW], strict=True)
            yield [_cell_text(cell, formula) for cell, formula in cells]


def _cell_text(cell: Any, formula: Any) -> str:
    value = cell.value
    if value is None:
        if formula.value is not None:
            return _Unreadable(_("This formula has no stored value. Open the file, save it and try once more."))
        return ""
    if cell.data_type == "e":
        return _Unreadable(_("The spreadsheet program shows an error here: %(error)s") % {"error": value})
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.date):
        return _date_text(value, cell.number_format)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return clean(unguarded(str(value).lstrip()))


def _date_text(value: datetime.date, number_format: str) -> str:
    """A date as precisely as the cell shows it: 2012-03-05, 2012-03 or 2012."""
    shown = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    if "d" in shown or ("m" not in shown and "y" not in shown):
        return value.strftime("%Y-%m-%d")
    return value.strftime("%Y-%m" if "m" in shown else "%Y")

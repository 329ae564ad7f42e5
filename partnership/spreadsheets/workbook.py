"""Workbooks: XLSX files of pages of text and numbers.

What writes them is large and few readers take one, so for readers ``write`` runs in a child process, which knows
nothing of Django. openpyxl is imported with the first: it would take a tenth of the time in which the site starts.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

_IS_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")
#: Rows for which a workbook offers the allowed words.
_ROWS_WITH_LISTS = 20_000


class Heading(NamedTuple):
    """A column of a page: its name, whether its cells are numbers, and the only words that they may hold."""

    name: str
    is_number: bool = False
    words: Sequence[str] = ()


class Page(NamedTuple):
    """A page of a workbook, with texts as ``cells.safe`` makes them; ``explanations`` stand below the headings."""

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Iterable[str]]
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


def write(pages: list[list[Any]], target: str) -> None:
    """Writes a workbook of pages that came as JSON to a path: a task for ``partnership.child_process``."""
    read = (Page(name, [Heading(*heading) for heading in headings], rows) for name, headings, rows, *_none in pages)
    Path(target).write_bytes(workbook(read))


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
        cell = WriteOnlyCell(sheet, value=text)
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

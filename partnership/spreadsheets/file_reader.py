"""Reads a spreadsheet file into plain rows: XLSX, XLS, XLSB and ODS by calamine, CSV by its own means.

It runs in a child process (``partnership.child_process``), since what a file says of its size need not be true; so
nothing of the site is imported here. Causes are codes, which the site puts into words.

A file is ``{"format", "encoding", "encodings", "pages"}``. A page is ``{"name", "is_hidden", "rows", "hidden_rows",
"hidden_columns", "sums", "merged"}``; its rows are pairs of a number, as the spreadsheet program counts, and the cells,
only of rows that hold something. A cell is text, or a list of its text, a code and the likely readings.
"""

from __future__ import annotations

import csv
import datetime
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from ..child_process import Refused
from . import appearances
from .appearances import MOST_ROWS, WIDEST_ROW, Appearance, column_letters

#: Bytes of all parts of an archive together.
LARGEST_UNPACKED, MOST_PARTS = 300 * 1024 * 1024, 2000
#: The area between the first and the last cell: calamine lays it out in memory, though most of it is empty.
LARGEST_AREA = 12_000_000

Cell = str | list[Any]


@dataclass
class Page:
    name: str
    is_hidden: bool = False
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    #: Rows with a formula that adds up others.
    sums: list[int] = field(default_factory=list)
    #: First and last row and the column, from 0, of cells that are merged downwards.
    merged: list[tuple[int, int, int]] = field(default_factory=list)


def read_into(*, source: str, target: str, encoding: str) -> None:
    """Reads the file at one path and writes what it holds, as JSON, to another. Raises Refused."""
    Path(target).write_text(json.dumps(read_file(Path(source).read_bytes(), encoding)))


def read_file(content: bytes, encoding: str = "") -> dict[str, Any]:
    """What a file holds. ``encoding`` is for text only. Raises Refused."""
    if not content.strip():
        raise Refused("empty")
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        pages = list(_Workbook(content).pages())
        return {"format": "workbook", "encoding": "", "encodings": [], "pages": [vars(page) for page in pages]}
    for signature, code in (
        (b"%PDF", "pdf"),
        (b"{\\rtf", "document"),
        (b"\x89PNG", "picture"),
        (b"\xff\xd8", "picture"),
    ):
        if content.startswith(signature):
            raise Refused(code)
    if re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype|<html|<table|<\?xml)", content[:400], re.IGNORECASE):
        raise Refused("web_page")
    return _read_text(content, encoding)


# Workbooks


class _Workbook:
    def __init__(self, content: bytes):
        self._content = content
        self._archive: zipfile.ZipFile | None = None
        if content.startswith(b"PK"):
            self._open_archive()

    def _open_archive(self) -> None:
        try:
            archive = zipfile.ZipFile(BytesIO(self._content))
        except zipfile.BadZipFile as error:
            raise Refused("damaged") from error
        members = archive.infolist()
        if len(members) > MOST_PARTS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
            raise Refused("bomb")
        names = {member.filename for member in members}
        if "word/document.xml" in names or "ppt/presentation.xml" in names:
            raise Refused("document")
        self._archive = archive

    def pages(self) -> Iterator[Page]:
        import python_calamine

        archive = self._archive
        known = appearances.of_archive(archive) if archive else appearances.of_xls(self._content)
        try:
            book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(self._content))
            for sheet in book.sheets_metadata:
                if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                is_hidden = sheet.visible != python_calamine.SheetVisibleEnum.Visible
                appearance = known.get(sheet.name, Appearance())
                _refuse_far_cells(sheet.name, appearance)
                yield _page(book.get_sheet_by_name(sheet.name), is_hidden, appearance)
        except python_calamine.PasswordError as error:
            raise Refused("password") from error
        except python_calamine.CalamineError as error:
            # What Office protects with a password is no archive any more.
            is_locked = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in self._content
            raise Refused("password" if is_locked or "assword" in str(error) else "damaged") from error


def _refuse_far_cells(name: str, appearance: Appearance) -> None:
    if appearance.first is None:
        return
    height = appearance.last[0] - appearance.first[0] + 1
    width = appearance.last[1] - appearance.first[1] + 1
    if height * width > LARGEST_AREA:
        raise Refused("far", page=name, cell=f"{column_letters(appearance.last[1])}{appearance.last[0]}")


def _page(sheet: Any, is_hidden: bool, appearance: Appearance) -> Page:
    page = Page(
        sheet.name,
        is_hidden,
        hidden_columns=appearance.hidden_columns,
        sums=sorted(appearance.sums),
    )
    if sheet.start is None:
        return page
    margin = [""] * min(sheet.start[1], WIDEST_ROW)
    rows: dict[int, list[Cell]] = {}
    for number, values in enumerate(sheet.iter_rows(), 1):
        if any(value != "" for value in values):
            cells = [_cell(value, (number, place), appearance) for place, value in enumerate(values, len(margin))]
            rows[number] = (margin + cells)[:WIDEST_ROW]
            if len(rows) > MOST_ROWS:
                raise Refused("rows")
    # Where a formula has no stored value there is no cell for calamine.
    for number, place in sorted(appearance.no_value)[:MOST_ROWS]:
        cells = rows.setdefault(number, [])
        cells += [""] * (place + 1 - len(cells))
        cells[place] = ["", "no_value"]
    page.rows = sorted(rows.items())
    page.hidden_rows = [number for number in appearance.hidden_rows if number in rows]
    filled = {number for number, _cells in page.rows}
    for (first, place), (last, _last_place) in sheet.merged_cell_ranges or []:
        if last > first and place < WIDEST_ROW:
            last_filled = max((number for number in filled if number <= last + 1), default=0)
            if last_filled > first + 1:
                page.merged.append((first + 1, last_filled, place))
    return page


#: What spreadsheet programs show in place of a value.
_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!"}


def _cell(value: Any, place: tuple[int, int], appearance: Appearance) -> Cell:
    if value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.date):
        return _date(value, appearance.formats.get(place) if appearance.is_known else None)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    text = str(value)
    return [text, "error"] if text in _ERRORS else text


def _date(value: datetime.date, number_format: str | None) -> Cell:
    """A date as precisely as the cell shows it: 2012-03-05, 2012-03 or 2012. Else it is doubtful."""
    day, month, year = value.strftime("%Y-%m-%d"), value.strftime("%Y-%m"), value.strftime("%Y")
    if number_format is None:
        # A month is kept as its first day, a year as the first of January.
        likely = [day, *([month] if value.day == 1 else []), *([year] if value.day == value.month == 1 else [])]
        return day if len(likely) == 1 else [day, "date", *likely]
    shown = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    if "y" not in shown:
        return [day, "date", day, month, year] if shown not in {"", "general", "@"} else day
    return day if "d" in shown else month if "m" in shown else year


# Text

#: What text is likely to be written in, with the name that people know it by on the page.
ENCODINGS = ("utf-8", "utf-16", "utf-8 twice", "utf-8 and cp1252", "cp1252", "mac_roman", "cp850")
_SEPARATORS = ";,\t|"
#: Letters of Swedish, English, Afrikaans and Setswana, and marks in their texts.
_LIKELY = frozenset("åäöÅÄÖéÉèêëÈÊËïÏôÔûüÜáàçšŠ–—’‘“”•…€§°½´\N{NO-BREAK SPACE}")
#: Pairs that only text has that was encoded twice: “Ã¤” for “ä”, “â€“” for “–”.
TWICE = re.compile("[ÃÂ][\N{NO-BREAK SPACE}-¿€-™Š-žƒˆ˜‚„†-•…‰‹›]|â€[\N{NO-BREAK SPACE}-¿€-™“”œ˜¢¦“-„]")


def decoded_once_more(text: str) -> str:
    """What a text was before it was encoded twice; the text itself where it was not."""
    if not TWICE.search(text):
        return text
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _decode(content: bytes, encoding: str) -> str:
    """Raises UnicodeError."""
    if encoding == "utf-8":
        return content.decode("utf-8-sig")
    if encoding == "utf-8 twice":
        return "\n".join(map(decoded_once_more, content.decode("utf-8-sig").splitlines()))
    if encoding == "utf-8 and cp1252":
        return "".join(_decode_line(line) for line in content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True))
    return content.decode(encoding, errors="replace" if encoding == "cp1252" else "strict")


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _odd_characters(text: str) -> int:
    """How much in a text is unlikely to be meant."""
    return sum(1 for character in text if ord(character) > 127 and character not in _LIKELY) + 3 * text.count("\ufffd")


def likely_encodings(content: bytes) -> tuple[list[str], bool]:
    """The encodings that the bytes can be read in, the likeliest first, and whether that one is beyond doubt."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"], True
    if content.isascii():
        return ["utf-8"], True
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        if len(TWICE.findall(text)) > _odd_characters(TWICE.sub("", text)) and TWICE.search(text):
            return ["utf-8 twice", "utf-8"], False
        return ["utf-8", "cp1252"], True
    likely = []
    lines = [line for line in content.splitlines() if not line.isascii()]
    valid = sum(1 for line in lines if _decode_line(line).encode() == line)
    if valid:
        likely.append(("utf-8 and cp1252", -1))
    for encoding in ("cp1252", "mac_roman", "cp850"):
        likely.append((encoding, _odd_characters(_decode(content, encoding))))
    return [encoding for encoding, _odd in sorted(likely, key=lambda pair: pair[1])], False


def _sample(text: str) -> str:
    """The first words that tell one encoding from another."""
    words = (match[0] for match in re.finditer(r"[^\s;,|\"]+", text))
    return ", ".join(islice(dict.fromkeys(word for word in words if not word.isascii()), 4))[:80]


def _read_text(content: bytes, encoding: str) -> dict[str, Any]:
    likely, is_certain = likely_encodings(content)
    if encoding not in ENCODINGS:
        encoding = likely[0]
    try:
        text = _decode(content, encoding)
    except UnicodeError as error:
        raise Refused("encoding") from error
    if re.search(r"[\0-\x08\x0e-\x1f]", text[:100_000]):
        raise Refused("unreadable")
    samples = []
    for name in likely:
        try:
            samples.append((name, _sample(_decode(content, name))))
        except UnicodeError:
            continue
    rows: list[tuple[int, list[Cell]]] = []
    for number, row in _rows_of(text):
        if any(cell.strip() for cell in row):
            rows.append((number, [*row[:WIDEST_ROW]]))
            if len(rows) > MOST_ROWS:
                raise Refused("rows")
    return {
        "format": "text",
        "encoding": encoding,
        "encodings": samples if not is_certain else samples[:1],
        "pages": [vars(Page("", rows=rows))],
    }


def _rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the text, numbered from 1, by the separator that gives the evenest ones."""
    separator = max(_SEPARATORS, key=lambda mark: (_evenness(text, mark), -_SEPARATORS.index(mark)))
    _refuse_open_quote(text, separator)
    csv.field_size_limit(10_000_000)
    yield from enumerate(csv.reader(StringIO(text, newline=""), delimiter=separator), 1)


def _evenness(text: str, separator: str) -> float:
    """How many columns a separator makes, as most of the first rows have them."""
    try:
        rows = list(islice(csv.reader(StringIO(text[:50_000], newline=""), delimiter=separator), 60))
    except csv.Error:
        return 0
    widths = [sum(1 for cell in row if cell.strip()) for row in rows if any(cell.strip() for cell in row)]
    return sum(widths) / len(widths) if widths else 0


def _refuse_open_quote(text: str, separator: str) -> None:
    """Raises Refused with the line of a quotation mark that is never closed, or closed far below by another one."""
    csv.field_size_limit(max(10_000_000, len(text)))
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return None
        except csv.Error as error:
            if "unexpected end" in str(error) or reader.line_num > begins:
                raise Refused("quote", line=begins) from error
            # A mark in the middle of a cell, on one line: it is taken as it stands.
            return _refuse_open_quote_below(text, separator, reader.line_num)
        if any(cell.count("\n") > 1 and _holds_rows(cell, separator, len(row)) for cell in row):
            raise Refused("quote", line=begins)
        begins = reader.line_num + 1


def _refuse_open_quote_below(text: str, separator: str, line: int) -> None:
    below = text.splitlines(keepends=True)[line:]
    try:
        _refuse_open_quote("".join(below), separator)
    except Refused as error:
        error.values["line"] += line
        raise


def _holds_rows(cell: str, separator: str, width: int) -> bool:
    lines = cell.splitlines()[1:-1]
    return width > 1 and any(line.count(separator) >= max(width - 1, 2) for line in lines)

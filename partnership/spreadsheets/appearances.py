"""How workbooks show their values: hidden rows and columns, sums, the formats of dates.

It runs in a child process, as ``file_reader`` does, and looks only at what holds something.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from typing import Any, BinaryIO
from xml.etree import ElementTree

#: Rows that hold something, on all pages; and how far to the right cells are read.
MOST_ROWS, WIDEST_ROW = 20_100, 200


@dataclass
class Appearance:
    """What a workbook shows of a sheet beside its values."""

    #: By row from 1 and column from 0: how a value is formatted; this and sums are known of a part of the kinds.
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    is_known: bool = False
    no_value: set[tuple[int, int]] = field(default_factory=set)
    sums: set[int] = field(default_factory=set)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    first: tuple[int, int] | None = None
    last: tuple[int, int] = (0, 0)


#: What a damaged or unusual file raises; its values may be read all the same.
_UNUSUAL = (
    KeyError,
    IndexError,
    ValueError,
    struct.error,
    ElementTree.ParseError,
    zipfile.BadZipFile,
    OSError,
    RuntimeError,
)


def of_archive(archive: zipfile.ZipFile) -> dict[str, Appearance]:
    """By the name of the sheet, of XLSX, XLSB and ODS; empty where it is none of these, or an unusual one."""
    names = set(archive.namelist())
    try:
        if "xl/workbook.bin" in names:
            return {name: _of_binary_sheet(archive, part) for name, part in _binary_sheets(archive)}
        if "xl/workbook.xml" in names:
            formats = _number_formats(archive)
            sheets = [(name, part) for name, part in _parts_of_sheets(archive) if part.endswith(".xml")]
            return {name: _appearance(archive, part, formats) for name, part in sheets}
        return _of_ods(archive) if "content.xml" in names else {}
    except _UNUSUAL:
        return {}


def of_xls(content: bytes) -> dict[str, Appearance]:
    """By the name of the sheet, of XLS; empty where it is none, or an unusual one."""
    import olefile  # type: ignore[import-untyped]

    try:
        with olefile.OleFileIO(content) as container:
            return _of_biff(container.openstream("Workbook").read())
    except _UNUSUAL:
        return {}


# XLSX

#: The formats that need not be written out, of those that are for dates (ECMA-376, 18.8.30).
_BUILT_IN = {14: "dd/mm/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm",
             21: "h:mm:ss", 22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0"}  # fmt: skip
_ROW_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>")
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_FILLED = re.compile(rb"<(?:\w+:)?c\b([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_ATTRIBUTE = re.compile(rb'\b(min|max|hidden)="(\w+)"')
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^>]*[^/]?>[^<]|<(?:\w+:)?is\b")
_SUM = re.compile(rb"<(?:\w+:)?f\b[^>]*>\s*(?:SUM|SUBTOTAL)\(", re.IGNORECASE)
_CHUNK = 4 * 1024 * 1024


def column_letters(place: int) -> str:
    """“A” for 0, “AA” for 26."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _targets(archive: zipfile.ZipFile, workbook: str) -> dict[str, str]:
    """The parts that a workbook names, by their keys."""
    targets = {}
    for relation in ElementTree.fromstring(archive.read(f"xl/_rels/{workbook}.rels")):
        target = relation.get("Target", "")
        targets[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return targets


def _parts_of_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = _targets(archive, "workbook.xml")
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if _local(element) == "sheet":
            keys = [value for key, value in element.attrib.items() if key.endswith("}id")]
            yield element.get("name", ""), targets[keys[0]]


def _number_formats(archive: zipfile.ZipFile) -> list[str]:
    """The format of each style of cells."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = dict(_BUILT_IN)
    for element in root.iter():
        if _local(element) == "numFmt":
            formats[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
    styles: Iterable[Any] = next((element for element in root if _local(element) == "cellXfs"), [])
    return [formats.get(int(style.get("numFmtId", 0)), "") for style in styles]


def _appearance(archive: zipfile.ZipFile, part: str, formats: list[str]) -> Appearance:
    """Reads the XML piece by piece and looks only at what holds something, however many empty rows there are."""
    appearance = Appearance(is_known=True)
    with archive.open(part) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            piece = rest + chunk
            end = max(piece.rfind(b"</c>"), piece.rfind(b":c>"), piece.rfind(b"/>"), piece.rfind(b"</row>"))
            cut = piece.rfind(b">", 0, end + 8) + 1 if end > 0 else 0
            _look_at(piece[:cut], formats, appearance)
            rest = piece[cut:]
        _look_at(rest, formats, appearance)
    return appearance


def _look_at(piece: bytes, formats: list[str], appearance: Appearance) -> None:
    if b"hidden=" in piece:
        for row in _ROW_HIDDEN.finditer(piece):
            if number := _ROW_NUMBER.search(row[0]):
                appearance.hidden_rows.append(int(number[1]))
        for column in _COLUMN.finditer(piece):
            attributes = dict(_ATTRIBUTE.findall(column[1]))
            if attributes.get(b"hidden") in {b"1", b"true"}:
                last = min(int(attributes[b"max"]), WIDEST_ROW)
                appearance.hidden_columns += range(int(attributes[b"min"]) - 1, last)
    for cell in _FILLED.finditer(piece):
        place = _PLACE.search(cell[1])
        if not place:
            # Cells without their place: nothing of how they look is known.
            appearance.is_known = False
            continue
        key = int(place[2]), _column_place(place[1])
        if b"<f" in cell[2] or b":f" in cell[2]:
            if not _VALUE.search(cell[2]):
                appearance.no_value.add(key)
            if _SUM.search(cell[2]):
                appearance.sums.add(key[0])
        first = appearance.first or key
        appearance.first = min(first[0], key[0]), min(first[1], key[1])
        appearance.last = max(appearance.last[0], key[0]), max(appearance.last[1], key[1])
        style = _STYLE.search(cell[1])
        index = int(style[1]) if style else 0
        if index < len(formats) and formats[index]:
            appearance.formats[key] = formats[index]


# XLSB: records of a number, a length, both in seven bits a byte, and a body (MS-XLSB 2.1.4)

_ROW_HEADER, _COLUMN_INFO, _SHEET = 0, 60, 156


def _binary_records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    while head := file.read(1):
        number = head[0]
        if number & 0x80:
            number = (number & 0x7F) | file.read(1)[0] << 7
        length, shift = 0, 0
        while shift < 28:
            byte = file.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield number, file.read(length)


def _binary_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = _targets(archive, "workbook.bin")
    for number, body in _binary_records(BytesIO(archive.read("xl/workbook.bin"))):
        if number == _SHEET:
            key, name = _wide_texts(body[8:])
            yield name, targets[key]


def _wide_texts(body: bytes) -> list[str]:
    """Texts of UTF-16, each behind its length."""
    texts = []
    while body:
        end = 4 + 2 * struct.unpack_from("<I", body)[0]
        texts.append(body[4:end].decode("utf-16-le"))
        body = body[end:]
    return texts


def _of_binary_sheet(archive: zipfile.ZipFile, part: str) -> Appearance:
    appearance = Appearance()
    with archive.open(part) as packed, BufferedReader(packed) as file:  # type: ignore[type-var]
        for number, body in _binary_records(file):
            if number == _ROW_HEADER and body[11] & 0x10:
                appearance.hidden_rows.append(struct.unpack_from("<I", body)[0] + 1)
            elif number == _COLUMN_INFO and body[16] & 1:
                first, last = struct.unpack_from("<2I", body)
                appearance.hidden_columns += range(first, min(last + 1, WIDEST_ROW))
    return appearance


# XLS: records of a number, a length and a body; each sheet begins where the workbook says ([MS-XLS] 2.4)

_BIFF_ROW, _BIFF_COLUMNS, _BIFF_SHEET, _BIFF_END = 0x0208, 0x007D, 0x0085, 0x000A


def _biff_records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Up to the end of the part that begins there."""
    while place + 4 <= len(stream):
        number, length = struct.unpack_from("<2H", stream, place)
        if number == _BIFF_END:
            return
        yield number, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _of_biff(stream: bytes) -> dict[str, Appearance]:
    appearances = {}
    for number, body in _biff_records(stream, 0):
        if number == _BIFF_SHEET:
            text = body[8:]
            name = text.decode("utf-16-le" if body[7] & 1 else "latin-1")
            appearances[name] = _of_biff_sheet(stream, struct.unpack_from("<I", body)[0])
    return appearances


def _of_biff_sheet(stream: bytes, place: int) -> Appearance:
    appearance = Appearance()
    for number, body in _biff_records(stream, place):
        if number == _BIFF_ROW and body[12] & 0x20:
            appearance.hidden_rows.append(struct.unpack_from("<H", body)[0] + 1)
        elif number == _BIFF_COLUMNS and body[8] & 1:
            first, last = struct.unpack_from("<2H", body)
            appearance.hidden_columns += range(first, min(last + 1, WIDEST_ROW))
    return appearance


# ODS: rows and columns alike are said once for as many as follow each other

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ODF_SUM = re.compile(r"(?:of:)?=\s*(?:SUM|SUBTOTAL)\(", re.IGNORECASE)


def _of_ods(archive: zipfile.ZipFile) -> dict[str, Appearance]:
    appearances: dict[str, Appearance] = {}
    appearance, row, column = Appearance(), 0, 0
    with archive.open("content.xml") as file:
        for event, element in ElementTree.iterparse(file, ("start", "end")):
            if event == "end":
                if element.tag in {f"{_TABLE}table", f"{_TABLE}table-row"}:
                    element.clear()
            elif element.tag == f"{_TABLE}table":
                appearance, row, column = Appearance(), 0, 0
                appearances[element.get(f"{_TABLE}name", "")] = appearance
            elif element.tag == f"{_TABLE}table-row":
                appearance.hidden_rows += [place + 1 for place in _hidden(element, "rows", row)]
                row += _repeated(element, "rows")
            elif element.tag == f"{_TABLE}table-column":
                appearance.hidden_columns += [
                    place for place in _hidden(element, "columns", column) if place < WIDEST_ROW
                ]
                column += _repeated(element, "columns")
            elif element.tag == f"{_TABLE}table-cell" and _ODF_SUM.match(element.get(f"{_TABLE}formula", "")):
                appearance.sums.add(row)
    return appearances


def _repeated(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{_TABLE}number-{what}-repeated", 1))


def _hidden(element: ElementTree.Element, what: str, place: int) -> range:
    """The places, from 0, that an element hides; of more than a file may fill, only the first."""
    is_hidden = element.get(f"{_TABLE}visibility") in {"collapse", "filter"}
    return range(place, place + min(_repeated(element, what), MOST_ROWS)) if is_hidden else range(0)

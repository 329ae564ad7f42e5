"""The table in a spreadsheet file: which page, where its headings stand, what each column is, which rows hold records.

All of it is a guess that a clerk can change, and nothing is passed over without being listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..record.errors import RecordError
from .appearances import column_letters
from .cells import Cell, clean, folded, unguarded
from .columns import TEXT, Column, Number, ProfessionCount, Sheet
from .headings import Headings

#: Rows of data in one file; a larger one is to be split.
MOST_ROWS = 20_000
#: Among how many filled rows the headings are looked for.
DEEPEST_HEADER = 30
#: What a clerk says of a row: it is passed over, or read though it looks like no record.
LEAVE, TAKE = "leave", "take"
#: How many cells of a column are shown.
MOST_SAMPLES = 3

_TOTAL = re.compile(
    r"(?:grand |sub)?total(?:t|s|en|er)?\b|totaal\b|(?:del)?summa\b|sum\b|s:a\b|tillsammans\b|together\b", re.IGNORECASE
)
_REMARK = re.compile(
    r"(?:obs|ob!|anm|nb|n\.b|note|notera|ps|p\.s|let op|kom ihåg|remember|todo|att göra|\*)", re.IGNORECASE
)
_NUMBER = re.compile(r"-?[\d \N{NO-BREAK SPACE}.,'’]*\d(?: ?(?:kr|sek|zar|%))?", re.IGNORECASE)


@dataclass
class Choices:
    """What a clerk has said of one file. Keys are text, since all of it is kept as JSON."""

    encoding: str = ""
    page: int | None = None
    header: int | None = None
    #: By place of the column: the name of ours, or nothing where it is left out.
    columns: dict[str, str] = field(default_factory=dict)
    #: By model and name: the code of the record that is meant.
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    #: By name of the column and words of the cell: what is meant.
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    #: By row: “take” what looks like no record, or “leave” a row out.
    rows: dict[str, str] = field(default_factory=dict)
    #: By row: the code of the record that it is about, or “other” for none that is on record.
    same: dict[str, str] = field(default_factory=dict)
    takes_hidden: bool = False
    #: The source of all new records, as it was written, and what happens to them.
    source: str = ""
    source_issuer: str = ""
    finish: str = "draft"
    #: Whether the next file with the same headings is read alike.
    remembers: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Heading:
    """A column of the file: what stands above it, some of its cells, and what it is taken for."""

    place: int
    text: str
    samples: list[str]
    column: Column | None
    #: What the column may be taken for, though it is not.
    offered: Column | None = None
    is_exact: bool = False

    @property
    def letters(self) -> str:
        return column_letters(self.place)


class LeftOut(NamedTuple):
    """A row that is passed over, and why; ``can_be_taken`` where that is only likely to be right."""

    row: int
    words: str
    reason: str
    can_be_taken: bool = True


@dataclass(frozen=True)
class PageSummary:
    index: int
    name: str
    is_hidden: bool
    header: int | None
    rows: int
    score: int


@dataclass
class Table:
    """What a file holds: the cells of each row that is a record, by column, and what could not be read."""

    lines: list[tuple[int, dict[Column, str]]] = field(default_factory=list)
    errors: list[RecordError] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    #: What was done that nobody sees in the file, in words.
    notices: list[str] = field(default_factory=list)


class Layout:
    """One file for one sheet. Raises ValidationError where no page of it can be a table."""

    def __init__(
        self,
        sheet: Sheet,
        file: dict[str, Any],
        choices: Choices | None = None,
        remembered: dict[str, Any] | None = None,
    ):
        self.sheet, self.choices = sheet, choices or Choices()
        self.format, self.encoding, self.encodings = file["format"], file["encoding"], file["encodings"]
        self._headings = Headings(sheet)
        self._targets = sheet.targets()
        self._raw_pages = file["pages"]
        self.pages = [self._summary(index, page) for index, page in enumerate(self._raw_pages)]
        self.page = self._chosen_page()
        self._raw = self._raw_pages[self.page.index]
        header = self.choices.header if self.choices.header in self._rows else self.page.header
        if header is None:
            raise ValidationError(self._no_headings())
        self.header = header
        self._remembered = remembered or {}

    def _no_headings(self) -> str:
        expected = ", ".join(column.name for column in self.sheet.columns[:6])
        return _("No row with the names of columns was found, such as: %(names)s … The template has them all.") % {
            "names": expected
        }

    # Pages and headings

    def _summary(self, index: int, page: dict[str, Any]) -> PageSummary:
        above = [(number, [_text(cell) for cell in row]) for number, row in page["rows"][:DEEPEST_HEADER]]
        scores = {number: self._headings.score(row) for number, row in above}
        header = max(scores, key=lambda number: scores[number], default=None)
        if header is None or not scores[header]:
            header = _likely_header(above)
        rows = sum(1 for number, row in page["rows"] if header and number > header and any(map(_text, row)))
        return PageSummary(index, page["name"], page["is_hidden"], header, rows, scores.get(header or 0, 0))

    def _chosen_page(self) -> PageSummary:
        if self.choices.page is not None and 0 <= self.choices.page < len(self.pages):
            return self.pages[self.choices.page]
        if not self.pages:
            raise ValidationError(_("The file is empty."))
        # The visible page with the best headings, and of equal ones the longest.
        return max(self.pages, key=lambda page: (not page.is_hidden, page.header is not None, page.score, page.rows))

    @cached_property
    def _rows(self) -> dict[int, list[Any]]:
        return dict(self._raw["rows"])

    @cached_property
    def headings_key(self) -> list[str]:
        """By what the same layout is known again in the next file."""
        return [folded(_text(cell)) for cell in self._rows[self.header]]

    @cached_property
    def headings(self) -> list[Heading]:
        row = self._rows[self.header]
        body = [cells for number, cells in self._raw["rows"] if number > self.header]
        width = max([len(row), *map(len, body)], default=0)
        headings = []
        for place in range(width):
            text = _text(row[place]) if place < len(row) else ""
            cells = (_text(cells[place]) for cells in body if place < len(cells))
            samples = _first_different(cells)
            if text or samples:
                headings.append(self._heading(place, text, samples))
        return headings

    def _heading(self, place: int, text: str, samples: list[str]) -> Heading:
        exact = self._headings.exact(text)
        column, offered = self._headings.guess(text)
        remembered = self._remembered.get("columns", {})
        is_exact = exact is not None or str(place) in remembered
        if str(place) in self.choices.columns:
            column = self._targets.get(self.choices.columns[str(place)])
        elif str(place) in remembered:
            column = self._targets.get(remembered[str(place)])
        return Heading(place, text, samples, column, offered if column is None else None, is_exact)

    @cached_property
    def columns(self) -> dict[int, Column]:
        """By its place in the file."""
        columns: dict[int, Column] = {}
        for heading in self.headings:
            if heading.column and heading.column not in columns.values():
                columns[heading.place] = heading.column
        return columns

    @property
    def repeated(self) -> list[Heading]:
        """Columns that are taken for what another one is already."""
        return [heading for heading in self.headings if heading.column and heading.place not in self.columns]

    @property
    def is_certain(self) -> bool:
        """Whether a clerk need not look at the columns: all of them are ours, and nothing else could be meant."""
        others = [page for page in self.pages if page.index != self.page.index and page.score > 1]
        is_read = len(self.encodings) < 2
        return is_read and not others and not self.repeated and all(heading.is_exact for heading in self.headings)

    # Rows

    def table(self) -> Table:
        """Raises ValidationError where there are too many rows."""
        table = Table()
        for heading in self.repeated:
            table.errors.append(RecordError(self.header, _("This column is there twice."), column=heading.text))
        filled = self._filled_down(table)
        hidden = set(self._raw["hidden_rows"])
        header = self.headings_key
        for number, raw in self._raw["rows"]:
            if number <= self.header:
                if number != self.header:
                    table.left_out.append(LeftOut(number, _words(raw), _("above the headings"), can_be_taken=False))
                continue
            cells = {place: _text(raw[place]) if place < len(raw) else "" for place in self.columns}
            if self._is_explanation(cells):
                continue
            if reason := self._why_left_out(number, raw, cells, header, hidden):
                table.left_out.append(LeftOut(number, _words(raw), reason))
                continue
            if len(table.lines) == MOST_ROWS:
                raise ValidationError(_("The file has more than 20,000 rows. Split it into several."))
            self._add_line(table, number, raw, filled.get(number, {}))
        self._note(table, hidden)
        return table

    def _add_line(self, table: Table, number: int, raw: list[Any], filled: dict[int, Any]) -> None:
        line: dict[Column, str] = {}
        for place, column in self.columns.items():
            value = filled.get(place, raw[place] if place < len(raw) else "")
            cell = _as_cell(value, self.choices.cells.get(column.name, {}))
            if isinstance(cell, Cell) and cell.fault:
                table.errors.append(RecordError(number, _fault(cell), column=column.name, cell=str(cell), code="cell"))
            line[column] = cell
        table.lines.append((number, line))

    def _is_explanation(self, cells: dict[int, str]) -> bool:
        """The template’s own row of explanations; no code begins with #."""
        first = self.sheet.columns[0]
        return any(column is first and cells[place].startswith("#") for place, column in self.columns.items())

    def _why_left_out(
        self, number: int, raw: list[Any], cells: dict[int, str], header: list[str], hidden: set[int]
    ) -> str:
        choice = self.choices.rows.get(str(number), "")
        if choice == LEAVE:
            return _("left out by you")
        texts = [_text(cell) for cell in raw]
        filled = [text for text in texts if text]
        if not filled and not any(_has_fault(cell) for cell in raw):
            return _("nothing but blanks")
        if choice == TAKE:
            return ""
        if number in hidden and not self.choices.takes_hidden:
            return _("a hidden row")
        if [folded(text) for text in texts] == header:
            return _("the headings once more")
        if self._is_total(number, filled, cells):
            return _("a sum of other rows")
        if self._is_remark(texts, filled):
            return _("a remark, and no record")
        if not any(cells.values()) and not any(_has_fault(raw[place]) for place in self.columns if place < len(raw)):
            return _("nothing in the columns that are read")
        return ""

    def _is_total(self, number: int, filled: list[str], cells: dict[int, str]) -> bool:
        words = [text for text in filled if not _NUMBER.fullmatch(text)]
        if number in self._raw["sums"]:
            return len(words) <= 1
        if any(_TOTAL.match(text) for text in words):
            return len(words) == 1
        # Only numbers, in columns for numbers, below rows that say more.
        counts = [place for place, column in self.columns.items() if isinstance(column, (Number, ProfessionCount))]
        places = {place for place, text in cells.items() if text}
        return bool(places) and not words and len(self.columns) > 2 and places <= set(counts)

    def _is_remark(self, texts: list[str], filled: list[str]) -> bool:
        if len(filled) != 1 or len(self.columns) < 3:
            return False
        column = self.columns.get(next(place for place, text in enumerate(texts) if text))
        is_known = column is not None and (column.key == "title" or not column.is_prose)
        return not is_known or bool(_REMARK.match(filled[0]))

    def _filled_down(self, table: Table) -> dict[int, dict[int, Any]]:
        """By row and place, what merged cells hold for rows below their first."""
        filled: dict[int, dict[int, Any]] = {}
        for first, last, place in self._raw["merged"]:
            value = self._rows.get(first, [])[place : place + 1]
            below = [number for number in self._rows if first < number <= last and number > self.header]
            if first <= self.header or not value or not _text(value[0]) or not below or place not in self.columns:
                continue
            for number in below:
                filled.setdefault(number, {})[place] = value[0]
            message = _("Merged cells: “%(words)s” of row %(first)s holds down to row %(last)s.")
            words = {"words": _text(value[0])[:60], "first": first, "last": last}
            table.notices.append(message % words)
        return filled

    def _note(self, table: Table, hidden: set[int]) -> None:
        if others := [page.name for page in self.pages if page.index != self.page.index and page.rows]:
            message = _("Of the sheets only “%(page)s” is read, and not: %(others)s.")
            table.notices.append(message % {"page": self.page.name, "others": ", ".join(others)})
        if hidden and self.choices.takes_hidden:
            numbers = ", ".join(map(str, sorted(hidden)))
            table.notices.append(_("Hidden rows are read: %(rows)s.") % {"rows": numbers})
        columns = [column_letters(place) for place in self._raw["hidden_columns"] if place in self.columns]
        if columns:
            table.notices.append(_("Hidden columns are read: %(columns)s.") % {"columns": ", ".join(columns)})
        if gaps := self._empty_rows():
            table.notices.append(_("Empty rows between others: %(rows)s.") % {"rows": ", ".join(gaps)})

    def _empty_rows(self) -> list[str]:
        """The first stretches of rows without anything, between those that hold something."""
        numbers = [self.header, *(number for number in self._rows if number > self.header)]
        gaps = [(before + 1, after - 1) for before, after in pairwise(numbers) if after > before + 1]
        return [str(first) if first == last else f"{first}–{last}" for first, last in gaps[:20]]


def _likely_header(rows: list[tuple[int, list[str]]]) -> int | None:
    """The first row with the most words, if there are rows as wide below it."""
    best, most = None, 1
    for place, (number, row) in enumerate(rows):
        words = sum(1 for cell in row if cell and not _NUMBER.fullmatch(cell))
        is_followed = any(sum(map(bool, below)) > 1 for _number, below in rows[place + 1 : place + 4])
        if words > most and is_followed:
            best, most = number, words
    return best


def _first_different(cells: Iterator[str]) -> list[str]:
    samples: list[str] = []
    for cell in cells:
        if cell and cell not in samples:
            samples.append(cell)
            if len(samples) == MOST_SAMPLES:
                break
    return samples


def _text(cell: Any) -> str:
    """The text of a cell as it was read."""
    return clean(unguarded((cell if isinstance(cell, str) else cell[0]).lstrip()))


def _has_fault(cell: Any) -> bool:
    return not isinstance(cell, str) and cell[1] != "date"


def _as_cell(raw: Any, answers: dict[str, str]) -> str:
    text = _text(raw)
    if answers and (answer := answers.get(text)) is not None:
        if answer.startswith(TEXT):
            return clean(answer.removeprefix(TEXT))
        candidates = () if isinstance(raw, str) else tuple(raw[2:])
        return Cell.make(text, candidates=candidates, reading=answer)
    if isinstance(raw, str):
        return text
    return Cell.make(text, fault="" if raw[1] == "date" else raw[1], candidates=tuple(raw[2:]))


def _fault(cell: Cell) -> str:
    if cell.fault == "no_value":
        return _("This formula has no stored value. Open the file, save it and try once more.")
    return _("The spreadsheet program shows an error here: %(error)s") % {"error": cell}


def _words(raw: list[Any]) -> str:
    """The beginning of a row, to know it again."""
    return " · ".join(text for text in map(_text, raw) if text)[:120]

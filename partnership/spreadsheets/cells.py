"""The text of cells, and what a clerk has answered about one."""

from __future__ import annotations

import re

from ..fields import texts

#: The most characters that a cell of a workbook holds.
LONGEST_CELL = 32_767
_CUT = re.compile(r"\n\[✂ \d+\]$")


def clean(text: str) -> str:
    """The text of a cell without what people cannot see: blanks around it, other ways to break lines or write å."""
    return texts.clean(text).strip()


def folded(text: str) -> str:
    """For comparing words and headings: “Title_EN ”, “title en” and “TITLE EN” are equal."""
    return " ".join(clean(text).casefold().replace("_", " ").split())


class Cell(str):
    """A cell that is more than its text: ``fault`` is why it cannot be read, or ``candidates`` what it may be.

    ``reading`` is the key of the reading that a clerk chose (``partnership.fields.forms.key_of``).
    """

    fault: str = ""
    candidates: tuple[str, ...] = ()
    reading: str = ""

    @classmethod
    def make(cls, text: str, *, fault: str = "", candidates: tuple[str, ...] = (), reading: str = "") -> Cell:
        cell = cls(text)
        cell.fault, cell.candidates, cell.reading = fault, candidates, reading
        return cell


# Formulas

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def guarded(text: str) -> str:
    """Text that no spreadsheet program takes for a formula (OWASP, CSV injection); numbers stay what they are."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


# Texts that are longer than a cell


def cut(text: str) -> str:
    """The text as a workbook can hold it: a longer one is cut, and ends with a mark that says how long it was."""
    if len(text) <= LONGEST_CELL:
        return text
    mark = f"\n[✂ {len(text)}]"
    return text[: LONGEST_CELL - len(mark) - 1] + mark


def safe(text: str) -> str:
    """The text as a workbook can hold it, and as no program takes it for a formula."""
    return texts.xml_safe(guarded(cut(text)))


def is_cut(cell: str) -> bool:
    return bool(_CUT.search(cell)) and len(cell) > LONGEST_CELL - 100


def is_beginning(cell: str, text: str) -> bool:
    """Whether a cell holds the beginning of a text that was too long for it, by our mark or by another program."""
    beginning = clean(_CUT.sub("", cell))
    return len(cell) > LONGEST_CELL - 100 and len(text) > len(beginning) and text.startswith(beginning)

"""What is wrong with a record that comes as text, from a file, a version or a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecordError:
    """What is wrong, on which line of a file, or in which row and column as a spreadsheet program counts them."""

    line: int
    reason: str
    file: str = ""
    column: str = ""
    #: The kind of error, where something can be done about it: “figure”, “personal” and “duplicate” are none once they
    #: are answered for the whole import.
    code: str = ""
    #: The words of the cell, and what may be meant: for each a key and how it is called.
    cell: str = ""
    candidates: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class InvalidRecord(Exception):
    """The text cannot be written; ``errors`` holds every reason at once."""

    def __init__(self, errors: list[RecordError]):
        super().__init__(f"{len(errors)} errors")
        self.errors = errors

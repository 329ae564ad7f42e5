"""Public data as workbooks: the columns and rows of the CSV, and on a page of its own what each column means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.utils import translation

from .. import __version__, child_process
from ..files.generated import generated
from ..spreadsheets.cells import safe
from ..spreadsheets.workbook import Heading, Page
from .relations import ALL_TABLES
from .tables import Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of a list; beyond them a workbook takes longer to make than a reader waits, and the CSV has all.
MOST_ROWS = 10_000


def of_table(table: Table, records: Iterable[Any]) -> bytes:
    """Raises ChildError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        _write([_page(table, records), _meanings([table])], path)
        return path.read_bytes()


def of_everything(version: str) -> bytes:
    """All tables as of a version of the data, made once for it and kept on the disk. Raises ChildError."""

    def make(path: Path) -> None:
        tables = list(ALL_TABLES.values())
        _write([*(_page(table, table.records()) for table in tables), _meanings(tables)], path)

    return generated("workbook", [__version__, version], "xlsx", make)


def _write(pages: list[Page], path: Path) -> None:
    child_process.run("partnership.spreadsheets.workbook:write", pages=pages, target=str(path))


def _page(table: Table, records: Iterable[Any]) -> Page:
    headings = [Heading(column.name, column.type in {"integer", "number"}) for column in table.columns]
    return Page(table.name, headings, [[safe(text) for text in table.texts(record)] for record in records])


def _meanings(tables: list[Table]) -> Page:
    languages = [code for code, _name in settings.LANGUAGES]
    names = [f"{name}_{code}" for code in languages for name in ("title", "description")]
    headings = [Heading(name) for name in ("table", "column", "type", *names)]
    return Page("columns", headings, list(_rows_of_meanings(tables, languages)))


def _rows_of_meanings(tables: list[Table], languages: list[str]) -> Iterator[list[str]]:
    for table in tables:
        for column in table.columns:
            words = []
            for code in languages:
                with translation.override(code):
                    words += [str(column.title), str(column.description)]
            yield [table.name, column.name, column.type, *words]

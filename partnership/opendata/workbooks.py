"""Public data as workbooks: the columns and rows of the CSV, and on a page of its own what each column means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from .. import __version__
from ..files.generated import generated
from .relations import ALL_TABLES
from .tables import Table

if TYPE_CHECKING:
    from ..spreadsheets.formats import Page

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of a list; beyond them a workbook takes longer to make than a reader waits, and the CSV has all.
MOST_ROWS = 10_000


def of_table(table: Table, records: Iterable[Any]) -> bytes:
    return _workbook([_page(table, records), _meanings([table])])


def of_everything(version: str) -> bytes:
    """All tables as of a version of the data, made once for it and kept on the disk. Raises ChildError."""

    def make(path: Path) -> None:
        tables = list(ALL_TABLES.values())
        path.write_bytes(_workbook([*(_page(table, table.records()) for table in tables), _meanings(tables)]))

    return generated("workbook", [__version__, version], "xlsx", make)


def _workbook(pages: list[Page]) -> bytes:
    # What staff read and write spreadsheets with is large, and few readers take a workbook.
    from ..spreadsheets.formats import workbook

    return workbook(pages)


def _page(table: Table, records: Iterable[Any]) -> Page:
    from ..spreadsheets.formats import Heading, Page

    headings = [Heading(column.name, column.type in {"integer", "number"}) for column in table.columns]
    return Page(table.name, headings, (table.texts(record) for record in records))


def _meanings(tables: list[Table]) -> Page:
    from ..spreadsheets.formats import Heading, Page

    languages = [code for code, _name in settings.LANGUAGES]
    names = [f"{name}_{code}" for code in languages for name in ("title", "description")]
    headings = [Heading(name) for name in ("table", "column", "type", *names)]
    return Page("columns", headings, _rows_of_meanings(tables, languages))


def _rows_of_meanings(tables: list[Table], languages: list[str]) -> Iterator[list[str]]:
    for table in tables:
        for column in table.columns:
            words = []
            for code in languages:
                with translation.override(code):
                    words += [str(column.title), str(column.description)]
            yield [table.name, column.name, column.type, *words]

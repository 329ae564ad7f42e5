"""The database of the first release, with its record and work of staff: it becomes today’s without loss, and goes back.

``tests/data/first-release.sql.gz`` was written by the release of 23 November 2026: the record as it was then, an
account, and a note of staff.
"""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

FIRST = Path(__file__).resolve().parents[1] / "data" / "first-release.sql.gz"
#: The last migration of each app in it, in the order in which they can be reversed.
LAST = {"visits": "0002", "projects": "0001", "partnership": "0001"}
#: Tables that grow with the code and hold no work of staff.
GROWING = {"django_migrations", "django_content_type", "auth_permission", "auth_group_permissions", "sqlite_sequence"}

Tables = dict[str, dict[Any, dict[str, Any]]]


def tables_of(path: Path) -> Tables:
    """Every row of every table by its first column, each as a mapping from column to value."""
    with closing(sqlite3.connect(path)) as opened:
        opened.row_factory = sqlite3.Row
        names = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: {row[0]: dict(row) for row in opened.execute(f"SELECT * FROM {name}")}
            for name in names
            if name not in GROWING and "searchtext" not in name
        }


def lost(before: Tables, after: Tables) -> list[str]:
    """The rows that are missing after a migration, and the columns whose value differs."""
    losses = []
    for name, rows in before.items():
        for key, row in rows.items():
            row_after = after.get(name, {}).get(key)
            if row_after is None:
                losses.append(f"{name} {key}")
                continue
            losses += [
                f"{name} {key}: {column}"
                for column in row
                if column not in row_after or row[column] != row_after[column]
            ]
    return losses


def first_release(path: Path) -> Tables:
    """Creates the database at the path, and returns its tables."""
    with closing(sqlite3.connect(path)) as opened:
        opened.executescript(gzip.decompress(FIRST.read_bytes()).decode())
    return tables_of(path)

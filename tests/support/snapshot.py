"""Snapshots of the test database: migrated ("empty"), and with the record loaded and indexed; each process starts so.

Their names hold a digest of all that they are made from, so a change of any of it makes new ones.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from hashlib import sha256
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone

from tests.support.tools import ROOT, TOOLS

#: The key of an advisory lock: one process at a time looks for the snapshot on a PostgreSQL server and makes it.
LOCK = 20180130


def _inputs() -> list[Path]:
    """The record, the migrations, the translations, this module, and ours that load the record and index it."""
    finder = ModuleFinder(path=[str(ROOT)])
    finder.import_hook("partnership.management.commands.load_record")
    finder.import_hook("partnership.search.index")
    finder.import_hook("partnership.settings")
    folders = [ROOT / name for name in ("partnership", "projects", "visits")]
    for app in folders:
        finder.import_hook(f"{app.name}.apps")
        finder.import_hook(f"{app.name}.models")
    modules = {Path(module.__file__) for module in finder.modules.values() if module.__file__}
    patterns = ("migrations/*.py", "record/**/*.yaml", "locale/**/*.mo")
    return sorted(
        {
            *modules,
            ROOT / "requirements.txt",
            Path(__file__),
            *(path for app in folders for name in patterns for path in app.glob(name)),
        }
    )


@cache
def key() -> str:
    # The record is as old as its loading; the day keeps "changed today" true in the tests.
    digest = sha256(timezone.localdate().isoformat().encode())
    for path in _inputs():
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def file(kind: str = "record") -> Path:
    return TOOLS / f"{kind}-{key()}.sqlite3"


def template(kind: str = "record") -> str:
    """The name of the snapshot among the databases of a PostgreSQL server."""
    return f"{kind}_{key()}"


@contextmanager
def restored() -> Iterator[None]:
    """While it lasts, the test database that Django creates begins as the snapshot, if there is one."""
    if connection.vendor == "sqlite":
        # A database in memory lives as long as a connection to it, and Django migrates what it finds there.
        with closing(sqlite3.connect(connection.creation._get_test_db_name(), uri=True)) as memory:
            if file().exists():
                with closing(sqlite3.connect(file())) as snapshot:
                    snapshot.backup(memory)
            yield
        return
    with _server() as session:
        session.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template()]).fetchone():
            connection.settings_dict["TEST"]["TEMPLATE"] = template()
        yield


def save(kind: str) -> None:
    """Keeps the test database as that snapshot."""
    if connection.vendor == "sqlite":
        TOOLS.mkdir(exist_ok=True)
        unfinished = TOOLS / f"{kind}-{os.getpid()}.unfinished"
        with closing(sqlite3.connect(unfinished)) as snapshot:
            connection.connection.backup(snapshot)
        unfinished.replace(file(kind))
        # Another run may still use the one before.
        for path in TOOLS.glob(f"{kind}-*"):
            if path.stat().st_mtime < time.time() - timedelta(days=1).total_seconds():
                path.unlink(missing_ok=True)
        return
    database = connection.settings_dict["NAME"]
    # A database is copied while nobody is connected to it.
    connection.close()
    with _server() as session:
        older = session.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{kind}_[0-9a-f]{{16}}$"])
        for (name,) in older.fetchall():
            session.execute(f"DROP DATABASE {name}")
        session.execute(f'CREATE DATABASE {template(kind)} TEMPLATE "{database}"')


def _server() -> Any:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

"""Databases for sites that tests start in processes of their own: on the same kind of server as the suite itself."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connection

from tests.support import snapshot


@contextmanager
def empty_database(template: str = "template1") -> Iterator[dict[str, str]]:
    """What the environment of a site must say for a database of its own; with SQLite it lies in DATA_DIR."""
    if connection.vendor == "sqlite":
        yield {}
        return
    server, name = os.environ["DATABASE_URL"], f"site_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}
        finally:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_database(folder: Path, kind: str = "empty") -> Iterator[dict[str, str]]:
    """One that holds no record, from a snapshot of the test database; ``folder`` is the site’s DATA_DIR."""
    if connection.vendor == "sqlite":
        shutil.copyfile(snapshot.file(kind), folder / "record.sqlite3")
    with empty_database(snapshot.template(kind)) as environment:
        yield environment


def loaded_database(folder: Path) -> AbstractContextManager[dict[str, str]]:
    """One that holds the record."""
    return migrated_database(folder, "record")


def opened(data: Path, environment: dict[str, str]) -> Any:
    """A connection to a site's database as another program would open it, in autocommit."""
    if address := environment.get("DATABASE_URL"):
        return psycopg.connect(address, autocommit=True)
    return sqlite3.connect(data / "record.sqlite3", isolation_level=None)

"""Data of earlier releases survives every migration. Reverse migrations are slower, and are in “make faults”."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.migrated import first_release, lost, tables_of
from tests.support.work import migrate
from tests.support.worker import Worker

pytestmark = pytest.mark.site


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the kept database is one of SQLite")
def test_the_first_release_becomes_this_one_without_loss(tmp_path):
    path = tmp_path / "record.sqlite3"
    first = first_release(path)
    worker = Worker(tmp_path)

    worker.call(migrate)

    assert sum(map(len, first.values())) > 900
    assert lost(first, tables_of(path)) == []
    pages = [worker.get(f"/en/{page}").code for page in ("", "projects/leseding/", "visits/", "sources/", "changes/")]
    worker.end()
    assert pages == [200] * 5


def rights_in(path: Path) -> set[tuple[str, str]]:
    """What each group of staff may do, as pairs of group and permission."""
    query = """
        SELECT auth_group.name, auth_permission.codename FROM auth_group
        JOIN auth_group_permissions ON group_id = auth_group.id
        JOIN auth_permission ON auth_permission.id = permission_id
    """
    with closing(sqlite3.connect(path)) as database:
        return set(database.execute(query))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the kept database is one of SQLite")
def test_staff_of_an_upgraded_site_may_do_what_staff_of_a_new_one_may(tmp_path):
    upgraded, new = tmp_path / "upgraded", tmp_path / "new"
    for folder in (upgraded, new):
        folder.mkdir()
    first_release(upgraded / "record.sqlite3")

    for folder in (upgraded, new):
        worker = Worker(folder)
        worker.call(migrate)
        worker.end()

    rights = rights_in(new / "record.sqlite3")
    assert ("Editor", "add_visitinference") in rights
    assert ("Editor", "publish_visit") not in rights
    assert rights_in(upgraded / "record.sqlite3") == rights

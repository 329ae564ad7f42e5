"""Data of earlier releases survives every migration. Reverse migrations are slower, and are in “make faults”."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from partnership.release import FORMER_MIGRATIONS
from tests.faults.migrated import first_release, lost, tables_of
from tests.support import snapshot
from tests.support.work import migrate, roll_back
from tests.support.worker import Worker

# One process makes what all of them use.
pytestmark = [
    pytest.mark.site,
    pytest.mark.xdist_group("migrations"),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the kept database is one of SQLite"),
]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """A site of the first release, upgraded: what its tables held, its file today, and a worker of it."""
    folder = tmp_path_factory.mktemp("upgraded")
    path = folder / "record.sqlite3"
    first = first_release(path)
    worker = Worker(folder)
    worker.call(migrate)
    yield SimpleNamespace(first=first, path=path, worker=worker)
    worker.end()


def test_the_first_release_becomes_this_one_without_loss(upgraded):
    assert sum(map(len, upgraded.first.values())) > 900
    assert lost(upgraded.first, tables_of(upgraded.path)) == []
    for page in ("", "projects/leseding/", "visits/", "sources/", "changes/"):
        assert upgraded.worker.get(f"/en/{page}").code == 200


def rights_in(path: Path) -> set[tuple[str, str]]:
    """What each group of staff may do, as pairs of group and permission."""
    query = """
        SELECT auth_group.name, auth_permission.codename FROM auth_group
        JOIN auth_group_permissions ON group_id = auth_group.id
        JOIN auth_permission ON auth_permission.id = permission_id
    """
    with closing(sqlite3.connect(path)) as database:
        return set(database.execute(query))


def test_staff_of_an_upgraded_site_may_do_what_staff_of_a_new_one_may(upgraded, django_db_setup):
    rights = rights_in(snapshot.file("empty"))

    assert ("Editor", "add_visitinference") in rights
    assert ("Editor", "publish_visit") not in rights
    assert rights_in(upgraded.path) == rights


def test_after_the_way_back_the_former_release_can_save(upgraded, tmp_path):
    """Its code is not here: what it would do is done to its tables, as they were left for it."""
    path = tmp_path / "record.sqlite3"
    with closing(sqlite3.connect(upgraded.path)) as upgraded_database:
        upgraded_database.execute("VACUUM INTO ?", [str(path)])
    worker = Worker(tmp_path)
    worker.call(roll_back)
    worker.end()

    with closing(sqlite3.connect(path)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        applied = set(database.execute("SELECT app, name FROM django_migrations"))
        assert "partnership_contribution" not in tables
        assert set(FORMER_MIGRATIONS.items()) <= applied
        assert database.execute("UPDATE projects_project SET version = version + 1").rowcount > 20
        assert database.execute("UPDATE visits_visit SET purpose_en = 'Saved by the former release'").rowcount > 5
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []

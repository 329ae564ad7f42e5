"""Data of earlier releases survives every migration. Reverse migrations are slower, and are in “make faults”."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.faults.migrated import first_release, lost, tables_of
from tests.support.worker import Worker

pytestmark = pytest.mark.site


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the kept database is one of SQLite")
def test_the_first_release_becomes_this_one_without_loss(tmp_path):
    path = tmp_path / "record.sqlite3"
    first = first_release(path)
    worker = Worker(tmp_path)

    worker.do("from django.core.management import call_command", "call_command('migrate', verbosity=0)")

    assert sum(map(len, first.values())) > 900
    assert lost(first, tables_of(path)) == []
    pages = [worker.get(f"/en/{page}").code for page in ("", "projects/leseding/", "visits/", "sources/", "changes/")]
    worker.end()
    assert pages == [200] * 5

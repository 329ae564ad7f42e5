"""A PostgreSQL server of the test’s own that is killed while staff save."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults import away, killed
from tests.faults.site import Site

pytestmark = [
    pytest.mark.site,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL is in make test-postgresql"),
    pytest.mark.xdist_group("faults"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the server’s own user may enter, other than those of pytest."""
    with tempfile.TemporaryDirectory(prefix="away-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_database_that_is_killed_loses_nothing_and_is_waited_for(folder):
    with away.server(folder / "postgresql") as database:
        assert database, "PostgreSQL is not installed: apt-get install postgresql"
        site = Site(folder, {"DATABASE_URL": database.url, "LOG_LEVEL": "CRITICAL"}, is_collected=False)
        site.manage("migrate", "--verbosity", "0")
        site.manage("load_record")
        site.sign_in()

        def kill(site: Site) -> float:
            return away.killed(site, database)

        with site:
            saves, readers, _ready = killed.during_saves(site, 12, {5: kill})

            assert len(saves.acknowledged) >= 11
            assert saves.lost == []
            assert set(saves.refused) <= {503}
            assert {failure.rpartition(" ")[2] for failure in readers.failed} <= {"503"}

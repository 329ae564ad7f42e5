"""The short form of what “make faults” does at length: the same faults, no figures, no times."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

from tests.faults import full, killed, odd, writers
from tests.faults.site import Site

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.site,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="the database here is a file; PostgreSQL is in make faults"
    ),
    pytest.mark.xdist_group("faults"),
]


@pytest.fixture
def site(tmp_path) -> Site:
    """A site with the record, under gunicorn."""
    return site_in(tmp_path / "site")


def site_in(folder: Path) -> Site:
    folder.mkdir(exist_ok=True)
    site = Site(folder, {"LOG_LEVEL": "CRITICAL"}, is_collected=False)
    site.database.write_bytes(connection.connection.serialize())
    site.sign_in()
    return site


def test_nothing_that_was_acknowledged_is_lost_when_processes_are_killed(site):
    with site:
        saves, readers, _ready = killed.during_saves(site, 12, {3: killed.kill_worker, 7: killed.kill_all})

        assert len(saves.acknowledged) >= 10
        assert saves.lost == []
        assert saves.refused == []
        assert readers.failed == []
        assert site.database_errors() == []


def test_workers_count_together_and_what_a_dead_one_counted_stays(site):
    with site:
        for _number in range(12):
            site.get("/en/claims/")
        killed.kill_worker(site)
        site.wait()
        text = site.get("/metrics").text
        counted = re.findall(r"^record_requests_total{.*(?:claims|kept page).*} (\d+)", text, re.M)

    assert sum(map(int, counted)) == 12


def test_an_upload_that_is_cut_off_leaves_at_most_files_that_are_found_and_taken_away(site):
    with site:
        uploads = killed.Uploads(site, "/admin/partnership/photo/add/")
        killed.during_saves(site, 4, dict.fromkeys((1, 2, 3), killed.kill_workers_midway), uploads)

        assert len(uploads.acknowledged) >= 4
        assert (uploads.lost, uploads.refused) == ([], [])
        files = killed.look_for_orphans(site)
        assert (files.still, files.missing) == (0, [])
        assert site.database_errors() == []


def test_reloading_fails_no_request_and_ending_lets_one_finish(site):
    with site:
        readers = killed.reload_under_load(site, 1)
        assert readers.seconds
        assert (readers.failed, readers.unanswered) == ([], 0)

        assert killed.ends_after_a_request(site) == 302
    assert site.rows("SELECT code FROM projects_project WHERE code = 'last'") == ["last"]


def test_writers_wait_for_each_other_and_nobody_is_told_that_it_is_locked(site):
    with site:
        written = writers.write_together(site, 2, 2)

    assert written.saves > 2
    assert written.locked == 0
    assert written.busy.failed == []


def test_odd_requests_are_answered_without_an_error_or_an_echo(site):
    with site:
        sent = odd.send(site, odd.generate(400))

    assert sent.errors == []
    assert sum(sent.by_status.values()) == 400
    assert {200, 400, 404, 405, 413, 414} <= set(sent.by_status)


def test_a_full_disk_is_told_and_survived():
    with full.small_disk(24) as disk:
        if disk is None:
            pytest.skip("mounting a small disk needs root; tests/partnership/test_storage.py simulates it")
        with site_in(disk) as site:
            filled = full.fill_and_empty(site)

    assert (filled.during.saved.status, filled.during.uploaded.status) == (507, 507)
    assert full.TYPED.strip() in filled.during.saved.text
    assert "The server has no space left" in filled.during.uploaded.text
    assert filled.during.backup.stderr.strip().endswith("the disk is full.")
    assert (filled.left, filled.read, filled.database_errors) == ([], 200, [])
    assert (filled.after.saved.status, filled.after.uploaded.status, filled.after.backup.returncode) == (302, 302, 0)
    assert filled.recorded == {"full-source": False, "full-photo": False, "again-source": True, "again-photo": True}

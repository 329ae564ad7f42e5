"""Faults that happen to real sites, and what came of each: a table of figures. Run with “make faults”.

What needs no clock, no root and no second server is in the suite as well (tests/faults/test_faults.py).
"""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults import away, dear, full, killed, migrated, odd, pressed, writers
from tests.faults.site import Site


@dataclass
class Row:
    fault: str
    result: str
    #: None where no limit is set.
    is_kept: bool | None = None


def _site(folder: Path, like: Path, **values: str) -> Site:
    site = Site(folder, {**values})
    site.fill(like)
    site.sign_in()
    return site


def killing(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like)
    blows = dict.fromkeys((20, 40, 60, 80, 140), killed.kill_worker) | {
        100: killed.kill_master,
        170: killed.kill_all,
    }
    with site:
        saves, readers, ready = killed.during_saves(site, 200, blows)
        result = f"{len(saves.acknowledged)} saves acknowledged, {len(saves.lost)} lost, {saves.unanswered} unanswered"
        yield Row(
            "kill -9 during 200 saves: 5 × a worker, the master, all", result, not saves.lost and not saves.refused
        )
        errors = site.database_errors()
        yield Row("… integrity and foreign keys afterwards", "; ".join(errors) or "clean", not errors)
        read = f"{len(readers.seconds)} pages, {len(readers.failed)} × 5xx, {readers.unanswered} connections refused"
        yield Row("… readers meanwhile", read, not readers.failed)
        for name in ("kill_worker", "kill_master", "kill_all"):
            seconds = [wait for blow, wait in ready if blow == name]
            yield Row(f"… ready again after {name}", f"{max(seconds):.1f} s at most", max(seconds) <= 5)


def killing_uploads(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like)
    blows = dict.fromkeys(range(4, 40, 3), killed.kill_workers_midway)
    with site:
        saves, _readers, _ready = killed.during_saves(
            site, 40, blows, killed.Uploads(site, "/admin/partnership/photo/add/")
        )
        result = (
            f"{len(saves.acknowledged)} uploads acknowledged, {len(saves.lost)} lost, {saves.unanswered} unanswered"
        )
        yield Row(
            f"kill -9 of all workers during an upload, {len(blows)} times", result, not saves.lost and not saves.refused
        )
        files = killed.look_for_orphans(site)
        result = f"{files.without_row} files without a row, taken away; {len(files.missing)} files missing"
        yield Row("… manage.py orphans afterwards", result, not files.still and not files.missing)


def reloading(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like)
    with site:
        readers = killed.reload_under_load(site, 6)
        result = f"{len(readers.seconds)} requests, {len(readers.failed) + readers.unanswered} failed"
        yield Row("6 × HUP under load", result, not readers.failed and not readers.unanswered)
        yield Row("… the longest that a reader waited", f"{max(readers.seconds):.1f} s")
        status = killed.ends_after_a_request(site)
        yield Row("SIGTERM while a form is saved", f"answered with {status}", status == 302)


def filling(folder: Path, like: Path) -> Iterator[Row]:
    with full.small_disk(32) as disk:
        if disk is None:
            yield Row(
                "disk full", "not run: mounting a small disk needs root (and is the same in make test, simulated)"
            )
            return
        shutil.copy(like / "record.sqlite3", disk)
        site = Site(disk, is_collected=False)
        site.sign_in()
        with site:
            filled = full.fill_and_empty(site)
    during, after = filled.during, filled.after
    for name, response in (("saving", during.saved), ("uploading", during.uploaded)):
        keeps = "no space left" in response.text and (name != "saving" or full.TYPED.strip()[:60] in response.text)
        result = f"{response.status}, says so, keeps what was typed"
        yield Row(f"disk full while {name}", result, response.status == 507 and keeps)
    result = f"{during.frozen.status}, {len(filled.left)} files left behind"
    yield Row("disk full while freezing", result, during.frozen.status in (302, 507) and not filled.left)
    yield Row("disk full while backing up", during.backup.stderr.strip()[-18:], "disk is full" in during.backup.stderr)
    yield Row("… reading meanwhile", str(filled.read), filled.read == 200)
    recorded = {"full-source": False, "full-photo": False, "again-source": True, "again-photo": True}
    works = (after.saved.status, after.uploaded.status, after.backup.returncode) == (302, 302, 0)
    result = "; ".join(filled.database_errors) or "yes"
    yield Row("… with space again: all four work, nothing half", result, filled.recorded == recorded and works)


def writing(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like)
    with site:
        # A search is never cached; all other pages are, until somebody writes.
        written = writers.write_together(site, 4, 60, "/en/search/?q=library")
        result = f"{written.saves} saves, {written.locked} × locked"
        yield Row("4 processes write for 60 s", result, not written.locked and not written.busy.failed)
        result, times = _slower(written)
        yield Row("… readers’ p99, quiet and meanwhile: a search", result, times <= 1.5)
        result, _times = _slower(writers.write_together(site, 4, 10, "/en/projects/"))
        yield Row("… the same of a page that is kept when it is quiet", result)


def _slower(written: writers.Written) -> tuple[str, float]:
    quiet, busy = written.quiet.slowest_of(0.99), written.busy.slowest_of(0.99)
    return f"{quiet * 1000:.0f} and {busy * 1000:.0f} ms, {busy / quiet:.2f} ×", busy / quiet


def strangers(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like, BEHIND_PROXY="on")
    with site:
        measured = dear.ask_together(site, 50, 20)
    by_status = ", ".join(f"{number} × {status}" for status, number in sorted(measured.by_status.items()))
    failed = {status for status in measured.by_status if status >= 500} - {503}
    yield Row("50 strangers ask for the dearest for 40 s", by_status, not failed)
    for what, quiet, busy in (
        ("a page that is kept", measured.quiet, measured.busy),
        ("a search, made anew", measured.quiet_search, measured.busy_search),
    ):
        before, meanwhile = quiet.slowest_of(0.95), busy.slowest_of(0.95)
        times = meanwhile / before
        result = f"{before * 1000:.0f} and {meanwhile * 1000:.0f} ms, {times:.2f} ×"
        result += f"; median {busy.slowest_of(0.5) * 1000:.0f} ms, {len(busy.failed)} of {len(busy.seconds)} refused"
        yield Row(f"… a reader’s p95, quiet and meanwhile: {what}", result, times <= 2 and not busy.failed)
    yield Row("… the most memory of a worker", f"{measured.memory / 1024**2:.0f} MiB", measured.memory < 150 * 1024**2)


def oddities(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like, LOG_LEVEL="CRITICAL")
    with site:
        sent = odd.send(site, odd.generate(10_000))
    by_status = ", ".join(f"{number} × {status}" for status, number in sorted(sent.by_status.items()))
    yield Row("10,000 odd requests", by_status, not any(status >= 500 for status in sent.by_status))
    yield Row("… echoes, traces, cookies, ways out", f"{len(sent.errors)}", not sent.errors)
    for error in sent.errors[:5]:
        print(error[:300], file=sys.stderr)
    seconds, what = sent.slowest
    yield Row("… the slowest", f"{seconds:.2f} s: {what}", seconds <= 1)


def pressing(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like)
    with site:
        statuses = pressed.guess(site, 40)
        result = f"{statuses.count(429)} of 40 refused"
        yield Row("40 guesses at a password with other headers each time", result, set(statuses[5:]) == {429})
        for number in (10, 40):
            pause = pressed.silent_clients(site, number)
            result = f"{pause.answered} of 5 answered, longest wait {pause.longest:.1f} s"
            yield Row(f"{number} clients that fall silent, no proxy in front", result, pause.answered == 5)


def sending_in(folder: Path, like: Path) -> Iterator[Row]:
    site = _site(folder, like, BEHIND_PROXY="on")
    with site:
        came = pressed.contribute(site, 40, 60)
    quiet, busy = came.quiet.slowest_of(0.95), came.busy.slowest_of(0.95)
    result = f"{came.taken} of {came.sent} taken"
    yield Row("40 contributions a minute from as many addresses", result, came.taken == came.sent)
    result = f"{quiet * 1000:.0f} and {busy * 1000:.0f} ms, {busy / quiet:.2f} ×"
    yield Row("… readers’ p95, quiet and meanwhile", result, busy / quiet <= 1.2)


def migrating(folder: Path, like: Path) -> Iterator[Row]:
    folder.mkdir()
    site = Site(folder)
    first = migrated.first_release(site.database)
    rows = sum(map(len, first.values()))
    for way, steps in {
        "forward": [[]],
        "back": [list(step) for step in migrated.LAST.items()],
        "forward again": [[]],
    }.items():
        for step in steps:
            site.manage("migrate", "--verbosity", "0", *step)
        lost = migrated.lost(first, migrated.tables_of(site.database))
        yield Row(f"first release’s database migrated {way}", f"{len(lost)} of {rows} rows lost or changed", not lost)


def without_database(folder: Path, like: Path) -> Iterator[Row]:
    folder.mkdir()
    with away.server(folder / "postgresql") as database:
        if database is None:
            yield Row("PostgreSQL away", "not run: PostgreSQL is not installed")
            return
        site = Site(folder, {"DATABASE_URL": database.url, "LOG_LEVEL": "CRITICAL"}, is_collected=False)
        site.manage("migrate", "--verbosity", "0")
        site.manage("load_record")
        site.sign_in()
        with site:
            outage = away.outage(site, database, 20)
            result = _counted(outage.cached)
            yield Row("PostgreSQL away for 20 s: pages that are kept", result, set(outage.cached) == {200})
            result = f"{_counted(outage.others)}, Retry-After {outage.retry_after}"
            yield Row("… others", result, set(outage.others) == {503} and bool(outage.retry_after))
            yield Row("… back by itself after", f"{outage.seconds_to_recover:.1f} s", outage.seconds_to_recover < 5)

            def kill(site: Site) -> float:
                return away.killed(site, database)

            saves, readers, ready = killed.during_saves(site, 200, dict.fromkeys((40, 90, 140), kill))
            result = (
                f"{len(saves.acknowledged)} saves acknowledged, {len(saves.lost)} lost, "
                f"{len(saves.refused)} answered with 503"
            )
            yield Row("PostgreSQL killed 3 × during 200 saves", result, not saves.lost and set(saves.refused) <= {503})
            failed = [int(failure.rpartition(" ")[2]) for failure in readers.failed]
            result = _counted(failed + [200] * (len(readers.seconds) - len(failed)))
            yield Row("… readers meanwhile", result, set(failed) <= {503})
            slowest = max(seconds for _name, seconds in ready)
            yield Row("… ready again after", f"{slowest:.1f} s at most", slowest <= 5)


def _counted(statuses: list[int]) -> str:
    return ", ".join(f"{statuses.count(status)} × {status}" for status in sorted(set(statuses)))


ERRANDS: list[Callable[[Path, Path], Iterator[Row]]] = [
    killing,
    killing_uploads,
    reloading,
    filling,
    writing,
    oddities,
    strangers,
    pressing,
    sending_in,
    migrating,
    without_database,
]


def main(names: list[str]) -> int:
    broken = 0
    print(f"{platform.platform()}, Python {platform.python_version()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        # The server of a database runs as another user.
        folder.chmod(0o755)
        like = folder / "record"
        Site(like).fill()
        for errand in ERRANDS:
            if names and errand.__name__ not in names:
                continue
            for row in errand(folder / errand.__name__, like):
                mark = {True: "ok", False: "FAULT", None: ""}[row.is_kept]
                broken += row.is_kept is False
                print(f"{row.fault:<58} {row.result:<76} {mark}", flush=True)
            with suppress(FileNotFoundError):
                shutil.rmtree(folder / errand.__name__)
    print(f"\n{broken or 'No'} faults that were not survived.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

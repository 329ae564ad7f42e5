"""Strangers who ask for what costs most, each from an address of its own, while somebody reads."""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.site import Readers, Site

#: With a number that nobody has asked with: what is kept by its address would be made anew for each.
DEAREST = (
    "/en/dossier/platforma-2018/?n={} /sv/underlag/platforma-2018/?n={} /en/dossier/platforma-2018.pdf?n={} "
    "/en/feed.atom?n={} /en/projects/?q=library{} /en/search/?q=water+{} /en/visits/?page={} "
    "/en/?n={} /en/card.png?n={} /en/projects/leseding/card.png?n={} /data/record.zip?n={} /data/record.xlsx "
    "/en/projects.csv /readyz"
).split()
ORDINARY = ["/en/", "/en/projects/", "/en/projects/leseding/", "/en/visits/", "/sv/", "/en/claims/"]
#: Each made anew: the words of a search are kept for nobody.
SEARCHES = [f"/en/search/?q={word}" for word in "library school rescue youth sport energy".split()]
#: Seconds until a stranger who was refused asks again.
PAUSE = 1


@dataclass
class Asked:
    quiet: Readers
    busy: Readers
    quiet_search: Readers
    busy_search: Readers
    by_status: dict[int, int]
    #: The most memory of a worker afterwards, in bytes.
    memory: int


def ask_together(site: Site, number: int, seconds: float) -> Asked:
    # Each worker keeps the pages for itself.
    for path in 4 * (ORDINARY + SEARCHES):
        site.get(path)
    quiet, quiet_search = _read(site, ORDINARY, seconds), _read(site, SEARCHES, seconds)
    with strangers(site, number) as by_status:
        # Whoever comes first has had nothing yet.
        time.sleep(10)
        busy, busy_search = _read(site, ORDINARY, seconds), _read(site, SEARCHES, seconds)
    return Asked(quiet, busy, quiet_search, busy_search, by_status, max(map(_memory_of, site.workers())))


def _read(site: Site, paths: list[str], seconds: float) -> Readers:
    """By five people at addresses of their own, who turn a page every two seconds."""
    with Readers(site, paths, number=5, pause=2, address="198.51.100.{}") as readers:
        time.sleep(seconds)
    return readers


@contextmanager
def strangers(site: Site, number: int) -> Iterator[dict[int, int]]:
    """They ask until the end, in a process of their own: their machines are not the site’s.

    How often each status came stands in the result once they have ended.
    """
    context = multiprocessing.get_context("spawn")
    stop, answers = context.Event(), context.Queue()
    process = context.Process(target=_ask, args=(site.port, number, stop, answers))
    process.start()
    by_status: dict[int, int] = {}
    try:
        yield by_status
    finally:
        stop.set()
        by_status |= answers.get()
        process.join()


def _ask(port: int, number: int, stop: Any, answers: Any) -> None:
    site = Site(Path(), port=port)
    statuses: Counter[int] = Counter()
    turn = itertools.count()

    def ask(place: int) -> None:
        while not stop.is_set():
            count = next(turn)
            path = DEAREST[count % len(DEAREST)].format(count)
            try:
                status = site.get(path, x_forwarded_for=f"203.0.113.{place}").status
            except (OSError, http.client.HTTPException):
                status = 0
            statuses[status] += 1
            if status in (0, 429, 503):
                time.sleep(PAUSE)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(1, number + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(dict(statuses))


def _memory_of(process: int) -> int:
    """What a worker holds for itself alone."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))

"""Strangers who ask for what costs most, each from an address of its own, while somebody reads."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.site import Readers, Site

#: With a number that nobody has asked with: what is kept by its address would be made anew for each.
DEAREST = (
    "/en/dossier/platforma-2018/?n={} /sv/underlag/platforma-2018/?n={} /en/dossier/platforma-2018.pdf?n={} "
    "/en/feed.atom?n={} /en/projects/?q=library{} /en/search/?q=water+{} /en/visits/?page={} "
    "/en/?n={} /en/card.png?n={} /en/projects/leseding/card.png?n={} /data/record.zip?n={} /data/record.xlsx "
    "/en/projects.csv /readyz"
).split()
ORDINARY = ["/en/", "/en/projects/", "/en/projects/leseding/", "/en/visits/", "/sv/", "/en/claims/"]


@dataclass
class Asked:
    quiet: Readers
    busy: Readers
    by_status: Counter
    #: The most memory of a worker afterwards, in bytes.
    memory: int


def ask_together(site: Site, number: int, seconds: float) -> Asked:
    with Readers(site, ORDINARY, number=1) as quiet:
        time.sleep(seconds)
    stop, statuses, turn = threading.Event(), Counter(), itertools.count()

    def ask(place: int) -> None:
        while not stop.is_set():
            count = next(turn)
            path = DEAREST[count % len(DEAREST)].format(count)
            try:
                statuses[site.get(path, x_forwarded_for=f"203.0.113.{place}").status] += 1
            except (OSError, http.client.HTTPException):
                statuses[0] += 1

    strangers = [threading.Thread(target=ask, args=(place,)) for place in range(1, number + 1)]
    for stranger in strangers:
        stranger.start()
    with Readers(site, ORDINARY, number=1) as busy:
        time.sleep(seconds)
    stop.set()
    for stranger in strangers:
        stranger.join()
    return Asked(quiet, busy, statuses, max(map(_memory_of, site.workers())))


def _memory_of(process: int) -> int:
    """What a worker holds for itself alone."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))

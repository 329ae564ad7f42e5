"""Figures, each as a ratio within one run on one machine: absolute times say little on shared machines.

Run with “make bench”. Each size of the record gets a database of its own, thrown away at the end.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = (38, 100), (3_800, 10_000)
ROUNDS = 15
PAGES = {"search, common word": "/en/search/?q=library", "search, nineteen hits": "/en/search/?q=theme"}

#: Runs in a process of its own for each size, and answers a line of JSON for each line it is sent.
WORKER = """
import json, sys, time
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from tests.performance import sample

def private_memory():
    # Without the database file, which is mapped into memory and shared by all workers.
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1])

call_command("migrate", verbosity=0)
if sys.argv[3] == "make":
    sample.make(int(sys.argv[1]), int(sys.argv[2]))
client = Client(headers={"host": "localhost"})
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "memory" in order:
        client.get("/en/about/")
        idle = peak = private_memory()
        response = client.get(order["memory"])
        rows = 0
        for part in response.streaming_content:
            rows += 1
            if rows % 1000 == 0:
                peak = max(peak, private_memory())
        response.close()
        print(json.dumps([rows, (peak - idle) / 1024]), flush=True)
        continue
    start = time.perf_counter()
    response = client.get(order["get"])
    assert response.status_code == 200, response.status_code
    print(json.dumps(time.perf_counter() - start), flush=True)
"""


class Site:
    """The site with a made-up record of one size, in a process of its own."""

    def __init__(self, directory: Path, projects: int, visits: int, *, make: bool = True):
        environment = {
            **os.environ,
            "DATA_DIR": str(directory / f"{projects}-{visits}"),
            "DJANGO_SETTINGS_MODULE": "partnership.settings",
            "SECRET_KEY": "bench",
            "DEBUG": "off",
            "PYTHONPATH": str(ROOT),
        }
        Path(environment["DATA_DIR"]).mkdir(exist_ok=True)
        # The plain storage of tests: nothing is collected here.
        code = "import sys; sys.modules.setdefault('pytest', sys);" + WORKER
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(projects), str(visits), "make" if make else "keep"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("The measured process has stopped.")
        return line.strip()

    def ask(self, **order: str):
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self._answer())

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def growth(directory: Path) -> list[str]:
    """How much longer pages take when the record is a hundred times as large."""
    sites = {size: Site(directory, *size) for size in (SMALL, LARGE)}
    lines = []
    for label, path in PAGES.items():
        times: dict[tuple[int, int], list[float]] = {size: [] for size in sites}
        for site in sites.values():
            site.ask(get=path)
        for round_ in range(ROUNDS):
            for size in sorted(sites, reverse=bool(round_ % 2)):
                times[size].append(sites[size].ask(get=path))
        small, large = (median(times[size]) for size in (SMALL, LARGE))
        lines.append(f"{label:34} {large / small:5.2f} ×   ({small * 1000:.1f} ms → {large * 1000:.1f} ms)   aim ≤ 2 ×")
    for site in sites.values():
        site.end()
    return lines


def memory(directory: Path) -> list[str]:
    """What a list of 100,000 visits takes beyond an idle process while it is streamed."""
    Site(directory, 0, 100_000).end()
    # Measured in a fresh process: the one that made the rows has had them all in memory.
    site = Site(directory, 0, 100_000, make=False)
    rows, more = site.ask(memory="/data/visits.csv")
    site.end()
    return [f"{'CSV of 100,000 visits, memory':34} {more:5.1f} MB  ({rows - 1:,} rows)   aim ≤ 60 MB"]


def main() -> None:
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, medians of {ROUNDS} rounds"
    )
    with tempfile.TemporaryDirectory() as directory:
        for line in [*growth(Path(directory)), *memory(Path(directory))]:
            print(line)


if __name__ == "__main__":
    main()

"""The costs of the dashboard: the long change list of projects against the short one, and a large import.

A part of “make bench”, which says how rounds are taken.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.performance.bench import Site, interleaved, median, ratio

SHORT, LONG = 38, 38_000
VISITS = 5_000
#: Pages of the admin: the URL, and the aims for the ratio of times in the long record and for the number of queries.
PAGES: dict[str, tuple[str, float, int]] = {
    "change list of projects": ("/admin/projects/project/", 2, 12),
    "change list, one theme": ("/admin/projects/project/?themes__id__exact=1", 2, 12),
    "start page of the desk": ("/admin/", 2, 40),
}


class Desk(Site):
    """The site with a sample record, and a member of staff signed in."""

    reader = "staff"


def lists(directory: Path) -> list[str]:
    """The time of the first page of the change list with a thousand times as many projects."""
    folder = directory / "desk"
    folder.mkdir()
    short, long = (Desk(folder, size, 100) for size in (SHORT, LONG))
    lines = []
    for label, (path, most, most_queries) in PAGES.items():
        for site in (short, long):
            site.ask(get=path)
        times, long_times = interleaved([partial(site.ask, get=path) for site in (short, long)])
        queries = short.ask(count=path), long.ask(count=path)
        lines.append(
            f"{label:34} {ratio(long_times, times):5.2f} × at {LONG:,} (aim ≤ {most} ×)   "
            f"{median(times) * 1000:.1f} ms at {SHORT}; {queries[0]} and {queries[1]} queries (aim ≤ {most_queries})"
        )
    for site in (short, long):
        site.end()
    return lines


def spreadsheet(directory: Path) -> list[str]:
    """The dry run and the import of a file of 5,000 visits, and how often each reports progress."""
    rows = (
        f"brought-{n};{2006 + n % 20}-0{1 + n % 9};to_sweden;sample-p0;sample-p1;{1 + n % 9};Sample data: visit {n}"
        for n in range(VISITS)
    )
    folder = directory / "import"
    folder.mkdir()
    site = Desk(folder, SHORT, 100)
    content = "\n".join(["code;period;direction;hosts;guests;delegates;purpose_en", *rows])
    look, load, seen, written, count = site.ask(upload=content)
    site.end()
    assert count == VISITS, f"{count} visits were loaded."
    return [
        f"{f'import of {VISITS:,} visits':34} {look:.1f} s to look at, {load:.1f} s to load, "
        f"progress said {seen} and {written} times"
    ]

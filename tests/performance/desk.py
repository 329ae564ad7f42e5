"""The costs of the dashboard: the long change list of projects against the short one, and a large import.

A part of “make bench”, which says how rounds are taken.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from partnership.spreadsheets.file_reader import read_file
from tests.partnership.spreadsheets.lists import with_row, workbook
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
    """A file of 5,000 visits, each compared with the record and with the others, checked and loaded by the worker."""
    rows = (
        f"brought-{n};{2006 + n % 20}-0{1 + n % 9};to_sweden;sample-p0;sample-p1;{1 + n % 9};Sample data: visit {n}"
        for n in range(VISITS)
    )
    folder = directory / "import"
    folder.mkdir()
    site = Desk(folder, SHORT, 100)
    content = "\n".join(["code;period;direction;hosts;guests;delegates;purpose_en", *rows])
    request, checking, loading, count = site.ask(upload=content)
    site.end()
    assert count == VISITS, f"{count} visits were loaded."
    return [
        f"{f'import of {VISITS:,} visits':34} {checking:.1f} s to check, {loading:.1f} s to load beside the site; "
        f"longest request {request:.1f} s (aim ≤ 2 s)",
        *_odd_files(),
    ]


def _odd_files() -> list[str]:
    """The time to read files that hold next to nothing in very many rows."""
    rows = {
        "8 million empty rows": "<row/>" * 8_000_000,
        "a value in the last row": '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        "a million styled rows": "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 1_048_577)),
    }
    lines = []
    for label, xml in rows.items():
        content = with_row(workbook({"Visits": [["code", "period"], ["a", "2012"]]}), xml)
        start = time.perf_counter()
        read_file(content)
        size = len(content) // 1000
        lines.append(f"{f'file with {label}':34} {time.perf_counter() - start:.1f} s, {size} kB (aim ≤ 5 s)")
    return lines

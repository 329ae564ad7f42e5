"""The costs of the dashboard: the long change list of projects against the short one, and a large import.

A part of “make bench”, which says how rounds are taken.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from partnership.spreadsheets.uploads import read_file
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

#: As the worker of a site in bench.py, but signed in; it also counts queries and uploads a spreadsheet.
WORKER = """
import json, sys, time
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from partnership.operations import sample_data
from django.http import HttpResponse
from partnership.models import User
from partnership.spreadsheets import import_tasks
from visits.models import Visit

call_command("migrate", verbosity=0)
sample_data.make(int(sys.argv[1]), int(sys.argv[2]))
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.create_superuser("bench"))
queries = 0

def count(execute, *arguments):
    global queries
    queries += 1
    return execute(*arguments)

def timed(ask):
    start = time.perf_counter()
    response = ask()
    parts = list(response.streaming_content) if response.streaming else [response.content]
    assert response.status_code in (200, 302), response.status_code
    return time.perf_counter() - start, response, parts

print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "count" in order:
        queries = 0
        with connection.execute_wrapper(count):
            timed(lambda: client.get(order["count"]))
        print(json.dumps(queries), flush=True)
    elif "bring" in order:
        file = SimpleUploadedFile("visits.csv", order["bring"].encode())
        upload = lambda: client.post("/admin/visits/visit/import/visits/", {"file": file})
        times = [timed(upload)[0]]
        url = upload()["Location"]
        # The longest that a request takes, and what the worker does beside them: checking, and loading.
        times.append(timed(lambda: client.get(url))[0])
        checking = timed(lambda: import_tasks.work() and HttpResponse())[0]
        times.append(timed(lambda: client.get(url))[0])
        times.append(timed(lambda: client.post(url, {"are_others": "on", "load": "yes"}))[0])
        loading = timed(lambda: import_tasks.work() and HttpResponse())[0]
        times.append(timed(lambda: client.get(url))[0])
        count = Visit.objects.filter(code__startswith="brought-").count()
        print(json.dumps([max(times), checking, loading, count]), flush=True)
    else:
        print(json.dumps(timed(lambda: client.get(order["get"]))[0]), flush=True)
"""


class Desk(Site):
    """The site with a sample record, and a member of staff signed in."""

    worker = WORKER


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
    request, checking, loading, count = site.ask(bring=content)
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

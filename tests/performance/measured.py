"""A site with a sample record that is measured: answers a line of JSON for each line that it is sent.

python -m tests.performance.measured projects visits (make|keep) (public|staff)

{"get": path} asks for the seconds of a page, with "write" after a write to a record of that kind; {"count": path} for
its queries; {"save": seconds} for how many records were saved in them, some ten a second; {"memory": path} for the rows
of a streamed file and the megabytes that it takes; {"upload": text} for an import.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

# Settings know tests by this module: nothing has to be collected.
import pytest  # noqa: F401
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext


def _private_memory() -> int:
    """In kilobytes, without the database file, which is mapped into memory and shared by all workers."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def _timed(ask: Callable[[], Any]) -> tuple[float, Any, list[bytes]]:
    """The seconds of a response, the response and the parts that it was sent in."""
    start = time.perf_counter()
    response = ask()
    parts = list(response.streaming_content) if response.streaming else [response.content]
    assert response.status_code in (200, 302), response.status_code
    return time.perf_counter() - start, response, parts


def get(client: Client, path: str, write: str = "") -> float:
    if write:
        model = next(model for model in apps.get_models() if model._meta.model_name == write)
        records = model._default_manager.order_by("pk")
        records.filter(pk=records.values("pk")[:1]).update(staff_note=str(time.time()))
    return _timed(lambda: client.get(path))[0]


def save(_client: Client, seconds: float) -> int:
    """As one who edits does: a project read and saved, then a visit."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for model in (apps.get_model("projects.Project"), apps.get_model("visits.Visit")):
            with transaction.atomic():
                record = model._default_manager.order_by("pk")[number % 30]
                record.staff_note = str(time.time())
                record.save()
            number += 1
            time.sleep(0.1)
    return number


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        _timed(lambda: client.get(path))
    return len(queries)


def memory(client: Client, path: str) -> tuple[int, float]:
    client.get("/en/about/")
    idle = peak = _private_memory()
    response = client.get(path)
    rows = 0
    for _part in response.streaming_content:
        rows += 1
        if rows % 1000 == 0:
            peak = max(peak, _private_memory())
    response.close()
    return rows, (peak - idle) / 1024


def upload(client: Client, text: str) -> list[float]:
    """Of a sheet of visits, the seconds of the longest request, of checking and of loading it by the worker, and the
    number loaded."""
    from partnership.spreadsheets import import_tasks
    from visits.models import Visit

    before = Visit.objects.count()
    file = SimpleUploadedFile("visits.csv", text.encode())
    sent, response, _parts = _timed(lambda: client.post("/admin/visits/visit/import/visits/", {"file": file}))
    requests, works = [sent], []
    for data in ({}, {"are_others": "on", "load": "yes"}):
        url = response["Location"]
        requests.append(_timed(lambda url=url, data=data: client.post(url, data) if data else client.get(url))[0])
        start = time.perf_counter()
        import_tasks.work()
        works.append(time.perf_counter() - start)
        requests.append(_timed(lambda url=url: client.get(url))[0])
    return [max(requests), *works, Visit.objects.count() - before]


MEASURES: dict[str, Callable[..., Any]] = {"get": get, "count": count, "save": save, "memory": memory, "upload": upload}


def main() -> None:
    projects, visits, make, reader = sys.argv[1:]
    django.setup()
    from partnership.models import User
    from partnership.operations import sample_data

    call_command("migrate", verbosity=0)
    if make == "make":
        sample_data.make(int(projects), int(visits))
    client = Client(headers={"host": "localhost"})
    if reader == "staff":
        client.force_login(User.objects.create_superuser("bench"))
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        name = next(name for name in MEASURES if name in order)
        print(json.dumps(MEASURES[name](client, order.pop(name), **order)), flush=True)


if __name__ == "__main__":
    main()

"""The costs of the jury room: freezing the record, the first PDF of a process, and a page of an edition."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.call import call

ROUNDS = 5


def _submission() -> Any:
    from partnership.models import Submission

    return Submission.objects.get(code="platforma-2018")


def freeze() -> float:
    """Seconds to freeze the record."""
    from partnership.award import editions

    submission = _submission()
    start = time.perf_counter()
    editions.freeze(submission, None, public=True)
    return time.perf_counter() - start


def typeset() -> float:
    """Seconds to the first PDF of the dossier."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    start = time.perf_counter()
    response = client.get("/en/dossier/platforma-2018.pdf")
    seconds = time.perf_counter() - start
    assert response.content.startswith(b"%PDF"), response.status_code
    return seconds


def read_edition() -> str:
    """The number of queries of a page of an edition, and its seconds once it is warm."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    url = _submission().editions.first().get_absolute_url()
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        response = client.get(url)
        seconds = time.perf_counter() - start
    assert response.status_code == 200, response.status_code
    return json.dumps([len(queries), seconds])


def _run(measure: Callable[[], float | str], environment: dict[str, str]) -> Any:
    """What a measure finds in a process of its own, so that only the files on disk are warm."""
    environment = {**environment, "SECRET_KEY": "bench", "DEBUG": "off"}
    return json.loads(call(environment, f"{__name__}:{measure.__name__}"))


def jury_room(environment: dict[str, str]) -> list[str]:
    """Seconds of a cold process, the median of some rounds, on the real record."""
    freezes = sorted(_run(freeze, environment) for _round in range(ROUNDS))
    pdfs = sorted(_run(typeset, environment) for _round in range(ROUNDS))
    queries, seconds = _run(read_edition, environment)
    return [
        f"{'freezing the record of today':34} {freezes[ROUNDS // 2]:5.2f} s   (all files, both languages)   aim ≤ 5 s",
        f"{'PDF of the dossier, cold':34} {pdfs[ROUNDS // 2]:5.2f} s   aim ≤ 3 s",
        f"{'page of an edition':34} {queries:5} queries   ({seconds * 1000:.0f} ms, checksums compared)   aim ≤ 3",
    ]

"""The costs of the jury room: freezing the record, the first PDF of a process, and a page of an edition."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5

#: Each measure has a process of its own, so that only the files on disk are warm.
_SETUP = """
import json, sys, time
sys.modules.setdefault("pytest", sys)  # the plain storage of tests: nothing is collected here
import django
django.setup()
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from partnership.award import editions
from partnership.models import Submission
submission = Submission.objects.get(code="platforma-2018")
"""
FREEZE = """
start = time.perf_counter()
editions.freeze(submission, None, public=True)
print(json.dumps(time.perf_counter() - start))
"""
PDF = """
client = Client(headers={"host": "localhost"})
start = time.perf_counter()
response = client.get("/en/dossier/platforma-2018.pdf")
seconds = time.perf_counter() - start
assert response.content.startswith(b"%PDF"), response.status_code
print(json.dumps(seconds))
"""
PAGE = """
client = Client(headers={"host": "localhost"})
url = submission.editions.first().get_absolute_url()
client.get(url)
with CaptureQueriesContext(connection) as queries:
    start = time.perf_counter()
    response = client.get(url)
    seconds = time.perf_counter() - start
assert response.status_code == 200, response.status_code
print(json.dumps([len(queries), seconds]))
"""


def _run(code: str, environment: dict[str, str]):
    process = subprocess.run(
        [sys.executable, "-c", _SETUP + code],
        cwd=ROOT,
        env={**os.environ, **environment, "SECRET_KEY": "bench", "DEBUG": "off", "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(process.stdout)


def jury_room(environment: dict[str, str]) -> list[str]:
    """Seconds of a cold process, the median of some rounds, on the real record."""
    freezes = sorted(_run(FREEZE, environment) for _round in range(ROUNDS))
    pdfs = sorted(_run(PDF, environment) for _round in range(ROUNDS))
    queries, seconds = _run(PAGE, environment)
    return [
        f"{'freezing the record of today':34} {freezes[ROUNDS // 2]:5.2f} s   (all files, both languages)   aim ≤ 5 s",
        f"{'PDF of the dossier, cold':34} {pdfs[ROUNDS // 2]:5.2f} s   aim ≤ 3 s",
        f"{'page of an edition':34} {queries:5} queries   ({seconds * 1000:.0f} ms, checksums compared)   aim ≤ 3",
    ]

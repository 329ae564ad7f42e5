"""What the jury room takes: freezing the record, a PDF of a process that has made none, and one page of an edition."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5

#: Each in a process of its own, so that nothing is warm but the files on disk.
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
answer = client.get("/en/dossier/platforma-2018.pdf")
taken = time.perf_counter() - start
assert answer.content.startswith(b"%PDF"), answer.status_code
print(json.dumps(taken))
"""
PAGE = """
client = Client(headers={"host": "localhost"})
address = submission.editions.first().get_absolute_url()
client.get(address)
with CaptureQueriesContext(connection) as asked:
    start = time.perf_counter()
    answer = client.get(address)
    taken = time.perf_counter() - start
assert answer.status_code == 200, answer.status_code
print(json.dumps([len(asked), taken]))
"""


def _run(code: str, environment: dict[str, str]):
    done = subprocess.run(
        [sys.executable, "-c", _SETUP + code],
        cwd=ROOT,
        env={**os.environ, **environment, "SECRET_KEY": "bench", "DEBUG": "off", "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def jury_room(environment: dict[str, str]) -> list[str]:
    """Seconds of a cold process, the median of some rounds, on the real record."""
    freezes = sorted(_run(FREEZE, environment) for _round in range(ROUNDS))
    papers = sorted(_run(PDF, environment) for _round in range(ROUNDS))
    queries, taken = _run(PAGE, environment)
    return [
        f"{'freezing the record of today':34} {freezes[ROUNDS // 2]:5.2f} s   (all files, both languages)   aim ≤ 5 s",
        f"{'PDF of the dossier, cold':34} {papers[ROUNDS // 2]:5.2f} s   aim ≤ 3 s",
        f"{'page of an edition':34} {queries:5} queries   ({taken * 1000:.0f} ms, checksums compared)   aim ≤ 3",
    ]

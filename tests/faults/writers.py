"""Several processes that write to the record at once, as clerks, imports and timers do, while readers read."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass

from tests.faults.site import ROOT, Readers, Site

#: Reads, thinks and writes within one transaction, as every save in the admin does, some ten times a second; begins
#: when it is told to, and prints what it did.
_WRITER = """
import sys, time
import django
django.setup()
from django.db import OperationalError, transaction
from partnership.models import Source
print("ready", flush=True)
input()
me, ends = sys.argv[1], time.monotonic() + float(sys.argv[2])
done = locked = 0
while time.monotonic() < ends:
    try:
        with transaction.atomic():
            source = Source.objects.order_by("pk").first()
            source.staff_note = f"{me} {done}"
            source.save()
        done += 1
    except OperationalError as error:
        locked += 1
        print(error, file=sys.stderr)
    time.sleep(0.09)
print(done, locked)
"""


@dataclass
class Written:
    saves: int
    locked: int
    quiet: Readers
    busy: Readers


def write_together(site: Site, processes: int, seconds: float, path: str = "/en/projects/") -> Written:
    """So many processes write for so long, while a reader reads; before that the reader reads alone, half as long."""
    environment = {**site.environment_of_processes, "DJANGO_SETTINGS_MODULE": "partnership.settings"}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(number), str(seconds)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    with Readers(site, [path], number=1) as quiet:
        time.sleep(seconds / 2)
    with Readers(site, [path], number=1) as busy:
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("\n")
            writer.stdin.flush()
        printed = [writer.communicate()[0].split() for writer in writers]
    return Written(sum(int(one[0]) for one in printed), sum(int(one[1]) for one in printed), quiet, busy)

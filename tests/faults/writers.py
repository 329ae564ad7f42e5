"""Several processes that write to the record at once, as staff, imports and timers do, while readers read."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass

from tests.faults.site import ROOT, Readers, Site
from tests.support.call import command


@dataclass
class Written:
    saves: int
    locked: int
    quiet: Readers
    busy: Readers


def write_together(site: Site, processes: int, seconds: float, path: str = "/en/projects/") -> Written:
    """Writes for ``seconds`` while a reader reads; before that the reader reads alone, half as long."""
    environment = {**site.environment_of_processes, "DJANGO_SETTINGS_MODULE": "partnership.settings"}
    writers = [
        subprocess.Popen(
            command("tests.support.work:write_for", str(number), str(seconds)),
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
    return Written(sum(int(counts[0]) for counts in printed), sum(int(counts[1]) for counts in printed), quiet, busy)

"""Does what waits outside requests, again and again, such as sending letters. Any number of these may run."""

from __future__ import annotations

import signal
from threading import Event

from django.core.management.base import BaseCommand

from ...operations.worker import Worker

#: Seconds between two looks at what waits.
PAUSE = 10


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--once", action="store_true", help="do what waits now and end, for a timer")

    def handle(self, *args, **options) -> None:
        if options["once"]:
            Worker().turn()
            return
        ending = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: ending.set())
        worker = Worker(ending.is_set)
        while not ending.is_set():
            worker.turn()
            ending.wait(PAUSE)

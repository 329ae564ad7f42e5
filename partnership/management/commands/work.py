"""Does what waits outside requests, again and again, such as sending letters. Any number of these may run."""

from __future__ import annotations

import logging
import signal
from threading import Event

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ...operations import worker

logger = logging.getLogger(__name__)
#: Seconds between two looks at what waits.
PAUSE = 10


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--once", action="store_true", help="do what waits now and end, for a timer")

    def handle(self, *args, **options) -> None:
        ending = Event()
        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_signal: ending.set())
        while not ending.is_set():
            try:
                worker.work(ending.is_set)
            # The database or the disk may be back at the next turn, and nobody is here to start this again.
            except Exception:
                if options["once"]:
                    raise
                logger.exception("The worker goes on after an error.")
                close_old_connections()
            if options["once"]:
                break
            ending.wait(PAUSE)

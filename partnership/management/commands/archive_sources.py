"""Asks a web archive for a copy of each public source that has none yet. It can be broken off and begun again."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...operations import archiving


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pause", type=float, default=archiving.PAUSE, help="seconds between two requests")
        parser.add_argument("--most", type=int, help="end after so many requests")

    def handle(self, *args, **options) -> None:
        if not settings.ARCHIVE_URL:
            raise CommandError("Set ARCHIVE_URL to the address of an archive that saves a page, see docs/operating.md.")
        copies, left = archiving.archive_all(self.stdout.write, pause=options["pause"], most=options["most"])
        self.stdout.write(f"{copies} copies made, {left} sources without a copy.")

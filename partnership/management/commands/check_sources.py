"""Checks the links of all published sources, one host at a time. Meant for a nightly timer."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from ...operations import link_check


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pause", type=float, default=link_check.PAUSE, help="seconds between requests to one host"
        )

    def handle(self, *args, **options) -> None:
        counts = link_check.check_all(self.stdout.write, pause=options["pause"])
        self.stdout.write(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "No addresses.")

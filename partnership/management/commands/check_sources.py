"""Looks whether the sources’ addresses still answer, one host at a time. Meant for a nightly timer."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from ...operations import link_check


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pause", type=float, default=link_check.PAUSE, help="seconds between questions to one host"
        )

    def handle(self, *args, **options) -> None:
        counted = link_check.check_all(self.stdout.write, pause=options["pause"])
        found = ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))
        self.stdout.write(found or "No addresses.")

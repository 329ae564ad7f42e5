"""Switches maintenance on or off on this machine: readers keep their pages, nobody can write."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from ...web import maintenance


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("state", nargs="?", choices=["on", "off"], help="left out, it is only said")

    def handle(self, *args, **options) -> None:
        if options["state"]:
            maintenance.switch(options["state"] == "on")
        self.stdout.write(f"Maintenance is {'on' if maintenance.is_on() else 'off'}.")

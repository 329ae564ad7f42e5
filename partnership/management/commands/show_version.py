"""Prints the version of the site; “record version” runs it."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from ...release import VERSION


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args, **options) -> None:
        self.stdout.write(VERSION)

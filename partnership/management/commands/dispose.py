"""Deletes what its time is up for. What was sent in goes only under DISPOSAL_DECISION; else it is listed as due."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from ...contributions.disposal import dispose


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much would go")

    def handle(self, *args, **options) -> None:
        for line in dispose(dry_run=options["dry_run"]):
            self.stdout.write(f"{line.what}: {line.count} {'deleted' if line.is_done else 'due'}")

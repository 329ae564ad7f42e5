"""Lists uploaded files to which no record refers, and deletes them with --remove."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand

from ...operations import orphans


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--remove", action="store_true", help="delete them; without it they are only listed")

    def handle(self, *args, **options) -> None:
        names = list(orphans.orphans(default_storage))
        for name in names:
            if options["remove"]:
                default_storage.delete(name)
            self.stdout.write(name)
        for name in orphans.missing(default_storage):
            self.stderr.write(f"Missing, though a record refers to it: {name}")
        self.stdout.write(f"{len(names)} files without a record{' removed' if options['remove'] else ''}.")

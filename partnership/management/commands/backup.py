"""Writes a backup of the database, the uploaded files and the frozen editions, while the site goes on."""

from __future__ import annotations

from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from ...operations import backup, orphans


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are kept; not on the disk that they are of")
        parser.add_argument("--keep", type=int, default=14, help="how many to keep; older ones are deleted (14)")

    def handle(self, *args, **options) -> None:
        if options["keep"] < 1:
            raise CommandError("At least one backup is kept.")
        try:
            archive = backup.make(options["folder"], default_storage, options["keep"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        for name in orphans.missing(default_storage):
            self.stderr.write(f"Missing, though a record refers to it: {name}")
        self.stdout.write(f"{archive}: {archive.stat().st_size:,} bytes")

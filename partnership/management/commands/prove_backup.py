"""Restores a backup into a scratch place and proves that all of it is there; nothing of the site is touched."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ...models import Heartbeat
from ...operations import backup


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("archive", type=Path, nargs="?", help="the newest in BACKUP_DIR where none is named")

    def handle(self, *args, **options) -> None:
        archive = options["archive"] or self._newest()
        start = time.monotonic()
        try:
            counts = backup.prove(archive)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        Heartbeat.beat(Heartbeat.DRILL, archive.name)
        self.stdout.write(
            f"{archive.name}: restored in {time.monotonic() - start:.1f} s, {sum(counts.values()):,} rows in "
            f"{len(counts)} tables, and every file is whole. The scratch place is gone again."
        )

    def _newest(self) -> Path:
        archives = backup.all_in(Path(settings.BACKUP_DIR)) if settings.BACKUP_DIR else []
        if not archives:
            raise CommandError("Name an archive, or set BACKUP_DIR to the folder that holds some.")
        return archives[-1]

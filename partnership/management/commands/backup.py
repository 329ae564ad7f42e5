"""Writes a backup of the database, the uploaded files and the frozen editions, while the site goes on."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage, storages
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from ...models import Heartbeat
from ...operations import backup, orphans

#: Seconds that the monitoring may take to take note.
_PING_TIMEOUT = 10


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "folder",
            type=Path,
            nargs="?",
            default=settings.BACKUP_DIR or None,
            help="where backups are kept, not on the disk that they are of (BACKUP_DIR)",
        )
        parser.add_argument("--keep", type=int, default=14, help="how many to keep; older ones are deleted (14)")

    def handle(self, *args, **options) -> None:
        if options["keep"] < 1:
            raise CommandError("At least one backup is kept.")
        if not options["folder"]:
            raise CommandError("Say where to, or set BACKUP_DIR.")
        try:
            archive = backup.make(Path(options["folder"]), default_storage, options["keep"])
            if "backups" in settings.STORAGES:
                backup.send(archive, storages["backups"], options["keep"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        try:
            Heartbeat.beat(Heartbeat.BACKUP, archive.name)
        except DatabaseError:
            # The code may be newer than the tables: before an upgrade a backup matters most.
            self.stderr.write("The backup could not be noted in the database; /backupz does not know of it.")
        for name in orphans.missing(default_storage):
            self.stderr.write(f"Missing, though a record refers to it: {name}")
        self.stdout.write(f"{archive}: {archive.stat().st_size:,} bytes")
        if settings.BACKUP_PING_URL:
            self._ping()

    def _ping(self) -> None:
        """The backup is made whether or not anybody takes note."""
        try:
            urllib.request.urlopen(settings.BACKUP_PING_URL, timeout=_PING_TIMEOUT).close()
        except (OSError, ValueError) as error:
            self.stderr.write(f"BACKUP_PING_URL did not answer: {type(error).__name__}")

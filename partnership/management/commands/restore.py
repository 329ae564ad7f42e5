"""Restores a backup where there is no database and no uploaded file. It is verified before anything is written."""

from __future__ import annotations

from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from ...operations import backup
from ...web import maintenance


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("archive", type=Path, help="a file record-….tar.gz, with its .sha256 beside it")
        parser.add_argument("--dry-run", action="store_true", help="only prove that it is whole")

    def handle(self, *args, **options) -> None:
        try:
            if options["dry_run"]:
                manifest = backup.verify(options["archive"])
            else:
                with maintenance.during():
                    manifest = backup.restore(options["archive"], default_storage)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        result = "whole" if options["dry_run"] else "restored"
        self.stdout.write(
            f"{options['archive'].name}, made {manifest['made']}, {len(manifest['files'])} files: {result}."
        )
        if not options["dry_run"]:
            self.stdout.write("If the site is newer than the backup, now run: manage.py migrate")

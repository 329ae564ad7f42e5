"""Takes the tables back to those of the former release, so that its code can be started again.

What only this release can hold is lost with its columns. Stop the site first, and make a backup.
"""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ...release import FORMER_MIGRATIONS, FORMER_VERSION, VERSION
from ...web import maintenance
from .migrate import one_way


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say whether there is a way back")

    def handle(self, *args, **options) -> None:
        if names := one_way(connection, list(FORMER_MIGRATIONS.items())):
            raise CommandError(
                f"Nothing was changed. There is no way back from {', '.join(names)}: restore the backup from before "
                "the upgrade."
            )
        if options["dry_run"]:
            self.stdout.write(f"There is a way back from {VERSION} to {FORMER_VERSION}.")
            return
        with maintenance.during():
            for app_label, name in FORMER_MIGRATIONS.items():
                call_command("migrate", app_label, name, verbosity=0, interactive=False)
        self.stdout.write(f"The tables are those of {FORMER_VERSION}. Now check out its code and start the site.")

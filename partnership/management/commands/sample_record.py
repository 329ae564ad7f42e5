"""Makes a database of sample data, to measure the site with a large record."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ... import search
from ...operations import sample_data


class Command(BaseCommand):
    help = (
        "Makes a database of sample data, each title marked as such, to see how the site bears size. It only ever "
        "writes to a database of its own: neither to the default one nor to any that holds a record or work of staff."
    )

    def add_arguments(self, parser):
        parser.add_argument("--projects", type=int, default=3_800, help="how many projects (3800)")
        parser.add_argument("--visits", type=int, default=10_000, help="how many visits (10000)")
        parser.add_argument("--database-file", type=Path, help="a new SQLite file; without it, that of DATA_DIR")

    def handle(self, *args, **options):
        if options["projects"] < 0 or options["visits"] < 0:
            raise CommandError("A number of records is zero or more.")
        if file := options["database_file"]:
            if connection.vendor != "sqlite":
                raise CommandError("--database-file is for SQLite. For PostgreSQL name an empty one in DATABASE_URL.")
            if not file.parent.is_dir():
                raise CommandError(f"There is no folder {file.parent}.")
            connection.close()
            connection.settings_dict["NAME"] = file.resolve()
        name = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite" and Path(name).resolve() == settings.BASE_DIR / "var" / "record.sqlite3":
            raise CommandError("This is where the record is kept. Name a file of its own with --database-file.")
        if sample_data.holds_anything():
            raise CommandError(f"{name} is not empty. Samples never stand beside anything else; nothing was written.")
        call_command("migrate", verbosity=0)
        sample_data.make(options["projects"], options["visits"])
        search.refresh()
        self.stdout.write(f"{options['projects']:,} projects and {options['visits']:,} visits of sample data: {name}")
        if connection.vendor == "sqlite":
            self.stdout.write(f"To see them: DATABASE_URL=sqlite:///{name} make serve")

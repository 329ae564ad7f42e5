"""Copies the whole record into another database."""

from django.core.management.base import BaseCommand, CommandError

from ...operations import database_copy
from ...web import maintenance

#: Errors that are printed; the rest are counted.
MOST_ERRORS = 20


class Command(BaseCommand):
    help = (
        "Copies everything from the site’s database into a new, empty one: the record, its versions and editions, "
        "staff and their work. What that database would refuse is named first; what was copied is compared with "
        "the original before it is committed. The original stays as it is. Photographs and documents are files "
        "and are not in a database."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--to", required=True, metavar="DATABASE_URL", help="the new database: postgres://user:password@host/name"
        )
        parser.add_argument("--dry-run", action="store_true", help="look for what would be refused, copy nothing")

    def handle(self, *args, **options):
        try:
            database_copy.open_target(options["to"])
            errors = list(database_copy.errors())
            for error in errors[:MOST_ERRORS]:
                self.stderr.write(error)
            if errors:
                raise CommandError(f"{len(errors)} faults, nothing was copied. Mend them and move the record then.")
            if options["dry_run"]:
                self.stdout.write("Everything can be copied. Nothing was written.")
                return
            with maintenance.during():
                counts = database_copy.copy(options["to"])
        except database_copy.CopyError as error:
            raise CommandError(str(error)) from error
        finally:
            database_copy.close_target()
        for label, count in counts.items():
            if count:
                self.stdout.write(f"{count:>8,}  {label}")
        self.stdout.write(
            "All of it was read back and is the same. Set DATABASE_URL to the new address and start the site anew."
        )

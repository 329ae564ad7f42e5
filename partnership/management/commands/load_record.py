"""Loads the record’s text files into the database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from ...models import Heartbeat, Source
from ...record import confirmations
from ...record.errors import InvalidRecord
from ...record.yaml_files import DIRECTORY, Loader


class Command(BaseCommand):
    help = (
        "Loads the record from its text files. Runs twice safely: what staff have changed since is left alone and "
        "named, unless --force names it too. Every error is listed with file and line, and then nothing is changed."
    )

    def add_arguments(self, parser):
        parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where the files lie")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a record already")
        parser.add_argument(
            "--force",
            nargs="+",
            default=[],
            metavar="KIND/CODE",
            help="overwrite these records even though staff have changed them, for example projects/leseding",
        )

        parser.add_argument(
            "--allow-personal-data",
            action="store_true",
            help="load passages that look like personal data, where somebody has decided that they may stand there",
        )

        parser.add_argument(
            "--allow-doubtful",
            action="store_true",
            help="load likely slips, where somebody has looked; why it is right belongs into the record’s staff_note",
        )

    def handle(self, *args, **options):
        if options["if_empty"] and Source.objects.exists():
            return
        confirmed = confirmations.confirmed_texts()
        try:
            loader = Loader(
                options["directory"],
                set(options["force"]),
                allow_personal_data=options["allow_personal_data"],
                allow_doubtful=options["allow_doubtful"],
            )
            report = loader.load(dry_run=options["dry_run"])
        except InvalidRecord as error:
            lines = "\n".join(f"  {reason}" for reason in error.errors)
            raise CommandError(f"Nothing was loaded. {len(error.errors)} errors:\n{lines}") from error
        if not options["dry_run"]:
            confirmations.lapse_what_changed(confirmed)
            Heartbeat.objects.filter(task=Heartbeat.OFFER).delete()
        tense = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{len(report.created)} records {tense}created, {len(report.updated)} {tense}updated, "
            f"{len(report.unchanged)} unchanged, {len(report.left)} left as staff changed them."
        )
        for name in report.left:
            self.stdout.write(f"  left: {name}")

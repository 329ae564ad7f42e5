"""Makes the site ready to be served: tables, the record if there is none yet, static files. Runs twice safely."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from ...models import Heartbeat, Source
from ...record.errors import InvalidRecord
from ...record.yaml_files import DIRECTORY, Loader
from ...release import VERSION
from ...web import maintenance


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--without-static", action="store_true", help="leave the static files alone: an image has them already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verbosity = options["verbosity"]
        quiet = {"verbosity": max(verbosity - 1, 0), "stdout": self.stdout}
        with maintenance.during():
            call_command("migrate", interactive=False, **quiet)
        if Source.objects.exists():
            self._offer_new_records()
        else:
            call_command("load_record", verbosity=verbosity, stdout=self.stdout)
        Heartbeat.beat(Heartbeat.RELEASE, VERSION)
        if not options["without_static"]:
            call_command("collectstatic", interactive=False, **quiet)

    def _offer_new_records(self) -> None:
        """Once for each release: what it brings is taken by whoever runs the site, since staff have gone on writing."""
        if Heartbeat.objects.filter(task=Heartbeat.RELEASE, detail=VERSION).exists():
            return
        try:
            report = Loader(DIRECTORY, set()).load(dry_run=True)
        except InvalidRecord as error:
            self.stderr.write(f"The record files of this release cannot be loaded: {len(error.errors)} errors.")
            return
        if report.created or report.updated:
            Heartbeat.beat(Heartbeat.OFFER, f"{len(report.created)} {len(report.updated)}")
            self.stdout.write(
                f"Release {VERSION} brings {len(report.created)} new and {len(report.updated)} changed records. "
                "“load_record --dry-run” names them, “load_record” takes them; what staff changed stays."
            )

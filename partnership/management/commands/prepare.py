"""Makes the site ready to be served: tables, the record if there is none yet, static files. Runs twice safely."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand

from ...web import maintenance


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options) -> None:
        verbosity = options["verbosity"]
        with maintenance.during():
            call_command("migrate", verbosity=max(verbosity - 1, 0), interactive=False, stdout=self.stdout)
        call_command("load_record", if_empty=True, verbosity=verbosity, stdout=self.stdout)
        call_command("collectstatic", interactive=False, verbosity=max(verbosity - 1, 0), stdout=self.stdout)

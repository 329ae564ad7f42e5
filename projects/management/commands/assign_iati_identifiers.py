"""Gives every published project its IATI identifier, once IATI_REPORTING_ORG is configured."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ... import iati


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options) -> None:
        if not settings.IATI_REPORTING_ORG:
            raise CommandError("IATI_REPORTING_ORG is not set; identifiers begin with it and never change.")
        self.stdout.write(f"{iati.assign_identifiers()} identifiers given.")

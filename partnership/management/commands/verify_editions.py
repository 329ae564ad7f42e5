"""Proves that every edition is what was frozen: each file against its checksum. Ends with an error where one is not."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from ...award import editions
from ...models import Edition


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options) -> None:
        faulty = 0
        for edition in Edition.objects.select_related("submission").order_by("submission__code", "number"):
            faults = editions.stored(edition).faults
            name = f"{edition.submission.code}/{edition.number}"
            self.stdout.write(f"{name}: {'; '.join(faults) or 'as it was frozen'}")
            faulty += bool(faults)
        if faulty:
            raise CommandError(f"{faulty} editions are not what was frozen.")

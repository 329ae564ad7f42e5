"""Verifies each file of every edition against its checksum. Ends with an error where an edition was altered."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from ...award import editions
from ...models import Edition


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options) -> None:
        altered = 0
        for edition in Edition.objects.select_related("submission").order_by("submission__code", "number"):
            errors = editions.verified_files(edition).errors
            name = f"{edition.submission.code}/{edition.number}"
            self.stdout.write(f"{name}: {'; '.join(errors) or 'as it was frozen'}")
            altered += bool(errors)
        if altered:
            raise CommandError(f"{altered} editions are not what was frozen.")

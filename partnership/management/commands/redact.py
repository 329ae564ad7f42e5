"""Erases a passage for good, from the record and its versions. For an administrator, with reason and decision."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...models import User
from ...redaction import redact


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("passage", help="the words to erase, exactly as they stand")
        parser.add_argument("--by", required=True, help="user name of the administrator who erases")
        parser.add_argument("--reason", required=True, help="why, without repeating what is erased")
        parser.add_argument("--decision", required=True, help="the number of the decision")

    def handle(self, *args, **options) -> None:
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None or not (user.is_superuser or user.groups.filter(name="Administrator").exists()):
            raise CommandError(f"{options['by']} is no administrator of this record.")
        try:
            redaction = redact(options["passage"], by=user, reason=options["reason"], decision=options["decision"])
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(["Erased in:", *redaction.places]))

"""Sends one letter of each kind to an address, as the site sends them, and says what came of each."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError

from ... import mail
from ...fields.email_addresses import canonical_address
from ...operations.sample_letters import letters_to
from ...web.public_forms import can_send_letters


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, metavar="ADDRESS", help="where they go, such as you@example.se")
        parser.add_argument("--language", default="en", help="en or sv")

    def handle(self, *args: Any, **options: Any) -> None:
        if not can_send_letters():
            raise CommandError("EMAIL_URL is not set: there is no mail server to try.")
        try:
            address = canonical_address(options["to"])
            mail.sender()
        except ValidationError as error:
            raise CommandError(f"{options['to']}: {'; '.join(error.messages)}") from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        sent = failed = 0
        with get_connection() as connection:
            for kind, message in letters_to(address, options["language"]):
                if message is None:
                    self.stdout.write(f"{kind}: there is nothing to write about, so none was sent")
                    continue
                message.subject = f"Test: {message.subject}"
                try:
                    connection.send_messages([message])
                # One that the server does not take is what this command is for.
                except Exception as error:
                    failed += 1
                    self.stderr.write(f"{kind}: not taken: {type(error).__name__}: {error}")
                else:
                    sent += 1
                    self.stdout.write(f"{kind}: taken, “{message.subject}”")
        self.stdout.write(
            f"{sent} taken. Look whether they arrive, and whether the mailbox offers to leave with one click."
        )
        self.stdout.write("Their links lead to nothing: nobody follows anything by this.")
        if failed:
            raise CommandError(f"{failed} not taken.")

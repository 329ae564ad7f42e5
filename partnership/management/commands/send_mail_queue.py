"""Sends the e-mail that could not be sent when it was written. Meant for a timer, every quarter of an hour."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from ... import mail


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options) -> None:
        sent, waiting = mail.send_all()
        self.stdout.write(f"{sent} sent, {waiting} still waiting.")

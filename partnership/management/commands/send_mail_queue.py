"""Sends the letters that wait, as many as the rate allows. “work” does it all the time; this is for a timer."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from ...models import QueuedEmail
from ...operations import worker


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options) -> None:
        sent = worker.send_mail()
        self.stdout.write(f"{sent} sent, {QueuedEmail.objects.unsent().count()} still waiting.")

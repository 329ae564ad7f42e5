"""Sends the letters that wait, as many as the rate allows. “work” does it all the time; this is for a timer."""

from __future__ import annotations

from django.core.management.base import BaseCommand
from django.utils import timezone

from ...models import QueuedEmail
from ...operations import worker


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--release", action="store_true", help="send what is held or doubtful as well")

    def handle(self, *args, **options) -> None:
        if options["release"]:
            undecided = [QueuedEmail.State.HELD, QueuedEmail.State.DOUBTFUL]
            # Else what is late would be held again at once.
            QueuedEmail.objects.filter(state__in=undecided).update(
                state=QueuedEmail.State.WAITING, made_at=timezone.now()
            )
        sent = worker.send_mail()
        self.stdout.write(f"{sent} sent, {QueuedEmail.objects.unsent().count()} still waiting.")

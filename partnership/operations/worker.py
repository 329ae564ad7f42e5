"""What is done outside requests. Any number of workers may do it at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from .. import mail
from ..contributions.disposal import dispose
from ..contributions.letters import tell_staff
from ..contributions.quarantine import look_at_files
from ..following.bounces import read_bounces
from ..following.digests import digest, prepare_digests
from ..following.newsletters import newsletter_letter
from ..following.reconfirming import ask_again, question
from ..models import DataRelease, Heartbeat, HeldUpload, Photo, QueuedEmail, SpreadsheetUpload
from ..opendata import package
from ..signin.accounts import password_letter
from ..spreadsheets import import_tasks
from ..web.public_forms import following_is_open

logger = logging.getLogger(__name__)

#: The letters whose text is made at the moment of sending.
COMPOSERS: dict[int, mail.Composer] = {
    QueuedEmail.Purpose.PASSWORD: password_letter,
    QueuedEmail.Purpose.RECONFIRM: question,
    QueuedEmail.Purpose.DIGEST: digest,
    QueuedEmail.Purpose.NEWSLETTER: newsletter_letter,
}
#: How long after one reading of the mailbox, one disposal, or one note that it works, the next one is.
BETWEEN_READINGS, BETWEEN_DISPOSALS, BETWEEN_HEARTBEATS = timedelta(minutes=15), timedelta(days=1), timedelta(minutes=1)


def send_mail(is_ending: Callable[[], bool] = lambda: False) -> int:
    return mail.send_queue(COMPOSERS, is_ending=is_ending)


class Worker:
    """One process that does what waits, turn after turn. No error of one thing keeps it from the others."""

    def __init__(self, is_ending: Callable[[], bool] = lambda: False):
        self._is_ending = is_ending
        self._last: dict[str, datetime] = {}

    def turn(self) -> None:
        self._try(self._make_renditions)
        if following_is_open():
            self._try(prepare_digests)
        self._try(tell_staff)
        self._try(lambda: send_mail(self._is_ending))
        self._try(look_at_files)
        self._try(lambda: import_tasks.work(self._is_ending))
        if self._is_time("heartbeat", BETWEEN_HEARTBEATS):
            self._try(lambda: Heartbeat.beat(Heartbeat.WORK))
        if settings.BOUNCE_URL and self._is_time("bounces", BETWEEN_READINGS):
            self._try(read_bounces)
        if self._is_time("held uploads", BETWEEN_READINGS):
            self._try(HeldUpload.objects.expired().discard)
            self._try(SpreadsheetUpload.objects.expired().delete)
        self._try(package.current)
        if self._is_time("disposal", BETWEEN_DISPOSALS):
            self._try(dispose)
            self._try(lambda: DataRelease.objects.superseded(timezone.localdate()).delete())
            if following_is_open():
                self._try(ask_again)

    def _make_renditions(self) -> None:
        """So that no reader waits for the sizes of a new photograph; at the start of the worker all are looked at."""
        began, since = timezone.now(), self._last.get("renditions", datetime.min.replace(tzinfo=UTC))
        for photo in Photo.objects.filter(modified_at__gte=since).exclude(file="").order_by("modified_at"):
            if not self._is_ending():
                self._try(photo.make_renditions)
        self._last["renditions"] = began

    def _try(self, step: Callable[[], object]) -> None:
        if self._is_ending():
            return
        try:
            step()
        # The database or the disk may be back at the next turn, and nobody is here to start this again.
        except Exception:
            logger.exception("The worker goes on after an error.")
            close_old_connections()

    def _is_time(self, name: str, pause: timedelta) -> bool:
        now, last = timezone.now(), self._last.get(name)
        if last is not None and now - last < pause:
            return False
        self._last[name] = now
        return True

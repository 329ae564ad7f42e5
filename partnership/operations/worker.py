"""What is done outside requests. Any number of workers may do it at once."""

from __future__ import annotations

from collections.abc import Callable

from .. import mail
from ..contributions.quarantine import look_at_files
from ..following.digests import digest, prepare_digests
from ..models import QueuedEmail
from ..signin.accounts import password_letter
from ..web.public_forms import following_is_open

#: The letters whose text is made at the moment of sending.
COMPOSERS: dict[int, mail.Composer] = {
    QueuedEmail.Purpose.PASSWORD: password_letter,
    QueuedEmail.Purpose.DIGEST: digest,
}


def send_mail(is_ending: Callable[[], bool] = lambda: False) -> int:
    return mail.send_queue(COMPOSERS, is_ending=is_ending)


def work(is_ending: Callable[[], bool] = lambda: False) -> None:
    """One turn of all that waits."""
    if following_is_open():
        prepare_digests()
    send_mail(is_ending)
    look_at_files()

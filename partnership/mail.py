"""E-mail: one queue that every part of the site writes to, and one sender that any number of workers may run.

No request waits for a mail server: views write rows (``QueuedEmail``), ``send_queue`` sends them. A row is claimed by
an update that is committed before the server hears of the letter, and is marked as sent after the server has taken
it. A worker that dies in between leaves a claimed row, of which nobody can say whether the server has it: SMTP has no
way to ask. What one person waits for is then sent again, with the same Message-ID, and may come twice; what goes to
many is not sent again and may be lost for one recipient, and staff see that (``QueuedEmail.release_stalled``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import formataddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .models import Mailing, Partner, QueuedEmail, Revision, User
from .web.public_forms import can_send_letters

logger = logging.getLogger(__name__)

#: Makes a letter whose text is not in its row; None where it is not to be sent any more.
Composer = Callable[[QueuedEmail], EmailMessage | None]
#: How long what a colleague is to hear of is gathered before it goes out.
DIGEST_EVERY = timedelta(hours=1)
#: A connection serves so many letters.
LETTERS_PER_CONNECTION = 50

# To colleagues


def author_of(record: Any) -> User | None:
    """Who wrote the first version of a record; nobody for what came from the files."""
    first = Revision.objects.of(record).select_related("by__partner").order_by("pk").first()
    return first.by if first and first.action == Revision.Action.CREATED else None


def language_of(user: User) -> str:
    """Swedish for colleagues of Swedish partners, English for all others."""
    return "sv" if user.partner and user.partner.country == Partner.Country.SWEDEN else "en"


def published(record: Any, to: User, comment: str, by: User) -> str:
    return _about(record, to, lambda: _("Published: %(title)s"), comment, by)


def returned(record: Any, to: User, comment: str, by: User) -> str:
    return _about(record, to, lambda: _("Returned to you: %(title)s"), comment, by)


def proposal_accepted(record: Any, to: User, words: str, by: User) -> str:
    return _about(record, to, lambda: _("Your change is public: %(title)s"), words, by)


def proposal_returned(record: Any, to: User, words: str, by: User) -> str:
    return _about(record, to, lambda: _("Your change came back: %(title)s"), words, by)


def answered(record: Any, to: User, answer: str, by: User) -> str:
    return _about(record, to, lambda: _("Your remark has been seen to: %(title)s"), answer, by)


def _about(record: Any, to: User, subject: Any, comment: str, by: User) -> str:
    """Writes to a colleague about a record, in that colleague’s language. Answers what keeps the letter back."""
    if not to.email:
        return _("%(name)s has no e-mail address and has not been told.") % {"name": to.name_for(by)}
    opts = record._meta
    with translation.override(language_of(to)):
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
        title = " ".join((subject() % {"title": record}).split())
        _add_to_digest(to, title, "\n".join(part for part in (title, comment, f"{settings.SITE_URL}{url}") if part))
    return ""


def _add_to_digest(to: User, title: str, text: str) -> None:
    """Gathers for an hour what a colleague is to hear of, in one letter."""
    with transaction.atomic():
        email = QueuedEmail.objects.gathering().filter(to=to).select_for_update().first()
        if email is None:
            due = timezone.now() + DIGEST_EVERY
            QueuedEmail.objects.create(to=to, subject=title[:200], body=text, next_try_at=due)
            return
        email.subject = _("What became of what you wrote")
        email.body = f"{email.body}\n\n{text}"
        email.save(update_fields=["subject", "body"])


# Sending


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def sender() -> tuple[str, str]:
    """The name and the address that letters come from. Raises ValueError where the setting holds no address.

    The name may hold commas without quotation marks: that is how people write it into a settings file.
    """
    match = re.fullmatch(r'\s*(?:"?(.*?)"?\s*<)?([^<>@\s]+@[^<>@\s,]+)>?\s*', settings.DEFAULT_FROM_EMAIL)
    if not match or not match[2].isascii():
        raise ValueError("DEFAULT_FROM_EMAIL holds no address.")
    return match[1] or "", match[2]


def letter(email: QueuedEmail, subject: str, text: str, html: str = "", **headers: str) -> EmailMessage:
    """A letter with the headers that all of them carry. Names of headers are given with ``_`` for ``-``."""
    name, address = sender()
    message = EmailMultiAlternatives(
        " ".join(subject.split()),
        text,
        _envelope(email, address),
        [email.recipient],
        headers={
            "From": formataddr((name, address)),
            # Django’s own names the machine.
            "Message-ID": f"<{email.key}@{host()}>",
            # RFC 3834: no holiday replies.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **({"Content-Language": email.language} if email.language else {}),
            **{key.replace("_", "-"): value for key, value in headers.items()},
        },
        reply_to=[settings.CONTACT_EMAIL] if settings.CONTACT_EMAIL else None,
    )
    if html:
        message.attach_alternative(html, "text/html")
    return message


def _envelope(email: QueuedEmail, address: str) -> str:
    """Where a letter comes back to: an address with its key, if there is a mailbox for such."""
    local, _at, domain = settings.BOUNCE_ADDRESS.partition("@")
    return f"{local}+{email.key}@{domain}" if domain else address


def send_queue(composers: Mapping[int, Composer], *, is_ending: Callable[[], bool] = lambda: False) -> int:
    """Sends what is due until there is no more, the rate is reached or the server is away. Answers how many went out.

    ``composers`` make the letters whose text is not in their row, by purpose. No error of one letter stops the others.
    """
    if not can_send_letters():
        return 0
    try:
        sender()
    except ValueError as error:
        logger.error("Letters wait: %s", error)
        return 0
    QueuedEmail.objects.release_stalled()
    QueuedEmail.objects.hold_late()
    count = 0
    with _Server() as server:
        while not is_ending() and _rate_allows() and (email := QueuedEmail.claim_next()):
            try:
                count += server.send(email, composers)
            except _ServerAway as error:
                email.give_back()
                logger.warning("Letters wait, the mail server does not answer: %s", error)
                break
    return count


def _rate_allows() -> bool:
    """Counted over all workers, which share the rows."""
    minute = timezone.now() - timedelta(minutes=1)
    return QueuedEmail.objects.filter(sent_at__gt=minute).count() < settings.MAIL_PER_MINUTE


class _ServerAway(Exception):
    """No connection, so that no letter can be on its way."""


class _Server:
    """The mail server, over a connection that serves many letters and is opened anew when it was dropped."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._left = 0

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def send(self, email: QueuedEmail, composers: Mapping[int, Composer]) -> bool:
        """Whether the server has taken the letter. Its row says what became of it; raises _ServerAway."""
        try:
            message = composers.get(email.purpose, compose)(email)
        except Exception as error:
            logger.exception("A letter cannot be made.")
            email.refuse(type(error).__name__)
            return False
        if message is None:
            email.delete()
            return False
        self._open()
        try:
            self._connection.send_messages([message])
        except SMTPRecipientsRefused as error:
            self._refused(email, *next(iter(error.recipients.values())), at_recipient=True)
        except SMTPResponseException as error:
            self._refused(email, error.smtp_code, error.smtp_error, at_recipient=False)
        except Exception as error:
            self._close()
            if _may_be_on_its_way(error):
                logger.warning("The connection ended with a letter: %s", type(error).__name__)
                email.lose_track(type(error).__name__)
            else:
                logger.exception("A letter cannot be sent.")
                email.refuse(type(error).__name__)
        else:
            email.mark_sent()
            return True
        return False

    def _refused(self, email: QueuedEmail, code: int, words: bytes | str, *, at_recipient: bool) -> None:
        """What the server has answered: a refusal is certain, the letter is not on its way."""
        text = words.decode("ascii", "replace") if isinstance(words, bytes) else str(words)
        status = re.match(r"\d\.\d+\.\d+", text)
        detail = f"{code} {status[0]}" if status else str(code)
        logger.warning("A letter was refused: %s", detail)
        if code == 421:
            self._close()
        if 400 <= code < 500:
            if not email.try_later(detail) and email.follower:
                email.follower.bounce_softly()
            return
        email.refuse(detail)
        is_gone = status is not None and (status[0].startswith("5.1.") or status[0] == "5.2.1")
        if at_recipient and is_gone and email.follower:
            email.follower.bounce_hard()
        elif status is not None and status[0].startswith("5.7.") and email.mailing:
            self._stop_if_distrusted(email.mailing)

    def _stop_if_distrusted(self, mailing: Mailing) -> None:
        """Refusals for reasons of policy are not the addresses’ fault: after ten in a row the mailing ends."""
        last = list(mailing.emails.exclude(sent_at=None, detail="").order_by("-claimed_at")[:10])
        if len(last) == 10 and all(" 5.7." in row.detail for row in last):
            waiting = mailing.emails.filter(state=QueuedEmail.State.WAITING)
            waiting.update(state=QueuedEmail.State.HELD)

    def _open(self) -> None:
        if self._connection and (self._left < 1 or not self._answers()):
            self._close()
        if self._connection is None:
            try:
                connection = get_connection()
                connection.open()
            except Exception as error:
                raise _ServerAway(type(error).__name__) from error
            self._connection, self._left = connection, LETTERS_PER_CONNECTION
        self._left -= 1

    def _answers(self) -> bool:
        """Asked before each letter: a connection that ended meanwhile must not leave a letter in doubt."""
        smtp = getattr(self._connection, "connection", None)
        if smtp is None:
            return True
        try:
            return smtp.noop()[0] == 250
        except (OSError, SMTPException):
            return False

    def _close(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            except Exception as error:
                logger.warning("The connection to the mail server did not end well: %s", type(error).__name__)
            self._connection = None


def _may_be_on_its_way(error: Exception) -> bool:
    """Whether a connection ended before the server had answered. What the library refuses has never left."""
    return isinstance(error, SMTPServerDisconnected) or (
        isinstance(error, OSError) and not isinstance(error, SMTPException)
    )


def compose(email: QueuedEmail) -> EmailMessage | None:
    """The letter whose text is in its row; None where it has no recipient any more."""
    return letter(email, email.subject, email.body) if email.recipient else None

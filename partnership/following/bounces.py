"""Letters that came back: reports of delivery (RFC 3464) and complaints (RFC 5965), read from a mailbox.

Only the key in the address that a letter came from counts, which nobody can guess: no one can report another out.
What answers by itself, such as a notice of holidays, is no report and changes nothing.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import re
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from ..models import QueuedEmail, Suppression

_KEY = re.compile(r"\+([\w-]{22})@")
#: Of one reading; the rest waits for the next.
MOST = 200


def read_bounces() -> None:
    """Reads and deletes what is in the mailbox at BOUNCE_URL. Raises OSError or imaplib.IMAP4.error."""
    place = urlsplit(settings.BOUNCE_URL)
    make = imaplib.IMAP4_SSL if place.scheme == "imaps" else imaplib.IMAP4
    with make(place.hostname or "", place.port or (993 if place.scheme == "imaps" else 143), timeout=30) as mailbox:
        mailbox.login(unquote(place.username or ""), unquote(place.password or ""))
        mailbox.select(place.path.strip("/") or "INBOX")
        numbers = mailbox.search(None, "ALL")[1][0].split()[:MOST]
        for number in numbers:
            content: Any = mailbox.fetch(number, "(RFC822)")[1][0]
            if content:
                take(content[1])
            mailbox.store(number, "+FLAGS", "\\Deleted")
        mailbox.expunge()


def take(content: bytes) -> bool:
    """Does what a report asks for; whether it was one about a letter of ours."""
    message: Any = email.message_from_bytes(content, policy=email.policy.default)
    row = _row_of(message)
    if row is None:
        return False
    if _is_complaint(message):
        _forget(row, Suppression.Why.COMPLAINED)
        return True
    status = _status(message)
    if status.startswith(("5.1.", "5.2.1")) or status == "5.0.0":
        _forget(row, Suppression.Why.BOUNCED)
    elif status.startswith(("4.", "5.2.")) and row.follower:
        row.follower.bounce_softly()
    return bool(status)


def _row_of(message: EmailMessage) -> QueuedEmail | None:
    """The letter that came back, by the key in the address that the report was sent to."""
    for header in ("Delivered-To", "X-Original-To", "To"):
        for value in message.get_all(header, []):
            if match := _KEY.search(str(value)):
                return QueuedEmail.objects.filter(key=match[1]).select_related("follower", "contribution").first()
    return None


def _is_complaint(message: EmailMessage) -> bool:
    return any(part.get_content_type() == "message/feedback-report" for part in message.walk())


def _status(message: EmailMessage) -> str:
    """The enhanced status of the first recipient that was not reached; empty where the message is no such report."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks: Any = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if str(block.get("Action", "")).strip().lower() in {"failed", "delayed"}:
                    match = re.match(r"\s*(\d\.\d+\.\d+)", str(block.get("Status", "")))
                    return match[1] if match else ""
    return ""


def _forget(row: QueuedEmail, why: str) -> None:
    """The address is not written to again; of a follower everything goes."""
    if row.follower:
        Suppression.add(row.follower.email, why)
        row.follower.delete()
    elif row.contribution and row.contribution.email:
        Suppression.add(row.contribution.email, why)

"""From what was typed to a contribution: the token of the check page, what looks suspicious, and the caps.

Nothing is saved by the first form; the page that answers it shows what was typed and holds a token, which is good only
for just that text. The token is signed and stored nowhere, so whoever posts once leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from ..fields.email_addresses import address_hash, address_hashes
from ..fields.texts import clean
from ..models import Contribution, QueuedEmail, Suppression
from ..models.contributions import key_hash, private_key_of
from ..web.client import client_address
from ..web.public_forms import can_send_letters

_SALT = "partnership.contributions.check"
#: In seconds: a person reads the check page, and a day is longer than any limit of time that WCAG asks to warn of.
SHORTEST, LONGEST = 2, 24 * 60 * 60
#: Fields of a contribution as they are signed.
FIELDS = ("text", "known_how", "when_text", "what", "email", "model_name", "code", "p_note")
#: How many times the usual number of a day are taken before the form closes until midnight.
CLOSED_BEYOND = 2.5
#: So many of one address on one day, before the next one is suspected: a family at one computer sends fewer.
MANY_FROM_ONE = 5
#: So many suspected ones within an hour bring the question up.
MOST_SUSPECTED = 20
RECEIPTS_A_DAY, RECEIPTS_A_WEEK = 1, 3

# The check page


def folded(text: str) -> str:
    """One form of a text, whatever browser sends it."""
    return clean(text).strip()


def _digest(fields: Mapping[str, str]) -> str:
    canonical = "\0".join(f"{name}={folded(str(fields.get(name) or ''))}" for name in FIELDS)
    return hashlib.sha256(canonical.encode()).hexdigest()


class CheckToken(NamedTuple):
    """What the check page holds beside the fields: who they were when they were shown, and when."""

    nonce: str
    digest: str
    made_at: float

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> CheckToken:
        return cls(secrets.token_urlsafe(32), _digest(fields), time.time())

    @classmethod
    def signed_in(cls, text: str) -> CheckToken | None:
        try:
            token = signing.loads(text, salt=_SALT)
            return cls(token["n"], token["d"], token["t"])
        except (signing.BadSignature, KeyError, TypeError, ValueError):
            return None

    def signed(self) -> str:
        return signing.dumps({"n": self.nonce, "d": self.digest, "t": self.made_at}, salt=_SALT)

    def is_of(self, fields: Mapping[str, str]) -> bool:
        return self.digest == _digest(fields)

    @property
    def is_young(self) -> bool:
        return time.time() - self.made_at < SHORTEST

    @property
    def is_old(self) -> bool:
        return time.time() - self.made_at > LONGEST

    @property
    def key(self) -> str:
        return private_key_of(self.nonce, settings.SECRET_KEY)


# Suspicion and caps


def suspicions(
    fields: Mapping[str, str], fingerprint: str, *, is_filled_trap: bool, sender: str = "", agent: str = ""
) -> list[str]:
    """Why this may come from a program. It is kept all the same, and staff read it apart.

    ``agent`` is what the browser calls itself; it is looked at and kept nowhere.
    """
    text = str(fields["text"])
    words = re.findall(r"\w+", text.lower())
    reasons = []
    if is_filled_trap:
        reasons.append("honeypot")
    if len(re.findall(r"https?://|www\.", text, re.IGNORECASE)) > 2 or re.search(r"\[url=|<a\s", text, re.IGNORECASE):
        reasons.append("links")
    month = timezone.now() - timedelta(days=30)
    if Contribution.objects.filter(fingerprint=fingerprint, received_at__gt=month).exists():
        reasons.append("repeated")
    has_letter = any(unicodedata.category(sign).startswith("L") for sign in text)
    if not has_letter or any(words.count(word) >= 20 and len(set(words)) < 10 for word in set(words)):
        reasons.append("no_words")
    if re.search(r"bot\b|crawl|spider|curl|wget|python|scrapy|headless", agent, re.IGNORECASE):
        reasons.append("names_bot")
    if sender and Contribution.objects.filter(sender=sender).count() >= MANY_FROM_ONE:
        reasons.append("many")
    return reasons


def is_closed_today() -> bool:
    return Contribution.objects.from_web_today().count() >= settings.CONTRIBUTIONS_A_DAY * CLOSED_BEYOND


def asks_question() -> bool:
    """Whether so much comes in that the check page asks what a program would not know."""
    hour = timezone.now() - timedelta(hours=1)
    return (
        Contribution.objects.from_web_today().count() >= settings.CONTRIBUTIONS_A_DAY
        or Contribution.objects.filter(received_at__gt=hour).exclude(suspected=[]).count() >= MOST_SUSPECTED
    )


_COUNTRY = {
    "south africa",
    "sydafrika",
    "suid-afrika",
    "suidafrika",
    "aforika borwa",
    "afrika borwa",
    "sa",
    "rsa",
    "za",
}


def is_right_country(answer: str) -> bool:
    plain = unicodedata.normalize("NFKD", answer.casefold())
    return " ".join(re.sub(r"[^a-z -]", "", plain).split()) in _COUNTRY


# Saving


def sender_code(request: HttpRequest) -> str:
    """The same for one address on one day; says nothing without the secret."""
    address = client_address(request) or ""
    day = timezone.localdate().isoformat()
    return salted_hmac("partnership.contributions.sender", f"{address} {day}", algorithm="sha256").hexdigest()[:32]


def fingerprint_of(text: str) -> str:
    plain = " ".join(folded(text).casefold().split())
    return salted_hmac("partnership.contributions.text", plain, algorithm="sha256").hexdigest()


def receive(request: HttpRequest, fields: Mapping[str, str], token: CheckToken, *, is_filled_trap: bool) -> None:
    """Saves a contribution once, however often and from however many threads it is sent, and queues its receipt."""
    text = folded(str(fields["text"]))
    fingerprint = fingerprint_of(text)
    sender = sender_code(request)
    agent = request.headers.get("User-Agent", "")
    # The machine itself, behind a proxy that names nobody, is not one person.
    counted = sender if client_address(request) else ""
    contribution = Contribution(
        text=text,
        known_how=fields["known_how"],
        when_text=fields["when_text"],
        what=fields["what"] or Contribution.What.OTHER,
        email=fields["email"],
        model_name=fields["model_name"],
        code=fields["code"],
        language=translation.get_language() or "en",
        key_hash=key_hash(token.key),
        sent_key=token.nonce,
        fingerprint=fingerprint,
        sender=sender,
        suspected=suspicions(fields, fingerprint, is_filled_trap=is_filled_trap, sender=counted, agent=agent),
    )
    for tries_left in (2, 1, 0):
        contribution.give_reference()
        try:
            with transaction.atomic():
                contribution.save(force_insert=True)
                queue_receipt(contribution, token.key)
            return
        except IntegrityError:
            if Contribution.objects.filter(sent_key=token.nonce).exists():
                return
            contribution.pk = None
            if not tries_left:
                raise


def queue_receipt(contribution: Contribution, key: str) -> None:
    """Holds the reference and a link, and no word of the text: it may go to somebody who never asked for it."""
    if (
        not contribution.email
        or contribution.suspected
        or not can_send_letters()
        or Suppression.covers(contribution.email)
    ):
        return
    # By a code, since whoever sent it can have the address deleted and would send the next one then.
    receipts = Contribution.objects.filter(receipt_hash__in=list(address_hashes(contribution.email)))
    now = timezone.now()
    if (
        receipts.filter(receipt_at__gt=now - timedelta(days=1)).count() >= RECEIPTS_A_DAY
        or receipts.filter(receipt_at__gt=now - timedelta(days=7)).count() >= RECEIPTS_A_WEEK
    ):
        return
    link = f"{settings.SITE_URL}{reverse('contribution', args=[key])}"
    QueuedEmail.objects.create(
        purpose=QueuedEmail.Purpose.RECEIPT,
        contribution=contribution,
        address=contribution.email,
        language=contribution.language,
        subject=_("We have received what you sent (%(reference)s)") % {"reference": contribution.reference},
        body=_(
            "We have received what you sent, under the number %(reference)s. You can follow it, add to it or have it "
            "deleted here:\n\n%(link)s\n\nIf it was not you, forget this letter; you will get no other."
        )
        % {"reference": contribution.reference, "link": link}
        + "\n",
    )
    Contribution.objects.filter(pk=contribution.pk).update(
        receipt_at=now, receipt_hash=address_hash(contribution.email)
    )

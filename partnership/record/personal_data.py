"""Patterns of personal data in texts. A match is a warning; people decide."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r"[A-ZÅÄÖÉ][\wåäöé’'-]+"
_TITLES = (
    "Mr Mrs Ms Miss Dr Prof Professor Councillor Cllr Mayor Speaker Alderman Rev "
    "Herr Fru Doktor Borgmästare Borgmästaren Kommunalråd Kommunalrådet Talman Talmannen Rektor"
).split()
#: Names of organisations that begin like a person’s.
_ORGANISATIONS = re.compile(r"Dr (?:Kenneth Kaunda|Ruth Segomotsi Mompati)")
_PATTERNS = (
    # A match begins where a word does: else a word of 60,000 letters is read 60,000 times.
    re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"),
    # Swedish personal identity numbers, whose third and fourth digit are a month (those of organisations are 20 or
    # more); South African identity numbers
    re.compile(r"\b(?:19|20)?\d{2}(?:0[1-9]|1[0-2])\d{2}[-+]\d{4}\b"),
    re.compile(r"\b\d{13}\b"),
    # Telephone numbers: international, or Swedish and South African ones with spaces or hyphens
    re.compile(r"\+\d[\d ()-]{7,}\d"),
    re.compile(r"\b0\d{1,3}[ -]\d{2,3}[ -]?\d{2}[ -]?\d{2}\b"),
    re.compile(rf"\b(?:{'|'.join(_TITLES)})\.? {_NAME}(?: {_NAME})*"),
)


def find_personal_data(text: str) -> Iterator[str]:
    """Each passage that looks like a titled personal name, an e-mail address, a telephone or identity number."""
    rest = _ORGANISATIONS.sub("", text)
    for pattern in _PATTERNS:
        for match in pattern.finditer(rest):
            yield match[0]

"""What reading a text that people typed comes to: a value, a question with its likely answers, or a refusal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

#: The longest text that is looked at; nothing that the site prints comes near it.
LONGEST = 200
TOO_LONG = gettext_lazy("This is too long to be a single value. Write only the date or number here.")
SEVERAL_READINGS = gettext_lazy("This can be read in more than one way. Choose what is meant.")
LIKELY_READING = gettext_lazy("Is this what is meant?")

#: Words for “not documented” that may as well be a slip: they are asked about.
UNKNOWN_WORDS = frozenset(
    "?|??|-|–|.|x|n/a|na|unknown|not known|no information|okänt|okänd|ej känt|inte känt|vet ej|saknas".split("|")
)

_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2043\u2212\ufe63\uff0d"), "-")
_DASHES = dict.fromkeys(map(ord, "\u2012\u2013\u2014\u2015"), "–")

Value = TypeVar("Value")


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """Either ``value``, or ``message`` with the ``candidates`` to choose from; a refusal has none.

    The message names the cause and the way out in the active language, in at most three sentences.
    """

    value: Value | None = None
    message: str | Promise = ""
    candidates: tuple[Value, ...] = ()
    #: The only candidate is clear and unlikely: whoever cannot ask leaves it to the rules of the record.
    is_doubtful: bool = False

    @property
    def is_understood(self) -> bool:
        return self.value is not None


def normalize(text: str) -> str:
    """The text with ASCII digits, plain blanks and hyphens, en dashes, and nothing invisible."""
    composed = unicodedata.normalize("NFKC", text.translate(_HYPHENS)).translate(_HYPHENS | _DASHES)
    characters = []
    for character in composed:
        category = unicodedata.category(character)
        if category == "Nd":
            characters.append(str(unicodedata.decimal(character)))
        elif category in {"Cc", "Zs", "Zl", "Zp"}:
            characters.append(" ")
        elif category != "Cf":
            characters.append(character)
    return re.sub(r" +", " ", "".join(characters)).strip()

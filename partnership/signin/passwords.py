"""The password hasher, and a validator against passwords made of place names."""

from __future__ import annotations

import re
import unicodedata
from threading import BoundedSemaphore
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_hashing_slots = BoundedSemaphore(2)


class LimitedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with the parameters of the OWASP cheat sheet (46 MiB, one pass, one lane).

    Each process computes at most two hashes at a time, so that password guessing cannot take all CPU and memory.
    """

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _hashing_slots:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _hashing_slots:
            return super().verify(password, encoded)


#: zxcvbn takes no more signs.
_LONGEST_JUDGED = 72
#: Places and partners as ``_letters_of`` writes them; longest first, because some contain others.
PLACE_NAMES = sorted(
    "vaxjo vaxjokommun kronoberg kronobergslan regionkronoberg smaland sverige sweden jbmarks jbmarkslocalmunicipality "
    "potchefstroom potch tlokwe ventersdorp matlosana ikageng promosa mohadin kennethkaunda drkennethkaunda northwest "
    "nordvast southafrica sydafrika municipality kommun partnership partnerskap".split(),
    key=len,
    reverse=True,
)
#: The number of other letters that a password with a place name needs.
MIN_OTHER_LETTERS = 8


def _letters_of(text: str) -> str:
    """Lower-case letters without accents: “Växjö-2024!” becomes “vaxjo”."""
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", text.casefold()))


class GuessableValidator:
    """Rejects what programs guess early: common passwords, also doubled or with digits, repeats, rows of keys."""

    #: Powers of ten of guesses, by the estimate of zxcvbn.
    LEAST = 10

    def validate(self, password: str, user: Any = None) -> None:
        # Imported here, since its lists are large and needed once for a password.
        from zxcvbn import zxcvbn

        own = [name for name in (getattr(user, "username", ""), getattr(user, "email", "")) if name]
        # What follows the first signs only makes a password better.
        if zxcvbn(password[:_LONGEST_JUDGED], user_inputs=own)["guesses_log10"] < self.LEAST:
            raise ValidationError(
                _("This password is common, or repeats itself, and easily guessed. Take three or four unusual words."),
                code="guessable",
            )

    def get_help_text(self) -> str:
        return _("Common passwords and rows of the same signs are refused, however long.")


class PlaceNameValidator:
    """Rejects a password of place names of this partnership with digits or punctuation."""

    def validate(self, password: str, user: object = None) -> None:
        letters = _letters_of(password)
        others = re.sub("|".join(PLACE_NAMES), "", letters)
        if others != letters and len(others) < MIN_OTHER_LETTERS:
            raise ValidationError(
                _("This password is little more than a name from this partnership. Add words that nobody expects."),
                code="place_name",
            )

    def get_help_text(self) -> str:
        return _("A place name with a number behind it is not enough. Three or four unusual words are.")

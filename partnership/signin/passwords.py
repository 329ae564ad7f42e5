"""How passwords are hashed, and which are refused for being too near at hand."""

from __future__ import annotations

import re
import unicodedata
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_room_for_hashing = BoundedSemaphore(2)


class LimitedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with the parameters of the OWASP cheat sheet (46 MiB, one pass, one lane).

    At most two are worked out at a time in each process: whoever guesses passwords waits for other guessers, and
    readers keep the rest of the machine and its memory.
    """

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _room_for_hashing:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _room_for_hashing:
            return super().verify(password, encoded)


#: Places and bodies of this partnership as ``_letters_of`` writes them; longest first, so that none hides in another.
PLACE_NAMES = sorted(
    "vaxjo vaxjokommun kronoberg kronobergslan regionkronoberg smaland sverige sweden jbmarks jbmarkslocalmunicipality "
    "potchefstroom potch tlokwe ventersdorp matlosana ikageng promosa mohadin kennethkaunda drkennethkaunda northwest "
    "nordvast southafrica sydafrika municipality kommun partnership partnerskap".split(),
    key=len,
    reverse=True,
)
#: A password of nothing but place names is guessed first; this many other letters make it another word.
OTHER_LETTERS = 8


def _letters_of(text: str) -> str:
    """Only the letters, without accents: “Växjö-2024!” and “vaxjo” are the same guess."""
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", text.casefold()))


class PlaceNameValidator:
    """Refuses a password that is little more than names of this partnership, with digits or signs between or behind."""

    def validate(self, password: str, user: object = None) -> None:
        letters = _letters_of(password)
        others = re.sub("|".join(PLACE_NAMES), "", letters)
        if others != letters and len(others) < OTHER_LETTERS:
            raise ValidationError(
                _("This password is little more than a name from this partnership. Add words that nobody expects."),
                code="place_name",
            )

    def get_help_text(self) -> str:
        return _("A place name with a number behind it is not enough. Three or four unusual words are.")

"""Languages (ISO 639) and currencies (ISO 4217), by their names in the active language.

Babel is imported with the first question: no public page of the record as it is needs it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from babel import Locale

#: The languages that sources are in most often, as pages say it; all others are named by Babel.
LANGUAGE_LABELS = {
    "af": gettext_lazy("in Afrikaans"),
    "cs": gettext_lazy("in Czech"),
    "de": gettext_lazy("in German"),
    "en": gettext_lazy("in English"),
    "nl": gettext_lazy("in Dutch"),
    "pl": gettext_lazy("in Polish"),
    "sv": gettext_lazy("in Swedish"),
    "tn": gettext_lazy("in Setswana"),
}
_USUAL_LANGUAGES = ("sv", "en", "af", "tn")
USUAL_CURRENCIES = ("SEK", "ZAR", "EUR")


def _locale() -> Locale:
    from babel import Locale

    return Locale.parse(get_language() or "en", sep="-")


@cache
def _language_codes() -> frozenset[str]:
    from babel import Locale

    return frozenset(code for code in map(str, Locale("en").languages) if re.fullmatch(r"[a-z]{2,3}", code))


@cache
def _currency_codes() -> frozenset[str]:
    """The currencies that are legal tender somewhere today."""
    from babel.core import get_global

    tenders = (row for rows in get_global("territory_currencies").values() for row in rows)
    return frozenset(code for code, _since, until, is_tender in tenders if is_tender and until is None)


def in_language(code: str) -> str:
    """“in French”; the code itself where it is none."""
    if code in LANGUAGE_LABELS:
        return str(LANGUAGE_LABELS[code])
    name = _locale().languages.get(code)
    return _("in %(language)s") % {"language": name} if name else code


def language_choices() -> list[tuple[str, str]]:
    """Every language with its name, those of the partners first."""
    names = _locale().languages
    others = sorted(_language_codes() - set(_USUAL_LANGUAGES), key=lambda code: names.get(code, code).casefold())
    return [(code, f"{names.get(code, code)} ({code})") for code in (*_USUAL_LANGUAGES, *others)]


def currency_choices() -> list[tuple[str, str]]:
    """Every currency with its name, those of the partners first."""
    names = _locale().currencies
    others = sorted(_currency_codes() - set(USUAL_CURRENCIES), key=lambda code: names.get(code, code).casefold())
    return [(code, f"{code}, {names.get(code, code)}") for code in (*USUAL_CURRENCIES, *others)]


def validate_language(code: str) -> None:
    if code not in LANGUAGE_LABELS and code not in _language_codes():
        message = _("“%(code)s” is no code of a language. Write that of ISO 639, for example sv, en or fr.")
        raise ValidationError(message % {"code": code}, code="language")


def validate_currency(code: str) -> None:
    if code not in USUAL_CURRENCIES and code not in _currency_codes():
        message = _("“%(code)s” is no code of a currency. Write that of ISO 4217, for example SEK, ZAR or EUR.")
        raise ValidationError(message % {"code": code}, code="currency")

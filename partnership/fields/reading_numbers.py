"""Reads counts and sums as people write them in English and Swedish, and all that ``NumberRange.print`` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy

from .numbers import NumberRange
from .reading import LONGEST, SEVERAL_READINGS, TOO_LONG, UNKNOWN_WORDS, Reading, normalize

_NO_NUMBER = gettext_lazy("This is not understood as a number. Write it in digits: 8, 650 000 or, from–to, 6–8.")
_NOT_WHOLE = gettext_lazy("Only whole numbers can be kept. Leave out the decimals.")
_NEGATIVE = gettext_lazy("A count or sum cannot be below zero.")
_REVERSED = gettext_lazy("The second number is smaller than the first. Is it the other way round?")
_ABOUT = gettext_lazy("“About” cannot be kept with a number. Is it just this one? Else write the lowest and highest.")
_OPEN = gettext_lazy("One end is open here. Write the lowest and the highest number, like 600–650.")
_NOT_DOCUMENTED = gettext_lazy("Is the number not documented?")

_SEPARATOR = re.compile(r" ?[-–] ?| (?:to|till|or|eller) ")
_BETWEEN = re.compile(r"(?:between|mellan) (.{1,60}) (?:and|och) (.{1,60})")
_ABOUT_WORDS = re.compile(r"(?:ca|c:a|circa|cirka|about|around|approximately|approx|omkring|runt|ungefär)\.? |~ ?|≈ ?")
_OPEN_WORDS = re.compile(
    r"(?:at least|at most|more than|less than|over|under|up to|minst|högst|över|mer än|fler än|färre än|upp till"
    r"|[<>≥≤]) ?\d"
)
_CURRENCIES = {"r": "ZAR", "zar": "ZAR", "kr": "SEK", "kronor": "SEK", "sek": "SEK", "€": "EUR", "eur": "EUR"}
_CURRENCY = "|".join(sorted(_CURRENCIES, key=len, reverse=True))
_BEFORE = re.compile(rf"({_CURRENCY})\.? ?(?=\d)")
_AFTER = re.compile(rf"(?:(?<=\d)|(?<=-)| )({_CURRENCY})\.?$|(?<=\d) ?(:-)$")
_TIMES = {
    **dict.fromkeys(("thousand", "tusen", "tkr"), 1_000),
    **dict.fromkeys(("million", "millions", "miljon", "miljoner", "mkr", "mnkr"), 1_000_000),
}
_TIMES_AFTER = re.compile(rf" ?({'|'.join(sorted(_TIMES, key=len, reverse=True))})$")
_THINGS = re.compile(r" (?:st|pers|personer|people|persons|delegates|delegater|deltagare)\.?$")
_WORDS = {
    word: number
    for number, words in enumerate(
        "one|en|ett two|två three|tre four|fyra five|fem six|sex seven|sju eight|åtta nine|nio ten|tio eleven|elva "
        "twelve|tolv".split(),
        start=1,
    )
    for word in words.split("|")
}
#: Digits in groups of three by blanks, apostrophes, commas or full stops, perhaps with decimals behind the other mark.
_GROUPED = re.compile(r"(\d{1,3})(?:([ '’.,])\d{3}(?:\2\d{3}){0,4})(?:([.,])(\d{1,2}|0{3,6}))?", re.ASCII)
_PLAIN = re.compile(r"(\d{1,15})(?:([.,])(\d{1,6}|-))?", re.ASCII)


def read_number(text: str) -> Reading[NumberRange]:
    """Reads a whole number or a range of them, perhaps with a currency. Never raises, and never guesses."""
    return Reading(message=TOO_LONG) if len(text) > LONGEST else _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Reading[NumberRange]:
    words = normalize(text).casefold()
    if not words:
        return Reading(NumberRange())
    if words in UNKNOWN_WORDS or words in {"not documented", "inte dokumenterat"}:
        return Reading(message=_NOT_DOCUMENTED, candidates=(NumberRange(),))
    if _OPEN_WORDS.match(words):
        return Reading(message=_OPEN)
    about = _ABOUT_WORDS.match(words)
    rest = words[about.end() :] if about else words
    ranges = list(dict.fromkeys(_ranges(rest)))
    valid = [numbers for numbers in ranges if (numbers.low or 0) <= (numbers.high or 0)]
    if not valid and ranges:
        turned = tuple(NumberRange(numbers.high, numbers.low, numbers.currency) for numbers in ranges)
        return Reading(message=_REVERSED, candidates=turned)
    if about and valid:
        return Reading(message=_ABOUT, candidates=tuple(valid)) if valid[0].is_exact else _one_of(valid)
    if valid:
        return _one_of(valid)
    if re.fullmatch(r"[-–] ?\d[\d .,]{0,30}", words):
        return Reading(message=_NEGATIVE)
    return Reading(message=_NOT_WHOLE if re.fullmatch(r"\d[\d ]{0,30}[.,]\d{1,12}", rest) else _NO_NUMBER)


def _one_of(ranges: list[NumberRange]) -> Reading[NumberRange]:
    if len(ranges) == 1:
        return Reading(ranges[0])
    return Reading(message=SEVERAL_READINGS, candidates=tuple(ranges))


def _ranges(text: str) -> Iterator[NumberRange]:
    bare, currency = _without_currency(text)
    for number in _numbers(bare):
        yield NumberRange(number, number, currency)
    if match := _BETWEEN.fullmatch(bare):
        yield from _between(match[1], match[2], currency)
    for match in _SEPARATOR.finditer(bare):
        yield from _between(bare[: match.start()], bare[match.end() :], currency)


def _between(first: str, last: str, currency: str) -> Iterator[NumberRange]:
    low, first_currency = _without_currency(first)
    high, last_currency = _without_currency(last)
    named = {currency, first_currency, last_currency} - {""}
    if len(named) > 1:
        return
    multiplier = _TIMES_AFTER.search(high)
    if multiplier and not _TIMES_AFTER.search(low):
        # “1–2 million” are millions both.
        low += multiplier[0]
    lows, highs = list(_numbers(low)), list(_numbers(high))
    if len(lows) == len(highs):
        # Where both are open they are written the same way.
        pairs = list(zip(lows, highs, strict=True))
    else:
        pairs = [(number, other) for number in lows for other in highs]
    for number, other in pairs:
        yield NumberRange(number, other, "".join(named))


def _without_currency(text: str) -> tuple[str, str]:
    for pattern in (_BEFORE, _AFTER):
        match = pattern.search(text) if pattern is _AFTER else pattern.match(text)
        if match:
            return text[: match.start()] + text[match.end() :], _CURRENCIES.get(match[1], "SEK")
    return text, "SEK" if re.search(r"\d ?(?:tkr|mkr|mnkr)$", text) else ""


def _numbers(text: str) -> Iterator[int]:
    """Every whole number that the text can be."""
    text = _THINGS.sub("", text.strip())
    if text in _WORDS:
        yield _WORDS[text]
        return
    times = _TIMES_AFTER.search(text)
    factor = _TIMES[times[1]] if times else 1
    text = text[: times.start()] if times else text
    readings = []
    if (match := _GROUPED.fullmatch(text)) and match[3] != match[2] and not (match[1][0] == "0" and len(text) > 1):
        whole = re.sub(r"\D", "", text[: match.start(3)] if match[3] else text)
        readings.append(Decimal(f"{whole}.{match[4] or 0}"))
    if match := _PLAIN.fullmatch(text):
        readings.append(Decimal(f"{match[1]}.{(match[3] or '0').replace('-', '0')}"))
    for reading in readings:
        number = reading * factor
        if number == number.to_integral_value():
            yield int(number)

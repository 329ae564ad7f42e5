"""Reads dates as people write them in English and Swedish, and all that ``Period.print`` prints in any language.

A text that can mean two things is read once for each: ``_Parser.choose`` names the question, and ``_parse_all``
goes through every combination of answers. What is meant is then for the person to say.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from django.conf import settings
from django.utils import timezone, translation
from django.utils.dates import MONTHS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from .edtf import (
    NORTHERN_LANGUAGES,
    PHRASES,
    SEASONS,
    InvalidPeriod,
    Period,
    Point,
    ReversedPeriod,
    UnsupportedPeriod,
    season_name,
)
from .reading import LIKELY_READING, LONGEST, SEVERAL_READINGS, TOO_LONG, UNKNOWN_WORDS, Reading, normalize

#: Years from this one to so many ahead of today are in reach of the record; others are asked about.
FIRST_YEAR_IN_REACH = 1800
YEARS_AHEAD_IN_REACH = 3

_NOT_UNDERSTOOD = gettext_lazy(
    "This is not understood as a date. Write it like 12 May 2014, May 2014, week 42 2010, spring 2012, 2011–2013 or "
    "about 2012."
)
_NO_YEAR = gettext_lazy("The year is missing or too short. Write it with four digits, like 14 May 2014.")
_NO_SUCH_DATE = gettext_lazy("There is no such day, month or week. Compare the numbers with a calendar.")
_REVERSED = gettext_lazy("The end lies before the beginning. Is it the other way round?")
_OUT_OF_REACH = gettext_lazy("The year is far from our time. Is it right?")
_NOT_DOCUMENTED = gettext_lazy("Is the date not documented?")

# Words

#: Spellings beside those that the site prints; {} is a date.
_SPELLINGS = {
    "about": [
        *("ca {}", "ca. {}", "c. {}", "c:a {}", "circa {}", "cirka {}", "runt {}", "ungefär {}", "kring {}"),
        *("around {}", "approximately {}", "approx. {}", "approx {}", "~{}"),
    ],
    "uncertain": ["perhaps {}", "possibly {}", "probably {}", "kanske {}", "möjligen {}", "troligen {}", "{}?", "{} ?"],
    "from_to": ["from {} until {}", "från {} till och med {}", "från {} t.o.m. {}", "från {} tom {}"],
    "from_unknown": [],
    "from": ["since {}", "sedan {}", "från och med {}", "fr.o.m. {}", "{} onwards", "{} to the present"],
    "until": ["up to {}", "till och med {}", "t.o.m. {}", "tom {}"],
    "between": ["between {} and {}", "mellan {} och {}"],
    "within": ["sometime in {}", "some time {}", "någon gång under {}"],
    "before": ["before {}", "före {}", "innan {}"],
    "after": ["after {}", "efter {}"],
    "or_earlier": ["{} or before", "{} eller före"],
    "or_later": ["{} or after", "{} eller efter"],
    "either": [],
    "first_half": [
        "h1 {}",
        "vt {}",
        "vt{}",
        "vårterminen {}",
        "spring term {}",
        "first half {}",
        "första halvan av {}",
    ],
    "second_half": [
        *("h2 {}", "ht {}", "ht{}", "höstterminen {}", "autumn term {}", "second half {}", "andra halvan av {}"),
    ],
}
_MONTH_SPELLINGS = (
    "jan feb mar|mars|mrt apr maj|may jun|juni jul|juli aug|augusti sep|sept oct|okt nov|november dec|december"
)
#: Swedish words mean the seasons of the north; English ones may mean those of either hemisphere.
_SWEDISH_SEASONS = ("vår", "sommar", "höst", "vinter")
_ENGLISH_SEASONS = ("spring", "summer", "autumn", "winter"), ("spring", "summer", "fall", "winter")
_HEMISPHERES = {
    **dict.fromkeys(("northern", "swedish", "nordlig", "svensk", "svenska"), "north"),
    **dict.fromkeys(("southern", "south african", "sydlig", "sydafrikansk", "sydafrikanska"), "south"),
}
_WEEK = r"(?:veckan|vecka|week|wk|w|v)\.? ?"
_ORDINALS = {word: n for n, words in enumerate(["first|första|1st", "second|andra|2nd", "third|tredje|3rd",
             "fourth|fjärde|4th"], start=1) for word in words.split("|")}  # fmt: skip


def _in_each_language(read: Callable[[], str]) -> Iterator[str]:
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            yield read().casefold()


@cache
def _phrases(kind: str) -> list[list[str]]:
    """The spellings of a kind in all languages, each as the pieces around its dates; the longest first."""
    holes = dict.fromkeys(("date", "first", "last", "decade", "century", "year"), "{}")
    printed = list(_in_each_language(lambda: str(PHRASES[kind]) % holes)) if kind in PHRASES else []
    spellings = {*printed, *_SPELLINGS.get(kind, [])}
    return [spelling.split("{}") for spelling in sorted(spellings, key=lambda text: (-len(text), text))]


@cache
def _months() -> dict[str, int]:
    months = {word: n for n, words in enumerate(_MONTH_SPELLINGS.split(), start=1) for word in words.split("|")}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            months |= {str(MONTHS[number]).casefold(): number for number in range(1, 13)}
    return months


@cache
def _seasons() -> dict[str, tuple[int, str]]:
    """From a word to the place of the season in the year, from 0, and the hemisphere that it names."""
    seasons: dict[str, tuple[int, str]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            own = "north" if language in NORTHERN_LANGUAGES else ""
            seasons |= {season_name(21 + place).casefold(): (place, own) for place in range(4)}
    for place in range(4):
        seasons |= {words[place]: (place, "") for words in _ENGLISH_SEASONS}
        seasons[_SWEDISH_SEASONS[place]] = (place, "north")
    return seasons


@cache
def _hemisphere_unknown() -> set[str]:
    blank = {"season": "", "year": ""}
    return {phrase.strip(" ()") for phrase in _in_each_language(lambda: str(PHRASES["season"]) % blank)}


@cache
def _not_documented() -> set[str]:
    return set(_in_each_language(lambda: Period().print()))


def _inside(phrase: list[str], text: str) -> Iterator[list[str]]:
    """The dates in a text that is worded like the phrase, for each way to cut it."""
    first, *rest = phrase
    last = rest[-1]
    if not (text.startswith(first) and text.endswith(last)) or len(text) < len(first) + len(last) + 1:
        return
    middle = text[len(first) : len(text) - len(last)]
    if len(rest) == 1:
        yield [middle]
        return
    start = middle.find(rest[0])
    while start != -1:
        yield [middle[:start], middle[start + len(rest[0]) :]]
        start = middle.find(rest[0], start + 1)


# Grammar

_YMD = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d\d)(\d\d)", re.ASCII)
_YEAR_NUMBER = re.compile(r"(\d{4}) ?([-–/.]) ?(\d{1,2})", re.ASCII)
_DMY = re.compile(r"(\d{1,2})([-/.]) ?(\d{1,2})(?:\2 ?| )(\d{4})", re.ASCII)
_MY = re.compile(r"(\d{1,2})[/.-](\d{4})", re.ASCII)
_WEEK_YEAR = re.compile(
    _WEEK + r"(?P<week>\d{1,2})(?:,? | of | år )(?P<year>\d{4})(?: \((?P<days>[^()]{1,60})\))?", re.ASCII
)
_YEAR_WEEK = re.compile(r"(?P<year>\d{4})(?:-?|,? )" + _WEEK + r"(?P<week>\d{1,2})(?:-(?P<day>[1-7]))?", re.ASCII)
_SEASON = re.compile(
    r"(?:the )?(?:(?P<whose>[^\W\d_]{1,20}|south african) )?(?P<word>[^\W\d_]{1,20})(?:,? | of )(?P<year>\d{4})"
    r"(?:[-–/](?P<next>\d{4}|\d\d))?(?: \((?P<note>[^()]{1,60})\))?"
)
_MONTH_YEAR = re.compile(r"(?P<month>[^\W\d_]{3,12})\.?(?:,? | of )(?P<year>\d{4})")
_DAY_MONTH_YEAR = re.compile(
    r"(?:den |the )?(?P<day>\d{1,2})(?:st|nd|rd|th|:e|:a|\.)? ?(?:of )?(?P<month>[^\W\d_]{3,12})\.?,? (?P<year>\d{4})"
)
_MONTH_DAY_YEAR = re.compile(r"(?P<month>[^\W\d_]{3,12})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")
_DECADE = re.compile(r"(?:the )?(\d{3})0(?:['’]?s|-?talet)", re.ASCII)
_QUARTER = re.compile(
    r"(?:(?:quarter|kvartal|q|kv)\.? ?(?P<number>[1-4])|(?P<word>[^\W_]{3,7}) (?:quarter|kvartalet))"
    r"(?:,? | of )(?P<year>\d{4})"
)
_SEPARATOR = re.compile(r" ?[-–/] ?| (?:to|till|until|t\.o\.m\.|tom) ")
_SHORT_RIGHT = re.compile(r"(\d{1,2}),? (\d{4})", re.ASCII)
_WORD_AND_NUMBER = re.compile(r"([^\W\d_]{1,12})\.? ?\d{1,2}")


class _Parser:
    """Reads a text under given answers; ``questions`` are those that came up, ``is_doubtful`` asks even for one."""

    def __init__(self, answers: dict[str, str]):
        self.answers = answers
        self.questions: dict[str, list[str]] = {}
        self.is_doubtful = False
        self.swapped = ""
        self.is_impossible = False

    def choose(self, question: str, answers: list[str]) -> str:
        self.questions.setdefault(question, answers)
        answer = self.answers.get(question, answers[0])
        return answer if answer in answers else answers[0]

    # Whole periods

    def period(self, text: str) -> str | None:
        """The EDTF text that the words mean; None where they mean none."""
        for kind, compose in (
            ("within", self._within),
            ("between", self._between),
            ("from_to", self._from_to),
            ("from_unknown", lambda date: self._joined(date, "", "/")),
            ("or_earlier", lambda date: self._joined("", date, "..")),
            ("or_later", lambda date: self._joined(date, "", "..")),
            ("before", lambda date: self._beyond(date, -1)),
            ("after", lambda date: self._beyond(date, 1)),
            ("either", self._either),
            ("from", lambda date: self._joined(date, "", "/..")),
            ("until", lambda date: self._joined("", date, "/")),
        ):
            for phrase in _phrases(kind):
                for dates in _inside(phrase, text):
                    if (composed := compose(*dates)) is not None:
                        return composed
        if composed := self._year_and_number(text) or self._century(text):
            return composed
        if point := self.point(text):
            return str(point)
        for kind, mark in (("uncertain", "?"), ("about", "~")):
            for phrase in _phrases(kind):
                for (inner,) in _inside(phrase, text):
                    if span := self.span(inner):
                        return self.checked("/".join(str(_marked(point, mark)) for point in span))
        if span := self.span(text):
            return self.checked("/".join(map(str, span)))
        return self._open(text)

    def _open(self, text: str) -> str | None:
        """“2012–”, which may go on or end nobody knows when, and “–2012”."""
        if text.endswith(("–", "-")) and (point := self.point(text[:-1].strip())):
            return f"{point}/.." if self.choose("end", ["ongoing", "unknown"]) == "ongoing" else f"{point}/"
        if text.startswith(("–", "-")) and (point := self.point(text[1:].strip())):
            return f"/{point}"
        return None

    def checked(self, text: str) -> str | None:
        try:
            Period(text).bounds()
        except ReversedPeriod:
            first, _slash, last = text.strip("[]").replace("..", "/").partition("/")
            self.swapped = text.replace(first, "\0").replace(last, first).replace("\0", last)
            return None
        except InvalidPeriod:
            return None
        return text

    def _joined(self, first: str, last: str, joint: str) -> str | None:
        start, end = (self.point(date.strip()) if date else "" for date in (first, last))
        if start is None or end is None:
            return None
        return self.checked(f"[{start}..{end}]" if joint == ".." else f"{start}{joint}{end}")

    def _within(self, date: str) -> str | None:
        inner = self.period(date)
        if inner and "/" in inner and not inner.endswith(("/", "/..")) and not inner.startswith("/"):
            return self.checked(f"[{inner.replace('/', '..')}]")
        return inner

    def _between(self, first: str, last: str) -> str | None:
        pair = self.pair(first, last)
        return self.checked(f"[{pair[0]}..{pair[1]}]") if pair else None

    def _either(self, first: str, last: str) -> str | None:
        pair = self.pair(first, last, is_range=False)
        return self.checked(f"[{pair[0]},{pair[1]}]") if pair else None

    def _from_to(self, first: str, last: str) -> str | None:
        pair = self.pair(first, last)
        return self.checked(f"{pair[0]}/{pair[1]}") if pair else None

    def _beyond(self, date: str, step: int) -> str | None:
        point = self.point(date)
        if point is None or point.mark:
            return None
        first, last = point.bounds()
        try:
            day = last + datetime.timedelta(1) if step > 0 else first - datetime.timedelta(1)
        except OverflowError:
            return None
        if point.is_plain and point.day is None:
            neighbour = Point(f"{day.year:04}", day.month if point.month else None)
        elif point.week:
            year, week, _day = day.isocalendar()
            neighbour = Point(f"{year:04}", week=week)
        else:
            neighbour = Point(f"{day.year:04}", day.month, day.day)
        return f"[{neighbour}..]" if step > 0 else f"[..{neighbour}]"

    def _year_and_number(self, text: str) -> str | None:
        """“2005/06”, “2012-33”: a month, two years, a municipal year (July to June), a week or a code of EDTF."""
        match = _YEAR_NUMBER.fullmatch(text)
        if not match:
            return None
        year, number = int(match[1]), int(match[3])
        is_iso = match[2] in "-."
        readings: dict[str, str] = {}
        if len(match[3]) == 2 and (not is_iso or number > 12):
            if number == (year + 1) % 100:
                readings["years"] = f"{year:04}/{year + 1:04}"
                readings["municipal"] = f"{year:04}-07/{year + 1:04}-06"
            elif number > year % 100 and year - year % 100 + number <= timezone.localdate().year:
                readings["years"] = f"{year:04}/{year - year % 100 + number:04}"
        if is_iso and number > 12:
            readings = {"week": f"{year:04}-W{number:02}", **readings}
            if 21 <= number <= 24:
                readings |= {
                    "north": f"{year:04}-{number + 4}",
                    "south": f"{year:04}-{number + 8}",
                    "unknown": f"{year:04}-{number}",
                }
            else:
                readings["code"] = f"{year:04}-{number}"
        if 1 <= number <= 12:
            readings["month"] = f"{year:04}-{number:02}"
        valid = {name: reading for name, reading in readings.items() if self.checked(reading)}
        self.is_impossible = not valid
        if not valid:
            return None
        self.is_doubtful = self.is_doubtful or "month" not in valid
        return valid[self.choose("number", list(valid))]

    def _century(self, text: str) -> str | None:
        """“1900-talet” is the century, or its first ten years."""
        match = _DECADE.fullmatch(text)
        if not match or not match[1].endswith("0"):
            return None
        century = match[1][:2]
        return (
            f"{century}0X"
            if self.choose("century", ["decade", "century"]) == "decade"
            else f"[{century}00..{century}99]"
        )

    # From–to

    def span(self, text: str) -> tuple[Point, Point] | None:
        for match in _SEPARATOR.finditer(text):
            if pair := self.pair(text[: match.start()], text[match.end() :]):
                return pair
        return None

    def pair(self, left: str, right: str, *, is_range: bool = True) -> tuple[Point, Point] | None:
        """Two dates; what only one of them says holds for both: “12” and “14 May 2014”, “2014-05-12” and “14”."""
        left, right = left.strip().rstrip("."), right.strip()
        if not left or not right:
            return None
        short, named = _SHORT_RIGHT.fullmatch(right), _WORD_AND_NUMBER.fullmatch(left)
        if short and named:
            # “May 12–14, 2014”, “v. 42–43 2015”
            right = f"{named[1]} {right}"
        last = self.point(right)
        if last is None:
            return self._completed_by_first(left, right)
        first = self.point(left) or self._completed_by_last(left, last, is_range=is_range)
        return (first, last) if first else None

    def _completed_by_last(self, left: str, last: Point, *, is_range: bool) -> Point | None:
        if last.is_decade:
            return None
        if left.isdecimal() and len(left) <= 2 and last.day:
            return self.valid(Point(last.year, last.month, int(left)))
        first = self.point(f"{left} {last.year}")
        if first and is_range and first.bounds()[0] > last.bounds()[1]:
            # “28 December – 3 January 2012” begins in the year before.
            return self.point(f"{left} {int(last.year) - 1:04}")
        return first

    def _completed_by_first(self, left: str, right: str) -> tuple[Point, Point] | None:
        first = self.point(left)
        if first is None or not first.is_plain or not re.fullmatch(r"\d{1,2}(?:-\d{1,2})?", right):
            return None
        own = [int(part) for part in right.split("-")]
        known = [part for part in (first.month, first.day) if part is not None]
        if len(own) > len(known):
            return None
        month, day = [*known[: len(known) - len(own)], *own, None][:2]
        last = self.valid(Point(first.year, month, day))
        return (first, last) if last else None

    # Points

    def valid(self, point: Point) -> Point | None:
        try:
            point.bounds()
        except InvalidPeriod:
            self.is_impossible = True
            return None
        return point

    def point(self, text: str, depth: int = 0) -> Point | None:
        if depth < 2:
            for kind, mark in (("uncertain", "?"), ("about", "~")):
                for phrase in _phrases(kind):
                    for (date,) in _inside(phrase, text):
                        if point := self.point(date.strip(), depth + 1):
                            return _marked(point, mark)
        for read in (*(self._calendar, self._numbers, self._week, self._season, self._part_of_year, self._decade),):
            if point := read(text):
                return self.valid(point)
        return None

    def _calendar(self, text: str) -> Point | None:
        if re.fullmatch(r"\d{4}", text):
            return Point(text)
        for pattern in (_DAY_MONTH_YEAR, _MONTH_DAY_YEAR, _MONTH_YEAR):
            match = pattern.fullmatch(text)
            month = _months().get(match["month"]) if match else None
            if match and month:
                day = match.groupdict().get("day")
                return Point(match["year"], month, int(day) if day else None)
        return None

    def _numbers(self, text: str) -> Point | None:
        if match := _YMD.fullmatch(text):
            year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
            return Point(year, int(month), int(day))
        if match := _DMY.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), match[4]
            # With full stops the day comes first in every country that writes so.
            is_open = match[2] != "." and first <= 12 and second <= 12 and first != second
            if is_open and self.choose("order", ["day", "month"]) == "month":
                first, second = second, first
            return Point(year, second, first)
        if match := _MY.fullmatch(text):
            if int(match[1]) <= 12:
                return Point(match[2], int(match[1]))
            self.is_doubtful = True
            return Point(match[2], week=int(match[1]))
        if (match := _YEAR_NUMBER.fullmatch(text)) and int(match[3]) <= 12 and match[2] == "-":
            return Point(match[1], int(match[3]))
        return None

    def _week(self, text: str) -> Point | None:
        match = _WEEK_YEAR.fullmatch(text) or _YEAR_WEEK.fullmatch(text)
        if not match:
            return None
        point = self.valid(Point(match["year"], week=int(match["week"])))
        if point is None:
            return None
        groups = match.groupdict()
        if groups.get("day"):
            day = point.bounds()[0] + datetime.timedelta(int(groups["day"]) - 1)
            return Point(f"{day.year:04}", day.month, day.day)
        if groups.get("days"):
            days = self.span(groups["days"]) or self.span(f"{groups['days']} {match['year']}")
            if not days or (days[0].bounds()[0], days[1].bounds()[1]) != point.bounds():
                return None
        return point

    def _season(self, text: str) -> Point | None:
        match = _SEASON.fullmatch(text)
        place, hemisphere = _seasons().get(match["word"], (None, "")) if match else (None, "")
        if not match or place is None:
            return None
        if match["whose"]:
            hemisphere = _HEMISPHERES.get(match["whose"], "")
            if not hemisphere:
                return None
        year = int(match["year"])
        following = int(match["next"]) if match["next"] else None
        if following is not None and following not in {year + 1, (year + 1) % 100}:
            return None
        if match["note"]:
            return self._noted_season(match["note"], place, year)
        if not hemisphere:
            # Only one of the two winters, or summers, lies in two years.
            two_years = {"north": place == 3, "south": place == 1}
            hemispheres = [name for name, crosses in two_years.items() if following is None or crosses]
            unknown = ["unknown"] if place in {0, 2} else []
            if not hemispheres:
                return None
            hemisphere = self.choose("hemisphere", [*hemispheres, *unknown]) if following is None else hemispheres[0]
        code = 21 + place + {"north": 4, "south": 8, "unknown": 0}[hemisphere]
        crosses = SEASONS[code][1] > 12
        if following is not None and not crosses:
            return None
        if crosses and following is None and self.choose("season year", ["first", "last"]) == "last":
            year -= 1
        return Point(f"{year:04}", code)

    def _noted_season(self, note: str, place: int, year: int) -> Point | None:
        """A season with its months, as it is printed where its hemisphere matters."""
        if note in _hemisphere_unknown():
            return Point(f"{year:04}", 21 + place)
        first, _dash, last = (part.strip() for part in note.replace("-", "–").partition("–"))
        months = _months().get(first), _months().get(last)
        for code in (25 + place, 29 + place):
            begin, end = SEASONS[code]
            if months == (begin, (end - 1) % 12 + 1):
                return Point(f"{year:04}", code)
        return None

    def _part_of_year(self, text: str) -> Point | None:
        for kind, code in (("first_half", 40), ("second_half", 41)):
            for phrase in _phrases(kind):
                for (year,) in _inside(phrase, text):
                    if re.fullmatch(r"\d{4}", year.strip()):
                        return Point(year.strip(), code)
        match = _QUARTER.fullmatch(text)
        quarter = int(match["number"] or _ORDINALS.get(match["word"], 0)) if match else 0
        return Point(match["year"], 32 + quarter) if match and quarter else None

    def _decade(self, text: str) -> Point | None:
        for phrase in _phrases("first_decade"):
            for (century,) in _inside(phrase, text):
                if re.fullmatch(r"\d\d00", century):
                    return Point(f"{century[:2]}0X")
        match = _DECADE.fullmatch(text)
        return Point(f"{match[1]}X") if match else None


def _marked(point: Point, mark: str) -> Point:
    marks = {point.mark, mark} - {""}
    return Point(point.year, point.month, point.day, point.week, mark if len(marks) == 1 else "%")


# Reading

_EDTF_CHARACTERS = re.compile(r"(?=.{0,60}\d)[\dXWTZYE:/.,~?%{}\[\]+-]{1,60}", re.ASCII)


def read_period(text: str) -> Reading[Period]:
    """Reads a date of any precision. Never raises, and never guesses: what can be read in two ways is asked about.

    A year far from our time is asked about.
    """
    if len(text) > LONGEST:
        return Reading(message=TOO_LONG)
    reading = _read(text)
    if reading.value is None:
        return reading
    question = doubt(reading.value)
    return Reading(message=question, candidates=(reading.value,), is_doubtful=True) if question else reading


def doubt(period: Period) -> str | Promise:
    """Why a period is asked about though it is clear; empty where it is likely."""
    first, last = period.bounds()
    begin, end = first or last, last or first
    if begin is None or end is None:
        return ""
    is_in_reach = begin.year >= FIRST_YEAR_IN_REACH and end.year <= timezone.localdate().year + YEARS_AHEAD_IN_REACH
    return "" if is_in_reach else _OUT_OF_REACH


@lru_cache(maxsize=4096)
def _read(text: str) -> Reading[Period]:
    written = normalize(text)
    words = written.casefold().strip("\"”“'")
    if not words or words in _not_documented():
        return Reading(Period())
    if words in UNKNOWN_WORDS:
        return Reading(message=_NOT_DOCUMENTED, candidates=(Period(),))
    exact = Period("".join(written.split()).upper())
    refusal: str | Promise = ""
    if not _YEAR_NUMBER.fullmatch(exact.text) or exact.text[5:] <= "12":
        try:
            exact.bounds()
        except InvalidPeriod as error:
            if isinstance(error, UnsupportedPeriod) and _EDTF_CHARACTERS.fullmatch(exact.text):
                refusal = error.message
        else:
            return Reading(exact)
    return _parse_all(words, refusal)


def _parse_all(words: str, refusal: str | Promise) -> Reading[Period]:
    periods: dict[str, None] = {}
    swapped: dict[str, None] = {}
    is_doubtful = is_impossible = False
    pending: list[dict[str, str]] = [{}]
    seen: list[dict[str, str]] = []
    while pending:
        parser = _Parser(pending.pop(0))
        text = parser.period(words)
        if text is not None:
            periods[text] = None
        if parser.swapped:
            swapped[parser.swapped] = None
        is_doubtful |= parser.is_doubtful
        is_impossible |= parser.is_impossible
        for question, answers in parser.questions.items():
            if question not in parser.answers:
                further = [{**parser.answers, question: answer} for answer in answers]
                pending += [answers for answers in further if answers not in seen]
                seen += further
                break
    readings = tuple(Period(text) for text in periods)
    if len(readings) == 1 and not is_doubtful:
        return Reading(readings[0])
    if readings:
        return Reading(message=SEVERAL_READINGS if len(readings) > 1 else LIKELY_READING, candidates=readings)
    candidates = tuple(Period(text) for text in swapped)
    if candidates:
        return Reading(message=_REVERSED, candidates=candidates)
    if refusal:
        return Reading(message=refusal)
    if is_impossible:
        return Reading(message=_NO_SUCH_DATE)
    has_numbers = any(character.isdecimal() for character in words)
    return Reading(message=_NO_YEAR if has_numbers and not re.search(r"\d{4}", words) else _NOT_UNDERSTOOD)

"""Dates of any precision as EDTF text (ISO 8601-2): which texts are valid, their bounds, and how readers see them.

``docs/model.md`` (“Periods”) lists the supported part of the standard. Beyond it a week is kept as ``2011-W47``
(ISO 8601-1), since EDTF has no weeks; ``Period.edtf`` is what leaves the site, with the seven days of the week.
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from django.utils.dates import MONTHS
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

_POINT = re.compile(
    r"(?P<year>\d{4}|\d{3}X)(?:-(?:W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?(?P<mark>[~?%]?)", re.ASCII
)
_SET = re.compile(r"\[(?P<first>[^\[\],.]{0,12})(?P<joint>,|\.\.)(?P<last>[^\[\],.]{0,12})\]")

#: The seasons, quarters and halves of a year by their codes, with first and last month; 13 and 14 are in the next
#: year. The seasons 21–24 say nothing of a hemisphere: they reach over the months of both.
SEASONS = {
    21: (3, 11),
    22: (6, 14),
    23: (3, 11),
    24: (6, 14),
    25: (3, 5),
    26: (6, 8),
    27: (9, 11),
    28: (12, 14),
    29: (9, 11),
    30: (12, 14),
    31: (3, 5),
    32: (6, 8),
}
#: Languages of one hemisphere: their own seasons are printed, and read, without months.
NORTHERN_LANGUAGES = {"sv"}
_MONTHS_OF = {**SEASONS, 33: (1, 3), 34: (4, 6), 35: (7, 9), 36: (10, 12), 40: (1, 6), 41: (7, 12)}

#: How periods are printed in each language, and therefore also read.
PHRASES: dict[str, Promise] = {
    "about": gettext_lazy("about %(date)s"),
    "uncertain": gettext_lazy("%(date)s (uncertain)"),
    "from_to": gettext_lazy("from %(first)s to %(last)s"),
    "from_unknown": gettext_lazy("from %(date)s, end not documented"),
    "from": gettext_lazy("from %(date)s"),
    "until": gettext_lazy("until %(date)s"),
    "either": gettext_lazy("%(first)s or %(last)s"),
    "within": gettext_lazy("some time in %(date)s"),
    "or_earlier": gettext_lazy("%(date)s or earlier"),
    "or_later": gettext_lazy("%(date)s or later"),
    "decade": gettext_lazy("the %(decade)ss"),
    "first_decade": gettext_lazy("the first decade of the %(century)ss"),
    "week": gettext_lazy("week %(week)s of %(year)s (%(days)s)"),
    "quarter": gettext_lazy("quarter %(quarter)s of %(year)s"),
    "first_half": gettext_lazy("first half of %(year)s"),
    "second_half": gettext_lazy("second half of %(year)s"),
    "season": gettext_lazy("%(season)s %(year)s (hemisphere not documented)"),
    "season_of": gettext_lazy("%(season)s %(year)s (%(months)s)"),
}

_UNSUPPORTED = (
    (
        re.compile(r"[{}]"),
        gettext_lazy("Several dates in braces cannot be kept. Write from–to, or one record for each."),
    ),
    (re.compile(r"T\d"), gettext_lazy("A time of day cannot be kept. Write the day only.")),
    (re.compile(r"-3[789]\b"), gettext_lazy("Thirds of a year cannot be kept. Write the months.")),
    (re.compile(r"X"), gettext_lazy("Only the last digit of a year can be left open: 201X. Write the rest in full.")),
    (
        re.compile(r"^\.\./"),
        gettext_lazy("Leave out the dots: /2014 is until 2014, with the beginning not documented."),
    ),
    (re.compile(r"^Y|^-|E\d"), gettext_lazy("Only years from 1 to 9999 can be kept.")),
    (re.compile(r"^\[.*[~?%X]"), gettext_lazy("Dates to choose from cannot be “about” or “uncertain”.")),
)
_NO_SUCH_DATE = gettext_lazy("There is no such day, month or week. Compare the numbers with a calendar.")
_NO_EDTF = gettext_lazy(
    "Write the date as EDTF: 2012, 2012-03, 2012-03-05 or 2012-W33, from–to 2009-11/2011, still going on 2019/.., or "
    "another form of docs/model.md."
)


class InvalidPeriod(ValueError):
    """No period that can be kept; the message names the cause and the way out, in the reader’s language."""

    def __init__(self, message: str | Promise):
        super().__init__(message)
        self.message = message


class UnsupportedPeriod(InvalidPeriod):
    """A text of EDTF that the record has no place for."""


class ReversedPeriod(InvalidPeriod):
    """A period that ends before it begins."""

    def __init__(self) -> None:
        super().__init__(gettext_lazy("The end lies before the beginning. Write the earlier date first."))


def _refusal(text: str) -> InvalidPeriod:
    causes = (UnsupportedPeriod(message) for pattern, message in _UNSUPPORTED if pattern.search(text))
    return next(causes, InvalidPeriod(_NO_EDTF))


def season_name(code: int) -> str:
    """The season of a code from 21 to 32, as it stands before a year."""
    names = (
        pgettext("season", "spring"),
        pgettext("season", "summer"),
        pgettext("season", "autumn"),
        pgettext("season", "winter"),
    )
    return names[(code - 21) % 4]


def _month_end(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True)
class Point:
    """One date in a period: a decade, year, part of a year, month, week or day, perhaps approximate or uncertain.

    ``month`` is also the EDTF code of a season, quarter or half.
    """

    year: str
    month: int | None = None
    day: int | None = None
    week: int | None = None
    mark: str = ""

    @classmethod
    def parse(cls, text: str) -> Point:
        match = _POINT.fullmatch(text)
        if not match or (match["year"].endswith("X") and (match["month"] or match["week"])):
            raise _refusal(text)
        month, day, week = (int(match[name]) if match[name] else None for name in ("month", "day", "week"))
        if month is not None and month > 12 and (month not in _MONTHS_OF or day is not None):
            raise _refusal(text) if month in {37, 38, 39} else InvalidPeriod(_NO_SUCH_DATE)
        return cls(match["year"], month, day, week, match["mark"])

    def __str__(self) -> str:
        if self.week:
            return f"{self.year}-W{self.week:02}{self.mark}"
        parts = [self.year, *(f"{part:02}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts) + self.mark

    @property
    def is_decade(self) -> bool:
        return self.year.endswith("X")

    @property
    def is_plain(self) -> bool:
        """A year, month or day of the calendar without any doubt: a date for every other standard too."""
        return not (self.mark or self.is_decade or self.week or (self.month or 1) > 12)

    @cached_property
    def _bounds(self) -> tuple[datetime.date, datetime.date]:
        if self.is_decade:
            return datetime.date(int(self.year[:3] + "0"), 1, 1), datetime.date(int(self.year[:3] + "9"), 12, 31)
        year = int(self.year)
        if self.week is not None:
            return datetime.date.fromisocalendar(year, self.week, 1), datetime.date.fromisocalendar(year, self.week, 7)
        if self.day is not None:
            day = datetime.date(year, self.month or 0, self.day)
            return day, day
        if self.month is None:
            return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        first, last = _MONTHS_OF.get(self.month, (self.month, self.month))
        return datetime.date(year, first, 1), _month_end(year + (last > 12), last - 12 if last > 12 else last)

    def bounds(self) -> tuple[datetime.date, datetime.date]:
        """The first and last day this date can mean. Raises InvalidPeriod where there is no such day."""
        try:
            return self._bounds
        except (ValueError, OverflowError) as error:
            raise InvalidPeriod(_NO_SUCH_DATE) from error

    def print(self, *, year: bool = True, month: bool = True) -> str:
        """The date in the active language, its year or month left out where the sentence has said it."""
        if not self.is_plain:
            return self._print_marked()
        parts = [str(self.day)] if self.day else []
        if self.month and month:
            parts.append(str(MONTHS[self.month]))
        if year:
            parts.append(self.year)
        return " ".join(parts)

    def _print_marked(self) -> str:
        if self.mark:
            printed = replace(self, mark="").print()
            if self.mark in {"~", "%"}:
                printed = str(PHRASES["about"]) % {"date": printed}
            return str(PHRASES["uncertain"]) % {"date": printed} if self.mark in {"?", "%"} else printed
        if self.is_decade:
            if self.year[2] == "0":
                return str(PHRASES["first_decade"]) % {"century": self.year[:2] + "00"}
            return str(PHRASES["decade"]) % {"decade": self.year[:3] + "0"}
        if self.week:
            return str(PHRASES["week"]) % {"week": self.week, "year": self.year, "days": self._print_days_of_week()}
        return self._print_part()

    def _print_days_of_week(self) -> str:
        first, last = (Point(f"{day.year:04}", day.month, day.day) for day in self.bounds())
        days = _range(first, last)
        return days.removesuffix(f" {self.year}") if first.year == last.year == self.year else days

    def _print_part(self) -> str:
        """A season, quarter or half of a year."""
        code = self.month or 0
        if code >= 40:
            return str(PHRASES["first_half" if code == 40 else "second_half"]) % {"year": self.year}
        if code >= 33:
            return str(PHRASES["quarter"]) % {"quarter": code - 32, "year": self.year}
        if code <= 24:
            return str(PHRASES["season"]) % {"season": season_name(code), "year": self.year}
        first, last = SEASONS[code]
        year = f"{self.year}/{(int(self.year) + 1) % 100:02}" if last > 12 else self.year
        months = f"{MONTHS[first]}–{MONTHS[(last - 1) % 12 + 1]}"
        if code <= 28 and get_language() in NORTHERN_LANGUAGES:
            return f"{season_name(code)} {year}"
        return str(PHRASES["season_of"]) % {"season": season_name(code), "year": year, "months": months}


@dataclass(frozen=True)
class Period:
    """A date or stretch of time as precisely as it is known, in EDTF (ISO 8601-2); empty when not documented.

    The forms the record uses: ``2012`` ``2012-03`` ``2012-03-05`` ``2012-W33`` (a week) ``2011-27`` (northern autumn)
    ``2012-40`` (first half) ``2012~`` (about) ``2012?`` ``201X`` ``[2005,2006]`` (one of the two) ``[2011..2013]``
    (some time in) ``[..2011]`` (2011 or earlier) ``2009-11/2011`` (from–to) ``2019/..`` (still going on) ``2011/``
    (end not documented) and ``/2014`` (beginning not documented).
    """

    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text

    @cached_property
    def ends(self) -> tuple[Point | None, Point | None]:
        """The points before and after the slash, or of a choice. Raises InvalidPeriod."""
        if self.is_choice:
            match = _SET.fullmatch(self.text)
            if not match:
                raise _refusal(self.text)
            first, last = match["first"], match["last"]
            points = Point.parse(first) if first else None, Point.parse(last) if last else None
            needs_both = match["joint"] == ","
            if (needs_both and None in points) or any(point and (point.mark or point.is_decade) for point in points):
                raise _refusal(self.text)
        else:
            start, _slash, end = self.text.partition("/")
            if start == "..":
                raise _refusal(self.text)
            points = Point.parse(start) if start else None, Point.parse(end) if end not in {"", ".."} else None
        if points == (None, None):
            raise _refusal(self.text)
        return points

    @property
    def is_interval(self) -> bool:
        return "/" in self.text

    @property
    def is_ongoing(self) -> bool:
        return self.text.endswith("/..")

    @property
    def is_choice(self) -> bool:
        return self.text.startswith("[")

    @property
    def is_either(self) -> bool:
        return self.is_choice and "," in self.text

    @property
    def points(self) -> list[Point]:
        return [point for point in self.ends if point] if self.text else []

    @property
    def has_days(self) -> bool:
        """Whether a source states its first and its last day."""
        is_whole = not self.is_choice and (len(self.points) == 2 or not self.is_interval)
        return bool(self.text) and is_whole and all(point.is_plain and point.day for point in self.points)

    @property
    def day(self) -> datetime.date | None:
        """The day, where the period is a single one."""
        return self.bounds()[0] if self.has_days and not self.is_interval else None

    @property
    def edtf(self) -> str:
        """The text for others: weeks as their seven days."""
        if "W" not in self.text:
            return self.text
        start, end = self.ends
        if self.is_either:
            return f"[{','.join(_days_in_set(point) for point in self.points)}]"
        first, last = _day(start, 0), _day(end, 1)
        if self.is_choice:
            return f"[{first}..{last}]"
        if self.is_interval:
            return f"{first}/{'..' if self.is_ongoing else last}"
        return f"{first}/{_day(start, 1)}"

    def iso_dates(self) -> tuple[str, str]:
        """Begin and end for standards that know years, months and days only (ISO 8601-1); empty where it is neither.

        No more precise than the period itself: bounds made for sorting are no facts.
        """
        if not self.text or self.is_choice:
            return "", ""
        start, end = self.ends
        if not self.is_interval:
            end = start
        first, last = (
            str(day) if day and _plain(point) else "" for point, day in ((start, _day(start, 0)), (end, _day(end, 1)))
        )
        return first, last

    def bounds(self) -> tuple[datetime.date | None, datetime.date | None]:
        """The first and last day that the text vouches for.

        The last is None while something is still going on, the first is None where the beginning is not
        documented. Where only the *end* is undocumented (``2011/``) the last day is that of the known start: a
        filter by year must not find what nobody has documented. Raises InvalidPeriod for what is no date.
        """
        if not self.text:
            return None, None
        start, end = self.ends
        if start and end and self.is_either:
            both = (*start.bounds(), *end.bounds())
            return min(both), max(both)
        first, last = start.bounds()[0] if start else None, end.bounds()[1] if end else None
        if start and not end and not self.is_ongoing and not self.is_choice:
            last = start.bounds()[1]
        if first and last and first > last:
            raise ReversedPeriod
        return first, last

    def print(self) -> str:
        """The period in the active language, as people write it: “21–27 November 2011”, “from 2019”."""
        return _printed(self, get_language())

    def _print(self) -> str:
        if not self.text:
            return _("not documented")
        try:
            self.bounds()
        except InvalidPeriod:
            # Kept by an earlier version of the site, which took more than it could print.
            return self.text
        start, end = self.ends
        if self.is_choice:
            return self._print_choice(start, end)
        if start and end:
            return _range(start, end)
        if end:
            return str(PHRASES["until"]) % {"date": end.print()}
        printed = start.print() if start else ""
        if not self.is_interval:
            return printed
        return str(PHRASES["from" if self.is_ongoing else "from_unknown"]) % {"date": printed}

    def _print_choice(self, first: Point | None, last: Point | None) -> str:
        if first and last:
            if self.is_either:
                return str(PHRASES["either"]) % {"first": first.print(), "last": last.print()}
            return str(PHRASES["within"]) % {"date": _range(first, last)}
        if last:
            return str(PHRASES["or_earlier"]) % {"date": last.print()}
        return str(PHRASES["or_later"]) % {"date": first.print() if first else ""}

    def print_years(self) -> str:
        """Only the years, for tiles and rows: “2009–2011”, “From 2011”; empty when not documented."""
        if not self.text:
            return ""
        start, end = self.ends
        crosses_years = any(_MONTHS_OF.get(point.month or 0, (0, 0))[1] > 12 for point in self.points)
        if self.is_choice or crosses_years or any(point.mark or point.is_decade for point in self.points):
            return self.print()
        if start and not end and self.is_interval:
            return _("From %(date)s") % {"date": start.year}
        if end and not start:
            return _("Until %(date)s") % {"date": end.year}
        return "–".join(dict.fromkeys(point.year for point in self.points))


def _plain(point: Point | None) -> bool:
    return bool(point and (point.is_plain or (point.week and not point.mark)))


def _day(point: Point | None, end: int) -> str:
    """A point as EDTF, or of a week its first (0) or last (1) day."""
    if point is None:
        return ""
    return f"{point.bounds()[end].isoformat()}{point.mark}" if point.week else str(point)


def _days_in_set(point: Point) -> str:
    return f"{_day(point, 0)}..{_day(point, 1)}" if point.week else str(point)


# Cached, since pages print the same few hundred periods again and again.
@lru_cache(maxsize=4096)
def _printed(period: Period, _language: str | None) -> str:
    return period._print()


def _range(start: Point, end: Point) -> str:
    """“21–27 November 2011”, “November 2009 – 2011”: what both ends share is said once, at the end."""
    if not (start.is_plain and end.is_plain):
        return str(PHRASES["from_to"]) % {"first": start.print(), "last": end.print()}
    shares_year = start.year == end.year and start.month is not None and end.month is not None
    shares_month = shares_year and start.month == end.month and start.day is not None and end.day is not None
    first = start.print(year=not shares_year, month=not shares_month)
    last = end.print()
    return f"{first}–{last}" if " " not in first and (shares_month or " " not in last) else f"{first} – {last}"

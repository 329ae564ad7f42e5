"""Dates of any precision: EDTF text (ISO 8601-2), its bounds, and how a reader sees it."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

_POINT = re.compile(r"(?P<year>\d{4}|\d{3}X)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?(?P<mark>[~?%]?)")
_SET = re.compile(r"\[(?P<first>[^,\].]+)(?P<between>,|\.\.)(?P<last>[^,\].]+)\]")
_ERROR = gettext_lazy(
    "Write a year (2012), a month (2012-03) or a day (2012-03-05). From–to: 2009-11/2011. Still going on: "
    "2019/.. End not documented: 2011/ One of two years: [2005,2006]. Autumn: 2011-23. About: 2012~"
)
_REVERSED = gettext_lazy("The end lies before the beginning. Write the earlier date first.")


class ReversedPeriod(ValueError):
    """A period that ends before it begins."""


# Cached, since the parser takes some 7 ms and the record repeats its dates.
@lru_cache(maxsize=4096)
def _days_of(text: str) -> tuple[datetime.date, datetime.date]:
    # Imported with the first date that is saved: it takes a sixth of the time in which the site starts.
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    try:
        parsed = parse_edtf(text)
        first, last = (datetime.date(*bound[:3]) for bound in (parsed.lower_strict(), parsed.upper_strict()))
    except (EDTFParseException, TypeError, AttributeError) as error:
        raise ValueError(text) from error
    return first, last


@dataclass(frozen=True)
class Point:
    """One date in a period: a decade, year, season, month or day, perhaps approximate or uncertain."""

    text: str
    year: str
    month: int | None
    day: int | None
    mark: str

    @classmethod
    def parse(cls, text: str) -> Point:
        match = _POINT.fullmatch(text)
        if not match:
            raise ValueError(text)
        month, day = match["month"], match["day"]
        return cls(text, match["year"], int(month) if month else None, int(day) if day else None, match["mark"])

    @property
    def season(self) -> str:
        names = {
            21: pgettext("season", "spring"),
            22: pgettext("season", "summer"),
            23: pgettext("season", "autumn"),
            24: pgettext("season", "winter"),
        }
        return names.get(self.month or 0, "")

    def bounds(self) -> tuple[datetime.date, datetime.date]:
        """The first and last day this date can mean.

        Raises ValueError where there is no such day. Winter (24) is taken to be within the year it names.
        """
        if self.year.isdigit() and not self.mark and (self.month or 1) <= 12:
            # Nearly every date is a plain one, and a large import has thousands: these need no parser.
            year, first, last = int(self.year), self.month or 1, self.month or 12
            start = datetime.date(year, first, self.day or 1)
            return start, datetime.date(year, last, self.day or calendar.monthrange(year, last)[1])
        return _days_of(self.text)

    def print(self, *, year: bool = True, month: bool = True) -> str:
        """The date in the active language, its year or month left out where the sentence has said it."""
        if self.year.endswith("X"):
            printed = _("the %(decade)ss") % {"decade": self.year[:3] + "0"}
        elif self.season:
            printed = f"{self.season} {self.year}" if year else self.season
        else:
            parts = []
            if self.day:
                parts.append(str(self.day))
            if self.month and month:
                parts.append(str(MONTHS[self.month]))
            if year:
                parts.append(self.year)
            printed = " ".join(parts)
        if self.mark in {"~", "%"}:
            printed = _("about %(date)s") % {"date": printed}
        if self.mark in {"?", "%"}:
            printed = _("%(date)s (uncertain)") % {"date": printed}
        return printed


@dataclass(frozen=True)
class Period:
    """A date or stretch of time as precisely as it is known, in EDTF (ISO 8601-2); empty when not documented.

    The forms the record uses: ``2012`` ``2012-03`` ``2012-03-05`` ``2011-23`` (autumn) ``2012~`` (about) ``2012?``
    ``201X`` ``[2005,2006]`` (one of the two) ``2009-11/2011`` (from–to) ``2019/..`` (still going on) ``2011/``
    (end not documented) and ``/2014`` (beginning not documented).
    """

    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text

    @cached_property
    def _ends(self) -> tuple[list[Point], list[Point]]:
        """The points before and after the slash; for a set, both alternatives come first."""
        if match := _SET.fullmatch(self.text):
            return [Point.parse(match["first"]), Point.parse(match["last"])], []
        start, _slash, end = self.text.partition("/")
        return (
            [Point.parse(start)] if start not in {"", ".."} else [],
            [Point.parse(end)] if end not in {"", ".."} else [],
        )

    @property
    def is_interval(self) -> bool:
        return "/" in self.text

    @property
    def is_ongoing(self) -> bool:
        return self.text.endswith("/..")

    @property
    def is_choice(self) -> bool:
        return self.text.startswith("[")

    def bounds(self) -> tuple[datetime.date | None, datetime.date | None]:
        """The first and last day that the text vouches for.

        The last is None while something is still going on, the first is None where the beginning is not
        documented. Where only the *end* is undocumented (``2011/``) the last day is that of the known start: a
        filter by year must not find what nobody has documented. Raises ValueError for what is no date.
        """
        if not self.text:
            return None, None
        start, end = self._ends
        if not start and not end:
            raise ValueError(self.text)
        first = min(point.bounds()[0] for point in start) if start else None
        if end:
            last = end[0].bounds()[1]
        elif self.is_ongoing:
            last = None
        else:
            last = max(point.bounds()[1] for point in start)
        if first and last and first > last:
            raise ReversedPeriod(self.text)
        return first, last

    def print(self) -> str:
        """The period in the active language, as people write it: “21–27 November 2011”, “from 2019”."""
        return _printed(self, get_language())

    def _print(self) -> str:
        if not self.text:
            return _("not documented")
        start, end = self._ends
        if self.is_choice:
            joined = {"first": start[0].print(), "last": start[1].print()}
            between = _("%(first)s or %(last)s") if "," in self.text else _("%(first)s to %(last)s")
            return between % joined
        if not self.is_interval:
            return start[0].print()
        if not end:
            if self.is_ongoing:
                return _("from %(date)s") % {"date": start[0].print()}
            return _("from %(date)s, end not documented") % {"date": start[0].print()}
        if not start:
            return _("until %(date)s") % {"date": end[0].print()}
        return _range(start[0], end[0])

    def print_years(self) -> str:
        """Only the years, for tiles and rows: “2009–2011”, “From 2011”; empty when not documented."""
        if not self.text:
            return ""
        start, end = self._ends
        if self.is_choice or any(point.mark or point.year.endswith("X") for point in (*start, *end)):
            return self.print()
        if not end and self.is_interval:
            return _("From %(date)s") % {"date": start[0].year}
        if not start:
            return _("Until %(date)s") % {"date": end[0].year}
        return "–".join(dict.fromkeys(point.year for point in (*start, *end)))


# Cached, since pages print the same few hundred periods again and again.
@lru_cache(maxsize=4096)
def _printed(period: Period, _language: str | None) -> str:
    return period._print()


def _range(start: Point, end: Point) -> str:
    """“21–27 November 2011”, “November 2009 – 2011”: what both ends share is said once, at the end."""
    plain = not (start.mark or end.mark)
    same_year = plain and start.year == end.year
    same_month = same_year and start.month == end.month and start.day is not None and end.day is not None
    first = start.print(year=not (same_year and start.month), month=not same_month)
    last = end.print()
    return f"{first}–{last}" if " " not in first and (same_month or " " not in last) else f"{first} – {last}"


if TYPE_CHECKING:
    _PeriodColumn = models.CharField[Period | str, Period]
else:
    _PeriodColumn = models.CharField


class PeriodField(_PeriodColumn):
    """Stores a Period as its EDTF text, and its first and last day in two date columns of the same model.

    ``earliest_field`` and ``latest_field`` name those columns, as ``width_field`` does for images. They are filled
    whenever the record is saved, so that lists can sort and filter in the database.
    """

    def __init__(self, *args, earliest_field: str = "", latest_field: str = "", **kwargs):
        self.earliest_field, self.latest_field = earliest_field, latest_field
        kwargs.setdefault("max_length", 60)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.earliest_field:
            kwargs["earliest_field"] = self.earliest_field
        if self.latest_field:
            kwargs["latest_field"] = self.latest_field
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection) -> Period:
        return Period(value or "")

    def to_python(self, value) -> Period:
        if isinstance(value, Period):
            return value
        period = Period("".join(str(value or "").split()))
        try:
            period.bounds()
        except ReversedPeriod as error:
            raise ValidationError(_REVERSED, code="period") from error
        except ValueError as error:
            raise ValidationError(_ERROR, code="period") from error
        return period

    def get_prep_value(self, value) -> str:
        return str(value or "")

    def value_to_string(self, obj) -> str:
        return str(self.value_from_object(obj))

    def validate(self, value, model_instance):
        super().validate(value.text, model_instance)

    def run_validators(self, value):
        super().run_validators(value.text)

    def pre_save(self, model_instance, add) -> Period:
        period = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, period)
        earliest, latest = period.bounds()
        if self.earliest_field:
            setattr(model_instance, self.earliest_field, earliest)
        if self.latest_field:
            setattr(model_instance, self.latest_field, latest)
        return period


class Dated(models.Model):
    """Something that happened at a time known more or less precisely."""

    period = PeriodField(
        gettext_lazy("period"),
        earliest_field="earliest",
        latest_field="latest",
        help_text=gettext_lazy(
            "A year, month or day: 2012, 2012-03 or 2012-03-05. From–to with a slash: 2011-11-21/2011-11-27. Still "
            "going on: 2019/.. End not documented: 2011/ Leave empty if not documented."
        ),
    )
    earliest = models.DateField(gettext_lazy("earliest day"), null=True, editable=False)
    latest = models.DateField(gettext_lazy("latest day"), null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def years(self) -> range:
        """The calendar years in which it is documented; what goes on still is counted until today."""
        first, last = self.earliest or self.latest, self.latest
        if first is None:
            return range(0)
        if last is None:
            last = max(timezone.localdate(), first)
        return range(first.year, last.year + 1)


class DatedQuerySet(models.QuerySet):
    """Questions about time. Records without a date are in no year."""

    def dated(self):
        return self.filter(models.Q(earliest__isnull=False) | models.Q(latest__isnull=False))

    def undated(self):
        return self.filter(earliest__isnull=True, latest__isnull=True)

    def between(self, first_year: int | None, last_year: int | None):
        """Those documented at some time from 1 January of the first to 31 December of the last year."""
        found = self.dated() if first_year or last_year else self.all()
        if first_year:
            start = datetime.date(first_year, 1, 1)
            found = found.filter(models.Q(latest__isnull=True) | models.Q(latest__gte=start))
        if last_year:
            end = datetime.date(last_year, 12, 31)
            found = found.filter(models.Q(earliest__isnull=True) | models.Q(earliest__lte=end))
        return found

"""Periods in the database: their column, the records that have one, and questions about time."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .edtf import InvalidPeriod, Period, Point, ReversedPeriod
from .forms import PeriodFormField, PeriodInput

__all__ = ["Dated", "DatedQuerySet", "InvalidPeriod", "Period", "PeriodField", "Point", "ReversedPeriod"]

if TYPE_CHECKING:
    _PeriodColumn = models.CharField[Period | str, Period]
else:
    _PeriodColumn = models.CharField


class PeriodField(_PeriodColumn):
    """Stores a Period as its EDTF text, and its first and last day in two date columns of the same model.

    What is not a Period yet must be EDTF: people’s spellings are read by its form field (``fields.forms``).

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

    def formfield(self, **kwargs):
        # The admin would make it a plain text input, as for every column of text.
        return super().formfield(**{**kwargs, "form_class": PeriodFormField, "widget": PeriodInput})

    def from_db_value(self, value, expression, connection) -> Period:
        return Period(value or "")

    def to_python(self, value) -> Period:
        if isinstance(value, Period):
            return value
        period = Period("".join(str(value or "").split()))
        try:
            period.bounds()
        except InvalidPeriod as error:
            raise ValidationError(str(error.message), code="period") from error
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
            "As the source says it: 12 May 2014, week 42 2010, spring 2012, 2011–2013, about 2012, from 2019. Leave "
            "empty if not documented."
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
        records = self.dated() if first_year or last_year else self.all()
        if first_year:
            start = datetime.date(first_year, 1, 1)
            records = records.filter(models.Q(latest__isnull=True) | models.Q(latest__gte=start))
        if last_year:
            end = datetime.date(last_year, 12, 31)
            records = records.filter(models.Q(earliest__isnull=True) | models.Q(earliest__lte=end))
        return records

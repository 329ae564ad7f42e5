"""What holds for every period there can be, and for every text that anybody may type."""

from __future__ import annotations

import pytest
from django.conf import settings as site
from django.utils import translation
from edtf import parse_edtf
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from partnership.fields.edtf import Period
from partnership.fields.reading_periods import read_period

from .strategies import PERIODS

LANGUAGES = [language for language, _name in site.LANGUAGES]
PROPERTY = settings(deadline=None, database=None, max_examples=300)


@pytest.mark.parametrize("reading_language", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
@PROPERTY
@given(period=PERIODS)
def test_what_the_site_prints_can_be_typed_back_whatever_the_language(period, language, reading_language):
    with translation.override(language):
        printed = period.print()

    with translation.override(reading_language):
        reading = read_period(printed)

    # A year far from ours is asked about, with the same reading.
    assert [reading.value] == [period] or reading.candidates == (period,), printed


def _is_beyond_the_parser(period: Period) -> bool:
    """Texts of ISO 8601-2 that the reference parser does not know: it wants parts of years and decades alone."""
    parts = [point for point in period.points if (point.month or 1) > 12]
    decades = [point for point in period.points if point.is_decade]
    is_alone = period.text in {str(point) for point in period.points}
    precisions = {len(str(point)) for point in period.points if not point.week}
    return bool(
        ((parts or decades) and not is_alone)
        or any(point.mark for point in parts)
        or (period.is_choice and not period.is_either and len(precisions) > 1)
        or (period.is_choice and any(point.week for point in period.points) and len(period.points) > 1)
    )


# The reference parser is slow.
@settings(PROPERTY, max_examples=60)
@given(period=PERIODS)
@example(period=Period("2011-W47"))
@example(period=Period("2011-W47~/.."))
@example(period=Period("[2012-05,2012-07]"))
def test_what_leaves_the_site_is_edtf(period):
    assume(not _is_beyond_the_parser(period))

    assert str(parse_edtf(period.edtf)).replace(" ", "") == period.edtf


@PROPERTY
@given(period=PERIODS.filter(lambda period: not period.is_either))
def test_what_leaves_the_site_has_the_same_days(period):
    if period.text.endswith("/"):
        # Only the beginning is known, of a week its first day.
        assert Period(period.edtf).bounds()[0] == period.bounds()[0]
    else:
        assert Period(period.edtf).bounds() == period.bounds()


@PROPERTY
@given(period=PERIODS)
def test_the_first_day_never_lies_after_the_last(period):
    first, last = period.bounds()

    assert first is None or last is None or first <= last


@PROPERTY
@given(text=st.one_of(st.text(max_size=250), st.text("0123456789-–/.,[]~?%X W", max_size=40)))
@example("9" * 100_000)
@example("-" * 200)
@example("from " * 40)
@example("mellan och " * 18)
@example("9999-12-31/9999-W53")
@example("after 9999")
@example("before 0001")
@example("vintern 9999")
@example("ﷺ" * 199)
def test_any_text_is_read_asked_about_or_refused_by_name(text):
    reading = read_period(text)

    if reading.value is None:
        assert 0 < str(reading.message).count(". ") + 1 <= 3
    for period in (*reading.candidates, *([reading.value] if reading.value else [])):
        period.bounds()
        assert period.print()

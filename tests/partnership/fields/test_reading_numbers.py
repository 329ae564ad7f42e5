"""Counts and sums as people in both countries type them: read, asked about, or refused by name."""

from __future__ import annotations

import pytest
from django.conf import settings as site
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from partnership.fields.numbers import NumberRange
from partnership.fields.reading_numbers import read_number

from .test_period_properties import PROPERTY

READ = [
    ("8", NumberRange(8, 8)),
    ("1,200,000", NumberRange(1_200_000, 1_200_000)),
    ("1.200.000", NumberRange(1_200_000, 1_200_000)),
    ("1.200.000,00", NumberRange(1_200_000, 1_200_000)),
    ("R 650 000", NumberRange(650_000, 650_000, "ZAR")),
    ("R1 200 000,00", NumberRange(1_200_000, 1_200_000, "ZAR")),
    ("650 000 kr", NumberRange(650_000, 650_000, "SEK")),
    ("650 000:-", NumberRange(650_000, 650_000, "SEK")),
    ("650 tkr", NumberRange(650_000, 650_000, "SEK")),
    ("1,2 mkr", NumberRange(1_200_000, 1_200_000, "SEK")),
    ("€ 5 000", NumberRange(5_000, 5_000, "EUR")),
    ("SEK 442,982", NumberRange(442_982, 442_982, "SEK")),
    ("650’000", NumberRange(650_000, 650_000)),
    ("650\u202f000", NumberRange(650_000, 650_000)),
    ("1200,0", NumberRange(1_200, 1_200)),
    ("９", NumberRange(9, 9)),
    ("sju", NumberRange(7, 7)),
    ("8 delegater", NumberRange(8, 8)),
    ("6–8", NumberRange(6, 8)),
    ("600-650", NumberRange(600, 650)),
    ("600 till 650", NumberRange(600, 650)),
    ("mellan 6 och 8", NumberRange(6, 8)),
    ("5 or 6", NumberRange(5, 6)),
    ("6-8 personer", NumberRange(6, 8)),
    ("1–2 miljoner", NumberRange(1_000_000, 2_000_000)),
    ("about 600–650", NumberRange(600, 650)),
    ("", NumberRange()),
]


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize(("text", "numbers"), READ)
def test_numbers_are_read_as_people_write_them_in_either_language(text, numbers, language):
    with translation.override(language):
        assert read_number(text).value == numbers


@pytest.mark.parametrize(
    ("text", "message", "readings"),
    [
        ("650,000", "This can be read in more than one way.", ["650,000", "650"]),
        ("650.000", "This can be read in more than one way.", ["650,000", "650"]),
        ("12,000", "This can be read in more than one way.", ["12,000", "12"]),
        ("12.000 kr", "This can be read in more than one way.", ["SEK 12,000", "SEK 12"]),
        ("12,000–15,000", "This can be read in more than one way.", ["12,000–15,000", "12–15"]),
        ("ca 15", "“About” cannot be kept with a number.", ["15"]),
        ("8–6", "The second number is smaller than the first.", ["6–8"]),
        ("okänt", "Is the number not documented?", [""]),
    ],
)
def test_what_can_be_meant_otherwise_is_asked_about(text, message, readings):
    reading = read_number(text)

    assert reading.value is None
    assert str(reading.message).startswith(message)
    assert [numbers.print() for numbers in reading.candidates] == readings


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("foo", "This is not understood as a number."),
        ("7.5", "Only whole numbers can be kept."),
        ("-5", "A count or sum cannot be below zero."),
        ("minst 600", "One end is open here."),
        ("1,2,3", "This is not understood as a number."),
        ("3 kr – 4 R", "This is not understood as a number."),
        ("9" * 500, "This is too long to be a single value."),
    ],
)
def test_what_is_no_number_is_refused_by_name(text, cause):
    reading = read_number(text)

    assert (reading.value, reading.candidates) == (None, ())
    assert str(reading.message).startswith(cause)


@pytest.mark.parametrize("language", [language for language, _name in site.LANGUAGES])
@PROPERTY
@given(ends=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(sorted), currency=st.sampled_from(["", "ZAR"]))
def test_what_the_site_prints_can_be_typed_back(ends, currency, language):
    numbers = NumberRange(*ends, currency)
    with translation.override(language):
        reading = read_number(numbers.print())

    # “650,000” is asked about, since Swedes write 650 so.
    assert numbers in {reading.value, *reading.candidates}


@PROPERTY
@given(text=st.one_of(st.text(max_size=250), st.text("0123456789 .,'’-–kr", max_size=40)))
@example("1 " * 100)
@example("9" * 100_000)
@example("mellan och " * 18)
def test_any_text_is_read_asked_about_or_refused_by_name(text):
    reading = read_number(text)

    if reading.value is None:
        assert 0 < str(reading.message).count(". ") + 1 <= 3
    for numbers in (*reading.candidates, *([reading.value] if reading.value else [])):
        assert (numbers.low or 0) <= (numbers.high or 0)

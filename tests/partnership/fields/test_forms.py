"""Dates and numbers in the forms of staff: read, said back, asked about, and picked."""

from __future__ import annotations

import pytest
from django import forms
from django.http import QueryDict
from django.utils import translation

from partnership.fields.edtf import Period
from partnership.fields.forms import NumberFormField, NumberRangeFormField, PeriodFormField
from partnership.fields.numbers import NumberRange


class DateForm(forms.Form):
    period = PeriodFormField(required=False)


class CountForm(forms.Form):
    delegates = NumberRangeFormField(required=False, max_value=32767)
    number = NumberFormField(required=False)


def send(form: type[forms.Form], query: str, **values):
    return form(QueryDict(query), **values)


def test_what_was_understood_is_said_back_below_the_field():
    with translation.override("sv"):
        html = send(DateForm, "period=v%C3%A5ren 2012").as_div()

    assert "läses som:" in html
    assert "<strong>våren 2012</strong>" in html
    assert "1 mars 2012 till 31 maj 2012" in html


def test_a_stored_date_is_edited_in_words_and_stays_the_same():
    form = send(DateForm, "period=21–27 November 2011", initial={"period": Period("2011-11-21/2011-11-27")})

    assert 'value="21–27 November 2011"' in DateForm(initial=form.initial).as_div()
    assert form.is_valid()
    assert not form.has_changed()


@pytest.mark.parametrize("typed", ["21–28 November 2011", "", "some time"])
def test_another_date_is_a_change(typed):
    form = send(DateForm, f"period={typed}", initial={"period": Period("2011-11-21/2011-11-27")})

    assert form.has_changed()


def test_two_readings_are_offered_and_what_was_typed_stays():
    form = send(DateForm, "period=05/03/2012")
    html = form.as_div()

    assert form.errors == {"period": ["This can be read in more than one way. Choose what is meant."]}
    assert 'value="05/03/2012"' in html
    assert '<input type="radio" name="period_reading" value="=2012-03-05"> 5 March 2012' in html
    assert '<input type="radio" name="period_reading" value="=2012-05-03"> 3 May 2012' in html


def test_a_chosen_reading_is_taken():
    form = send(DateForm, "period=05/03/2012&period_reading==2012-05-03")

    assert form.is_valid()
    assert form.cleaned_data == {"period": Period("2012-05-03")}


def test_a_reading_of_another_text_is_not_taken():
    form = send(DateForm, "period=05/04/2012&period_reading==2012-05-03")

    assert not form.is_valid()


def test_an_unknown_date_can_be_said_not_to_be_documented():
    unanswered, answered = send(DateForm, "period=?"), send(DateForm, "period=?&period_reading==")

    assert not unanswered.is_valid()
    assert answered.is_valid()
    assert answered.cleaned_data == {"period": Period()}


@pytest.mark.parametrize(
    ("picked", "edtf"),
    [
        ("pick=day&period_day=05&period_month=03&period_year=2012", "2012-03-05"),
        ("pick=month&period_month=03&period_year=2012", "2012-03"),
        ("pick=month&period_day=05&period_month=03&period_year=2012", "2012-03"),
        ("pick=year&period_year=2012", "2012"),
        ("pick=week&period_week=7&period_year=2012", "2012-W07"),
        ("pick=season&period_season=29&period_year=2012", "2012-29"),
        ("pick=about&period_year=2012", "2012~"),
        ("pick=between&period_year=2011&period_year2=2013", "[2011..2013]"),
        (
            "pick=range&period_day=12&period_month=05&period_year=2014"
            "&period_day2=14&period_month2=05&period_year2=2014",
            "2014-05-12/2014-05-14",
        ),
        ("pick=none", ""),
    ],
)
def test_a_date_can_be_picked_instead(picked, edtf):
    form = send(DateForm, f"period=&period_{picked}")

    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"period": Period(edtf)}


@pytest.mark.parametrize(
    ("picked", "message"),
    [
        ("pick=day&period_day=05", "Fill in all that belongs to your choice"),
        ("pick=day&period_day=31&period_month=02&period_year=2012", "There is no such day"),
        ("pick=range&period_year=2013&period_year2=2012", "The end lies before the beginning"),
    ],
)
def test_half_a_choice_is_named(picked, message):
    form = send(DateForm, f"period=&period_{picked}")

    assert form.errors["period"][0].startswith(message)
    assert '<details class="picker" open>' in form.as_div()


def test_a_text_and_another_choice_are_asked_about():
    form = send(DateForm, "period=May 2014&period_pick=year&period_year=2014")

    assert form.errors == {"period": ["The text and the choice beside it say different things. Which holds?"]}
    assert [key for key in ("=2014-05", "=2014") if f'value="{key}"' in form.as_div()] == ["=2014-05", "=2014"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("7", NumberRange(7, 7)),
        ("6–8", NumberRange(6, 8)),
        ("", NumberRange()),
    ],
)
def test_a_count_may_be_a_range(text, numbers):
    form = send(CountForm, f"delegates={text}")

    assert form.is_valid()
    assert form.cleaned_data["delegates"] == numbers


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("delegates=40000", {"delegates": ["Ensure this value is less than or equal to 32767."]}),
        ("delegates=600 kr", {"delegates": ["This is a number of things, and no sum of money."]}),
        ("number=6-8", {"number": ["Only a single number can stand here."]}),
        ("number=12,000", {"number": ["This can be read in more than one way. Choose what is meant."]}),
    ],
)
def test_a_number_that_cannot_stand_here_is_named(query, errors):
    assert send(CountForm, query).errors == errors


def test_a_chosen_number_is_taken():
    form = send(CountForm, "number=12,000&number_reading==12000-12000")

    assert form.is_valid()
    assert form.cleaned_data["number"] == 12_000

"""Dates as people in both countries type them: read, asked about, or refused by name."""

from __future__ import annotations

import pytest
from django.utils import translation

from partnership.fields.edtf import Period
from partnership.fields.reading_periods import read_period

READ = [
    # Days
    ("12 maj 2014", "2014-05-12"),
    ("den 12 maj 2014", "2014-05-12"),
    ("12 May 2014", "2014-05-12"),
    ("12th of May, 2014", "2014-05-12"),
    ("May 12, 2014", "2014-05-12"),
    ("14/5 2014", "2014-05-14"),
    ("14.5.2014", "2014-05-14"),
    ("5.3.2012", "2012-03-05"),
    ("05/05/2012", "2012-05-05"),
    ("2012-1-5", "2012-01-05"),
    ("2012/03/05", "2012-03-05"),
    ("20120305", "2012-03-05"),
    ("2012-W33-3", "2012-08-15"),
    # From–to
    ("2014-05-12/14", "2014-05-12/2014-05-14"),
    ("2014-05-12/06-02", "2014-05-12/2014-06-02"),
    ("12-14 maj 2014", "2014-05-12/2014-05-14"),
    ("May 12–14, 2014", "2014-05-12/2014-05-14"),
    ("16–20 november 2026", "2026-11-16/2026-11-20"),
    ("28 april – 3 maj 2012", "2012-04-28/2012-05-03"),
    ("28 dec – 3 jan 2012", "2011-12-28/2012-01-03"),
    ("2016-2-8 - 2016-2-12", "2016-02-08/2016-02-12"),
    ("2011–2013", "2011/2013"),
    ("2011-2013", "2011/2013"),
    ("2005/2006", "2005/2006"),
    ("från 2011 till 2013", "2011/2013"),
    ("maj–juni 2012", "2012-05/2012-06"),
    # Months and years
    ("maj 2014", "2014-05"),
    ("mars 2012", "2012-03"),
    ("Sept. 2012", "2012-09"),
    ("03/2012", "2012-03"),
    ("2012/03", "2012-03"),
    ("2012", "2012"),
    ("2010-talet", "201X"),
    ("the 2010s", "201X"),
    # Weeks
    ("v. 33 2012", "2012-W33"),
    ("v 47 2026", "2026-W47"),
    ("v.33 2012", "2012-W33"),
    ("vecka 33 2012", "2012-W33"),
    ("week 33, 2012", "2012-W33"),
    ("2012 v. 33", "2012-W33"),
    ("2012-W33", "2012-W33"),
    ("v. 42–43 2015", "2015-W42/2015-W43"),
    # Seasons of the speaker, terms, quarters
    ("våren 2012", "2012-25"),
    ("hösten 2011", "2011-27"),
    ("Vintern 2017/18", "2017-28"),
    ("vintern 2017–2018", "2017-28"),
    ("winter 2017/18", "2017-28"),
    ("summer 2012/13", "2012-30"),
    ("South African spring 2012", "2012-29"),
    ("hösten 2011–våren 2012", "2011-27/2012-25"),
    ("VT 2012", "2012-40"),
    ("HT 2012", "2012-41"),
    ("vårterminen 2012", "2012-40"),
    ("Q3 2014", "2014-35"),
    ("tredje kvartalet 2014", "2014-35"),
    # What is not known exactly
    ("ca 2012", "2012~"),
    ("about 2012", "2012~"),
    ("omkring 2012", "2012~"),
    ("circa 2011–2013", "2011~/2013~"),
    ("2012?", "2012?"),
    ("kanske maj 2012", "2012-05?"),
    ("mellan 2011 och 2013", "[2011..2013]"),
    ("between May and June 2012", "[2012-05..2012-06]"),
    ("[2011..2013]", "[2011..2013]"),
    ("någon gång 2011–2013", "[2011..2013]"),
    ("2005 eller 2006", "[2005,2006]"),
    ("före 2012", "[..2011]"),
    ("after 12 May 2014", "[2014-05-13..]"),
    ("before week 1, 2013", "[..2012-W52]"),
    ("sedan 2012", "2012/.."),
    ("from 2012", "2012/.."),
    ("till 2012", "/2012"),
    ("–2012", "/2012"),
    ("not documented", ""),
    ("inte dokumenterat", ""),
    ("", ""),
    # As keyboards and word processors write them
    ("２０１２", "2012"),
    ("2012\u201103", "2012-03"),
    ("12\u00a0maj\u00a02014", "2014-05-12"),
    ("2012\u200b-\u00ad03", "2012-03"),
    (" 2012 ", "2012"),
    ("2011—2013", "2011/2013"),
]


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize(("text", "edtf"), READ)
def test_dates_are_read_as_people_write_them_in_either_language(text, edtf, language):
    with translation.override(language):
        assert read_period(text).value == Period(edtf)


ASKED = [
    ("2012-33", ["week 33 of 2012 (13–19 August)", "quarter 1 of 2012"]),
    ("2012-45", ["week 45 of 2012 (5–11 November)"]),
    (
        "2012-23",
        [
            "week 23 of 2012 (4–10 June)",
            "2012–2023",
            "autumn 2012 (September–November)",
            "autumn 2012 (March–May)",
            "autumn 2012 (hemisphere not documented)",
        ],
    ),
    ("33/2012", ["week 33 of 2012 (13–19 August)"]),
    ("2005/06", ["2005–2006", "July 2005 – June 2006", "June 2005"]),
    ("2011/12", ["2011–2012", "July 2011 – June 2012", "December 2011"]),
    ("2012/13", ["2012–2013", "July 2012 – June 2013"]),
    ("05/03/2012", ["5 March 2012", "3 May 2012"]),
    ("5/3 2012", ["5 March 2012", "3 May 2012"]),
    ("3/9 - 9/9 2012", ["3–9 September 2012", "9 March – 9 September 2012"]),
    (
        "autumn 2011",
        [
            "autumn 2011 (September–November)",
            "autumn 2011 (March–May)",
            "autumn 2011 (hemisphere not documented)",
        ],
    ),
    ("vintern 2012", ["winter 2012/13 (December–February)", "winter 2011/12 (December–February)"]),
    ("1900-talet", ["the first decade of the 1900s", "some time in 1900–1999"]),
    ("2012–", ["from 2012", "from 2012, end not documented"]),
    ("2013/2012", ["2012–2013"]),
    ("14 maj 2014 – 12 maj 2014", ["12–14 May 2014"]),
    ("2206", ["2206"]),
    ("1015", ["1015"]),
    ("okänt", ["not documented"]),
    ("?", ["not documented"]),
]


@pytest.mark.parametrize(("text", "readings"), ASKED)
def test_what_can_be_meant_otherwise_is_asked_about(text, readings):
    reading = read_period(text)

    assert reading.value is None
    assert [period.print() for period in reading.candidates] == readings


@pytest.mark.parametrize("text", ["1066", "2206", "1066–2012", "2012–2206", "since 1066", "until 2206"])
def test_a_year_far_from_ours_is_asked_about_where_a_period_begins_and_where_it_ends(text):
    reading = read_period(text)

    assert str(reading.message) == "The year is far from our time. Is it right?"
    assert len(reading.candidates) == 1


REFUSED = [
    ("foo", "This is not understood as a date."),
    ("14/5", "The year is missing or too short."),
    ("14 maj -14", "The year is missing or too short."),
    ("30 februari 2012", "There is no such day, month or week."),
    ("v. 53 2012", "There is no such day, month or week."),
    ("2012-00", "There is no such day, month or week."),
    ("156X-12-25", "Only the last digit of a year can be left open"),
    ("2012-03-05T10:00", "A time of day cannot be kept."),
    ("../2014", "Leave out the dots"),
    ("x" * 500, "This is too long to be a single value."),
]


@pytest.mark.parametrize(("text", "cause"), REFUSED)
def test_what_is_no_date_is_refused_by_name(text, cause):
    reading = read_period(text)

    assert (reading.value, reading.candidates) == (None, ())
    assert str(reading.message).startswith(cause)

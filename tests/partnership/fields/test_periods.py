"""Dates of any precision: stored as written, sortable, printed in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from partnership.fields.periods import Period, PeriodField
from partnership.models import Milestone, Partner, PartnerName, Source, Statement, Succession
from projects.models import Project
from tests.factories import make_project, make_visit
from visits.models import Visit

PRINTED = [
    ("", "not documented", "inte dokumenterat"),
    ("1863", "1863", "1863"),
    ("2012", "2012", "2012"),
    ("2012-03", "March 2012", "mars 2012"),
    ("2012-03-05", "5 March 2012", "5 mars 2012"),
    ("2011-11-21/2011-11-27", "21–27 November 2011", "21–27 november 2011"),
    ("2012-04-28/2012-05-03", "28 April – 3 May 2012", "28 april – 3 maj 2012"),
    ("2011-12-28/2012-01-03", "28 December 2011 – 3 January 2012", "28 december 2011 – 3 januari 2012"),
    ("2009-11/2011", "November 2009 – 2011", "november 2009 – 2011"),
    ("2009/2010", "2009–2010", "2009–2010"),
    ("2016-08/2017-06", "August 2016 – June 2017", "augusti 2016 – juni 2017"),
    ("2019/..", "from 2019", "från 2019"),
    ("2011/", "from 2011, end not documented", "från 2011, slut inte dokumenterat"),
    ("/2007-02", "until February 2007", "till februari 2007"),
    ("[2005,2006]", "2005 or 2006", "2005 eller 2006"),
    ("2011-27", "autumn 2011 (September–November)", "hösten 2011"),
    ("2011-31", "autumn 2011 (March–May)", "hösten 2011 (mars–maj)"),
    ("2011-23", "autumn 2011 (hemisphere not documented)", "hösten 2011 (halvklot inte dokumenterat)"),
    ("2017-28", "winter 2017/18 (December–February)", "vintern 2017/18"),
    ("1999-30", "summer 1999/00 (December–February)", "sommaren 1999/00 (december–februari)"),
    ("2011-W47", "week 47 of 2011 (21–27 November)", "vecka 47 2011 (21–27 november)"),
    (
        "2013-W01",
        "week 1 of 2013 (31 December 2012 – 6 January 2013)",
        "vecka 1 2013 (31 december 2012 – 6 januari 2013)",
    ),
    ("2012-40", "first half of 2012", "första halvåret 2012"),
    ("2012-41", "second half of 2012", "andra halvåret 2012"),
    ("2012-35", "quarter 3 of 2012", "kvartal 3 2012"),
    ("[2011..2013]", "some time in 2011–2013", "någon gång 2011–2013"),
    ("[..2011]", "2011 or earlier", "2011 eller tidigare"),
    ("[2013-05..]", "May 2013 or later", "maj 2013 eller senare"),
    ("2011~/2013", "from about 2011 to 2013", "från omkring 2011 till 2013"),
    (
        "2011-27/2012-25",
        "from autumn 2011 (September–November) to spring 2012 (March–May)",
        "från hösten 2011 till våren 2012",
    ),
    ("2012-03/2012", "March 2012 – 2012", "mars 2012 – 2012"),
    ("2012~", "about 2012", "omkring 2012"),
    ("2005?/..", "from 2005 (uncertain)", "från 2005 (osäkert)"),
    ("201X", "the 2010s", "2010-talet"),
    # “2000-talet” is the century to most Swedes.
    ("200X", "the first decade of the 2000s", "2000-talets första årtionde"),
]


@pytest.mark.parametrize(("text", "english", "swedish"), PRINTED)
def test_a_period_is_printed_as_people_write_it(text, english, swedish):
    with translation.override("en"):
        assert Period(text).print() == english
    with translation.override("sv"):
        assert Period(text).print() == swedish


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", None, None),
        ("2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2011-11-21/2011-11-27", date(2011, 11, 21), date(2011, 11, 27)),
        ("2009-11/2011", date(2009, 11, 1), date(2011, 12, 31)),
        ("2019/..", date(2019, 1, 1), None),
        # The end is not documented: nothing later than the known start is vouched for.
        ("2011/", date(2011, 1, 1), date(2011, 12, 31)),
        ("/2007-02", None, date(2007, 2, 28)),
        ("[2005,2006]", date(2005, 1, 1), date(2006, 12, 31)),
        # Autumn of either hemisphere.
        ("2011-23", date(2011, 3, 1), date(2011, 11, 30)),
        ("2011-27", date(2011, 9, 1), date(2011, 11, 30)),
        ("2011-31", date(2011, 3, 1), date(2011, 5, 31)),
        ("2017-28", date(2017, 12, 1), date(2018, 2, 28)),
        ("2011-W47", date(2011, 11, 21), date(2011, 11, 27)),
        ("2012-W01/2012-W02", date(2012, 1, 2), date(2012, 1, 15)),
        ("2012-40", date(2012, 1, 1), date(2012, 6, 30)),
        ("[..2011]", None, date(2011, 12, 31)),
        ("[2013..]", date(2013, 1, 1), None),
        ("[2006,2005]", date(2005, 1, 1), date(2006, 12, 31)),
        ("2012~", date(2012, 1, 1), date(2012, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_period_knows_its_first_and_last_day(text, first, last):
    assert Period(text).bounds() == (first, last)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "Write the date as EDTF"),
        ("21 November 2011", "Write the date as EDTF"),
        ("2012-3", "Write the date as EDTF"),
        ("99999", "Write the date as EDTF"),
        ("/", "Write the date as EDTF"),
        ("２０１２", "Write the date as EDTF"),
        ("2012-13", "There is no such day, month or week"),
        ("2012-00", "There is no such day, month or week"),
        ("2012-02-30", "There is no such day, month or week"),
        ("2012-W53", "There is no such day, month or week"),
        ("9999-28", "There is no such day, month or week"),
        ("156X-12-25", "Only the last digit of a year can be left open"),
        ("20XX", "Only the last digit of a year can be left open"),
        ("{2012,2013}", "Several dates in braces cannot be kept"),
        ("2012-03-05T10:00", "A time of day cannot be kept"),
        ("2012-38", "Thirds of a year cannot be kept"),
        ("../2014", "Leave out the dots"),
        ("Y12345", "Only years from 1 to 9999 can be kept"),
        ("[2011~,2012]", "Dates to choose from cannot be “about” or “uncertain”"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(text, message):
    with pytest.raises(ValidationError) as refusal:
        PeriodField().to_python(text)

    assert refusal.value.messages[0].startswith(message)


@pytest.mark.parametrize("text", ["2012-37", "2012-13", "soon", "2013/2012"])
def test_what_an_earlier_version_kept_prints_as_it_stands(text):
    assert Period(text).print() == text


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("2011-W47", "2011-11-21/2011-11-27"),
        ("2011-W47~", "2011-11-21~/2011-11-27~"),
        ("2011-W47/2012", "2011-11-21/2012"),
        ("2011-W47/..", "2011-11-21/.."),
        ("/2011-W47", "/2011-11-27"),
        ("[2011-W47,2012]", "[2011-11-21..2011-11-27,2012]"),
        ("[2011-W47..2012-W02]", "[2011-11-21..2012-01-15]"),
        ("2011-27", "2011-27"),
    ],
)
def test_a_week_leaves_the_site_as_its_seven_days(text, edtf):
    assert Period(text).edtf == edtf


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2012", ("2012", "2012")),
        ("2012-03-05/2012-04", ("2012-03-05", "2012-04")),
        ("2011/", ("2011", "")),
        ("/2014", ("", "2014")),
        ("2011-W47", ("2011-11-21", "2011-11-27")),
        ("2011-27/2012", ("", "2012")),
        ("2012~", ("", "")),
        ("[2005,2006]", ("", "")),
        ("201X", ("", "")),
        ("", ("", "")),
    ],
)
def test_other_standards_get_no_date_that_is_more_precise_than_the_source(text, dates):
    assert Period(text).iso_dates() == dates


@pytest.mark.django_db
def test_saving_fills_the_sortable_days_and_bulk_saving_too():
    project = make_project(period="2009-11/2011")
    Project.objects.bulk_create([Project(code="test-bulk", slug="test-bulk", title_en="x", period="2011-27")])

    assert (project.earliest, project.latest) == (date(2009, 11, 1), date(2011, 12, 31))
    assert Project.objects.get(code="test-bulk").earliest == date(2011, 9, 1)


@pytest.mark.django_db
def test_every_period_of_the_record_prints_in_both_languages():
    periods = [
        period
        for model, name in [
            (Project, "period"),
            (Visit, "period"),
            (Milestone, "period"),
            (Partner, "active"),
            (PartnerName, "period"),
            (Succession, "date"),
            (Source, "published"),
            (Statement, "as_of"),
        ]
        for period in model.objects.values_list(name, flat=True)
    ]

    assert len([period for period in periods if period]) > 90
    for language in ("en", "sv"):
        with translation.override(language):
            assert all(period.print() for period in periods)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "year", "is_documented"),
    [
        ("2009-11/2011", 2010, True),
        ("2009-11/2011", 2012, False),
        ("2009-11/2011", 2008, False),
        ("2019/..", 2025, True),
        ("2019/..", 2018, False),
        ("2011/", 2012, False),
        # The first and the last day of a year, and the days beside them
        ("2010-12-31/2011-01-01", 2010, True),
        ("2010-12-31/2011-01-01", 2011, True),
        ("2010-12-30/2010-12-31", 2011, False),
        ("2011-01-01/2011-01-02", 2010, False),
    ],
)
def test_a_year_finds_what_is_documented_in_it(text, year, is_documented):
    visit = make_visit(period=text, in_founding_count="no")

    assert Visit.objects.between(year, year).filter(pk=visit.pk).exists() is is_documented


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["2013/2012", "2011-11-27/2011-11-21"])
def test_a_period_that_ends_before_it_begins_is_told_so(text):
    project = Project(code="test", title_en="Test", period=text)

    with pytest.raises(ValidationError) as refused:
        project.full_clean()

    assert refused.value.message_dict == {
        "period": ["The end lies before the beginning. Write the earlier date first."]
    }


def test_tiles_print_only_years():
    texts = ("2009-11/2011", "2011/", "2012-03-05", "2011-27", "2011-W47", "[2005,2006]", "")

    assert [Period(text).print_years() for text in texts] == [
        "2009–2011",
        "From 2011",
        "2012",
        "2011",
        "2011",
        "2005 or 2006",
        "",
    ]

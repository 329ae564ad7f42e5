"""Every period there can be comes out of the site everywhere: pages, data, calendars, IATI, editions and paper."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pikepdf
import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import etree

from partnership import per_version
from partnership.award import editions, pdf
from partnership.fields.edtf import Period
from partnership.models import Milestone, Section, Submission
from partnership.opendata import package, structured
from partnership.pictures.visits import visit_picture
from projects import iati
from projects.models import Participation, Project, ProjectCitation
from tests.factories import make_partner, make_source
from visits.list_rows import visit_rows
from visits.models import Visit, VisitCitation

from .strategies import TEXTS

REPRESENTATIVE = [
    *("2012", "2012-03", "2012-03-05", "2012-W10", "201X", "200X", "2012~", "2012-03?", "2012-03-05%", "2012-W10~"),
    *("2012-21", "2012-22", "2012-23", "2012-24", "2012-25", "2012-26", "2012-27", "2012-28", "2012-29", "2012-30"),
    *("2012-31", "2012-32", "2012-33", "2012-36", "2012-40", "2012-41", "2012-27~", "2012-33?", "0001", "9999"),
    *("2009-11/2011", "2011-11-21/2011-11-27", "2012-W10/2012-W11", "2011~/2013", "2012-27/2013-25", "201X/2020"),
    *("2019/..", "2012-W10/..", "2011/", "2012-27/", "/2014", "/2012-W10", "[2005,2006]", "[2012-W10,2012-W12]"),
    *("[2011..2013]", "[2012-W10..2012-W12]", "[..2011]", "[2013..]", "[..2012-W10]", "[2012-03-05..2012-04]", ""),
]
#: A document of many values beside those below: setting and fetching costs the same for one as for fifty.
OUTPUT = settings(
    deadline=None,
    database=None,
    max_examples=1,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def fetch(url: str) -> bytes:
    response = Client(headers={"host": "localhost"}).get(url)
    assert response.status_code == 200, url
    return response.getvalue()


def make_records(periods: list[Period]) -> None:
    """A public visit, project, milestone and source for each, all named in the dossier."""
    source, partner = make_source(code="test-source"), make_partner()
    names = []
    for number, period in enumerate(periods):
        code = f"test-{number}"
        visit = Visit.objects.create(code=code, period=period, state="published", in_founding_count="no")
        texts = {"code": code, "title_en": code, "title_sv": code, "state": "published", "period": period}
        project = Project.objects.create(**texts, status="completed", in_founding_count="no")
        Participation.objects.create(project=project, partner=partner)
        Milestone.objects.create(**texts)
        dated = make_source(code=code, published=period)
        VisitCitation.objects.create(visit=visit, source=source)
        ProjectCitation.objects.create(project=project, source=dated)
        names += [f"{{visit:{code}}}", f"{{milestone:{code}}}", f"{{source:{code}}}"]
    submission = Submission.objects.get(code="platforma-2018")
    text = "\n\n".join(names)
    Section.objects.create(
        submission=submission, code="test", title_en="All", title_sv="Alla", text_en=text, text_sv=text
    )


def check_pages(periods: list[Period]) -> None:
    for language, paths in (
        ("en", ("visits", "projects", "history", "sources")),
        ("sv", ("besok", "projekt", "historia", "kallor")),
    ):
        pages = [fetch(f"/{language}/{path}/").decode() for path in paths]
        with translation.override(language):
            printed = [period.print().casefold() for period in periods if period]
        for page in (pages[2], pages[3]):
            text = re.sub(r"\s+", " ", page).casefold()
            assert [words for words in printed if words not in text] == []


def check_data(periods: list[Period]) -> None:
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(fetch("/data/visits.csv").decode()))}
    records = {row["code"]: row for row in json.loads(fetch("/data/visits.json"))["records"]}
    for number, period in enumerate(periods):
        assert rows[f"test-{number}"]["period"] == records[f"test-{number}"]["period"] == period.edtf
    events = Calendar.from_ical(fetch("/en/visits.ics")).walk("VEVENT")
    own = {str(event["uid"]).split("@")[0] for event in events if str(event["uid"]).startswith("test-")}
    assert own == {f"test-{number}" for number, period in enumerate(periods) if period.has_days}
    activities = etree.fromstring(iati.activity_file())
    titles = activities.xpath("//iati-activity/title/narrative[1]/text()")
    # What is over needs a beginning and an end.
    whole = [all(period.bounds()) and (period.ends[1] or not period.is_interval) for period in periods]
    dated = [f"test-{number}" for number, is_whole in enumerate(whole) if is_whole]
    assert sorted(title for title in titles if title.startswith("test-")) == sorted(dated)
    for visit in Visit.objects.filter(code__startswith="test-"):
        for key in ("startDate", "endDate"):
            day = structured.visit(visit).get(key, "2012")
            assert re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", day), day


def check_picture(periods: list[Period]) -> None:
    visits = Visit.objects.filter(code__startswith="test-").latest_first()
    picture = visit_picture(visit_rows(visits))

    assert picture.dated + len(picture.undated) == len(periods)


def check_edition(periods: list[Period]) -> None:
    submission = Submission.objects.get(code="platforma-2018")
    data = editions.data_of(submission)
    about = pdf.About(None, date(2026, 11, 27), "", "https://example.org/")
    for language in ("en", "sv"):
        with translation.override(language):
            printed = [period.print() for period in periods if period]
        text = re.sub(r"\s+", " ", json.dumps(data["dossier"][language], ensure_ascii=False))
        assert [words for words in printed if words not in text] == []
        with pikepdf.open(io.BytesIO(pdf.dossier_pdf(data["dossier"][language], language, about))) as paper:
            assert len(paper.pages) > 1


@pytest.fixture(autouse=True)
def _reporting_organisation(settings):
    settings.IATI_REPORTING_ORG = "SE-ON-999999-0000"
    settings.OPERATOR_NAME = "A test operator"


@pytest.mark.django_db
@pytest.mark.parametrize("check", [check_pages, check_data, check_picture, check_edition])
@OUTPUT
@given(texts=st.lists(TEXTS, min_size=20, max_size=40, unique=True))
@example(texts=REPRESENTATIVE)
def test_every_period_comes_out_everywhere(check, texts):
    periods = [Period(text) for text in texts]

    with transaction.atomic():
        package.build.cache_clear()
        per_version.clear()
        make_records(periods)
        check(periods)
        transaction.set_rollback(True)

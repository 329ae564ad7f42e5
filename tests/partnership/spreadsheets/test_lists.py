"""Lists as clerks keep them: from the upload to visits, without a change to the file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from partnership.fields.passages import Passage
from partnership.models import Partner, Source, SpreadsheetLayout, SpreadsheetUpload
from partnership.operations.worker import Worker
from partnership.redaction import redact
from partnership.spreadsheets import import_tasks
from tests.base import url
from tests.factories import make_visit
from visits.models import Visit

from .lists import (
    MOST_PAGES,
    SOUTH_AFRICAN_VISITS,
    SWEDISH_VISITS,
    Clerk,
    fields_of,
    south_african_list,
    swedish_list,
    workbook,
)
from .test_spreadsheets import csv_file, text_of


def visits_of(response) -> dict[int, tuple[str, str, str, str, str]]:
    """By row, what the loaded page leads to."""
    rows = {}
    for change in response.context["result"]["changes"]:
        visit = Visit.objects.get(pk=change["url"].split("/")[-3])
        sides = ("; ".join(partner.code for partner in side.all()) for side in (visit.guests, visit.hosts))
        rows[change["row"]] = (visit.direction, str(visit.period), *sides, visit.delegates_printed)
    return rows


@pytest.fixture
def clerk(staff_client):
    return Clerk(staff_client("Publisher"))


def test_a_swedish_list_goes_in_as_it_is(clerk):
    clerk.upload(url(Visit, "import", "visits"), swedish_list())
    clerk.match()
    clerk.answer(source="Reselista 2009–2019", finish="publish", right_because="The list of the municipality says so")
    clerk.load()

    assert clerk.pages <= MOST_PAGES
    assert visits_of(clerk.response) == SWEDISH_VISITS
    visits = Visit.objects.filter(citations__source__title="Reselista 2009–2019")
    assert {visit.state for visit in visits} == {"published"}
    leseding = visits.get(period="2010-W42")
    assert [project.code for project in leseding.projects.all()] == ["leseding"]
    assert [(row.profession.code, row.number) for row in leseding.professions.all()] == [("teachers", 2)]
    assert leseding.purpose_sv == "yrkesvägledning"
    assert Source.objects.get(title="Reselista 2009–2019").publisher == str(Partner.objects.get(code="vaxjo"))


def test_a_south_african_list_goes_in_as_it_is(staff_client):
    clerk = Clerk(staff_client("Editor", partner=Partner.objects.get(code="jb-marks")), reading=1)
    clerk.upload(url(Visit, "import", "visits"), south_african_list())
    clerk.match()
    clerk.answer(finish="publish")
    clerk.load()

    assert clerk.pages <= MOST_PAGES
    assert visits_of(clerk.response) == SOUTH_AFRICAN_VISITS
    # Only a publisher publishes.
    assert {visit.state for visit in Visit.objects.filter(code__startswith="visit-")} == {"draft"}


def test_what_is_left_out_is_listed_and_can_be_read_all_the_same(clerk):
    clerk.upload(url(Visit, "import", "visits"), south_african_list())
    page = text_of(clerk.response)
    left_out = [(row.row, row.reason) for row in clerk.response.context["table"].left_out]

    assert left_out == [
        (1, "above the headings"),
        (8, "a hidden row"),
        (9, "a sum of other rows"),
        (10, "a remark, and no record"),
    ]
    assert "2001 · Tlokwe · Växjö · old row, kept hidden" in page
    clerk.client.post(clerk.url, {**fields_of(clerk.response), "takes_hidden": "on", "save": "1"})
    again = clerk.client.get(clerk.url)
    assert [row.row for row in again.context["table"].left_out] == [1, 9, 10]
    assert "Hidden rows are read: 8." in text_of(again)


def test_sheets_are_listed_the_best_visible_one_is_taken_and_another_can_be(clerk):
    clerk.upload(url(Visit, "import", "visits"), swedish_list())
    layout = clerk.response.context["layout"]

    assert [(page.name, page.is_hidden, page.rows) for page in layout.pages] == [
        ("Resor 2009-2019", False, 17),
        ("gamla 2004", True, 1),
    ]
    assert layout.page.name == "Resor 2009-2019"
    other = clerk.client.post(clerk.url, {**fields_of(clerk.response), "page": "1", "go": "1"})
    assert [heading.samples for heading in other.context["layout"].headings] == [["2004"], ["Växjö"], ["Potchefstroom"]]


def test_columns_are_guessed_shown_and_remembered_with_the_names(clerk):
    address = url(Visit, "import", "visits")
    rows = [["Datum", "Besökare", "Värdkommun", "Prat"], ["2014", "Tlokwe kommun", "Växjö", "om vatten"]]
    clerk.upload(address, workbook({"A": rows}))
    headings = [
        (heading.text, heading.samples, heading.column and heading.column.name)
        for heading in clerk.response.context["layout"].headings
    ]
    assert headings == [
        ("Datum", ["2014"], "period"),
        ("Besökare", ["Tlokwe kommun"], "guests"),
        ("Värdkommun", ["Växjö"], None),
        ("Prat", ["om vatten"], None),
    ]
    clerk.match(**{"column-2": "hosts", "column-3": "purpose_sv"})
    clerk.answer()
    clerk.load()
    layout = SpreadsheetLayout.objects.get()
    assert layout.names["partner"] == {"tlokwe kommun": "tlokwe"}

    rows[1] = ["2015-05", "Tlokwe kommun", "Växjö", "om vägar"]
    clerk.upload(address, workbook({"A": rows}))
    clerk.answer()
    clerk.load()
    assert visits_of(clerk.response)[2] == ("to_sweden", "2015-05", "tlokwe", "vaxjo", "")
    assert Visit.objects.filter(purpose_sv="om vägar").exists()


def test_a_name_that_nobody_knows_is_left_out_or_named_by_hand(clerk):
    rows = [["Datum", "Från", "Till"], ["2014", "Xyzzy", "Plugh"]]
    clerk.upload(url(Visit, "import", "visits"), workbook({"A": rows}))

    def say(**answers: str) -> None:
        places = {entry.name: place for place, entry in enumerate(clerk.response.context["entries"], 1)}
        fields = fields_of(clerk.response)
        for name, value in answers.items():
            fields[f"name-{places[name]}{'' if value == '-' else '-other'}"] = [value]
        clerk._post(clerk.url, {**fields, "go": "1"})

    say(Xyzzy="-", Plugh="Foo")
    assert "Not on record, by any name: Foo" in text_of(clerk.response)
    say(Plugh="växjö kommun")
    assert not clerk.url.endswith("/columns/")
    clerk.load()
    assert visits_of(clerk.response)[2] == ("to_sweden", "2014", "", "vaxjo", "")


def test_cells_of_one_kind_stand_together_and_are_answered_at_once(clerk):
    content = csv_file("code|period|hosts", "a|03/04/2012|vaxjo", "b|05/06/2013|vaxjo", "c|soon|", "d|soon|", "e|2014|")
    clerk.upload(url(Visit, "import", "visits"), content, "list.csv")
    groups = clerk.response.context["groups"]

    assert [(group.title, [(question.cell, question.rows) for question in group.questions]) for group in groups] == [
        (
            "period (Period): This can be read in more than one way. Choose what is meant.",
            [("03/04/2012", [2]), ("05/06/2013", [3])],
        ),
        (
            "period (Period): The year is missing or too short. Write it with four digits, like 14 May 2014."
            if len(groups) == 3
            else groups[1].title,
            [("soon", [4, 5])],
        ),
    ]
    fields = fields_of(clerk.response)
    clerk._post(clerk.url, {**fields, "all": "1:0", "q-2-1-text": "May 2015"})
    assert clerk.response.context["groups"] == []
    clerk.load()
    periods = {visit.code: str(visit.period) for visit in Visit.objects.filter(code__in="abcde")}
    assert periods == {"a": "2012-04-03", "b": "2013-06-05", "c": "2015-05", "d": "2015-05", "e": "2014"}


def test_two_rows_of_a_file_that_are_alike_are_asked_about(clerk):
    content = csv_file(
        "period|direction|hosts|guests|delegates|how_known",
        "2031-05|to_sweden|vaxjo|jb-marks|4|announced",
        "2031-05-03|to_sweden|vaxjo|jb-marks|5|announced",
        "2031-07|to_sweden|vaxjo|jb-marks|6|announced",
    )
    clerk.upload(url(Visit, "import", "visits"), content, "list.csv")
    clerk._post(
        clerk.url, {**fields_of(clerk.response), "right_because": "Agreed for the year of culture", "check": "1"}
    )

    group = clerk.response.context["groups"][0]
    assert [(question.rows, question.reason) for question in group.questions] == [
        ([3], "Row 2 of the file seems to be the same.")
    ]
    clerk._post(clerk.url, {**fields_of(clerk.response), "duplicate-3-code-1": "leave", "check": "1"})
    clerk.load()
    assert sorted(visits_of(clerk.response)) == [2, 4]


def test_a_row_may_fill_in_the_visit_that_it_is_about(clerk):
    vaxjo, tlokwe = Partner.objects.get(code="vaxjo"), Partner.objects.get(code="tlokwe")
    visit = make_visit(
        hosts=[vaxjo], guests=[tlokwe], period="2005-05", direction="to_sweden", purpose_en="Schools", delegates=None
    )
    content = csv_file("period|hosts|guests|delegates|purpose_en", "2005-05-03|vaxjo|tlokwe|4|")
    clerk.upload(url(Visit, "import", "visits"), content, "list.csv")
    (question,) = clerk.response.context["groups"][0].questions
    assert question.candidates[-1] == (visit.code, f"the same: change “{visit}” by this row")

    fields = {**fields_of(clerk.response), "duplicate-2-code-1": visit.code, "reason": "The list has it."}
    clerk._post(clerk.url, {**fields, "check": "1"})
    assert clerk.response.context["groups"] == []
    clerk.load()
    visit.refresh_from_db()
    assert (str(visit.period), visit.delegates, visit.purpose_en) == ("2005-05-03", 4, "Schools")


def test_all_of_it_is_said_in_swedish(staff_client):
    client = staff_client("Publisher")
    client.cookies["django_language"] = "sv"
    clerk = Clerk(client)
    with translation.override("sv"):
        clerk.upload(url(Visit, "import", "visits"), swedish_list())
        assert "Vad är vad?" in text_of(clerk.response)
        clerk.match()
        page = text_of(clerk.response)
    assert "JB Marks fanns inte än, den bildades 2016. Vilken organisation menas?" in page
    assert "vecka 42 2010 (18–24 oktober)" in page
    assert "en summa av andra rader" in page


# How long it may take


def test_a_long_file_is_left_to_the_worker(clerk, monkeypatch):
    monkeypatch.setattr(import_tasks, "MOST_IN_REQUEST", 3)
    content = csv_file("code|period", *[f"test-{number}|2012" for number in range(4)])
    clerk.upload(url(Visit, "import", "visits"), content, "list.csv")

    assert "4 rows wait for their turn" in text_of(clerk.response)
    assert import_tasks.work() == 1
    clerk._get(clerk.url)
    assert "Created 4" in text_of(clerk.response)
    clerk.load()
    assert not Visit.objects.filter(code__startswith="test-").exists()
    assert import_tasks.work() == 1
    clerk._get(clerk.url)
    assert "The new records are drafts" in text_of(clerk.response)
    assert Visit.objects.filter(code__startswith="test-").count() == 4
    assert import_tasks.work() == 0


def test_a_worker_that_went_away_is_followed_by_another(clerk, monkeypatch):
    monkeypatch.setattr(import_tasks, "MOST_IN_REQUEST", 0)
    clerk.upload(url(Visit, "import", "visits"), csv_file("code|period", "test-a|2012"), "list.csv")
    claimed = next(import_tasks._claimed(lambda: False))
    assert import_tasks.work() == 0

    SpreadsheetUpload.objects.filter(pk=claimed.pk).update(worked_at=claimed.made_at - 2 * import_tasks.GIVEN_UP)
    assert import_tasks.work() == 1


def test_a_sheet_without_a_table_is_refused_and_the_other_stays(clerk):
    rows = [["Datum", "Besökare", "Värd"], ["2014", "Tlokwe", "Växjö"]]
    clerk.upload(url(Visit, "import", "visits"), workbook({"A": rows, "B": [["Inget"], ["här"]]}))
    fields = fields_of(clerk.response)

    refused = clerk.client.post(clerk.url, {**fields, "page": "1", "go": "1"})
    assert "No row with the names of columns was found" in text_of(refused)
    assert refused.context["layout"].page.name == "A"
    # A row without headings is passed over as well.
    again = clerk.client.post(clerk.url, {**fields, "header": "99", "save": "1"})
    assert again.context["layout"].header == 1


def test_an_erased_passage_is_erased_from_files_that_wait(clerk, staff):
    rows = [["Datum", "Besökare", "Värd", "Prat"], ["2014", "Tlokwe", "Växjö", "med Nina Testperson"]]
    clerk.upload(url(Visit, "import", "visits"), workbook({"A": rows}))
    assert SpreadsheetUpload.objects.exists()

    redact(Passage("Nina Testperson"), by=staff("Administrator"), reason="asked for", decision="1/2026")

    assert not SpreadsheetUpload.objects.exists()


def test_a_file_goes_when_its_time_is_up_whether_anybody_looks_or_not(clerk):
    clerk.upload(url(Visit, "import", "visits"), swedish_list())
    SpreadsheetUpload.objects.update(made_at=timezone.now() - SpreadsheetUpload.LIFETIME - timedelta(minutes=1))

    Worker().turn()

    assert not SpreadsheetUpload.objects.exists()

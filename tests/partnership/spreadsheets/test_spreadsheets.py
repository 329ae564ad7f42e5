"""Spreadsheets in the admin: what people really save is read, every fault is told, and all is loaded or nothing."""

from __future__ import annotations

import csv
import datetime
import re
import zipfile
from html import unescape
from io import BytesIO, StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation
from openpyxl import Workbook, load_workbook

from partnership.child_process import Refused
from partnership.models import Partner, Proposal, Revision, Source, SpreadsheetUpload
from partnership.record import confirmations, proposals
from partnership.record.schemas import records, serialize
from partnership.spreadsheets import file_reader, formats
from partnership.spreadsheets.cells import guarded, unguarded
from partnership.spreadsheets.checks import Answers
from partnership.spreadsheets.columns import SHEETS
from partnership.spreadsheets.imports import Import
from partnership.spreadsheets.tables import Choices, Layout
from partnership.spreadsheets.uploads import read, read_file
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_partner, make_project, make_source, make_visit
from visits.models import Profession, Visit

pytestmark = pytest.mark.django_db

MODELS = {"projects": Project, "visits": Visit, "delegates": Visit, "sources": Source}


def csv_file(*rows: list[str] | str, separator: str = ";", encoding: str = "utf-8") -> bytes:
    target = StringIO()
    writer = csv.writer(target, delimiter=separator)
    writer.writerows(row.split("|") if isinstance(row, str) else row for row in rows)
    return target.getvalue().encode(encoding)


def xlsx_file(*rows: list, formats: dict[str, str] | None = None, above: int = 0) -> bytes:
    book = Workbook()
    page = book.active
    for _number in range(above):
        page.append([])
    for row in rows:
        page.append(row)
    for place, number_format in (formats or {}).items():
        page[place].number_format = number_format
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def cells(sheet: str, content: bytes) -> list[tuple[int, dict[str, str]]]:
    table = read(SHEETS[sheet], content)
    assert not table.errors
    return [(row, {column.name: text for column, text in line.items() if text}) for row, line in table.lines]


def imported(sheet: str, content: bytes, user, **answers) -> Import:
    result = Import(SHEETS[sheet], read(SHEETS[sheet], content), user, Answers(**answers))
    list(result.check())
    return result


def errors(sheet: str, content: bytes, user, **answers) -> list[tuple[int, str]]:
    return [(error.line, error.column) for error in imported(sheet, content, user, **answers).errors]


def exported(client, sheet: str, suffix: str) -> bytes:
    return b"".join(client.get(f"{url(MODELS[sheet], 'changelist')}export/{sheet}.{suffix}"))


def upload(client, sheet: str, content: bytes, name: str = "brought.csv"):
    return client.post(
        url(MODELS[sheet], "import", sheet), {"file": SimpleUploadedFile(name, content)}, format="multipart"
    )


def text_of(response) -> str:
    words = b"".join(response).decode() if response.streaming else response.content.decode()
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", words).split()))


@pytest.fixture
def publisher(staff):
    return staff("Publisher")


@pytest.fixture
def editor(staff):
    return staff("Editor")


# What people really save


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_every_separator_and_encoding_is_read(separator, encoding):
    content = csv_file("code|title_sv", "a|Växjö, åter; än", separator=separator, encoding=encoding)

    assert cells("projects", content) == [(2, {"code": "a", "title_sv": "Växjö, åter; än"})]


def test_headings_may_be_names_or_labels_in_either_language_and_any_case():
    content = csv_file(
        ["TITLE_EN", "Titel (svenska)", "  period ", "Kod", "Kind", "Summary\N{NO-BREAK SPACE}(English)"]
    )
    content += csv_file("One|Ett|2012|a|project|Words")

    assert cells("projects", content) == [
        (
            2,
            {
                "code": "a",
                "title_en": "One",
                "title_sv": "Ett",
                "period": "2012",
                "kind": "project",
                "summary_en": "Words",
            },
        )
    ]


def test_a_title_above_blank_rows_and_columns_and_blanks_around_words_do_no_harm():
    content = csv_file("Projects of 2012|||", "|||", "code||title_en|", "|||", " a \N{NO-BREAK SPACE}|| One ||", "|||")

    assert cells("projects", content) == [(5, {"code": "a", "title_en": "One"})]


def test_a_merged_title_above_a_table_that_begins_further_right_is_passed_over():
    book = Workbook()
    book.active.title = "Cover"
    book.active["A1"] = "Nothing here"
    page = book.create_sheet("Data")
    page["B2"] = "All visits"
    page.merge_cells("B2:D2")
    page["B4"], page["C4"] = "code", "period"
    page["B6"], page["C6"] = "a", "2012"
    target = BytesIO()
    book.save(target)

    assert cells("visits", target.getvalue()) == [(6, {"code": "a", "period": "2012"})]


@pytest.mark.parametrize(
    ("value", "number_format", "edtf"),
    [
        (datetime.datetime(2012, 3, 5, tzinfo=None), "yyyy-mm-dd", "2012-03-05"),  # noqa: DTZ001
        (datetime.date(2012, 3, 5), "dd/mm/yyyy", "2012-03-05"),
        (datetime.date(2012, 3, 1), "yyyy-mm", "2012-03"),
        (datetime.date(2012, 3, 1), 'mmm" "yy', "2012-03"),
        (datetime.date(2012, 1, 1), "yyyy", "2012"),
        (2012, "General", "2012"),
        (2012.0, "0", "2012"),
        ("2012-03", "@", "2012-03"),
    ],
)
def test_dates_and_years_of_a_workbook_become_edtf(value, number_format, edtf, publisher):
    content = xlsx_file(["code", "period"], ["test-new", value], formats={"B2": number_format})

    assert imported("visits", content, publisher).changes[0].after["period"] == edtf


@pytest.mark.parametrize(("cell", "edtf"), [("2012/03/05", "2012-03-05"), ("2012/3", "2012-03")])
def test_dates_with_slashes_are_read(cell, edtf, publisher):
    assert imported("visits", csv_file("code|period", f"n|{cell}"), publisher).changes[0].after["period"] == edtf


@pytest.mark.parametrize(
    ("cell", "edtf"),
    [
        ("12-14 maj 2014", "2014-05-12/2014-05-14"),
        ("våren 2012", "2012-25"),
        ("v. 42 2015", "2015-W42"),
        ("mellan 2011 och 2013", "[2011..2013]"),
    ],
)
def test_dates_are_read_as_clerks_write_them(cell, edtf, publisher):
    assert imported("visits", csv_file("code|period", f"n|{cell}"), publisher).changes[0].after["period"] == edtf


@pytest.mark.parametrize(
    ("sheet", "heading", "cell", "readings"),
    [
        ("visits", "period", "2011/12", ["2011–2012", "July 2011 – June 2012", "December 2011"]),
        ("visits", "period", "2012-33", ["week 33 of 2012 (13–19 August)", "quarter 1 of 2012"]),
        ("visits", "period", "40581", ["7 February 2011", "not documented"]),
        ("visits", "delegates", "12,000", ["12,000", "12"]),
        ("sources", "read_on", "05/03/2012", ["5 March 2012", "3 May 2012"]),
    ],
)
def test_a_cell_that_can_mean_two_things_is_never_guessed(sheet, heading, cell, readings, publisher):
    errors = imported(sheet, csv_file(["code", heading], ["n", cell]), publisher).errors

    error = next(error for error in errors if error.column == heading)
    assert [words for _key, words in error.candidates] == readings
    assert error.cell == cell


def test_garbled_letters_are_asked_about(publisher):
    content = xlsx_file(["code", "purpose_sv"], ["n", "VÃ¤xjÃ¶"], ["m", "Tšhwaragano i Växjö"])

    (error,) = imported("visits", content, publisher).errors

    assert (error.line, error.column, error.cell) == (2, "purpose_sv", "VÃ¤xjÃ¶")
    assert error.candidates == (("t:Växjö", "Växjö"), ("k:", "as it stands"))
    answers = Choices(cells={"purpose_sv": {"VÃ¤xjÃ¶": "t:Växjö"}})
    assert next(iter(read(SHEETS["visits"], content, answers).lines[0][1].values())) == "n"
    assert list(read(SHEETS["visits"], content, answers).lines[0][1].values())[1] == "Växjö"


@pytest.mark.parametrize(
    ("sheet", "heading", "cell", "reason"),
    [
        ("visits", "delegates", "600 kr", "This is a number of things, and no sum of money."),
        ("sources", "read_on", "May 2012", "A single day belongs here, like 12 May 2014."),
    ],
)
def test_a_cell_that_means_something_else_is_told_so(sheet, heading, cell, reason, publisher):
    errors = imported(sheet, csv_file(["code", heading], ["n", cell]), publisher).errors

    assert next(error.reason for error in errors if error.column == heading) == reason


@pytest.mark.parametrize("columns", [["code", "delegates"], ["code", "delegates", "delegates_high"]])
def test_a_range_in_one_cell_stays_a_range(columns, publisher):
    content = csv_file(columns, ["n", "6–8", ""][: len(columns)])

    after = imported("visits", content, publisher).changes[0].after

    assert (after["delegates"], after["delegates_high"]) == ("6", "8")


def test_a_sum_is_read_with_its_currency(publisher):
    content = csv_file(["code", "title_en", "budget_amount"], ["n", "New", "R 650 000"])

    after = imported("projects", content, publisher).changes[0].after

    assert (after["budget_amount"], after["budget_currency"]) == ("650000", "ZAR")


@pytest.mark.parametrize("cell", ["1200", "1 200", "1\N{NO-BREAK SPACE}200", "1200,0", "1200.00"])
def test_a_whole_number_may_have_a_decimal_comma_and_gaps(cell, publisher):
    content = csv_file(["code", "title_en", "budget_amount", "budget_currency"], ["n", "New", cell, "SEK"])

    assert imported("projects", content, publisher).changes[0].after["budget_amount"] == "1200"


def test_words_of_a_choice_may_be_labels_in_either_language(publisher):
    content = csv_file("code|direction", "a|Till Sverige", "b|to sweden", "c|TO_SWEDEN")

    assert {change.after["direction"] for change in imported("visits", content, publisher).changes} == {"to_sweden"}


def test_a_formula_is_read_as_its_stored_value_and_never_worked_out():
    content = xlsx_file(["code", "delegates", "period"], ["a", "=1+2", "2012"])
    with_value = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(with_value, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"<f>1\+2</f><v ?/?>(</v>)?", b"<f>1+2</f><v>7</v>", old.read(name)))

    assert cells("visits", with_value.getvalue()) == [(2, {"code": "a", "delegates": "7", "period": "2012"})]
    table = read(SHEETS["visits"], content)
    assert [(error.line, error.column) for error in table.errors] == [(2, "delegates")]


# What is no spreadsheet


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7\0\x01",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"PK\x03\x04 broken",
        "Just a letter; with å semicolon".encode(),
        xlsx_file(["Something"], ["else"]),
    ],
    ids=["empty", "pdf", "png", "broken", "letter", "no header"],
)
def test_what_is_no_spreadsheet_is_refused_in_plain_words(content, staff_client):
    answer = upload(staff_client("Editor"), "visits", content, "visits.xlsx")

    assert "Nothing has been imported." in text_of(answer)
    assert answer.context["form"].errors["file"]
    assert not SpreadsheetUpload.objects.exists()


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(file_reader, "LARGEST_UNPACKED", 10_000)
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 10_001)

    with pytest.raises(Refused, match="bomb"):
        file_reader.read_file(target.getvalue())


def test_a_damaged_workbook_is_refused():
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx_file(["code", "period"]))) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<broken" if name.startswith("xl/worksheets") else old.read(name))

    with pytest.raises(ValidationError, match="damaged"):
        read(SHEETS["visits"], target.getvalue())


def test_more_than_twenty_thousand_rows_are_refused():
    most = csv_file("code|period", *[f"v{number}|2012" for number in range(20_000)])
    assert len(read(SHEETS["visits"], most).lines) == 20_000

    with pytest.raises(ValidationError, match="more than 20,000 rows"):
        read(SHEETS["visits"], most + b"one-more;2012\r\n")


def test_a_file_of_more_than_twelve_megabytes_is_refused_before_it_is_read(staff_client):
    answer = upload(staff_client("Editor"), "visits", bytes(12 * 1024 * 1024 + 1))

    assert "The file is larger than 12 MB" in text_of(answer)
    assert not SpreadsheetUpload.objects.exists()


# Round trips


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_is_exported_and_imported_again_changes_nothing(sheet, suffix, staff_client, publisher):
    client = staff_client("Administrator")
    result = imported(sheet, exported(client, sheet, suffix), publisher)

    assert result.total
    assert result.unchanged
    assert not result.errors
    assert not result.changes


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_the_template_explains_every_column_and_holds_no_row(sheet, suffix, language, staff_client):
    client = staff_client("Editor")
    with translation.override(language):
        answer = client.get(url(MODELS[sheet], "template", sheet, suffix), headers={"accept-language": language})
    content = b"".join(answer)

    assert not read(SHEETS[sheet], content).lines
    if suffix == "xlsx":
        page = load_workbook(BytesIO(content)).worksheets[0]
        header, explained = ([cell.value for cell in row] for row in page.iter_rows())
    else:
        header, explained = csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert header == [column.name for column in SHEETS[sheet].columns]
    assert all(explained)


def test_the_names_of_columns_are_a_promise():
    assert {name: [column.name for column in sheet.columns] for name, sheet in SHEETS.items()} == {
        "projects": (
            "code slug state withdrawn_on withdrawal_reason_en withdrawal_reason_sv title_en title_sv title_original "
            "kind status period period_note_en period_note_sv in_founding_count summary_en summary_sv themes continues "
            "prestudy_of budget_amount budget_currency budget_basis external_reference criteria confidence note_en "
            "note_sv staff_note objectives_en objectives_sv goals participations sources"
        ).split(),
        "visits": (
            "code slug state withdrawn_on withdrawal_reason_en withdrawal_reason_sv title_override_en "
            "title_override_sv direction period period_note_en period_note_sv in_founding_count hosts guests "
            "how_known purpose_en purpose_sv delegates delegates_high projects criteria note_en note_sv staff_note "
            "professions sources"
        ).split(),
        "delegates": ["visit", "profession", "number"],
        "sources": (
            "code slug state withdrawn_on withdrawal_reason_en withdrawal_reason_sv title publisher grade kind url "
            "archive_url language published read_on note_en note_sv staff_note"
        ).split(),
    }


def test_a_new_file_is_loaded_once_and_again_changes_nothing(publisher):
    content = csv_file(
        "code|title_en|title_sv|state|participations|objectives_en|objectives_sv|goals|sources|continues",
        ["", "A new thing", "", "draft", "vaxjo; tlokwe: owner", "One\nTwo", "Ett\nTvå", "4; 7", "platforma-2018", ""],
        ["later", "Later", "", "published", "", "", "Tre", "", "PLATFORMA-2018", "a-new-thing"],
    )
    first = imported("projects", content, publisher)
    assert not first.errors

    list(first.load(first.versions))
    second = imported("projects", content, publisher)

    project = Project.objects.get(code="a-new-thing")
    assert [(participation.partner.code, participation.role) for participation in project.participations.all()] == [
        ("vaxjo", "partner"),
        ("tlokwe", "owner"),
    ]
    objectives = [(objective.text_en, objective.text_sv) for objective in project.objectives.all()]
    assert objectives == [("One", "Ett"), ("Two", "Två")]
    assert [goal.number for goal in project.goals.all()] == [4, 7]
    assert Project.objects.get(code="later").continues == project
    assert (second.unchanged, second.changes, second.errors) == (2, [], [])
    assert [revision.action for revision in Revision.objects.of(project)] == ["created"]
    assert project.version == 1


def test_what_both_sides_confirmed_is_lifted_by_another_fact_and_not_by_a_translation(publisher):
    facts, words = make_project(summary_en="They sang."), make_project(summary_en="They danced.")
    for project in (facts, words):
        confirmations.confirm(project, publisher)
    content = csv_file(
        "code|summary_en|summary_sv", f"{facts.code}|They read.|", f"{words.code}|They danced.|De dansade."
    )

    loading = imported("projects", content, publisher)
    assert not loading.errors
    list(loading.load(loading.versions))

    assert not facts.confirmations.standing().exists()
    assert words.confirmations.standing().exists()


def test_a_row_is_published_with_a_source_and_without_one_a_draft(publisher):
    rows = [
        "code|title_en|state|sources",
        "n|A choir|published|",
        "m|A band|draft|",
        "k|A play|published|platforma-2018",
    ]

    faults = imported("projects", csv_file(*rows), publisher).errors

    assert [(error.line, error.column, error.reason[:45]) for error in faults] == [
        (2, "sources", "What is published needs at least one source. ")
    ]


LINKED = ("A|B|https://e.org/x/", "C|D|https://e.org/x", "E|F|https://e.org/y")


@pytest.mark.parametrize(
    ("sheet", "rows"),
    [
        ("projects", ["title_en|period", "Waste sorting in choirs|2012", "Waste sorting in a choir|2012", "Bees|2012"]),
        ("sources", ["title|publisher|url|grade|language|kind", *(f"{row}|funder|en|report" for row in LINKED)]),
    ],
)
def test_a_row_like_one_above_it_is_asked_about(sheet, rows, publisher):
    faults = imported(sheet, csv_file(*rows), publisher).errors

    alike = [(error.line, error.reason) for error in faults if error.code == "duplicate"]
    assert alike == [(3, "Row 2 of the file seems to be the same.")]


def test_visits_without_codes_are_numbered_and_known_again(publisher):
    content = csv_file("period|hosts|guests|delegates", "2021-03|vaxjo|jb-marks|4", "|vaxjo|jb-marks|", "2017|||")
    on_record = Visit.objects.count()
    first = imported("visits", content, publisher)
    list(first.load(first.versions))
    again = imported("visits", content, publisher)
    changed = imported("visits", content.replace(b";4", b";5"), publisher)

    assert [change.code for change in first.changes] == [f"visit-{on_record + row}" for row in (1, 2, 3)]
    assert (again.unchanged, again.changes, again.errors) == (3, [], [])
    assert [(error.line, error.column) for error in changed.errors] == [(2, "code")]


def test_what_a_citation_says_beyond_its_source_outlives_a_change(publisher):
    project = make_project(sources=0)
    first, second = make_source(), make_source()
    project.citations.create(source=first, about="period", locator="p. 14")
    project.citations.create(source=first)
    content = csv_file("code|sources", f"{project.code}|{second.code}; {first.code}")

    result = imported("projects", content, publisher)
    list(result.load(result.versions))

    citations = [(citation.source, citation.about, citation.locator) for citation in project.citations.all()]
    assert citations == [(first, "period", "p. 14"), (first, "", ""), (second, "", "")]


def test_outputs_of_a_project_are_left_alone(publisher):
    project = Project.objects.filter(outputs__isnull=False).first()
    before = [(output.pk, output.version, output.text_en) for output in project.outputs.all()]
    result = imported("projects", csv_file("code|summary_en", f"{project.code}|Anew"), publisher)
    list(result.load(result.versions))

    assert [(output.pk, output.version, output.text_en) for output in project.outputs.all()] == before


def test_delegates_are_counted_by_visit_and_others_stay(publisher):
    visit = make_visit(state="draft")
    content = csv_file("visit|profession|number", f"{visit.code}|teachers|4", f"{visit.code}|doctors|")
    first = imported("delegates", content, publisher)
    list(first.load(first.versions))
    second = imported("delegates", csv_file("Visit|Profession|Number", f"{visit.code}|Teachers|5"), publisher)
    list(second.load(second.versions))

    counted = {row.profession.code: row.number for row in visit.professions.all()}
    assert counted == {"teachers": 5, "doctors": None}


# Formulas


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "'=x", "''-x", "'quoted'", "plain", "-26.7167"]
)
def test_no_text_is_a_formula_and_all_come_back(text):
    written = guarded(text)

    assert text == "-26.7167" or not written.startswith(tuple("=+-@\t\r"))
    assert unguarded(written) == text


def test_numbers_stay_numbers():
    assert guarded("-26.7167") == "-26.7167"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_formula_in_the_record_leaves_as_text_and_comes_back(suffix, staff_client, publisher):
    make_project(code="test-formula", title_en='=HYPERLINK("http://x")', title_original="'=twice")
    content = exported(staff_client("Administrator"), "projects", suffix)

    if suffix == "xlsx":
        values = [cell for row in load_workbook(BytesIO(content)).worksheets[0].iter_rows() for cell in row]
        assert '\'=HYPERLINK("http://x")' in [cell.value for cell in values]
        assert not [cell for cell in values if cell.data_type == "f"]
    else:
        assert b"'=HYPERLINK" in content
        assert b"''=twice" in content
    result = imported("projects", content, publisher)
    assert (result.changes, result.errors) == ([], [])


# Faults


def test_every_fault_is_told_with_its_row_and_column_in_the_readers_language(publisher):
    content = csv_file(
        "Of all years|||||||",
        "code|state|period|delegates|delegates_high|hosts|professions|sources|surprise",
        "one|nonsense|2012-13|many||växjö; nobody|pilots: 3|none-such|",
        "two|published|2012|4||||platforma-2018|",
        "two||2013|||||",
        "bad code!||2014|9|3||||",
        "three|published|2015||||||",
        "four||" + "2" * 80 + "||||||",
    )

    assert errors("visits", content, publisher) == [
        (3, "state"),
        (3, "period"),
        (3, "delegates"),
        (3, "hosts"),
        (3, "professions"),
        (3, "sources"),
        (5, "code"),
        (6, "code"),
        (6, "delegates_high"),
        (7, "sources"),
        (8, "period"),
    ]
    with translation.override("sv"):
        swedish = imported("visits", content, publisher).errors
    assert "Det här går att läsa på flera sätt" in next(error.reason for error in swedish if error.column == "period")


def test_a_broken_rule_of_the_database_names_its_column(publisher):
    content = csv_file(
        "code|title_en|budget_amount|slug", "one||5|", "two|Two|5|", "three|Three||leseding", f"four|{'x' * 201}||"
    )

    assert errors("projects", content, publisher) == [
        (2, "title_en"),
        (2, "budget_amount"),
        (3, "budget_amount"),
        (4, "slug"),
        (5, "title_en"),
    ]


def test_an_empty_cell_empties_but_not_what_is_needed(publisher):
    project = make_project(summary_en="Words", state="draft")

    content = csv_file("code|summary_en|kind", f"{project.code}||")
    result = imported("projects", content, publisher)

    assert [(error.line, error.column) for error in result.errors] == [(2, "kind")]
    assert "summary" not in result.changes[0].after


def test_delegates_need_a_visit_and_a_profession_and_each_once(publisher):
    visit = make_visit()
    content = csv_file(
        "visit|profession|number",
        f"{visit.code}|teachers|4",
        f"{visit.code}|teachers|5",
        "|teachers|1",
        f"{visit.code}|wizards|2",
        f"{visit.code}|doctors|2.5",
        f"{visit.code}|doctors|-1",
    )

    assert errors("delegates", content, publisher) == [
        (3, "profession"),
        (4, "visit"),
        (5, "profession"),
        (6, "number"),
        (7, "number"),
    ]


def test_a_column_without_a_name_is_shown_by_its_letter():
    layout = Layout(SHEETS["visits"], read_file(csv_file("code|period|", "a|2012|lost")))

    assert [(heading.letters, heading.samples) for heading in layout.headings if not heading.column] == [
        ("C", ["lost"])
    ]
    assert not layout.is_certain


# Roles and rules


def test_editors_import_drafts_and_nothing_that_is_public(editor):
    draft, public = make_visit(state="draft"), make_visit()
    content = csv_file(
        "code|purpose_en|state",
        f"{draft.code}|New|draft",
        f"{public.code}|New|published",
        f"{public.code}-2|New|published",
        "fine|New|",
    )
    result = imported("visits", content, editor)

    assert [(error.line, error.column) for error in result.errors if error.column == "state"] == [(4, "state")]
    assert "Only a publisher may publish or withdraw" in result.errors[0].reason
    assert [change.code for change in result.proposed] == [public.code]


def test_what_an_editor_changes_in_public_records_waits_for_a_publisher(staff_client, staff):
    client, visit = staff_client("Editor"), make_visit(delegates=4, purpose_en="Library")
    address = dry_run(client, "visits", csv_file("code|delegates|purpose_en", f"{visit.code}|5|Branch libraries"))
    assert "a change that waits for review" in text_of(client.get(address))

    client.post(address, {"load": "1"})

    assert "The changes wait for review" in text_of(client.get(address))
    visit.refresh_from_db()
    assert (visit.delegates, visit.purpose_en) == (4, "Library")
    form = client.get(url(Visit, "propose", visit.pk))
    assert filled_in(form)["purpose_en"] == "Branch libraries"
    proposal = Proposal.objects.get()
    assert [part.is_figure for part in proposals.parts(visit, proposal)] == [False, True]
    again = dry_run(client, "visits", csv_file("code|delegates", f"{visit.code}|6"))
    assert "A change of yours to this record waits already" in text_of(client.get(again))
    proposals.accept(visit, proposal, ["delegates"], [], staff("Publisher"), "The list was found")
    visit.refresh_from_db()
    assert (visit.delegates, visit.purpose_en) == (5, "Library")


def test_a_publisher_may_send_all_of_a_list_to_review(staff_client):
    client, visit = staff_client("Publisher"), make_visit(purpose_en="Library")
    content = csv_file("code|purpose_en|state", f"{visit.code}|Branch|published", f"{visit.code}-2|New|")
    address = dry_run(client, "visits", content)

    client.post(address, {"check": "1", "finish": "review"})
    client.get(address)
    client.post(address, {"load": "1"})

    visit.refresh_from_db()
    assert visit.purpose_en == "Library"
    assert Proposal.objects.get().content["purpose"] == {"en": "Branch"}
    assert Visit.objects.get(code=f"{visit.code}-2").state == "draft"


def test_a_body_that_had_ended_is_named_with_the_year_of_its_end(publisher):
    tlokwe = Partner.objects.get(code="tlokwe")
    (error,) = imported("visits", csv_file("period|guests", "2019|tlokwe"), publisher).errors

    assert f"it ended in {tlokwe.active_to.year}" in error.reason


def test_personal_data_is_a_fault_until_a_reason_is_given(publisher):
    content = csv_file("code|purpose_en", "n|Met Mayor Testperson")

    assert errors("visits", content, publisher) == [(2, "purpose_en")]
    result = imported("visits", content, publisher, allowed_because="named in office")
    assert not result.errors
    list(result.load(result.versions))
    assert Revision.objects.get(code="n").reason == "Personal data: named in office"


def test_a_published_figure_changes_only_with_a_reason(publisher):
    visit = make_visit(delegates=4, delegates_high=None)
    draft = make_visit(delegates=4, state="draft")
    content = csv_file("code|delegates", f"{visit.code}|5", f"{draft.code}|5")

    assert errors("visits", content, publisher) == [(2, "delegates")]
    result = imported("visits", content, publisher, reason="The travel report has been found.")
    list(result.load(result.versions))
    newest = Revision.objects.of(visit).order_by("-pk").first()
    assert (newest.action, newest.reason, newest.by) == ("changed", "The travel report has been found.", publisher)
    assert Revision.objects.of(visit).filter(action="before").exists()


def test_a_published_number_of_a_profession_needs_a_reason_too(publisher):
    visit = make_visit()
    visit.professions.create(profession=Profession.objects.get(code="teachers"), number=3)
    content = csv_file("visit|profession|number", f"{visit.code}|teachers|4", f"{visit.code}|doctors|3")

    assert errors("delegates", content, publisher) == [(2, "professions")]
    assert errors("delegates", content, publisher, reason="The list has been found.") == []


# From the first look to the last


def dry_run(client, sheet: str, content: bytes) -> str:
    answer = upload(client, sheet, content)
    assert answer.status_code == 302
    return answer.url


def test_nothing_is_written_until_it_is_loaded_and_then_all_of_it(staff_client):
    client = staff_client("Editor")
    address = dry_run(client, "visits", csv_file("code|period", "test-new|2012", "test-other|2013"))

    looked = text_of(client.get(address))
    assert "Created 2 Updated 0 Proposed changes 0 Unchanged 0 Rows left out 0 Open 0" in looked
    assert not Visit.objects.filter(code="test-new").exists()

    loaded = text_of(client.post(address, {"load": "1", "reason": "From the archive"}, follow=True))

    assert "All of it is loaded" in loaded
    assert Visit.objects.get(code="test-new").state == "draft"
    assert Revision.objects.get(code="test-other").reason == "From the archive"
    # Of the file nothing is kept, and it cannot be loaded again.
    uploaded = SpreadsheetUpload.objects.get()
    assert (uploaded.content, uploaded.grid) == (b"", b"")
    assert "All of it is loaded" in text_of(client.post(address, {"load": "1"}))
    assert Visit.objects.get(code="test-new").version == 1


def test_a_file_with_a_fault_is_not_loaded_at_all(staff_client):
    client = staff_client("Editor")
    address = dry_run(client, "visits", csv_file("code|period", "test-new|2012", "test-other|soon"))

    answer = text_of(client.post(address, {"load": "1"}, follow=True))

    assert "Nothing is loaded while one is open" in answer
    assert 'name="load"' not in client.get(address).content.decode()
    assert not Visit.objects.filter(code__startswith="test-").exists()


def test_what_somebody_changed_meanwhile_is_told_and_not_overwritten(staff_client):
    client = staff_client("Publisher")
    visit = make_visit(purpose_en="First")
    address = dry_run(client, "visits", csv_file("code|purpose_en", f"{visit.code}|Mine"))
    text_of(client.get(address))
    visit.purpose_en = "Theirs"
    visit.save()

    told = text_of(client.post(address, {"load": "1"}, follow=True))

    visit.refresh_from_db()
    assert visit.purpose_en == "Theirs"
    assert f"changed by someone else: {visit.code}" in told
    assert "Theirs Mine" in told
    assert "All of it is loaded" in text_of(client.post(address, {"load": "1"}, follow=True))
    visit.refresh_from_db()
    assert visit.purpose_en == "Mine"


def test_a_reader_who_goes_away_half_way_takes_all_of_it_back(publisher):
    content = csv_file("code|period", *[f"test-{number}|2012" for number in range(600)])
    result = imported("visits", content, publisher)

    loading = result.load(result.versions)
    assert next(loading) == 250
    assert Visit.objects.filter(code__startswith="test-").exists()
    loading.close()

    assert not Visit.objects.filter(code__startswith="test-").exists()


def test_a_file_is_kept_for_its_owner_alone_and_not_for_long(staff_client, client, staff):
    owner = staff_client("Editor")
    address = dry_run(owner, "visits", csv_file("code|period", "test-new|2012"))
    client.force_login(staff("Publisher"))
    assert client.get(address, headers={"host": "localhost"}).status_code == 404

    SpreadsheetUpload.objects.update(made_at=timezone.now() - datetime.timedelta(days=31))
    assert owner.get(address).status_code == 404
    owner.get(url(Visit, "import", "visits"))
    assert not SpreadsheetUpload.objects.exists()


def test_a_file_that_is_not_the_one_that_was_brought_is_not_loaded(staff_client):
    client = staff_client("Editor")
    address = dry_run(client, "visits", csv_file("code|period", "test-new|2012"))
    SpreadsheetUpload.objects.update(content=csv_file("code|period", "test-else|2012"))

    assert client.post(address, {"load": "1"}).status_code == 404
    assert not Visit.objects.filter(code="test-else").exists()


def test_reasons_are_asked_for_on_the_page_and_kept(staff_client):
    client = staff_client("Publisher")
    visit = make_visit(delegates=4)
    address = dry_run(client, "visits", csv_file("code|delegates|purpose_en", f"{visit.code}|5|Mayor Testperson came"))
    first = text_of(client.get(address))
    assert "Say why, below, for the whole import" in first
    assert "looks like personal data" in first

    client.post(address, {"check": "1", "reason": "Found", "allowed_because": "named in office"})

    assert "Open 0" in text_of(client.get(address))


def test_a_likely_duplicate_is_asked_about_as_in_the_form(staff_client):
    client = staff_client("Editor")
    vaxjo, tlokwe = Partner.objects.get(code="vaxjo"), Partner.objects.get(code="tlokwe")
    make_visit(code="test-visit", hosts=[vaxjo], guests=[tlokwe], period="2013-05")
    make_project(code="test-project", title_en="Waste sorting in schools", period="2012")
    source = make_source(url="https://example.org/report/")
    files = {
        "visits": csv_file("code|period|direction|hosts", "n|2013-05-14|to_sweden|vaxjo", "m|2014|to_sweden|vaxjo"),
        "projects": csv_file("code|title_en|period", "n|Waste sorting in the schools|2012", "m|A choir exchange|2012"),
        "sources": csv_file(
            "code|title|publisher|url|grade|language|kind",
            "n|A report|ICLD|https://example.org/report|funder|en|report",
        ),
    }
    for sheet, code in {"visits": "test-visit", "projects": "test-project", "sources": source.code}.items():
        address = dry_run(client, sheet, files[sheet])
        words = text_of(client.get(address))
        assert "There may be a record of this already." in words
        assert f'value="{code}"' in client.get(address).content.decode()
        assert "Open 1" in words

        client.post(address, {"check": "1", "are_others": "on"})

        assert "Open 0" in text_of(client.get(address))


def test_the_export_has_what_the_list_shows_in_every_state(staff_client):
    client = staff_client("Editor")
    make_visit(code="test-draft", state="draft")
    address = f"{url(Visit, 'changelist')}export/"

    listed = csv.DictReader(
        StringIO(b"".join(client.get(f"{address}visits.csv?state__exact=draft")).decode("utf-8-sig")), delimiter=";"
    )

    assert [(row["code"], row["state"]) for row in listed] == [("test-draft", "draft")]
    assert "visits.csv?state__exact=draft" in client.get(f"{address}?state__exact=draft").content.decode()
    assert client.get(f"{address}visits.csv?nonsense=1").status_code == 302
    assert client.get(f"{address}claims.csv").status_code == 404
    assert client.get(f"{address}visits.pdf").status_code == 404


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_list_leads_to_import_and_export(sheet, staff_client):
    client = staff_client("Editor")
    listed = client.get(url(MODELS[sheet], "changelist")).content.decode()

    assert f'href="{url(MODELS[sheet], "export")}' in listed
    page = client.get(re.search(r'href="([^"]+/import/[^"]+)"', listed)[1]).content.decode()
    if sheet != SHEETS[sheet].kind:
        page = client.get(re.search(rf'href="([^"]+/import/{sheet}/)"', page)[1]).content.decode()
    assert url(MODELS[sheet], "template", sheet, "xlsx") in page


def test_who_may_not_write_may_not_import(client, django_user_model):
    user = django_user_model.objects.create_user("nobody", password="a long enough password", is_staff=True)
    client.force_login(user)

    assert client.get(url(Visit, "import", "visits")).status_code == 403
    assert client.get(url(Visit, "export")).status_code == 403


def test_looking_asks_little_however_many_rows_are_unchanged(publisher, django_assert_max_num_queries):
    texts = [serialize(SHEETS["visits"].schema, visit) for visit in records("visits")]
    content = "".join(formats.csv_lines(SHEETS["visits"], texts)).encode()
    for _number in range(30):
        make_visit(hosts=[make_partner()])

    with django_assert_max_num_queries(30):
        assert imported("visits", content, publisher).unchanged == len(texts)


def test_what_no_workbook_can_hold_is_left_out_and_is_no_change(staff_client, publisher):
    make_project(code="test-control", title_en="A\x0btitle")
    result = imported("projects", exported(staff_client("Administrator"), "projects", "xlsx"), publisher)

    assert (result.changes, result.errors) == ([], [])


def test_a_text_longer_than_a_cell_never_comes_back_shorter(staff_client, publisher):
    text = "A long summary. " * 2_500
    make_project(code="test-long", summary_en=text, summary_sv="Kort")
    content = exported(staff_client("Administrator"), "projects", "xlsx")

    result = imported("projects", content, publisher)
    assert (result.changes, result.errors) == ([], [])

    book = load_workbook(BytesIO(content))
    page = book.active
    columns = {cell.value: cell.column for cell in page[1]}
    row = next(row for row in range(2, page.max_row + 1) if page.cell(row, columns["code"]).value == "test-long")
    cell = page.cell(row, columns["summary_en"])
    assert len(cell.value) == 32_766
    cell.value = "Another beginning" + cell.value[17:]
    changed = BytesIO()
    book.save(changed)
    (error,) = imported("projects", changed.getvalue(), publisher).errors
    assert (error.line, error.column) == (row, "summary_en")
    assert "was cut at export" in error.reason


def test_the_words_a_column_takes_are_named_in_the_language_of_the_reader(staff_client):
    page = staff_client("Editor").get(url(Visit, "import", "visits"), headers={"accept-language": "sv"})

    assert "utkast; publicerad; återkallad" in page.content.decode()
    assert "draft, published" not in page.content.decode()

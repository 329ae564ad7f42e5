"""What a file of any kind holds: sheets, encodings, merged and far cells; and that reading one is bounded."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from partnership.spreadsheets import uploads
from partnership.spreadsheets.columns import SHEETS
from partnership.spreadsheets.tables import Choices, Layout
from partnership.spreadsheets.uploads import read, read_file

from .lists import with_row, workbook
from .test_spreadsheets import cells, csv_file

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2] / "data"
SWEDISH = "Växjö åker på besök"
#: How XLS files begin, and workbooks that are protected.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


# Encodings


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_the_encoding_is_judged_by_how_words_read_and_can_be_changed(encoding):
    content = csv_file("code|title_sv", f"a|{SWEDISH}", encoding=encoding)
    file = read_file(content)

    assert file["encoding"] == encoding
    assert dict(file["encodings"])[encoding] == "Växjö, åker, på, besök"
    other = read(SHEETS["projects"], content, Choices(encoding="cp1252" if encoding != "cp1252" else "cp850"))
    assert SWEDISH not in other.lines[0][1].values()


def test_lines_of_two_encodings_are_each_read_in_their_own():
    content = csv_file("code|title_sv", "a|Växjö") + csv_file("b|Småland", encoding="cp1252")

    assert [line["title_sv"] for _row, line in cells("projects", content)] == ["Växjö", "Småland"]


def test_text_that_was_encoded_twice_is_read_as_it_was_meant():
    content = csv_file("code|title_sv", f"a|{SWEDISH.encode().decode('cp1252')}")

    assert read_file(content)["encoding"] == "utf-8 twice"
    assert cells("projects", content)[0][1]["title_sv"] == SWEDISH


# What a file hides


def test_an_open_quotation_mark_is_named_with_its_line():
    content = b'code;title_en;summary_en\r\na;Screen;"Open, never closed\r\nb;Second;Text\r\n'
    closed_far_below = content + b'c;Third;"Text"\r\n'

    for text in (content, closed_far_below):
        with pytest.raises(ValidationError, match="In line 2 a quotation mark"):
            read_file(text)


def test_a_mark_in_the_middle_of_a_cell_is_no_open_one():
    assert cells("projects", b'code;title_en\r\na;5" pipe\r\nb;"two\nlines"\r\n')[1][1]["title_en"] == "two\nlines"


def test_merged_cells_hold_for_all_their_rows():
    rows = [["period", "hosts", "delegates"], ["2012", "vaxjo", 4], [None, "almhult", 5], ["2013", "vaxjo", 6]]
    table = read(SHEETS["visits"], workbook({"A": rows}, merged=("A2:A3",)))

    assert [list(line.values()) for _row, line in table.lines] == [
        ["2012", "vaxjo", "4"],
        ["2012", "almhult", "5"],
        ["2013", "vaxjo", "6"],
    ]
    assert table.notices == ["Merged cells: “2012” of row 2 holds down to row 3."]


def test_the_sheet_with_the_best_headings_is_proposed_and_no_hidden_one():
    table = [["code", "title_en", "period"], ["a", "Real", "2012"]]
    old = [["code", "title_en", "title_sv", "period"], ["a", "Old", "", "2001"]]
    file = read_file(workbook({"old": old, "Info": [["Period"], ["2005 to 2018"]], "Data": table}, hidden=("old",)))

    layout = Layout(SHEETS["projects"], file)
    assert layout.page.name == "Data"
    assert layout.table().notices == ["Of the sheets only “Data” is read, and not: old, Info."]


@pytest.mark.parametrize(("name", "hidden"), [("list.xls", [5]), ("list.xlsb", [5]), ("list.ods", [5, 6])])
def test_what_other_programs_hide_is_known_as_well(name, hidden):
    """One list as three programs keep it: an old hidden sheet first, hidden rows, a hidden column, a sum below."""
    file = read_file((DATA / name).read_bytes())
    layout = Layout(SHEETS["visits"], file)
    table = layout.table()

    assert [(page.name, page.is_hidden) for page in layout.pages] == [("gamla", True), ("Resor", False)]
    assert layout.page.name == "Resor"
    last = hidden[-1] + 1
    assert [row for row, _line in table.lines] == [3, 4, last]
    assert [(row.row, row.reason) for row in table.left_out] == [
        (1, "above the headings"),
        *((row, "a hidden row") for row in hidden),
        (last + 1, "a sum of other rows"),
    ]
    assert "Hidden columns are read: E." in table.notices
    taken = Layout(SHEETS["visits"], file, Choices(takes_hidden=True)).table()
    assert [row for row, _line in taken.lines] == [3, 4, *hidden, last]


@pytest.mark.parametrize("name", ["list.xls", "list.xlsb", "list.ods"])
def test_a_file_of_which_an_end_is_missing_is_named_and_none_is_half_read(name):
    content = (DATA / name).read_bytes()
    for length in range(600, len(content), len(content) // 3):
        with pytest.raises(ValidationError):
            read_file(content[:length])


def test_totals_and_remarks_are_no_records():
    rows = [
        ["Besök i partnerskapet"],
        ["Period", "Gäster", "Värdar", "Delegater", "Syfte (Svenska)"],
        ["2014", "jb-marks", "vaxjo", 5, "Studiebesök"],
        ["Summan av allt", "jb-marks", "vaxjo", 7, "Total översyn"],
        ["SUMMA", None, None, 12],
        [None, None, None, 12],
        [None, None, None, None, "OBS! fråga kansliet"],
        ["Period", "Gäster", "Värdar", "Delegater", "Syfte (Svenska)"],
        ["2016"],
    ]
    table = read(SHEETS["visits"], workbook({"A": rows}))

    assert [row for row, _line in table.lines] == [3, 4, 9]
    assert [(row.row, row.reason) for row in table.left_out] == [
        (1, "above the headings"),
        (5, "a sum of other rows"),
        (6, "a sum of other rows"),
        (7, "a remark, and no record"),
        (8, "the headings once more"),
    ]
    assert [row for row, _line in read(SHEETS["visits"], workbook({"A": rows}), Choices(rows={"7": "take"})).lines] == [
        *(3, 4, 7, 9)
    ]


def test_a_date_of_which_only_a_part_shows_is_asked_about():
    rows = [["code", "period"], ["a", 40973], ["b", 40973], ["c", 40973]]
    content = workbook({"A": rows})
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(content))
    for place, shown in (("B2", "mmmm"), ("B3", "mmm-yy"), ("B4", "[$-41D]d mmmm yyyy")):
        book.active[place].number_format = shown
    target = BytesIO()
    book.save(target)
    lines = [list(line.values()) for _row, line in read(SHEETS["visits"], target.getvalue()).lines]

    assert lines[0][1].candidates == ("2012-03-05", "2012-03", "2012")
    assert lines[1:] == [["b", "2012-03"], ["c", "2012-03-05"]]


def test_letters_that_nobody_sees_are_taken_out():
    content = csv_file("code|title_en", "lese\u200bding|Soft\u00adhyphen \u202egnp.exe", "\N{NO-BREAK SPACE}b |x")

    assert cells("projects", content) == [
        (2, {"code": "leseding", "title_en": "Softhyphen gnp.exe"}),
        (3, {"code": "b", "title_en": "x"}),
    ]


# Other kinds of files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 x", "This is a PDF"),
        (b"<html><table><tr><td>code</td></tr></table>", "This is a web page"),
        (b"\x89PNG\r\n\x1a\n", "This is a picture"),
        (b"{\\rtf1 code}", "This is a text document"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600,
            "protected by a password",
        ),
        (OLE + b"\0" * 600, "The workbook is damaged"),
    ],
    ids=["pdf", "web page", "picture", "text", "password", "damaged"],
)
def test_the_true_cause_is_told_and_the_way_out(content, words):
    with pytest.raises(ValidationError, match=words):
        read_file(content)


# Costs


def test_rows_that_hold_nothing_cost_nothing():
    content = workbook({"A": [["code", "period"], ["a", "2012"]]})
    styled = with_row(content, '<row r="1048576" s="1" customFormat="1"><c r="A1048576" s="0"/></row>')
    empty = with_row(content, "<row/>" * 1_000_000)
    far = with_row(content, '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>z</t></is></c></row>')

    assert [row for row, _line in cells("visits", styled)] == [2]
    assert [row for row, _line in cells("visits", empty)] == [2]
    assert [row for row, _line in cells("visits", far)] == [2, 1048576]


def test_a_cell_in_the_last_corner_is_named():
    content = with_row(
        workbook({"A": [["code", "period"], ["a", "2012"]]}),
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>z</t></is></c></row>',
    )

    with pytest.raises(ValidationError, match="in cell XFD1048576"):
        read_file(content)


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_SECONDS", 0)

    with pytest.raises(ValidationError, match="takes too long to read"):
        read_file(csv_file("code|period", "a|2012"))

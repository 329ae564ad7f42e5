"""Lists as clerks keep them, one of each country, made up for these tests; and a browser that fills in their pages."""

from __future__ import annotations

import datetime
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from openpyxl import Workbook

#: A Swedish list: titles above, own headings, dates as they were written, a total, a remark and an old hidden sheet.
SWEDISH: list[list[Any]] = [
    ["Internationella resor – samarbetet med Sydafrika"],
    ["uppdaterad v. 7, kollas mot diariet"],
    [],
    ["Nr", "När", "Från", "Till", "Vad handlade det om?", "Projekt", "Antal", "varav lärare", "Kostnad", "OBS"],
    [1, "12-16 okt 2009", "Tlokwe", "Växjö", "nya medier", "Public Relations 3", 4],
    [2, "våren 2010", "Växjö", "Tlokwe City Council", "återbesök", "Public Relations 3", 5, None, "62 000 kr"],
    [3, "v. 42 2010", "Tlokwe", "Växjö kommun ", "yrkesvägledning", "Leseding", 6, 2, None, "saknar deltagarlista"],
    [4, datetime.date(2011, 2, 7), "Växjö", "Tlokwe", "slutmöte", "Leseding", 7, 3, "110 500,50"],
    [5, "nov 2011", "Tlokwe", "Växjö", "rekrytering", "Human Resources", None, None, None, "antal okänt"],
    [6, "21–27 november 2011", "Tlokwe", "Växjö  ", "ledarskap", "Human Resources", 6],
    [7, "mellan 2011 och 2013", "Region Kronoberg", "JB Marks", "koalitioner", "Politician Project"],
    [8, "ca 2012", "Växjö", "Tlokwe", "räddningstjänst", "Project for Rescue Service", 3],
    [],
    [" "],
    [9, "3/9 - 9/9 2012", "Växjö", "Tlokwe", "ekonomi", "International Team Finance 2", 6, None, "R 45 000"],
    [10, "hösten 2013", "Älmhult", "Tlokwe", "ungdomar", None, "6-8"],
    [11, "14 maj 2014", "Tlokwe", "Växjö", "bibliotek", "Tshwaraganang", 9],
    [12, "2016-02", "Växjö", "Tlokwe", "styrgrupp", None, 5],
    [13, "13-17/3 2017", "Växjö", "JB Marks", "utsatta familjer", "vulnerable families"],
    [14, "?", "JB Marks", "Växjö kommun ", "okänt", None, None, None, None, "datum saknas"],
    [15, "2019", "Växjö Energi", "JB Marks", "energiplan", "Energy plan", 4],
    [None, "SUMMA", None, None, None, None, "=SUM(G5:G21)"],
    ["obs: resorna före 2009 ligger i den gröna pärmen"],
]
#: By row: direction, period, guests, hosts, delegates; where the clerk is asked, the first answer is taken.
SWEDISH_VISITS: dict[int, tuple[str, str, str, str, str]] = {
    5: ("to_sweden", "2009-10-12/2009-10-16", "tlokwe", "vaxjo", "4"),
    6: ("to_south_africa", "2010-25", "vaxjo", "tlokwe", "5"),
    7: ("to_sweden", "2010-W42", "tlokwe", "vaxjo", "6"),
    8: ("to_south_africa", "2011-02-07", "vaxjo", "tlokwe", "7"),
    9: ("to_sweden", "2011-11", "tlokwe", "vaxjo", ""),
    10: ("to_sweden", "2011-11-21/2011-11-27", "tlokwe", "vaxjo", "6"),
    11: ("to_south_africa", "[2011..2013]", "landstinget-kronoberg", "tlokwe", ""),
    12: ("to_south_africa", "2012~", "vaxjo", "tlokwe", "3"),
    15: ("to_south_africa", "2012-09-03/2012-09-09", "vaxjo", "tlokwe", "6"),
    16: ("to_south_africa", "2013-27", "almhult", "tlokwe", "6–8"),
    17: ("to_sweden", "2014-05-14", "tlokwe", "vaxjo", "9"),
    18: ("to_south_africa", "2016-02", "vaxjo", "tlokwe", "5"),
    19: ("to_south_africa", "2017-03-13/2017-03-17", "vaxjo", "jb-marks", ""),
    20: ("to_sweden", "", "jb-marks", "vaxjo", ""),
    21: ("to_south_africa", "2019", "vaxjo-energi", "jb-marks", "4"),
}
#: A South African list: other headings and names, days first, seasons of the south, merged and hidden rows.
SOUTH_AFRICAN: list[list[Any]] = [
    ["Exchange visits: Swedish partnership (IDP office)"],
    ["No.", "Date of visit", "Visitors", "Host", "Purpose of visit", "Project", "Pax", "Cost (R)", "Remarks"],
    [1, "October 2006", "Potchefstroom Local Municipality", "Växjö Municipality", "benchmarking", None, "6 to 8"],
    [2, "5/6/2014", "Växjö & Alvesta", "Tlokwe", "youth", "Youth development", 7, "R 12 500"],
    [3, "spring 2015", "Vaxjo", "Tlokwe", "finance", "International Team Finance", 4],
    [4, "13 Mrt 2017", "City of Växjö", "NW405", "families", "vulnerable families", "unknown", None, "check with HR"],
    [5, "2018/19", "JB Marks Municipality", "Vaxjo", "energy", "Energy plan", 12],
    [6, "2001", "Tlokwe", "Växjö", "old row, kept hidden", None, 3],
    ["TOTAL", None, None, None, None, None, "=SUM(G3:G8)", "=SUM(H3:H8)"],
    ["NB: delegates before 2006 not captured"],
]
#: With the second answer where a date can be read in several ways: the southern season, the municipal year.
SOUTH_AFRICAN_VISITS: dict[int, tuple[str, str, str, str, str]] = {
    3: ("to_sweden", "2006-10", "tlokwe", "vaxjo", "6–8"),
    4: ("to_south_africa", "2014-05-06", "vaxjo; alvesta", "tlokwe", "7"),
    5: ("to_south_africa", "2015-29", "vaxjo", "tlokwe", "4"),
    6: ("to_south_africa", "2017-03-13", "vaxjo", "jb-marks", ""),
    7: ("to_sweden", "2018-07/2019-06", "jb-marks", "vaxjo", "12"),
}


def workbook(
    pages: dict[str, list[list[Any]]],
    *,
    hidden: tuple[str, ...] = (),
    hidden_rows: tuple[int, ...] = (),
    merged: tuple[str, ...] = (),
) -> bytes:
    """An XLSX file; rows and merged cells are those of its first page."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in pages.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        if name in hidden:
            page.sheet_state = "hidden"
    first = book.worksheets[0]
    for number in hidden_rows:
        first.row_dimensions[number].hidden = True
    for cells in merged:
        first.merge_cells(cells)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def with_row(content: bytes, xml: str) -> bytes:
    """The workbook with further XML below the rows of its first sheet."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(b"</sheetData>", xml.encode() + b"</sheetData>")
            new.writestr(name, data)
    return target.getvalue()


def swedish_list() -> bytes:
    old = [["När", "Från", "Till"], ["2004", "Växjö", "Potchefstroom"]]
    return workbook({"Resor 2009-2019": SWEDISH, "gamla 2004": old}, hidden=("gamla 2004",), merged=("A1:H1",))


def south_african_list() -> bytes:
    return workbook({"Visits": SOUTH_AFRICAN}, hidden_rows=(8,))


class _Fields(HTMLParser):
    """The fields of the page’s own form, as a browser sends them when nothing is touched."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select = ""
        self._options: list[str] = []
        self._chosen: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name, kind = values.get("name") or "", values.get("type") or "text"
        if tag == "input" and name and kind not in {"submit", "file"}:
            if kind in {"radio", "checkbox"} and "checked" not in values:
                return
            default = "on" if kind in {"radio", "checkbox"} else ""
            self.fields.setdefault(name, []).append(values.get("value") or default)
        elif tag == "select":
            self._select, self._options, self._chosen = name, [], None
        elif tag == "option" and self._select:
            self._options.append(values.get("value") or "")
            if "selected" in values:
                self._chosen = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = self._chosen if self._chosen is not None else self._options[0]
            self.fields.setdefault(self._select, []).append(chosen)
            self._select = ""


def fields_of(response: Any) -> dict[str, list[str]]:
    page = response.content.decode()
    parser = _Fields()
    parser.feed(page.partition('<form method="post">')[2].partition("</form>")[0])
    parser.fields.pop("csrfmiddlewaretoken", None)
    return parser.fields


#: A clerk goes through no more pages than these.
MOST_PAGES = 10


class Clerk:
    """Goes through the pages of an import as a clerk does, and counts them."""

    def __init__(self, client: Any, *, reading: int = 0):
        self.client, self.reading = client, reading
        self.pages = 0
        self.response: Any = None
        self.url = ""

    def upload(self, url: str, content: bytes, name: str = "list.xlsx") -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        self._get(url)
        self._post(url, {"file": SimpleUploadedFile(name, content)})

    def _get(self, url: str) -> None:
        self.pages += 1
        self.response = self.client.get(url, follow=True)
        self.url = self.response.request["PATH_INFO"]

    def _post(self, url: str, data: dict[str, Any]) -> None:
        response = self.client.post(url, data)
        if response.status_code == 302:
            self._get(response["Location"])
        else:
            self.pages += 1
            self.url, self.response = url, response

    def match(self, **choices: str) -> None:
        """Takes the guesses for columns and names, and of names without a clear one the first."""
        while self.url.endswith("/columns/") and self.pages < MOST_PAGES:
            fields = fields_of(self.response)
            for number, entry in enumerate(self.response.context["entries"], 1):
                if not entry.code:
                    fields[f"name-{number}"] = [entry.guesses[0]]
            self._post(self.url, {**fields, **choices, "go": "1"})

    def answer(self, **whole: str) -> None:
        """Chooses the same reading for all dates and numbers, and the first answer to everything else."""
        while (groups := self.response.context["groups"]) and self.pages < MOST_PAGES:
            fields = fields_of(self.response)
            for g, group in enumerate(groups, 1):
                for q, question in enumerate(group.questions, 1):
                    if not question.candidates:
                        continue
                    last = len(question.candidates) - 1
                    if group.is_by_cell:
                        fields[f"q-{g}-{q}"] = [question.candidates[min(self.reading, last)][0]]
                    else:
                        name = f"{group.code}-{question.rows[0]}-{group.column}-{q}"
                        fields[name] = [question.candidates[0][0]]
            self._post(self.url, {**fields, **whole, "check": "1"})

    def load(self, **whole: str) -> None:
        self._post(self.url, {**fields_of(self.response), **whole, "load": "1"})

"""Public data in spreadsheet programs: no text is worked out as a formula, and each comes back as it was."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.test import Client

from partnership.award.pack import _sources
from tests.factories import make_visit

FORMULA = '=HYPERLINK("https://example.org")'
#: How docs/data.md says that the apostrophe is taken off.
PATTERN = re.search(r're\.sub\(r"(.*?)", "", cell\)', (Path(__file__).parents[3] / "docs" / "data.md").read_text())[1]


@pytest.mark.django_db
def test_no_text_of_public_csv_is_a_formula_and_the_documented_way_undoes_it():
    make_visit(code="test-formula", purpose_en=FORMULA, purpose_sv="'=twice", delegates=7)
    client = Client(headers={"host": "localhost"})

    rows = csv.DictReader(StringIO(b"".join(client.get("/en/visits.csv")).decode()))
    row = next(row for row in rows if row["code"] == "test-formula")

    assert (row["purpose_en"], row["purpose_sv"], row["delegates"]) == (f"'{FORMULA}", "''=twice", "7")
    assert [re.sub(PATTERN, "", row[name]) for name in ("purpose_en", "purpose_sv")] == [FORMULA, "'=twice"]
    records = json.loads(b"".join(client.get("/en/visits.json")))["records"]
    assert next(record for record in records if record["code"] == "test-formula")["purpose_en"] == FORMULA


def test_no_title_in_the_jurys_archive_is_a_formula():
    source = {
        "number": 1,
        "code": "s",
        "title": "@cmd",
        "publisher": "-x",
        "published": None,
        "url": "https://a.example",
    }

    (row,) = csv.DictReader(StringIO(_sources([source])))

    assert (row["number"], row["title"], row["publisher"], row["published"]) == ("1", "'@cmd", "'-x", "")

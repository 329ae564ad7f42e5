"""Public data as workbooks: what the CSV holds, with the meaning of each column, and nothing worked out."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from partnership.opendata import workbooks
from partnership.opendata.relations import ALL_TABLES
from tests.factories import make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client(headers={"host": "localhost"})


def rows_of(content: bytes, page: str) -> list[list[str]]:
    sheet = load_workbook(BytesIO(content))[page]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_a_list_has_the_rows_and_columns_of_its_csv_with_the_same_filters(client):
    make_visit(code="test-formula", purpose_en="=1+1", period="2012", delegates=7)
    query = "?direction=to_sweden"
    response = client.get(f"/en/visits.xlsx{query}")
    in_csv = list(csv.reader(StringIO(b"".join(client.get(f"/en/visits.csv{query}")).decode())))

    assert response["Content-Type"] == workbooks.MEDIA_TYPE
    assert rows_of(response.content, "visits") == in_csv
    cells = [cell for row in load_workbook(BytesIO(response.content))["visits"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    meanings = rows_of(response.content, "columns")
    assert [row[1] for row in meanings[1:]] == in_csv[0]
    assert meanings[0] == ["table", "column", "type", "title_en", "description_en", "title_sv", "description_sv"]
    assert all(all(row) for row in meanings[1:])


def test_the_whole_has_every_table(client):
    response = client.get("/data/record.xlsx")

    assert load_workbook(BytesIO(response.content)).sheetnames == [*ALL_TABLES, "columns"]
    assert client.head("/data/record.xlsx").content == b""
    assert client.get("/data/partners.xlsx").status_code == 200


def test_what_is_too_long_for_a_workbook_leads_to_the_csv(client, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    response = client.get("/en/visits.xlsx")

    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")
    assert "The CSV has all" in response.content.decode()

"""The page about using the data, and the description for programs: what they show works."""

from __future__ import annotations

import json
import re
import runpy
from html import unescape

import duckdb
import pandas as pd
import pytest
from django.test import Client
from openapi_spec_validator import validate

from partnership.opendata.relations import ALL_TABLES
from tests.base import fetch
from tests.factories import make_project, make_source, make_visit

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"


def get(url: str):
    return Client(headers={"host": "localhost"}).get(url)


def example(name: str) -> str:
    """The code of an example on the page."""
    html = fetch("/en/data/using/").html
    match = re.search(rf'aria-labelledby="{name}"><code>(.*?)</code>', html, re.S)
    assert match
    return unescape(match[1])


def with_files(code: str, folder) -> str:
    """The code of an example, with each table read from a file."""

    def stored(match: re.Match) -> str:
        path = folder / match[1]
        path.write_bytes(get(f"/data/{match[1]}").getvalue())
        return str(path)

    return re.sub(rf"{SITE}/data/(\w+\.csv)", stored, code)


def test_the_example_for_duckdb_finds_what_rests_on_one_source(tmp_path):
    source = make_source(code="test-one")
    make_project(code="test-alone", sources=0).citations.create(source=source)

    assert ("test-alone", "test-one") in duckdb.sql(with_files(example("duckdb"), tmp_path)).fetchall()


def test_the_example_for_pandas_adds_up_each_way(tmp_path, capsys):
    for direction, delegates, most in (("to_sweden", 6, 8), ("to_south_africa", 3, None)):
        make_visit(direction=direction, delegates=delegates, delegates_high=most)
    program = tmp_path / "example.py"
    program.write_text(with_files(example("pandas"), tmp_path), encoding="utf-8")

    visits: pd.DataFrame = runpy.run_path(str(program))["visits"]
    sums = visits.groupby("direction")[["delegates", "most"]].sum()
    rows = json.loads(get("/data/visits.json").getvalue())["records"]
    for direction in ("to_sweden", "to_south_africa"):
        chosen = [row for row in rows if row["direction"] == direction and row["delegates"]]
        assert sums.loc[direction, "delegates"] == sum(row["delegates"] for row in chosen)
        assert sums.loc[direction, "most"] == sum(row["delegates_high"] or row["delegates"] for row in chosen)
    assert "to_sweden" in capsys.readouterr().out


def test_addresses_of_the_other_examples_answer():
    for name in ("sheet", "curl", "r"):
        url = re.search(rf"{SITE}(/\S+?)[\"\s)]", f"{example(name)} ")
        assert url, name
        response = get(url[1])
        assert (response.status_code, bool(response.getvalue())) == (200, True)


def test_the_description_is_valid_and_true():
    described = json.loads(get("/data/openapi.json").content)

    validate(described)
    assert set(described["components"]["schemas"]) == set(ALL_TABLES)
    for path in described["paths"]:
        if "{" not in path:
            assert get(path).status_code == 200, path
    assert {"/data/record.xlsx", "/en/dossier/{slug}/{number}/differences.json"} <= set(described["paths"])
    filters = {row["name"]: row for row in described["paths"]["/en/projects.json"]["get"]["parameters"]}
    assert {"theme", "partner", "from", "to", "sort"} <= set(filters)
    assert "leseding" not in filters
    assert "democracy" in filters["theme"]["schema"]["items"]["enum"]


def test_rows_are_what_the_description_says():
    schemas = json.loads(get("/data/openapi.json").content)["components"]["schemas"]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}

    for name, schema in schemas.items():
        rows = json.loads(get(f"/data/{name}.json").getvalue())["records"]
        for row in rows[:50]:
            for key, about in schema["properties"].items():
                allowed = about["type"] if isinstance(about["type"], list) else [about["type"]]
                is_right = row[key] is None if "null" in allowed else False
                assert is_right or isinstance(row[key], kinds[allowed[0]]), (name, key, row[key])
                assert not about.get("enum") or row[key] in about["enum"], (name, key, row[key])

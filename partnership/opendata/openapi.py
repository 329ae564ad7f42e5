"""The description of the open data for programs that read such descriptions (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import translation

from projects.forms import ProjectFilter
from visits.forms import VisitFilter

from .. import __version__
from ..lists import CodeChoiceField, FilterForm, YearField
from ..publishing import permanent_path
from ..web.rate_limits import DOWNLOADS
from . import workbooks
from .changes import PAGE_SIZE
from .package import DESCRIPTION, TITLE
from .relations import ALL_TABLES
from .tables import ATTRIBUTION, FORMAT, LICENCE, LICENCE_URL, TABLES, Column, Table

_TYPES = {"array": "array", "date": "string", "datetime": "string"}
_PROBLEM = {"$ref": "#/components/responses/Problem"}


def description() -> dict[str, Any]:
    """The whole description; two lists have filters."""
    with translation.override("en"):
        return {
            "openapi": "3.1.0",
            "info": {
                "title": TITLE["en"],
                "description": f"{DESCRIPTION['en']} At most {DOWNLOADS} requests a minute from one address; no key. "
                f"Name “{ATTRIBUTION}”.",
                "version": __version__,
                "license": {"name": LICENCE, "url": LICENCE_URL},
            },
            "servers": [{"url": settings.SITE_URL}],
            "paths": _paths(),
            "components": {
                "schemas": {table.name: _schema(table) for table in ALL_TABLES.values()},
                "responses": {
                    "Problem": {
                        "description": "What is wrong, as problem details (RFC 9457).",
                        "content": {"application/problem+json": {"schema": {"type": "object"}}},
                    },
                    "NotModified": {"description": "Unchanged since the ETag that was sent along."},
                },
            },
        }


_OBJECT: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
_GONE = {"410": _PROBLEM}


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for table in ALL_TABLES.values():
        path = f"/data/{table.name}.json"
        parameters = _CHANGES if table.name == "changes" else []
        paths[path] = _get(f"{table.title}: the whole table", parameters, _rows(table))
        paths[path.replace(".json", ".csv")] = _get(f"{table.title}: the whole table", parameters, _CSV)
    forms_of_lists: dict[str, FilterForm] = {"projects": ProjectFilter(QueryDict()), "visits": VisitFilter(QueryDict())}
    for name, form in forms_of_lists.items():
        filters = [_parameter(field, form.fields[field]) for field in form.fields]
        for suffix, content in (("json", _rows(TABLES[name])), ("csv", _CSV)):
            paths[f"/en/{name}.{suffix}"] = _get(f"{TABLES[name].title}, filtered as on the page", filters, content)
    paths[permanent_path("{kind}", "{code}") + ".json"] = _get(
        "One record of any kind, with its evidence",
        [_in_path("kind", sorted(name.removesuffix("s") for name in TABLES)), _in_path("code")],
        _OBJECT,
        more=_GONE,
    )
    edition = "/en/dossier/{slug}/{number}"
    in_edition = [_in_path("slug"), _in_path("number")]
    paths[f"{edition}/edition.json"] = _get(
        "A frozen edition of a dossier; its “data” hold the tables of that day with their schemas", in_edition, _OBJECT
    )
    paths[f"{edition}/differences.json"] = _get(
        "What differs today from an edition: added, gone and changed records by code", in_edition, _OBJECT, more=_GONE
    )
    paths[f"{edition}/differences/{{other}}.json"] = _get(
        "What differs between two editions", [*in_edition, _in_path("other")], _OBJECT, more=_GONE
    )
    paths["/data/versions.json"] = _get("Which versions can still be downloaded", [], _OBJECT)
    paths["/data/datapackage.json"] = _get("The tables and their columns (Data Package 2.0)", [], _OBJECT)
    paths["/data/record.xlsx"] = _get("All tables in one workbook", [], {workbooks.MEDIA_TYPE: {}})
    paths["/data/record-{version}.zip"] = _get(
        "One version of the data, the same bytes for ever", [_in_path("version")], {"application/zip": {}}
    )
    return paths


def _get(summary: str, parameters: list[Any], content: dict[str, Any], more: Any = None) -> dict[str, Any]:
    responses = {
        "200": {"description": "The data.", "content": content},
        "304": {"$ref": "#/components/responses/NotModified"},
        **dict.fromkeys(("400", "404", "429"), _PROBLEM),
        **(more or {}),
    }
    return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}


_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
_CHANGES = [
    {
        "name": "since",
        "in": "query",
        "description": "Changes after this date or time (ISO 8601).",
        "schema": {"type": "string"},
    },
    {
        "name": "after",
        "in": "query",
        "description": f"Changes after this number; at most {PAGE_SIZE} at a time, “next” leads on.",
        "schema": {"type": "integer"},
    },
]


def _rows(table: Table) -> dict[str, Any]:
    records = {"type": "array", "items": {"$ref": f"#/components/schemas/{table.name}"}}
    about = {"format": {"const": FORMAT}, "schema": {"type": "string"}, "licence": {"type": "string"}}
    properties = {"table": {"const": table.name}, **about, "records": records}
    required = ["table", *about, "records"]
    return {"application/json": {"schema": {"type": "object", "required": required, "properties": properties}}}


def _schema(table: Table) -> dict[str, Any]:
    return {
        "type": "object",
        "title": str(table.title),
        "required": [column.name for column in table.columns],
        "properties": {column.name: _property(column) for column in table.columns},
    }


def _property(column: Column) -> dict[str, Any]:
    kind = _TYPES.get(column.type, column.type)
    schema: dict[str, Any] = {"type": [kind, "null"], "description": str(column.description)}
    if column.type == "array":
        schema |= {"type": "array", "items": {"type": "object" if column.cell else "string"}}
    if column.type in ("date", "datetime"):
        schema["format"] = "date" if column.type == "date" else "date-time"
    if column.codes:
        schema["enum"] = list(column.codes)
    return schema


def _in_path(name: str, codes: list[str] | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", **({"enum": codes} if codes else {})}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _parameter(name: str, field: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    choices: Any = getattr(field, "choices", ())
    if isinstance(field, YearField):
        schema = {"type": "integer", "minimum": 1800, "maximum": 2100}
    elif isinstance(field, CodeChoiceField):
        schema = {"type": "array", "items": {"type": "string", "enum": [str(code) for code, _label in choices]}}
    elif isinstance(field, forms.ChoiceField):
        schema["enum"] = [str(code) for code, _label in choices]
    text = str(field.label)
    if name == "partner":
        text += ": the body and those that it took over from"
    return {"name": name, "in": "query", "description": text, "schema": schema}

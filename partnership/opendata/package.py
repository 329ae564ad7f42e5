"""The whole data set as a Frictionless Data Package (v1): tables, their schemas, sizes and hashes, and one archive."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from projects import iati

from ..publishing import last_change
from .tables import ATTRIBUTION, LICENCE, LICENCE_URL, TABLES, Column, Table, csv_rows

NAME = "vaxjo-kronoberg-jb-marks"
TITLE = iati.PARTNERSHIP_TITLE
DESCRIPTION = {
    "en": "Projects, visits, partners, themes, outputs, history, claims and their sources, since 2005/2006. Each fact "
    "names its source; what is not documented is empty.",
    "sv": "Projekt, besök, parter, teman, resultat, historia, uppgifter och deras källor, sedan 2005/2006. Varje fakta "
    "anger sin källa; det som inte är dokumenterat är tomt.",
}


@dataclass(frozen=True)
class BuiltTable:
    content: bytes
    rows: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True)
class Package:
    """The data set at one data version; ``date`` is that of the last change."""

    date: str
    tables: dict[str, BuiltTable]
    description: bytes
    archive: bytes


def table_url(name: str, suffix: str = "csv") -> str:
    return reverse("data-table", args=[name, suffix])


def archive_url(date: str) -> str:
    return reverse("data-archive", args=[date])


# Two entries: the current version and the next one.
@lru_cache(maxsize=2)
def build(version: int) -> Package:
    """The package of a data version; the same record gives the same bytes."""
    with translation.override("en"):
        tables = {name: _build_table(table) for name, table in TABLES.items()}
        changed = last_change()
        date = changed.date().isoformat() if changed else "2026-01-01"
        description = json.dumps(_description(tables, date), ensure_ascii=False, indent=2).encode()
    return Package(date, tables, description, _archive(tables, description))


def _build_table(table: Table) -> BuiltTable:
    lines = list(csv_rows(table, table.records()))
    return BuiltTable("".join(lines).encode(), len(lines) - 1)


def _description(tables: dict[str, BuiltTable], date: str) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": TITLE["en"],
        "description": DESCRIPTION["en"],
        "homepage": f"{settings.SITE_URL}/en/data/",
        "version": date,
        "licenses": [{"name": "CC-BY-4.0", "title": LICENCE, "path": LICENCE_URL}],
        "contributors": [{"title": settings.OPERATOR_NAME or ATTRIBUTION, "role": "publisher"}],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": name,
                "title": str(TABLES[name].title),
                "path": f"{name}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "lineTerminator": "\r\n"},
                "bytes": table.size,
                "hash": f"sha256:{table.sha256}",
                "schema": {
                    "fields": [_field(column) for column in TABLES[name].columns],
                    "primaryKey": "code",
                    "missingValues": [""],
                },
            }
            for name, table in tables.items()
        ],
    }


def _field(column: Column) -> dict[str, Any]:
    # A list is one cell with its items separated by semicolons; a Frictionless array would be JSON.
    descriptor: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.type == "array" else column.type,
        "title": str(column.title),
    }
    description = str(column.description)
    if column.type == "array":
        description = f"{description} Several are separated by semicolons.".strip()
    if description:
        descriptor["description"] = description
    if column.format:
        descriptor["format"] = column.format
    elif column.type == "datetime":
        descriptor["format"] = "any"
    if column.type == "boolean":
        descriptor |= {"trueValues": ["true"], "falseValues": ["false"]}
    return descriptor


def _archive(tables: dict[str, BuiltTable], description: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {"datapackage.json": description, **{f"{name}.csv": table.content for name, table in tables.items()}}
        files["LICENCE.txt"] = f"{LICENCE} {LICENCE_URL}\n{ATTRIBUTION}\n".encode()
        for name, content in files.items():
            # A fixed time, so that the same data give the same archive.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()

"""The whole data set as a Frictionless Data Package (v1): tables, their schemas, sizes and hashes, and one archive."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO, StringIO
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from projects import iati

from ..models import DataRelease, DataVersion
from .relations import ALL_TABLES
from .tables import ATTRIBUTION, FORMAT, LICENCE, LICENCE_URL, Column, Table, csv_rows

NAME = "vaxjo-kronoberg-jb-marks"
TITLE = iati.PARTNERSHIP_TITLE
DESCRIPTION = {
    "en": "Projects, visits, partners, themes, outputs, history, claims and their sources, since 2005/2006. Facts "
    "name their sources, as far as there are any; what is not documented is empty.",
    "sv": "Projekt, besök, partner, teman, resultat, historia, uppgifter och deras källor, sedan 2005/2006. "
    "Uppgifterna anger sina källor, i den mån det finns några; det som inte är dokumenterat är tomt.",
}


class BuiltTable(NamedTuple):
    content: bytes
    rows: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        return len(self.content)


class Package(NamedTuple):
    """The data set at one data version, and the release that names it."""

    release: DataRelease
    tables: dict[str, BuiltTable]
    description: bytes
    archive: bytes

    @property
    def version(self) -> str:
        return self.release.version

    @property
    def date(self) -> str:
        """The day on which the public data changed last."""
        return self.release.date.isoformat()


def table_url(name: str, suffix: str = "csv") -> str:
    return reverse("data-table", args=[name, suffix])


def archive_url(version: str) -> str:
    return reverse("data-archive", args=[version])


_building = Lock()


def current() -> Package:
    """The data set of today. Built again where the transaction that made its release was rolled back."""
    version = DataVersion.current()
    # Once for all who wait.
    with _building:
        package = build(version)
    if not DataRelease.objects.filter(pk=package.release.pk, sha256=package.release.sha256).exists():
        build.cache_clear()
        package = build(version)
    return package


# Two entries: the current version and the next one.
@lru_cache(maxsize=2)
def build(version: int) -> Package:
    """The package of a data version, kept as a release; the same public data give the same bytes."""
    with translation.override("en"):
        tables = {name: _build_table(table) for name, table in ALL_TABLES.items()}
        release = DataRelease.objects.named(_sha256_of(tables))
        description = json.dumps(_description(tables, release), ensure_ascii=False, indent=2).encode()
    archive = _archive(tables, description)
    if not DataRelease.objects.filter(pk=release.pk).exclude(archive=b"").exists():
        DataRelease.objects.filter(pk=release.pk).update(archive=archive)
    return Package(release, tables, description, archive)


def _sha256_of(tables: dict[str, BuiltTable]) -> str:
    lines = [f"{table.sha256}  {name}.csv\n" for name, table in sorted(tables.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _build_table(table: Table) -> BuiltTable:
    lines = list(csv_rows(table, table.records()))
    return BuiltTable("".join(lines).encode(), len(lines) - 1)


def _description(tables: dict[str, BuiltTable], release: DataRelease) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": NAME,
        "title": TITLE["en"],
        "description": DESCRIPTION["en"],
        "homepage": f"{settings.SITE_URL}/en/data/",
        "format": FORMAT,
        "version": release.version,
        "created": release.made_at.isoformat(timespec="seconds"),
        "licenses": [{"name": "CC-BY-4.0", "title": LICENCE, "path": LICENCE_URL}],
        "contributors": [{"title": settings.OPERATOR_NAME or ATTRIBUTION, "roles": ["publisher"]}],
        "resources": [_resource(ALL_TABLES[name], table) for name, table in tables.items()],
    }


def _resource(table: Table, built: BuiltTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "type": "table",
        "title": str(table.title),
        "path": f"{table.name}.csv",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n"},
        "bytes": built.size,
        "hash": f"sha256:{built.sha256}",
        "schema": schema_of(table),
    }


def redact(release: DataRelease, redacted: Callable[[str], str]) -> bool:
    """Makes the archive of a release anew from its redacted texts, and notes day and checksum. False if none differs.

    The one exception to the rule that a release never changes. Its name keeps the checksum from before.
    """
    with zipfile.ZipFile(BytesIO(bytes(release.archive))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    changed = {
        name: content
        for name, old in files.items()
        if name.endswith(".csv") and (content := _redacted_csv(old, redacted)) != old
    }
    if not changed:
        return False
    files |= changed
    description = json.loads(files["datapackage.json"])
    for resource in description["resources"]:
        content = files[resource["path"]]
        resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    release.redacted_on = timezone.localdate()
    description["redacted"] = release.redacted_on.isoformat()
    files["datapackage.json"] = json.dumps(description, ensure_ascii=False, indent=2).encode()
    release.archive = _zipped(files)
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files) if name.endswith(".csv")]
    release.redacted_sha256 = hashlib.sha256("".join(lines).encode()).hexdigest()
    release.save(update_fields=["archive", "redacted_on", "redacted_sha256"])
    return True


def _redacted_csv(content: bytes, redacted: Callable[[str], str]) -> bytes:
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    for row in csv.reader(StringIO(content.decode(), newline="")):
        writer.writerow([redacted(cell) for cell in row])
    return target.getvalue().encode()


def schema_of(table: Table) -> dict[str, Any]:
    """The Table Schema of a table; references that a list holds cannot be foreign keys."""
    schema: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    references = [column for column in table.columns if column.refers_to]
    if references:
        schema["foreignKeys"] = [
            {
                "fields": [column.name],
                "reference": {
                    "resource": "" if column.refers_to == table.name else column.refers_to,
                    "fields": ["code"],
                },
            }
            for column in references
        ]
    return schema


def _field(column: Column) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"name": column.name, "type": column.type, "title": str(column.title)}
    if column.type == "array":
        # One cell with its items between semicolons; a Frictionless array would be JSON.
        descriptor |= {"type": "list", "itemType": "string", "delimiter": "; "}
    if description := str(column.description):
        descriptor["description"] = description
    if column.format:
        descriptor["format"] = column.format
    elif column.type == "datetime":
        descriptor["format"] = "any"
    if column.type == "boolean":
        descriptor |= {"trueValues": ["true"], "falseValues": ["false"]}
    if column.codes:
        descriptor["constraints"] = {"enum": list(column.codes)}
    return descriptor


def _archive(tables: dict[str, BuiltTable], description: bytes) -> bytes:
    files = {"datapackage.json": description, **{f"{name}.csv": table.content for name, table in tables.items()}}
    files["LICENCE.txt"] = f"{LICENCE} {LICENCE_URL}\n{ATTRIBUTION}\n".encode()
    return _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # A fixed time, so that the same data give the same archive.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()

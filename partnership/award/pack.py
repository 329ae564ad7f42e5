"""A download for jurors: an archive with an edition as PDF and data, its sources, and a reading sheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator

from ..models import Edition
from ..spreadsheets.cells import guarded
from . import editions

_COLUMNS = ["number", "code", "title", "publisher", "published", "language", "grade", "url", "archive_url"]


def pack(edition: Edition) -> bytes:
    """The archive as reproducible bytes: uncompressed, in a fixed order, dated with the edition’s own day.

    Raises AlteredEdition where any file of the edition fails its checksum.
    """
    target = io.BytesIO()
    day = edition.made_on
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _files(edition):
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, content)
    return target.getvalue()


def _files(edition: Edition) -> Iterator[tuple[str, bytes]]:
    verified = editions.verified_files(edition)
    if verified.errors:
        raise editions.AlteredEdition("; ".join(verified.errors))
    files = {name: content for name, content in verified.files.items() if not name.endswith(".html")}
    for language, content in json.loads(files[editions.DATA])["dossier"].items():
        files[f"sources.{language}.csv"] = _sources(content["sources"]).encode("utf-8-sig")
    folder = f"{edition.submission.code}-{edition.number}/"
    for name, content in sorted(files.items()):
        yield folder + name, content
    checksums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    yield f"{folder}SHA256SUMS", "".join(checksums).encode()


def _sources(sources: list[dict]) -> str:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for source in sources:
        writer.writerow({name: guarded(str(source.get(name) or "")) for name in _COLUMNS})
    return lines.getvalue()

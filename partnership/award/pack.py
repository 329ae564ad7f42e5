"""What a juror takes away: one archive with an edition in print and as data, its sources, and a sheet to write on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator

from ..models import Edition
from . import editions

_COLUMNS = ["number", "code", "title", "publisher", "published", "language", "grade", "url", "archive_url"]


def pack(edition: Edition) -> bytes:
    """The same bytes each time: files are stored, not compressed, in a fixed order with the edition’s own day.

    Raises AlteredEdition where a file of the edition is not what was frozen: no juror gets half of it.
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
    stored = editions.stored(edition)
    if stored.faults:
        raise editions.AlteredEdition("; ".join(stored.faults))
    files = {name: content for name, content in stored.files.items() if not name.endswith(".html")}
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
    writer.writerows(sources)
    return lines.getvalue()

"""What a juror takes away: one archive with an edition in print and as data, its sources, and a sheet to write on."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator

from ..fields import language_codes
from ..models import Edition
from . import editions

_COLUMNS = ["number", "code", "title", "publisher", "published", "language", "grade", "url", "archive_url"]


def pack(edition: Edition) -> bytes:
    """The same bytes each time: files are stored, not compressed, in a fixed order with the edition’s own day.

    Raises EditionFile.DoesNotExist where a file of the edition is missing.
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
    folder = f"{edition.submission.code}-{edition.number}/"
    checksums = []
    for row in edition.files.all():
        if not row.name.endswith(".html"):
            checksums.append(f"{row.sha256}  {row.name}\n")
            yield folder + row.name, editions.content(edition, row.name)[0]
    data = editions.data(edition)
    for language in language_codes():
        yield f"{folder}sources.{language}.csv", _sources(data["dossier"][language]["sources"]).encode("utf-8-sig")
    yield f"{folder}SHA256SUMS", "".join(checksums).encode()


def _sources(sources: list[dict]) -> str:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(sources)
    return lines.getvalue()

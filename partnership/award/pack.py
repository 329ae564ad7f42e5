"""A download for jurors: an archive with an edition as PDF and data, its sources, and a reading sheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..fields.translated import language_codes
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
    files["READ-ME.txt"] = _read_me(edition, files).encode()
    folder = f"{edition.submission.code}-{edition.number}/"
    for name, content in sorted(files.items()):
        yield folder + name, content
    checksums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    yield f"{folder}SHA256SUMS", "".join(checksums).encode()


def _read_me(edition: Edition, names: Iterable[str]) -> str:
    """What is in the archive, in every language of the edition’s site."""
    return "\n\n".join(_read_me_in(language, edition, names) for language in language_codes())


def _read_me_in(language: str, edition: Edition, names: Iterable[str]) -> str:
    with translation.override(language):
        about = {
            "dossier.": _("the dossier, to read and to print"),
            "edition.json": _("the same as data, with the whole public record behind it"),
            "reading-sheet.": _("one sheet to take notes on"),
            "sources.": _("the sources, as a table for a spreadsheet"),
        }
        lines = [
            _("%(title)s, edition %(number)s, frozen on %(day)s")
            % {
                "title": edition.submission,
                "number": edition.number,
                "day": date_format(edition.made_on, "j F Y"),
            },
            f"{settings.SITE_URL}{edition.get_absolute_url()}",
            "",
            *(f"{name}: {words}" for name in sorted(names) for begin, words in about.items() if name.startswith(begin)),
            _("SHA256SUMS: the checksum of each file. “sha256sum -c SHA256SUMS” compares them."),
        ]
        return "\n".join(lines)


def _sources(sources: list[dict]) -> str:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, _COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for source in sources:
        writer.writerow({name: guarded(str(source.get(name) or "")) for name in _COLUMNS})
    return lines.getvalue()

"""Redaction: a passage is erased for good, wherever this site keeps words, and what is left is looked for and said.

What a redaction cannot reach is listed in its result: files in which words cannot be replaced, codes and addresses,
backups, and on PostgreSQL the log and the replicas of the database.
"""

from __future__ import annotations

import datetime
import tempfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.utils.text import slugify

from . import child_process, search
from .award import editions
from .fields.passages import Passage, replaced_in, texts_in
from .files import generated
from .models import (
    DataRelease,
    Edition,
    EditionFile,
    HeldUpload,
    Redaction,
    SearchEntry,
    SearchWord,
    SpreadsheetLayout,
    SpreadsheetUpload,
)
from .opendata import package
from .operations import backup
from .operations.orphans import names_in
from .signin import security_log

#: Replaces the passage; it says that something is gone and nothing of what.
MARK = "[…]"
SHORTEST = 4
#: Apps whose tables hold no words of people, or the names by which staff sign in.
_SKIPPED_APPS = {"contenttypes", "auth", "axes", "otp_totp", "otp_static", "sessions"}
#: Models of which no word is replaced: what the redaction writes itself, and what is deleted or made anew as a whole.
_SKIPPED = {Redaction, EditionFile, SearchWord, SpreadsheetUpload, SpreadsheetLayout}
#: The names by which colleagues sign in and write are in their accounts, which administrators change.
_ACCOUNT_NAMES = {"user": ("username", "password", "first_name", "last_name", "email")}
#: Columns of addresses, which hold one or nothing.
_ADDRESSES = {"email", "address"}
#: Bytes around a word that may be part of the passage.
_AROUND = 500
#: Members of an archive that are larger are not opened.
_LARGEST_MEMBER = 64 * 1024 * 1024


def find(passage: Passage) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Every spelling of the passage on record with its places, and passages that are nearly the same with theirs."""
    spelled: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for place, text in _texts():
        for spellings, passages in ((spelled, passage.spelled(text)), (near, passage.near(text))):
            for words in dict.fromkeys(passages):
                spellings.setdefault(words, []).append(place)
    return spelled, near


def redact(passage: Passage, *, by: Any, reason: str, decision: str, backups: list[str] | None = None) -> Redaction:
    """Replaces the passage wherever it can be replaced, records that it was done, and looks again for what is left.

    Raises ValueError for a passage of fewer than four characters, which would damage other words, and for a reason that
    repeats it; LookupError for one that is nowhere. A damaged edition keeps nothing else from being erased. ``backups``
    are those that were made before, in words.
    """
    if len(passage.text.strip()) < SHORTEST:
        raise ValueError("The passage must have at least four characters.")
    if passage.is_in(f"{reason} {decision}"):
        raise ValueError("The reason and the decision must not repeat what is erased.")
    damaged: list[str] = []
    with transaction.atomic():
        places = [place for model in _models() for place in _erase_in_columns(model, passage)]
        places += [_ended("session", session) for session in _sessions(passage)]
        places += [_ended("spreadsheet", row) for row in _spreadsheets(passage)]
        places += list(_held_files(passage))
        places += list(_erase_in_editions(passage, damaged))
        places += list(_erase_in_releases(passage, damaged))
        if not places and not damaged and not _left(passage):
            raise LookupError("The passage is nowhere on record.")
        SearchWord.objects.filter(word__in=search.folded_words(" ".join((passage.text, *passage.also)))).delete()
        redaction = Redaction.objects.create(by=by, reason=reason, decision=decision, places=sorted(set(places)))
    security_log.note(security_log.What.REDACTED, user=by, detail=decision)
    search.refresh()
    cache.clear()
    package.build.cache_clear()
    # Papers and pictures that were made of the record are made again when somebody asks for them.
    generated.clear()
    redaction.result = {
        "database": _clean_database(),
        "left": _left(passage),
        "damaged": damaged,
        "backups": backups or [],
    }
    redaction.save(update_fields=["result"])
    return redaction


# Where words are


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in _SKIPPED_APPS and model not in _SKIPPED and not model._meta.proxy:
            yield model


def _columns(model: type[models.Model]) -> list[Any]:
    """Columns of words; codes, addresses and names of files are kept by other sites and by files."""
    return [
        field
        for field in model._meta.fields
        if isinstance(field, (models.CharField, models.TextField, models.JSONField))
        and not isinstance(field, models.SlugField)
        and not field.choices
        and field.name not in _ACCOUNT_NAMES.get(str(model._meta.model_name), ())
    ]


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    """Plain rows: some models refuse bulk changes, and records must not get a version that holds what is erased."""
    return models.QuerySet(model)


def _texts() -> Iterator[tuple[str, str]]:
    """Every text in the database, with its place."""
    for model in _models():
        columns = _columns(model)
        for row in _rows(model).values("pk", *(column.name for column in columns)) if columns else ():
            for column in columns:
                for text in texts_in(row[column.name]):
                    yield f"{model._meta.model_name}/{row['pk']}: {column.name}", text
    sheets: list[Any] = [*SpreadsheetUpload.objects.all(), *SpreadsheetLayout.objects.all()]
    for sheet in sheets:
        yield f"{sheet._meta.model_name}/{sheet.pk}", sheet.text


def _left_in_index(passage: Passage) -> Iterator[str]:
    """The index holds words without accents: what it has and the entry that it was made of has not is left there."""
    for spelling in (passage.text, *passage.also):
        words = search.folded_words(spelling)
        for key in search.entries_with(spelling) if words else ():
            entry = SearchEntry.objects.filter(pk=key).first()
            texts = f"{entry.title} {entry.text} {entry.also}" if entry else ""
            if f" {' '.join(words)} " not in f" {' '.join(search.folded_words(texts))} ":
                yield f"search index/{key}"


def _erase_in_columns(model: type[models.Model], passage: Passage) -> list[str]:
    places = []
    columns = _columns(model)
    names = [column.name for column in columns]
    code = [name for name in ("code",) if name in {field.name for field in model._meta.fields}]
    for row in list(_rows(model).values("pk", *code, *names)) if columns else ():
        changes = {name: _without(name, row[name], passage) for name in names}
        changes = {name: value for name, value in changes.items() if value != row[name]}
        if changes:
            _rows(model).filter(pk=row["pk"]).update(**changes)
            label = f"{model._meta.model_name}/{row.get('code') or row['pk']}"
            places += [f"{label}: {name}" for name in changes]
    return places


def _without(name: str, value: Any, passage: Passage) -> Any:
    if name in _ADDRESSES and isinstance(value, str) and passage.is_in(value):
        return ""
    return replaced_in(value, passage, MARK)


def _ended(name: str, row: models.Model) -> str:
    """Deletes what can be made again, and says what it was; the whole key of a session would open it."""
    place = f"{name}/{str(row.pk)[:4]}"
    row.delete()
    return place


def _sessions(passage: Passage) -> list[Session]:
    """Sessions that hold the passage, in a form that waits for its sender, for example: they end."""
    return [session for session in Session.objects.all() if any(map(passage.is_in, texts_in(session.get_decoded())))]


def _spreadsheets(passage: Passage) -> Iterator[models.Model]:
    """Files that wait for their import, and what was remembered of such files: they can be sent again, without."""
    for upload in SpreadsheetUpload.objects.all():
        if passage.is_in(upload.text) or _is_in_bytes(passage, bytes(upload.content)):
            yield upload
    yield from (layout for layout in SpreadsheetLayout.objects.all() if passage.is_in(layout.text))


def _held_files(passage: Passage) -> Iterator[str]:
    """Files that wait for their form: they can be chosen again, without."""
    for upload in HeldUpload.objects.all():
        try:
            with upload.file.open() as file:
                is_in = _is_in_bytes(passage, file.read())
        except OSError:
            continue
        if is_in:
            HeldUpload.objects.filter(pk=upload.pk).discard()
            yield f"held file/{upload.pk}"


def _erase_in_editions(passage: Passage, damaged: list[str]) -> Iterator[str]:
    for edition in Edition.objects.select_related("submission"):
        name = f"edition/{edition.submission.code}/{edition.number}"
        try:
            with transaction.atomic():
                if editions.redact(edition, lambda value: replaced_in(value, passage, MARK)):
                    yield name
        except (editions.AlteredEdition, EditionFile.DoesNotExist, OSError, ValueError) as error:
            damaged.append(f"{name}: {type(error).__name__}")


def _erase_in_releases(passage: Passage, damaged: list[str]) -> Iterator[str]:
    for release in DataRelease.objects.exclude(archive=b"").iterator(chunk_size=1):
        try:
            if package.redact(release, lambda text: passage.replaced(text, MARK)):
                yield f"data/{release.version}"
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            damaged.append(f"data/{release.version}: {type(error).__name__}")


# In files


def _is_in_bytes(passage: Passage, content: bytes) -> bool:
    """Whether a file says it in the clear, or in a member if it is an archive, as documents of offices are."""
    # Without every second byte, UTF-16 reads like Latin.
    if any(passage.is_in(text) for data in (content, content.replace(b"\0", b"")) for text in _around(passage, data)):
        return True
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except zipfile.BadZipFile:
        return False
    with archive:
        members = [member for member in archive.infolist() if member.file_size <= _LARGEST_MEMBER]
        return any(passage.is_in(text) for member in members for text in _around(passage, archive.read(member)))


def _around(passage: Passage, content: bytes) -> Iterator[str]:
    """The parts of a file in which the passage may stand: folding all of a scan would take minutes."""
    pattern = passage.fragment
    pieces = (
        [content]
        if pattern is None
        else (content[max(0, match.start() - _AROUND) : match.end() + _AROUND] for match in pattern.finditer(content))
    )
    for piece in pieces:
        yield from (piece.decode(encoding, "ignore") for encoding in ("utf-8", "cp1252"))


def _is_in_pdf(passage: Passage, content: bytes) -> bool:
    """Whether the pages or the properties of a PDF say it. Raises ChildError and Refused where it cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.pdf", Path(folder) / "text"
        source.write_bytes(content)
        child_process.run("partnership.files.documents:pdf_text", source=str(source), target=str(target))
        return passage.is_in(target.read_text(errors="ignore"))


# What is left


def _left(passage: Passage) -> list[str]:
    """The places that hold the passage still, and cannot be written over here."""
    left = [place for place, text in _texts() if passage.is_in(text)]
    left += _left_in_index(passage)
    slug = slugify(passage.text)
    for model in _models():
        for field in model._meta.fields:
            if isinstance(field, (models.SlugField, models.FileField)) and slug:
                rows = _rows(model).filter(**{f"{field.name}__icontains": slug})
                left += [f"{model._meta.model_name}/{pk}: {field.name}" for pk in rows.values_list("pk", flat=True)]
    return [*left, *_left_in_files(passage)]


def _left_in_files(passage: Passage) -> Iterator[str]:
    for name in names_in(default_storage):
        try:
            with default_storage.open(name) as file:
                content = file.read()
            if _is_in_bytes(passage, content) or (content.startswith(b"%PDF") and _is_in_pdf(passage, content)):
                yield f"file {name}"
        except (OSError, child_process.ChildError, child_process.Refused):
            yield f"file {name}: cannot be read"


_LOG = "The write-ahead log, its archives and replicas hold it until they are gone."


def _clean_database() -> str:
    """Overwrites what the database itself keeps of deleted rows; says in a sentence what was done."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if connection.in_atomic_block:
                return f"Not cleaned: run VACUUM FULL. {_LOG}"
            cursor.execute("VACUUM FULL")
            return f"Tables are rewritten (VACUUM FULL). {_LOG}"
        cursor.execute("INSERT INTO partnership_searchtext(partnership_searchtext) VALUES ('optimize')")
        if connection.in_atomic_block:
            return "Not cleaned: free pages of the file hold it until VACUUM."
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return "Free pages and the log of the file are overwritten (VACUUM)."


def backups_until(folder: Path, keep: int) -> list[str]:
    """The backups in a folder, all of which may hold what is erased now, and until when if one is made each day."""
    lines = []
    for archive in backup.all_in(folder):
        day = datetime.datetime.fromtimestamp(archive.stat().st_mtime, datetime.UTC).date()
        lines.append(f"{archive.name}, until about {day + datetime.timedelta(days=keep)}")
    return lines

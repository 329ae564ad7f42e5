"""Freezing a dossier: what an edition holds, how it is kept, and how it is proved to be what it was.

The data of an edition is canonical JSON: UTF-8, keys sorted, no space between tokens. Its SHA-256 is the edition’s
checksum; number and date stand outside it, so the same record frozen twice has the same checksum.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from projects.models import Project
from visits.models import Visit

from ..fields import language_codes
from ..models import Document, Edition, EditionFile, Photo, Source, Submission
from ..record_files import KINDS, as_text, records
from . import dossier, paper

FORMAT = "dossier-edition/1"
#: What staff alone see, and what belongs to the site and not to the record.
_NOT_PUBLIC = {"staff_note", "confidence", "slug", "state", "withdrawn_on", "withdrawal_reason"}
DATA = "edition.json"


class FaultyDossier(Exception):
    """The dossier cannot be frozen; ``faults`` holds every reason."""

    def __init__(self, faults: list[str]):
        super().__init__("; ".join(faults))
        self.faults = faults


# What an edition holds


def data_of(submission: Submission) -> dict[str, Any]:
    """All that a dossier shows and rests on, today. No photograph: its caption and checksum only."""
    return {
        "format": FORMAT,
        "submission": submission.code,
        "criteria": [
            {
                "code": one.code,
                "condition": one.is_condition,
                **{language: getattr(one, f"name_{language}") for language in language_codes()},
            }
            for one in submission.round.criteria.all()
        ],
        "dossier": {language: dossier.content_of(submission, language) for language in language_codes()},
        "record": public_record(),
        "files": [*_files(Photo.objects.published(), "caption"), *_files(Document.objects.published(), "title")],
    }


def public_record() -> dict[str, list[dict[str, Any]]]:
    """Every public record in the form of the record files, without what only staff see."""
    sources = set(Source.objects.published().values_list("code", flat=True))
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, queryset in _public().items():
        found[kind] = [_public_text(as_text(KINDS[kind], record), sources) for record in queryset.order_by("code")]
    return found


def _public() -> dict[str, models.QuerySet[Any]]:
    identified = {"projects": Project.objects.identified(), "visits": Visit.objects.identified()}
    public: dict[str, models.QuerySet[Any]] = {}
    for kind in ("claims", "projects", "visits", "partners", "themes", "milestones", "sources"):
        chosen: Any = identified.get(kind, KINDS[kind].model._default_manager.published())  # type: ignore[attr-defined]
        public[kind] = records(kind).filter(pk__in=chosen.values("pk"))
    return public


def _public_text(written: dict[str, Any], sources: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in written.items():
        if key in _NOT_PUBLIC:
            continue
        if key == "citations":
            value = [one for one in value if (one if isinstance(one, str) else one["source"]) in sources]
        elif key in {"outputs", "statements"}:
            value = [_public_text(row, sources) for row in value if row.get("state", "published") == "published"]
        found[key] = value
    return found


def _files(kept: Any, words: str) -> Iterator[dict[str, Any]]:
    for one in kept.order_by("code"):
        sha256 = one.sha256 if isinstance(one, Document) else _digest(_read(one.file))
        texts = {language: getattr(one, f"{words}_{language}") for language in language_codes()}
        yield {"kind": one._meta.model_name, "code": one.code, words: texts, "sha256": sha256}


def _read(file: Any) -> bytes:
    with file.open("rb") as opened:
        return opened.read()


def canonical(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha256_of(data: dict[str, Any]) -> str:
    return _digest(canonical(data))


# Freezing


def freeze(submission: Submission, user: Any, *, public: bool = False) -> Edition:
    """Makes the next edition of a dossier, with all its files. All or nothing.

    Raises FaultyDossier where the text refers to what is not public, and OSError where the files cannot be kept.
    """
    if faults := dossier.faults_of(submission, in_public=True):
        raise FaultyDossier(faults)
    data = data_of(submission)
    with transaction.atomic():
        last = submission.editions.aggregate(last=models.Max("number"))["last"] or 0
        edition = Edition.objects.create(
            submission=submission,
            number=last + 1,
            sha256=sha256_of(data),
            by=user,
            partner=user.partner if user else None,
            is_public=public,
        )
        _keep(edition, data)
    return edition


def _keep(edition: Edition, data: dict[str, Any]) -> None:
    """Stores the files of an edition. Where one cannot be stored, those before it are taken away again."""
    kept: list[EditionFile] = []
    try:
        for name, content in files_of(edition, data):
            row = EditionFile(edition=edition, name=name, sha256=_digest(content), size=len(content))
            row.file.save(name, ContentFile(content), save=True)
            kept.append(row)
    except BaseException:
        _delete([row.file for row in kept])
        raise


def files_of(edition: Edition, data: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Each file of an edition by name. All are made of its data, its number and its day alone."""
    yield DATA, canonical(data)
    for language in language_codes():
        yield f"body.{language}.html", body(data["dossier"][language], language).encode()
    for language in language_codes():
        about = paper.About.of(edition)
        yield f"dossier.{language}.pdf", paper.dossier_pdf(data["dossier"][language], language, about)
        yield f"reading-sheet.{language}.pdf", paper.reading_sheet(data, language, about)


def body(content: dict[str, Any], language: str) -> str:
    """The dossier as HTML, without the frame of the page."""
    with translation.override(language):
        return render_to_string("award/_body.html", {"dossier": content, "LANGUAGE_CODE": language})


# Proving


def faults_of(edition: Edition) -> list[str]:
    """What of an edition is no longer as it was made, file by file; empty when all is."""
    found = []
    for row in edition.files.all():
        try:
            content = _read(row.file)
        except FileNotFoundError:
            found.append(f"{row.name}: missing")
            continue
        if _digest(content) != row.sha256:
            found.append(f"{row.name}: changed")
        if row.name == DATA and _digest(content) != edition.sha256:
            found.append(f"{row.name}: not what the edition says")
    expected = {DATA, *(f"body.{language}.html" for language in language_codes())}
    found += [f"{name}: not on record" for name in sorted(expected - {row.name for row in edition.files.all()})]
    return found


def content(edition: Edition, name: str) -> tuple[bytes, bool]:
    """A stored file of an edition, and whether it is still what was frozen. Raises EditionFile.DoesNotExist."""
    row = edition.file(name)
    stored = _read(row.file)
    is_whole = _digest(stored) == row.sha256 and (name != DATA or row.sha256 == edition.sha256)
    return stored, is_whole


def data(edition: Edition) -> dict[str, Any]:
    return json.loads(content(edition, DATA)[0])


# Erasing


def redact(edition: Edition, passage: str, mark: str) -> bool:
    """Replaces a passage in all files of an edition, and keeps both checksums. Says whether it held the passage.

    The one exception to “never changes”: what must not be kept by law is not kept.
    """
    held = data(edition)
    written = json.dumps(passage, ensure_ascii=False)[1:-1]
    before = canonical(held).decode()
    if written not in before:
        return False
    erased = json.loads(before.replace(written, mark))
    old, edition.sha256 = edition.sha256, sha256_of(erased)
    edition.redactions = [
        *edition.redactions,
        {"on": timezone.localdate().isoformat(), "before": old, "after": edition.sha256},
    ]
    former = [row.file for row in edition.files.all()]
    edition.files.all().delete()
    edition.save(update_fields=["sha256", "redactions"])
    _keep(edition, erased)
    # The old files go only once the new ones are kept for good.
    transaction.on_commit(lambda: _delete(former))
    return True


def _delete(files: list[Any]) -> None:
    for file in files:
        file.storage.delete(file.name)

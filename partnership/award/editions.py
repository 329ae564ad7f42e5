"""Freezing a dossier: what an edition holds, how it is kept, and how it is proved to be what it was.

The data of an edition is canonical JSON: UTF-8, keys sorted, no space between tokens. Its SHA-256 is the edition’s
checksum; number and date stand outside it, so the same record frozen twice has the same checksum.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from projects.models import Project
from visits.models import Visit

from ..fields.translated import language_codes
from ..models import Document, Edition, EditionFile, Photo, Revision, Submission
from ..per_version import cached_per_version
from ..publishing import State
from ..record.schemas import SCHEMAS, records, serialize
from . import dossier, pdf

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
    public = _public()
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
        "record": _as_text(public),
        "titles": {language: _titles(public, language) for language in language_codes()},
        "files": [*_files(Photo.objects.published(), "caption"), *_files(Document.objects.published(), "title")],
    }


def _public() -> dict[str, list[Any]]:
    """Every public record, by the kind of record file in which it stands."""
    identified = {"projects": Project.objects.identified(), "visits": Visit.objects.identified()}
    found: dict[str, list[Any]] = {}
    for kind in ("claims", "projects", "visits", "partners", "themes", "milestones", "sources"):
        chosen: Any = identified.get(kind, SCHEMAS[kind].model._default_manager.published())  # type: ignore[attr-defined]
        public = records(kind).filter(pk__in=chosen.values("pk")).order_by("code")
        if kind == "visits":
            # A visit’s title names its partners as at the time.
            public = public.prefetch_related("hosts__former_names", "guests__former_names")
        found[kind] = list(public)
    return found


def _as_text(public: dict[str, list[Any]]) -> dict[str, list[dict[str, Any]]]:
    """The records in the form of the record files, without what only staff see."""
    sources = {source.code for source in public["sources"]}
    return {
        kind: [_public_text(serialize(SCHEMAS[kind], one), sources) for one in rows] for kind, rows in public.items()
    }


def _titles(public: dict[str, list[Any]], language: str) -> dict[str, str]:
    """What the pages call each record, by “kind/code”."""
    with translation.override(language):
        return {f"{kind}/{one.code}": str(one) for kind, rows in public.items() for one in rows}


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

    Raises FaultyDossier where the text refers to what is not public, or where a public edition is asked for of a
    dossier that is not; OSError where the files cannot be kept.
    """
    faults = dossier.faults_of(submission, in_public=True)
    if public and submission.state != State.PUBLISHED:
        faults.append(_("An edition is public only once its dossier is. Publish the dossier first."))
    if faults:
        raise FaultyDossier(faults)
    edition = None
    try:
        with transaction.atomic():
            # Read inside the transaction, so that all of it is the record of one moment.
            data = data_of(submission)
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
    except BaseException:
        if edition:
            _sweep(edition, but=set())
        raise
    return edition


def _keep(edition: Edition, data: dict[str, Any]) -> None:
    for name, content in files_of(edition, data):
        row = EditionFile(edition=edition, name=name, sha256=_digest(content), size=len(content))
        row.file.save(name, ContentFile(content), save=True)


def _sweep(edition: Edition, *, but: set[str]) -> None:
    """Takes away what was stored for an edition that failed, down to the half file for which there was no space."""
    storage = EditionFile._meta.get_field("file").storage
    folder = edition.folder
    try:
        names = storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        if f"{folder}/{name}" not in but:
            storage.delete(f"{folder}/{name}")


def files_of(edition: Edition, data: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Each file of an edition by name. All are made of its data, its number and its day alone."""
    yield DATA, canonical(data)
    for language in language_codes():
        yield f"body.{language}.html", body(data["dossier"][language], language).encode()
    for language in language_codes():
        about = pdf.About.of(edition)
        yield f"dossier.{language}.pdf", pdf.dossier_pdf(data["dossier"][language], language, about)
        yield f"reading-sheet.{language}.pdf", pdf.reading_sheet(data, language, about)


def body(content: dict[str, Any], language: str) -> str:
    """The dossier as HTML, without the frame of the page."""
    with translation.override(language):
        return render_to_string("award/_body.html", {"dossier": content, "LANGUAGE_CODE": language})


# Proving


class AlteredEdition(Exception):
    """A stored file is not what was frozen, or is gone."""


@dataclass(frozen=True)
class Stored:
    """The files of an edition that are still what was frozen, and what is wrong with the others, in words."""

    files: dict[str, bytes]
    faults: list[str]


def stored(edition: Edition) -> Stored:
    """Reads every file of an edition and compares it with its checksum. One query."""
    files: dict[str, bytes] = {}
    faults: list[str] = []
    for row in edition.files.all():
        try:
            files[row.name] = _whole(edition, row)
        except AlteredEdition as error:
            faults.append(str(error))
            files.pop(row.name, None)
    languages = json.loads(files[DATA])["dossier"] if DATA in files else language_codes()
    known = {*files, *(fault.partition(":")[0] for fault in faults)}
    faults += [_("%(name)s: not on record") % {"name": name} for name in _names(languages) if name not in known]
    return Stored(files, faults)


def _names(languages: Iterable[str]) -> list[str]:
    each = ("body.{}.html", "dossier.{}.pdf", "reading-sheet.{}.pdf")
    return [DATA, *(name.format(language) for name in each for language in languages)]


def _whole(edition: Edition, row: EditionFile) -> bytes:
    try:
        content = _read(row.file)
    except FileNotFoundError as error:
        raise AlteredEdition(_("%(name)s: missing") % {"name": row.name}) from error
    if _digest(content) != row.sha256:
        raise AlteredEdition(_("%(name)s: changed") % {"name": row.name})
    if row.name == DATA and row.sha256 != edition.sha256:
        raise AlteredEdition(_("%(name)s: not what the edition says") % {"name": row.name})
    return content


def content(edition: Edition, name: str) -> bytes:
    """A stored file of an edition, as it was frozen.

    Raises EditionFile.DoesNotExist for a name that it has not, and AlteredEdition where the file is no longer whole.
    """
    return _whole(edition, edition.file(name))


def data(edition: Edition) -> dict[str, Any]:
    """What the edition holds. Raises AlteredEdition."""
    return json.loads(content(edition, DATA))


# What has changed since


@dataclass(frozen=True)
class ChangedSince:
    """The newest edition that stands, and the kind and code of each public record changed after it was made."""

    edition: Edition
    records: frozenset[tuple[str, str]]


@cached_per_version
def changed_since() -> ChangedSince | None:
    """None where there is no edition to compare with."""
    standing = Edition.objects.standing().filter(submission__state=State.PUBLISHED).select_related("submission")
    newest = standing.order_by("-submission__round__year", "submission__code", "-number").first()
    if newest is None:
        return None
    changes = Revision.objects.public().filter(made_at__gt=newest.made_at).order_by()
    return ChangedSince(newest, frozenset(changes.values_list("model_name", "code").distinct()))


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
    former = {str(row.file.name) for row in edition.files.all()}
    edition.files.erase()
    edition.save(update_fields=["sha256", "redactions"])
    try:
        _keep(edition, erased)
    except BaseException:
        _sweep(edition, but=former)
        raise
    # The old files go only once the new ones are kept for good.
    kept = {str(row.file.name) for row in edition.files.all()}
    transaction.on_commit(lambda: _sweep(edition, but=kept))
    return True

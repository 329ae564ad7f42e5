"""Editions of a dossier: freezing, storing, verifying and redacting them.

The data of an edition is canonical JSON: UTF-8, keys sorted, no space between tokens. Its SHA-256 is the edition’s
checksum; number and date are no part of the data, so the same record frozen twice has the same checksum.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from projects.models import Project
from visits.models import Visit

from ..fields.translated import language_codes
from ..models import Document, Edition, EditionFile, Photo, Revision, Story, Submission
from ..opendata import package
from ..opendata.relations import ALL_TABLES
from ..opendata.tables import terms
from ..per_version import cached_per_version
from ..publishing import State
from ..record.schemas import SCHEMAS, Schema, as_mapping, records, serialize
from . import dossier, pdf, stories
from .formats import FORMAT, KINDS, NOT_HELD, keys
from .record_references import errors_of

#: Tables that an edition leaves out: what came before it, other editions, and files, which it lists by themselves.
_NO_PART_OF_IT = {"changes", "editions", "withdrawn", "merged", "photographs", "documents"}
DATA = "edition.json"


class InvalidDossier(Exception):
    """The dossier cannot be frozen; ``errors`` holds every reason."""

    def __init__(self, errors: list[str]):
        super().__init__("; ".join(errors))
        self.errors = errors


# The data of an edition


def data_of(submission: Submission) -> dict[str, Any]:
    """The dossier of today with the public record behind it, also in the shape of the open data, with its schema.

    Editions of format 1 have no such tables.
    """
    return {**comparable(submission), "data": {**terms(), "tables": {table["name"]: table for table in _tables()}}}


def _tables() -> Iterator[dict[str, Any]]:
    with translation.override("en"):
        for table in ALL_TABLES.values():
            if table.name not in _NO_PART_OF_IT:
                rows = [table.row(record) for record in table.records()]
                yield {"name": table.name, "schema": package.schema_of(table), "records": rows}


def comparable(submission: Submission) -> dict[str, Any]:
    """What two editions are compared by. Photographs are represented by caption and checksum."""
    public = _public_records()
    return {
        "format": FORMAT,
        "keys": keys(),
        "submission": submission.code,
        "criteria": [
            {
                "code": criterion.code,
                "condition": criterion.is_condition,
                **{language: getattr(criterion, f"name_{language}") for language in language_codes()},
            }
            for criterion in submission.round.criteria.all()
        ],
        "dossier": {
            language: dossier.with_pictures(dossier.content_of(submission, language), language)
            for language in language_codes()
        },
        "stories": {
            language: [stories.content_of(story, language) for story in _published_stories()]
            for language in language_codes()
        },
        "record": _serialized(public),
        "titles": {language: _titles(public, language) for language in language_codes()},
        "files": [*_files(Photo.objects.published(), "caption"), *_files(Document.objects.published(), "title")],
    }


def _published_stories() -> Any:
    return Story.objects.published().prefetch_related("passages").order_by("code")


def _public_records() -> dict[str, list[Any]]:
    """Every public record, by the name of its record file."""
    identified = {"projects": Project.objects.identified(), "visits": Visit.objects.identified()}
    public: dict[str, list[Any]] = {}
    for kind in KINDS:
        chosen: Any = identified.get(kind, SCHEMAS[kind].model._default_manager.published())  # type: ignore[attr-defined]
        queryset = records(kind).filter(pk__in=chosen.values("pk")).order_by("code")
        if kind == "visits":
            # A visit’s title uses the names that its partners had at the time.
            queryset = queryset.prefetch_related("hosts__former_names", "guests__former_names")
        public[kind] = list(queryset)
    return public


def _serialized(public: dict[str, list[Any]]) -> dict[str, list[dict[str, Any]]]:
    """The records in the form of the record files, without what only staff see."""
    codes = {SCHEMAS[kind].model: {record.code for record in rows} for kind, rows in public.items()}
    return {
        kind: [_public_keys(SCHEMAS[kind], serialize(SCHEMAS[kind], record), codes) for record in rows]
        for kind, rows in public.items()
    }


def _titles(public: dict[str, list[Any]], language: str) -> dict[str, str]:
    """The title of each record on its page, by “kind/code”."""
    with translation.override(language):
        return {f"{kind}/{record.code}": str(record) for kind, rows in public.items() for record in rows}


def _public_keys(schema: Schema, row: dict[str, Any], codes: dict[Any, set[str]]) -> dict[str, Any]:
    """A row without what only staff see. ``codes`` has those of the public records, by model: no other is named."""
    public: dict[str, Any] = {}
    for key, value in row.items():
        if key in NOT_HELD:
            continue
        if key in schema.rows:
            value = list(_public_rows(schema.rows[key], value, codes))
        elif schema.is_reference(key) and (known := codes.get(schema.field(key).related_model)) is not None:
            if schema.is_many(key):
                value = [code for code in value if code in known]
            elif value not in known:
                continue
        public[key] = value
    return public


def _public_rows(schema: Schema, rows: list[Any], codes: dict[Any, set[str]]) -> Iterator[Any]:
    """The rows that lead to nothing hidden."""
    for row in rows:
        whole = as_mapping(schema, row)
        named = _public_keys(schema, whole, codes)
        is_whole = all(key in named or schema.field(key).null for key in whole if schema.is_reference(key))
        if is_whole and whole.get("state", State.PUBLISHED) == State.PUBLISHED:
            yield named if whole is row else row


def _files(media: Any, text: str) -> Iterator[dict[str, Any]]:
    for item in media.order_by("code"):
        sha256 = item.sha256 if isinstance(item, Document) else _digest(_read(item.file))
        texts = {language: getattr(item, f"{text}_{language}") for language in language_codes()}
        yield {"kind": item._meta.model_name, "code": item.code, text: texts, "sha256": sha256}


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
    """Creates the next edition of a dossier with all its files, or nothing.

    Raises InvalidDossier where a text refers to a record that is not public, or for a public edition of a dossier
    that is not public; OSError where the files cannot be stored.
    """
    errors = errors_of(submission, in_public=True)
    if public and submission.state != State.PUBLISHED:
        errors.append(_("An edition is public only once its dossier is. Publish the dossier first."))
    if errors:
        raise InvalidDossier(errors)
    edition = None
    try:
        with transaction.atomic():
            # Read inside the transaction, so that it is a consistent snapshot of the record.
            data = data_of(submission)
            last = submission.editions.aggregate(last=models.Max("number"))["last"] or 0
            edition = Edition.objects.create(
                submission=submission,
                number=last + 1,
                sha256=sha256_of(data),
                data_release=package.current().release,
                by=user,
                partner=user.partner if user else None,
                is_public=public,
            )
            _store(edition, data)
    except BaseException:
        if edition:
            _delete_files(edition, keep=set())
        raise
    return edition


def _store(edition: Edition, data: dict[str, Any]) -> None:
    for name, content in files_of(edition, data):
        row = EditionFile(edition=edition, name=name, sha256=_digest(content), size=len(content))
        row.file.save(name, ContentFile(content), save=True)


def _delete_files(edition: Edition, *, keep: set[str]) -> None:
    """Deletes the stored files of an edition but those named in ``keep``, partly written ones included."""
    storage = EditionFile._meta.get_field("file").storage
    folder = edition.folder
    try:
        names = storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        if f"{folder}/{name}" not in keep:
            storage.delete(f"{folder}/{name}")


def files_of(edition: Edition, data: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The name and content of each file of an edition, rendered from its data, number and day alone."""
    yield DATA, canonical(data)
    for language in data["dossier"]:
        yield f"body.{language}.html", render_body(data["dossier"][language], language).encode()
    for language in data["dossier"]:
        about = pdf.About.of(edition)
        yield f"dossier.{language}.pdf", pdf.dossier_pdf(data["dossier"][language], language, about)
        yield f"reading-sheet.{language}.pdf", pdf.reading_sheet(data, language, about)


def render_body(content: dict[str, Any], language: str, reading: str = "full") -> str:
    """The dossier as HTML, without the layout of the site."""
    context = {"dossier": content, "LANGUAGE_CODE": language, "reading": reading}
    with translation.override(language):
        return render_to_string("award/_body.html", context)


# Verifying


class AlteredEdition(Exception):
    """A stored file has changed since the edition was frozen, or is missing."""


class VerifiedFiles(NamedTuple):
    """The intact files of an edition, and an error in words for each altered or missing one."""

    files: dict[str, bytes]
    errors: list[str]


def verified_files(edition: Edition) -> VerifiedFiles:
    """Reads every file of an edition and compares it with its checksum. One query."""
    files: dict[str, bytes] = {}
    errors: list[str] = []
    for row in edition.files.all():
        try:
            files[row.name] = _verified_content(edition, row)
        except AlteredEdition as error:
            errors.append(str(error))
            files.pop(row.name, None)
    languages = json.loads(files[DATA])["dossier"] if DATA in files else language_codes()
    known = {*files, *(error.partition(":")[0] for error in errors)}
    errors += [_("%(name)s: not on record") % {"name": name} for name in _file_names(languages) if name not in known]
    return VerifiedFiles(files, errors)


def _file_names(languages: Iterable[str]) -> list[str]:
    per_language = ("body.{}.html", "dossier.{}.pdf", "reading-sheet.{}.pdf")
    return [DATA, *(name.format(language) for name in per_language for language in languages)]


def _verified_content(edition: Edition, row: EditionFile) -> bytes:
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

    Raises EditionFile.DoesNotExist for an unknown name, and AlteredEdition where the file fails its checksum.
    """
    return _verified_content(edition, edition.file(name))


def language_of(edition: Edition) -> str:
    """The active language, where the edition was frozen in it; else the first of the site’s that it was frozen in."""
    names = {row.name for row in edition.files.all()}
    frozen = [language for language in language_codes() if f"body.{language}.html" in names]
    active = get_language() or settings.LANGUAGE_CODE
    return active if active in frozen or not frozen else frozen[0]


def data(edition: Edition) -> dict[str, Any]:
    """The data that the edition was frozen with. Raises AlteredEdition."""
    return json.loads(content(edition, DATA))


# Changes since the newest edition


class ChangedSince(NamedTuple):
    """The newest public edition, and the model name and code of each record changed in public after it was made."""

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


# Redacting


def redact(edition: Edition, redacted_data: Callable[[dict[str, Any]], dict[str, Any]]) -> bool:
    """Makes all files of an edition anew from its redacted data, and logs both checksums. False if nothing differs.

    The one exception to the rule that an edition never changes: erasure that the law demands. Raises AlteredEdition.
    """
    before = data(edition)
    redacted = redacted_data(before)
    if redacted == before:
        return False
    old, edition.sha256 = edition.sha256, sha256_of(redacted)
    edition.redactions = [
        *edition.redactions,
        {"on": timezone.localdate().isoformat(), "before": old, "after": edition.sha256},
    ]
    former = {str(row.file.name) for row in edition.files.all()}
    edition.files.erase()
    edition.save(update_fields=["sha256", "redactions"])
    try:
        _store(edition, redacted)
    except BaseException:
        _delete_files(edition, keep=former)
        raise
    # The old files are deleted only once the new ones are committed.
    current = {str(row.file.name) for row in edition.files.all()}
    transaction.on_commit(lambda: _delete_files(edition, keep=current))
    return True

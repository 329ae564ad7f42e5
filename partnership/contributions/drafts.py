"""From a contribution to drafts of the record, by one click each. A second click opens the same draft."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..fields.periods import PeriodField
from ..files import hidden
from ..files.storage import delete_files_on_rollback
from ..models import Contribution, ContributionFile, ContributionResult, Document, Photo, Source
from ..models.media import HasMedia
from ..record import history
from ..record.personal_data import find_personal_data
from ..staff import review_notes

What = ContributionResult.What
MARK = "[…]"


def cleared(text: str) -> str:
    """A text to begin clearing from: what looks like a person’s name, address or number is out already."""
    for passage in sorted(set(find_personal_data(text)), key=len, reverse=True):
        text = text.replace(passage, MARK)
    return text


def marked(text: str) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it looks like personal data."""
    passages = sorted({re.escape(passage) for passage in find_personal_data(text)}, key=len, reverse=True)
    if not passages:
        return [(text, False)]
    return [(part, number % 2 == 1) for number, part in enumerate(re.split(f"({'|'.join(passages)})", text)) if part]


def _note(contribution: Contribution, record: Any, what: str, user: Any) -> None:
    history.note(record, {}, user)
    ContributionResult.objects.get_or_create(
        contribution=contribution, model_name=record._meta.model_name, code=record.code, what=what
    )


def _code(contribution: Contribution, ending: str = "") -> str:
    return f"contribution-{contribution.reference}{ending}"


def make_source(contribution: Contribution, user: Any, grade: str = Source.Grade.WITNESS) -> Source:
    """A source that names the reference and the day, never the person."""
    if contribution.source:
        return contribution.source
    language = contribution.text_language or contribution.language
    day = timezone.localtime(contribution.received_at).date()
    with translation.override("sv" if language == "sv" else "en"):
        title = _("Told to the record on %(date)s") % {"date": date_format(day, "j F Y")}
    with transaction.atomic():
        source = Source.objects.create(
            code=_code(contribution),
            title=title,
            publisher="A contribution to this record",
            grade=grade,
            kind=Source.Kind.CONTRIBUTION,
            language=language,
            published=day.isoformat(),
            read_on=timezone.localdate(),
        )
        _note(contribution, source, What.SOURCE, user)
        contribution.source = source
        contribution.save()
    return source


def make_photo(file: ContributionFile, user: Any, record: Any) -> Photo:
    """A draft that still asks for its ground and for what it shows. Raises ValidationError for what is not clean."""
    if file.photo:
        return file.photo
    photo = Photo(
        code=_code(file.contribution, f"-{file.pk}"),
        file=_original(file, f"picture.{file.format}"),
        licence=file.licence,
        credit=file.credit or _("Sent to the record"),
        period=_period(file.contribution.when_text),
    )
    with delete_files_on_rollback(), transaction.atomic():
        photo.save()
        _note(file.contribution, photo, What.PHOTOGRAPH, user)
        _attach(photo, record, "photos")
        file.photo = photo
        file.save()
    return photo


def make_document(file: ContributionFile, user: Any, record: Any) -> Document:
    """Raises ValidationError for what is not clean."""
    if file.document:
        return file.document
    suffix = "pdf" if file.format == ContributionFile.Format.PDF else file.format
    original: Any = _original(file, f"document.{suffix}")
    finds: hidden.Finds = {}
    if file.format == ContributionFile.Format.PDF:
        original, finds = hidden.examined(original)
    document = Document(
        hidden_content=",".join(kind for kind in hidden.KINDS if kind in finds),
        code=_code(file.contribution, f"-{file.pk}"),
        file=original,
        title_en=_("Document of contribution %(reference)s") % {"reference": file.contribution.reference},
        licence=file.licence,
        credit=file.credit,
        period=_period(file.contribution.when_text),
    )
    with delete_files_on_rollback(), transaction.atomic():
        document.save()
        _note(file.contribution, document, What.DOCUMENT, user)
        _attach(document, record, "documents")
        if file.contribution.source:
            file.contribution.source.documents.add(document)
        file.document = document
        file.save()
    return document


def _original(file: ContributionFile, name: str) -> ContentFile:
    if file.state != ContributionFile.State.CLEAN:
        raise ValidationError(_("The file has not been looked at yet."))
    with file.file.open("rb") as original:
        return ContentFile(original.read(), name=name)


def _attach(media: Any, record: Any, name: str) -> None:
    if isinstance(record, HasMedia):
        getattr(record, name).add(media)


def _period(text: str) -> Any:
    """What was typed, where it is a period already; else none, since nothing is guessed."""
    try:
        return PeriodField().to_python(text)
    except ValidationError:
        return PeriodField().to_python("")


def make_suggestion(contribution: Contribution, user: Any, record: Any) -> None:
    """Raises ValidationError while there is no cleared text, which colleagues on both sides can read."""
    if not contribution.cleared_text:
        raise ValidationError(_("Clear the text for colleagues first."))
    review_notes.suggest(record, user, f"{contribution.reference}: {contribution.cleared_text}"[:2000])
    ContributionResult.objects.get_or_create(
        contribution=contribution, model_name=record._meta.model_name, code=record.code, what=What.SUGGESTION
    )

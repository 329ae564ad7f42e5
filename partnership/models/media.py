"""Photographs and documents, attached to records."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import PurePath
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import FileExtensionValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.periods import Dated
from ..fields.translated import has_text, language_codes, needs_text, translated
from ..files import images, photographs
from ..files.generated import once
from ..files.hidden import DOCUMENT_FORMATS, WEB_ARCHIVES
from ..files.hidden import FORMATS_HELP as DOCUMENT_FORMATS_HELP
from ..publishing import Record, State


def _photo_path(photo: Photo, name: str) -> str:
    return f"photos/{photo.code}.jpg"


def _document_path(document: Document, name: str) -> str:
    return f"documents/{document.code}{PurePath(name).suffix.lower()}"


class Photo(Dated, Record):
    """A photograph with its text alternative, credit and legal basis for publishing."""

    class Basis(models.TextChoices):
        """The legal ground (GDPR, article 6; an authority cannot rest on a balance of interests)."""

        PUBLIC_TASK = "public_task", _("task of public interest")
        CONSENT = "consent", _("consent of everyone recognisable")
        NO_PERSON = "no_person", _("no recognisable person")

    class Focus(models.TextChoices):
        """The ninth of the picture that stays in view where it is cropped."""

        CENTER = "center", _("the middle")
        TOP = "top", _("top")
        BOTTOM = "bottom", _("bottom")
        LEFT = "left", _("left")
        RIGHT = "right", _("right")
        TOP_LEFT = "top-left", _("top left")
        TOP_RIGHT = "top-right", _("top right")
        BOTTOM_LEFT = "bottom-left", _("bottom left")
        BOTTOM_RIGHT = "bottom-right", _("bottom right")

    file = models.FileField(_("file"), upload_to=_photo_path, help_text=photographs.FORMATS_HELP)
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0, editable=False)
    file_deleted_on = models.DateField(_("file deleted on"), null=True, editable=False)
    alt = translated(
        texts.CharField(
            _("text alternative"),
            max_length=300,
            blank=True,
            help_text=_(
                "What can be seen, for someone who cannot: Two librarians at a shelf in Potchefstroom. Name no person."
            ),
        )
    )
    is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        help_text=_("Tick only if the picture says nothing that the text does not."),
    )
    focus = texts.CharField(
        _("focal point"),
        max_length=12,
        choices=Focus,
        default=Focus.CENTER,
        help_text=_("The part that stays in view where the picture is cut to fit."),
    )
    caption = translated(texts.CharField(_("caption"), max_length=300, blank=True))
    credit = texts.CharField(
        _("credit"),
        max_length=120,
        blank=True,
        help_text=_("The photographer or owner, for example: Växjö kommun"),
    )
    basis = models.CharField(_("basis for publishing"), max_length=20, choices=Basis, blank=True)
    licence = texts.CharField(_("licence"), max_length=60, blank=True, help_text=_("For example: CC BY 4.0"))

    has_permanent_url = False
    in_open_data = False

    class Meta(Record.Meta):
        verbose_name = _("photograph")
        verbose_name_plural = _("photographs")
        ordering = ["position", models.F("earliest").asc(nulls_first=True), "code"]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED) | ~models.Q(basis=""),
                name="%(app_label)s_%(class)s_basis",
                violation_error_message=_("A photograph is not published without a basis for it."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED) | models.Q(is_decorative=True) | has_text("alt"),
                name="%(app_label)s_%(class)s_alt",
                violation_error_message=_("Describe the picture in words, or tick “decorative”."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED) | models.Q(file_deleted_on__isnull=True),
                name="%(app_label)s_%(class)s_file",
                violation_error_message=_("The file of this photograph has been deleted for good."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.caption or self.alt or self.code)

    def clean(self) -> None:
        """A published photograph has a text alternative in every language; the constraint requires one only."""
        super().clean()
        if self.state != State.PUBLISHED:
            return
        missing = {}
        if not self.is_decorative:
            columns = [f"alt_{language}" for language in language_codes()]
            words = _("Describe the picture in words, or tick “decorative”.")
            missing = {column: words for column in columns if not getattr(self, column).strip()}
        if not self.basis:
            missing["basis"] = _("A photograph is not published without a basis for it.")
        if missing:
            raise ValidationError(missing)

    def save(self, **kwargs) -> None:
        """Stores a new file without metadata; the upload itself is not stored, and the file before it is deleted.

        Raises ValidationError where the file is no photograph.
        """
        former = None
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            sent = self.file.file
            clean = sent if isinstance(sent, photographs.CleanPhoto) else photographs.clean(sent)
            self.file, self.width, self.height = clean, clean.about["width"], clean.about["height"]
            former = Photo.objects.filter(pk=self.pk).first() if self.pk else None
        super().save(**kwargs)
        if former:
            transaction.on_commit(former.delete_files)

    def get_absolute_url(self) -> str:
        return self.url(images.widths_of(self.width or 0)[-1], "jpg")

    def url(self, width: int, suffix: str) -> str:
        return reverse("photo", args=[self.slug, width, suffix])

    def rendition_name(self, width: int, suffix: str) -> str:
        """The name of a rendition in the storage."""
        return f"{PurePath(self.file.name or '').with_suffix('')}-{width}.{suffix}"

    def srcset(self, suffix: str) -> str:
        """The ``srcset`` attribute for one format."""
        return ", ".join(f"{self.url(width, suffix)} {width}w" for width in images.widths_of(self.width or 0))

    def sizes(self) -> list[tuple[int, str]]:
        """The width and format of each rendition."""
        return [(width, suffix) for width in images.widths_of(self.width or 0) for suffix in images.FORMATS]

    def make_renditions(self) -> None:
        """Stores the sizes that are not stored yet, once for all who wait. Raises ValidationError, ChildError."""
        storage = self.file.storage
        with once(f"photo-{self.file.name}"):
            if all(storage.exists(self.rendition_name(*size)) for size in self.sizes()):
                return
            with self.file.open("rb") as file:
                for width, suffix, content in photographs.render(file):
                    name = self.rendition_name(width, suffix)
                    storage.delete(name)
                    storage.save(name, ContentFile(content))

    def erase_file(self) -> None:
        """Deletes the photograph in all its sizes, for good, once this is committed; the day stays on record."""
        transaction.on_commit(Photo.objects.get(pk=self.pk).delete_files)
        self.file, self.width, self.height = "", None, None
        self.file_deleted_on = timezone.localdate()
        self.save()

    def delete_files(self) -> None:
        """Deletes the photograph and all its sizes from the storage."""
        if self.file:
            for name in [str(self.file.name), *(self.rendition_name(*size) for size in self.sizes())]:
                self.file.storage.delete(name)


class Document(Dated, Record):
    """A file that is evidence: a report, minutes, an agreement. “Document on file” means one of these."""

    class Kind(models.TextChoices):
        MEMORANDUM = "memorandum", _("memorandum of understanding")
        AGREEMENT = "agreement", _("agreement")
        APPLICATION = "application", _("application")
        REPORT = "report", _("report")
        MINUTES = "minutes", _("minutes")
        PROGRAMME = "programme", _("programme of a visit")
        PLAN = "plan", _("plan or strategy")
        COPY = "copy", _("stored copy of a web page")
        OTHER = "other", _("other document")

    title = translated(texts.CharField(_("title"), max_length=200, blank=True))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    language = texts.CharField(_("language"), max_length=10, blank=True, help_text=_("For example: en, sv"))
    file = models.FileField(
        _("file"),
        upload_to=_document_path,
        validators=[FileExtensionValidator(DOCUMENT_FORMATS)],
        help_text=DOCUMENT_FORMATS_HELP,
    )
    #: The kinds of ``partnership.files.hidden.KINDS`` that the file holds, with commas.
    hidden_content = models.CharField(_("hidden content"), max_length=200, blank=True, editable=False)
    hidden_reason = texts.CharField(
        _("why it may stay"),
        max_length=200,
        blank=True,
        help_text=_("Only if you are asked for it. For example: the author is named on the cover."),
    )
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    credit = texts.CharField(_("credit"), max_length=120, blank=True)
    licence = texts.CharField(_("licence"), max_length=60, blank=True)

    has_permanent_url = False
    in_open_data = False

    class Meta(Record.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = [models.F("earliest").asc(nulls_first=True), "code"]
        constraints = [
            *Record.Meta.constraints,
            needs_text("title"),
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED) | models.Q(hidden_content="") | ~models.Q(hidden_reason=""),
                name="%(app_label)s_%(class)s_hidden",
                violation_error_message=_(
                    "The file holds more than its pages show. Take it out, or say why it may stay."
                ),
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED) | ~models.Q(kind="copy") | ~models.Q(licence=""),
                name="%(app_label)s_%(class)s_copy",
                violation_error_message=_(
                    "A stored copy is shown only where its licence allows it. Name the licence, or keep it as a draft."
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def is_web_archive(self) -> bool:
        return PurePath(self.file.name or "").suffix.lstrip(".") in WEB_ARCHIVES

    def clean(self) -> None:
        super().clean()
        if self.state == State.PUBLISHED and not self.licence and (self.kind == self.Kind.COPY or self.is_web_archive):
            raise ValidationError(
                {
                    "licence": _(
                        "A stored copy is shown only where its licence allows it. Name the licence, or keep it as a "
                        "draft."
                    )
                }
            )

    @property
    def hidden_kinds(self) -> list[str]:
        return [kind for kind in self.hidden_content.split(",") if kind]

    def save(self, **kwargs) -> None:
        """Stores a new file with its checksum, and deletes the file before it. A web archive is a stored copy."""
        if self.is_web_archive:
            self.kind = self.Kind.COPY
        former = None
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            digest = hashlib.sha256()
            for chunk in self.file.chunks():
                digest.update(chunk)
            self.sha256, self.size = digest.hexdigest(), self.file.size
            self.file.seek(0)
            former = Document.objects.filter(pk=self.pk).first() if self.pk else None
        super().save(**kwargs)
        if former and former.file:
            transaction.on_commit(partial(former.file.storage.delete, str(former.file.name)))

    def get_absolute_url(self) -> str:
        return reverse("document", args=[self.slug])

    @property
    def extension(self) -> str:
        return PurePath(self.file.name or "").suffix.lstrip(".").upper()


class Media(NamedTuple):
    photos: list[Photo]
    documents: list[Document]


class HasMedia(models.Model):
    """A record to which photographs and documents can be attached."""

    photos = models.ManyToManyField(Photo, verbose_name=_("photographs"), blank=True, related_name="%(class)ss")
    documents = models.ManyToManyField(Document, verbose_name=_("documents"), blank=True, related_name="%(class)ss")

    class Meta:
        abstract = True

    @cached_property
    def media(self) -> Media:
        """The published photographs and documents. Most records have none: the narrow link tables are queried first."""
        record: Any = self
        published: list[list[Any]] = []
        for model, manager in ((Photo, record.photos), (Document, record.documents)):
            link = {f"{manager.source_field_name}": record.pk}
            keys = list(manager.through.objects.filter(**link).values_list(manager.target_field_name, flat=True))
            published.append(list(model._default_manager.filter(pk__in=keys, state=State.PUBLISHED)) if keys else [])
        return Media(*published)

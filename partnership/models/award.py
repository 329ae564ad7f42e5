"""Submissions to an award: the round and its criteria, the dossier, and its frozen editions.

Nothing is stored about jurors: no accounts, scores, notes or declarations.
"""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from translated_fields import to_attribute

from ..fields import texts
from ..fields.markdown import parse
from ..fields.periods import PeriodField
from ..fields.translated import needs_text, translated
from ..publishing import AlwaysPublic, HasCode, Record, RecordQuerySet
from .evidence import Citation
from .partners import Partner
from .serving import DataRelease


class AwardRound(AlwaysPublic):
    """One round of an award. It has no weights and no scoring: no source gives any."""

    code = texts.SlugField(_("code"), max_length=40, unique=True)
    award = texts.CharField(_("award"), max_length=80)
    year = models.PositiveSmallIntegerField(_("year"))
    note = translated(texts.TextField(_("note for readers"), blank=True))

    class Meta(AlwaysPublic.Meta):
        verbose_name = _("round of an award")
        verbose_name_plural = _("rounds of awards")
        ordering = ["award", "year"]

    def __str__(self) -> str:
        return f"{self.award} {self.year}"

    def get_absolute_url(self) -> str:
        """Its newest dossier names it."""
        return reverse("dossiers")


class RoundCitation(Citation):
    round = models.ForeignKey(AwardRound, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("round")]


class Criterion(HasCode, models.Model):
    """A criterion or condition of a round, in this site’s own words."""

    round = models.ForeignKey(AwardRound, on_delete=models.CASCADE, related_name="criteria")
    code = texts.SlugField(_("code"), max_length=60, unique=True)
    name = translated(texts.CharField(_("name"), max_length=120, blank=True))
    is_condition = models.BooleanField(
        _("condition"), default=False, help_text=_("A condition for taking part, not something that is judged.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["round", "is_condition", "position", "code"]
        constraints = [needs_text("name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.round})"

    def save(self, **kwargs: Any) -> None:
        self.code = self.code or self.free_code()
        super().save(**kwargs)


class HasCriteria(models.Model):
    """A record that can speak to criteria of an award."""

    criteria = models.ManyToManyField(
        Criterion,
        verbose_name=_("criteria that it speaks to"),
        blank=True,
        related_name="%(class)ss",
        help_text=_("Only where its text or its sources say something about the criterion. A judgement by staff."),
    )

    class Meta:
        abstract = True


class SubmissionQuerySet(RecordQuerySet):
    def latest_first(self) -> Self:
        return self.order_by("-round__year", "code")


class Submission(Record):
    """An entry for an award, with its dossier."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("being written")
        SUBMITTED = "submitted", _("submitted")
        SHORTLISTED = "shortlisted", _("shortlisted")
        DECIDED = "decided", _("decided")

    round = models.ForeignKey(AwardRound, verbose_name=_("round"), on_delete=models.PROTECT, related_name="submissions")
    applicant = models.ForeignKey(
        Partner, verbose_name=_("applicant"), on_delete=models.PROTECT, related_name="submissions"
    )
    category = texts.CharField(_("category"), max_length=120, blank=True, help_text=_("Empty if not documented."))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    outcome = translated(
        texts.CharField(
            _("outcome"),
            max_length=300,
            blank=True,
            help_text=_("What is known of the result, for example: Shortlisted, one of twelve of 25."),
        )
    )
    submitted = PeriodField(
        _("submitted"), help_text=_("As precisely as it is known: 2018, January 2018 or 30 January 2018.")
    )
    title = translated(texts.CharField(_("title"), max_length=200, blank=True))
    lead = translated(texts.CharField(_("opening words"), max_length=400, blank=True))

    has_own_page = True
    in_open_data = False

    objects = SubmissionQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-round__year", "code"]
        constraints = [*Record.Meta.constraints, needs_text("title")]

    def __str__(self) -> str:
        return f"{self.title} ({self.round})"

    def get_absolute_url(self) -> str:
        return reverse("dossier", args=[self.slug])


class SubmissionCitation(Citation):
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("submission")]


class Section(HasCode, models.Model):
    """A section of a dossier. Its text refers to figures and records instead of repeating them."""

    class Length(models.TextChoices):
        """The shortest reading that contains the section; longer readings contain it too."""

        TWO = "two", _("two minutes")
        TEN = "ten", _("ten minutes")
        FULL = "full", _("full")

    class Shows(models.TextChoices):
        """What is generated from the record below the text."""

        NOTHING = "", _("nothing more")
        CLAIMS = "claims", _("claims and what is on record")
        GAPS = "gaps", _("what we cannot yet show")
        BELIEFS = "beliefs", _("what we ask you to believe without evidence")

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="sections")
    code = texts.SlugField(_("code"), max_length=40, help_text=_("The last part of its address: in-brief"))
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    length = models.CharField(_("in the reading of"), max_length=4, choices=Length, default=Length.FULL)
    shows = models.CharField(_("then shows"), max_length=7, choices=Shows, blank=True)
    title = translated(texts.CharField(_("title"), max_length=120, blank=True))
    text = translated(
        texts.TextField(
            _("text"),
            blank=True,
            help_text=_(
                "Markdown. Refer to the record and do not type figures: {claim:projects} prints the figure that the "
                "partners state, {counted:projects} what the record counts, {statement:projects-2012} one source’s "
                "version, {quote:memorandum-2018} its words; {project:leseding}, {visit:…}, {partner:…}, "
                "{milestone:…} and {output:…} print a title, {source:platforma-2018} only the number of a source."
            ),
        )
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "pk"]
        constraints = [
            needs_text("title"),
            models.UniqueConstraint(
                fields=["submission", "code"],
                name="partnership_section_once",
                violation_error_message=_("Another section of this dossier has this code."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    def save(self, **kwargs: Any) -> None:
        self.code = self.code or self.free_code()
        super().save(**kwargs)

    def clean(self) -> None:
        super().clean()
        errors = {}
        for language, _name in settings.LANGUAGES:
            column = to_attribute("text", language)
            _blocks, markdown_errors = parse(getattr(self, column))
            if markdown_errors:
                errors[column] = [str(error) for error in markdown_errors]
        if errors:
            raise ValidationError(errors)


class EditionQuerySet(models.QuerySet):
    def public(self) -> Self:
        """Editions with a public URL, withdrawn ones included: their page is a tombstone."""
        return self.filter(is_public=True)

    def standing(self) -> Self:
        return self.public().filter(withdrawn_on__isnull=True)

    def update(self, **values: Any) -> int:
        """Raises ValueError for a change of the content."""
        if not values.keys() <= Edition.CHANGEABLE:
            raise ValueError("An edition never changes.")
        return super().update(**values)

    def delete(self) -> Any:
        """Raises ValueError: an edition is withdrawn, never deleted."""
        raise ValueError("An edition is never deleted.")


class Edition(models.Model):
    """A dossier as of one day, with its data and sources. Its content never changes, but for ``redact``."""

    #: Fields that may be written after an edition was made.
    CHANGEABLE = frozenset({"is_public", "withdrawn_on", "withdrawal_reason", "redactions", "sha256"})

    submission = models.ForeignKey(
        Submission, verbose_name=_("submission"), on_delete=models.PROTECT, related_name="editions"
    )
    number = models.PositiveSmallIntegerField(_("number of the edition"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sha256 = models.CharField("SHA-256", max_length=64)
    #: The public data as of the same moment; editions of earlier releases of this site have none.
    data_release = models.ForeignKey(
        DataRelease, on_delete=models.PROTECT, null=True, editable=False, related_name="editions"
    )
    is_public = models.BooleanField(_("public"), default=False)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawal_reason = texts.CharField(_("reason for withdrawal"), max_length=300, blank=True)
    redactions = models.JSONField(default=list, help_text="Each with its day and the checksums before and after it.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        default_permissions = ("view", "add")
        ordering = ["submission", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="partnership_edition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.submission}, {self.number}"

    def save(self, **kwargs: Any) -> None:
        """Raises ValueError for a change of the content."""
        if self.pk and not set(kwargs.get("update_fields") or ["everything"]) <= self.CHANGEABLE:
            raise ValueError("An edition never changes.")
        super().save(**kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError: an edition is withdrawn, never deleted."""
        raise ValueError("An edition is never deleted.")

    def get_absolute_url(self) -> str:
        return reverse("edition", args=[self.submission.slug, self.number])

    @property
    def made_on(self):
        """In Swedish time."""
        return timezone.localdate(self.made_at)

    @property
    def folder(self) -> str:
        """The folder of its files in the storage."""
        return f"editions/{self.submission.code}/{self.number}"

    def file(self, name: str) -> EditionFile:
        """Raises EditionFile.DoesNotExist."""
        return self.files.get(name=name)


def _edition_path(file: EditionFile, name: str) -> str:
    return f"{file.edition.folder}/{file.name}"


class EditionFileQuerySet(models.QuerySet):
    def update(self, **values: Any) -> int:
        """Raises ValueError: a stored file never changes."""
        raise ValueError("An edition never changes.")

    def delete(self) -> Any:
        """Raises ValueError; see ``erase``."""
        raise ValueError("An edition is never deleted.")

    def erase(self) -> Any:
        """For redaction alone, which stores new files and is disclosed."""
        return super().delete()


class EditionFile(models.Model):
    """A stored file of an edition: its data, or its page or PDF in one language."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="files")
    name = texts.CharField(max_length=40)
    file = models.FileField(upload_to=_edition_path, max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField()

    objects = EditionFileQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="partnership_editionfile_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        """Raises ValueError for a change of a stored file."""
        if self.pk:
            raise ValueError("An edition never changes.")
        super().save(**kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError: an edition is withdrawn, never deleted."""
        raise ValueError("An edition is never deleted.")


class PrivateLinkQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(revoked_at__isnull=True, expires_on__gte=timezone.localdate())


class PrivateLink(models.Model):
    """Gives a jury’s secretariat temporary access to a draft dossier or an unpublished edition, without an account."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="private_links")
    edition = models.ForeignKey(
        Edition,
        verbose_name=_("edition"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="private_links",
        help_text=_("Empty for the dossier as it stands when it is read."),
    )
    purpose = texts.CharField(
        _("for whom"), max_length=120, help_text=_("An organisation, for example: the award’s secretariat. No person.")
    )
    expires_on = models.DateField(_("can be read until"))
    made_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = PrivateLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("private link")
        verbose_name_plural = _("private links")
        default_permissions = ("add", "view")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.submission}: {self.purpose}"

    def clean(self) -> None:
        super().clean()
        if self.expires_on and self.expires_on < timezone.localdate():
            raise ValidationError({"expires_on": _("This day has passed.")})
        if self.edition and self.edition.submission_id != self.submission_id:
            raise ValidationError({"edition": _("This edition belongs to another submission.")})

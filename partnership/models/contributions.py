"""What the public sends in: kept apart from the record, read by staff, never public by itself."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from .evidence import Source
from .mail import random_key
from .media import Document, Photo


def private_key_of(nonce: str, secret: str) -> str:
    """The key of the private page: a form that is sent again leads to the same one."""
    code = salted_hmac("partnership.contributions.key", nonce, secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(code).decode()[:22]


def key_hash(key: str) -> str:
    """What is stored of the key of a private page."""
    return hashlib.sha256(key.encode()).hexdigest()


class ContributionQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def suspected(self) -> Self:
        return self.open().exclude(suspected=[])

    def unread(self) -> Self:
        """What waits to be read, the oldest first."""
        return self.filter(state=Contribution.State.RECEIVED, suspected=[]).order_by("received_at")

    def from_web_today(self) -> Self:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return self.filter(came_by=Contribution.CameBy.WEB, received_at__gte=midnight)


class Contribution(models.Model):
    """A memory, a date or a correction, sent without an account. An official document from the moment it arrives."""

    class CameBy(models.TextChoices):
        WEB = "web", _("the form of this site")
        EMAIL = "email", _("e-mail")
        LETTER = "letter", _("letter")
        TELEPHONE = "telephone", _("telephone")
        VISIT = "visit", _("a visit")

    class State(models.TextChoices):
        """In the words that its sender reads."""

        RECEIVED = "received", _("Received, waits to be read")
        IN_HAND = "in_hand", _("Being looked at")
        ASKED = "asked", _("We have a question for you")
        USED = "used", _("Used in the record")
        PARTLY_USED = "partly_used", _("Partly used")
        NOT_USED = "not_used", _("Not used")
        ERASED = "erased", _("Erased")

    class What(models.TextChoices):
        MEMORY = "memory", _("A memory")
        DATE = "date", _("A date")
        CORRECTION = "correction", _("Something is wrong")
        DOCUMENT = "document", _("I have a document")
        PHOTOGRAPHS = "photographs", _("I have photographs")
        BARRIER = "barrier", _("A barrier on this site")
        OTHER = "other", _("Something else")

    class KnownHow(models.TextChoices):
        THERE = "there", _("I was there")
        PAPER = "paper", _("I have a document or picture")
        TOLD = "told", _("Somebody told me")
        ARCHIVE = "archive", _("I work with an archive")
        PRESS = "press", _("I am a journalist")

    class Registration(models.TextChoices):
        UNDECIDED = "undecided", _("not decided yet")
        REGISTERED = "registered", _("registered")
        MINOR = "minor", _("of minor importance, not registered")

    CLOSED = (State.USED, State.PARTLY_USED, State.NOT_USED, State.ERASED)

    reference = texts.CharField(_("reference"), max_length=12, unique=True, editable=False)
    came_by = models.CharField(_("came by"), max_length=10, choices=CameBy, default=CameBy.WEB)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RECEIVED, editable=False)
    #: Why it may be no contribution at all. It marks, it never drops.
    suspected = models.JSONField(default=list, blank=True, editable=False)
    is_spam = models.BooleanField(default=False, editable=False)
    what = models.CharField(_("what it is about"), max_length=12, choices=What, default=What.OTHER)
    model_name = models.CharField(_("kind of record"), max_length=20, blank=True)
    code = texts.CharField(_("code of the record"), max_length=80, blank=True)
    text = texts.TextField(_("text"), max_length=4000, blank=True)
    cleared_text = texts.TextField(
        _("text for colleagues outside the EU"),
        max_length=4000,
        blank=True,
        help_text=_("The text without names, addresses and numbers of people."),
    )
    text_language = texts.CharField(_("language of the text"), max_length=10, blank=True)
    known_how = models.CharField(_("how it is known"), max_length=10, choices=KnownHow, blank=True)
    when_text = texts.CharField(_("when it was"), max_length=80, blank=True)
    email = texts.CharField(_("e-mail"), max_length=254, blank=True)
    #: Of the page it was sent from, in which the sender is answered.
    language = texts.CharField(max_length=10, default="en")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    #: The nonce of the check page: a form that is sent twice is one contribution.
    sent_key = models.CharField(max_length=43, unique=True, default=random_key, editable=False)
    #: A keyed hash of the folded text, for what is sent again and again.
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    #: A keyed hash of address and day; emptied after seven days.
    sender = models.CharField(max_length=32, blank=True, db_index=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    receipt_at = models.DateTimeField(null=True, editable=False)
    #: A keyed hash of the address that a receipt went to; emptied after seven days.
    receipt_hash = models.CharField(max_length=64, blank=True, db_default="", db_index=True, editable=False)
    #: Files are taken for some days from here.
    asked_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken in hand by"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
    )
    registration = texts.CharField(
        _("registration"), max_length=12, choices=Registration, default=Registration.UNDECIDED
    )
    registered_as = texts.CharField(_("registered as"), max_length=80, blank=True)
    reason = texts.CharField(_("reason"), max_length=300, blank=True)
    wants_erasure = models.BooleanField(_("erasure asked for"), default=False, editable=False)
    hold = models.BooleanField(_("not to be disposed of"), default=False)
    hold_reason = texts.CharField(_("why not"), max_length=300, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        default_permissions = ("add", "change", "view", "erase")
        ordering = ["received_at", "pk"]
        indexes = [models.Index(fields=["state", "received_at"], name="partnership_contribution_inbox")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["used", "partly_used", "not_used", "erased"], closed_at__isnull=False)
                | models.Q(state__in=["received", "in_hand", "asked"], closed_at__isnull=True),
                name="%(app_label)s_%(class)s_closed",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="erased") | models.Q(text="", cleared_text="", email="", when_text=""),
                name="%(app_label)s_%(class)s_erased",
            ),
            models.CheckConstraint(
                condition=~models.Q(registration="registered") | ~models.Q(registered_as=""),
                name="%(app_label)s_%(class)s_registered",
                violation_error_message=_("Write the number under which it is registered."),
            ),
            models.CheckConstraint(
                condition=models.Q(model_name="", code="") | (~models.Q(model_name="") & ~models.Q(code="")),
                name="%(app_label)s_%(class)s_about",
                violation_error_message=_("A record is named by its kind and its code."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def private_key(self) -> str:
        """Made anew from what is stored and a secret; empty where the former secret is not known any more."""
        for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
            key = private_key_of(self.sent_key, secret)
            if key_hash(key) == self.key_hash:
                return key
        return ""

    def make_private_key(self) -> str:
        """The key of a page for what did not come by the form."""
        return private_key_of(self.sent_key, settings.SECRET_KEY)

    @property
    def is_closed(self) -> bool:
        return self.state in self.CLOSED

    @property
    def is_erased(self) -> bool:
        return self.state == self.State.ERASED

    @property
    def masked_email(self) -> str:
        """Enough for its owner to know which address it was: a…@g…"""
        name, _at, domain = self.email.partition("@")
        return f"{name[:1]}…@{domain[:1]}…" if self.email else ""

    def give_reference(self) -> None:
        """The next number of its year. Raises IntegrityError when saved if another one has just taken it."""
        year = timezone.localtime(self.received_at).year
        last = Contribution.objects.filter(reference__startswith=f"{year}-").order_by("-pk").first()
        number = int(last.reference.partition("-")[2]) + 1 if last else 1
        self.reference = f"{year}-{number:04}"

    def forget_address(self) -> None:
        """At once, from letters that wait as well."""
        self.emails.exclude(address="").delete()
        self.email = ""
        self.save()

    def close(self, state: str, reason: str = "") -> None:
        """Raises ValueError where nothing came of what is said to have been used."""
        if state in (self.State.USED, self.State.PARTLY_USED) and not self.results.exists():
            raise ValueError("Nothing has come of it.")
        self.state, self.reason, self.closed_at = state, reason, timezone.now()
        self.save()

    def mark_as_spam(self) -> None:
        self.is_spam = True
        self.close(self.State.NOT_USED)

    def erase(self, reason: str) -> None:
        """Text, files, messages and address go; that it was here, and why it is gone, stays."""
        for file in self.files.all():
            file.delete_content()
        self.files.all().delete()
        self.messages.all().delete()
        self.emails.exclude(address="").delete()
        self.text = self.cleared_text = self.email = self.when_text = ""
        self.sender = self.fingerprint = self.receipt_hash = ""
        self.state, self.reason = self.State.ERASED, reason
        self.closed_at = self.closed_at or timezone.now()
        self.save()

    def save(self, **kwargs: Any) -> None:
        self.version += 1
        super().save(**kwargs)


class ContributionMessage(models.Model):
    """A question, an answer or an addition, on the private page."""

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="messages")
    #: Nobody where the sender wrote it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    is_from_staff = models.BooleanField(default=False)
    text = texts.TextField(_("message"), max_length=2000)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:40]


class ContributionResult(models.Model):
    """What came of a contribution in the record."""

    class What(models.TextChoices):
        SOURCE = "source", _("source")
        CITATION = "citation", _("citation")
        PHOTOGRAPH = "photograph", _("photograph")
        DOCUMENT = "document", _("document")
        SUGGESTION = "suggestion", _("suggestion")
        CORRECTION = "correction", _("correction")

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="results")
    model_name = models.CharField(max_length=20)
    code = texts.CharField(max_length=80)
    what = models.CharField(_("what came of it"), max_length=12, choices=What)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "model_name", "code", "what"], name="%(app_label)s_%(class)s_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.model_name}/{self.code}"


def _path(_file: ContributionFile, _name: str) -> str:
    return f"contributions/{random_key()}{random_key()}.bin"


def _preview_path(_file: ContributionFile, _name: str) -> str:
    return f"contributions/{random_key()}.jpg"


class ContributionFile(models.Model):
    """A picture or a PDF as it was sent, under a random name that no public address leads to."""

    class Format(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"
        WEBP = "webp", "WebP"
        AVIF = "avif", "AVIF"
        HEIC = "heic", "HEIC"
        PDF = "pdf", "PDF"

    class State(models.TextChoices):
        WAITING = "waiting", _("waits to be looked at")
        CLEAN = "clean", _("looked at, no fault found")
        REFUSED = "refused", _("refused")
        DELETED = "deleted", _("deleted")

    class Scanned(models.TextChoices):
        CLAMAV = "clamav", "ClamAV"
        NONE = "none", _("not scanned")

    class People(models.TextChoices):
        NONE = "none", _("No")
        AGREED = "agreed", _("Yes, and they agreed")
        UNKNOWN = "unknown", _("Yes, I have not asked")

    MOST, MOST_BYTES, OPEN_DAYS = 10, 60 * 1024 * 1024, 14
    LICENCE = "CC BY 4.0"

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to=_path)
    declared_name = texts.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=4, choices=Format)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = texts.CharField(max_length=120, blank=True)
    scanned = models.CharField(max_length=10, choices=Scanned, default=Scanned.NONE)
    tries = models.PositiveSmallIntegerField(default=0)
    #: From the camera, as text; never the place.
    camera_date = models.CharField(max_length=20, blank=True)
    preview = models.FileField(upload_to=_preview_path, blank=True)
    licence = texts.CharField(max_length=20, blank=True)
    #: The number of the wording that was agreed to.
    licence_wording = models.PositiveSmallIntegerField(default=1)
    credit = texts.CharField(max_length=120, blank=True)
    people = models.CharField(max_length=10, choices=People, blank=True)
    children = models.BooleanField(default=False)
    photo = models.ForeignKey(Photo, on_delete=models.SET_NULL, null=True, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["contribution", "sha256"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=models.Q(children=False) | ~models.Q(people="none"),
                name="%(app_label)s_%(class)s_children",
            ),
        ]

    def __str__(self) -> str:
        return self.declared_name or self.get_format_display()

    @property
    def is_picture(self) -> bool:
        return self.format != self.Format.PDF

    def delete_content(self) -> None:
        """The original and its preview leave the storage; the row stays."""
        for stored in (self.file, self.preview):
            if stored.name:
                stored.storage.delete(stored.name)


def open_for_files(contribution: Contribution, now: datetime | None = None) -> bool:
    """Whether files can still be added: for some days after receipt or after the last question."""
    since = contribution.asked_at or contribution.received_at
    age = (now or timezone.now()) - since
    return not contribution.is_closed and age.days < ContributionFile.OPEN_DAYS

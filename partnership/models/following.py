"""Who follows the record by e-mail, who wants no letters, and what has gone out. As little as possible is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.email_addresses import address_hash, address_hashes
from ..fields.translated import needs_text, translated
from ..publishing import Record, url_of
from .mail import random_key


class FollowerQuerySet(models.QuerySet):
    def confirmed(self) -> Self:
        return self.filter(state=Follower.State.CONFIRMED)

    def run_out(self) -> Self:
        """Those who never pressed the button."""
        return self.filter(
            state=Follower.State.PENDING, asked_at__lt=timezone.now() - timedelta(days=Follower.DAYS_TO_CONFIRM)
        )


class Follower(models.Model):
    """Somebody who asked for letters. Who leaves is deleted on the spot, with all that waits."""

    class Rhythm(models.TextChoices):
        AT_ONCE = "at_once", _("At once, at most one a day")
        WEEKLY = "weekly", _("Each Monday")
        MONTHLY = "monthly", _("The 1st of each month")

    class State(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"
        PAUSED = "paused"

    DAYS_TO_CONFIRM, MOST_TOPICS = 7, 30
    #: Confirmation letters for one address.
    LETTERS_IN_ALL, BETWEEN_LETTERS = 3, timedelta(days=1)
    #: The number of the wording that was agreed to.
    WORDING = 1

    email = texts.CharField(max_length=254, unique=True)
    language = models.CharField(_("Language"), max_length=10, choices=settings.LANGUAGES, default="en")
    rhythm = models.CharField(_("How often"), max_length=10, choices=Rhythm, default=Rhythm.MONTHLY)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    key = models.CharField(max_length=22, unique=True, default=random_key)
    confirm_key = models.CharField(max_length=22, unique=True, default=random_key)
    wording = models.PositiveSmallIntegerField(default=WORDING)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_times = models.PositiveSmallIntegerField(default=0)
    last_letter_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    #: After some years followers are asked whether they still want letters; who does not answer is deleted.
    reconfirm_asked_at = models.DateTimeField(null=True)
    reconfirmed_at = models.DateTimeField(null=True)
    #: Changes up to here have been told.
    told_until = models.DateTimeField(default=timezone.now)
    soft_bounces = models.PositiveSmallIntegerField(default=0)
    first_soft_at = models.DateTimeField(null=True)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        default_permissions = ("view", "delete")
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "rhythm"], name="partnership_follower_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="pending") | models.Q(confirmed_at__isnull=False),
                name="%(app_label)s_%(class)s_confirmed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def confirm(self) -> None:
        """Only once: the day of the first time stays."""
        if self.state == self.State.PENDING:
            self.state, self.confirmed_at, self.told_until = self.State.CONFIRMED, timezone.now(), timezone.now()
            self.save()

    def stay(self) -> None:
        """The follower still wants letters."""
        self.reconfirmed_at, self.reconfirm_asked_at = timezone.now(), None
        self.save()

    def may_be_written_to(self) -> bool:
        return self.last_letter_at is None or self.last_letter_at < timezone.now() - self.BETWEEN_LETTERS

    def bounce_hard(self) -> None:
        """The address is not there: it is forgotten, and remembered as not to be written to."""
        Suppression.add(self.email, Suppression.Why.BOUNCED)
        self.delete()

    def bounce_softly(self) -> None:
        """Three times within more than two weeks: no more letters until the follower says so."""
        now = timezone.now()
        # Updates of the row: a letter may still be in hand when its reader has left.
        row = type(self)._default_manager.filter(pk=self.pk)
        row.update(soft_bounces=models.F("soft_bounces") + 1, first_soft_at=Coalesce("first_soft_at", now))
        lasting = {"soft_bounces__gte": 3, "first_soft_at__lte": now - timedelta(days=14)}
        row.filter(confirmed_at__isnull=False, **lasting).update(state=self.State.PAUSED)

    def note_told(self, until: datetime, **values: object) -> None:
        """What happened until then has been told, or said nothing to this reader; never back to an earlier moment."""
        told_until = Greatest("told_until", models.Value(until))
        type(self)._default_manager.filter(pk=self.pk).update(told_until=told_until, **values)


class Following(models.Model):
    """One topic of a follower."""

    class Kind(models.TextChoices):
        RECORD = "record"
        NEWSLETTER = "newsletter"
        PROJECT = "project"
        THEME = "theme"
        PARTNER = "partner"

    follower = models.ForeignKey(Follower, on_delete=models.CASCADE, related_name="topics")
    kind = models.CharField(max_length=10, choices=Kind)
    #: Empty for the whole record and for newsletters.
    code = texts.CharField(max_length=80, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["follower", "kind", "code"], name="%(app_label)s_%(class)s_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.code}"


class Newsletter(Record):
    """What staff write to followers some times a year; a page like every record, and a letter that goes out once."""

    number = models.PositiveSmallIntegerField(_("issue number"), unique=True)
    title = translated(texts.CharField(_("title"), max_length=160, blank=True))
    lead = translated(texts.CharField(_("lead"), max_length=200, blank=True))
    text = translated(
        texts.TextField(
            _("text"),
            blank=True,
            help_text=_("Paragraphs, lists, headings and links. {project:leseding} becomes a link to the record."),
        )
    )

    has_own_page = True
    in_open_data = False

    class Meta(Record.Meta):
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        ordering = ["-number"]
        constraints = [*Record.Meta.constraints, needs_text("title")]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return url_of("newsletter", self.slug)


class Mailing(models.Model):
    """Letters to many about one thing: a newsletter, or the changes of a time for one rhythm."""

    class State(models.TextChoices):
        SENDING = "sending"
        STOPPED = "stopped"

    newsletter = models.OneToOneField(Newsletter, on_delete=models.PROTECT, null=True, related_name="mailing")
    #: The letter of a newsletter in each language, as it was when it was sent.
    frozen = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    rhythm = models.CharField(max_length=10, choices=Follower.Rhythm, blank=True)
    period_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.SENDING)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["rhythm", "period_until"], name="%(app_label)s_%(class)s_once")]

    def __str__(self) -> str:
        return f"{self.newsletter or self.rhythm} {self.made_at:%Y-%m-%d}"


class Suppression(models.Model):
    """That an address is not to be written to. The address itself is not kept."""

    class Why(models.TextChoices):
        ASKED = "asked"
        BOUNCED = "bounced"
        COMPLAINED = "complained"

    hash = models.CharField(max_length=64, unique=True)
    why = models.CharField(max_length=10, choices=Why)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_why_display()

    @classmethod
    def covers(cls, address: str) -> bool:
        return cls.objects.filter(hash__in=address_hashes(address)).exists()

    @classmethod
    def add(cls, address: str, why: str) -> None:
        cls.objects.get_or_create(hash=address_hash(address), defaults={"why": why})

"""The queue of e-mail: a row for each letter to one recipient, until some days after it has gone out."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone


def random_key() -> str:
    """22 characters, 128 bits: for addresses that only their owner knows."""
    return secrets.token_urlsafe(16)


class QueuedEmailQuerySet(models.QuerySet):
    def due(self) -> Self:
        """What can be sent now, the most urgent first."""
        return self.filter(state=QueuedEmail.State.WAITING, next_try_at__lte=timezone.now()).order_by("purpose", "pk")

    def gathering(self) -> Self:
        """Letters to colleagues whose hour is not over: what happens meanwhile is added to them."""
        purpose = QueuedEmail.Purpose.STAFF
        return self.filter(purpose=purpose, state=QueuedEmail.State.WAITING, tries=0, next_try_at__gt=timezone.now())

    def unsent(self) -> Self:
        return self.filter(state__in=[QueuedEmail.State.WAITING, QueuedEmail.State.TRYING])

    def release_stalled(self) -> None:
        """Decides about what a sender had in hand when it died: whether the server took it is not known.

        What somebody waits for is sent again, since twice is better than never. Of what goes to many, once is better
        than twice: a person decides.
        """
        stalled = self.filter(state=QueuedEmail.State.TRYING, claimed_at__lt=timezone.now() - QueuedEmail.STALLED_AFTER)
        awaited = models.Q(purpose__lt=QueuedEmail.Purpose.RECONFIRM)
        stalled.filter(awaited).update(state=QueuedEmail.State.WAITING)
        stalled.exclude(awaited).update(state=QueuedEmail.State.DOUBTFUL)

    def hold_late(self) -> None:
        """Holds back what was meant for many and is old news by now."""
        late = timezone.now() - QueuedEmail.TOO_LATE_AFTER
        self.filter(
            state=QueuedEmail.State.WAITING, purpose__gte=QueuedEmail.Purpose.NEWSLETTER, made_at__lt=late
        ).update(state=QueuedEmail.State.HELD)


class QueuedEmail(models.Model):
    """An e-mail to one recipient. Once it is sent, neither text nor address stays."""

    class Purpose(models.IntegerChoices):
        """In the order of sending. The first five are awaited by one person; the others go to many."""

        PASSWORD = 1
        CONFIRM = 2
        REPLY = 3
        RECEIPT = 4
        STAFF = 5
        RECONFIRM = 6
        NEWSLETTER = 7
        DIGEST = 8

    class State(models.TextChoices):
        WAITING = "waiting"
        #: In the hands of a sender, or of one that died.
        TRYING = "trying"
        SENT = "sent"
        REFUSED = "refused"
        #: Perhaps sent; see ``release_stalled``.
        DOUBTFUL = "doubtful"
        #: Waits for a person’s word.
        HELD = "held"

    STALLED_AFTER = timedelta(minutes=15)
    TOO_LATE_AFTER = timedelta(days=3)
    #: How long to wait after each temporary refusal; after the last one it is refused.
    BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 720, 1440))

    purpose = models.PositiveSmallIntegerField(choices=Purpose, default=Purpose.STAFF)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="queued_emails")
    follower = models.ForeignKey("partnership.Follower", on_delete=models.CASCADE, null=True, related_name="emails")
    mailing = models.ForeignKey("partnership.Mailing", on_delete=models.CASCADE, null=True, related_name="emails")
    contribution = models.ForeignKey(
        "partnership.Contribution", on_delete=models.CASCADE, null=True, related_name="emails"
    )
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=10, blank=True)
    #: Empty where the text is made at the moment of sending: what follows a password or goes to many.
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, db_index=True)
    #: In the Message-ID, the same at each try, and in the address that bounces come back to.
    key = models.CharField(max_length=22, unique=True, default=random_key)
    #: The code of a refusal or the type of an error, never the server’s words: they may hold the address.
    detail = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = QueuedEmailQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "purpose", "id"], name="partnership_email_due")]
        constraints = [models.UniqueConstraint(fields=["mailing", "follower"], name="%(app_label)s_%(class)s_once")]

    def __str__(self) -> str:
        return self.subject or self.get_purpose_display()

    @property
    def recipient(self) -> str:
        if self.follower:
            return self.follower.email
        return self.to.email if self.to else self.address

    @classmethod
    def claim_next(cls) -> QueuedEmail | None:
        """Takes the next letter for this process alone. Committed before anything is sent: no other sender takes it."""
        while (pk := cls.objects.due().values_list("pk", flat=True).first()) is not None:
            changes = {"state": cls.State.TRYING, "claimed_at": timezone.now(), "tries": models.F("tries") + 1}
            if cls.objects.due().filter(pk=pk).update(**changes):
                return cls.objects.select_related("to", "follower", "mailing").get(pk=pk)
        return None

    def _change(self, **values: object) -> None:
        """In the row alone, and only if it is still there: who leaves, or takes an address back, while a letter is on
        its way must not come back with the row of that letter."""
        for name, value in values.items():
            setattr(self, name, value)
        type(self).objects.filter(pk=self.pk).update(**values)

    def mark_sent(self) -> None:
        self._change(state=self.State.SENT, sent_at=timezone.now(), detail="", address="", subject="", body="")
        if self.follower and self.mailing and self.mailing.period_until:
            self.follower.note_told(self.mailing.period_until, soft_bounces=0, first_soft_at=None)

    def give_back(self) -> None:
        """As if it had not been tried: the server was not there."""
        self._change(state=self.State.WAITING, tries=self.tries - 1)

    def refuse(self, detail: str) -> None:
        self._change(state=self.State.REFUSED, detail=detail[:80])

    def try_later(self, detail: str) -> bool:
        """Waits for its next turn; False, and refused, where all turns have been had."""
        if self.tries > len(self.BACKOFF):
            self.refuse(detail)
            return False
        next_try_at = timezone.now() + self.BACKOFF[self.tries - 1]
        self._change(state=self.State.WAITING, detail=detail[:80], next_try_at=next_try_at)
        return True

    def lose_track(self, detail: str) -> None:
        """The connection ended before the server had answered: it may have the letter."""
        if self.purpose < self.Purpose.RECONFIRM:
            self.try_later(detail)
        else:
            self._change(state=self.State.DOUBTFUL, detail=detail[:80])

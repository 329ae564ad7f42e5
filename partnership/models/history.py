"""The versions of all records: who changed what, when and why. Rows are only ever added."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from .partners import Partner

#: How long a merger can be undone.
MERGERS_UNDONE_WITHIN = datetime.timedelta(days=30)


class RevisionQuerySet(models.QuerySet):
    def public(self):
        """Versions that changed what the public sees, newest first."""
        return self.filter(is_public=True).select_related("partner").order_by("-made_at", "-pk")

    def of(self, record: Any):
        return self.filter(model_name=record._meta.model_name, code=record.code)


class Revision(models.Model):
    """The content of a record after one change, in the format of the text files."""

    class Action(models.TextChoices):
        BEFORE = "before", _("before the first change")
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")
        RESTORED = "restored", _("restored")
        DISCARDED = "discarded", _("thrown away")
        MERGED = "merged", _("merged into another")

    model_name = models.CharField(_("kind"), max_length=20)
    code = texts.CharField(_("code"), max_length=80)
    version = models.PositiveIntegerField(_("version"))
    action = models.CharField(_("action"), max_length=12, choices=Action)
    made_at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="revisions"
    )
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = texts.CharField(_("reason"), max_length=300, blank=True)
    is_public = models.BooleanField(_("seen by the public"), default=False)
    title = models.JSONField(_("title"), default=dict)
    fields = models.JSONField(_("changed fields"), default=list)
    content = models.JSONField(_("content"), default=dict)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        default_permissions = ("view",)
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["model_name", "code", "version"], name="partnership_revision_of"),
            models.Index(fields=["is_public", "-made_at"], name="partnership_revision_new"),
        ]

    def __str__(self) -> str:
        return f"{self.model_name}/{self.code} {self.version}"


class MergerQuerySet(models.QuerySet):
    def of(self, record: Any):
        """The merger by which a record went into another, where it was not undone."""
        return self.filter(model_name=record._meta.model_name, code=record.code, undone_at__isnull=True)


class Merger(models.Model):
    """Two records of one thing became one. ``moved`` is what ``partnership.record.merging`` needs to undo it."""

    model_name = models.CharField(_("kind"), max_length=20)
    code = models.CharField(_("code"), max_length=80, help_text=_("The record that went into the other."))
    into = models.CharField(_("merged into"), max_length=80)
    made_at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    moved = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("undone by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = MergerQuerySet.as_manager()

    class Meta:
        verbose_name = _("merger")
        verbose_name_plural = _("mergers")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["model_name", "code"],
                condition=models.Q(undone_at__isnull=True),
                name="partnership_merger_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_name}/{self.code} → {self.into}"

    @property
    def undone_until(self) -> datetime.datetime:
        return self.made_at + MERGERS_UNDONE_WITHIN

    @property
    def may_be_undone(self) -> bool:
        return self.undone_at is None and timezone.now() <= self.undone_until


class DistinctPair(models.Model):
    """Two records that look alike, and of which staff said that they are two. The lower code is the first."""

    model_name = models.CharField(_("kind"), max_length=20)
    first = models.CharField(_("code"), max_length=80)
    second = models.CharField(_("code"), max_length=80)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["model_name", "first", "second"], name="partnership_distinctpair_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_name}: {self.first} ≠ {self.second}"


class Redaction(models.Model):
    """A passage was erased for good: where, why, by whose decision. The passage itself is not stored."""

    made_at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="redactions"
    )
    reason = texts.CharField(_("reason"), max_length=300)
    decision = texts.CharField(_("decision"), max_length=80, help_text=_("The number of the decision."))
    places = models.JSONField(_("places"), default=list)
    result = models.JSONField(
        _("what is left"),
        default=dict,
        help_text="What a second look found, and what it could not reach.",
    )

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        default_permissions = ("view",)
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.decision}, {self.made_at:%Y-%m-%d}"

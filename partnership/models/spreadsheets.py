"""Spreadsheets that staff have uploaded and not yet imported."""

from __future__ import annotations

import datetime
import hashlib
import json
import zlib
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..fields import texts


class SpreadsheetUploadQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        return self.filter(made_at__gt=timezone.now() - SpreadsheetUpload.LIFETIME)

    def expired(self) -> Self:
        return self.filter(made_at__lte=timezone.now() - SpreadsheetUpload.LIFETIME)


class SpreadsheetUpload(models.Model):
    """A spreadsheet from its upload to its import, for the person who uploaded it and nobody else.

    It is stored in the database, which several servers share and from which no URL serves it. Of a loaded one only the
    list of what was loaded stays.
    """

    class Task(models.TextChoices):
        """What a worker is to do with a file that is too long for a request."""

        CHECK = "check"
        LOAD = "load"

    #: How long an upload waits for its import, and what was loaded can be looked up.
    LIFETIME = datetime.timedelta(days=30)

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="spreadsheets")
    sheet = texts.CharField(max_length=20)
    name = texts.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, editable=False)
    reason = texts.CharField(max_length=300, blank=True)
    allowed_because = texts.CharField(max_length=200, blank=True)
    right_because = texts.CharField(max_length=200, blank=True)
    are_others = models.BooleanField(default=False)
    #: The version of each record that the last dry run would change, 0 for one that it would create.
    seen = models.JSONField(null=True)
    #: What the file holds, as compressed JSON, and what was said of it (``partnership.spreadsheets.tables.Choices``).
    grid = models.BinaryField(default=b"")
    choices = models.JSONField(default=dict)
    task = models.CharField(max_length=5, choices=Task, blank=True)
    language = models.CharField(max_length=10, blank=True)
    #: How many rows of how many a worker has done, and when it last did.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    worked_at = models.DateTimeField(null=True)
    #: What checking or loading came to, for the page.
    result = models.JSONField(null=True)
    loaded_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = SpreadsheetUploadQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs) -> None:
        if not self.sha256:
            self.sha256 = hashlib.sha256(self.content).hexdigest()
        super().save(**kwargs)

    @property
    def file(self) -> dict[str, Any]:
        """What the file holds (``partnership.spreadsheets.file_reader``)."""
        return json.loads(zlib.decompress(self.grid))

    @file.setter
    def file(self, file: dict[str, Any]) -> None:
        self.grid = zlib.compress(json.dumps(file).encode())

    @property
    def text(self) -> str:
        """All that the file holds and what was said of it, to search for a passage."""
        parts = [self.name, self.choices, self.result, self.file if self.grid else {}]
        return json.dumps(parts, ensure_ascii=False)

    @property
    def is_whole(self) -> bool:
        """Whether the content is unchanged, byte for byte, since the upload."""
        return hashlib.sha256(self.content).hexdigest() == self.sha256


class SpreadsheetLayout(models.Model):
    """How a file with certain headings was read, for the next one with the same: columns, and the names in it."""

    sheet = models.CharField(max_length=20)
    headings = models.JSONField()
    #: SHA-256 of the headings, by which a layout is looked up.
    key = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    names = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "key"], name="partnership_spreadsheetlayout_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}: {', '.join(filter(None, self.headings))}"

    @property
    def text(self) -> str:
        """All that was remembered, to search for a passage."""
        return json.dumps([self.headings, self.columns, self.names], ensure_ascii=False)

    @classmethod
    def remember(cls, sheet: str, headings: list[str], columns: dict[str, str], names: dict[str, Any]) -> None:
        defaults = {"headings": headings, "columns": columns, "names": names}
        cls.objects.update_or_create(sheet=sheet, key=cls.key_of(headings), defaults=defaults)

    @classmethod
    def of(cls, sheet: str, headings: list[str]) -> SpreadsheetLayout | None:
        return cls.objects.filter(sheet=sheet, key=cls.key_of(headings)).first()

    @staticmethod
    def key_of(headings: list[str]) -> str:
        return hashlib.sha256(json.dumps(headings, ensure_ascii=False).encode()).hexdigest()

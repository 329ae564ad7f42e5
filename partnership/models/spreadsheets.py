"""Spreadsheets that staff have uploaded and not yet imported."""

from __future__ import annotations

import datetime
import hashlib
from typing import Self

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
    """A spreadsheet between its dry run and its import, for the person who uploaded it and nobody else.

    It is stored in the database, which several servers share and from which no URL serves it.
    """

    #: How long an upload waits for its import.
    LIFETIME = datetime.timedelta(hours=24)

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
    def is_whole(self) -> bool:
        """Whether the content is unchanged, byte for byte, since the upload."""
        return hashlib.sha256(self.content).hexdigest() == self.sha256

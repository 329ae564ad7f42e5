"""Files that came with a form which could not be saved, until the form is sent again."""

from __future__ import annotations

import datetime
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from .mail import random_key

#: How long a file waits for its form: one of a stranger, and one of staff, whose forms are kept for later.
HELD_FOR = datetime.timedelta(hours=24)
HELD_FOR_STAFF = datetime.timedelta(days=30)


def _waits() -> models.Q:
    now = timezone.now()
    of_staff = models.Q(user__isnull=False, held_at__gt=now - HELD_FOR_STAFF)
    return of_staff | models.Q(user=None, held_at__gt=now - HELD_FOR)


def _path(_upload: HeldUpload, _name: str) -> str:
    return f"held/{random_key()}.bin"


class HeldUploadQuerySet(models.QuerySet["HeldUpload"]):
    def waiting(self) -> Self:
        return self.filter(_waits())

    def expired(self) -> Self:
        return self.exclude(_waits())

    def discard(self) -> None:
        """Deletes the rows, and their files once that is committed."""
        for upload in self:
            upload.delete()
            transaction.on_commit(upload.delete_file)


class HeldUpload(models.Model):
    """One file of one form; no address leads to it, and only who sent it gets it back, in that form."""

    key = models.CharField(max_length=22, unique=True, default=random_key)
    #: Nobody for a form of the public, whose address is its key.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    #: SHA-256 of the path of the form.
    form = models.CharField(max_length=64)
    field = models.CharField(max_length=60)
    file = models.FileField(upload_to=_path)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    #: What is known of it already, so that it is not opened again.
    about = models.JSONField(default=dict)
    held_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = HeldUploadQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def delete_file(self) -> None:
        self.file.storage.delete(str(self.file.name))

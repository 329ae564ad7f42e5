"""What the loader wrote, to detect what staff have changed since; and whether it is sample data."""

from __future__ import annotations

from functools import cache

from django.db import models
from django.utils.translation import gettext_lazy as _

from .evidence import Source


class SeededRecord(models.Model):
    """A record as the loader last wrote it: a digest of its text form, not of its row."""

    kind = models.CharField(_("kind"), max_length=20)
    code = models.CharField(_("code"), max_length=80)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("loaded record")
        verbose_name_plural = _("loaded records")
        ordering = ["kind", "code"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="partnership_seededrecord_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.code}"


#: The prefix of the codes of all samples.
SAMPLE_PREFIX = "sample-"


@cache
def is_sample() -> bool:
    """Whether this database holds samples; queried once in each process, since samples never join a real record."""
    return Source.objects.filter(code__startswith=SAMPLE_PREFIX).exists()

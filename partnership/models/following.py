"""Who follows the record by e-mail, who wants no letters, and what has gone out. As little as possible is kept."""

from __future__ import annotations

from django.db import models

from ..fields.email_addresses import address_hash, address_hashes


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

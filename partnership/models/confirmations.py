"""That both sides stand by what a record says. A small table per kind of record, as for citations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .evidence import Statement
from .partners import Partner


class ConfirmationQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Those that no later change has lifted."""
        return self.filter(lifted_at__isnull=True)

    def of_both_sides(self, link: str) -> models.Subquery:
        """For the record whose key is asked for as ``link``: the day on which the second side confirmed, or null."""
        standing = self.standing().filter(**{link: models.OuterRef("pk")}).order_by().values(link)
        sides = standing.annotate(sides=models.Count("country", distinct=True), last=models.Max("made_on"))
        return models.Subquery(sides.filter(sides=2).values("last"))


class Confirmation(models.Model):
    """One side stands by a record as it reads. A later change of what it says lifts this; the row stays."""

    country = models.CharField(_("side"), max_length=3, choices=Partner.Country)
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_on = models.DateField(_("confirmed on"), default=timezone.localdate)
    digest = models.CharField(_("checksum of what was confirmed"), max_length=64)
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        default_permissions = ("add",)
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.partner.brief}, {self.made_on:%Y-%m-%d}"

    @staticmethod
    def once_per_side(record: str) -> list[models.BaseConstraint]:
        return [
            models.UniqueConstraint(
                fields=[record, "country"],
                condition=models.Q(lifted_at__isnull=True),
                name="%(app_label)s_%(class)s_once",
            ),
            models.CheckConstraint(condition=models.Q(country__in=["SE", "ZA"]), name="%(app_label)s_%(class)s_side"),
        ]


@dataclass(frozen=True)
class BothSides:
    """That both sides stand, or stood until ``lifted_at``, by a record: who, and the day of the second."""

    partners: list[Partner]
    made_on: date
    lifted_at: datetime | None = None


def both_sides(confirmations: list[Any]) -> BothSides | None:
    """What readers are told: that both sides confirm a record, or that they did before it changed."""
    standing = [one for one in confirmations if one.lifted_at is None]
    if len(standing) == 2:
        standing.sort(key=lambda one: one.country)
        return BothSides([one.partner for one in standing], max(one.made_on for one in standing))
    lifted_at = max((one.lifted_at for one in confirmations if one.lifted_at), default=None)
    # Both were lifted by the same change only if both stood until then.
    until_then = [one for one in confirmations if lifted_at and one.lifted_at == lifted_at]
    if {one.country for one in until_then} != {Partner.Country.SWEDEN, Partner.Country.SOUTH_AFRICA}:
        return None
    until_then = sorted(until_then, key=lambda one: one.pk)[-2:]
    return BothSides([one.partner for one in until_then], max(one.made_on for one in until_then), lifted_at)


class StatementConfirmation(Confirmation):
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="confirmations")

    class Meta(Confirmation.Meta):
        constraints = Confirmation.once_per_side("statement")

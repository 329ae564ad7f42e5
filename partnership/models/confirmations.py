"""Confirmations of records by both sides. Each kind of record has a table of its own, as for citations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..publishing import State
from .evidence import Statement
from .partners import Partner


class ConfirmationQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Confirmations that no later change of the record has ended."""
        return self.filter(lifted_at__isnull=True)

    def public(self) -> Self:
        """Confirmations by bodies that readers may see."""
        return self.filter(partner__state=State.PUBLISHED)

    def by_both_sides(self, link: str) -> Any:
        """The records that both sides confirm, with the ``last`` day; grouped by ``link``, the foreign key to them."""
        standing = self.standing().public().order_by().values(link)
        sides = standing.annotate(sides=models.Count("country", distinct=True), last=models.Max("made_on"))
        return sides.filter(sides=2)

    def of_both_sides(self, link: str) -> models.Subquery:
        """A subquery for the day on which the second side confirmed a record, or null. ``link`` is its foreign key."""
        return models.Subquery(self.filter(**{link: models.OuterRef("pk")}).by_both_sides(link).values("last"))


class Confirmation(models.Model):
    """One side confirms the content of a record. A later change ends the confirmation; the row stays."""

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


class BothSides(NamedTuple):
    """Both sides confirm a record, or did until ``lifted_at``; ``made_on`` is the day of the second confirmation."""

    partners: list[Partner]
    made_on: date
    lifted_at: datetime | None = None


def both_sides(confirmations: list[Any]) -> BothSides | None:
    """None unless both sides confirm the record, or did before its last change."""
    confirmations = [confirmation for confirmation in confirmations if confirmation.partner.is_published]
    current = [confirmation for confirmation in confirmations if confirmation.lifted_at is None]
    if len(current) == 2:
        current.sort(key=lambda confirmation: confirmation.country)
        return BothSides(*_partners_and_day(current))
    lifted_at = max((confirmation.lifted_at for confirmation in confirmations if confirmation.lifted_at), default=None)
    # The same change ended both only if both were current until then.
    lapsed = [confirmation for confirmation in confirmations if lifted_at and confirmation.lifted_at == lifted_at]
    sides = {confirmation.country for confirmation in lapsed}
    if sides != {Partner.Country.SWEDEN, Partner.Country.SOUTH_AFRICA}:
        return None
    lapsed = sorted(lapsed, key=lambda confirmation: confirmation.pk)[-2:]
    return BothSides(*_partners_and_day(lapsed), lifted_at)


def _partners_and_day(pair: list[Any]) -> tuple[list[Partner], date]:
    return [confirmation.partner for confirmation in pair], max(confirmation.made_on for confirmation in pair)


class StatementConfirmation(Confirmation):
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="confirmations")

    class Meta(Confirmation.Meta):
        constraints = Confirmation.once_per_side("statement")

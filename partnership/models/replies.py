"""What a partner answers to a published fact. Each kind of record has a table of its own, as for confirmations."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.translated import needs_text, translated
from ..publishing import State
from .evidence import FieldGroup, Statement
from .partners import Partner


def validate_not_to_come(day: date) -> None:
    """Nobody has answered on a day that has not come yet."""
    if day > timezone.localdate():
        raise ValidationError(_("This day has not come yet."), code="to_come")


class ReplyQuerySet(models.QuerySet):
    def public(self) -> Self:
        """Replies of bodies that readers may see, with their names."""
        return self.filter(partner__state=State.PUBLISHED).select_related("partner")


class Reply(models.Model):
    """A partner’s own words on what the record says. They change no fact, and stand beside it with their day."""

    about = models.CharField(
        _("about"),
        max_length=20,
        choices=FieldGroup,
        blank=True,
        default="",
        help_text=_("Leave empty when the partner replies to the record as a whole."),
    )
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField(_("day of the reply"), validators=[validate_not_to_come])
    text = translated(
        texts.CharField(
            _("reply"),
            max_length=600,
            blank=True,
            help_text=_("In the words of the partner. It changes no fact; name organisations, not persons."),
        )
    )

    objects = ReplyQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("reply of a partner")
        verbose_name_plural = _("replies of partners")
        ordering = ["given_on", "pk"]

    def __str__(self) -> str:
        return f"{self.partner}, {self.given_on:%Y-%m-%d}"

    @staticmethod
    def given_once(record: str) -> list[models.BaseConstraint]:
        return [
            models.UniqueConstraint(
                fields=[record, "partner", "about", "given_on"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This partner already replies to the same thing on this day."),
            ),
            needs_text("text"),
        ]


class StatementReply(Reply):
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="replies")

    class Meta(Reply.Meta):
        constraints = Reply.given_once("statement")

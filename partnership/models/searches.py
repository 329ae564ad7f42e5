"""Where we looked, and the issuers of sources: what “not documented” means, and what may go."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.translated import needs_text, translated
from ..publishing import AlwaysPublic
from .evidence import Source


class LoggedSearch(AlwaysPublic):
    """What somebody looked for, where, when and in which words, and what came of it."""

    code = texts.SlugField(_("code"), max_length=60, unique=True)
    sought = translated(
        texts.CharField(_("what was sought"), max_length=120, blank=True, help_text=_("For example: Health care"))
    )
    outcome = translated(
        texts.CharField(_("what came of it"), max_length=300, blank=True, help_text=_("For example: No project"))
    )
    place = translated(
        texts.CharField(_("where"), max_length=160, blank=True, help_text=_("For example: a store of public web pages"))
    )
    words = texts.TextField(_("in which words"), help_text=_("One search on each line, as it was typed."))
    looked_on = models.DateField(_("when"))
    is_found = models.BooleanField(_("something was found"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Order in lists."))

    class Meta(AlwaysPublic.Meta):
        verbose_name = _("logged search")
        verbose_name_plural = _("where we looked")
        ordering = ["position", "code"]
        constraints = [needs_text("sought"), needs_text("outcome")]

    def __str__(self) -> str:
        return str(self.sought)

    def get_absolute_url(self) -> str:
        return reverse("searches")

    @property
    def queries(self) -> list[str]:
        return [line.strip() for line in self.words.splitlines() if line.strip()]


class Issuer(AlwaysPublic):
    """What is known of an issuer of sources beyond its name: when it may close, and who says so."""

    code = texts.SlugField(_("code"), max_length=60, unique=True)
    name = texts.CharField(
        _("issuer without channel"),
        max_length=200,
        unique=True,
        help_text=_("As the sources name it, without what stands in brackets: Växjö kommun"),
    )
    closes_on = models.DateField(
        _("may close on"), null=True, blank=True, help_text=_("The day after which its pages may go.")
    )
    reason = translated(
        texts.CharField(_("why"), max_length=300, blank=True, help_text=_("One sentence for readers, without the day."))
    )
    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(AlwaysPublic.Meta):
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_on__isnull=True) | models.Q(source__isnull=False),
                name="partnership_issuer_closing",
                violation_error_message=_("Name the source that says when it closes."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list of sources tells of all of them."""
        return reverse("sources")

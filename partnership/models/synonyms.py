"""Words that mean the same to whoever searches. Staff keep them; the search reads them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..publishing import AlwaysPublic


class Synonyms(AlwaysPublic):
    """A group of words, in any language, of which each finds what the others find."""

    code = texts.SlugField(_("code"), max_length=40, unique=True)
    words = texts.TextField(
        _("words"),
        max_length=1500,
        help_text=_("Separated by commas, in any language: library, libraries, bibliotek, biblioteek, laeborari."),
    )

    class Meta(AlwaysPublic.Meta):
        verbose_name = _("words that mean the same")
        verbose_name_plural = _("words that mean the same")
        ordering = ["code"]

    def __str__(self) -> str:
        return ", ".join(self.phrases[:4])

    @property
    def code_text(self) -> str:
        return self.phrases[0] if self.phrases else ""

    def get_absolute_url(self) -> str:
        return reverse("search")

    @property
    def phrases(self) -> list[str]:
        return [phrase.strip() for phrase in self.words.split(",") if phrase.strip()]

    def clean(self) -> None:
        if len(self.phrases) < 2:
            raise ValidationError({"words": _("Name at least two words, separated by a comma.")})

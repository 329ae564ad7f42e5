"""The questions that people come with, and their answers in plain words, in one language each."""

from __future__ import annotations

import re
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.codes import validate_language
from ..fields.markdown import parse
from ..publishing import AlwaysPublic, HasCode, State


class QuestionSheetQuerySet(models.QuerySet):
    def public(self) -> Self:
        """Those in a language of the site, and those that somebody who reads the language has approved."""
        return self.filter(models.Q(code__in=dict(settings.LANGUAGES)) | models.Q(approved_on__isnull=False))


class QuestionSheet(AlwaysPublic):
    """All questions with their answers in one language, which need not be a language of the site."""

    code = texts.SlugField(
        _("language"),
        max_length=12,
        unique=True,
        validators=[validate_language],
        help_text=_("Its code: en, sv, af (Afrikaans), tn (Setswana). It can never be changed."),
    )
    language_name = texts.CharField(
        _("name of the language"), max_length=40, help_text=_("In the language itself: Afrikaans, Setswana.")
    )
    title = texts.CharField(_("title"), max_length=120)
    lead = texts.CharField(_("opening words"), max_length=300, blank=True)
    #: Meaningless for a language of the site, whose texts are read like all others.
    approved_on = models.DateField(_("approved on"), null=True, blank=True)

    objects = QuestionSheetQuerySet.as_manager()

    class Meta(AlwaysPublic.Meta):
        verbose_name = _("questions and answers")
        verbose_name_plural = _("questions and answers")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.title} ({self.language_name})"

    def get_absolute_url(self) -> str:
        return reverse("questions") if self.is_of_site else reverse("questions-in", args=[self.code])

    @property
    def state(self) -> str:
        """In a further language it is a draft until somebody who reads it approves the text."""
        return State.PUBLISHED if self.is_public else State.DRAFT

    @property
    def is_of_site(self) -> bool:
        """Whether the site itself is in this language."""
        return self.code in dict(settings.LANGUAGES)

    @property
    def is_public(self) -> bool:
        return self.is_of_site or self.approved_on is not None


class Question(HasCode, models.Model):
    """A question, its answer, and where a reader goes on from there."""

    sheet = models.ForeignKey(QuestionSheet, on_delete=models.CASCADE, related_name="questions")
    code = texts.SlugField(_("code"), max_length=40, help_text=_("The same in every language: who-pays"))
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    title = texts.CharField(_("question"), max_length=120)
    text = texts.TextField(
        _("answer"),
        max_length=1500,
        help_text=_(
            "Two to five sentences of at most 15 words. Do not type figures: {counted:projects} prints what the record "
            "counts, {claim:projects} what the partners state, {number:sources} a number of this site. "
            "{project:leseding} and {partner:icld} become links."
        ),
    )
    onward = texts.TextField(
        _("ways on"),
        max_length=300,
        blank=True,
        help_text=_("References alone: {page:history} {project:leseding} {partner:icld}"),
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "code"],
                name="partnership_question_once",
                violation_error_message=_("Another question of this language has this code."),
            )
        ]

    def __str__(self) -> str:
        return str(self.title)

    def save(self, **kwargs: Any) -> None:
        self.code = self.code or self.free_code()
        super().save(**kwargs)

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        for name in ("text", "onward"):
            if faults := parse(getattr(self, name))[1]:
                errors[name] = [str(fault) for fault in faults]
        if "text" not in errors and (sentences := long_sentences(self.text)):
            message = _("More than %(most)s words: %(sentence)s")
            errors["text"] = [message % {"most": MOST_WORDS, "sentence": sentence} for sentence in sentences]
        if errors:
            raise ValidationError(errors)


#: Words in a sentence that anybody can follow. A reference counts as one.
MOST_WORDS = 15


def long_sentences(text: str) -> list[str]:
    """The sentences of a text that have more words than everybody can follow."""
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    return [sentence for sentence in sentences if len(sentence.split()) > MOST_WORDS]

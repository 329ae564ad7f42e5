"""Told stories: sentences of staff’s own words, each beside the evidence that the record holds for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.markdown import parse
from ..fields.periods import PeriodField
from ..fields.translated import language_columns, needs_text, translated
from ..publishing import Record
from .evidence import FieldGroup

#: The kinds of record whose citations can stand beside a sentence.
EVIDENCED = ("project", "visit", "partner", "milestone")
_EVIDENCE = re.compile(rf"({'|'.join(EVIDENCED)}):([\w-]+)(?: ([a-z]+))?(?: ([\w-]+))?")


@dataclass(frozen=True)
class Evidence:
    """Where in the record the evidence for a sentence stands; an empty group or source means all of them."""

    kind: str
    code: str
    about: str = ""
    source: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.kind}:{self.code}", self.about, self.source) if part)

    @classmethod
    def read(cls, line: str) -> Evidence:
        """Raises ValidationError for a line that names no evidence."""
        match = _EVIDENCE.fullmatch(line.strip())
        if match is None or (match[3] and match[3] not in FieldGroup.values):
            message = _("“%(line)s” names no evidence. Write the record, what of it and the source: %(example)s")
            values = {"line": line.strip(), "example": "project:leseding period icld-leseding"}
            raise ValidationError(message % values)
        return cls(*(part or "" for part in match.groups()))


class Story(Record):
    """A page that tells one thing sentence by sentence, and ends with what is not known."""

    title = translated(texts.CharField(_("title"), max_length=120, blank=True))
    lead = translated(texts.CharField(_("opening words"), max_length=300, blank=True))

    has_own_page = True
    in_open_data = False

    class Meta(Record.Meta):
        verbose_name = _("told story")
        verbose_name_plural = _("told stories")
        ordering = ["code"]
        constraints = [*Record.Meta.constraints, needs_text("title")]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return reverse("story", args=[self.slug])

    def codes_told_of(self, kind: str) -> set[str]:
        """The codes of the records of a kind whose evidence it names."""
        lines = (reference for passage in self.passages.all() for reference in passage.references())
        return {reference.code for reference in lines if reference.kind == kind}


class Passage(models.Model):
    """One sentence of a story, or a few, with its day, its direction and its evidence."""

    class Direction(models.TextChoices):
        """Which way something goes in it; it colours the band."""

        NONE = "", _("neither")
        TO_SWEDEN = "to_sweden", _("To Sweden")
        TO_SOUTH_AFRICA = "to_south_africa", _("To South Africa")

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    period = PeriodField(_("when"))
    heading = translated(
        texts.CharField(_("or in words"), max_length=60, blank=True, help_text=_("For example: Before"))
    )
    direction = models.CharField(_("direction"), max_length=16, choices=Direction, blank=True)
    is_gap = models.BooleanField(
        _("not known"), default=False, help_text=_("What the record does not know. It is drawn dashed.")
    )
    text = translated(
        texts.TextField(
            _("text"),
            blank=True,
            help_text=_("One sentence. References as in a dossier: {project:leseding}, {counted:visits}."),
        )
    )
    evidence = texts.TextField(
        _("evidence"),
        blank=True,
        max_length=1000,
        help_text=_(
            "One line for each: the record, what of it, and the source. What the source says stands in the record: "
            "project:leseding period icld-leseding"
        ),
    )

    class Meta:
        verbose_name = _("sentence")
        verbose_name_plural = _("sentences")
        ordering = ["position", "pk"]
        constraints = [
            needs_text("text"),
            models.CheckConstraint(
                condition=models.Q(is_gap=True) | ~models.Q(evidence=""),
                name="partnership_passage_evidence",
                violation_error_message=_("Name the evidence, or tick “not known”."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.text)

    def references(self) -> list[Evidence]:
        """The evidence that it names. Raises ValidationError."""
        return [Evidence.read(line) for line in self.evidence.splitlines() if line.strip()]

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        for column in language_columns("text"):
            if faults := parse(getattr(self, column))[1]:
                errors[column] = [str(fault) for fault in faults]
        try:
            self.references()
        except ValidationError as error:
            errors["evidence"] = error.messages
        if errors:
            raise ValidationError(errors)

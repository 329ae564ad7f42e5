"""A told story as data: each passage with its text and the evidence that the record holds for it.

Page and frozen editions are made from this mapping of text and lists, as those of a dossier are from its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..fields.markdown import Reference
from ..models import Citation, Passage, Story
from ..models.stories import Evidence
from .dossier import TextWriter, saying
from .record_references import ReferencedRecords, errors_in, is_public


def content_of(story: Story, language: str) -> dict[str, Any]:
    with translation.override(language):
        passages = list(story.passages.all())
        writer = TextWriter(passages, language)
        evidence = {passage.pk: passage.references() for passage in passages}
        records = _records(reference for references in evidence.values() for reference in references)
        return {
            "code": story.code,
            "title": str(story.title),
            "lead": str(story.lead),
            "records": _records_told_of(records),
            "passages": [
                {
                    "when": capfirst(passage.period.print()) if passage.period else str(passage.heading),
                    "direction": passage.direction,
                    "is_gap": passage.is_gap,
                    "rows": [row for block in writer.blocks(passage) for row in block["rows"]],
                    "evidence": [
                        saying(citation)
                        for reference in evidence[passage.pk]
                        for citation in citations_of(reference, records)
                    ],
                }
                for passage in passages
            ],
        }


def _records(references: Iterable[Evidence]) -> ReferencedRecords:
    return ReferencedRecords(Reference(reference.kind, reference.code) for reference in references)


def _records_told_of(records: ReferencedRecords) -> list[dict[str, str]]:
    """The public records that the evidence belongs to, each with its page."""
    return [{"title": str(record), "href": record.get_absolute_url()} for record in records.all() if is_public(record)]


def citations_of(reference: Evidence, records: ReferencedRecords) -> list[Citation]:
    """The public citations that a line of evidence names; none where its record is not public."""
    record = records.get(Reference(reference.kind, reference.code))
    if record is None or not is_public(record):
        return []
    return [
        citation
        for citation in record.citations.all()
        if citation.source.is_published
        and reference.about in ("", citation.about)
        and reference.source in ("", citation.source.code)
    ]


def errors_of_passage(passage: Passage, *, in_public: bool) -> dict[str, list[str]]:
    """What is wrong with each text of a passage, and with its evidence, by the names of their columns."""
    errors: dict[str, list[str]] = {}
    for language in ("en", "sv"):
        column = f"text_{language}"
        if faults := errors_in(getattr(passage, column), in_public=in_public):
            errors[column] = [str(fault) for fault in faults]
    try:
        references = passage.references()
    except ValidationError as error:
        return errors | {"evidence": error.messages}
    records = _records(references)
    if missing := [str(reference) for reference in references if not citations_of(reference, records)]:
        message = _("The record holds no such evidence that readers can see: %(lines)s")
        errors["evidence"] = [message % {"lines": ", ".join(missing)}]
    return errors

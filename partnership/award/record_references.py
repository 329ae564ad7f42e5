"""The records that the texts of a dossier refer to, and the errors in these references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from translated_fields import to_attribute

from projects.models import Output, Project
from visits.models import Visit

from ..coverage import with_statements
from ..fields.markdown import MarkdownError, Reference, parse
from ..figures import NUMBERS
from ..models import Claim, Milestone, Partner, Source, Statement, Submission
from ..publishing import State
from ..search import PAGES
from .pdf import missing_signs

_MODELS: dict[str, type[models.Model]] = {
    "claim": Claim,
    "counted": Claim,
    "statement": Statement,
    "quote": Statement,
    "project": Project,
    "visit": Visit,
    "output": Output,
    "partner": Partner,
    "milestone": Milestone,
    "source": Source,
}


def reference_pages() -> dict[str, str]:
    """The URL names of the pages that a text can refer to, by what a reference calls them: {page:projects}."""
    return {name.removesuffix(":list"): name for name in PAGES}


class ReferencedRecords:
    """The records behind references, fetched with one query per model."""

    def __init__(self, references: Iterable[Reference]):
        codes_by_model: dict[type[models.Model], set[str]] = defaultdict(set)
        for reference in references:
            if reference.kind in _MODELS:
                codes_by_model[_MODELS[reference.kind]].add(reference.code)
        self._records: dict[type[models.Model], dict[str, Any]] = {
            model: {record.code: record for record in _detail_queryset(model).filter(code__in=codes)}
            for model, codes in codes_by_model.items()
        }

    def get(self, reference: Reference) -> Any:
        """The record, whatever its state; None where there is none."""
        model = _MODELS.get(reference.kind)
        return self._records.get(model, {}).get(reference.code) if model else None

    def all(self) -> list[Any]:
        return [record for by_code in self._records.values() for record in by_code.values()]


def _detail_queryset(model: type[models.Model]) -> models.QuerySet[Any]:
    """Records with what a dossier prints of them, and with the sources that they cite."""
    if model is Source:
        return Source.objects.with_files()
    if model is Claim:
        return with_statements(Claim.objects.all())
    citation_model: Any = model._meta.get_field("citations").related_model
    citations = citation_model.objects.exclude(source__state=State.DRAFT).prefetch_related(
        models.Prefetch("source", queryset=Source.objects.with_files())
    )
    records = model._default_manager.prefetch_related(models.Prefetch("citations", queryset=citations))
    if model is Statement:
        records = records.select_related("claim").prefetch_related("claim__statements__claim")
    if model is Visit:
        records = records.prefetch_related("hosts__former_names", "guests__former_names")
    return records.select_related("project") if model is Output else records


def is_public(record: Any) -> bool:
    """Whether a record is published together with the claim or project that it is part of."""
    owners = [record, getattr(record, "claim", None), getattr(record, "project", None)]
    return all(owner is None or owner.state == State.PUBLISHED for owner in owners)


def errors_of(submission: Submission, *, in_public: bool) -> list[str]:
    """The errors in all texts of a dossier, each with its section, language and paragraph.

    ``in_public`` also reports references to records that are not published: readers of a public dossier can see
    everything that it rests on.
    """
    texts = {
        f"{section} ({name})": getattr(section, to_attribute("text", language))
        for section in submission.sections.all()
        for language, name in settings.LANGUAGES
    }
    errors_by_text = _errors_in(texts.values(), in_public=in_public)
    return [f"{place}. {error}" for place, errors in zip(texts, errors_by_text, strict=True) for error in errors]


def errors_in(text: str, *, in_public: bool) -> list[MarkdownError]:
    """The errors in one text; see ``errors_of``."""
    return _errors_in([text], in_public=in_public)[0]


def _errors_in(texts: Iterable[str], *, in_public: bool) -> list[list[MarkdownError]]:
    parsed = [parse(text) for text in texts]
    records = ReferencedRecords(
        reference for blocks, _errors in parsed for block in blocks for reference in block.references()
    )
    for blocks, errors in parsed:
        for paragraph, block in enumerate(blocks, start=1):
            if signs := missing_signs("".join(run.text for row in block.rows for run in row)):
                reason = _("No font of the PDF holds %(signs)s. Write it otherwise.") % {"signs": " ".join(signs)}
                errors.append(MarkdownError(paragraph, reason))
            for reference in block.references():
                if reason := _error(reference, records.get(reference), in_public=in_public):
                    errors.append(MarkdownError(paragraph, reason))
    return [errors for _blocks, errors in parsed]


def _error(reference: Reference, record: Any, *, in_public: bool) -> str:
    names = {"number": list(NUMBERS), "page": list(reference_pages())}.get(reference.kind)
    if names is not None and reference.code not in names:
        return _("There is no %(reference)s; there are %(names)s") % {
            "reference": reference,
            "names": ", ".join(names),
        }
    if names is not None:
        return ""
    if record is None:
        return _("There is nothing on record under %(reference)s") % {"reference": reference}
    values = {"reference": f"{reference} ({_staff_name(record)})"}
    if reference.kind == "counted" and not record.counts:
        return _("Nothing is counted against %(reference)s") % values
    if in_public and not is_public(record):
        return _("%(reference)s is not public, or has been withdrawn") % values
    return ""


def _staff_name(record: Any) -> str:
    return str(record.claim.label if isinstance(record, Statement) else record)

"""The record by the criteria of an award: the records linked to each, and the kinds of record missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import models
from django.utils.text import capfirst

from projects.models import Output, Project
from visits.models import Visit

from ..coverage import with_statements
from ..fields.locators import print_locator
from ..models import Claim, Criterion, FieldGroup, Source, Submission
from ..publishing import State, permanent_path
from .formats import Unknown


class Evidence(NamedTuple):
    """A record linked to a criterion, with the citations that it rests on."""

    record: Any
    #: The id of the heading under which it is listed.
    place: str

    @property
    def anchor(self) -> str:
        return f"{self.record._meta.model_name}-{self.record.code}"

    @property
    def kind(self) -> str:
        return capfirst(str(self.record._meta.verbose_name))

    @property
    def statements(self) -> list[Any]:
        """The statements of a claim; empty for other records."""
        return list(self.record.statements.all()) if isinstance(self.record, Claim) else []

    @property
    def citations(self) -> list[Any]:
        if isinstance(self.record, Claim):
            return [citation for statement in self.statements for citation in statement.citations.all()]
        return list(self.record.citations.all())

    @property
    def replies(self) -> list[Any]:
        """What partners answer to the record; what they answer to a claim stands with its statements."""
        return [] if isinstance(self.record, Claim) else list(self.record.replies.all())

    @property
    def sources(self) -> list[tuple[Source, list[tuple[str, str]]]]:
        """Each source once, with the places and phrases that any fact cites it by."""
        by_source: dict[int, tuple[Source, dict[tuple[str, str], None]]] = {}
        for citation in self.citations:
            _source, places = by_source.setdefault(citation.source_id, (citation.source, {}))
            places[citation.place, citation.quotation] = None
        return [(source, [place for place in places if any(place)]) for source, places in by_source.values()]


class CriterionEvidence(NamedTuple):
    """A criterion with the records linked to it; ``missing`` names the kinds of record of which there is none."""

    criterion: Criterion
    evidence: list[Evidence]
    missing: list[str]


#: The kinds of record that can be linked to criteria, in the order of the page.
_MODELS: list[type[models.Model]] = [Claim, Project, Output, Visit]


def evidence_by_criterion(submission: Submission) -> list[CriterionEvidence]:
    """The criteria of the submission’s round, each with the public records linked to it."""
    criteria = list(submission.round.criteria.all())
    linked: dict[int, list[Evidence]] = {criterion.pk: [] for criterion in criteria}
    linked_models: dict[int, set[type]] = {criterion.pk: set() for criterion in criteria}
    for model in _MODELS:
        for record in _public(model).filter(criteria__in=criteria).distinct().prefetch_related("criteria"):
            for criterion in record.criteria.all():
                if criterion.pk in linked:
                    linked[criterion.pk].append(Evidence(record, criterion.code))
                    linked_models[criterion.pk].add(model)
    return [
        CriterionEvidence(
            criterion,
            linked[criterion.pk],
            [str(model._meta.verbose_name_plural) for model in _MODELS if model not in linked_models[criterion.pk]],
        )
        for criterion in criteria
    ]


class FrozenRecord(NamedTuple):
    """A record as an edition holds it; ``url`` leads to its page of today.

    An edition of an older format says nothing of how the record is known, nor of what is inferred.
    """

    kind: str
    title: str
    url: str
    sources: list[FrozenSource]
    how_known: str
    inferred: list[tuple[str, str]]


class FrozenSource(NamedTuple):
    """A source that a record cites, and what it says there, each with its place."""

    title: str
    sayings: list[tuple[str, str]]


class FrozenCriterion(NamedTuple):
    name: str
    is_condition: bool
    records: list[FrozenRecord]


def frozen(data: dict[str, Any], language: str) -> list[FrozenCriterion]:
    """The criteria of an edition, each with the records that were linked to it, in one of its languages."""
    titles = data["titles"][language]
    by_criterion: dict[str, list[FrozenRecord]] = {row["code"]: [] for row in data["criteria"]}
    unknown = Unknown.to(data).keys["visit"]
    for model, kind, row, title in _frozen_rows(data["record"], titles, language):
        url = permanent_path(str(model._meta.model_name), row["code"]) if kind != "outputs" else ""
        sources = [
            FrozenSource(titles.get(f"sources/{code}", code), sayings)
            for code, sayings in _sources_of(row, language).items()
        ]
        inferred = [
            (capfirst(str(FieldGroup(part["about"]).label)), _in_language(part["reason"], language))
            for part in row.get("inferences", [])
        ]
        how_known = capfirst(str(Visit.HowKnown(row.get("how_known", Visit.HowKnown.REPORTED)).label))
        if model is not Visit or "how_known" in unknown:
            how_known = ""
        record = FrozenRecord(capfirst(str(model._meta.verbose_name)), title, url, sources, how_known, inferred)
        for code in row.get("criteria", []):
            if code in by_criterion:
                by_criterion[code].append(record)
    return [
        FrozenCriterion(row.get(language) or row["code"], row["condition"], by_criterion[row["code"]])
        for row in data["criteria"]
    ]


def _frozen_rows(
    record: dict[str, Any], titles: dict[str, str], language: str
) -> Iterator[tuple[type[models.Model], str, dict[str, Any], str]]:
    """The frozen rows that can be linked to criteria, each with its title; results stand within their projects."""
    for model, kind in ((Claim, "claims"), (Project, "projects"), (Visit, "visits")):
        for row in record.get(kind, []):
            yield model, kind, row, titles.get(f"{kind}/{row['code']}", row["code"])
            for output in row.get("outputs", []):
                yield Output, "outputs", output, _in_language(output.get("text", {}), language)


def _in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _sources_of(row: dict[str, Any], language: str) -> dict[str, list[tuple[str, str]]]:
    """What each source says, by its code, each once: of the record, or of the statements of a claim."""
    cited = [
        *row.get("citations", []),
        *(part for own in row.get("statements", []) for part in own.get("citations", [])),
    ]
    sources: dict[str, list[tuple[str, str]]] = {}
    for part in cited:
        sayings = sources.setdefault(part["source"] if isinstance(part, dict) else part, [])
        says = _in_language(part.get("says", {}), language) if isinstance(part, dict) else ""
        if says and (saying := (says, print_locator(part.get("locator", "")))) not in sayings:
            sayings.append(saying)
    return sources


def claims() -> list[Evidence]:
    """Every public claim, to be read beside its evidence."""
    return [Evidence(claim, "all-claims") for claim in _public(Claim)]


def _public(model: type[models.Model]) -> Any:
    if model is Claim:
        return with_statements(Claim.objects.published())
    citation_model: Any = model._meta.get_field("citations").related_model
    citations = citation_model.objects.exclude(source__state=State.DRAFT).prefetch_related(
        models.Prefetch("source", queryset=Source.objects.with_files())
    )
    if model is Output:
        records: Any = Output.objects.public().select_related("project")
    else:
        records = model._default_manager.identified()  # type: ignore[attr-defined]
    if model is Visit:
        records = records.prefetch_related("hosts__former_names", "guests__former_names")
    replies: Any = model._meta.get_field("replies").related_model
    return records.prefetch_related(
        models.Prefetch("citations", queryset=citations),
        models.Prefetch("replies", queryset=replies.objects.public()),
        "confirmations__partner",
    )

"""The record read through the criteria of an award: what speaks to each, on what evidence, and where it is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import capfirst

from projects.models import Output, Project
from visits.models import Visit

from ..coverage import with_statements
from ..models import Claim, Criterion, Source, Submission
from ..publishing import State


@dataclass(frozen=True)
class Evidence:
    """A record that speaks to a criterion, with the citations that it rests on."""

    record: Any
    #: The heading under which it is listed.
    place: str

    @property
    def anchor(self) -> str:
        return f"{self.record._meta.model_name}-{self.record.code}"

    @property
    def kind(self) -> str:
        return capfirst(str(self.record._meta.verbose_name))

    @property
    def statements(self) -> list[Any]:
        """Each source’s version, where the record is a claim."""
        return list(self.record.statements.all()) if isinstance(self.record, Claim) else []

    @property
    def citations(self) -> list[Any]:
        if isinstance(self.record, Claim):
            return [one for statement in self.record.statements.all() for one in statement.citations.all()]
        return list(self.record.citations.all())


@dataclass(frozen=True)
class Answer:
    """A criterion with all that is linked to it; ``silent`` names the kinds of record of which there is none."""

    criterion: Criterion
    evidence: list[Evidence]
    silent: list[str]


_KINDS: list[type[models.Model]] = [Claim, Project, Output, Visit]


def answers(submission: Submission) -> list[Answer]:
    """For each criterion of the submission’s round. The links are held by the records; only public ones are shown."""
    criteria = list(submission.round.criteria.all())
    linked: dict[int, list[Evidence]] = {one.pk: [] for one in criteria}
    kinds: dict[int, set[type]] = {one.pk: set() for one in criteria}
    for kind in _KINDS:
        for record in _public(kind).filter(criteria__in=criteria).distinct().prefetch_related("criteria"):
            for criterion in record.criteria.all():
                if criterion.pk in linked:
                    linked[criterion.pk].append(Evidence(record, criterion.code))
                    kinds[criterion.pk].add(kind)
    return [
        Answer(
            one,
            linked[one.pk],
            [str(kind._meta.verbose_name_plural) for kind in _KINDS if kind not in kinds[one.pk]],
        )
        for one in criteria
    ]


def claims() -> list[Evidence]:
    """Every claim of the partnership as a whole, to be read beside its evidence."""
    return [Evidence(claim, "all-claims") for claim in _public(Claim)]


def _public(kind: type[models.Model]) -> Any:
    if kind is Claim:
        return with_statements(Claim.objects.published())
    table: Any = kind._meta.get_field("citations").related_model
    citations = table.objects.exclude(source__state=State.DRAFT).prefetch_related(
        models.Prefetch("source", queryset=Source.objects.with_files())
    )
    if kind is Output:
        found: Any = Output.objects.public().select_related("project")
    else:
        found = kind._default_manager.identified()  # type: ignore[attr-defined]
    if kind is Visit:
        found = found.prefetch_related("hosts__former_names", "guests__former_names")
    return found.prefetch_related(models.Prefetch("citations", queryset=citations), "confirmations__partner")

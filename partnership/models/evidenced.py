"""What projects and visits share: the ladder that they climb, and how they are counted."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, NamedTuple, Self

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.periods import Dated, DatedQuerySet, Period
from ..fields.translated import translated
from ..publishing import Record, RecordQuerySet, State
from .award import HasCriteria
from .confirmations import both_sides
from .evidence import FactQuerySet, FieldGroup, HasFacts, Source, sources_of_count
from .media import HasMedia


class InFoundingCount(models.TextChoices):
    """Whether a record is one of those that the founding text counted in January 2018; only these are counted."""

    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("not known")


#: The number of different issuers whose public sources a well documented record cites at least.
WELL_DOCUMENTED_ISSUERS = 2
_ISSUERS = {"issuers": models.Count("source__issuer", distinct=True)}


#: The day of the entry that the partners counted for, and the year in which the partnership began at the earliest.
COUNTED_ON, COUNTED_SINCE = date(2018, 1, 30), date(2005, 1, 1)


class Documented(models.TextChoices):
    """How well an identified record is documented."""

    IDENTIFIED = "identified", _("named")
    WELL = "well", _("well documented")


#: The ladder that projects and visits climb: the word of each step, and what it takes.
LADDER = {
    "claimed": (_("claimed"), _("Counted in a source, not named.")),
    "identified": (
        Documented.IDENTIFIED.label,
        _("A title and at least one source that is not the count itself."),
    ),
    "well": (
        Documented.WELL.label,
        _(
            "Named, with a period that is not inferred and two sources from different issuers. What a witness tells "
            "does not count here."
        ),
    ),
    "confirmed": (_("confirmed"), _("By a publisher of this record on each side, with the date.")),
}
#: The steps by which readers filter. Every listed record is identified, so that is no step.
DOCUMENTED_STEPS = [(step, LADDER[step][0]) for step in ("well", "confirmed")]


class Evidence(NamedTuple):
    """The keys of all records of a model that have evidence of each kind, whether they are public or not."""

    identified: frozenset[int]
    #: Sources of two issuers, and no period that is inferred; it takes a period as well to be well documented.
    well: frozenset[int]
    confirmed: frozenset[int]
    #: Cited from the claim that counts them, and from nothing else.
    circular: frozenset[int]
    #: The number of different public sources that each record cites.
    source_counts: dict[int, int]


class EvidencedQuerySet(RecordQuerySet, DatedQuerySet, FactQuerySet):
    """Projects and visits: dated, cited, and counted against what was claimed."""

    def with_source_counts(self) -> Self:
        """Annotates what ``Evidenced.documented`` reads, and how often it is cited.

        ``source_count`` counts different public sources, ``issuer_count`` who issued them; ``confirmed_on`` is the day
        both sides confirmed, and ``period_is_inferred`` says that no source states the period.
        """
        _citations, link = self._citations()
        confirmations: Any = self.model._meta.get_field("confirmations").related_model
        return self.annotate(
            source_count=self._count_cited("source"),
            issuer_count=self._count_cited("source__issuer"),
            period_is_inferred=models.Exists(self._inferred_periods().filter(**{link: models.OuterRef("pk")})),
            confirmed_on=confirmations.objects.of_both_sides(link),
        )

    def evidence(self) -> Evidence:
        """What ``identified``, ``well_documented`` and ``confirmed`` ask of evidence; this table is not read for it."""
        citations, link = self._citations()
        model: Any = self.model
        confirmations = model._meta.get_field("confirmations").related_model.objects

        def keys(rows: Any) -> frozenset[int]:
            return frozenset(rows.order_by().values_list(link, flat=True))

        public = citations.filter(source__state=State.PUBLISHED)
        others = public.exclude(source__in=sources_of_count(model.counts))
        documents = citations.that_document().order_by().values(link)
        counts = {"sources": models.Count("source", distinct=True), **_ISSUERS}
        counted = list(documents.annotate(**counts).values_list(link, "sources", "issuers"))
        two_issuers = frozenset(key for key, _sources, issuers in counted if issuers >= WELL_DOCUMENTED_ISSUERS)
        return Evidence(
            keys(citations.that_identify(model.counts)),
            two_issuers - keys(self._inferred_periods()),
            keys(confirmations.by_both_sides(link)),
            keys(public) - keys(others),
            {key: sources for key, sources, _issuers in counted},
        )

    def _count_cited(self, name: str) -> Coalesce:
        citations, link = self._citations()
        of_record = citations.that_document().filter(**{link: models.OuterRef("pk")}).order_by().values(link)
        counted = of_record.annotate(count=models.Count(name, distinct=True)).values("count")
        return Coalesce(models.Subquery(counted), 0)

    def _inferred_periods(self) -> Any:
        inference_model: Any = self.model._meta.get_field("inferences").related_model
        return inference_model.objects.filter(about=FieldGroup.PERIOD)

    def _of_two_issuers(self) -> Any:
        """The keys of records that public sources of different issuers tell of."""
        citations, link = self._citations()
        issuers = citations.that_document().order_by().values(link).annotate(**_ISSUERS)
        return issuers.filter(issuers__gte=WELL_DOCUMENTED_ISSUERS).values(link)

    def well_documented(self) -> Self:
        """Identified, with a period that is not inferred and sources of two issuers; as ``Evidenced.documented``."""
        _citations, link = self._citations()
        well = self.identified().dated().filter(pk__in=self._of_two_issuers())
        return well.exclude(pk__in=self._inferred_periods().values(link))

    def confirmed(self) -> Self:
        """Identified, with a current confirmation by each side."""
        return self.identified().with_source_counts().filter(confirmed_on__isnull=False)

    def identified(self) -> Self:
        """Published, with a title and a source that is not merely the claim. This is the N of “N of 38”."""
        citations, link = self._citations()
        model: Any = self.model
        cited = citations.that_identify(model.counts).filter(**{link: models.OuterRef("pk")})
        return self.published().filter(models.Exists(cited))

    def _citations(self) -> tuple[Any, str]:
        """The citations of this model, and the name of their foreign key to it."""
        citation_model: Any = self.model._meta.get_field("citations").related_model
        return citation_model.objects.all(), str(self.model._meta.model_name)

    def lacking(self, name: str) -> Self:
        """Records that lack one of the model’s ``can_lack``; as ``Evidenced.lacks``."""
        if name == "period":
            return self.undated()
        return self.exclude(pk__in=self._of_two_issuers())

    def documented_to(self, steps: list[str]) -> Self:
        """Records that have reached any of these steps: “well” or “confirmed”."""
        manager: Any = self.model._default_manager
        querysets = {"well": manager.well_documented, "confirmed": manager.confirmed}
        condition = models.Q()
        for step in steps:
            condition |= models.Q(pk__in=querysets[step]().values("pk"))
        return self.filter(condition)

    def counted_as(self, values: list[str]) -> Self:
        """Records that count as any of these, as the numbers of a claim count them."""
        manager: Any = self.model._default_manager
        querysets = {
            InFoundingCount.YES: manager.in_founding_count,
            InFoundingCount.UNKNOWN: manager.perhaps_in_founding_count,
            InFoundingCount.NO: manager.outside_founding_count,
        }
        condition = models.Q()
        for value in values:
            condition |= models.Q(pk__in=querysets[InFoundingCount(value)]().values("pk"))
        return self.filter(condition)

    def in_founding_count(self) -> Self:
        return self.filter(in_founding_count=InFoundingCount.YES)

    def perhaps_in_founding_count(self) -> Self:
        return self.filter(in_founding_count=InFoundingCount.UNKNOWN)

    def outside_founding_count(self) -> Self:
        return self.filter(in_founding_count=InFoundingCount.NO)


class Evidenced(HasFacts, Dated, HasMedia, HasCriteria, Record):
    """Base of projects and visits: dated, cited, and inside or outside the founding count."""

    period_note = translated(
        texts.TextField(
            _("note on the period"),
            blank=True,
            help_text=_("What the dates rest on, for example: Week 21 of 2011."),
        )
    )
    in_founding_count = texts.CharField(
        _("in the founding count"),
        max_length=10,
        choices=InFoundingCount,
        default=InFoundingCount.UNKNOWN,
        help_text=_(
            "Whether it is among the 38 projects and some 100 visits that the partners counted in January 2018."
        ),
    )

    class Meta(Record.Meta):
        abstract = True

    @staticmethod
    def counted_by_dates() -> models.CheckConstraint:
        """What began after the count of January 2018, or ended before 2005, is not in it."""
        return models.CheckConstraint(
            condition=models.Q(in_founding_count=InFoundingCount.NO)
            | (
                (models.Q(earliest__isnull=True) | models.Q(earliest__lte=COUNTED_ON))
                & (models.Q(latest__isnull=True) | models.Q(latest__gte=COUNTED_SINCE))
            ),
            name="%(app_label)s_%(class)s_counted_by_dates",
            violation_error_message=_("Its dates decide it: it is not in the count of January 2018."),
        )

    @property
    def is_outside_founding_count_by_dates(self) -> bool:
        """The dates alone say that it is not in the count of January 2018. Raises ValidationError for no date."""
        field: Any = self._meta.get_field("period")
        earliest, latest = field.to_python(self.period).bounds()
        return bool((earliest and earliest > COUNTED_ON) or (latest and latest < COUNTED_SINCE))

    def clean(self) -> None:
        super().clean()
        if isinstance(self.period, Period):  # what is no date is named beside its field
            self._count_by_dates()

    def save(self, **kwargs: Any) -> None:
        """Where the dates decide, no form, import or loader has to ask about the founding count."""
        self._count_by_dates()
        super().save(**kwargs)

    def _count_by_dates(self) -> None:
        if self.is_outside_founding_count_by_dates:
            self.in_founding_count = InFoundingCount.NO

    #: What a record of this kind can lack, by the name of the filter, in words for staff.
    can_lack: ClassVar[dict[str, Any]]
    #: The claim that counts records of this kind.
    counts: ClassVar[str]
    #: Filled by ``with_source_counts`` or ``count_evidence``.
    source_count: int
    issuer_count: int
    period_is_inferred: bool
    confirmed_on: date | None

    def count_evidence(self) -> None:
        """Sets the annotations of ``with_source_counts`` from prefetched citations, inferences and confirmations."""
        record: Any = self
        both = both_sides(list(record.confirmations.all()))
        sources = {
            citation.source
            for citation in record.citations.all()
            if citation.source.is_published and citation.source.grade != Source.Grade.WITNESS
        }
        self.source_count = len(sources)
        self.issuer_count = len({source.issuer for source in sources})
        self.period_is_inferred = any(inference.about == FieldGroup.PERIOD for inference in record.inferences.all())
        self.confirmed_on = both.made_on if both and both.lifted_at is None else None

    @property
    def documented(self) -> Documented:
        is_well = self.period and not self.period_is_inferred and self.issuer_count >= WELL_DOCUMENTED_ISSUERS
        return Documented.WELL if is_well else Documented.IDENTIFIED

    def lacks(self, name: str) -> bool:
        """Whether the record lacks one of ``can_lack``; as ``EvidencedQuerySet.lacking``."""
        if name == "period":
            return not self.period
        return self.issuer_count < WELL_DOCUMENTED_ISSUERS

    def lacking(self) -> list[str]:
        """What the record lacks, in words for staff."""
        return [str(words) for name, words in self.can_lack.items() if self.lacks(name)]

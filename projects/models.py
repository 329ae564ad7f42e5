"""Themes, projects and pre-studies, the partners that took part, and the outputs."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, NamedTuple, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from partnership.fields import texts
from partnership.fields.codes import validate_currency
from partnership.fields.periods import Dated, DatedQuerySet, Period
from partnership.fields.translated import has_text, needs_text, translated
from partnership.models import Citation, Claim, Confirmation, FieldGroup, Inference, Partner, Reply, Source
from partnership.models.award import HasCriteria
from partnership.models.confirmations import both_sides
from partnership.models.evidence import FactQuerySet, HasFacts, sources_of_count
from partnership.models.media import HasMedia
from partnership.publishing import OLDEST_FIRST, Record, RecordQuerySet, State, url_of


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


class ThemeQuerySet(RecordQuerySet, FactQuerySet):
    def founding(self) -> Self:
        """The 13 areas named in the founding text."""
        return self.filter(in_founding_list=True)

    def with_project_counts(self, projects: models.QuerySet[Project] | None = None) -> Self:
        """Annotates ``project_count``, how many of ``projects`` (by default all identified ones) a theme has."""
        if projects is None:
            projects = Project.objects.identified()
        return self.annotate(
            project_count=models.Count("projects", filter=models.Q(projects__in=projects), distinct=True)
        )

    def without_projects(self) -> Self:
        """Published themes without an identified project."""
        return self.published().exclude(projects__in=Project.objects.identified())

    def with_citations(self) -> Self:
        return self.prefetch_related(models.Prefetch("citations", queryset=ThemeCitation.objects.with_sources()))


class Theme(HasFacts, HasMedia, Record):
    """A field of work, as the partners name it."""

    name = translated(texts.CharField(_("name"), max_length=80, blank=True))
    in_founding_list = models.BooleanField(
        _("in the founding list"),
        default=False,
        help_text=_("Whether it is one of the 13 areas that the founding text names."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Order in lists."))

    dac_sectors = texts.CharField(
        _("DAC sectors"),
        max_length=60,
        blank=True,
        help_text=_("Codes of the OECD’s development sectors, separated by commas; a judgement: 16065, 16066"),
        validators=[RegexValidator(r"^\d{5}(, \d{5})*$", _("Write codes of five digits: 16065, 16066"))],
    )
    policy_markers = texts.CharField(
        _("policy markers"),
        max_length=60,
        blank=True,
        help_text=_("Codes of the OECD’s policy markers, separated by commas: 1 is gender equality, 11 disability"),
        validators=[RegexValidator(r"^\d{1,2}(, \d{1,2})*$", _("Write codes: 1, 11"))],
    )

    counts = Claim.Counts.THEMES
    has_own_page = True
    text_fact = FieldGroup.THEMES

    objects = ThemeQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["position", "code"]
        constraints = [*Record.Meta.constraints, needs_text("name")]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return url_of("themes:detail", self.slug)


class ThemeCitation(Citation):
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("theme")]


class ProjectQuerySet(EvidencedQuerySet):
    def with_themes(self) -> Self:
        return self.prefetch_related(models.Prefetch("themes", queryset=Theme.objects.published()))

    def of_partner(self, lineage: set[int]) -> Self:
        """Projects of a partner or one of its predecessors, in any role; ``lineage`` holds the keys of all of them."""
        return self.filter(pk__in=Participation.objects.filter(partner__in=lineage).values("project"))

    @staticmethod
    def has_result(side: str) -> models.Q:
        """The condition that a public output took effect on that side; ``both`` means an effect on each."""
        public = Output.objects.public()
        sweden = models.Q(pk__in=public.filter(side__in=["sweden", "both"]).values("project"))
        south_africa = models.Q(pk__in=public.filter(side__in=["south_africa", "both"]).values("project"))
        return {
            Output.Side.SWEDEN: sweden,
            Output.Side.SOUTH_AFRICA: south_africa,
            Output.Side.BOTH: sweden & south_africa,
            Output.Side.NOT_STATED: models.Q(pk__in=public.values("project")) & ~sweden & ~south_africa,
        }[Output.Side(side)]

    def count_results(self) -> dict[str, int]:
        """The number of projects with a result on each side, on both, and on a side that no source states."""
        counts = {side.value: models.Count("pk", filter=self.has_result(side), distinct=True) for side in Output.Side}
        return self.order_by().aggregate(**counts)

    def lacking(self, name: str) -> Self:
        if name.startswith("result_"):
            return self.exclude(self.has_result(name.removeprefix("result_")))
        return super().lacking(name)

    def in_sections(self, *ordering: models.OrderBy | str) -> Self:
        """Ordered in three sections: with a year, without one, begun after January 2018; within each oldest first."""
        section = models.Case(
            models.When(in_founding_count=InFoundingCount.NO, then=2),
            models.When(earliest__isnull=True, latest__isnull=True, then=1),
            default=0,
            output_field=models.SmallIntegerField(),
        )
        return self.alias(section=section).order_by("section", *(ordering or OLDEST_FIRST))

    def oldest_first(self) -> Self:
        return self.order_by(*OLDEST_FIRST)


def iati_identifier(reporting_org: str, code: str = "") -> str:
    """The identifier of a project’s activity; without a code that of the partnership, parent of all activities."""
    return "-".join(part for part in (reporting_org, "VXOJBM", code) if part)


class Project(Evidenced):
    """A joint project or pre-study."""

    class Kind(models.TextChoices):
        PROJECT = "project", _("project")
        PRE_STUDY = "pre_study", _("pre-study")

    class Status(models.TextChoices):
        """Completed only where a source looks back on the project; a planned end that has passed is not enough."""

        PLANNED = "planned", _("planned")
        ONGOING = "ongoing", _("under way")
        COMPLETED = "completed", _("completed")
        UNKNOWN = "unknown", _("not documented")

    class Confidence(models.TextChoices):
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")

    class BudgetBasis(models.TextChoices):
        APPLIED = "applied", _("applied for")
        GRANTED = "granted", _("granted")
        SPENT = "spent", _("spent")

    title = translated(texts.CharField(_("title"), max_length=200, blank=True))
    title_original = texts.CharField(
        _("original title"),
        max_length=300,
        blank=True,
        help_text=_("As the sources write it, for example: Leseding – give light (Adult education 2)"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PROJECT)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNKNOWN)
    summary = translated(
        texts.TextField(
            _("summary"),
            blank=True,
            help_text=_("Three or four plain sentences: who did what, when and why."),
        )
    )
    themes = models.ManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="projects")
    continues = models.ForeignKey(
        "self",
        verbose_name=_("continues"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="continuations",
        help_text=_("The earlier project that this one goes on from."),
    )
    prestudy_of = models.ForeignKey(
        "self",
        verbose_name=_("pre-study of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="prestudies",
    )
    budget_amount = models.PositiveIntegerField(_("budget"), null=True, blank=True)
    budget_currency = texts.CharField(_("currency"), max_length=3, blank=True, validators=[validate_currency])
    budget_basis = models.CharField(_("the sum was"), max_length=10, choices=BudgetBasis, blank=True)
    external_reference = texts.CharField(
        _("external reference"),
        max_length=60,
        blank=True,
        help_text=_("ICLD’s number, for example: dnr 2009/0203"),
    )
    iati_identifier = texts.CharField(
        _("IATI identifier"),
        max_length=120,
        blank=True,
        editable=False,
        help_text=_("Given once, when the project is first in a public activity file; it never changes."),
    )
    confidence = texts.CharField(
        _("confidence"),
        max_length=6,
        choices=Confidence,
        blank=True,
        help_text=_("For staff: how sure the record is."),
    )

    #: Fields whose change after publication needs a reason.
    figures = ("budget_amount", "budget_currency", "in_founding_count")
    counts = Claim.Counts.PROJECTS
    has_own_page = True
    can_lack = {
        "period": _("period"),
        "second_source": _("source of a second issuer"),
        "result_sweden": _("result in Sweden"),
        "result_south_africa": _("result in South Africa"),
    }

    objects = ProjectQuerySet.as_manager()

    class Meta(Evidenced.Meta):
        abstract = False
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = OLDEST_FIRST
        constraints = [
            *Record.Meta.constraints,
            Evidenced.counted_by_dates(),
            needs_text("title"),
            models.CheckConstraint(
                condition=models.Q(budget_amount__isnull=True, budget_currency="", budget_basis="")
                | (models.Q(budget_amount__isnull=False) & ~models.Q(budget_currency="")),
                name="%(app_label)s_%(class)s_budget",
                violation_error_message=_("A sum needs its currency, and a currency its sum."),
            ),
            models.CheckConstraint(
                condition=~models.Q(continues=models.F("pk")) & ~models.Q(prestudy_of=models.F("pk")),
                name="%(app_label)s_%(class)s_other",
                violation_error_message=_("A project cannot continue itself."),
            ),
            models.UniqueConstraint(
                fields=["iati_identifier"], condition=~models.Q(iati_identifier=""), name="projects_project_iati"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "earliest", "code"], name="projects_project_list"),
            models.Index(fields=["modified_at"], name="projects_project_changed"),
        ]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return url_of("projects:detail", self.slug)

    def save(self, **kwargs: Any) -> None:
        """Assigns the IATI identifier on publication, where the reporting organisation is configured."""
        if self.is_published and not self.iati_identifier and settings.IATI_REPORTING_ORG:
            self.iati_identifier = iati_identifier(settings.IATI_REPORTING_ORG, self.code)
        super().save(**kwargs)

    @classmethod
    def filled_facts(cls) -> dict[FieldGroup, models.Q]:
        def has(related: type[models.Model]) -> models.Q:
            return models.Q(pk__in=related._default_manager.values("project"))

        return {
            FieldGroup.NAME: models.Q(pk__isnull=False),
            FieldGroup.PURPOSE: has_text("summary"),
            FieldGroup.PERIOD: ~models.Q(period=""),
            FieldGroup.KIND: models.Q(kind=Project.Kind.PRE_STUDY),
            FieldGroup.STATUS: ~models.Q(status=Project.Status.UNKNOWN),
            FieldGroup.THEMES: has(Project.themes.through),
            FieldGroup.GOALS: has(Goal),
            FieldGroup.PARTNERS: has(Participation),
            FieldGroup.BUDGET: models.Q(budget_amount__isnull=False),
            FieldGroup.REFERENCE: ~models.Q(external_reference=""),
        }

    def filled_groups(self) -> set[FieldGroup]:
        filled = {
            FieldGroup.NAME: True,
            FieldGroup.PURPOSE: self.summary,
            FieldGroup.PERIOD: self.period,
            FieldGroup.KIND: self.kind == Project.Kind.PRE_STUDY,
            FieldGroup.STATUS: self.status != Project.Status.UNKNOWN,
            FieldGroup.THEMES: self.themes.all(),
            FieldGroup.GOALS: self.goals.all(),
            FieldGroup.PARTNERS: self.participations.all(),
            FieldGroup.BUDGET: self.budget_amount is not None,
            FieldGroup.REFERENCE: self.external_reference,
        }
        return {group for group, value in filled.items() if value}

    def results_for(self, side: str) -> list[Output]:
        """The outputs that took effect on a side, those on both sides included."""
        return [output for output in self.outputs.all() if output.side in (side, Output.Side.BOTH)]

    @property
    def results_in_sweden(self) -> list[Output]:
        return self.results_for(Output.Side.SWEDEN)

    @property
    def results_in_south_africa(self) -> list[Output]:
        return self.results_for(Output.Side.SOUTH_AFRICA)

    def lacks(self, name: str) -> bool:
        if name.startswith("result_"):
            return not any(output.is_published for output in self.results_for(name.removeprefix("result_")))
        return super().lacks(name)

    def gaps(self) -> list[str]:
        """What is not documented yet, in words, for a project of ``project_details``."""
        countries = {participation.partner.country for participation in self.participations.all()}
        visits = self.visits.all()
        missing = [
            (not self.period, _("The year")),
            (self.period and str(self.period).endswith("/"), _("When it ended")),
            (Partner.Country.SWEDEN not in countries, _("The Swedish partner")),
            (Partner.Country.SOUTH_AFRICA not in countries, _("The South African partner")),
            (self.budget_amount is None, _("Budget and cost")),
            (not visits, _("Visits")),
            (any(visit.delegates is None for visit in visits), _("Number of delegates on each visit")),
            (not self.results_in_sweden, _("A result in Sweden")),
            (not self.results_in_south_africa, _("A result in South Africa")),
            (not self.media.documents, _("Application, agreement and final report")),
            (not self.media.photos, _("Photographs")),
        ]
        return [str(words) for is_missing, words in missing if is_missing]


class ProjectCitation(Citation):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("project")]


class ProjectInference(Inference):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="inferences")

    class Meta(Inference.Meta):
        constraints = Inference.inferred_once("project")


class ProjectConfirmation(Confirmation):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="confirmations")

    class Meta(Confirmation.Meta):
        constraints = Confirmation.once_per_side("project")


class ProjectReply(Reply):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="replies")

    class Meta(Reply.Meta):
        constraints = Reply.given_once("project")


class Objective(models.Model):
    """An aim of a project; an aim is not an output."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="objectives")
    text = translated(texts.CharField(_("objective"), max_length=300, blank=True))

    class Meta:
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        ordering = ["pk"]
        constraints = [needs_text("text")]

    def __str__(self) -> str:
        return str(self.text)


class Goal(models.Model):
    """A UN Sustainable Development Goal that a source ties to a project."""

    class Number(models.IntegerChoices):
        NO_POVERTY = 1, _("No poverty")
        ZERO_HUNGER = 2, _("Zero hunger")
        HEALTH = 3, _("Good health and well-being")
        EDUCATION = 4, _("Quality education")
        GENDER = 5, _("Gender equality")
        WATER = 6, _("Clean water and sanitation")
        ENERGY = 7, _("Affordable and clean energy")
        WORK = 8, _("Decent work and economic growth")
        INDUSTRY = 9, _("Industry, innovation and infrastructure")
        INEQUALITIES = 10, _("Reduced inequalities")
        CITIES = 11, _("Sustainable cities and communities")
        CONSUMPTION = 12, _("Responsible consumption and production")
        CLIMATE = 13, _("Climate action")
        WATER_LIFE = 14, _("Life below water")
        LAND_LIFE = 15, _("Life on land")
        PEACE = 16, _("Peace, justice and strong institutions")
        PARTNERSHIPS = 17, _("Partnerships for the goals")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="goals")
    number = models.PositiveSmallIntegerField(
        _("goal"), choices=Number, validators=[MinValueValidator(1), MaxValueValidator(17)]
    )

    class Meta:
        verbose_name = _("global goal")
        verbose_name_plural = _("global goals")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                name="projects_goal_once",
                violation_error_message=_("This goal is already named."),
            ),
            models.CheckConstraint(condition=models.Q(number__range=(1, 17)), name="projects_goal_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.get_number_display()}"


class Participation(models.Model):
    """A partner’s part in a project, with its role."""

    class Role(models.TextChoices):
        OWNER = "owner", _("project owner")
        PARTNER = "partner", _("partner")
        PARTICIPANT = "participant", _("participant")
        FUNDER = "funder", _("funder")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="participations")
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="participations"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.PARTNER)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "partner", "role"],
                name="projects_participation_once",
                violation_error_message=_("This partner already has this role in the project."),
            ),
        ]
        indexes = [models.Index(fields=["partner", "project"], name="projects_participation_of")]

    def __str__(self) -> str:
        return f"{self.partner} ({self.get_role_display()})"

    @property
    def role_label(self) -> str:
        """As ``get_role_display``, which searches all choices for each of the many participations on a page."""
        return str(self.Role(self.role).label)


class OutputQuerySet(RecordQuerySet, FactQuerySet):
    def public(self) -> Self:
        """Published outputs of published projects."""
        return self.published().filter(project__state=State.PUBLISHED)


class Output(HasFacts, HasMedia, HasCriteria, Record):
    """A result of a project, hard or soft as the partners use the words. A plan or an aim is not an output."""

    class Kind(models.TextChoices):
        HARD = "hard", _("hard output")
        SOFT = "soft", _("soft output")

    class Side(models.TextChoices):
        """The side on which it took effect, only where the cited text states it."""

        SWEDEN = "sweden", _("Sweden")
        SOUTH_AFRICA = "south_africa", _("South Africa")
        BOTH = "both", _("both sides")
        NOT_STATED = "not_stated", _("side not stated")

    class SoftKind(models.TextChoices):
        """The kinds of soft output named in the founding text."""

        NEW_CONTACT = "new_contact", _("new contact")
        EMPOWERMENT = "empowerment", _("personal empowerment")
        NEW_THINKING = "new_thinking", _("new way to think")
        NEW_ACTING = "new_acting", _("new way to act")

    class Sphere(models.TextChoices):
        PROFESSIONAL = "professional", _("professional life")
        PRIVATE = "private", _("private life")

    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="outputs")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    side = models.CharField(_("took effect in"), max_length=12, choices=Side, default=Side.NOT_STATED)
    said_by = models.ForeignKey(
        Partner,
        verbose_name=_("said by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="outputs_told",
        help_text=_("The partner who says so, where a partner does."),
    )
    text = translated(texts.CharField(_("text"), max_length=400, blank=True))
    soft_kind = models.CharField(_("kind of soft output"), max_length=12, choices=SoftKind, blank=True)
    sphere = models.CharField(_("in"), max_length=12, choices=Sphere, blank=True)

    text_fact = FieldGroup.RESULT

    objects = OutputQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("output")
        verbose_name_plural = _("outputs")
        ordering = ["project", "kind", "pk"]
        constraints = [
            *Record.Meta.constraints,
            needs_text("text"),
            models.CheckConstraint(
                condition=models.Q(kind="soft") | models.Q(soft_kind="", sphere=""),
                name="%(app_label)s_%(class)s_soft",
                violation_error_message=_("Only a soft output has a kind of soft output and a sphere of life."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.text)

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}#{self.slug}"


class OutputCitation(Citation):
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("output")]


class OutputInference(Inference):
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="inferences")

    class Meta(Inference.Meta):
        constraints = Inference.inferred_once("output")


class OutputConfirmation(Confirmation):
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="confirmations")

    class Meta(Confirmation.Meta):
        constraints = Confirmation.once_per_side("output")


class OutputReply(Reply):
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="replies")

    class Meta(Reply.Meta):
        constraints = Reply.given_once("output")

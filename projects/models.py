"""Themes, projects and pre-studies, the partners that took part, and the outputs."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from partnership.fields import texts
from partnership.fields.codes import validate_currency
from partnership.fields.translated import has_text, needs_text, translated
from partnership.models import Citation, Claim, Confirmation, FieldGroup, Inference, Partner, Reply
from partnership.models.award import HasCriteria
from partnership.models.evidence import FactQuerySet, HasFacts
from partnership.models.evidenced import (
    Evidenced,
    EvidencedQuerySet,
    InFoundingCount,
)
from partnership.models.media import HasMedia
from partnership.publishing import OLDEST_FIRST, Record, RecordQuerySet, State, url_of


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

"""The partners under every name they have had, and the milestones of the partnership."""

from __future__ import annotations

import datetime
import re
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.markdown import parse
from ..fields.periods import Dated, DatedQuerySet, PeriodField
from ..fields.translated import has_text, needs_text, translated
from ..publishing import OLDEST_FIRST, Record, RecordQuerySet, State, url_of
from .evidence import Citation, Claim, FactQuerySet, FieldGroup, HasFacts, Inference, Source
from .media import HasMedia


class PartnerQuerySet(RecordQuerySet, FactQuerySet):
    def formal(self) -> Self:
        return self.filter(role=Partner.Role.FORMAL)

    def of_the_coasts(self) -> Self:
        """Formal partners and those that went into one, by the day since which they are known."""
        heirs = models.Q(role=Partner.Role.FORMAL) | models.Q(successions__successor__role=Partner.Role.FORMAL)
        known = models.Q(active_from__isnull=False) | models.Q(active_to__isnull=False)
        return self.filter(heirs, known).distinct().order_by(models.F("active_from").asc(nulls_first=True), "position")

    def that_took_part(self) -> Self:
        """In a public project, in whatever role, or as host or guest of a public visit."""
        state = State.PUBLISHED
        parts = ("participations__project__state", "visits_hosted__state", "visits_made__state")
        condition = models.Q()
        for part in parts:
            condition |= models.Q(pk__in=self.model._default_manager.filter(**{part: state}).values("pk"))
        return self.filter(condition)

    def current(self) -> Self:
        """Partners without a successor that readers may see."""
        return self.exclude(successions__successor__state=State.PUBLISHED)

    def with_names(self) -> Self:
        """Prefetches former names and successors, so that ``name_at`` and ``successor`` do no query."""
        return self.prefetch_related("former_names", "successions__successor")


class Partner(HasFacts, HasMedia, Record):
    """An organisation that takes or took part."""

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality", _("municipality")
        REGION = "region", _("region")
        PROVINCE = "province", _("province")
        UNIVERSITY = "university", _("university")
        COMPANY = "company", _("company")
        CIVIL_SOCIETY = "civil_society", _("civil society")
        POLICE = "police", _("police")
        FUNDER = "funder", _("funder")
        COORDINATOR = "coordinator", _("coordinator")
        OTHER = "other", _("other body")

    class Country(models.TextChoices):
        SWEDEN = "SE", _("Sweden")
        SOUTH_AFRICA = "ZA", _("South Africa")
        INTERNATIONAL = "INT", _("International")

    class Role(models.TextChoices):
        FORMAL = "formal", _("formal partner")
        ASSOCIATED = "associated", _("associated partner")
        COORDINATOR = "coordinator", _("coordinator")
        FUNDER = "funder", _("funder")

    name = translated(
        texts.CharField(
            _("name"),
            max_length=160,
            blank=True,
            help_text=_("The present or last name, for example: JB Marks Local Municipality"),
        )
    )
    short_name = translated(texts.CharField(_("short name"), max_length=60, blank=True))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    country = models.CharField(_("country"), max_length=3, choices=Country)
    role = models.CharField(_("role in the partnership"), max_length=20, choices=Role)
    active = PeriodField(
        _("active"),
        earliest_field="active_from",
        latest_field="active_to",
        help_text=_("When the body took part or existed: from August 2016, or 2005–2016"),
    )
    active_from = models.DateField(_("active, first day"), null=True, editable=False)
    active_to = models.DateField(_("active, last day"), null=True, editable=False)
    town = texts.CharField(_("town"), max_length=80, blank=True)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        help_text=_("Degrees, south negative: -26.7167"),
    )
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    website = texts.URLField(_("website"), blank=True)
    description = translated(texts.TextField(_("description"), blank=True))
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Order in lists."))

    #: The claim that counts formal ones.
    counts = Claim.Counts.FORMAL_PARTNERS
    has_own_page = True

    objects = PartnerQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["position", "code"]
        constraints = [
            *Record.Meta.constraints,
            needs_text("name"),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="%(app_label)s_%(class)s_place",
                violation_error_message=_("Give both latitude (−90 to 90) and longitude (−180 to 180), or neither."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return url_of("partner", self.slug)

    @classmethod
    def filled_facts(cls) -> dict[FieldGroup, models.Q]:
        return {
            FieldGroup.NAME: models.Q(pk__isnull=False),
            FieldGroup.STATUS: models.Q(pk__isnull=False),
            FieldGroup.PURPOSE: has_text("description"),
            FieldGroup.PLACE: ~models.Q(town="", latitude__isnull=True),
            FieldGroup.PERIOD: ~models.Q(active=""),
        }

    def filled_groups(self) -> set[FieldGroup]:
        filled = {
            FieldGroup.NAME: True,
            FieldGroup.STATUS: True,
            FieldGroup.PURPOSE: self.description,
            FieldGroup.PLACE: self.town or self.latitude is not None,
            FieldGroup.PERIOD: self.active,
        }
        return {group for group, value in filled.items() if value}

    @property
    def brief(self) -> str:
        return self.short_name or self.name

    @property
    def public_successions(self) -> list[Succession]:
        """Those by bodies that readers may see."""
        return [row for row in self.successions.all() if row.successor.state == State.PUBLISHED]

    @property
    def public_inheritances(self) -> list[Succession]:
        """Those of bodies that readers may see."""
        return [row for row in self.inheritances.all() if row.predecessor.state == State.PUBLISHED]

    # Cached: pages name the same few partners many times.
    @cached_property
    def succession(self) -> Succession | None:
        return next(iter(self.public_successions), None)

    @property
    def successor(self) -> Partner | None:
        return self.succession.successor if self.succession else None

    @cached_property
    def _names_before(self) -> list[PartnerName]:
        return list(self.former_names.all())

    @cached_property
    def public_identifiers(self) -> list[PartnerIdentifier]:
        """Those whose source readers may see."""
        return [row for row in self.identifiers.all() if row.source.is_published]

    @property
    def has_former_names(self) -> bool:
        return bool(self._names_before)

    def name_at(self, latest: datetime.date | None, *, short: bool = False) -> str:
        """The name in force on a day, usually the last day of a record’s period; without a day, the present name."""
        if latest:
            for former in self._names_before:
                until = former.latest
                since = former.earliest or datetime.date.min
                if until and since <= latest <= until:
                    return former.short_name or former.name if short else former.name
        return self.brief if short else self.name

    @classmethod
    def lineages(cls, *, with_hidden: bool = False) -> dict[int, set[int]]:
        """For every partner its own key and those of all its predecessors: {jb_marks: {jb_marks, tlokwe, …}}.

        A predecessor that is not public counts for nobody, and hides those before it, but ``with_hidden``.
        """
        successions = Succession.objects.all()
        if not with_hidden:
            successions = successions.filter(predecessor__state=State.PUBLISHED)
        predecessors: dict[int, set[int]] = {}
        for successor, predecessor in successions.values_list("successor_id", "predecessor_id"):
            predecessors.setdefault(successor, set()).add(predecessor)
        lineages: dict[int, set[int]] = {}
        for key in cls.objects.values_list("pk", flat=True):
            line, waiting = {key}, [key]
            while waiting:
                for before in predecessors.get(waiting.pop(), ()):
                    if before not in line:
                        line.add(before)
                        waiting.append(before)
            lineages[key] = line
        return lineages

    @classmethod
    def of_today(cls) -> dict[int, Partner]:
        """By the key of every partner its last public successor, or itself: {tlokwe: jb_marks, jb_marks: jb_marks}."""
        public = Succession.objects.filter(successor__state=State.PUBLISHED).order_by("-pk")
        successors = dict(public.values_list("predecessor_id", "successor_id"))
        partners = cls.objects.in_bulk()
        successors_today = {}
        for key in partners:
            last, line = key, {key}
            # Two forms at once can close a circle; it has no last.
            while successors.get(last, last) not in line:
                last = successors[last]
                line.add(last)
            successors_today[key] = partners[last]
        return successors_today

    def lineage(self) -> set[int]:
        return self.lineages()[self.pk]


class PartnerName(Dated):
    """A former name of a partner."""

    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.CASCADE, related_name="former_names"
    )
    name = translated(
        texts.CharField(_("name"), max_length=160, blank=True, help_text=_("For example: North West 405"))
    )
    short_name = translated(texts.CharField(_("short name"), max_length=60, blank=True))

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = [models.F("latest").asc(nulls_first=True), "pk"]
        constraints = [needs_text("name")]

    def __str__(self) -> str:
        return str(self.name)


#: What an identifier of each scheme looks like.
_IDENTIFIERS = {
    "wikidata": r"Q[1-9]\d{0,11}",
    "organisation_number": r"\d{6}-\d{4}",
    "municipality_code": r"\d{4}|[A-Z]{2}\d{1,4}|[A-Z]{3}",
    "ror": r"0[a-hj-km-np-tv-z0-9]{6}\d{2}",
    "iati": r"[A-Z]{2,3}-[A-Z0-9]+(-[A-Za-z0-9_.-]+)?",
}
#: Where those of a scheme have addresses of their own: what stands before them there.
_ADDRESSES = {
    "wikidata": "http://www.wikidata.org/entity/",
    "organisation_number": "http://dataportal.se/organisation/SE",
    "ror": "https://ror.org/",
}


class PartnerIdentifierQuerySet(models.QuerySet):
    def public(self) -> Self:
        """Those whose source readers may see: what nothing proves is not handed on."""
        return self.filter(partner__state=State.PUBLISHED, source__state=State.PUBLISHED)


class PartnerIdentifier(models.Model):
    """What a partner is called in a register of others, and the source that says so."""

    class Scheme(models.TextChoices):
        WIKIDATA = "wikidata", _("Wikidata")
        ORGANISATION_NUMBER = "organisation_number", _("organisation number (Sweden)")
        MUNICIPALITY_CODE = "municipality_code", _("municipality code")
        ROR = "ror", _("ROR, research organisations")
        IATI = "iati", _("IATI, organisations")

    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.CASCADE, related_name="identifiers"
    )
    scheme = models.CharField(_("register"), max_length=20, choices=Scheme)
    value = texts.CharField(
        _("identifier"), max_length=120, help_text=_("As the register writes it, for example: NW405 or 212000-0662")
    )
    source = models.ForeignKey(
        Source,
        verbose_name=_("source"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Where it is said that this is the identifier of this body."),
    )

    objects = PartnerIdentifierQuerySet.as_manager()

    class Meta:
        verbose_name = _("identifier in a register")
        verbose_name_plural = _("identifiers in registers")
        ordering = ["scheme", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "scheme", "value"],
                name="partnership_partneridentifier_once",
                violation_error_message=_("This identifier is already on record."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()}: {self.value}"

    def clean_fields(self, exclude: Any = None) -> None:
        """An address that was copied whole is read as the identifier at its end."""
        self.value = self.value.strip().rstrip("/")
        if self.scheme in {self.Scheme.WIKIDATA, self.Scheme.ROR}:
            self.value = self.value.rpartition("/")[2]
        super().clean_fields(exclude)

    def clean(self) -> None:
        super().clean()
        pattern = _IDENTIFIERS.get(self.scheme)
        if pattern and self.value and not re.fullmatch(pattern, self.value):
            message = _("“%(value)s” is no identifier of this register. Write it as the register does: %(example)s.")
            example = _EXAMPLES[self.scheme]
            raise ValidationError({"value": message % {"value": self.value, "example": example}})
        if self.scheme == self.Scheme.ORGANISATION_NUMBER and self.value and not _has_right_last_digit(self.value):
            raise ValidationError({"value": _("The last digit does not fit the others. Is a digit mistyped?")})

    @property
    def iri(self) -> str:
        """The address by which other data name the same body; empty where the register has none."""
        before = _ADDRESSES.get(self.scheme, "")
        return f"{before}{self.value.replace('-', '')}" if before else ""

    @property
    def iati_reference(self) -> str:
        """What IATI calls the body: by its own scheme, or by the Swedish register’s number; else empty."""
        if self.scheme == self.Scheme.IATI:
            return self.value
        return f"SE-ON-{self.value}" if self.scheme == self.Scheme.ORGANISATION_NUMBER else ""


_EXAMPLES = {
    "wikidata": "Q64",
    "organisation_number": "212000-0662",
    "municipality_code": "NW405, 0780",
    "ror": "05dxps055",
    "iati": "XM-DAC-41114",
}


def _has_right_last_digit(number: str) -> bool:
    """Whether the check digit of a Swedish organisation number is right (the Luhn algorithm)."""
    total = 0
    for place, digit in enumerate(number.replace("-", "")):
        doubled = int(digit) * (2 - place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


class Succession(models.Model):
    """One partner took over from another: Tlokwe City Council → JB Marks, 2016."""

    predecessor = models.ForeignKey(
        Partner, verbose_name=_("predecessor"), on_delete=models.PROTECT, related_name="successions"
    )
    successor = models.ForeignKey(
        Partner, verbose_name=_("successor"), on_delete=models.CASCADE, related_name="inheritances"
    )
    date = PeriodField(_("date"), help_text=_("For example August 2016."))

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="partnership_succession_once",
                violation_error_message=_("This succession is already on record."),
            ),
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("successor")),
                name="partnership_succession_other",
                violation_error_message=_("A body cannot succeed itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"

    def clean(self) -> None:
        super().clean()
        if self.successor_id and self.predecessor_id:
            older = Partner.lineages(with_hidden=True).get(self.predecessor_id, set())
            if self.successor_id in older:
                raise ValidationError({"predecessor": _("That body came later: this would run in a circle.")})


class PartnerCitation(Citation):
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("partner")]


class PartnerInference(Inference):
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="inferences")

    class Meta(Inference.Meta):
        constraints = Inference.inferred_once("partner")


class MilestoneQuerySet(RecordQuerySet, DatedQuerySet, FactQuerySet):
    pass


class Milestone(HasFacts, Dated, HasMedia, Record):
    """An event on the timeline, from the emigrants of 1863 to today."""

    title = translated(texts.CharField(_("title"), max_length=160, blank=True))
    text = translated(texts.TextField(_("text"), blank=True))
    onward = texts.TextField(
        _("ways on"),
        max_length=500,
        blank=True,
        help_text=_("References alone: {project:leseding} {visit:2010-09-leseding-sweden} {partner:icld}"),
    )

    objects = MilestoneQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = OLDEST_FIRST
        constraints = [*Record.Meta.constraints, needs_text("title")]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return f"{reverse('history')}#{self.slug}"

    def clean(self) -> None:
        super().clean()
        if faults := parse(self.onward)[1]:
            raise ValidationError({"onward": [str(fault) for fault in faults]})

    @classmethod
    def filled_facts(cls) -> dict[FieldGroup, models.Q]:
        return {FieldGroup.PERIOD: ~models.Q(period=""), FieldGroup.PURPOSE: models.Q(pk__isnull=False)}

    def filled_groups(self) -> set[FieldGroup]:
        return {FieldGroup.PERIOD, FieldGroup.PURPOSE} if self.period else {FieldGroup.PURPOSE}


class MilestoneCitation(Citation):
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("milestone")]


class MilestoneInference(Inference):
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="inferences")

    class Meta(Inference.Meta):
        constraints = Inference.inferred_once("milestone")

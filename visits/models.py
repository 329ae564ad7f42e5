"""Visits. Delegates are counts and professions, never names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partnership.fields import texts
from partnership.fields.numbers import NumberRange, print_range
from partnership.fields.translated import has_text, language_columns, needs_text, translated
from partnership.models import Citation, Claim, Confirmation, FieldGroup, Inference, Partner, Reply
from partnership.models.evidenced import Evidenced, EvidencedQuerySet, InFoundingCount
from partnership.publishing import NEWEST_FIRST, AlwaysPublic, Record, url_of
from projects.models import Project, Theme


class ProfessionQuerySet(models.QuerySet):
    def founding(self) -> Self:
        """The nine professions named in the founding text."""
        return self.filter(in_founding_list=True)


class Profession(AlwaysPublic):
    """A profession of delegates, from the founding text or added by staff."""

    code = texts.SlugField(_("code"), max_length=40, unique=True)
    name = translated(
        texts.CharField(_("name"), max_length=60, blank=True, help_text=_("In the plural, for example: librarians"))
    )
    in_founding_list = models.BooleanField(_("in the founding list"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    objects = ProfessionQuerySet.as_manager()

    class Meta(AlwaysPublic.Meta):
        verbose_name = _("profession")
        verbose_name_plural = _("professions")
        ordering = ["position", "code"]
        constraints = [needs_text("name")]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        """The list of visits names all of them."""
        return reverse("visits:list")


#: The upper end of how many travelled; their number where it is no range.
MOST_DELEGATES = Coalesce("delegates_high", "delegates")


class VisitQuerySet(EvidencedQuerySet):
    def with_names(self) -> Self:
        """With hosts, guests and their former names, so that ``title`` needs no query."""
        partners = Partner.objects.published().prefetch_related("former_names")
        return self.prefetch_related(
            models.Prefetch("hosts", queryset=partners), models.Prefetch("guests", queryset=partners)
        )

    def with_themes(self) -> Self:
        """With the published themes of their published projects."""
        themes = models.Prefetch("themes", queryset=Theme.objects.published())
        return self.prefetch_related(
            models.Prefetch("projects", queryset=Project.objects.published().prefetch_related(themes))
        )

    def of_partner(self, lineage: set[int]) -> Self:
        """Visits that a partner or a predecessor of it hosted or made; ``lineage`` holds the keys of all of them."""
        hosted = Visit.hosts.through.objects.filter(partner__in=lineage).values("visit")
        visiting = Visit.guests.through.objects.filter(partner__in=lineage).values("visit")
        return self.filter(models.Q(pk__in=hosted) | models.Q(pk__in=visiting))

    def lacking(self, name: str) -> Self:
        if name == "direction":
            return self.filter(direction=Visit.Direction.UNKNOWN)
        if name == "number":
            return self.filter(delegates__isnull=True)
        return super().lacking(name)

    def in_founding_count(self) -> Self:
        """As for projects; planned visits count as “perhaps” only."""
        return super().in_founding_count().exclude(how_known=Visit.HowKnown.PLANNED)

    def perhaps_in_founding_count(self) -> Self:
        planned = models.Q(how_known=Visit.HowKnown.PLANNED) & ~models.Q(in_founding_count=InFoundingCount.NO)
        return self.filter(models.Q(in_founding_count=InFoundingCount.UNKNOWN) | planned)

    def latest_first(self) -> Self:
        return self.order_by(*NEWEST_FIRST)

    def for_rows(self) -> Self:
        """Only the columns that rows show."""
        columns = ("state", "slug", "period", "earliest", "latest", "direction", "delegates", "delegates_high")
        return self.only("how_known", *columns, *language_columns("title_override"), *language_columns("purpose"))

    def known_delegates(self) -> tuple[int, int]:
        """The sum of documented numbers of delegates: of all lower ends, and of all upper ones."""
        totals = self.aggregate(low=models.Sum("delegates"), high=models.Sum(MOST_DELEGATES))
        return totals["low"] or 0, totals["high"] or 0


class Visit(Evidenced):
    """A journey of people of one side to the other."""

    class Direction(models.TextChoices):
        TO_SWEDEN = "to_sweden", _("To Sweden")
        TO_SOUTH_AFRICA = "to_south_africa", _("To South Africa")
        UNKNOWN = "unknown", _("Direction not documented")

    class HowKnown(models.TextChoices):
        """How a source knows of the visit; planned ones count as “perhaps”."""

        REPORTED = "reported", _("reported")
        ANNOUNCED = "announced", _("announced")
        PLANNED = "planned", _("planned")

    title_override = translated(
        texts.CharField(
            _("title"),
            max_length=160,
            blank=True,
            help_text=_("Only if the usual title, “Tlokwe in Växjö, 21–27 November 2011”, does not fit."),
        )
    )
    direction = models.CharField(_("direction"), max_length=20, choices=Direction, default=Direction.UNKNOWN)
    hosts = models.ManyToManyField(Partner, verbose_name=_("hosts"), blank=True, related_name="visits_hosted")
    guests = models.ManyToManyField(Partner, verbose_name=_("guests"), blank=True, related_name="visits_made")
    how_known = texts.CharField(
        _("how it is known"),
        max_length=10,
        choices=HowKnown,
        default=HowKnown.REPORTED,
        help_text=_(
            "Reported: a source looks back on it. Announced: a source names its days beforehand. Planned: an intention "
            "without days; it counts as “perhaps” only."
        ),
    )
    purpose = translated(
        texts.TextField(
            _("purpose"),
            blank=True,
            help_text=_("What the guests came to see or do. Name organisations, not persons."),
        )
    )
    delegates = models.PositiveSmallIntegerField(
        _("delegates"),
        null=True,
        blank=True,
        help_text=_("How many travelled. Leave empty if not documented."),
    )
    delegates_high = models.PositiveSmallIntegerField(
        _("at most"), null=True, blank=True, help_text=_("Only if the source gives a range: 6 to 8.")
    )
    projects = models.ManyToManyField(Project, verbose_name=_("projects"), blank=True, related_name="visits")

    #: Fields whose change after publication needs a reason.
    figures = ("delegates", "delegates_high")
    counts = Claim.Counts.VISITS
    has_own_page = True
    can_lack = {
        "period": _("date"),
        "second_source": _("source of a second issuer"),
        "direction": _("direction"),
        "number": _("number of delegates"),
    }

    objects = VisitQuerySet.as_manager()

    class Meta(Evidenced.Meta):
        abstract = False
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = NEWEST_FIRST
        constraints = [
            *Record.Meta.constraints,
            Evidenced.counted_by_dates(),
            models.CheckConstraint(
                condition=models.Q(delegates_high__isnull=True)
                | models.Q(delegates__isnull=False, delegates_high__gt=models.F("delegates")),
                name="%(app_label)s_%(class)s_delegates",
                violation_error_message=_("The upper number must be greater than the lower one."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-earliest", "code"], name="visits_visit_list"),
            models.Index(fields=["modified_at"], name="visits_visit_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.period.print()}" if self.period else str(self.title)

    def clean(self) -> None:
        super().clean()
        if self.delegates_high is not None and (self.delegates is None or self.delegates_high <= self.delegates):
            raise ValidationError({"delegates_high": _("The upper number must be greater than the lower one.")})

    def get_absolute_url(self) -> str:
        return url_of("visits:detail", self.slug)

    @property
    def code_text(self) -> str:
        """Its own title, if it has any: hosts and guests are written after the visit itself."""
        return str(self.title_override)

    def _codes(self, base: str) -> Iterator[str]:
        """Visits are numbered: visit-15."""
        if base != "visit":
            return super()._codes(base)
        return (f"visit-{number}" for number in count(Visit.objects.count() + 1))

    @classmethod
    def filled_facts(cls) -> dict[FieldGroup, models.Q]:
        partners = models.Q(pk__in=Visit.hosts.through.objects.values("visit"))
        partners |= models.Q(pk__in=Visit.guests.through.objects.values("visit"))
        return {
            FieldGroup.PERIOD: ~models.Q(period=""),
            FieldGroup.DIRECTION: ~models.Q(direction=Visit.Direction.UNKNOWN),
            FieldGroup.PARTNERS: partners,
            FieldGroup.DELEGATES: models.Q(delegates__isnull=False),
            FieldGroup.PROFESSIONS: models.Q(pk__in=Delegates.objects.values("visit")),
            FieldGroup.PURPOSE: has_text("purpose"),
        }

    def filled_groups(self) -> set[FieldGroup]:
        filled = {
            FieldGroup.PERIOD: self.period,
            FieldGroup.DIRECTION: self.direction != Visit.Direction.UNKNOWN,
            FieldGroup.PARTNERS: [*self.hosts.all(), *self.guests.all()],
            FieldGroup.DELEGATES: self.delegates is not None,
            FieldGroup.PROFESSIONS: self.professions.all(),
            FieldGroup.PURPOSE: self.purpose,
        }
        return {group for group, value in filled.items() if value}

    @property
    def title(self) -> str:
        """“Tlokwe in Växjö”, with the names of the time, or the title that staff have written."""
        return self.title_of(self.hosts.all(), self.guests.all())

    def title_of(self, hosts: Iterable[Partner], guests: Iterable[Partner]) -> str:
        """The title, given the hosts and guests, so that it needs no query."""
        if self.title_override:
            return self.title_override
        host_names, guest_names = self._names(hosts), self._names(guests)
        if guest_names and host_names:
            return gettext("%(guests)s in %(hosts)s") % {"guests": guest_names, "hosts": host_names}
        return host_names or guest_names or capfirst(gettext("visit"))

    def _names(self, partners: Iterable[Partner]) -> str:
        names = [str(partner.name_at(self.latest, short=True)) for partner in partners]
        if len(names) > 1:
            return gettext("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
        return "".join(names)

    def lacks(self, name: str) -> bool:
        if name == "direction":
            return self.direction == self.Direction.UNKNOWN
        if name == "number":
            return self.delegates is None
        return super().lacks(name)

    def gaps(self) -> list[str]:
        """What is not documented yet, in words, for a visit of ``visit_details``."""
        professions = self.professions.all()
        missing = [
            (not self.period, _("The date")),
            (bool(self.period) and not self.period.has_days, _("The days")),
            (self.direction == self.Direction.UNKNOWN, _("The direction")),
            (self.delegates is None, _("Number of delegates")),
            (not professions, _("Professions of the delegates")),
            (any(row.number is None for row in professions), _("How many of each profession")),
            (not self.media.documents, _("Programme and travel report")),
            (not self.media.photos, _("Photographs")),
        ]
        return [str(words) for is_missing, words in missing if is_missing]

    @property
    def is_planned(self) -> bool:
        """No source says that it took place, or names its days."""
        return self.how_known == self.HowKnown.PLANNED

    @property
    def most_delegates(self) -> int | None:
        return self.delegates if self.delegates_high is None else self.delegates_high

    @property
    def delegate_range(self) -> NumberRange:
        return NumberRange(self.delegates, self.most_delegates)

    @property
    def delegates_printed(self) -> str:
        """“7” or “6–8”; empty when the number is not documented."""
        return print_range(self.delegates, self.delegates_high)


class VisitCitation(Citation):
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("visit")]


class VisitInference(Inference):
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="inferences")

    class Meta(Inference.Meta):
        constraints = Inference.inferred_once("visit")


class VisitConfirmation(Confirmation):
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="confirmations")

    class Meta(Confirmation.Meta):
        constraints = Confirmation.once_per_side("visit")


class VisitReply(Reply):
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="replies")

    class Meta(Reply.Meta):
        constraints = Reply.given_once("visit")


class Delegates(models.Model):
    """The delegates of a profession on a visit; ``number`` is None where only the profession is documented."""

    figures = ("number",)

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="professions")
    profession = models.ForeignKey(
        Profession, verbose_name=_("profession"), on_delete=models.PROTECT, related_name="delegates"
    )
    number = models.PositiveSmallIntegerField(
        _("number"), null=True, blank=True, help_text=_("Leave empty if not documented.")
    )

    class Meta:
        verbose_name = _("delegates by profession")
        verbose_name_plural = _("delegates by profession")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "profession"],
                name="visits_delegates_once",
                violation_error_message=_("This profession is already counted for the visit."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profession}: {'?' if self.number is None else self.number}"

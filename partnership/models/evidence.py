"""Evidence: sources, the citations that link them to records, and claims about the whole partnership."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import StrIndex, Substr
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..fields import texts
from ..fields.codes import validate_language
from ..fields.locators import print_locator
from ..fields.numbers import print_range
from ..fields.periods import PeriodField
from ..fields.translated import has_text, needs_text, translated
from ..publishing import NEVER_PUBLIC, WAS_PUBLIC, HasCode, Record, RecordQuerySet, State, url_of
from .media import Document


class Mark(models.IntegerChoices):
    """Who says so, strongest first."""

    ON_FILE = 1, _("document on file")
    OTHER_BODY = 2, _("published by somebody else")
    PARTNER = 3, _("said by a partner")
    WITNESS = 4, _("told by someone who was there")
    NOTHING = 5, _("no source")

    @property
    def sign(self) -> str:
        """The circle that is drawn: full, half, a ring, one with a corner, and a dashed one."""
        return ("full", "half", "ring", "witness", "nothing")[self - 1]


class SourceQuerySet(RecordQuerySet):
    def with_files(self):
        """Annotates ``files``, whether the published document itself is on file; a stored web page is none."""
        copies = Source.documents.through.objects.filter(document__state=State.PUBLISHED)
        copies = copies.exclude(document__kind=Document.Kind.COPY)
        return self.annotate(files=models.Exists(copies.filter(source=models.OuterRef("pk"))))


class Source(Record):
    """A publication or document that says something about the partnership."""

    class Grade(models.TextChoices):
        """Who speaks, strongest evidence first; an assessment of the publisher by this site."""

        INDEPENDENT = "independent", _("independent")
        PUBLIC_AUTHORITY = "public_authority", _("public authority")
        FUNDER = "funder", _("funder")
        AWARD_OR_NETWORK = "award_or_network", _("award or network")
        PRESS = "press", _("press")
        REFERENCE_WORK = "reference_work", _("reference work")
        PARTNER = "partner", _("partner")
        PARTY = "party", _("political party")
        OWN_STATEMENT = "own_statement", _("own statement")
        WITNESS = "witness", _("someone who was there")

    class Kind(models.TextChoices):
        PROJECT_PAGE = "project_page", _("project page")
        LISTING = "listing", _("list of projects")
        PRESS_RELEASE = "press_release", _("press release")
        NEWS = "news", _("news item")
        ARTICLE = "article", _("article")
        REPORT = "report", _("report")
        THESIS = "thesis", _("thesis")
        WEB_PAGE = "web_page", _("web page")
        REFERENCE_WORK = "reference_work", _("encyclopaedia")
        CALL = "call", _("call for entries")
        ARCHIVE = "archive", _("archive document")
        CONTRIBUTION = "contribution", _("told to the record")
        OTHER = "other", _("other")

    class LinkStatus(models.TextChoices):
        """The result of the last check of the URL."""

        UNCHECKED = "unchecked", _("not checked yet")
        FOUND = "found", _("found")
        MOVED = "moved", _("moved")
        DEAD = "dead", _("no longer there")
        UNSURE = "unsure", _("not reached")

    title = texts.CharField(
        _("title"),
        max_length=300,
        help_text=_("In the source’s own words and language, for example: Styrgruppsmöte Sydafrika"),
    )
    publisher = texts.CharField(
        _("issuer"),
        max_length=200,
        help_text=_("Who issued it, with the channel in brackets: Växjö kommun (Mynewsdesk)"),
    )
    #: Two sources of one issuer are one voice, through whatever channel.
    issuer = models.GeneratedField(
        verbose_name=_("issuer without channel"),
        expression=models.Case(
            models.When(
                publisher__contains=" (", then=Substr("publisher", 1, StrIndex("publisher", models.Value(" (")) - 1)
            ),
            default="publisher",
        ),
        output_field=models.CharField(max_length=200),
        db_persist=True,
    )
    grade = models.CharField(_("who speaks"), max_length=20, choices=Grade)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.WEB_PAGE)
    url = texts.URLField(_("address"), max_length=500, blank=True)
    archive_url = texts.URLField(
        _("archived copy"),
        max_length=500,
        blank=True,
        help_text=_("Where a lasting copy of the page can be read."),
    )
    language = texts.CharField(_("language"), max_length=10, validators=[validate_language])
    published = PeriodField(
        _("published"),
        earliest_field="published_from",
        help_text=_("As precisely as it is known: 2012, October 2012 or 11 October 2012."),
    )
    published_from = models.DateField(_("published, earliest day"), null=True, editable=False)
    read_on = models.DateField(_("read on"), null=True, blank=True)
    checked_on = models.DateField(_("address checked on"), null=True, editable=False)
    link_status = texts.CharField(
        _("address"), max_length=10, choices=LinkStatus, default=LinkStatus.UNCHECKED, editable=False
    )
    link_detail = texts.CharField(_("what was seen"), max_length=300, blank=True, editable=False)
    documents = models.ManyToManyField(
        Document,
        verbose_name=_("copies on file"),
        blank=True,
        related_name="sources",
        help_text=_("The document itself, when the partners hold it, or a stored copy of its web page."),
    )

    #: The fields that a line of a list of sources needs.
    printed = (
        *("slug", "state", "title", "publisher", "url", "archive_url"),
        *("language", "published", "link_status", "checked_on", "grade", "issuer", "kind"),
    )

    has_own_page = True

    objects = SourceQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["publisher", models.F("published_from").asc(nulls_first=True), "code"]
        constraints = Record.Meta.constraints
        indexes = [
            models.Index(fields=["state", "publisher"], name="partnership_source_list"),
            models.Index(fields=["modified_at"], name="partnership_source_changed"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return url_of("source", self.slug)

    @property
    def is_dead(self) -> bool:
        """The original is gone; pages link to the archived copy instead, where there is one."""
        return self.link_status == self.LinkStatus.DEAD

    @property
    def mark(self) -> Mark:
        """The strength of this source as evidence. It needs a source from ``with_files``."""
        if getattr(self, "files", False):
            return Mark.ON_FILE
        own = {self.Grade.OWN_STATEMENT, self.Grade.PARTNER, self.Grade.PARTY}
        if self.grade == self.Grade.WITNESS:
            return Mark.WITNESS
        return Mark.PARTNER if self.grade in own else Mark.OTHER_BODY


def sources_of_count(counts: str) -> models.QuerySet:
    """The keys of the sources of the preferred statement of what ``counts`` names: a count is no evidence for it."""
    return StatementCitation.objects.filter(statement__preferred=True, statement__claim__counts=counts).values("source")


def circular(records: models.QuerySet, counts: str) -> models.QuerySet:
    """Those of these records whose public sources are all sources of the claim that counts them."""
    others = Source.objects.published().exclude(pk__in=sources_of_count(counts))
    cited = records.filter(citations__source__state=State.PUBLISHED)
    return cited.exclude(citations__source__in=others).distinct()


class CitationQuerySet(models.QuerySet):
    def that_identify(self, counts: str = ""):
        """Those of public sources that say of a record that it was.

        What somebody told us does only with a document, and the claim that ``counts`` such records does not.
        """
        on_file = Source.objects.filter(documents__in=Document.objects.published().exclude(kind=Document.Kind.COPY))
        witness = models.Q(source__grade=Source.Grade.WITNESS)
        public = self.filter(source__state=State.PUBLISHED).filter(~witness | models.Q(source__in=on_file))
        return public.exclude(source__in=sources_of_count(counts)) if counts else public

    def that_document(self):
        """Those of public sources that count for “well documented”: what a witness tells does not."""
        return self.filter(source__state=State.PUBLISHED).exclude(source__grade=Source.Grade.WITNESS)

    def to_the_sentence(self):
        """Those of public sources with what the source says, and where in it; as ``Citation.is_to_the_sentence``."""
        return self.filter(has_text("says"), source__state=State.PUBLISHED).exclude(locator="")

    def with_sources(self):
        """With the sources that a public page prints; drafts are no evidence for the public."""
        return self.select_related("source").exclude(source__state=State.DRAFT)

    def with_marks(self):
        """As ``with_sources``, for pages that print who speaks and how strong that is."""
        sources = Source.objects.with_files().only(*Source.printed)
        return self.prefetch_related(models.Prefetch("source", sources)).exclude(source__state=State.DRAFT)


class FieldGroup(models.TextChoices):
    """The groups of fields of a record that sources speak of, one fact each (docs/model.md)."""

    NAME = "name", _("name")
    KIND = "kind", _("kind")
    PERIOD = "period", _("period")
    PLACE = "place", _("place")
    PARTNERS = "partners", _("partners")
    STATUS = "status", _("status")
    THEMES = "themes", _("themes")
    GOALS = "goals", _("global goals")
    BUDGET = "budget", _("budget")
    REFERENCE = "reference", _("external reference")
    DIRECTION = "direction", _("direction")
    DELEGATES = "delegates", _("delegates")
    PROFESSIONS = "professions", _("professions")
    PURPOSE = "purpose", _("purpose")
    RESULT = "result", _("result")


#: A phrase may be this many words long; what the source says stands in our own words beside it.
LONGEST_PHRASE = 8


def validate_phrase(text: str) -> None:
    """Refuses more than a phrase: sentences of sources are not copied into the record."""
    words = len(text.split())
    if words > LONGEST_PHRASE:
        raise ValidationError(
            _("A phrase has at most %(most)s words; this has %(words)s. Say in your own words what it says."),
            params={"most": LONGEST_PHRASE, "words": words},
        )


class Citation(models.Model):
    """A record cites a source, for the whole or for a group of fields. Each kind of record has a table of its own."""

    About = FieldGroup

    source = models.ForeignKey(Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="+")
    about = texts.CharField(
        _("about"),
        max_length=20,
        choices=FieldGroup,
        blank=True,
        help_text=_("Leave empty when the source supports the record as a whole."),
    )
    locator = texts.CharField(_("where in it"), max_length=80, blank=True, help_text=_("For example: p. 14"))
    quotation = texts.CharField(
        _("phrase"),
        max_length=400,
        blank=True,
        validators=[validate_phrase],
        help_text=_("The source’s own words, in its own language; eight words or fewer."),
    )
    says = translated(
        texts.CharField(
            _("what the source says"),
            max_length=300,
            blank=True,
            help_text=_("One sentence in your own words: what this source proves here."),
        )
    )

    objects = CitationQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["pk"]

    def __str__(self) -> str:
        about = f" ({self.get_about_display()})" if self.about else ""
        return f"{self.source}{about}"

    @property
    def place(self) -> str:
        """The place in the source, in the language of the page as far as its words are ours."""
        return print_locator(self.locator)

    @property
    def is_to_the_sentence(self) -> bool:
        return bool(self.says and self.locator) and self.source.is_published

    @staticmethod
    def cited_once(record: str) -> models.UniqueConstraint:
        return models.UniqueConstraint(
            fields=[record, "source", "about"],
            name="%(app_label)s_%(class)s_once",
            violation_error_message=_("This source is already cited here for the same thing."),
        )


class Inference(models.Model):
    """A fact of a record that staff concluded and no source states. Each kind of record has a table of its own."""

    about = models.CharField(_("about"), max_length=20, choices=FieldGroup)
    reason = translated(
        texts.CharField(
            _("what it follows from"),
            max_length=300,
            blank=True,
            help_text=_("One sentence: what was concluded, and from what."),
        )
    )

    class Meta:
        abstract = True
        verbose_name = _("inferred fact")
        verbose_name_plural = _("inferred facts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_about_display()}: {self.reason}"

    @staticmethod
    def inferred_once(record: str) -> list[models.BaseConstraint]:
        return [
            models.UniqueConstraint(
                fields=[record, "about"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This is already marked as inferred."),
            ),
            needs_text("reason"),
        ]


@dataclass(frozen=True)
class Fact:
    """A group of fields with the citations that tell of it; it is a fact where the record fills it."""

    group: FieldGroup
    citations: list[Citation]
    inferences: list[Inference]
    is_filled: bool = True
    record: Any = field(default=None, repr=False)

    @property
    def replies(self) -> list[Any]:
        """What partners answer to it; about no fact of the record, it stands with its text. Needs public replies."""
        replies = self.record.replies.all() if hasattr(self.record, "replies") else ()
        if not replies:
            return []
        filled, text_fact = self.record.filled_groups(), self.record.text_fact
        return [reply for reply in replies if (reply.about if reply.about in filled else text_fact) == self.group]

    @property
    def is_shown(self) -> bool:
        """A public source says so, and the record says where in it: evidence to the sentence."""
        return any(citation.is_to_the_sentence for citation in self.citations)

    @property
    def is_unsupported(self) -> bool:
        """No source is cited for it, and it is not marked as inferred either."""
        is_cited = any(citation.source.is_published for citation in self.citations)
        return self.is_filled and not self.inferences and not is_cited


@dataclass(frozen=True)
class FactCount:
    """Facts in all; those with evidence to the sentence, those inferred, and those that rest on nothing."""

    total: int = 0
    shown: int = 0
    inferred: int = 0
    unsupported: int = 0

    def __add__(self, other: FactCount) -> FactCount:
        return FactCount(
            self.total + other.total,
            self.shown + other.shown,
            self.inferred + other.inferred,
            self.unsupported + other.unsupported,
        )


class FactQuerySet(models.QuerySet):
    def count_facts(self) -> FactCount:
        """The facts of these records, in one query; as ``HasFacts.facts``."""
        model: Any = self.model
        filled = model.filled_facts()
        counts: dict[str, Any] = {}
        for group, condition in filled.items():
            of_group = models.Q(about=group)
            if group == model.text_fact:
                of_group |= ~models.Q(about__in=filled)
            of_record = models.Q(**{str(model._meta.model_name): models.OuterRef("pk")})
            citations = model._meta.get_field("citations").related_model.objects.filter(of_record, of_group)
            is_cited = models.Q(models.Exists(citations.filter(source__state=State.PUBLISHED)))
            is_inferred = models.Q(pk__in=[])
            if hasattr(model, "inferences"):
                inferences = model._meta.get_field("inferences").related_model.objects
                is_inferred = models.Q(models.Exists(inferences.filter(of_record, of_group)))
            conditions = {
                "total": condition,
                "shown": condition & models.Q(models.Exists(citations.to_the_sentence())),
                "inferred": condition & is_inferred,
                "unsupported": condition & ~is_cited & ~is_inferred,
            }
            counts |= {f"{group}_{name}": models.Count("pk", filter=q) for name, q in conditions.items()}
        counted = self.order_by().aggregate(**counts)
        return FactCount(
            **{
                name: sum(counted[f"{group}_{name}"] for group in filled)
                for name in ("total", "shown", "inferred", "unsupported")
            }
        )


class HasFacts(models.Model):
    """A record whose groups of fields are facts, each with evidence of its own."""

    #: The fact that all citations tell of which are about no other: usually the text.
    text_fact: ClassVar[FieldGroup] = FieldGroup.PURPOSE

    class Meta:
        abstract = True

    @classmethod
    def filled_facts(cls) -> dict[FieldGroup, models.Q]:
        """The facts that a record of this kind can have, in the order of its page, and when it has them."""
        return {cls.text_fact: models.Q(pk__isnull=False)}

    def filled_groups(self) -> set[FieldGroup]:
        """The facts of this record; as ``filled_facts``, without a query where its parts are prefetched."""
        return {self.text_fact}

    def facts(self) -> dict[str, Fact]:
        """The groups with what tells of them. Needs prefetched citations with their sources, and inferences."""
        record: Any = self
        known = list(self.filled_facts())
        citations: dict[str, list[Citation]] = {}
        for citation in record.citations.all():
            group = citation.about if citation.about in known else self.text_fact
            citations.setdefault(group, []).append(citation)
        inferences: dict[str, list[Inference]] = {}
        for inference in record.inferences.all() if hasattr(record, "inferences") else ():
            inferences.setdefault(inference.about if inference.about in known else self.text_fact, []).append(inference)
        filled = self.filled_groups()
        return {
            str(group): Fact(group, citations.get(group, []), inferences.get(group, []), group in filled, record)
            for group in known
        }


def count_of(facts: Iterable[Fact]) -> FactCount:
    """As ``FactQuerySet.count_facts``, of facts at hand."""
    facts = [fact for fact in facts if fact.is_filled]
    return FactCount(
        len(facts),
        sum(fact.is_shown for fact in facts),
        sum(bool(fact.inferences) for fact in facts),
        sum(fact.is_unsupported for fact in facts),
    )


def fill_sources(citations: Iterable[Citation]) -> None:
    """Loads the sources of citations, of whatever records, in one query."""
    citations = list(citations)
    printed = Source.objects.with_files().order_by().only(*Source.printed)
    sources = printed.in_bulk({citation.source_id for citation in citations})
    for citation in citations:
        citation.source = sources[citation.source_id]


class Claim(Record):
    """A quantity or assertion about the whole partnership; each statement is one source’s version of it."""

    class Measures(models.TextChoices):
        COUNT = "count", _("a number of things")
        YEAR = "year", _("a year")
        ASSERTION = "assertion", _("an assertion")

    class Counts(models.TextChoices):
        """The records that are counted against the claim, by ``partnership.coverage``."""

        PROJECTS = "projects", _("projects within the founding count")
        VISITS = "visits", _("visits within the founding count")
        DELEGATES = "delegates", _("delegates of visits within the founding count")
        THEMES = "themes", _("founding themes with a project")
        FORMAL_PARTNERS = "formal_partners", _("formal partners without a successor")
        MEMORANDA = "memoranda", _("memoranda on file")

    label = translated(texts.CharField(_("claim"), max_length=200, blank=True))
    unit = translated(texts.CharField(_("unit"), max_length=80, blank=True, help_text=_("For example: visits")))
    measures = models.CharField(_("measures"), max_length=10, choices=Measures, default=Measures.COUNT)
    counts = texts.CharField(
        _("counted in the record"),
        max_length=20,
        choices=Counts,
        blank=True,
        help_text=_("What the record counts against this claim. Empty when nothing can be counted."),
    )
    counts_until = models.DateField(_("counted until"), null=True, blank=True)
    could_confirm = models.ForeignKey(
        "partnership.Partner",
        verbose_name=_("who could confirm it"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("For what only the partners say, a superlative above all: the body that would know."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    documents = models.ManyToManyField(Document, verbose_name=_("documents"), blank=True, related_name="claims")
    criteria = models.ManyToManyField(
        "partnership.Criterion", verbose_name=_("criteria that it speaks to"), blank=True, related_name="claims"
    )

    class Meta(Record.Meta):
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["position", "code"]
        constraints = [*Record.Meta.constraints, needs_text("label")]

    def __str__(self) -> str:
        return str(self.label)

    def get_absolute_url(self) -> str:
        return f"{reverse('claims')}#{self.slug}"

    @property
    def disagrees(self) -> bool:
        """Whether its sources give different figures. It reads all statements: prefetch them for a list."""
        statements = self.statements.all()
        return len({(statement.value_low, statement.value_high, statement.qualifier) for statement in statements}) > 1


class StatementQuerySet(FactQuerySet):
    def published(self):
        return self.filter(state=State.PUBLISHED)


class Statement(HasFacts, HasCode, models.Model):
    """One version of a claim, as its source gives it: “some 100”, “600–650”, “more than 35”."""

    class Qualifier(models.TextChoices):
        EXACT = "exact", _("exact")
        ABOUT = "about", _("about")
        MORE_THAN = "more_than", _("more than")
        RANGE = "range", _("range")
        SUPERLATIVE = "superlative", _("superlative")
        ASSERTION = "assertion", _("assertion")

    #: A change of these fields after publication needs a reason.
    figures = ("value_low", "value_high", "qualifier")
    text_fact = FieldGroup.RESULT

    claim = models.ForeignKey(Claim, verbose_name=_("claim"), on_delete=models.PROTECT, related_name="statements")
    code = texts.SlugField(_("code"), max_length=80, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PUBLISHED)
    value_low = models.PositiveIntegerField(_("value, or lower bound"), null=True, blank=True)
    value_high = models.PositiveIntegerField(_("upper bound"), null=True, blank=True)
    qualifier = models.CharField(_("qualifier"), max_length=12, choices=Qualifier, default=Qualifier.EXACT)
    wording = translated(
        texts.CharField(
            _("wording"),
            max_length=80,
            blank=True,
            help_text=_("Only when the source’s own wording differs from the usual printing, for example: some 100"),
        )
    )
    as_of = PeriodField(_("as of"), help_text=_("When the statement was true, for example January 2018."))
    preferred = models.BooleanField(
        _("preferred"), default=False, help_text=_("The version this site leads with. One per claim.")
    )
    quote = texts.CharField(_("quotation"), max_length=400, blank=True)
    quote_language = texts.CharField(
        _("language of the quotation"), max_length=10, blank=True, validators=[validate_language]
    )
    note = translated(texts.TextField(_("note for readers"), blank=True))

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-preferred", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=models.Q(preferred=True),
                name="partnership_statement_one_preferred",
                violation_error_message=_("Another statement of this claim is the preferred one."),
            ),
            models.CheckConstraint(
                condition=models.Q(value_high__isnull=True) | models.Q(value_high__gte=models.F("value_low")),
                name="partnership_statement_range",
                violation_error_message=_("The upper bound is below the lower one."),
            ),
            models.CheckConstraint(
                condition=models.Q(value_low__isnull=False)
                | models.Q(qualifier__in=["superlative", "assertion"], value_high__isnull=True),
                name="partnership_statement_value",
                violation_error_message=_("Write the number, or choose “assertion” or “superlative”."),
            ),
        ]

    def __str__(self) -> str:
        return self.figure or self.quote

    @classmethod
    def from_db(cls, db, field_names, values) -> Self:
        statement = super().from_db(db, field_names, values)
        statement._stored_state = statement.__dict__.get("state")
        return statement

    _stored_state: str | None = None

    @property
    def was_public(self) -> bool:
        """Whether readers have seen it: it has been public itself, and so has its claim."""
        return self._stored_state not in (None, State.DRAFT) and self.claim.published_at is not None

    @property
    def is_hidden_again(self) -> bool:
        return self.state == State.DRAFT and self.was_public

    def clean(self) -> None:
        super().clean()
        if self.is_hidden_again:
            raise ValidationError({"state": WAS_PUBLIC})
        if self.state == State.WITHDRAWN and self._stored_state == State.DRAFT:
            raise ValidationError({"state": NEVER_PUBLIC})
        if self.value_low is not None and self.value_high is not None and self.value_high < self.value_low:
            raise ValidationError({"value_high": _("The upper bound is below the lower one.")})

    def save(self, **kwargs: Any) -> None:
        """Raises ValueError rather than make a draft of what readers have seen."""
        if self.is_hidden_again:
            raise ValueError(f"{self.code!r} was public: it is withdrawn, and no draft again.")
        self.code = self.code or self.free_code()
        super().save(**kwargs)
        self._stored_state = self.state

    def get_absolute_url(self) -> str:
        return self.claim.get_absolute_url()

    @property
    def code_text(self) -> str:
        return f"{self.claim.code}-{self.figure}"

    @property
    def figure(self) -> str:
        """The figure as this site prints it, with its uncertainty: “38”, “some 100”, “600–650”, “2005/2006”."""
        if self.wording:
            return str(self.wording)
        if self.value_low is None:
            return ""
        if self.claim.measures == Claim.Measures.YEAR:
            printed = "–".join(str(year) for year in dict.fromkeys((self.value_low, self.value_high or self.value_low)))
        else:
            printed = print_range(self.value_low, self.value_high)
        if self.qualifier == self.Qualifier.ABOUT:
            return gettext("about %(number)s") % {"number": printed}
        if self.qualifier == self.Qualifier.MORE_THAN:
            return gettext("more than %(number)s") % {"number": printed}
        return printed


class StatementCitation(Citation):
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [Citation.cited_once("statement")]

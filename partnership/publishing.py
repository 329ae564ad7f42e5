"""What all records share: code, slug and permanent URL, and the states draft, published and withdrawn."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_str
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from .fields import texts
from .fields.translated import translated

#: The orders of what has a period. Where a missing day stands is always said: databases differ in it, and so would
#: the bytes and the checksums of data and editions.
OLDEST_FIRST = (models.F("earliest").asc(nulls_last=True), models.F("latest").asc(nulls_first=True), "code")
NEWEST_FIRST = (models.F("earliest").desc(nulls_last=True), models.F("latest").desc(nulls_last=True), "code")


@cache
def _url_pattern(page: str, language: str) -> tuple[str, str]:
    with translation.override(language):
        before, _slug, after = reverse(page, args=["SLUG"]).partition("SLUG")
    return before, after


def url_of(page: str, slug: str) -> str:
    """The URL of a record’s page in the active language; ``reverse`` is slow for a list of hundreds."""
    before, after = _url_pattern(page, translation.get_language() or settings.LANGUAGE_CODE)
    return f"{before}{slug}{after}"


def permanent_path(model_name: str, code: str) -> str:
    """The path that never changes and redirects to a record’s page; as ``reverse("id", …)``, and as fast as text."""
    return f"/id/{model_name}/{code}"


#: Letters that Unicode does not take apart into a plain one and its sign.
_PLAIN_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def code_from(text: str, longest: int = 60) -> str:
    """A text of any language as a code, cut between words; empty where it has no letter of the Latin alphabet."""
    code = slugify(text.casefold().translate(_PLAIN_LETTERS)).replace("_", "-").strip("-")
    return code if len(code) <= longest else code[: longest + 1].rpartition("-")[0] or code[:longest]


class HasCode:
    """A model with a unique code that the site makes where nobody has written one."""

    code: str
    _meta: Any

    @property
    def code_text(self) -> str:
        """What the code of a new record is made from."""
        with translation.override(settings.LANGUAGE_CODE):
            return str(self)

    def free_code(self) -> str:
        """A code that nothing of this kind has, as code or address, or ever had: old ones lead on for ever."""
        model_name = self._meta.model_name
        # A number fits behind it.
        longest = min(60, self._meta.get_field("code").max_length - 4)
        base = code_from(self.code_text, longest) or str(model_name)
        former_addresses = apps.get_model("partnership", "FormerAddress").objects
        revisions = apps.get_model("partnership", "Revision").objects
        names = {field.name for field in self._meta.fields} & {"code", "slug"}
        taken: set[str] = set()
        for name in names:
            records = type(self)._default_manager.filter(**{f"{name}__startswith": base})  # type: ignore[attr-defined]
            taken.update(records.values_list(name, flat=True))
        taken.update(former_addresses.filter(kind=model_name, slug__startswith=base).values_list("slug", flat=True))
        taken.update(revisions.filter(model_name=model_name, code__startswith=base).values_list("code", flat=True))
        return next(code for code in self._codes(base) if code not in taken)

    def _codes(self, base: str) -> Iterator[str]:
        yield base
        yield from (f"{base}-{number}" for number in count(2))


class State(models.TextChoices):
    """Only staff see a draft. A withdrawn record shows its title, the date and the reason, and nothing else."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


NEVER_PUBLIC = _("It was never public, so there is nothing to withdraw. Throw the draft away instead.")
WAS_PUBLIC = _("Readers have seen it: it is withdrawn, with a reason, and not made a draft again.")


class AlwaysPublic(HasCode, models.Model):
    """A row that public pages name from its first day, such as a profession: it has versions, and no other state."""

    version = models.PositiveIntegerField(_("version"), default=0, editable=False)

    state = State.PUBLISHED
    is_withdrawn = False

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")

    def save(self, **kwargs: Any) -> None:
        self.code = self.code or self.free_code()
        if "update_fields" not in kwargs:
            self.version += 1
        super().save(**kwargs)


class RecordQuerySet(models.QuerySet):
    def published(self) -> Self:
        """What the public may see, count, search and download."""
        return self.filter(state=State.PUBLISHED)

    def in_use(self) -> Self:
        """All but the drafts in the bin."""
        return self.filter(discarded_at=None)

    def discarded(self) -> Self:
        """The drafts in the bin, the latest first."""
        return self.exclude(discarded_at=None).order_by("-discarded_at")


class Record(HasCode, models.Model):
    """A record of the partnership: it has a permanent code, a state and notes on its evidence."""

    code = texts.SlugField(
        _("code"),
        max_length=80,
        unique=True,
        help_text=_(
            "The permanent name of this record in data, imports and references, for example library-2. "
            "It can never be changed."
        ),
    )
    slug = texts.SlugField(
        _("address"),
        max_length=80,
        unique=True,
        blank=True,
        help_text=_("The last part of the page’s address. Left empty, it is the code."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(_("first published"), null=True, editable=False)
    discarded_at = models.DateTimeField(_("thrown away"), null=True, editable=False)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawal_reason = translated(
        texts.CharField(
            _("reason for withdrawal"),
            max_length=300,
            blank=True,
            help_text=_("Shown to the public in place of the record. Name no person."),
        )
    )
    note = translated(
        texts.TextField(
            _("note for readers"),
            blank=True,
            help_text=_(
                "What a reader should know about the evidence, for example: The sources disagree on the length."
            ),
        )
    )
    staff_note = texts.TextField(
        _("note for staff"), blank=True, help_text=_("Seen in the admin only, never published.")
    )
    merged_into = models.ForeignKey(
        "self", verbose_name=_("merged into"), on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("last changed"), auto_now=True)

    #: Whether ``permanent_path`` leads to records of this kind.
    has_permanent_url = True
    #: Whether a record has a page of its own, in the sitemap; others are parts of a page.
    has_own_page = False
    #: Whether the open data have a table of this kind, and the feed of new and changed records its entries.
    in_open_data = True

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=State.WITHDRAWN) | models.Q(withdrawn_on__isnull=False),
                name="%(app_label)s_%(class)s_withdrawn_on",
                violation_error_message=_("A withdrawn record needs the date of its withdrawal."),
            ),
            models.CheckConstraint(
                condition=~models.Q(code="") & ~models.Q(slug=""),
                name="%(app_label)s_%(class)s_code",
                violation_error_message=_("A record needs a code and an address."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.WITHDRAWN) | models.Q(published_at__isnull=False),
                name="%(app_label)s_%(class)s_was_public",
                violation_error_message=NEVER_PUBLIC,
            ),
            models.CheckConstraint(
                condition=models.Q(discarded_at__isnull=True) | models.Q(state=State.DRAFT, published_at__isnull=True),
                name="%(app_label)s_%(class)s_discarded",
                violation_error_message=_("Only a draft that was never public can be thrown away."),
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(state=State.PUBLISHED),
                name="%(app_label)s_%(class)s_merged",
                violation_error_message=_("A record that was merged into another is not public itself."),
            ),
        ]

    @classmethod
    def from_db(cls, db, field_names, values) -> Self:
        record = super().from_db(db, field_names, values)
        record._stored_code = record.__dict__.get("code")
        record._stored_slug = record.__dict__.get("slug")
        record._stored_state = record.__dict__.get("state")
        return record

    def clean(self) -> None:
        super().clean()
        self.slug = self.slug or self.code
        if self.code_has_changed:
            raise ValidationError({"code": _("The code of a record never changes. It was “%s”.") % self._stored_code})
        if self.is_withdrawn_unseen:
            raise ValidationError({"state": NEVER_PUBLIC})
        if self.is_hidden_again:
            raise ValidationError({"state": WAS_PUBLIC})
        if self.state != State.WITHDRAWN:
            # Else the next withdrawal would keep the date of this one.
            self.withdrawn_on = None
        elif self.withdrawn_on is None:
            self.withdrawn_on = timezone.localdate()
        if self.state == State.WITHDRAWN and not str(self.withdrawal_reason):
            raise ValidationError({"withdrawal_reason_en": _("Say why the record is withdrawn; readers will see it.")})

    def save(self, **kwargs: Any) -> None:
        """Raises ValueError rather than change a code: editions, data and other sites refer to it.

        And rather than withdraw a draft, which would show its title. What comes as withdrawn from a file was public.
        """
        if self.code_has_changed:
            raise ValueError(f"The code {self._stored_code!r} never changes.")
        if self.is_withdrawn_unseen:
            raise ValueError(f"{self.code!r} was never public: a draft is discarded, not withdrawn.")
        if not self.code:
            self._save_with_free_code(**kwargs)
            return
        self.slug = self.slug or self.code
        if "update_fields" not in kwargs:
            self.version += 1
        if self.state != State.DRAFT and self.published_at is None:
            self.published_at = timezone.now()
        if self.state == State.WITHDRAWN and self.withdrawn_on is None:
            self.withdrawn_on = timezone.localdate()
        super().save(**kwargs)
        if self.published_at and self._stored_slug not in (None, self.slug):
            self._keep_former_address()
        self._stored_slug, self._stored_state = self.slug, self.state

    def _save_with_free_code(self, **kwargs: Any) -> None:
        """Another process may take the same code at the same moment: then the next one is free."""
        version, slug = self.version, self.slug
        while not self.pk:
            self.code = self.free_code()
            try:
                with transaction.atomic():
                    Record.save(self, **kwargs)
            except IntegrityError:
                if not type(self)._default_manager.filter(code=self.code).exists():
                    raise
                self.code, self.version, self.slug = "", version, slug

    def _keep_former_address(self) -> None:
        addresses = apps.get_model("partnership", "FormerAddress").objects
        kind = self._meta.model_name
        addresses.filter(kind=kind, slug=self.slug).delete()
        addresses.update_or_create(kind=kind, slug=self._stored_slug, defaults={"code": self.code})

    _stored_code: str | None = None
    _stored_slug: str | None = None
    _stored_state: str | None = None

    @property
    def is_withdrawn_unseen(self) -> bool:
        """Whether a draft that nobody outside has seen is about to be withdrawn."""
        is_draft = self._stored_state == State.DRAFT and self.published_at is None
        return is_draft and self.state == State.WITHDRAWN

    @property
    def was_public(self) -> bool:
        return self.published_at is not None

    @property
    def is_hidden_again(self) -> bool:
        """Whether what readers have seen is about to become a draft, which they would not be told."""
        was_public = self.published_at is not None and self._stored_state not in (None, State.DRAFT)
        return was_public and self.state == State.DRAFT

    @property
    def code_has_changed(self) -> bool:
        return self._stored_code is not None and self._stored_code != self.code

    def _get_FIELD_display(self, field: Any) -> Any:  # noqa: N802
        """The words of a choice, as Django’s, which translates and hashes every choice of the field for each value."""
        value = getattr(self, field.attname)
        return force_str(dict(field.flatchoices).get(value, value), strings_only=True)

    @property
    def is_published(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == State.WITHDRAWN

    @property
    def survivor(self) -> Self:
        """The record that it was merged into, or itself: what its code and its address lead to."""
        merged_into: Any = self.merged_into
        return merged_into.survivor if merged_into else self

    @property
    def permanent_url(self) -> str:
        """The absolute URL of ``permanent_path``, by which other sites and data refer to the record."""
        return f"{settings.SITE_URL}{permanent_path(str(self._meta.model_name), self.code)}"


def record_models() -> list[type[Record]]:
    """Every kind of record. Raises AppRegistryNotReady before all models are loaded."""
    return [model for model in apps.get_models() if issubclass(model, Record)]


def always_public_models() -> list[type[AlwaysPublic]]:
    return [model for model in apps.get_models() if issubclass(model, AlwaysPublic)]


def last_change() -> datetime.datetime | None:
    """When a record of the open data, draft or not, was last saved; None without records."""
    models_in_data = [model for model in record_models() if model.in_open_data]
    changes = [model._default_manager.aggregate(last=models.Max("modified_at"))["last"] for model in models_in_data]
    return max((change for change in changes if change), default=None)

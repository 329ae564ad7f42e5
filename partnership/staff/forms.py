"""The form of every record in the admin: nothing is overwritten unseen, no figure changes without a reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields.texts import CharFormField, TextFormField
from ..models import Citation, FormerAddress, Revision
from ..publishing import Record, State
from ..record import history, rules
from ..record.duplicates import likely_duplicates
from ..record.personal_data import find_personal_data
from ..record.schemas import SCHEMAS_BY_MODEL_NAME, Schema, reverse_name

#: Further rows of one record are not looked at.
_MOST_ROWS = 1000
#: What no form shows of what could be edited, and why: “model.field”.
NOT_IN_FORM = {"visit.delegates_high": "typed into “delegates”, as a range"}


class RecordForm(forms.ModelForm):
    """A record with the version that its editor saw, and the reason for the change."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = CharFormField(
        label=gettext_lazy("Reason for the change"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Readers see it in the list of changes. Needed when a published figure changes, for example: "
            "The travel report has been found."
        ),
    )
    allowed_because = CharFormField(
        label=gettext_lazy("Why personal data may stand here"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Only if you are asked for it. For example: mayor, named in office."),
    )

    right_because = CharFormField(
        label=gettext_lazy("Why it is right all the same"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Only if you are asked about something doubtful. For example: the source says so on p. 3."
        ),
    )

    another = forms.BooleanField(
        label=gettext_lazy("It is another one"),
        required=False,
        help_text=gettext_lazy("Tick when you have looked at the records named above, and this is none of them."),
    )
    comment = TextFormField(
        label=gettext_lazy("Message to the author"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Sent by e-mail when you publish the draft or return it; on a returned draft it stands at the top."
        ),
    )

    #: The names of the fields above that the page shows below all others; the admin adds those that are asked for.
    extra_fields: tuple[str, ...] = ("reason", "allowed_because", "right_because", "another", "comment")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_version"] = self.versioned.version

    def _published_at(self) -> Any:
        """When readers first saw the record, or what it is part of."""
        return getattr(self.instance, "published_at", None) or getattr(self.versioned, "published_at", None)

    @property
    def versioned(self) -> Record:
        """The record whose version tells whether someone else has saved: a statement goes with its claim."""
        return getattr(self.instance, "claim", None) or self.instance

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "state" in self.changed_data and rules.withdraws_unseen(cleaned.get("state", ""), self._published_at()):
            self.add_error("state", rules.NEVER_PUBLIC)
        if self.instance.pk:
            self._refuse_unseen_version(cleaned.get("seen_version"))
            self._ask_for_a_reason(cleaned)
        if not cleaned.get("allowed_because", "").strip():
            ask_about_people(self, self.extra_fields)
        if not cleaned.get("right_because", "").strip():
            self._ask_about_doubts(cleaned)
        if self.is_returned and not cleaned.get("comment", "").strip():
            self.add_error("comment", _("Say what its author should do before it can be published."))
        return cleaned

    def clean_slug(self) -> str:
        """An address that led to another record leads there for ever."""
        slug = self.cleaned_data["slug"]
        former = FormerAddress.objects.filter(kind=self.instance._meta.model_name, slug=slug)
        if slug and former.exclude(code=self.instance.code).exists():
            raise ValidationError(_("This address led to another record, and still does. Choose another one."))
        return slug

    @property
    def is_returned(self) -> bool:
        return "_return" in self.data

    def _refuse_unseen_version(self, seen: int | None) -> None:
        """Someone else has saved meanwhile: say what, keep what was typed, and let it be saved after a look."""
        versioned = self.versioned
        stored = type(versioned)._default_manager.select_for_update().filter(pk=versioned.pk)
        current = stored.values_list("version", flat=True).first()
        if seen is None or current is None or seen == current:
            return
        # The next save is made in the knowledge of this version.
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix("seen_version")] = str(current)
        self.data = data
        raise ValidationError(
            _(
                "While you were writing, this record was changed by %(who)s. Changed: %(what)s. Nothing of yours is "
                "lost: it stands below. Look at both; if you save again, what you wrote replaces that."
            )
            % _meanwhile(versioned, seen),
            code="conflict",
        )

    def _ask_for_a_reason(self, cleaned: dict[str, Any]) -> None:
        stored = _stored(self.instance)
        if stored is None or stored.state != State.PUBLISHED or cleaned.get("reason", "").strip():
            return
        # A field that could not be read has an error of its own.
        before = {name: getattr(stored, name) for name in cleaned if hasattr(stored, name)}
        if rules.changed_figures(type(stored), before, cleaned):
            self.add_error("reason", _("A published figure changes. Say why; readers will see it."))

    def _ask_about_doubts(self, cleaned: dict[str, Any]) -> None:
        """Asks about likely slips, in the record and in the rows below it, that were not there before."""
        schema = SCHEMAS_BY_MODEL_NAME[self.instance._meta.model_name]
        before = history.snapshot(self.instance) if self.instance.pk else {}
        text = {key: _as_text(cleaned[key]) if key in cleaned else before.get(key) for key in schema.keys}
        for key in rules.ROWS.keys() & schema.rows.keys():
            text[key] = self._posted_rows(schema.rows[key], rules.ROWS[key], before.get(key, []))
        for doubt in rules.new_doubts(schema, before, text):
            # What stands in a row is asked about above the form.
            name = doubt.key if doubt.key in self.fields else None
            self.add_error(name, ValidationError(doubt.question, code="doubt"))

    def _posted_rows(self, schema: Schema, keys: Iterable[str], stored: Any) -> Any:
        """The rows below the record as they were sent; those that the form does not show are as they were."""
        prefix = reverse_name(schema)
        count = str(self.data.get(f"{prefix}-TOTAL_FORMS", ""))
        if not count.isdecimal():
            return stored
        rows = []
        for number in range(min(int(count), _MOST_ROWS)):
            row = {key: self.data.get(f"{prefix}-{number}-{key}", "").strip() for key in keys}
            if not self.data.get(f"{prefix}-{number}-DELETE") and any(row.values()):
                rows.append({key: _code_of(schema, key, value) for key, value in row.items()})
        return rows

    def _post_clean(self) -> None:
        """Only a record that is sound in itself is compared with others."""
        super()._post_clean()  # type: ignore[misc]
        if not self.instance.pk and not self.errors:
            self._ask_about_duplicates(self.cleaned_data)

    def _ask_about_duplicates(self, cleaned: dict[str, Any]) -> None:
        """Another record may be the same thing: it is linked, and a tick says that it is not."""
        if cleaned.get("another"):
            return
        duplicates = likely_duplicates(self.instance, self._partners(cleaned))
        if duplicates:
            pairs = [(_form_url(record), record) for record in duplicates]
            links = format_html_join(", ", '<a href="{}" target="_blank">{}</a>', pairs)
            message = format_html(_("There may be a record of this already: {}. Compare, then go on here."), links)
            self.add_error("another", ValidationError(message, code="duplicate"))

    def _partners(self, cleaned: dict[str, Any]) -> set[int]:
        """The keys of the partners that the form names, in its own fields or in the rows below it."""
        named = {partner.pk for name in ("hosts", "guests") for partner in cleaned.get(name) or []}
        rows = {value for key, value in self.data.items() if re.fullmatch(r"participations-\d+-partner", key)}
        return named | {int(value) for value in rows if str(value).isdecimal()}

    def overruling(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        """The fields that overrule a warning which has been given, here or in one of the rows of the record."""
        codes = {error.code for form in (self, *rows) for errors in form.errors.as_data().values() for error in errors}
        warnings = {"allowed_because": "personal", "right_because": "doubt", "another": "duplicate"}
        return {name for name, code in warnings.items() if code in codes or self.data.get(self.add_prefix(name))}

    @property
    def full_reason(self) -> str:
        return rules.full_reason(
            *(self.cleaned_data.get(name, "") for name in ("reason", "allowed_because", "right_because"))
        )


def _code_of(schema: Schema, key: str, value: str) -> str:
    """The code of the record that was chosen in a row; any other value as it was typed."""
    if not schema.is_reference(key) or not value.isdecimal():
        return value
    chosen = schema.field(key).related_model._default_manager.filter(pk=value)
    return chosen.values_list("code", flat=True).first() or ""


def _as_text(value: Any) -> Any:
    """A value of a form as the text form of a record has it."""
    if isinstance(value, models.QuerySet):
        return [related.code for related in value]
    return "" if value is None else str(getattr(value, "code", value))


def ask_about_people(form: forms.ModelForm, but: Collection[str] = ()) -> None:
    """Refuses each text that was changed and seems to hold personal data, in all fields ``but`` these."""
    for name in form.changed_data:
        is_text = name in form.fields and isinstance(form.fields[name], forms.CharField)
        if name in but or not is_text or not _is_prose(form.instance, name):
            continue
        if passage := next(find_personal_data(str(form.cleaned_data.get(name) or "")), ""):
            form.add_error(name, ValidationError(rules.PERSONAL_DATA % {"passage": passage}, code="personal"))


def _stored(record: models.Model) -> Any:
    """The record as it is in the database; None for a new one."""
    return type(record)._default_manager.filter(pk=record.pk).first() if record.pk else None


def _form_url(record: models.Model) -> str:
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def _is_prose(record: models.Model, name: str) -> bool:
    try:
        return rules.is_prose(record._meta.get_field(name))
    except FieldDoesNotExist:
        return False


def _meanwhile(record: Record, seen: int) -> dict[str, str]:
    revisions = list(Revision.objects.of(record).filter(version__gt=seen).select_related("partner").order_by("pk"))
    people = [str(revision.partner.brief) if revision.partner else _("someone") for revision in revisions]
    before = Revision.objects.of(record).filter(version__lte=seen).order_by("-pk").first()
    if not revisions or before is None:
        return {"who": people[0] if people else _("someone"), "what": _("it is not known what")}
    changed = history.differences(record, before.content, revisions[-1].content)
    what = "; ".join(f"{change.label}: {change.before or '–'} → {change.after or '–'}" for change in changed)
    return {"who": ", ".join(dict.fromkeys(people)), "what": what or _("nothing that is still so")}


class RecordFormSet(BaseInlineFormSet):
    """Rows of a record, held to the same rules as the record itself."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """In a table the heading is no label: the tick that takes a row away says its own name."""
        super().add_fields(form, index)
        if DELETION_FIELD_NAME in form.fields:
            tick = form.fields[DELETION_FIELD_NAME]
            tick.widget.attrs["aria-label"] = tick.label

    def clean(self) -> None:
        super().clean()
        rows = [form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")]
        self._need_a_source(rows)
        self._need_a_reason(rows)
        for form in rows:
            if not self.data.get("allowed_because", "").strip():
                ask_about_people(form)
            row = form.instance
            if isinstance(row, Record) and row.pk is None and form.has_changed() and row.state == State.PUBLISHED:
                form.add_error("state", _("Save it as a draft first; it needs a source, which its own page asks for."))

    def _need_a_source(self, rows: list[forms.ModelForm]) -> None:
        holds_sources = self.model is not None and issubclass(self.model, Citation)
        sources = [form.cleaned_data.get("source") for form in rows]
        if holds_sources and rules.lacks_source(getattr(self.instance, "state", ""), sources):
            raise ValidationError(rules.NEEDS_A_SOURCE)

    def _need_a_reason(self, rows: list[forms.ModelForm]) -> None:
        model: Any = self.model
        stored = _stored(self.instance) if rules.figures_of(model) else None
        if stored is None or stored.state != State.PUBLISHED or self.data.get("reason", "").strip():
            return
        schema = SCHEMAS_BY_MODEL_NAME[model._meta.model_name]
        parent = {self.fk.name: stored}
        before = [rules.figures_in_row(schema, row) for row in model._default_manager.filter(**parent)]
        after = [rules.figures_in_row(schema, form.instance) for form in rows if form.has_changed() or form.instance.pk]
        if rules.rows_change_figures(schema, before, after):
            raise ValidationError(_("A published figure changes here. Say why, under “Reason for the change”."))

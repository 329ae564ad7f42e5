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

from ..models import Citation, Revision
from ..publishing import Record, State
from ..record import history
from .duplicates import likely_duplicates
from .personal_data import find_personal_data


class RecordForm(forms.ModelForm):
    """A record with the version that its editor saw, and the reason for the change."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Readers see it in the list of changes. Needed when a published figure changes, for example: "
            "The travel report has been found."
        ),
    )
    allowed_because = forms.CharField(
        label=gettext_lazy("Why personal data may stand here"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Only if you are asked for it. For example: mayor, named in office."),
    )

    another = forms.BooleanField(
        label=gettext_lazy("It is another one"),
        required=False,
        help_text=gettext_lazy("Tick when you have looked at the records named above, and this is none of them."),
    )
    comment = forms.CharField(
        label=gettext_lazy("Message to the author"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Sent by e-mail when you publish the draft or return it; on a returned draft it stands at the top."
        ),
    )

    #: The names of the fields above that the page shows below all others; the admin adds those that are asked for.
    extra_fields = ("reason", "allowed_because", "another", "comment")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_version"] = self.versioned.version

    @property
    def versioned(self) -> Record:
        """The record whose version tells whether someone else has saved: a statement goes with its claim."""
        return getattr(self.instance, "claim", None) or self.instance

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk:
            self._refuse_what_was_not_seen(cleaned.get("seen_version"))
            self._ask_for_a_reason(cleaned.get("reason", ""))
        if not cleaned.get("allowed_because", "").strip():
            ask_about_people(self, self.extra_fields)
        if self.is_returned and not cleaned.get("comment", "").strip():
            self.add_error("comment", _("Say what its author should do before it can be published."))
        return cleaned

    @property
    def is_returned(self) -> bool:
        return "_return" in self.data

    def _refuse_what_was_not_seen(self, seen: int | None) -> None:
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

    def _ask_for_a_reason(self, reason: str) -> None:
        stored = (
            type(self.instance)._default_manager.filter(pk=self.instance.pk).values_list("state", flat=True).first()
        )
        figures = set(self.changed_data) & set(getattr(self.instance, "figures", ()))
        if stored == State.PUBLISHED and figures and not reason.strip():
            self.add_error("reason", _("A published figure changes. Say why; readers will see it."))

    def _post_clean(self) -> None:
        """Only a record that is sound in itself is compared with others."""
        super()._post_clean()  # type: ignore[misc]
        if not self.instance.pk and not self.errors:
            self._ask_about_twins(self.cleaned_data)

    def _ask_about_twins(self, cleaned: dict[str, Any]) -> None:
        """Another record may be the same thing: it is linked, and a tick says that it is not."""
        if cleaned.get("another"):
            return
        twins = likely_duplicates(self.instance, self._partners(cleaned))
        if twins:
            pairs = [(_form_of(one), one) for one in twins]
            links = format_html_join(", ", '<a href="{}" target="_blank">{}</a>', pairs)
            message = format_html(_("There may be a record of this already: {}. Compare, then go on here."), links)
            self.add_error("another", ValidationError(message, code="twin"))

    def _partners(self, cleaned: dict[str, Any]) -> set[int]:
        """The keys of the bodies that the form names, in its own fields or in the rows below it."""
        named = {partner.pk for name in ("hosts", "guests") for partner in cleaned.get(name) or []}
        rows = {value for key, value in self.data.items() if re.fullmatch(r"participations-\d+-partner", key)}
        return named | {int(value) for value in rows if str(value).isdecimal()}

    def asked_for(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        """The fields that overrule a warning which has been given, here or in one of the rows of the record."""
        codes = {error.code for form in (self, *rows) for errors in form.errors.as_data().values() for error in errors}
        asked = {"allowed_because": "personal", "another": "twin"}
        return {name for name, code in asked.items() if code in codes or self.data.get(self.add_prefix(name))}

    @property
    def whole_reason(self) -> str:
        allowed = self.cleaned_data.get("allowed_because", "")
        reason = self.cleaned_data.get("reason", "")
        if not allowed:
            return reason
        return " ".join(part for part in (reason, _("Personal data: %(why)s") % {"why": allowed}) if part)[:300]


def ask_about_people(form: forms.ModelForm, but: Collection[str] = ()) -> None:
    """Refuses each text that was changed and seems to hold personal data, in all fields ``but`` these."""
    for name in form.changed_data:
        is_text = name in form.fields and isinstance(form.fields[name], forms.CharField)
        if name in but or not is_text or _holds_addresses(form.instance, name):
            continue
        passages = list(find_personal_data(str(form.cleaned_data.get(name) or "")))
        if passages:
            message = _("“%(passage)s” looks like personal data. Take it out, or say below why it may stand here.")
            form.add_error(name, ValidationError(message % {"passage": passages[0]}, code="personal"))


def _form_of(record: models.Model) -> str:
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def _holds_addresses(record: models.Model, name: str) -> bool:
    """Web addresses and codes hold no prose."""
    try:
        found = record._meta.get_field(name)
    except FieldDoesNotExist:
        return True
    return isinstance(found, (models.URLField, models.SlugField))


def _meanwhile(record: Record, seen: int) -> dict[str, str]:
    revisions = list(Revision.objects.of(record).filter(version__gt=seen).select_related("partner").order_by("pk"))
    people = [str(one.partner.brief) if one.partner else _("someone") for one in revisions]
    before = Revision.objects.of(record).filter(version__lte=seen).order_by("-pk").first()
    if not revisions or before is None:
        return {"who": people[0] if people else _("someone"), "what": _("it is not known what")}
    changed = history.differences(record, before.content, revisions[-1].content)
    what = "; ".join(f"{one.label}: {one.before or '–'} → {one.after or '–'}" for one in changed)
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
        kept = [form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")]
        self._need_a_source(kept)
        self._need_a_reason(kept)
        for form in kept:
            if not self.data.get("allowed_because", "").strip():
                ask_about_people(form)
            row = form.instance
            if isinstance(row, Record) and row.pk is None and form.has_changed() and row.state == State.PUBLISHED:
                form.add_error("state", _("Save it as a draft first; it needs a source, which its own page asks for."))

    def _need_a_source(self, kept: list[forms.ModelForm]) -> None:
        is_public = getattr(self.instance, "state", "") == State.PUBLISHED
        holds_sources = self.model is not None and issubclass(self.model, Citation)
        if holds_sources and is_public and not any(form.cleaned_data.get("source") for form in kept):
            raise ValidationError(_("What is published needs at least one source. Add it here, or keep it a draft."))

    def _need_a_reason(self, kept: list[forms.ModelForm]) -> None:
        figures = set(getattr(self.model, "figures", ()))
        stored = None
        if figures and self.instance.pk:
            manager = type(self.instance)._default_manager
            stored = manager.filter(pk=self.instance.pk).values_list("state", flat=True).first()
        if stored != State.PUBLISHED or self.data.get("reason", "").strip():
            return
        for form in kept:
            if form.instance.pk and figures & set(form.changed_data):
                raise ValidationError(_("A published figure changes here. Say why, under “Reason for the change”."))

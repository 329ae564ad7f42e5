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
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields.forms import ReadingField, ReadingInput
from ..fields.texts import CharFormField, TextFormField
from ..models import Citation, FormerAddress, Partner
from ..publishing import Record, State
from ..record import history, rules
from ..record.duplicates import likely_duplicates
from ..record.links import left_behind
from ..record.personal_data import find_personal_data
from ..record.schemas import SCHEMAS_BY_MODEL_NAME, Schema, in_full, reverse_name, serialize
from .autocomplete import folded, keys_by_name
from .conflicts import Conflict, Joined, Meanwhile, as_posted, at_base, both_texts, in_words, label_of

#: Further rows of one record are not looked at.
_MOST_ROWS = 1000
#: What no form shows of what could be edited, and why: “model.field”, or “field” of every model.
NOT_IN_FORM = {
    "visit.delegates_high": "typed into “delegates”, as a range",
    "merged_into": "records are merged on a page of its own",
    "criterion.code": "made from the name",
}


#: The fields that answer a warning, by its code.
ANSWERS = {"personal": "allowed_because", "doubt": "right_because", "duplicate": "another", "leaves": "leaves"}


class RecordForm(forms.ModelForm):
    """A record with the version that its editor saw, and the reason for the change."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    #: The version with which this form was compared when it asked about fields that two have changed.
    asked_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
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
    leaves = forms.BooleanField(
        label=gettext_lazy("I have seen what it leaves behind"),
        required=False,
        help_text=gettext_lazy("Only if you are asked for it: public records that name what you withdraw."),
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
    extra_fields: tuple[str, ...] = ("reason", "allowed_because", "right_because", "another", "leaves", "comment")

    #: Fields that say something of the saving and nothing of the record.
    _about_saving = frozenset({"seen_version", "asked_version", "code", *extra_fields})

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.is_reopened = self.is_reopened or "_show" in self.data
        self.conflicts: list[Conflict] = []
        self.joined: list[Joined] = []
        if self.instance.pk:
            self.initial["seen_version"] = self.versioned.version
        self._leave_states_that_can_be()
        for field in self.fields.values():
            if isinstance(field, ReadingField):
                field.leaves_doubts = True

    def _leave_states_that_can_be(self) -> None:
        """What was never public is thrown away, not withdrawn; what was public is withdrawn, and no draft again."""
        state: Any = self.fields.get("state")
        if not state or not hasattr(self.instance, "was_public"):
            return
        cannot = State.DRAFT if self.instance.was_public else State.WITHDRAWN
        state.choices = [choice for choice in state.choices if choice[0] != cannot or cannot == self.instance.state]

    #: Whether the form is shown again as it was once sent, without being sent now.
    is_reopened = False
    #: The photographs that are sent with it, where its record can have some.
    photographs: Any = None

    def is_valid(self) -> bool:
        """Asks of everything at once: all that keeps it from being saved is named together."""
        are_photographs_good = self.photographs is None or not self.is_bound or self.photographs.is_valid()
        return super().is_valid() and are_photographs_good and not self.is_reopened

    def is_multipart(self) -> bool:
        return self.photographs is not None or super().is_multipart()

    @property
    def versioned(self) -> Record:
        """The record whose version tells whether someone else has saved: a statement goes with its claim."""
        return getattr(self.instance, "claim", None) or self.instance

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk:
            self._join(cleaned.get("seen_version"))
            self._ask_for_a_reason(cleaned)
            self._ask_about_what_is_left(cleaned)
        if not cleaned.get("allowed_because", "").strip():
            ask_about_people(self, self.extra_fields)
        if not cleaned.get("right_because", "").strip():
            self._ask_about_doubts(cleaned)
        if (url := self.data.get("_saved_before")) and not cleaned.get("another"):
            words = _("This form is saved already, as {}. Go on there; what you have changed since is not saved.")
            link = format_html('<a href="{}">{}</a>', url, _("this record"))
            self.add_error("another", ValidationError(format_html(words, link), code="duplicate"))
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

    def _join(self, seen: int | None) -> None:
        """Someone else has saved meanwhile: what only they have touched stands as they left it, the same is asked."""
        versioned = self.versioned
        versions = type(versioned)._default_manager.select_for_update().filter(pk=versioned.pk)
        current = versions.values_list("version", flat=True).first()
        if seen is None or current is None or seen == current:
            return
        self.meanwhile = Meanwhile(versioned, seen)
        if not self.meanwhile.is_known:
            self._put("seen_version", [str(current)])
            message = _(
                "While you were writing, this record was changed by %(who)s. Nothing of yours is lost: it stands "
                "below. Look at both; if you save again, what you wrote replaces that."
            )
            raise ValidationError(message % {"who": self.meanwhile.people}, code="conflict")
        # What was chosen holds for the version that was shown; another has to be looked at anew.
        is_answer = self.data.get("asked_version") == str(current)
        self._put("asked_version", [str(current)])
        self._join_fields(is_answer=is_answer)
        if self.conflicts:
            raise ValidationError(
                _("%(who)s has written in the same field. Choose what holds; nothing of yours is lost."),
                params={"who": self.meanwhile.people},
                code="conflict",
            )

    def _join_fields(self, *, is_answer: bool) -> None:
        stored: Any = _stored(self.instance)
        past, many = at_base(self.instance, self.meanwhile.content_of(self.instance))
        base, theirs = type(self)(instance=past), type(self)(instance=stored)
        base.initial.update(many)
        for name, field in self.fields.items():
            if name in self._about_saving or isinstance(field, forms.FileField):
                continue
            before, after, data = base.initial.get(name), theirs.initial.get(name), self[name].data
            if as_posted(field, before) == as_posted(field, after) or not field.has_changed(after, data):
                continue
            if not field.has_changed(before, data):
                self._adopt(name, stored, after)
                self.joined.append(Joined(label_of(field, name), in_words(field, before), in_words(field, after)))
            else:
                self._ask(name, stored, before, after, is_answer=is_answer)

    def _ask(self, name: str, stored: Any, before: Any, after: Any, *, is_answer: bool) -> None:
        """Asks about a field that two have changed, or does what was chosen."""
        field = self.fields[name]
        is_text = isinstance(field, forms.CharField) and not isinstance(field.widget, ReadingInput)
        mine, theirs = in_words(field, self.cleaned_data.get(name)), in_words(field, after)
        chosen = self.data.get(f"chosen-{name}", "") if is_answer else ""
        both = self.data.get(f"both-{name}", "") if is_answer else ""
        if chosen == "theirs":
            self._adopt(name, stored, after)
        elif chosen == "both" and is_text:
            self.cleaned_data[name] = both
            self._put(name, [both])
        elif chosen != "mine":
            was = in_words(field, before)
            language = str(field.widget.attrs.get("lang", ""))
            both = both or (both_texts(was, mine, theirs) if is_text else "")
            conflict = Conflict(name, label_of(field, name), was, mine, theirs, chosen, both, is_text, language)
            self.conflicts.append(conflict)

    def _adopt(self, name: str, stored: Any, value: Any) -> None:
        """What the colleague saved stands, in what is saved now and in the form if it is shown again."""
        adopted = getattr(stored, name)
        self.cleaned_data[name] = adopted.all() if hasattr(adopted, "all") else adopted
        self._put(name, as_posted(self.fields[name], value))

    def _put(self, name: str, values: list[str]) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        for key in [key for key in data if key.startswith(f"{self.add_prefix(name)}_")]:
            if key.rpartition("_")[2] in {"reading", "pick"}:
                del data[key]
        data.pop(f"{self.add_prefix(name)}-name", None)
        data.setlist(self.add_prefix(name), values)
        self.data = data

    def _ask_for_a_reason(self, cleaned: dict[str, Any]) -> None:
        stored = _stored(self.instance)
        if stored is None or stored.state != State.PUBLISHED or cleaned.get("reason", "").strip():
            return
        # A field that could not be read has an error of its own.
        before = {name: getattr(stored, name) for name in cleaned if hasattr(stored, name)}
        if rules.changed_figures(type(stored), before, cleaned):
            self.add_error("reason", _("A published figure changes. Say why; readers will see it."))

    def _ask_about_what_is_left(self, cleaned: dict[str, Any]) -> None:
        """Public records may rest on what is withdrawn: they are linked, and a tick says that this was seen."""
        stored = _stored(self.instance)
        is_withdrawn_now = cleaned.get("state") == State.WITHDRAWN and stored.state == State.PUBLISHED
        if not is_withdrawn_now or cleaned.get("leaves"):
            return
        if left := left_behind(stored):
            pairs = [(_form_url(record), f"{record} ({why})" if why else record) for record, why in left]
            links = format_html_join(", ", '<a href="{}" target="_blank">{}</a>', pairs)
            message = format_html(_("These public records name it: {}. Look at them, then go on here."), links)
            self.add_error("leaves", ValidationError(message, code="leaves"))

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
        typed = [
            folded(value)
            for key, value in self.data.items()
            if re.fullmatch(r"participations-\d+-partner-name", key) and value.strip()
        ]
        meant = keys_by_name(Partner.objects.in_use()) if typed else {}
        named = named.union(*(meant[name] for name in typed if len(meant.get(name, ())) == 1))
        return named | {int(value) for value in rows if str(value).isdecimal()}

    def overruling(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        """The fields that overrule a warning which has been given, here or in one of the rows of the record."""
        codes = {error.code for form in (self, *rows) for errors in form.errors.as_data().values() for error in errors}
        return {name for code, name in ANSWERS.items() if code in codes or self.data.get(self.add_prefix(name))}

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


class RecordFormSet(BaseInlineFormSet):
    """Rows of a record, held to the same rules as the record itself."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """In a table the heading is no label: the tick that takes a row away says its own name."""
        super().add_fields(form, index)
        if DELETION_FIELD_NAME in form.fields:
            tick = form.fields[DELETION_FIELD_NAME]
            tick.widget.attrs["aria-label"] = tick.label

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.conflicts: list[Conflict] = []

    def _construct_form(self, i: int, **kwargs: Any) -> forms.ModelForm:
        """A row that a colleague has taken away meanwhile has no key any more; one just asked for has its defaults."""
        prefix = f"{self.add_prefix(i)}-"
        if "_show" in self.data and not any(name.startswith(prefix) for name in self.data):
            kwargs["data"] = self._with_defaults(prefix)
        form = super()._construct_form(i, label_suffix="", **kwargs)  # type: ignore[misc]
        if self.is_bound and i < self.initial_form_count() and form.instance.pk is None:
            key = form.fields[self._pk_field.name]  # type: ignore[attr-defined]
            key.disabled, key.required = True, False
        return form

    def _with_defaults(self, prefix: str) -> Any:
        data: Any = self.data
        blank, data = self.empty_form, data.copy()
        for name, field in blank.fields.items():
            if value := blank.get_initial_for_field(field, name):
                data[f"{prefix}{name}"] = value
        return data

    @cached_property
    def _meanwhile(self) -> Meanwhile | None:
        """What colleagues have saved since this form was opened; None where nobody has."""
        seen = str(self.data.get("seen_version", ""))
        versioned = getattr(self.instance, "claim", None) or self.instance
        if not versioned.pk or not seen.isdecimal():
            return None
        current = type(versioned)._default_manager.values_list("version", flat=True).get(pk=versioned.pk)
        meanwhile = Meanwhile(versioned, int(seen)) if current != int(seen) else None
        return meanwhile if meanwhile and meanwhile.is_known else None

    @cached_property
    def _schema(self) -> tuple[str, Schema] | None:
        """The key under which these rows stand in the text of their record, and what they look like there."""
        schema = SCHEMAS_BY_MODEL_NAME.get(str(self.instance._meta.model_name))
        inner = schema.rows.items() if schema else ()
        return next(((key, rows) for key, rows in inner if rows.model is self.model), None)

    def full_clean(self) -> None:
        """A row that the colleague took away and nobody else touched is gone; one that is changed here is a new one."""
        super().full_clean()
        if self.is_bound and self._meanwhile and self._schema:
            for form in self.initial_forms:
                if form not in self.deleted_forms:
                    self._join_row(form)

    def save_new_objects(self, commit: bool = True) -> list[Any]:
        """A row that the colleague took away and that was changed here is one of its own."""
        saved = super().save_new_objects(commit)
        orphans = [form for form in self.initial_forms if form.instance.pk is None and form.has_changed()]
        for form in orphans:
            if form not in self.deleted_forms:
                saved.append(self.save_new(form, commit=commit))
        return saved

    def _join_row(self, form: forms.ModelForm) -> None:
        """A row that only the colleague changed stands as they left it; one that both changed is asked about."""
        key, schema = self._schema or ("", None)
        if self._meanwhile is None or schema is None or not hasattr(form, "cleaned_data") or not form.has_changed():
            return
        before = self._meanwhile.rows_of(schema, key)
        stored = _stored(form.instance)
        mine = in_full(schema, serialize(schema, form.instance)) if form.is_valid() else {}
        own = {name: value for name, value in mine.items() if name not in schema.rows}
        bases = [{name: value for name, value in row.items() if name not in schema.rows} for row in before]
        saved = in_full(schema, serialize(schema, stored)) if stored else {}
        theirs = {name: value for name, value in saved.items() if name not in schema.rows}
        if own in bases:
            form.__dict__["changed_data"] = []
        elif theirs not in bases and own != theirs:
            self._ask(form, mine, saved)

    def _ask(self, form: forms.ModelForm, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
        is_answer = self.data.get("asked_version") == self._asked_version
        chosen = self.data.get(f"chosen-{form.prefix}", "") if is_answer else ""
        if chosen == "theirs":
            form.__dict__["changed_data"] = []
        elif chosen != "mine":
            model: Any = self.model
            label = str(model._meta.verbose_name)
            ours, others = (history.row_in_words({k: v for k, v in row.items() if v}) for row in (mine, theirs))
            self.conflicts.append(Conflict(str(form.prefix), capfirst(label), "", ours, others))
            self._non_form_errors.append(  # type: ignore[attr-defined]
                ValidationError(_("Two have changed the same row. Choose what holds."), code="conflict")
            )

    @property
    def _asked_version(self) -> str:
        if self._meanwhile is None:
            return ""
        versioned = self._meanwhile.record
        return str(type(versioned)._default_manager.values_list("version", flat=True).get(pk=versioned.pk))

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
        if holds_sources and (
            hidden := rules.hidden_sources(getattr(self.instance, "state", ""), filter(None, sources))
        ):
            raise ValidationError(rules.HIDDEN_SOURCES % {"source": hidden[0]})

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

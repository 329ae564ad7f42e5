"""The autocompletion of related records in the admin, and the field beside it that takes a name without script."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..fields import texts
from ..fields.translated import language_columns
from ..models import Partner, Photo

#: The columns by which a record is called, where its kind has them.
_NAMES = [
    *("code", "title_original", "title", "award"),
    *(column for name in ("name", "short_name", "title", "label", "alt") for column in language_columns(name)),
]


class RecordAutocompleteView(AutocompleteJsonView):
    """Adds to a partner the former name that matched the search term, and to a photograph its picture."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        term = self.term.casefold()
        if isinstance(obj, Partner) and term and term not in result["text"].casefold():
            names = [str(former_name.name) for former_name in obj.former_names.all()]
            matches = [name for name in names if term in name.casefold()]
            if matches:
                result["text"] += f" ({matches[0]})"
        user: Any = self.request.user
        if isinstance(obj, Photo) and obj.file and not user.works_outside_the_eu:
            result["thumb"] = reverse("admin:partnership_photo_kept", args=[obj.pk])
        return result


def folded(text: str) -> str:
    return " ".join(texts.clean(text).casefold().split())


def keys_by_name(records: Any) -> dict[str, set[Any]]:
    """The keys of records by each of their folded names, in all languages; a code means its own record alone."""
    columns = {column.name for column in records.model._meta.fields}
    names = [name for name in _NAMES if name in columns]
    if records.model is Partner:
        names += [f"former_names__{column}" for name in ("name", "short_name") for column in language_columns(name)]
    keys: dict[str, set[Any]] = defaultdict(set)
    codes = {}
    for key, code, *others in records.order_by().prefetch_related(None).values_list("pk", *names):
        codes[folded(code)] = {key}
        for name in filter(None, others):
            keys[folded(name)].add(key)
    return {**keys, **codes}


class _NameInput:
    """Adds to the select a field for names, for who has no script. What it names is chosen as if it had been picked."""

    field: Any
    admin_site: Any
    allow_multiple_selected: bool
    request: HttpRequest
    #: What was typed and means no record, and why.
    typed = ""
    errors: tuple[ValidationError, ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value: Any = super().value_from_datadict(data, files, name)  # type: ignore[misc]
        self.typed, self.errors = data.get(f"{name}-name", "").strip(), ()
        if not self.typed:
            return value
        keys, errors = [], []
        for text in self._parts():
            try:
                keys.append(str(self._find(text)))
            except ValidationError as error:
                errors.append(error)
        if errors:
            self.errors = tuple(errors)
            return value
        self.typed = ""
        return list(dict.fromkeys([*value, *keys])) if self.allow_multiple_selected else keys[0]

    def _parts(self) -> list[str]:
        """A title may hold a semicolon itself."""
        if not self.allow_multiple_selected:
            return [self.typed]
        lines = [line for line in self.typed.splitlines() if line.strip()]
        parts = [[line] if folded(line) in self._keys else line.split(";") for line in lines]
        return [part.strip() for names in parts for part in names if part.strip()]

    @property
    def _records(self) -> Any:
        """Those that the autocompletion would offer."""
        model_admin = self.admin_site.get_model_admin(self.field.remote_field.model)
        records = model_admin.get_queryset(self.request).complex_filter(self.field.get_limit_choices_to())
        return records if model_admin.has_view_permission(self.request) else records.none()

    @property
    def _keys(self) -> dict[str, set[Any]]:
        """Read once for all fields of a request that lead to the same records."""
        read = self.request.__dict__.setdefault("_keys_by_name", {})
        kind = (self.field.remote_field.model, str(self.field.get_limit_choices_to()))
        if kind not in read:
            read[kind] = keys_by_name(self._records)
        return read[kind]

    def _find(self, text: str) -> Any:
        keys = self._keys.get(folded(text), set())
        if len(keys) == 1:
            return next(iter(keys))
        words = {"kinds": self.field.remote_field.model._meta.verbose_name_plural, "name": text}
        if not keys:
            raise ValidationError(_("No record among the %(kinds)s has the name or code “%(name)s”.") % words)
        words["records"] = ", ".join(f"{record} ({record.code})" for record in self._records.filter(pk__in=keys))
        raise ValidationError(
            _("Several records among the %(kinds)s are called “%(name)s”: %(records)s. Write the code.") % words
        )

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        select = super().render(name, value, attrs, renderer)  # type: ignore[misc]
        attrs = attrs or {}
        own: dict[str, Any] = {"id": f"{attrs.get('id', name)}-name", "name": f"{name}-name", "autocomplete": "off"}
        own |= {key: attrs[key] for key in ("aria-describedby", "aria-invalid") if key in attrs}
        label = {"field": capfirst(self.field.verbose_name)}
        if self.allow_multiple_selected:
            words = _("%(field)s, by name or code, one per line") % label
            control = format_html('<textarea rows="2"{}>\n{}</textarea>', flatatt(own), self.typed)
        else:
            words = _("%(field)s, by name or code") % label
            control = format_html('<input type="text"{}>', flatatt({**own, "value": self.typed}))
        typing = format_html('<label for="{}">{}</label>{}', own["id"], words, control)
        return format_html('{}<noscript class="by-name">{}</noscript>', select, typing)


class NamedSelect(_NameInput, AutocompleteSelect):
    pass


class NamedSelectMultiple(_NameInput, AutocompleteSelectMultiple):
    pass


class _NamedField:
    """A choice that fails where its widget could not find what was typed; such a row is not empty."""

    widget: Any

    @property
    def _typing(self) -> Any:
        return getattr(self.widget, "widget", self.widget)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self._typing.errors) or super().has_changed(initial, data)  # type: ignore[misc]

    def clean(self, value: Any) -> Any:
        if self._typing.errors:
            raise ValidationError(list(self._typing.errors))
        return super().clean(value)  # type: ignore[misc]


class NamedChoiceField(_NamedField, forms.ModelChoiceField):
    pass


class NamedMultipleChoiceField(_NamedField, forms.ModelMultipleChoiceField):
    pass


class ChoiceByName:
    """Forms and rows whose autocomplete fields take a typed name as well."""

    admin_site: Any

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        own: Any = super()
        if db_field.name not in own.get_autocomplete_fields(request):
            return own.formfield_for_dbfield(db_field, request, **kwargs)
        is_many = db_field.many_to_many
        widget: Any = NamedSelectMultiple if is_many else NamedSelect
        kwargs["widget"] = widget(db_field, self.admin_site, using=kwargs.get("using"))
        kwargs["form_class"] = NamedMultipleChoiceField if is_many else NamedChoiceField
        field = own.formfield_for_dbfield(db_field, request, **kwargs)
        getattr(field.widget, "widget", field.widget).request = request
        return field

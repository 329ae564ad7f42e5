"""Inline rows of a record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_noop

from ..fields.forms import PeriodFormField
from ..fields.translated import language_columns
from ..record import rules
from .autocomplete import ChoiceByName
from .forms import RecordFormSet
from .labels import LanguageLabels

#: Words of Django’s own forms that our catalogue says in better Swedish; named here, so that they stay in it.
_OWN_WORDS = (gettext_noop("Add another %(verbose_name)s"),)


def _may_change(request: HttpRequest, record: Any) -> bool:
    """A proposal changes rows as its form does, and saves none."""
    return getattr(request, "is_proposing", False) or rules.may_change(request.user, record)


class RecordInline(ChoiceByName, LanguageLabels):
    """Rows that can be changed by whoever may change their record."""

    extra = 0
    formset = RecordFormSet

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A table heading is no label: each field carries its own name."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            getattr(field.widget, "widget", field.widget).attrs["aria-label"] = field.label
        if isinstance(field, PeriodFormField):
            field.widget.has_picker = False
        return field

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and _may_change(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and _may_change(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and _may_change(request, obj)


class ReplyInline(RecordInline, admin.StackedInline):
    """What a partner answers to it."""

    autocomplete_fields = ["partner"]
    fields = [("partner", "about", "given_on"), language_columns("text")]


class InferenceInline(RecordInline, admin.StackedInline):
    """What staff concluded and no source states."""

    fields = ["about", language_columns("reason")]

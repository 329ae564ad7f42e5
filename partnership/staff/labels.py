"""Labels of translated fields, in forms and in the search of lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language

from ..fields.codes import currency_choices, language_choices
from ..fields.forms import CodeSelect, DayFormField, DayInput, NumberFormField, NumberInput
from ..fields.translated import language_columns
from ..publishing import HasCode


def search_columns(*names: str) -> list[str]:
    """The columns of several translated fields, for ``search_fields``."""
    return [column for name in names for column in language_columns(name)]


#: Columns of codes that are chosen from the list of a standard.
_CODES: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "language": language_choices,
    "quote_language": language_choices,
    "budget_currency": currency_choices,
}


def _inside(language: Any) -> str:
    """The name of a language within other words: Swedish writes it small."""
    return str(language).lower() if get_language() == "sv" else str(language)


def _own_language_first(row: Any) -> Any:
    """The columns of one translated field in the order in which this person writes them."""
    ending = f"_{get_language()}"
    if isinstance(row, str) or not any(name.endswith(ending) for name in row):
        return row
    return tuple(sorted(row, key=lambda name: not name.endswith(ending)))


class LanguageLabels:
    """Adds the language to the label of each translated field, in read-only forms too, and puts the reader’s first."""

    def _labels(self) -> dict[str, str]:
        names = dict(settings.LANGUAGES)
        return {
            column.name: format_html("{} ({})", capfirst(str(column.verbose_name)), _inside(names[language]))
            for column in self.model._meta.fields
            if (language := getattr(column, "_translated_field_language_code", None))
        }

    def get_fieldsets(self, request, obj=None):
        return [
            (title, {**options, "fields": [_own_language_first(row) for row in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, labels=self._labels(), **kwargs)

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, labels=self._labels(), **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        if isinstance(db_field, models.IntegerField) and db_field.name in getattr(self.model, "figures", ()):
            kwargs |= {"form_class": NumberFormField, "widget": NumberInput}
        if isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
            kwargs |= {"form_class": DayFormField, "widget": DayInput}
        if codes := _CODES.get(db_field.name):
            kwargs["widget"] = CodeSelect(codes)
        if db_field.name == "code" and issubclass(self.model, HasCode):
            kwargs["required"] = False
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # A form can add related records; changing or deleting them is done on their own pages.
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget.can_change_related = field.widget.can_delete_related = field.widget.can_view_related = False
        language = getattr(db_field, "_translated_field_language_code", None)
        if field and language:
            field.widget.attrs["lang"] = language
            if isinstance(db_field, models.TextField):
                field.widget.attrs["rows"] = 5
        return field

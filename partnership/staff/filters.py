"""Filters of the lists of records."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..fields.translated import lacks_translation, language_codes
from ..models.evidenced import LADDER


class LacksFilter(admin.SimpleListFilter):
    """Identified records that lack something; the choices are ``may_lack`` of the model admin."""

    title = _("still lacks")
    parameter_name = "lacks"

    def lookups(self, request, model_admin):
        return model_admin.may_lack

    def queryset(self, request, queryset):
        return queryset.lacking(self.value()).identified() if self.value() else queryset


class TranslationFilter(admin.SimpleListFilter):
    """Records, or parts of one, with a text in one language that is missing in another."""

    title = _("missing translation")
    parameter_name = "untranslated"

    def lookups(self, request, model_admin):
        return [*settings.LANGUAGES, ("any", _("either language"))]

    def queryset(self, request, queryset):
        choices = {code: [code] for code in language_codes()} | {"any": language_codes()}
        languages = choices.get(self.value() or "")
        return queryset.filter(lacks_translation(queryset.model, *languages)) if languages else queryset


class CountedFilter(admin.SimpleListFilter):
    """The records that are counted against a claim, which subclasses define."""

    title = _("counted against the claim")
    parameter_name = "counted"

    def lookups(self, request, model_admin):
        return [("yes", _("yes"))]

    def queryset(self, request, queryset):
        return self.counted(queryset) if self.value() == "yes" else queryset

    @staticmethod
    def counted(records: Any) -> Any:
        raise NotImplementedError


class DocumentedFilter(admin.SimpleListFilter):
    """Projects and visits by how well they are documented, as the claims count them."""

    title = _("how well documented")
    parameter_name = "documented"

    def lookups(self, request, model_admin):
        return [(step, word) for step, (word, _meaning) in LADDER.items() if step != "claimed"]

    def queryset(self, request, queryset):
        methods = {"identified": "identified", "well": "well_documented", "confirmed": "confirmed"}
        method = methods.get(self.value() or "")
        return getattr(queryset, method)() if method else queryset

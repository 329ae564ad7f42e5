"""Forms for visits and professions."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from partnership.admin import CitationInline, LanguageLabels, RecordAdmin, RecordInline, both, search_both

from . import views
from .models import Delegates, Profession, Visit, VisitCitation


class VisitCitationInline(CitationInline):
    model = VisitCitation


class DelegatesInline(RecordInline, admin.TabularInline):
    model = Delegates


@admin.register(Visit)
class VisitAdmin(RecordAdmin):
    preview_page = staticmethod(views.visit_page)
    preview_records = staticmethod(views.whole_visits)
    list_display = ["__str__", "direction", "delegates", "in_founding_count", "number_of_sources", "state"]
    list_filter = ["state", "direction", "in_founding_count"]
    search_fields = [
        "code",
        "period",
        *search_both("purpose", "hosts__name", "hosts__short_name", "guests__name", "guests__short_name"),
    ]
    autocomplete_fields = ["hosts", "guests", "projects", "photos", "documents"]
    inlines = [DelegatesInline, VisitCitationInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": ("direction", "period", ("guests", "hosts"), "projects")}),
        (_("Delegates"), {"fields": (("delegates", "delegates_high"),)}),
        (_("Text"), {"fields": (both("purpose"), both("period_note"), "in_founding_count")}),
        RecordAdmin.note_fields,
        RecordAdmin.media_fields,
        RecordAdmin.withdrawal_fields,
        (_("Own title"), {"fields": (both("title_override"),), "classes": ["collapse"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).for_lists()


@admin.register(Profession)
class ProfessionAdmin(LanguageLabels, admin.ModelAdmin):
    list_display = ["__str__", "code", "in_founding_list", "position"]
    list_filter = ["in_founding_list"]
    search_fields = ["code", *search_both("name")]
    fields = ["code", both("name"), ("in_founding_list", "position")]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

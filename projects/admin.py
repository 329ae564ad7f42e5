"""Admin of projects, themes and outputs."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from partnership.fields.forms import NumberRangeFormField
from partnership.fields.translated import language_columns
from partnership.spreadsheets.admin import Spreadsheets
from partnership.staff.citations import CitationInline
from partnership.staff.filters import CountedFilter, DocumentedFilter, LacksFilter
from partnership.staff.forms import RecordForm
from partnership.staff.inlines import InferenceInline, RecordInline, ReplyInline
from partnership.staff.labels import search_columns
from partnership.staff.record_admin import RecordAdmin

from . import views
from .models import (
    Goal,
    Objective,
    Output,
    OutputCitation,
    OutputInference,
    OutputReply,
    Participation,
    Project,
    ProjectCitation,
    ProjectInference,
    ProjectReply,
    Theme,
    ThemeCitation,
)


class ProjectCitationInline(CitationInline):
    model = ProjectCitation


class ProjectInferenceInline(InferenceInline):
    model = ProjectInference


class ProjectReplyInline(ReplyInline):
    model = ProjectReply


class ParticipationInline(RecordInline, admin.StackedInline):
    model = Participation
    autocomplete_fields = ["partner"]
    fields = [("partner", "role")]


class ObjectiveInline(RecordInline, admin.StackedInline):
    model = Objective
    fields = [language_columns("text")]


class GoalInline(RecordInline, admin.StackedInline):
    model = Goal
    verbose_name_plural = _("global goals, only where a source states them")


class OutputRowForm(forms.ModelForm):
    """An output in the form of its project; it may cite sources of that form by their numbers, new ones as well."""

    cites = forms.CharField(
        label=_("Which sources of this form say so?"),
        required=False,
        help_text=_("Their numbers below: 1, 3. More about each is written on the page of the output."),
    )

    def clean_cites(self) -> list[int]:
        numbers = re.findall(r"\d+", self.cleaned_data["cites"])
        names = ("source", "source-name", "new_title", "new_url")
        for number in numbers:
            row = f"citations-{int(number) - 1}"
            if not any(self.data.get(f"{row}-{name}") for name in names):
                raise ValidationError(_("There is no source number %(number)s in this form.") % {"number": number})
        return [int(number) for number in dict.fromkeys(numbers)]

    def cite(self, sources: list[Any]) -> None:
        """Adds the citations. ``sources`` are those of the form in the order of its rows."""
        for number in self.cleaned_data.get("cites") or []:
            OutputCitation.objects.get_or_create(output=self.instance, source=sources[number - 1], about="")


class OutputInline(RecordInline, admin.StackedInline):
    model = Output
    form = OutputRowForm
    show_change_link = True
    fields = ["state", ("kind", "side", "said_by"), language_columns("text"), ("soft_kind", "sphere"), "cites"]
    autocomplete_fields = ["said_by"]

    def get_fields(self, request, obj=None):
        """Who may only look is asked for no sources."""
        fields = super().get_fields(request, obj)
        may_change = self.has_change_permission(request, obj)
        return fields if may_change else [name for name in fields if name != "cites"]


class BudgetField(NumberRangeFormField):
    takes_currency = True


class ProjectForm(RecordForm):
    """A sum may be written with its currency, which must not differ from the one chosen beside it."""

    budget_amount = BudgetField(label=_("Budget"), required=False, max_value=2**31 - 1)

    def clean_budget_amount(self) -> int | None:
        amount = self.cleaned_data["budget_amount"]
        if not amount.is_exact:
            raise ValidationError(_("Only a single sum can stand here."), code="range")
        self.written_currency = amount.currency
        return amount.low

    def clean(self):
        cleaned = super().clean()
        written = getattr(self, "written_currency", "")
        if written and not cleaned.get("budget_currency"):
            cleaned["budget_currency"] = written
        elif written and cleaned["budget_currency"] != written:
            self.add_error("budget_currency", _("The sum is written in another currency. Which holds?"))
        return cleaned


@admin.register(Project)
class ProjectAdmin(Spreadsheets, RecordAdmin):
    form = ProjectForm
    sheets = ["projects"]
    preview_page = staticmethod(views.project_page)
    preview_records = staticmethod(views.project_details)
    list_display = ["__str__", "period", "in_founding_count", "source_count", "lacks", "state"]
    may_lack = list(Project.can_lack.items())
    list_filter = [
        "state",
        DocumentedFilter,
        LacksFilter,
        "in_founding_count",
        "kind",
        "status",
        "confidence",
        "themes",
    ]
    search_fields = ["code", "title_original", "external_reference", *search_columns("title")]
    autocomplete_fields = ["themes", "continues", "prestudy_of", "criteria", "photos", "documents"]
    inlines = [
        ParticipationInline,
        ProjectCitationInline,
        ProjectInferenceInline,
        ObjectiveInline,
        GoalInline,
        OutputInline,
        ProjectReplyInline,
    ]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            _("The project"),
            {"fields": (language_columns("title"), "title_original", ("kind", "status", "in_founding_count"))},
        ),
        (_("Time"), {"fields": ("period", language_columns("period_note"))}),
        (_("Text"), {"fields": (language_columns("summary"), "themes")}),
        (_("Before and after"), {"fields": (("continues", "prestudy_of"),)}),
        (
            _("Money and reference"),
            {"fields": (("budget_amount", "budget_currency", "budget_basis"), "external_reference")},
        ),
        (RecordAdmin.note_fields[0], {"fields": (language_columns("note"), ("staff_note", "confidence"))}),
        RecordAdmin.award_fields,
        RecordAdmin.media_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_source_counts().prefetch_related("outputs")

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if formset.model is Output:
            for row in formset.forms:
                if row.instance.pk and row not in formset.deleted_forms:
                    row.cite(request.cited_sources)

    @admin.display(description=_("still lacks"))
    def lacks(self, project: Project) -> str:
        return ", ".join(project.lacking())


class WithoutProject(admin.SimpleListFilter):
    title = _("still lacks")
    parameter_name = "lacks"

    def lookups(self, request, model_admin):
        return [("project", _("project"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=Theme.objects.without_projects()) if self.value() == "project" else queryset


class CountedThemes(CountedFilter):
    """As ``partnership.coverage.count_themes``."""

    @staticmethod
    def counted(records):
        projects = Project.objects.identified().in_founding_count()
        return records.published().founding().filter(pk__in=Theme.objects.filter(projects__in=projects))


class ThemeCitationInline(CitationInline):
    model = ThemeCitation


@admin.register(Theme)
class ThemeAdmin(RecordAdmin):
    preview_page = staticmethod(views.theme_page)
    preview_records = staticmethod(views.theme_details)
    list_display = ["__str__", "in_founding_list", "position", "project_count", "state"]
    list_filter = ["state", WithoutProject, CountedThemes, "in_founding_list"]
    search_fields = ["code", *search_columns("name")]
    autocomplete_fields = ["photos", "documents"]
    inlines = [ThemeCitationInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (_("The theme"), {"fields": (language_columns("name"), ("in_founding_list", "position"))}),
        (_("Codes for international statistics"), {"fields": (("dac_sectors", "policy_markers"),)}),
        RecordAdmin.note_fields,
        RecordAdmin.media_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_project_counts()

    @admin.display(description=_("projects"))
    def project_count(self, theme: Theme) -> int:
        return theme.project_count


class OutputCitationInline(CitationInline):
    model = OutputCitation


class OutputInferenceInline(InferenceInline):
    model = OutputInference


class OutputReplyInline(ReplyInline):
    model = OutputReply


@admin.register(Output)
class OutputAdmin(RecordAdmin):
    preview_page = staticmethod(views.output_page)
    preview_records = staticmethod(Output.objects.select_related("project").all)
    list_display = ["__str__", "project", "kind", "side", "state"]
    list_select_related = ["project"]
    list_filter = ["state", "kind", "side", "soft_kind"]
    search_fields = ["code", *search_columns("text", "project__title")]
    autocomplete_fields = ["project", "said_by", "criteria", "photos", "documents"]
    inlines = [OutputCitationInline, OutputInferenceInline, OutputReplyInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            _("The result"),
            {"fields": ("project", ("kind", "side", "said_by"), language_columns("text"), ("soft_kind", "sphere"))},
        ),
        RecordAdmin.note_fields,
        RecordAdmin.award_fields,
        RecordAdmin.media_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

"""Admin of stories, and of questions and answers: drafts in a further language until a reader of it approves them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ..award.record_references import errors_in
from ..award.stories import errors_of_passage
from ..fields.codes import language_choices
from ..fields.forms import CodeSelect
from ..fields.translated import language_columns
from ..models import Passage, Question, QuestionSheet, Story
from ..publishing import State
from ..staff.forms import RecordForm, RecordFormSet
from ..staff.inlines import RecordInline
from ..staff.labels import search_columns
from ..staff.record_admin import AlwaysPublicAdmin, RecordAdmin
from .questions import questions_page
from .stories import story_details, story_page


def _same_questions() -> list[tuple[str, str]]:
    """The questions on record, each once, in the reader’s language where it is there."""
    own = get_language()
    titles: dict[str, str] = {}
    for question in Question.objects.order_by("position", "pk").select_related("sheet"):
        if question.code not in titles or question.sheet.code == own:
            titles[question.code] = question.title
    return [("", str(_("a question of its own"))), *titles.items()]


class QuestionForm(forms.ModelForm):
    code = forms.ChoiceField(label=_("the same question as"), required=False, choices=_same_questions)

    def clean(self) -> dict[str, Any]:
        """Every reference resolves to something that readers can see."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("text", "onward"):
            for error in errors_in(cleaned.get(name) or "", in_public=True):
                self.add_error(name, str(error))
        return cleaned


class QuestionInline(RecordInline, admin.StackedInline):
    model = Question
    form = QuestionForm
    fields = ["title", "text", "onward", ("code", "position")]


class QuestionSheetForm(RecordForm):
    approves = forms.BooleanField(
        label=_("I read this language, and approve the text as it stands"),
        required=False,
        help_text=_("Without this a text in a further language is a draft, also after each change."),
    )


@admin.register(QuestionSheet)
class QuestionSheetAdmin(AlwaysPublicAdmin):
    form = QuestionSheetForm
    inlines = [QuestionInline]
    list_display = ["__str__", "code", "approved_on"]
    search_fields = ["code", "title", "language_name"]

    def get_fields(self, request, obj=None):
        fields = [("code", "language_name"), "title", "lead", "approved_on"]
        is_further = obj is None or not obj.is_of_site
        return [*fields, "approves"] if is_further and self.may_publish(request) else fields

    def get_fieldsets(self, request, obj=None):
        """Its code is its language, which is asked."""
        return RecordAdmin.get_fieldsets(self, request, obj)

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "approved_on"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "code" and field:
            field.required = True
            field.widget = CodeSelect(language_choices)
        return field

    def has_add_permission(self, request):
        """A text in a further language is a draft, which all may write."""
        return RecordAdmin.has_add_permission(self, request)

    def has_delete_permission(self, request, obj=None):
        """The texts in the languages of the site are pages of it, and stay."""
        may_delete = admin.ModelAdmin.has_delete_permission(self, request, obj) and self.may_publish(request)
        return may_delete and not (obj and obj.is_of_site)

    def save_related(self, request, form, formsets, change):
        """Approval is of the text as it stood: a change takes it back, unless it is given anew."""
        sheet = form.instance
        has_changed = form.has_changed() or any(formset.has_changed() for formset in formsets)
        if form.cleaned_data.get("approves"):
            sheet.approved_on = timezone.localdate()
        elif has_changed:
            sheet.approved_on = None
        sheet.save(update_fields=["approved_on"])
        super().save_related(request, form, formsets, change)

    def get_urls(self):
        preview = self.admin_site.admin_view(self.preview_view)
        return [path("<int:pk>/preview/", preview, name="questionsheet_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        sheet = get_object_or_404(QuestionSheet, pk=pk)
        if not self.has_view_permission(request, sheet):
            raise PermissionDenied
        return questions_page(request, sheet, noindex=True)

    def get_view_on_site_url(self, obj=None):
        """The public page, or of a draft how it will look."""
        if obj is None or not obj.is_public:
            return reverse("admin:questionsheet_preview", args=[obj.pk]) if obj else None
        if obj.is_of_site:
            with translation.override(obj.code):
                return reverse("questions")
        return reverse("questions-in", args=[obj.code])


class PassageFormSet(RecordFormSet):
    """The sentences of a story: every reference and every line of evidence leads to something that readers can see."""

    def clean(self) -> None:
        super().clean()
        in_public = self.instance.state == State.PUBLISHED
        for passage_form in self.forms:
            if passage_form in self.deleted_forms or not passage_form.has_changed() or passage_form.errors:
                continue
            for column, reasons in errors_of_passage(passage_form.instance, in_public=in_public).items():
                passage_form.add_error(column, reasons)


class PassageInline(RecordInline, admin.StackedInline):
    model = Passage
    formset = PassageFormSet
    fields = [
        ("position", "period", "direction", "is_gap"),
        language_columns("heading"),
        language_columns("text"),
        "evidence",
    ]


@admin.register(Story)
class StoryAdmin(RecordAdmin):
    preview_page = staticmethod(story_page)
    preview_records = staticmethod(story_details)
    list_display = ["__str__", "state"]
    list_filter = ["state"]
    search_fields = ["code", *search_columns("title")]
    inlines = [PassageInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (_("The story"), {"fields": (language_columns("title"), language_columns("lead"))}),
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

"""What the forms of all records share in the admin: who may do what, versions, preview, and colleagues' remarks."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import flatten
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..fields.translated import lacks_translation, language_codes, translated_names
from ..files.storage import delete_files_on_rollback
from ..models import ReviewNote, Revision, User
from ..publishing import State
from ..record import confirmations, history
from . import review_notes
from .forms import RecordForm, RecordFormSet


def both(name: str) -> tuple[str, ...]:
    """The columns of a translated field, which a form shows side by side."""
    return tuple(f"{name}_{language}" for language in language_codes())


def search_both(*names: str) -> list[str]:
    return [column for name in names for column in both(name)]


class LanguageLabels:
    """Says beside each translated field which language it is in, also to those who may only look."""

    def _labels(self) -> dict[str, str]:
        names = dict(settings.LANGUAGES)
        return {
            column.name: format_html("{} ({})", capfirst(str(column.verbose_name)), names[language])
            for column in self.model._meta.fields
            if (language := getattr(column, "_translated_field_language_code", None))
        }

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, labels=self._labels(), **kwargs)

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, labels=self._labels(), **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # From a record one may add what it refers to; to change or delete that is work of its own.
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget.can_change_related = field.widget.can_delete_related = field.widget.can_view_related = False
        language = getattr(db_field, "_translated_field_language_code", None)
        if field and language:
            field.widget.attrs["lang"] = language
            if isinstance(db_field, models.TextField):
                field.widget.attrs["rows"] = 5
        return field


def may_change(request: HttpRequest, record: Any) -> bool:
    """Editors change drafts; what is public is changed by those who may publish it, a statement with its claim."""
    if record is None or getattr(record, "state", State.DRAFT) == State.DRAFT:
        return True
    opts = getattr(record, "claim", record)._meta
    return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")


class LacksFilter(admin.SimpleListFilter):
    """Records on the site that still lack something; what a kind can lack is said by its admin."""

    title = _("still lacks")
    parameter_name = "lacks"

    def lookups(self, request, model_admin):
        return model_admin.may_lack

    def queryset(self, request, queryset):
        return queryset.lacking(self.value()).identified() if self.value() else queryset


class TranslationFilter(admin.SimpleListFilter):
    """Records, or parts of one, with a text that stands in one language and not in another."""

    title = _("missing translation")
    parameter_name = "untranslated"

    def lookups(self, request, model_admin):
        return [*settings.LANGUAGES, ("any", _("either language"))]

    def queryset(self, request, queryset):
        asked = {code: [code] for code in language_codes()} | {"any": language_codes()}
        languages = asked.get(self.value() or "")
        return queryset.filter(lacks_translation(queryset.model, *languages)) if languages else queryset


class CountedFilter(admin.SimpleListFilter):
    """The records that are counted against a claim; each kind says for itself which these are."""

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
        return [("identified", _("identified")), ("well", _("well documented")), ("confirmed", _("confirmed"))]

    def queryset(self, request, queryset):
        asked = {"identified": "identified", "well": "well_documented", "confirmed": "confirmed"}
        step = asked.get(self.value() or "")
        return getattr(queryset, step)() if step else queryset


class RecordInline(LanguageLabels):
    """Rows of a record can be changed by whoever may change the record."""

    extra = 0
    formset = RecordFormSet

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """In a table the heading is no label: each field of a row says its own name."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            getattr(field.widget, "widget", field.widget).attrs["aria-label"] = field.label
        return field

    def _may(self, request, record) -> bool:
        return may_change(request, record)

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and self._may(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._may(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._may(request, obj)


class CitationInline(RecordInline, admin.TabularInline):
    autocomplete_fields = ["source"]
    fields = ["source", "about", "locator", "quotation"]
    verbose_name = _("source of this record")
    verbose_name_plural = _("sources of this record")

    def get_extra(self, request, obj=None, **kwargs):
        """A new record has a row ready for its first source."""
        return 0 if obj else 1


@dataclass(frozen=True)
class Shortcoming:
    """Something that keeps a form from being saved, and the field where it is mended."""

    message: str
    label: str = ""
    field: str = ""


def shortcomings(form: forms.BaseForm, inlines: list[Any]) -> list[Shortcoming]:
    """All that is wrong with a form and its rows, in the order of the page."""
    found = _of_form(form)
    for inline in inlines:
        rows = str(inline.opts.verbose_name_plural)
        group = f"{inline.formset.prefix}-group"
        found += [Shortcoming(str(message), rows, group) for message in inline.formset.non_form_errors()]
        for row in inline.formset.forms:
            found += _of_form(row)
    return found


def _of_form(form: forms.BaseForm) -> list[Shortcoming]:
    found = []
    for name, errors in form.errors.items():
        bound = form[name] if name in form.fields else None
        label, field = (str(bound.label), bound.id_for_label) if bound else ("", "")
        found += [Shortcoming(str(message), label, field) for message in errors]
    return found


def _unfold_what_is_wrong(adminform: AdminForm) -> None:
    """Django does so too, but overlooks fields that stand side by side."""
    wrong = set(adminform.form.errors)
    fieldsets: Any = adminform.fieldsets
    adminform.fieldsets = [
        (title, {**options, "classes": []} if wrong & set(flatten(options["fields"])) else options)
        for title, options in fieldsets
    ]


def as_read(request: HttpRequest) -> HttpRequest:
    """The same request as if the page were only looked at: a fault in a small form shows the page around it."""
    read = copy(request)
    read.method = "GET"
    return read


class ReviewNoteForm(forms.ModelForm):
    class Meta:
        model = ReviewNote
        fields = ["text"]
        labels = {"text": _("What should be changed, and how do you know?")}


class StaffRequest(HttpRequest):
    """What reaches the views below: the admin lets nobody else through."""

    user: User


class RecordAdmin(LanguageLabels, admin.ModelAdmin):
    """Draft, publish, withdraw; the code fixed once given; a preview that looks like the public page."""

    form = RecordForm
    change_form_template = "admin/record_change_form.html"
    object_history_template = "admin/record_history.html"
    list_per_page = 50
    save_on_top = True
    actions_on_bottom = True
    #: Shows the record as its public page: a function of request, record and extra context.
    preview_page: Callable[..., HttpResponse] | None = None
    #: The records with all that this page needs.
    preview_records: Callable[[], models.QuerySet] | None = None

    publishing_fields = (
        None,
        {"fields": (("state", "code", "slug"),)},
    )
    note_fields = (
        _("Notes"),
        {"fields": (both("note"), "staff_note")},
    )
    withdrawal_fields = (
        _("Withdrawal"),
        {"fields": ("withdrawn_on", both("withdrawal_reason")), "classes": ["collapse"]},
    )
    award_fields = (_("Criteria of awards"), {"fields": ("criteria",), "classes": ["collapse"]})
    media_fields = (_("Photographs and documents"), {"fields": ("photos", "documents"), "classes": ["collapse"]})

    #: Whether versions are kept of it; a part of another record is kept with that one.
    keeps_versions = True
    #: The kind of record whose right to publish is asked for; by default the own one.
    publishing_opts: Any = None

    #: The text whose words a new record’s code is made of while it is typed.
    code_from: str = ""

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj or not self.code_from else {"code": [self.code_from]}

    def get_fieldsets(self, request, obj=None):
        """On a new record what it says comes first; state, code and address follow, and the rest is folded."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj or self.publishing_fields not in fieldsets:
            return fieldsets
        notes = RecordAdmin.note_fields[0]
        content = [one for one in fieldsets if one != self.publishing_fields]
        open_ones = [one for one in content if one[0] is not notes and "collapse" not in one[1].get("classes", [])]
        folded = [
            (title, {**options, "classes": ["collapse"]})
            for title, options in content
            if (title, options) not in open_ones
        ]
        return [*open_ones, self.publishing_fields, *folded]

    def get_readonly_fields(self, request, obj=None):
        fixed = ["code"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        return [*filters, TranslationFilter] if translated_names(self.model) else filters

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "state" and not self._may_publish(request):
            kwargs["choices"] = [(State.DRAFT.value, State.DRAFT.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def _may_publish(self, request) -> bool:
        opts = self.publishing_opts or self.opts
        return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_change(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Only a draft that never was public can be deleted; what was published is withdrawn."""
        never_public = obj is None or obj.published_at is None
        return super().has_delete_permission(request, obj) and never_public and may_change(request, obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.state == State.PUBLISHED else None

    # Versions

    def versioned(self, record: Any) -> Any:
        """The record whose versions are kept when this one is saved."""
        return record

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """As Django’s; where saving fails, uploaded files go with the rows."""
        with delete_files_on_rollback():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        request.record_before = history.snapshot(self.versioned(obj)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not isinstance(form, RecordForm):
            return
        record = self.versioned(form.instance)
        revision = history.note(record, request.record_before, request.user, reason=form.whole_reason)
        if confirmations.lapse_within(record):
            lifted = _("The content has changed, so it is no longer confirmed. Both sides can confirm it anew.")
            self.message_user(request, lifted, messages.WARNING)
        kept_back = ""
        if form.is_returned:
            kept_back = review_notes.return_to_author(record, request.user, form.cleaned_data["comment"])
        elif revision and revision.action == Revision.Action.PUBLISHED:
            kept_back = review_notes.tell_published(record, request.user, form.cleaned_data["comment"])
        if kept_back:
            self.message_user(request, kept_back, messages.WARNING)

    def history_view(self, request, object_id, extra_context=None):
        """Every version with what it changed, newest first."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        revisions = list(Revision.objects.of(record).select_related("by", "partner").order_by("pk"))
        versions = []
        for number, revision in enumerate(revisions):
            before = revisions[number - 1].content if number else {}
            is_first = revision.action == Revision.Action.BEFORE
            changed = [] if is_first else history.differences(record, before, revision.content)
            versions.append((revision, changed))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Versions: %(record)s") % {"record": record},
            "versions": versions[::-1],
            "current": revisions[-1].pk if revisions else None,
            "object": record,
            "opts": self.opts,
            "may_restore": self.has_change_permission(request, record),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def restore_view(self, request: HttpRequest, object_id: str, revision: int) -> HttpResponse:
        """Brings a version back as a new version. Only by POST, and only where the record may be changed."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        chosen = get_object_or_404(Revision.objects.of(record), pk=revision)
        if request.method != "POST" or not self.has_change_permission(request, record):
            raise PermissionDenied
        if chosen.content.get("state", State.PUBLISHED) != State.DRAFT and not self._may_publish(request):
            raise PermissionDenied
        try:
            history.restore(record, chosen, request.user)
        except history.InvalidRecord as error:
            reasons = "; ".join(fault.reason for fault in error.faults)
            self.message_user(request, _("It could not be brought back: %(why)s") % {"why": reasons}, messages.ERROR)
        else:
            confirmations.lapse_within(record)
            done = _("Version %(number)s has been brought back.") % {"number": chosen.version}
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[record.pk])
        )

    # Preview

    def get_urls(self):
        own: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("<path:object_id>/confirm/", self.confirm_view, "confirm"),
            ("<path:object_id>/suggest/", self.suggest_view, "suggest"),
            ("<path:object_id>/remarks/<int:remark>/", self.remark_view, "remark"),
        ]
        if self.keeps_versions:
            own.append(("<path:object_id>/history/<int:revision>/restore/", self.restore_view, "restore"))
        if self.preview_page:
            own.append(("<path:object_id>/preview/", self.preview, "preview"))
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        pages = [path(route, self.admin_site.admin_view(view), name=f"{name}_{page}") for route, view, page in own]
        return [*pages, *super().get_urls()]

    def _address(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = type(self).preview_records()
        record = get_object_or_404(found, pk=object_id)
        if not self.has_view_permission(request, record):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return type(self).preview_page(
            request,
            record,
            preview=True,
            noindex=True,
            preview_state=record.state,
            preview_url=reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk]),
        )

    # Colleagues

    def _posted(self, request: HttpRequest, object_id: str) -> Any:
        """The record that a button was pressed for. Only by POST, and only by those who may see it."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if request.method != "POST" or not self.has_view_permission(request, record):
            raise PermissionDenied
        return record

    def confirm_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Confirms for the side of whoever pressed the button, or takes that back."""
        record = self._posted(request, object_id)
        if not isinstance(record, confirmations.CONFIRMABLE):
            raise PermissionDenied
        if "revoke" in request.POST and confirmations.may_revoke(record, request.user):
            confirmations.revoke(record, request.user)
            self.message_user(request, _("Your side’s confirmation has been taken back."), messages.SUCCESS)
        elif "revoke" not in request.POST and confirmations.may_confirm(record, request.user):
            confirmations.confirm(record, request.user)
            self.message_user(request, _("Confirmed for %(partner)s.") % {"partner": request.user.partner})
        else:
            raise PermissionDenied
        return HttpResponseRedirect(self._address("change", record.pk))

    def suggest_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Keeps a suggestion by someone who may look at the record but not change it."""
        record = self._posted(request, object_id)
        form = ReviewNoteForm(request.POST)
        if not form.is_valid():
            return self.changeform_view(as_read(request), object_id)
        review_notes.suggest(record, request.user, form.cleaned_data["text"])
        self.message_user(request, _("Your suggestion stands on the record, for its publishers."), messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", record.pk))

    def remark_view(self, request: StaffRequest, object_id: str, remark: int) -> HttpResponse:
        """A remark has been seen to, by someone who may change the record."""
        record = self._posted(request, object_id)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        found = get_object_or_404(ReviewNote.objects.of(record).open(), pk=remark)
        kept_back = review_notes.close(found, record, request.user, request.POST.get("answer", "").strip()[:2000])
        if kept_back:
            self.message_user(request, kept_back, messages.WARNING)
        self.message_user(request, _("Done."), messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", record.pk))

    # The page of the form

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form = context["adminform"].form
        changes = self.has_change_permission(request, obj)
        context["shortcomings"] = shortcomings(form, context["inline_admin_formsets"])
        _unfold_what_is_wrong(context["adminform"])
        if obj:
            context |= self._of_record(request, obj, changes)
        rows = [row for inline in context["inline_admin_formsets"] for row in inline.formset.forms]
        context["says_more"] = [form[name] for name in self._asked_for(request, form, rows, obj)] if changes else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _asked_for(self, request: HttpRequest, form: RecordForm, rows: list[Any], record: Any) -> list[str]:
        """The fields below all others that there is reason to show."""
        asked = form.asked_for(rows) | ({"reason"} if record else set())
        if record and record.state == State.DRAFT and self._may_publish(request):
            asked.add("comment")
        return [name for name in form.extra_fields if name in asked]

    def _of_record(self, request: HttpRequest, record: Any, changes: bool) -> dict[str, Any]:
        """What colleagues say of a record, how it is confirmed, and what it still lacks."""
        found: dict[str, Any] = {
            "remarks": ReviewNote.objects.of(record).open().select_related("by__partner"),
            "may_return": record.state == State.DRAFT and self._may_publish(request),
            "may_suggest": not changes and record.state == State.PUBLISHED,
        }
        if found["may_suggest"]:
            found["suggestion"] = ReviewNoteForm(request.POST or None)
        if isinstance(record, confirmations.CONFIRMABLE):
            found["sides"] = confirmations.sides(record)
            found["may_confirm"] = confirmations.may_confirm(record, request.user)
            found["may_revoke"] = confirmations.may_revoke(record, request.user)
        if self.preview_page:
            found["preview_url"] = self._address("preview", record.pk)
            whole = type(self).preview_records().filter(pk=record.pk).first()
            if record.state == State.DRAFT and whole and hasattr(whole, "gaps"):
                found["gaps"] = whole.gaps()
        return found

    @admin.display(description=_("sources"))
    def number_of_sources(self, record: Any) -> int:
        return record.source_count

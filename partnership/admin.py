"""The admin: what all records share, and the forms of partners, milestones, sources, claims and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import history, views
from .fields import language_codes
from .models import (
    Claim,
    Document,
    Milestone,
    MilestoneCitation,
    Partner,
    PartnerCitation,
    PartnerName,
    Photo,
    Revision,
    Source,
    Statement,
    StatementCitation,
    Succession,
    User,
)
from .publishing import Record, State
from .record_forms import RecordForm, RecordFormSet
from .spreadsheet_admin import Spreadsheets

admin.site.site_header = _("The record office")
admin.site.site_title = _("The record office")
admin.site.index_title = _("Records")

# What all records share


def both(name: str) -> tuple[str, ...]:
    """The columns of a translated field, which a form shows side by side."""
    return tuple(f"{name}_{language}" for language in language_codes())


def search_both(*names: str) -> list[str]:
    return [column for name in names for column in both(name)]


class LanguageLabels:
    """Says beside each translated field which language it is in."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        language = getattr(db_field, "_translated_field_language_code", None)
        if field and language:
            field.label = format_html("{} ({})", field.label, dict(settings.LANGUAGES)[language])
            field.widget.attrs["lang"] = language
            if isinstance(db_field, models.TextField):
                field.widget.attrs["rows"] = 5
        return field


def may_change(request: HttpRequest, record: Record | None, opts) -> bool:
    """Editors change drafts; what the public sees is changed by those who may publish it."""
    if record is None or record.state == State.DRAFT:
        return True
    return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")


class LacksFilter(admin.SimpleListFilter):
    """Records on the site that still lack something; what a kind can lack is said by its admin."""

    title = _("still lacks")
    parameter_name = "lacks"

    def lookups(self, request, model_admin):
        return model_admin.may_lack

    def queryset(self, request, queryset):
        return queryset.lacking(self.value()).identified() if self.value() else queryset


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
        return record is None or may_change(request, record, record._meta) or not isinstance(record, Record)

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
    media_fields = (_("Photographs and documents"), {"fields": ("photos", "documents"), "classes": ["collapse"]})

    #: The text whose words a new record’s code is made of while it is typed.
    code_from: str = ""

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj or not self.code_from else {"code": [self.code_from]}

    def get_readonly_fields(self, request, obj=None):
        fixed = ["code"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "state" and not self._may_publish(request):
            kwargs["choices"] = [(State.DRAFT.value, State.DRAFT.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def _may_publish(self, request) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_change(request, obj, self.opts)

    def has_delete_permission(self, request, obj=None):
        """Only a draft that never was public can be deleted; what was published is withdrawn."""
        never_public = obj is None or obj.published_at is None
        return super().has_delete_permission(request, obj) and never_public and may_change(request, obj, self.opts)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.is_published else None

    # Versions

    def save_model(self, request, obj, form, change):
        request.record_before = history.snapshot(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if isinstance(form, RecordForm):
            history.note(form.instance, request.record_before, request.user, reason=form.whole_reason)

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
        except history.FaultyRecord as error:
            reasons = "; ".join(fault.reason for fault in error.faults)
            self.message_user(request, _("It could not be brought back: %(why)s") % {"why": reasons}, messages.ERROR)
        else:
            done = _("Version %(number)s has been brought back.") % {"number": chosen.version}
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[record.pk])
        )

    # Preview

    def get_urls(self):
        urls = super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        restore = self.admin_site.admin_view(self.restore_view)
        urls.insert(0, path("<path:object_id>/history/<int:revision>/restore/", restore, name=name))
        if self.preview_page:
            name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
            urls.insert(0, path("<path:object_id>/preview/", self.admin_site.admin_view(self.preview), name=name))
        return urls

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = type(self).preview_records()
        record = get_object_or_404(found, pk=object_id)
        if not self.has_view_permission(request, record):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return type(self).preview_page(
            request,
            record,
            preview=True,
            is_odd=True,
            preview_state=record.state,
            preview_url=reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk]),
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.preview_page:
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_preview"
            context["preview_url"] = reverse(name, args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=_("sources"))
    def number_of_sources(self, record: Any) -> str:
        return ngettext("%(count)s source", "%(count)s sources", record.source_count) % {"count": record.source_count}


# Partners and history


class PartnerCitationInline(CitationInline):
    model = PartnerCitation


class PartnerNameInline(RecordInline, admin.TabularInline):
    model = PartnerName
    fields = [*both("name"), *both("short_name"), "period"]


class SuccessionInline(RecordInline, admin.TabularInline):
    model = Succession
    fk_name = "successor"
    autocomplete_fields = ["predecessor"]
    verbose_name_plural = _("bodies that it succeeded")


@admin.register(Partner)
class PartnerAdmin(RecordAdmin):
    code_from = "name_en"
    preview_page = staticmethod(views.partner_page)
    preview_records = staticmethod(views.whole_partners)
    list_display = ["__str__", "role", "kind", "country", "active", "state"]
    list_filter = ["state", "role", "kind", "country"]
    # Under every name it ever had.
    search_fields = ["code", *search_both("name", "short_name", "former_names__name", "former_names__short_name")]
    autocomplete_fields = ["photos", "documents"]
    inlines = [PartnerNameInline, SuccessionInline, PartnerCitationInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": (both("name"), both("short_name"), ("role", "kind", "country"), "active")}),
        (_("Place"), {"fields": ("town", ("latitude", "longitude"), "website")}),
        (_("Text"), {"fields": (both("description"), "position")}),
        RecordAdmin.note_fields,
        RecordAdmin.media_fields,
        RecordAdmin.withdrawal_fields,
    ]


class MilestoneCitationInline(CitationInline):
    model = MilestoneCitation


@admin.register(Milestone)
class MilestoneAdmin(RecordAdmin):
    code_from = "title_en"
    preview_page = staticmethod(views.milestone_page)
    preview_records = staticmethod(Milestone.objects.all)
    list_display = ["__str__", "period", "state"]
    list_filter = ["state"]
    search_fields = ["code", *search_both("title", "text")]
    autocomplete_fields = ["photos", "documents"]
    inlines = [MilestoneCitationInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": ("period", both("title"), both("text"))}),
        RecordAdmin.note_fields,
        RecordAdmin.media_fields,
        RecordAdmin.withdrawal_fields,
    ]


# Evidence


@admin.register(Source)
class SourceAdmin(Spreadsheets, RecordAdmin):
    sheets = ["sources"]
    code_from = "title"
    preview_page = staticmethod(views.source_page)
    preview_records = staticmethod(views.whole_sources)
    list_display = ["title", "publisher", "grade", "kind", "published", "language", "state"]
    list_filter = ["state", "reached", "grade", "kind", "language"]
    readonly_fields = ["reached", "checked_on", "seen"]
    search_fields = ["code", "title", "publisher", "url"]
    autocomplete_fields = ["documents"]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": ("title", "publisher", ("grade", "kind", "language"))}),
        (_("Where and when"), {"fields": ("url", "archive_url", ("published", "read_on"), "documents")}),
        (_("Last look at the address"), {"fields": (("reached", "checked_on", "seen"),)}),
        RecordAdmin.note_fields,
        RecordAdmin.withdrawal_fields,
    ]


class StatementInline(RecordInline, admin.StackedInline):
    model = Statement
    show_change_link = True
    fields = [
        ("code", "state", "preferred"),
        ("qualifier", "value_low", "value_high", "as_of"),
        both("wording"),
        ("quote", "quote_language"),
        both("note"),
    ]


@admin.register(Claim)
class ClaimAdmin(RecordAdmin):
    code_from = "label_en"
    preview_page = staticmethod(views.claim_page)
    preview_records = staticmethod(Claim.objects.all)
    list_display = ["__str__", "measures", "counts", "state"]
    list_filter = ["state", "measures", "counts"]
    search_fields = ["code", *search_both("label")]
    autocomplete_fields = ["documents"]
    inlines = [StatementInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": (both("label"), both("unit"), ("measures", "counts", "counts_until"), "position")}),
        (_("Documents"), {"fields": ("documents",)}),
        RecordAdmin.note_fields,
        RecordAdmin.withdrawal_fields,
    ]


class StatementCitationInline(CitationInline):
    model = StatementCitation


@admin.register(Statement)
class StatementAdmin(LanguageLabels, admin.ModelAdmin):
    list_display = ["claim", "__str__", "as_of", "preferred", "state"]
    list_select_related = ["claim"]
    list_filter = ["state", "qualifier", "preferred"]
    search_fields = ["code", "quote", *search_both("claim__label")]
    autocomplete_fields = ["claim"]
    inlines = [StatementCitationInline]
    fieldsets = [
        (None, {"fields": ("claim", ("code", "state", "preferred"))}),
        (None, {"fields": (("qualifier", "value_low", "value_high"), "as_of", both("wording"))}),
        (None, {"fields": (("quote", "quote_language"), both("note"))}),
    ]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_change(request, obj, Claim._meta)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.state == State.DRAFT)


# Files


@admin.register(Photo)
class PhotoAdmin(RecordAdmin):
    list_display = ["__str__", "period", "credit", "basis", "state"]
    list_filter = ["state", "basis"]
    search_fields = ["code", "credit", *search_both("alt", "caption")]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": ("file", both("alt"), "is_decorative", both("caption"), ("period", "credit"))}),
        (_("Permission"), {"fields": (("basis", "licence"),)}),
        RecordAdmin.note_fields,
        RecordAdmin.withdrawal_fields,
    ]


@admin.register(Document)
class DocumentAdmin(RecordAdmin):
    code_from = "title_en"
    list_display = ["__str__", "kind", "period", "language", "state"]
    list_filter = ["state", "kind", "language"]
    search_fields = ["code", "credit", *search_both("title")]
    readonly_fields = ["sha256", "size"]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": ("file", both("title"), ("kind", "language", "period"), ("credit", "licence"))}),
        (_("The file"), {"fields": (("size", "sha256"),)}),
        RecordAdmin.note_fields,
        RecordAdmin.withdrawal_fields,
    ]


# Staff


@admin.register(User)
class StaffAdmin(UserAdmin):
    list_display = ["username", "email", "partner", "is_active", "is_staff"]
    list_select_related = ["partner"]
    fieldsets = [*(UserAdmin.fieldsets or ()), (_("Partner"), {"fields": ("partner",)})]
    autocomplete_fields = ["partner"]

"""The admin of every record: draft, publish, withdraw; versions, preview, confirmations and review notes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..fields.translated import language_columns, translated_names
from ..files.storage import delete_files_on_rollback
from ..models.media import HasMedia
from ..publishing import State
from ..record import history
from ..record.merging import MERGEABLE
from ..record.second_look import LOOKED_AT_AGAIN
from .autocomplete import ChoiceByName
from .citations import CitationFormSet, CitationInline
from .confirmations import ConfirmationsMixin
from .errors import Section, error_summary, expand_fieldsets_with_errors, sections
from .filters import TranslationFilter
from .form_drafts import FormDraftsMixin
from .forms import RecordForm
from .handbook import HELP_PAGES
from .labels import LanguageLabels
from .merging import MergingMixin
from .photographs import PhotographsMixin
from .preview import PreviewMixin
from .proposing import ProposingMixin
from .review_notes import ReviewNotesMixin
from .second_look import SecondLookFilter, SecondLookMixin
from .versions import VersionsMixin


class RecordAdmin(
    ChoiceByName,
    LanguageLabels,
    FormDraftsMixin,
    VersionsMixin,
    PreviewMixin,
    ConfirmationsMixin,
    ReviewNotesMixin,
    ProposingMixin,
    MergingMixin,
    SecondLookMixin,
    PhotographsMixin,
):
    form = RecordForm
    change_form_template = "admin/record_change_form.html"
    list_per_page = 50
    actions_on_bottom = True

    publishing_fields = (_("State"), {"fields": ("state",)})
    address_fields = (
        _("Address and code"),
        {
            "fields": (("slug", "code"),),
            "classes": ["collapse"],
            "description": _("They are made by themselves. Write one only if it must be another."),
        },
    )
    note_fields = (
        _("Notes"),
        {"fields": (language_columns("note"), "staff_note")},
    )
    withdrawal_fields = (
        _("Withdrawal"),
        {"fields": ("withdrawn_on", language_columns("withdrawal_reason")), "classes": ["collapse"]},
    )
    award_fields = (_("Criteria of awards"), {"fields": ("criteria",), "classes": ["collapse"]})
    media_fields = (
        _("Photographs and documents on file"),
        {"fields": ("photos", "documents"), "classes": ["collapse"]},
    )

    def get_fieldsets(self, request, obj=None):
        """On a new record the content comes first; the state follows, and the rest is collapsed.

        What was never public is not withdrawn.
        """
        fieldsets = super().get_fieldsets(request, obj)
        if not getattr(obj, "published_at", None):
            fieldsets = [fieldset for fieldset in fieldsets if fieldset[0] is not RecordAdmin.withdrawal_fields[0]]
        state, options_of_state = self.publishing_fields
        if obj or state not in [title for title, _options in fieldsets]:
            return fieldsets
        expanded, collapsed = [], []
        for title, options in fieldsets:
            if title is RecordAdmin.note_fields[0] or "collapse" in options.get("classes", []):
                collapsed.append((title, {**options, "classes": ["collapse"]}))
            elif title is not state:
                expanded.append((title, options))
        return [*expanded, (state, options_of_state), *collapsed]

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """Fills in the source that a link names. It stands in the form and is not saved unseen."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        source = request.GET.get("cite", "")
        if isinstance(inline, CitationInline) and source.isdigit() and request.method != "POST":
            kwargs["initial"] = [{"source": int(source)}]
        return kwargs

    def get_readonly_fields(self, request, obj=None):
        fixed = ["code"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        if issubclass(self.model, LOOKED_AT_AGAIN):
            filters = [*filters, SecondLookFilter]
        return [*filters, TranslationFilter] if translated_names(self.model) else filters

    def get_urls(self):
        urls = [
            self.record_path("confirm/", self.confirm_view, "confirm"),
            self.record_path("suggest/", self.suggest_view, "suggest"),
            self.record_path("remarks/<int:note_id>/", self.close_note_view, "remark"),
        ]
        if issubclass(self.model, LOOKED_AT_AGAIN):
            urls.append(self.record_path("still-true/", self.still_true_view, "look"))
        if self.takes_proposals:
            urls.append(self.record_path("propose/", self.propose_view, "propose"))
        if issubclass(self.model, MERGEABLE):
            urls += self.merging_urls()
        if self.keeps_versions:
            urls.append(self.record_path("history/<int:revision>/restore/", self.restore_view, "restore"))
        if issubclass(self.model, HasMedia):
            urls.append(self.record_path("photographs/", self.photographs_view, "photographs"))
        if self.preview_page:
            urls.append(self.record_path("preview/", self.preview, "preview"))
        return [*urls, *super().get_urls()]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        with delete_files_on_rollback():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def hold_files(self, request):
        return [*super().hold_files(request), *self.hold_photographs(request)]

    def save_formset(self, request, form, formset, change):
        if isinstance(formset, CitationFormSet):
            formset.save_sources(request.user)
            request.cited_sources = [getattr(row.instance, "source", None) for row in formset.forms]
        super().save_formset(request, form, formset, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not isinstance(form, RecordForm):
            return
        self.save_photographs(request, form.instance)
        if getattr(request, "is_proposing", False):
            request.proposed = history.snapshot(form.instance), form.full_reason
            return
        record = self.versioned(form.instance)
        revision = history.note(record, request.record_before, request.user, reason=form.full_reason)
        self._tell_joined(request, form)
        self.lapse_confirmations(request, record, request.record_before)
        self.tell_author(request, form, record, revision)

    def _tell_joined(self, request: HttpRequest, form: RecordForm) -> None:
        """Says what a colleague has changed meanwhile, which stands beside what was saved now."""
        if not form.joined:
            return
        what = "; ".join(f"{field.label}: {field.before or '–'} → {field.now or '–'}" for field in form.joined)
        message = _("Meanwhile %(who)s changed other fields, and both changes stand. Changed: %(what)s.")
        self.message_user(request, message % {"who": form.meanwhile.people, "what": what}, messages.WARNING)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form, inlines = context["adminform"].form, context["inline_admin_formsets"]
        context["error_summary"] = error_summary(form, inlines)
        after_rows: list[Section] = []
        if photographs := getattr(form, "photographs", None):
            context["photographs"] = photographs
            if form.is_bound:
                context["error_summary"] += photographs.errors
            after_rows.append(Section(str(_("photographs")), "photographs-heading", len(photographs.errors)))
        context["sections"] = sections(context["adminform"], inlines, after_rows)
        context["help_page"] = HELP_PAGES.get(str(self.opts.model_name), "publishing")
        rows = [conflict for inline in inlines for conflict in getattr(inline.formset, "conflicts", ())]
        if conflicts := [*getattr(form, "conflicts", ()), *rows]:
            context |= {"conflicts": conflicts, "title": _("Two have written in the same field")}
        expand_fieldsets_with_errors(context["adminform"])
        if obj:
            context |= self.record_context(request, obj)
        if self.has_change_permission(request, obj):
            rows = [row for inline in inlines for row in inline.formset.forms]
            rows += photographs.rows if photographs else []
            context["extra_fields"] = [form[name] for name in self._extra_fields(request, form, rows, obj)]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _extra_fields(self, request: HttpRequest, form: RecordForm, rows: list[Any], record: Any) -> list[str]:
        """Those of ``RecordForm.extra_fields`` that apply to this request."""
        names = form.overruling(rows) | ({"reason"} if record else set())
        if record and record.state == State.DRAFT and self.may_publish(request):
            names.add("comment")
        return [name for name in form.extra_fields if name in names]

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What the form of an existing record shows around its fields."""
        return {
            **self.review_note_context(request, record),
            **self.confirmation_context(request, record),
            **self.preview_context(record),
            "propose_url": self._propose_url(request, record),
            **self.merging_context(request, record),
            **self.second_look_context(request, record),
            **self.photographs_context(request, record),
        }

    def _propose_url(self, request: HttpRequest, record: Any) -> str:
        """For those who may prepare a change and not make it."""
        may = not getattr(request, "is_proposing", False) and not self.has_change_permission(request, record)
        return self.record_url("propose", record.pk) if may and self.may_propose(request, record) else ""

    @admin.display(description=_("sources"))
    def source_count(self, record: Any) -> int:
        return record.source_count


class AlwaysPublicAdmin(RecordAdmin):
    """Of what is always public: added and changed by those who may publish it, with versions and changes."""

    takes_proposals = False

    def has_add_permission(self, request):
        return super().has_add_permission(request) and self.may_publish(request)

    def has_delete_permission(self, request, obj=None):
        """What readers have seen is renamed, not deleted."""
        return False

    def get_prepopulated_fields(self, request, obj=None):
        return {}

    def get_fieldsets(self, request, obj=None):
        """Its code is made by itself, and shown folded."""
        fieldsets = [
            (title, {**options, "fields": [row for row in options["fields"] if row != "code"]})
            for title, options in super().get_fieldsets(request, obj)
        ]
        title, options = self.address_fields
        return [*fieldsets, (title, {**options, "fields": ["code"]})]

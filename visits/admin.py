"""Admin of visits and professions."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partnership.fields.forms import NumberRangeFormField
from partnership.fields.translated import language_columns
from partnership.models import Partner
from partnership.spreadsheets.admin import Spreadsheets
from partnership.staff.autocomplete import NamedSelectMultiple
from partnership.staff.citations import CitationInline
from partnership.staff.filters import DocumentedFilter, LacksFilter
from partnership.staff.forms import RecordForm
from partnership.staff.inlines import InferenceInline, RecordInline, ReplyInline
from partnership.staff.labels import search_columns
from partnership.staff.record_admin import AlwaysPublicAdmin, RecordAdmin

from . import views
from .models import Delegates, Profession, Visit, VisitCitation, VisitInference, VisitReply


class PartnerTicks(NamedSelectMultiple):
    """The formal partners as ticks; any other body is searched for below them, by any name that it ever had."""

    def render(self, name, value, attrs=None, renderer=None):
        partners = list(Partner.objects.published().formal().current())
        chosen = {str(key) for key in value or ()}
        others = [key for key in value or () if str(key) not in {str(partner.pk) for partner in partners}]
        rows = [
            (name, partner.pk, " checked" if str(partner.pk) in chosen else "", partner.brief) for partner in partners
        ]
        tick = '<label><input type="checkbox" name="{}" value="{}"{}> {}</label>'
        field, words = super().render(name, others, attrs, renderer), _("Others, by any name")
        ticks = format_html_join("", tick, rows)
        group = '<div><div class="partner-ticks" role="group" aria-label="{}">{}</div><p class="label">{}</p>{}</div>'
        return format_html(group, capfirst(self.field.verbose_name), ticks, words, field)


class VisitForm(RecordForm):
    """One field for how many travelled, which takes a range as well."""

    delegates = NumberRangeFormField(
        label=_("Delegates"),
        required=False,
        max_value=32767,
        help_text=_("How many travelled: 7, or 6–8 if the source gives a range. Leave empty if not documented."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["delegates"] = self.instance.delegate_range
        if "period" in self.fields:
            self.fields["period"].widget.expects_past = True

    def _adopt(self, name, stored, value):
        super()._adopt(name, stored, value)
        if name == "delegates":
            self.instance.delegates_high = self.cleaned_data["delegates_high"] = stored.delegates_high

    def clean_delegates(self) -> int | None:
        numbers = self.cleaned_data["delegates"]
        self.instance.delegates_high = self.cleaned_data["delegates_high"] = None if numbers.is_exact else numbers.high
        return numbers.low


class VisitCitationInline(CitationInline):
    model = VisitCitation


class VisitInferenceInline(InferenceInline):
    model = VisitInference


class VisitReplyInline(ReplyInline):
    model = VisitReply


class DelegatesInline(RecordInline, admin.TabularInline):
    """A new visit has a row for each profession of the founding list; empty rows are not saved."""

    model = Delegates

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else Profession.objects.founding().count()


@admin.register(Visit)
class VisitAdmin(Spreadsheets, RecordAdmin):
    form = VisitForm
    sheets = ["visits", "delegates"]
    preview_page = staticmethod(views.visit_page)
    preview_records = staticmethod(views.visit_details)
    list_display = ["__str__", "direction", "delegates", "in_founding_count", "source_count", "lacks", "state"]
    may_lack = list(Visit.can_lack.items())
    list_filter = ["state", DocumentedFilter, LacksFilter, "direction", "how_known", "in_founding_count"]
    search_fields = [
        "code",
        "period",
        *search_columns("purpose", "hosts__name", "hosts__short_name", "guests__name", "guests__short_name"),
    ]
    radio_fields = {
        "direction": admin.HORIZONTAL,
        "how_known": admin.HORIZONTAL,
        "in_founding_count": admin.HORIZONTAL,
    }
    autocomplete_fields = ["hosts", "guests", "projects", "criteria", "photos", "documents"]
    inlines = [DelegatesInline, VisitCitationInline, VisitInferenceInline, VisitReplyInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (_("Where, when and who"), {"fields": (("direction", "how_known"), "period", ("guests", "hosts"))}),
        (_("Delegates"), {"fields": ("delegates",)}),
        (
            _("What happened"),
            {"fields": (language_columns("purpose"), "projects", language_columns("period_note"), "in_founding_count")},
        ),
        RecordAdmin.note_fields,
        RecordAdmin.award_fields,
        RecordAdmin.media_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
        (_("Own title"), {"fields": (language_columns("title_override"),), "classes": ["collapse"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_source_counts().with_names()

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in {"hosts", "guests"}:
            kwargs["widget"] = PartnerTicks(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("still lacks"))
    def lacks(self, visit: Visit) -> str:
        return ", ".join(visit.lacking())

    def get_changeform_initial_data(self, request):
        """A copy keeps partners, projects and purpose; dates, counts and sources are each visit’s own."""
        initial = super().get_changeform_initial_data(request)
        code = initial.pop("copy_of", "")
        original = Visit.objects.filter(code=code).first() if code else None
        if original:
            columns = ("direction", *language_columns("purpose"), *language_columns("title_override"))
            initial |= {name: getattr(original, name) for name in columns}
            initial |= {name: getattr(original, name).all() for name in ("hosts", "guests", "projects")}
        return initial

    def get_formset_kwargs(self, request, obj, inline, prefix):
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, DelegatesInline) and obj.pk is None:
            options["initial"] = [{"profession": profession.pk} for profession in Profession.objects.founding()]
        return options

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.has_add_permission(request):
            context["copy_url"] = f"{reverse('admin:visits_visit_add')}?copy_of={obj.code}"
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(Profession)
class ProfessionAdmin(AlwaysPublicAdmin):
    list_display = ["__str__", "code", "in_founding_list", "position"]
    list_filter = ["in_founding_list"]
    search_fields = ["code", *search_columns("name")]
    fields = ["code", language_columns("name"), ("in_founding_list", "position")]

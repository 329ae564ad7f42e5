"""Admin of partners, milestones, sources, claims, files and staff."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from . import views
from .award import admin as award  # noqa: F401 – registers the admin of submissions and editions
from .contributions.admin import ContributionAdmin
from .fields.translated import language_codes, language_columns
from .files import downloads, hidden, images, photographs
from .following.admin import FollowerAdmin, NewsletterAdmin
from .models import (
    Claim,
    Contribution,
    ContributionFile,
    Document,
    FailedSignIn,
    Follower,
    Issuer,
    LoggedSearch,
    Milestone,
    MilestoneCitation,
    MilestoneInference,
    Newsletter,
    Partner,
    PartnerCitation,
    PartnerIdentifier,
    PartnerInference,
    PartnerName,
    Photo,
    SecurityEvent,
    Source,
    Statement,
    StatementCitation,
    StatementReply,
    Succession,
    Synonyms,
    User,
)
from .publishing import State
from .record import history
from .signin.admin import FailedSignInAdmin, SecurityEventAdmin, StaffAdmin
from .spreadsheets.admin import Spreadsheets
from .staff.citations import CitationInline
from .staff.file_forms import DocumentForm, PhotoForm
from .staff.filters import CountedFilter
from .staff.inlines import InferenceInline, RecordInline, ReplyInline
from .staff.labels import search_columns
from .staff.record_admin import AlwaysPublicAdmin, RecordAdmin
from .staff.record_views import StaffRequest
from .telling import admin as telling  # noqa: F401 – registers the admin of questions
from .web import held_uploads

# Partners and history


class PartnerCitationInline(CitationInline):
    model = PartnerCitation


class PartnerInferenceInline(InferenceInline):
    model = PartnerInference


class PartnerNameInline(RecordInline, admin.StackedInline):
    model = PartnerName
    fields = [language_columns("name"), language_columns("short_name"), "period"]


class PartnerIdentifierInline(RecordInline, admin.StackedInline):
    model = PartnerIdentifier
    fields = [("scheme", "value"), "source"]
    autocomplete_fields = ["source"]


class SuccessionInline(RecordInline, admin.StackedInline):
    model = Succession
    fk_name = "successor"
    autocomplete_fields = ["predecessor"]
    fields = [("predecessor", "date")]
    verbose_name_plural = _("bodies that it succeeded")


class CountedPartners(CountedFilter):
    """As ``partnership.coverage.count_formal_partners``."""

    @staticmethod
    def counted(records):
        return records.published().formal().current()


@admin.register(Partner)
class PartnerAdmin(RecordAdmin):
    preview_page = staticmethod(views.partner_page)
    preview_records = staticmethod(views.partner_details)
    list_display = ["__str__", "role", "kind", "country", "active", "state"]
    list_filter = ["state", CountedPartners, "role", "kind", "country"]
    # Former names are searched as well.
    search_fields = ["code", *search_columns("name", "short_name", "former_names__name", "former_names__short_name")]
    autocomplete_fields = ["photos", "documents"]
    inlines = [
        PartnerNameInline,
        PartnerIdentifierInline,
        SuccessionInline,
        PartnerCitationInline,
        PartnerInferenceInline,
    ]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            None,
            {
                "fields": (
                    language_columns("name"),
                    language_columns("short_name"),
                    ("role", "kind", "country"),
                    "active",
                )
            },
        ),
        (_("Place"), {"fields": ("town", ("latitude", "longitude"), "website")}),
        (_("Text"), {"fields": (language_columns("description"), "position")}),
        RecordAdmin.note_fields,
        RecordAdmin.media_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("former_names")


class MilestoneCitationInline(CitationInline):
    model = MilestoneCitation


class MilestoneInferenceInline(InferenceInline):
    model = MilestoneInference


@admin.register(Milestone)
class MilestoneAdmin(RecordAdmin):
    preview_page = staticmethod(views.milestone_page)
    preview_records = staticmethod(Milestone.objects.all)
    list_display = ["__str__", "period", "state"]
    list_filter = ["state"]
    search_fields = ["code", *search_columns("title", "text")]
    autocomplete_fields = ["photos", "documents"]
    inlines = [MilestoneCitationInline, MilestoneInferenceInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            _("What happened"),
            {"fields": ("period", language_columns("title"), language_columns("text"), "onward")},
        ),
        RecordAdmin.note_fields,
        RecordAdmin.media_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]


# Evidence


@admin.register(Source)
class SourceAdmin(Spreadsheets, RecordAdmin):
    sheets = ["sources"]
    preview_page = staticmethod(views.source_page)
    preview_records = staticmethod(views.source_details)
    list_display = ["title", "publisher", "grade", "kind", "published", "language", "state"]
    list_filter = ["state", "link_status", "grade", "kind", "language"]
    readonly_fields = ["link_status", "checked_on", "link_detail"]
    search_fields = ["code", "title", "publisher", "url"]
    autocomplete_fields = ["documents"]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (_("What it is"), {"fields": ("title", "publisher", ("grade", "kind", "language"))}),
        (_("Where and when"), {"fields": ("url", "archive_url", ("published", "read_on"), "documents")}),
        (_("Last look at the address"), {"fields": (("link_status", "checked_on", "link_detail"),)}),
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]


class StatementInline(RecordInline, admin.StackedInline):
    model = Statement
    show_change_link = True
    fields = [
        ("state", "preferred"),
        ("qualifier", "value_low", "value_high", "as_of"),
        language_columns("wording"),
        ("quote", "quote_language"),
        language_columns("note"),
    ]


@admin.register(Claim)
class ClaimAdmin(RecordAdmin):
    preview_page = staticmethod(views.claim_page)
    preview_records = staticmethod(Claim.objects.all)
    list_display = ["__str__", "measures", "counts", "state"]
    list_filter = ["state", "measures", "counts"]
    search_fields = ["code", *search_columns("label")]
    autocomplete_fields = ["could_confirm", "documents", "criteria"]
    inlines = [StatementInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            None,
            {
                "fields": (
                    language_columns("label"),
                    language_columns("unit"),
                    ("measures", "counts", "counts_until"),
                    ("could_confirm", "position"),
                )
            },
        ),
        (_("Documents"), {"fields": ("documents",)}),
        RecordAdmin.award_fields,
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]


class StatementCitationInline(CitationInline):
    model = StatementCitation


class StatementReplyInline(ReplyInline):
    model = StatementReply


@admin.register(Statement)
class StatementAdmin(RecordAdmin):
    """A statement is versioned and published as a part of its claim; its citations and confirmations are its own."""

    list_display = ["claim", "__str__", "as_of", "preferred", "state"]
    list_select_related = ["claim"]
    list_filter = ["state", "qualifier", "preferred"]
    search_fields = ["code", "quote", *search_columns("claim__label")]
    autocomplete_fields = ["claim"]
    inlines = [StatementCitationInline, StatementReplyInline]
    fieldsets = [
        (None, {"fields": ("claim", ("state", "preferred"), "code")}),
        (None, {"fields": (("qualifier", "value_low", "value_high"), "as_of", language_columns("wording"))}),
        (None, {"fields": (("quote", "quote_language"), language_columns("note"))}),
    ]
    keeps_versions = False
    takes_proposals = False

    def versioned(self, record):
        return record.claim

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        obj.claim.save()

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj) and (obj is None or obj.state == State.DRAFT)

    def history_view(self, request, object_id, extra_context=None):
        statement = get_object_or_404(Statement, pk=object_id)
        return HttpResponseRedirect(reverse("admin:partnership_claim_history", args=[statement.claim_id]))


# Files


class FileAdmin(RecordAdmin):
    """Files are shown here before they are public, but not to staff outside the EU: they may show people."""

    def get_fieldsets(self, request, obj=None):
        left_out = set() if obj else {"original_file"}
        if obj and request.user.works_outside_the_eu:
            left_out = {"original_file", "file"}
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name not in left_out)})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """A good file stays with a form that has another fault."""
        if request.method == "POST":
            held_uploads.put_back(request)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and response.status_code == 302 and "_later" not in request.POST:
            held_uploads.forget(request)
        return response

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if request.method == "POST":
            held_uploads.hold(request, context["adminform"].form)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self):
        return [self.record_path("kept/", self.original_view, "kept"), *super().get_urls()]

    def original_view(self, request: StaffRequest, object_id: str) -> HttpResponseBase:
        """The file, whatever the state of its record."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if request.user.works_outside_the_eu or not self.has_view_permission(request, record):
            raise PermissionDenied
        return self.send_file(request, record)

    def send_file(self, request: HttpRequest, record: Any) -> HttpResponseBase:
        raise NotImplementedError


@admin.register(Photo)
class PhotoAdmin(FileAdmin):
    form = PhotoForm
    formfield_overrides = {
        models.FileField: {
            "form_class": photographs.PhotoFormField,
            "widget": held_uploads.HeldFileInput(attrs={"accept": "image/*,.heic,.heif"}),
        }
    }
    list_display = ["__str__", "period", "credit", "basis", "state"]
    list_filter = ["state", "basis"]
    search_fields = ["code", "credit", *search_columns("alt", "caption")]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            None,
            {
                "fields": (
                    "original_file",
                    "file",
                    language_columns("alt"),
                    ("is_decorative", "focus"),
                    language_columns("caption"),
                    ("period", "credit"),
                )
            },
        ),
        (_("Permission"), {"fields": (("basis", "licence"),)}),
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]
    readonly_fields = ["original_file"]

    def send_file(self, request, record):
        original_width = record.width or 0
        width = max((width for width in images.widths_of(original_width) if width <= 800), default=original_width)
        if not record.file or record.file.storage.exists(record.rendition_name(width, "jpg")):
            return views.send_photo(request, record, width, "jpg")
        # Its sizes are still to be made: nobody waits for those of ten photographs.
        etag = f'"{record.pk}-{record.version}"'
        return downloads.send_file(request, record.file.storage, str(record.file.name), etag=etag)

    @admin.display(description=_("picture"))
    def thumbnail(self, photo: Photo) -> str:
        if not photo.file:
            return "–"
        url = reverse("admin:partnership_photo_kept", args=[photo.pk])
        return format_html('<img class="thumb" src="{}" alt="" loading="lazy">', url)

    def get_list_display(self, request):
        names = super().get_list_display(request)
        return names if request.user.works_outside_the_eu else [names[0], "thumbnail", *names[1:]]

    @admin.display(description=_("as it is kept"))
    def original_file(self, photo: Photo) -> str:
        if photo.file_deleted_on:
            return gettext("Deleted for good on %(day)s") % {"day": date_format(photo.file_deleted_on)}
        url = reverse("admin:partnership_photo_kept", args=[photo.pk])
        return format_html('<img class="kept" src="{}" alt="{}">', url, photo.alt)

    def get_urls(self):
        return [
            self.record_path("withdraw/", self.withdraw, "withdraw"),
            self.record_path("erase/", self.erase, "erase"),
            *super().get_urls(),
        ]

    def record_context(self, request, record):
        return {
            **super().record_context(request, record),
            "may_withdraw_now": record.state == State.PUBLISHED,
            "may_erase": record.file and self.has_add_permission(request),
        }

    def erase(self, request, object_id):
        """Deletes a photograph whose consent is taken back: all its sizes and what it was made from, at once.

        As with ``withdraw``, nobody has to wait for a publisher.
        """
        photo = self.posted_record(request, object_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "sure" not in request.POST or not photo.file:
            self.message_user(request, _("Tick that you mean it; nothing was deleted."), messages.WARNING)
            return self.redirect_to_form(photo)
        with transaction.atomic():
            before = history.snapshot(photo)
            if photo.state == State.PUBLISHED:
                photo.state = State.WITHDRAWN
                for language in language_codes():
                    with translation.override(language):
                        reason = gettext("The consent to show it was taken back.")
                    setattr(photo, f"withdrawal_reason_{language}", reason)
            photo.erase_file()
            for sent in ContributionFile.objects.filter(photo=photo):
                sent.state = ContributionFile.State.DELETED
                sent.save()
                transaction.on_commit(sent.delete_content)
            history.note(photo, before, request.user)
        self.message_user(
            request, _("The photograph is deleted in all its sizes. Backups hold it until they are deleted.")
        )
        return self.redirect_to_form(photo)

    def withdraw(self, request, object_id):
        """Withdraws a published photograph at once. Every member of staff who may add one may do this."""
        photo = self.posted_record(request, object_id)
        if photo.state != State.PUBLISHED or not self.has_add_permission(request):
            raise PermissionDenied
        before = history.snapshot(photo)
        photo.state = State.WITHDRAWN
        for language in language_codes():
            with translation.override(language):
                reason = gettext("Taken down while a question about it is looked into.")
            setattr(photo, f"withdrawal_reason_{language}", reason)
        photo.save()
        history.note(photo, before, request.user)
        self.message_user(request, _("The photograph is no longer public."))
        return self.redirect_to_form(photo)


@admin.register(Synonyms)
class SynonymsAdmin(AlwaysPublicAdmin):
    """Always in use, so only those who may publish change them."""

    list_display = ["__str__", "words"]
    search_fields = ["code", "words"]
    fields = ["code", "words"]

    def has_delete_permission(self, request, obj=None):
        """No page names them: a group that helps nobody goes."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj) and self.may_publish(request)


@admin.register(Document)
class DocumentAdmin(FileAdmin):
    form = DocumentForm
    formfield_overrides = {
        models.FileField: {
            "form_class": hidden.DocumentFormField,
            "widget": held_uploads.HeldFileInput(
                attrs={"accept": ",".join(f".{suffix}" for suffix in hidden.DOCUMENT_FORMATS)}
            ),
        }
    }
    list_display = ["__str__", "kind", "period", "language", "state"]
    list_filter = ["state", "kind", "language"]
    search_fields = ["code", "credit", *search_columns("title")]
    readonly_fields = ["original_file", "sha256", "size", "hidden_list"]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (
            None,
            {
                "fields": (
                    "original_file",
                    "file",
                    language_columns("title"),
                    ("kind", "language", "period"),
                    ("credit", "licence"),
                )
            },
        ),
        (_("The file"), {"fields": (("size", "sha256"), "hidden_list", "hidden_reason")}),
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

    def send_file(self, request, record):
        return views.send_document(request, record)

    @admin.display(description=_("hidden content"))
    def hidden_list(self, document: Document) -> str:
        return hidden.in_words(document.hidden_kinds) or "–"

    @admin.display(description=_("as it is kept"))
    def original_file(self, document: Document) -> str:
        url = reverse("admin:partnership_document_kept", args=[document.pk])
        return format_html('<a href="{}">{}</a>', url, f"{document.slug}.{document.extension.lower()}")


# What is always public


@admin.register(LoggedSearch)
class LoggedSearchAdmin(AlwaysPublicAdmin):
    list_display = ["__str__", "outcome", "looked_on", "is_found", "position"]
    list_filter = ["is_found", "looked_on"]
    search_fields = ["code", "words", *search_columns("sought")]
    fields = [
        "code",
        language_columns("sought"),
        language_columns("outcome"),
        language_columns("place"),
        "words",
        ("looked_on", "is_found", "position"),
    ]


@admin.register(Issuer)
class IssuerAdmin(AlwaysPublicAdmin):
    list_display = ["__str__", "closes_on"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["source"]
    fields = ["code", "name", "closes_on", language_columns("reason"), "source"]


# Staff

admin.site.register(Contribution, ContributionAdmin)
admin.site.register(Follower, FollowerAdmin)
admin.site.register(Newsletter, NewsletterAdmin)
admin.site.register(User, StaffAdmin)
admin.site.register(FailedSignIn, FailedSignInAdmin)
admin.site.register(SecurityEvent, SecurityEventAdmin)
# Migrations define the permissions of roles; keys of second factors are shown to nobody.
admin.site.unregister([Group, StaticDevice, TOTPDevice])

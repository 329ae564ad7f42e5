"""Admin of award rounds, of submissions with their dossiers, and of editions, which are read-only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from translated_fields import to_attribute

from ..fields.translated import language_columns
from ..models import (
    AwardRound,
    Criterion,
    Edition,
    PrivateLink,
    RoundCitation,
    Section,
    Submission,
    SubmissionCitation,
)
from ..publishing import State
from ..staff.citations import CitationInline
from ..staff.forms import RecordForm, RecordFormSet
from ..staff.inlines import RecordInline
from ..staff.labels import LanguageLabels, search_columns
from ..staff.record_admin import AlwaysPublicAdmin, RecordAdmin
from ..staff.record_views import StaffRequest, as_get
from . import editions, views
from .record_references import errors_in, errors_of


class CriterionInline(RecordInline, admin.StackedInline):
    model = Criterion
    fields = [language_columns("name"), ("is_condition", "position")]


class RoundCitationInline(CitationInline):
    model = RoundCitation


@admin.register(AwardRound)
class AwardRoundAdmin(AlwaysPublicAdmin):
    list_display = ["__str__", "award", "year"]
    search_fields = ["award", "year", "code"]
    fields = ["code", ("award", "year"), language_columns("note")]
    inlines = [CriterionInline, RoundCitationInline]


@admin.register(Criterion)
class CriterionAdmin(LanguageLabels, admin.ModelAdmin):
    """Registered for autocompletion in other forms; criteria are changed with their round."""

    search_fields = ["code", *search_columns("name"), "round__award", "round__year"]
    list_select_related = ["round"]

    def has_module_permission(self, request):
        return False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SectionFormSet(RecordFormSet):
    """The texts of a dossier: every reference resolves, in a public dossier to a public record."""

    def clean(self) -> None:
        super().clean()
        in_public = self.instance.state == State.PUBLISHED
        for form in self.forms:
            if form in self.deleted_forms or not hasattr(form, "cleaned_data"):
                continue
            for language, _name in settings.LANGUAGES:
                column = to_attribute("text", language)
                text = form.cleaned_data.get(column)
                if text and column not in form.errors:
                    for error in errors_in(text, in_public=in_public):
                        form.add_error(column, str(error))


class SectionInline(RecordInline, admin.StackedInline):
    model = Section
    formset = SectionFormSet
    fields = [language_columns("title"), language_columns("text"), ("position", "length", "shows"), "code"]


class SubmissionCitationInline(CitationInline):
    model = SubmissionCitation


class PrivateLinkForm(forms.ModelForm):
    class Meta:
        model = PrivateLink
        fields = ["purpose", "edition", "expires_on"]
        widgets = {"expires_on": forms.DateInput(attrs={"type": "date"})}

    def __init__(self, submission: Submission, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.instance.submission = submission
        edition: Any = self.fields["edition"]
        edition.queryset = submission.editions.filter(withdrawn_on__isnull=True)


class SubmissionForm(RecordForm):
    """A dossier that stops being public says what becomes of its public editions."""

    editions = forms.ChoiceField(
        label=_("Its public editions"),
        required=False,
        choices=[
            ("", "---------"),
            ("withdraw", _("are withdrawn as well, with the same reason")),
            ("keep", _("stay public, as they were frozen")),
        ],
        help_text=_("Only if you are asked for it. Their addresses may stand in print."),
    )
    extra_fields = (*RecordForm.extra_fields, "editions")

    @property
    def hides_dossier(self) -> bool:
        """Whether readers lose the dossier by this, while editions of it are public."""
        return (
            "state" in self.changed_data
            and self.initial.get("state") == State.PUBLISHED
            and self.instance.editions.standing().exists()
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.hides_dossier and not cleaned.get("editions"):
            question = _("Editions of this dossier are public. Say whether they stay so.")
            self.add_error("editions", forms.ValidationError(question, code="editions"))
        return cleaned

    def overruling(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        return super().overruling(rows) | (
            {"editions"} if "editions" in self.errors or self.data.get("editions") else set()
        )


@admin.register(Submission)
class SubmissionAdmin(RecordAdmin):
    form = SubmissionForm
    change_form_template = "admin/submission_change_form.html"
    preview_page = staticmethod(views.dossier_page)
    preview_records = staticmethod(views.submission_details)
    list_display = ["__str__", "round", "applicant", "status", "state"]
    list_select_related = ["round", "applicant"]
    list_filter = ["state", "status", "round"]
    search_fields = ["code", *search_columns("title"), "round__award"]
    autocomplete_fields = ["round", "applicant"]
    inlines = [SectionInline, SubmissionCitationInline]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": (("round", "applicant", "category"), ("status", "submitted"), language_columns("outcome"))}),
        (_("Beginning of the dossier"), {"fields": (language_columns("title"), language_columns("lead"))}),
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and form.hides_dossier and form.cleaned_data["editions"] == "withdraw":
            reason = str(obj.withdrawal_reason) or gettext("The dossier is no longer public.")
            obj.editions.standing().update(withdrawn_on=timezone.localdate(), withdrawal_reason=reason)

    def get_urls(self):
        own = [
            path("<path:object_id>/freeze/", self.admin_site.admin_view(self.freeze_view), name="submission_freeze"),
            path("<path:object_id>/link/", self.admin_site.admin_view(self.link_view), name="submission_link"),
            path(
                "<path:object_id>/link/<int:link>/revoke/",
                self.admin_site.admin_view(self.revoke_view),
                name="submission_revoke",
            ),
        ]
        return [*own, *super().get_urls()]

    def record_context(self, request, record):
        form = PrivateLinkForm(record, request.POST if "purpose" in request.POST else None)
        links = record.private_links.select_related("edition__submission")
        return {
            **super().record_context(request, record),
            "editions": record.editions.all(),
            "dossier_errors": errors_of(record, in_public=True),
            "may_freeze": self._may_freeze(request),
            "link_form": form if request.user.has_perm("partnership.add_privatelink") else None,
            "links": [(link, f"{settings.SITE_URL}{views.private_url(link)}") for link in links],
            "today": timezone.localdate(),
        }

    def _may_freeze(self, request) -> bool:
        return request.user.has_perm("partnership.add_edition")

    def freeze_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Freezes the dossier of today, or reports the errors in it with section and paragraph."""
        submission = self.posted_record(request, object_id)
        if not self._may_freeze(request):
            raise PermissionDenied
        try:
            edition = editions.freeze(submission, request.user, public="public" in request.POST)
        except editions.InvalidDossier as error:
            for reason in error.errors:
                self.message_user(request, reason, messages.ERROR)
        except OSError:
            words = _("The edition could not be stored; nothing of it was kept. Is there space left on the disk?")
            self.message_user(request, words, messages.ERROR)
        else:
            self.message_user(request, _("Edition %(number)s has been frozen.") % {"number": edition.number})
        return self.redirect_to_form(submission)

    def link_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        submission = self.posted_record(request, object_id)
        if not request.user.has_perm("partnership.add_privatelink"):
            raise PermissionDenied
        form = PrivateLinkForm(submission, request.POST)
        if not form.is_valid():
            return self.changeform_view(as_get(request), object_id)
        form.instance.by = request.user
        form.save()
        self.message_user(request, _("The link can be used. Copy it from the list below."), messages.SUCCESS)
        return self.redirect_to_form(submission)

    def revoke_view(self, request: StaffRequest, object_id: str, link: int) -> HttpResponse:
        submission = self.posted_record(request, object_id)
        if not request.user.has_perm("partnership.add_privatelink"):
            raise PermissionDenied
        get_object_or_404(submission.private_links, pk=link)
        submission.private_links.filter(pk=link, revoked_at__isnull=True).update(revoked_at=timezone.now())
        self.message_user(request, _("The link has been revoked."), messages.SUCCESS)
        return self.redirect_to_form(submission)


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    """Read-only: an edition can only be made public, or withdrawn, which leaves a tombstone."""

    change_form_template = "admin/edition_change_form.html"
    list_display = ["__str__", "made_at", "partner", "is_public", "withdrawn_on"]
    list_select_related = ["submission__round", "partner"]
    list_filter = ["is_public", "submission"]
    fields = [
        *("submission", "number", "made_at", "partner", "sha256"),
        *("is_public", "withdrawn_on", "withdrawal_reason"),
    ]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        release = self.admin_site.admin_view(self.release_view)
        return [path("<int:pk>/release/", release, name="edition_release"), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["may_release"] = request.user.has_perm("partnership.add_edition")
        context["file_errors"] = editions.verified_files(obj).errors
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.is_public else None

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Makes an edition public, or withdraws it with a reason shown to readers."""
        edition = get_object_or_404(Edition.objects.select_related("submission"), pk=pk)
        if request.method != "POST" or not request.user.has_perm("partnership.add_edition"):
            raise PermissionDenied
        reason = request.POST.get("reason", "").strip()[:300]
        if "withdraw" not in request.POST and edition.submission.state != State.PUBLISHED:
            words = _("An edition is public only once its dossier is. Publish the dossier first.")
            self.message_user(request, words, messages.ERROR)
        elif "withdraw" not in request.POST:
            edition.is_public = True
            edition.save(update_fields=["is_public"])
            self.message_user(request, _("The edition is public."), messages.SUCCESS)
        elif not reason:
            self.message_user(request, _("Say why the edition is withdrawn; readers will see it."), messages.ERROR)
        else:
            edition.withdrawn_on, edition.withdrawal_reason = timezone.localdate(), reason
            edition.save(update_fields=["withdrawn_on", "withdrawal_reason"])
            self.message_user(request, _("The edition has been withdrawn."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:partnership_edition_change", args=[edition.pk]))

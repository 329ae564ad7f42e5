"""The inbox of staff: what has been sent in, what can be made of it by one click, and the answer to the sender."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..addresses import permanent_models
from ..fields.email_addresses import AddressField
from ..fields.texts import CharFormField
from ..files import downloads
from ..models import Contribution, ContributionFile, ContributionResult, Source
from ..models.contributions import key_hash
from ..publishing import State
from . import drafts
from .intake import fingerprint_of
from .letters import texts_to_begin_from, write_to_sender
from .naming import record_named
from .pane import age_of, in_tab, is_late, next_after, pane_of, tabs

What = ContributionResult.What


def reasons() -> list[str]:
    """The usual ones, in the active language."""
    return [
        _("we cannot show that it is so"),
        _("it names a person"),
        _("the licence or a consent is missing"),
        _("it is known already"),
        _("it is about something else"),
    ]


class TabFilter(admin.SimpleListFilter):
    title = gettext_lazy("where it is")
    parameter_name = "tab"

    def lookups(self, request, model_admin):
        return [*tabs()[1:], ("all", _("all"))]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("new"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        # A single one is looked up through the same filter.
        if self.value() is None and not request.resolver_match.url_name.endswith("_changelist"):
            return queryset
        return queryset.filter(pk__in=in_tab(self.value() or "").order_by().values("pk"))


class ContributionAddForm(forms.ModelForm):
    """What came otherwise than by the form: one inbox, one set of rules."""

    email = AddressField(label=gettext_lazy("E-mail"), required=False)
    about = CharFormField(
        label=gettext_lazy("Which record it is about"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Its title, or its address on this site. Leave empty if it is about none."),
    )

    field_order = ("came_by", "received_at", "what", "about")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        received: Any = self.fields["received_at"].widget
        for part, name in zip(getattr(received, "widgets", ()), (_("Date"), _("Time of day")), strict=False):
            part.attrs["aria-label"] = name

    class Meta:
        model = Contribution
        fields = (
            *("came_by", "received_at", "what"),
            *("text", "text_language", "known_how", "when_text", "email", "language"),
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("about"):
            try:
                record = record_named(values["about"])
            except ValidationError as error:
                self.add_error("about", error)
            else:
                self.instance.model_name, self.instance.code = str(record._meta.model_name), record.code
        if not (values.get("text") or "").strip():
            self.add_error("text", _("Write what was said."))
        return values


class ErasureForm(forms.Form):
    reason = CharFormField(label=gettext_lazy("Reason"), max_length=300)


class ContributionAdmin(admin.ModelAdmin):
    form = ContributionAddForm
    list_display = ["reference", "day", "about", "what", "first_words", "file_count", "age", "registration"]
    list_filter = [TabFilter]
    list_per_page = 50
    ordering = ["received_at", "pk"]
    actions = None
    change_form_template = "admin/contribution.html"
    change_list_template = "admin/contribution_list.html"
    add_form_template = "admin/change_form.html"

    # The list

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(number_of_files=Count("files"))

    def changelist_view(self, request, extra_context=None):
        # Columns are made row by row, and what they may show depends on who reads.
        self._reader = request.user
        return super().changelist_view(request, {"title": _("Sent in"), **(extra_context or {})})

    @admin.display(description=gettext_lazy("day"), ordering="received_at")
    def day(self, contribution: Contribution) -> date:
        return timezone.localtime(contribution.received_at).date()

    @admin.display(description=gettext_lazy("record"))
    def about(self, contribution: Contribution) -> str:
        return f"{contribution.model_name}/{contribution.code}" if contribution.code else "–"

    @admin.display(description=gettext_lazy("first words"))
    def first_words(self, contribution: Contribution) -> str:
        return Truncator(contribution.cleared_text or drafts.cleared(contribution.text)).words(8)

    @admin.display(description=gettext_lazy("files"))
    def file_count(self, contribution: Contribution) -> int:
        return contribution.number_of_files

    @admin.display(description=gettext_lazy("working days"))
    def age(self, contribution: Contribution) -> str:
        days = age_of(contribution)
        return f"{days} !" if is_late(contribution) else str(days)

    # By hand

    def has_delete_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not request.user.works_outside_the_eu

    def save_model(self, request, obj, form, change):
        if not change:
            obj.fingerprint = fingerprint_of(obj.text)
            obj.key_hash = key_hash(obj.make_private_key())
            obj.give_reference()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(self._page(obj))

    # One contribution

    def get_urls(self):
        def at(route: str, view: Callable[..., HttpResponseBase], name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"partnership_contribution_{name}")

        return [
            at("notices/", self.notices_view, "notices"),
            at("<int:pk>/do/<slug:action>/", self.do_view, "do"),
            at("<int:pk>/files/<int:file>/preview/", self.preview_view, "preview"),
            at("<int:pk>/files/<int:file>/original/", self.original_view, "original"),
            *super().get_urls(),
        ]

    def _page(self, contribution: Contribution) -> str:
        return reverse("admin:partnership_contribution_change", args=[contribution.pk])

    def change_view(self, request, object_id, form_url="", extra_context=None):
        contribution = get_object_or_404(Contribution, pk=object_id)
        if not self.has_view_permission(request, contribution):
            raise PermissionDenied
        if request.method == "POST":
            # All that changes one goes through its own button.
            return HttpResponseRedirect(self._page(contribution))
        return self._show(request, contribution)

    def _show(
        self,
        request: HttpRequest,
        contribution: Contribution,
        status: int = 200,
        problem: str = "",
        typed_for: str = "",
    ) -> HttpResponse:
        """The page with all buttons; after an error, with what was typed for one of them."""
        user: Any = request.user
        record = record_of(contribution)
        results = [(result, at(result)) for result in contribution.results.all()]
        links = [
            f"{settings.SITE_URL}{record.get_absolute_url()}"
            for _result, record in results
            if record and record.is_published
        ]
        outside = user.works_outside_the_eu
        may_answer = self.has_change_permission(request, contribution) and not outside
        context = {
            **self.admin_site.each_context(request),
            "title": f"{contribution.reference}, {contribution.get_what_display()}",
            "opts": self.opts,
            "contribution": contribution,
            "parts": [(contribution.cleared_text, False)] if outside else drafts.marked(contribution.text),
            "is_covered": not outside and any(is_personal for _part, is_personal in drafts.marked(contribution.text)),
            "outside_the_eu": outside,
            "record": record,
            "record_url": change_url(record) if record else "",
            "cite_url": f"{change_url(record)}?cite={contribution.source_id}" if record and contribution.source else "",
            "source_url": change_url(contribution.source) if contribution.source else "",
            "files": [
                (file, change_url(file.photo or file.document) if file.photo or file.document else "")
                for file in contribution.files.select_related("photo", "document")
            ],
            "results": [(result, change_url(record) if record else "") for result, record in results],
            "grades": [Source.Grade.WITNESS, *(grade for grade in Source.Grade if grade != Source.Grade.WITNESS)],
            "may_answer": may_answer,
            "may_erase": request.user.has_perm("partnership.erase_contribution") and not outside,
            "problem": problem,
            "typed": self._typed(request, contribution, links if may_answer else [], typed_for),
            "states": [Contribution.State.USED, Contribution.State.PARTLY_USED, Contribution.State.NOT_USED],
            "reasons": _in_language(contribution.language, reasons),
            "same": Contribution.objects.filter(fingerprint=contribution.fingerprint).exclude(pk=contribution.pk)
            if contribution.fingerprint
            else [],
            "pane": pane_of(contribution),
            "may_add": self.has_add_permission(request),
            "conversation": [] if outside else contribution.messages.select_related("by"),
        }
        return TemplateResponse(request, self.change_form_template, context, status=status)

    def _typed(self, request: Any, contribution: Contribution, links: list[str], action: str) -> dict[str, str]:
        """What stands in the fields: texts to begin from, and after an error what was typed."""
        texts = texts_to_begin_from(contribution, links)
        record = record_of(contribution)
        fields = {
            "clear_cleared_text": contribution.cleared_text
            or ("" if request.user.works_outside_the_eu else drafts.cleared(contribution.text)),
            "clear_text_language": contribution.text_language,
            "ask_text": f"{texts['ask']} ",
            "reply_text": texts["thank"],
            "result_record": str(record) if record else "",
            "register_registered_as": contribution.registered_as,
        }
        return fields | {f"{action}_{name}": str(value) for name, value in request.POST.items() if action}

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """What a button does. Whoever saw an older state of the contribution is told, and nothing is done."""
        contribution = get_object_or_404(Contribution, pk=pk)
        act = ACTIONS.get(action)
        if request.method != "POST" or act is None or not self._may(request, contribution, act):
            raise PermissionDenied
        try:
            with transaction.atomic():
                contribution = Contribution.objects.select_for_update().get(pk=pk)
                if request.POST.get("version") != str(contribution.version):
                    text = _(
                        "Somebody else has done something with it meanwhile. Look at it again; nothing was changed."
                    )
                    self.message_user(request, text, messages.WARNING)
                    return HttpResponseRedirect(self._page(contribution))
                following = next_after(contribution) if "then_next" in request.POST else None
                leads_to = act.run(contribution, request)
        except (ValidationError, ValueError) as error:
            reason = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            contribution.refresh_from_db()
            return self._show(request, contribution, 422, problem=reason, typed_for=action)
        if text := act.done:
            self.message_user(request, text, messages.SUCCESS)
        if following:
            leads_to = reverse("admin:partnership_contribution_change", args=[following])
        return HttpResponseRedirect(leads_to or self._page(contribution))

    def _may(self, request: HttpRequest, contribution: Contribution, act: Action) -> bool:
        user: Any = request.user
        if user.works_outside_the_eu and not act.is_for_all:
            return False
        return user.has_perm(f"partnership.{act.needs}_contribution")

    def notices_view(self, request: HttpRequest) -> HttpResponse:
        """Begins or ends the notices of what is new, for whoever presses the button."""
        user: Any = request.user
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        user.wants_inbox_notices, user.inbox_notice_at = not user.wants_inbox_notices, timezone.now()
        user.save(update_fields=["wants_inbox_notices", "inbox_notice_at"])
        text = (
            _("You get a letter when something new comes in.") if user.wants_inbox_notices else _("You get no letters.")
        )
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:partnership_contribution_changelist"))

    # Files

    def _file(self, request: HttpRequest, pk: int, file: int) -> ContributionFile:
        stored_file = get_object_or_404(ContributionFile, pk=file, contribution=pk)
        if not self.has_view_permission(request, stored_file.contribution):
            raise PermissionDenied
        return stored_file

    def preview_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
        """The picture that was made anew."""
        stored_file = self._file(request, pk, file)
        if not stored_file.preview or stored_file.state != ContributionFile.State.CLEAN:
            raise PermissionDenied
        response = downloads.send_file(
            request, stored_file.preview.storage, str(stored_file.preview.name), etag=f'"{stored_file.sha256}"'
        )
        response["Cache-Control"] = "private, no-store"
        return response

    def original_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
        """What was sent, as a download that no browser opens; first a page that says whether it was scanned."""
        stored_file = self._file(request, pk, file)
        user: Any = request.user
        if user.works_outside_the_eu or not self.has_change_permission(request, stored_file.contribution):
            raise PermissionDenied
        if stored_file.state in {ContributionFile.State.REFUSED, ContributionFile.State.DELETED}:
            raise PermissionDenied
        if "download" not in request.GET:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Download what was sent"),
                "opts": self.opts,
                "file": stored_file,
                "page": self._page(stored_file.contribution),
            }
            return TemplateResponse(request, "admin/contribution_original.html", context)
        name = f"{stored_file.contribution.reference}-{stored_file.pk}.{stored_file.format}"
        response = downloads.send_file(
            request, stored_file.file.storage, str(stored_file.file.name), etag=f'"{stored_file.sha256}"', download=name
        )
        response["Content-Type"] = "application/octet-stream"
        response["Cache-Control"] = "private, no-store"
        return response


def record_of(contribution: Contribution) -> Any:
    """The record that it is about, in whatever state."""
    return at(contribution)


def at(named: Any) -> Any:
    """The record that a row names by kind and code."""
    kinds = {**permanent_models(), "photo": drafts.Photo, "document": drafts.Document}
    model = kinds.get(named.model_name)
    return model._default_manager.filter(code=named.code).first() if model else None


def change_url(record: Any) -> str:
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def _in_language(language: str, words: Callable[[], list[str]]) -> list[str]:
    with translation.override(language):
        return words()


# What the buttons do


class Action:
    """A button of the inbox: what it does, who may press it, and what is said after."""

    def __init__(
        self,
        run: Callable[[Contribution, Any], str],
        needs: str = "change",
        done: Any = "",
        *,
        is_for_all: bool = False,
    ):
        self.run, self.needs, self.done, self.is_for_all = run, needs, done, is_for_all


def _take(contribution: Contribution, request: Any) -> str:
    if contribution.is_closed:
        raise ValueError(_("It is closed already."))
    contribution.state, contribution.taken_by, contribution.suspected = Contribution.State.IN_HAND, request.user, []
    contribution.save()
    return ""


def _clear(contribution: Contribution, request: Any) -> str:
    if contribution.is_erased:
        raise ValueError(_("It is closed already."))
    contribution.cleared_text = request.POST.get("cleared_text", "").strip()[:4000]
    contribution.text_language = request.POST.get("text_language", "")[:10]
    contribution.save()
    return ""


def _source(contribution: Contribution, request: Any) -> str:
    grade = request.POST.get("grade", Source.Grade.WITNESS)
    if grade not in Source.Grade.values:
        raise ValueError(_("Choose who speaks."))
    if not request.user.has_perm("partnership.add_source"):
        raise PermissionDenied
    return change_url(drafts.make_source(contribution, request.user, grade))


def _photo(contribution: Contribution, request: Any) -> str:
    if not request.user.has_perm("partnership.add_photo"):
        raise PermissionDenied
    return change_url(drafts.make_photo(_chosen(contribution, request), request.user, record_of(contribution)))


def _document(contribution: Contribution, request: Any) -> str:
    if not request.user.has_perm("partnership.add_document"):
        raise PermissionDenied
    return change_url(drafts.make_document(_chosen(contribution, request), request.user, record_of(contribution)))


def _chosen(contribution: Contribution, request: Any) -> ContributionFile:
    number = request.POST.get("file", "")
    return get_object_or_404(contribution.files, pk=number if number.isdigit() else 0)


def _suggestion(contribution: Contribution, request: Any) -> str:
    record = record_of(contribution)
    if record is None or record.state != State.PUBLISHED:
        raise ValueError(_("It is not about a published record."))
    drafts.make_suggestion(contribution, request.user, record)
    return change_url(record)


def _text(request: Any) -> str:
    if not (text := request.POST.get("text", "").strip()):
        raise ValueError(_("Write something first."))
    return text[:2000]


def _ask(contribution: Contribution, request: Any) -> str:
    if contribution.is_closed:
        raise ValueError(_("It is closed already."))
    write_to_sender(contribution, request.user, _text(request))
    contribution.state, contribution.asked_at = Contribution.State.ASKED, timezone.now()
    contribution.save()
    return ""


def _reply(contribution: Contribution, request: Any) -> str:
    write_to_sender(contribution, request.user, _text(request))
    return ""


def _register(contribution: Contribution, request: Any) -> str:
    number = request.POST.get("registered_as", "").strip()
    is_minor = request.POST.get("registration") == Contribution.Registration.MINOR
    if not is_minor and not number:
        raise ValueError(_("Write the number under which it is registered."))
    contribution.registration = Contribution.Registration.MINOR if is_minor else Contribution.Registration.REGISTERED
    contribution.registered_as = "" if is_minor else number[:80]
    contribution.save()
    return ""


def _close(contribution: Contribution, request: Any) -> str:
    if contribution.is_closed:
        raise ValueError(_("It is closed already."))
    state, reason = request.POST.get("state"), request.POST.get("reason", "").strip()[:300]
    if state not in Contribution.CLOSED or state == Contribution.State.ERASED:
        raise ValueError(_("Choose how it is closed."))
    if state == Contribution.State.NOT_USED and not reason:
        raise ValueError(_("Say why; the sender reads it."))
    if state != Contribution.State.NOT_USED and not contribution.results.exists():
        raise ValueError(_("Nothing has come of it yet. Make a draft of it first, or name the record below."))
    contribution.close(state, reason)
    if text := request.POST.get("text", "").strip():
        write_to_sender(contribution, request.user, text[:2000])
    return ""


def _result(contribution: Contribution, request: Any) -> str:
    record = record_named(request.POST.get("record", ""))
    ContributionResult.objects.get_or_create(
        contribution=contribution, model_name=record._meta.model_name, code=record.code, what=What.CORRECTION
    )
    return ""


def _spam(contribution: Contribution, request: Any) -> str:
    contribution.mark_as_spam()
    return reverse("admin:partnership_contribution_changelist")


def _spam_all(contribution: Contribution, request: Any) -> str:
    same = Contribution.objects.open().filter(sender=contribution.sender) if contribution.sender else []
    for match in same:
        match.mark_as_spam()
    if not contribution.sender:
        contribution.mark_as_spam()
    return reverse("admin:partnership_contribution_changelist")


def _join(contribution: Contribution, request: Any) -> str:
    reference = request.POST.get("reference", "").strip()
    other = Contribution.objects.filter(reference=reference).exclude(pk=contribution.pk).first()
    if other is None:
        raise ValueError(_("There is no contribution of this number."))
    for result in other.results.all():
        ContributionResult.objects.get_or_create(
            contribution=contribution, model_name=result.model_name, code=result.code, what=result.what
        )
    with translation.override(contribution.language):
        reason = _("Told more than once; it is kept together with %(reference)s.") % {"reference": other.reference}
    contribution.close(Contribution.State.NOT_USED, reason)
    return change_url(other)


def _erase(contribution: Contribution, request: Any) -> str:
    form = ErasureForm(request.POST)
    if not form.is_valid():
        raise ValueError(_("Say why; the sender reads it."))
    contribution.erase(form.cleaned_data["reason"])
    return ""


def _hold(contribution: Contribution, request: Any) -> str:
    contribution.hold = not contribution.hold
    contribution.hold_reason = request.POST.get("hold_reason", "").strip()[:300] if contribution.hold else ""
    contribution.save()
    return ""


ACTIONS = {
    "take": Action(_take, "view", gettext_lazy("You have taken it in hand."), is_for_all=True),
    "clear": Action(_clear, "view", gettext_lazy("The cleared text is kept.")),
    "source": Action(_source, "view", is_for_all=True),
    "photo": Action(_photo, "view"),
    "document": Action(_document, "view"),
    "suggestion": Action(_suggestion, "view", is_for_all=True),
    "ask": Action(_ask, done=gettext_lazy("The question stands on the sender’s page.")),
    "reply": Action(_reply, done=gettext_lazy("The answer stands on the sender’s page.")),
    "register": Action(_register, done=gettext_lazy("The registration is kept.")),
    "result": Action(_result, done=gettext_lazy("What came of it is kept.")),
    "close": Action(_close, done=gettext_lazy("It is closed.")),
    "spam": Action(_spam, done=gettext_lazy("It is closed as spam.")),
    "spam-all": Action(_spam_all, done=gettext_lazy("It is closed as spam.")),
    "join": Action(_join, done=gettext_lazy("It is closed.")),
    "hold": Action(_hold),
    "erase": Action(_erase, "erase", gettext_lazy("It is erased.")),
}

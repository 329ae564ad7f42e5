"""What is typed into the form of a record is kept: every half minute by script, or by the button “Save for later”.

Nothing of it is checked and nobody else sees it. The form offers it the next time that it is opened.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..models import FormDraft, User
from ..web import held_uploads
from ..web.held_forms import OWNER, SUBJECT, owner_token
from .record_views import StaffRequest, as_get

#: Characters of a form that are kept at most; more is no form that somebody typed.
_MOST = 500_000
#: Where the session remembers which forms became which records, and how many of them.
_SAVED, _REMEMBERED = "saved_forms", 20
_NOT_KEPT = {"csrfmiddlewaretoken", "asked_version"}


def keep_fields(user: User, path: str, data: QueryDict) -> FormDraft | None:
    """Keeps the fields of a form, in place of those kept before. None for what is no form of the admin, or too long."""
    fields = [
        [name, str(value)]
        for name, values in data.lists()
        for value in values
        if name not in _NOT_KEPT and not name.startswith("_")
    ]
    if not path.startswith(reverse("admin:index")) or sum(len(name) + len(value) for name, value in fields) > _MOST:
        return None
    values = {"fields": fields, "title": data.get(SUBJECT, "")[:300]}
    draft, _is_new = FormDraft.objects.update_or_create(user=user, path=path[:200], defaults=values)
    return draft


@require_POST
def keep(request: StaffRequest) -> HttpResponse:
    """Keeps what the script sends, and answers with the time of day, in words."""
    draft = keep_fields(request.user, request.POST.get("_path", ""), request.POST)
    if draft is None:
        return JsonResponse({}, status=400)
    time = date_format(timezone.localtime(draft.saved_at), "H:i")
    return JsonResponse({"words": _("Kept for you at %(time)s, not saved yet.") % {"time": time}})


class FormDraftsMixin(admin.ModelAdmin):
    """Forms that are kept, offered again, and shown without being saved."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and "_more" in request.POST:
            request.POST = _with_one_row_more(request.POST)
        if request.method == "POST" and "_later" in request.POST:
            return self._keep_for_later(request)
        if object_id is None and request.method == "POST" and (saved := _saved_before(request)):
            if saved["digest"] == _digest(request):
                messages.info(request, _("This form is saved already; here it is."))
                return HttpResponseRedirect(saved["url"])
            request.POST = request.POST.copy()
            request.POST["_saved_before"] = saved["url"]
        drafts = FormDraft.objects.filter(user=request.user, path=request.path)
        if request.method == "POST" and "_throw" in request.POST:
            drafts.delete()
            return HttpResponseRedirect(request.path)
        draft = drafts.first() if request.method == "GET" else None
        if draft and "kept" in request.GET:
            request = _with_fields(request, draft)
        context = {
            **(extra_context or {}),
            "form_draft": draft if "kept" not in request.GET else None,
            "keep_url": reverse("admin:keep"),
            "form_owner": owner_token(request.user),
            "owner_field": OWNER,
            "subject_field": SUBJECT,
            "is_shown_again": "_show" in request.POST,
            "once": request.POST.get("_once") or secrets.token_urlsafe(8),
        }
        response = super().changeform_view(request, object_id, form_url, context)
        if request.method == "POST" and response.status_code == 302:
            drafts.delete()
        return response

    def response_add(self, request, obj, post_url_continue=None):
        """Remembers what the form became: who goes back and saves again finds the same draft."""
        if token := request.POST.get("_once", "")[:40]:
            opts = obj._meta
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[obj.pk])
            saved = list(request.session.get(_SAVED, {}).items())[1 - _REMEMBERED :]
            request.session[_SAVED] = {**dict(saved), token: {"url": url, "digest": _digest(request)}}
        return super().response_add(request, obj, post_url_continue)

    def _keep_for_later(self, request: Any) -> HttpResponse:
        """Nothing but files is checked: what is wrong is said when the form is saved."""
        for refusal in self.hold_files(request):
            messages.warning(request, refusal)
        if keep_fields(request.user, request.path, request.POST):
            text = _("Kept for you, and not saved yet. Open the form again to go on.")
            messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:index"))

    def hold_files(self, request: Any) -> list[str]:
        """Keeps the files of a form that is put aside, and returns why others are none."""
        return held_uploads.hold_sent(request, self.get_form(request).base_fields)


def _with_one_row_more(data: QueryDict) -> QueryDict:
    """The form as it is, shown again with one more row of the kind that was asked for: the button without script."""
    longer = data.copy()
    longer["_show"] = "1"
    name = f"{data['_more']}-TOTAL_FORMS"
    if (count := data.get(name, "")).isdecimal() and len(count) < 4:
        longer[name] = str(int(count) + 1)
    return longer


def _saved_before(request: HttpRequest) -> dict[str, str] | None:
    return request.session.get(_SAVED, {}).get(request.POST.get("_once", ""))


def _digest(request: HttpRequest) -> str:
    """Of what the form says and brings, whichever of its buttons was pressed."""
    fields = sorted((name, values) for name, values in request.POST.lists() if not name.startswith(("_", "csrf")))
    sent = [(name, file) for name, files in request.FILES.lists() for file in files if not hasattr(file, "held")]
    files = [(name, file.name, file.size) for name, file in sent]
    return hashlib.sha256(json.dumps([fields, files]).encode()).hexdigest()


def _with_fields(request: HttpRequest, draft: FormDraft) -> HttpRequest:
    """The request as if the kept form had been sent to be shown again. Nothing is written, so it needs no token."""
    data = QueryDict(mutable=True)
    for name, value in draft.fields:
        data.appendlist(name, value)
    data["_show"] = "1"
    shown = as_get(request)
    shown.method = "POST"
    # Both at once: Django reads the two together from the body, which is empty here.
    # They are those of the request itself, which closes them at its end.
    shown._files = request._files = MultiValueDict()  # type: ignore[attr-defined]
    shown.POST = data  # type: ignore[assignment]
    shown._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    held_uploads.put_back(shown)
    return shown

"""The bin: drafts that were thrown away, to look through and to take back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Revision
from ..publishing import Record
from ..record import discarding
from ..record.history import differences
from .publishing import form_url


def _models(request: HttpRequest) -> list[type[Record]]:
    """The kinds of record that this person may throw away, and so take back."""
    return [
        model
        for model, model_admin in admin.site._registry.items()
        if issubclass(model, Record) and model_admin.has_delete_permission(request)
    ]


def bin_view(request: HttpRequest) -> TemplateResponse:
    """What lies in the bin, the latest first, with the day on which it goes."""
    now = timezone.now()
    drafts = [
        {
            "record": draft,
            "kind": draft._meta.verbose_name,
            "model_name": draft._meta.model_name,
            "days_left": max(0, (draft.discarded_at + timedelta(days=discarding.DAYS_IN_BIN) - now).days),
            "versions": _versions(draft),
        }
        for draft in discarding.in_bin(_models(request))
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("The bin"),
        "drafts": drafts,
        "days": discarding.DAYS_IN_BIN,
    }
    return TemplateResponse(request, "admin/bin.html", context)


def _versions(draft: Any) -> list[Any]:
    """Each version with what it changed, newest first."""
    versions: list[Any] = []
    before: dict[str, Any] = {}
    for revision in Revision.objects.of(draft).select_related("partner").order_by("pk"):
        versions.append((revision, differences(draft, before, revision.content)))
        before = revision.content
    return versions[::-1]


def bring_back_view(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Takes a draft out of the bin and leads to its form."""
    model = next((model for model in _models(request) if model._meta.model_name == kind), None)
    if model is None:
        raise Http404
    if request.method != "POST":
        raise PermissionDenied
    draft: Any = get_object_or_404(model._default_manager.discarded(), pk=pk)
    discarding.bring_back(draft)
    messages.success(request, _("“%(title)s” is a draft again.") % {"title": draft})
    return HttpResponseRedirect(form_url(draft))

"""Search over all records, whatever their state."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from . import queue
from .publishing import form_url

#: How many records of a kind are shown; the list of the kind shows the rest.
MOST = 8


@require_safe
def find(request: HttpRequest) -> TemplateResponse:
    """The records that hold all the words, by kind, with a link to the list where there are more."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:200]
    kinds = [row for model in queue.shown_models(request) if (row := _of_kind(request, model, words))] if words else []
    title = _("Records with “%(words)s”") % {"words": words} if words else _("Search all records")
    context = {"title": title, "words": words, "kinds": kinds}
    return TemplateResponse(request, "admin/find.html", {**admin.site.each_context(request), **context})


def _of_kind(request: HttpRequest, model: Any, words: str) -> dict[str, Any] | None:
    model_admin = admin.site._registry[model]
    records = model_admin.get_queryset(request)
    matches, has_doubles = model_admin.get_search_results(request, records, words)
    hits = list((matches.distinct() if has_doubles else matches)[: MOST + 1])
    if not hits:
        return None
    opts = model._meta
    list_url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return {
        "label": capfirst(opts.verbose_name_plural),
        "rows": [(record, form_url(record)) for record in hits[:MOST]],
        "more_url": f"{list_url}?{urlencode({'q': words})}" if len(hits) > MOST else "",
    }

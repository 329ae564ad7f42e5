"""URLs that last: a page by its slug, by a former slug, or by the code of its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_safe

from .models import FormerAddress
from .publishing import Record, State, always_public_models, record_models


def permanent_models() -> dict[str, type[Record]]:
    """The kinds of record with a permanent URL, by model name."""
    return {str(model._meta.model_name): model for model in record_models() if model.has_permanent_url}


def show(request: HttpRequest, records: QuerySet, slug: str, page: Callable[..., HttpResponse]) -> HttpResponse:
    """The page of a published record, the tombstone of a withdrawn one, or a redirect from a former slug.

    Raises Http404 for drafts and unknown slugs.
    """
    record: Any = records.exclude(state=State.DRAFT).filter(slug=slug).first()
    if record is None:
        return HttpResponsePermanentRedirect(moved_to(records.model, slug))
    return gone(request, record) if record.is_withdrawn else page(request, record)


def moved_to(model: type[Model], slug: str) -> str:
    """The URL of the record that once had this slug. Raises Http404 if there is none, or if it is a draft again."""
    former = FormerAddress.objects.filter(kind=model._meta.model_name, slug=slug).first()
    if former is None:
        raise Http404
    record: Any = model._default_manager.exclude(state=State.DRAFT).filter(code=former.code).first()
    if record is None:
        raise Http404
    return record.get_absolute_url()


def gone(request: HttpRequest, record: Record) -> HttpResponse:
    """The tombstone of a withdrawn record: its title, the date and the reason, and nothing else (410)."""
    return render(request, "withdrawn.html", {"record": record, "noindex": True}, status=410)


@require_safe
def by_code(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The permanent URL of a record: 303 to its page in the reader’s language."""
    record: Any = None
    if model := permanent_models().get(kind):
        record = model._default_manager.exclude(state=State.DRAFT).filter(code=code).first()
    else:
        named: Any = next((model for model in always_public_models() if model._meta.model_name == kind), None)
        record = named._default_manager.filter(code=code).first() if named else None
    if record is None:
        raise Http404
    with translation.override(get_language_from_request(request)):
        response = HttpResponse(status=303, headers={"Location": record.get_absolute_url()})
    patch_vary_headers(response, ["Accept-Language"])
    return response

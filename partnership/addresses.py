"""URLs that last: a page by its slug or by a former slug; by the code of its record, see ``opendata.views``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from .models import FormerAddress
from .publishing import Record, State, permanent_path, record_models


def permanent_models() -> dict[str, type[Record]]:
    """The kinds of record with a permanent URL, by model name."""
    return {str(model._meta.model_name): model for model in record_models() if model.has_permanent_url}


def show(request: HttpRequest, records: QuerySet, slug: str, page: Callable[..., HttpResponse]) -> HttpResponse:
    """The page of a published record, the tombstone of a withdrawn one, or a redirect.

    A former slug leads to its record, and that of a merged record to the one it went into.

    Raises Http404 for drafts and unknown slugs.
    """
    record: Any = records.exclude(state=State.DRAFT).filter(slug=slug).first()
    if record is None:
        return HttpResponsePermanentRedirect(moved_to(records.model, slug))
    if record.merged_into_id:
        return HttpResponsePermanentRedirect(public_record(record).get_absolute_url())
    if record.is_withdrawn:
        return gone(request, record)
    response = page(request, record)
    response["Link"] = signposts(record)
    return response


def signposts(record: Record) -> str:
    """Where programs go on from a page (FAIR Signposting; RFC 8288): how to cite it, its data, its licence."""
    data = permanent_path(str(record._meta.model_name), record.code)
    links = [
        f'<{record.permanent_url}>; rel="cite-as"',
        *(
            f'<{settings.SITE_URL}{data}.{suffix}>; rel="{relation}"; type="{media_type}"'
            for suffix, media_type in (("jsonld", "application/ld+json"), ("json", "application/json"))
            for relation in ("describedby", "alternate")
        ),
        '<https://creativecommons.org/licenses/by/4.0/>; rel="license"',
    ]
    return ", ".join(links)


def moved_to(model: type[Model], slug: str) -> str:
    """The URL of the record that once had this slug. Raises Http404 if there is none, or if it is a draft again."""
    former = FormerAddress.objects.filter(kind=model._meta.model_name, slug=slug).first()
    if former is None:
        raise Http404
    return public_record(model._default_manager.filter(code=former.code).first()).get_absolute_url()


def merged_at(records: QuerySet, slug: str) -> Any:
    """The public record into which the one with this slug was merged. Raises Http404 if there is none."""
    merged: Any = records.filter(slug=slug, merged_into__isnull=False).first()
    survivor = merged.survivor if merged else None
    if survivor is None or not survivor.is_published:
        raise Http404
    return survivor


def public_record(record: Any) -> Any:
    """The record, or the one that it was merged into, if readers may know of it. Raises Http404 if not."""
    if record is None or record.survivor.state == State.DRAFT:
        raise Http404
    return record.survivor


def gone(request: HttpRequest, record: Record) -> HttpResponse:
    """The tombstone of a withdrawn record: its title, the date and the reason, and nothing else (410)."""
    return render(request, "withdrawn.html", {"record": record, "noindex": True}, status=410)

"""The preview of a record: its public page, exactly as it will be once it is published with what belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import resolve, reverse

from ..models import Photo
from ..publishing import State
from ..record.publication import Draft, drafts_with_links
from .record_views import RecordViewsMixin
from .rehearsal import rehearsal


def _as_reader(request: HttpRequest, record: Any) -> HttpRequest:
    """The request for the public page of a record, so that the page is what a reader gets."""
    reader = copy(request)
    reader.path = reader.path_info = record.get_absolute_url().partition("#")[0]
    reader.resolver_match = resolve(reader.path, "partnership.public_urls")
    return reader


class PreviewMixin(RecordViewsMixin):
    #: Renders the public page: a function of request, record and extra context.
    preview_page: Callable[..., HttpResponse] | None = None
    #: The queryset with all that this page needs.
    preview_records: Callable[[], models.QuerySet]

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a draft, with the drafts that hang together with it and can be published."""
        record: Any = get_object_or_404(type(self).preview_records(), pk=object_id)
        if not self.has_view_permission(request, record):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        bar = {"preview": True, "preview_state": record.state, "preview_url": self.record_url("change", record.pk)}
        if record.state != State.DRAFT:
            return type(self).preview_page(request, record, noindex=True, **bar)
        draft = drafts_with_links([record])[0]
        with rehearsal():
            going = [linked for linked in draft.linked if not linked.problems]
            return HttpResponse(self.published_page(request, draft, going, **bar))

    def published_page(self, request: HttpRequest, draft: Draft, going: Iterable[Draft], **context: Any) -> str:
        """Publishes them and answers with the page, of which the caller undoes the first."""
        records = [draft.record, *(linked.record for linked in going)]
        for record in records:
            type(record)._default_manager.filter(pk=record.pk).update(state=State.PUBLISHED)
        return self.page_now(request, draft.record.pk, records, **context)

    def page_now(self, request: HttpRequest, pk: int, unseen: Iterable[Any] = (), **context: Any) -> str:
        """The public page as the database has it. Photographs among the unseen records are shown from the desk."""
        record = get_object_or_404(type(self).preview_records(), pk=pk)
        page = type(self).preview_page
        if context:
            html = page(request, record, noindex=True, **context).content.decode()
        else:
            html = page(_as_reader(request, record), record).content.decode()
            # Links lead out of the frame in which the page is shown.
            html = html.replace("<head>", '<head><base target="_blank">', 1)
        for photo in unseen:
            if isinstance(photo, Photo):
                kept_url = reverse("admin:partnership_photo_kept", args=[photo.pk])
                for width, suffix in photo.sizes():
                    html = html.replace(photo.url(width, suffix), kept_url)
        return html

    def preview_context(self, record: Any) -> dict[str, Any]:
        """The URL of the preview and, for a draft, the gaps that its page will show."""
        if not self.preview_page:
            return {}
        context: dict[str, Any] = {"preview_url": self.record_url("preview", record.pk)}
        if record.state == State.DRAFT:
            draft = type(self).preview_records().filter(pk=record.pk).first()
            if draft and hasattr(draft, "gaps"):
                context["gaps"] = draft.gaps()
        return context

"""The preview of a record as its public page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from ..publishing import State
from .record_views import RecordViewsMixin


class PreviewMixin(RecordViewsMixin):
    #: Renders the public page: a function of request, record and extra context.
    preview_page: Callable[..., HttpResponse] | None = None
    #: The queryset with all that this page needs.
    preview_records: Callable[[], models.QuerySet]

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = get_object_or_404(type(self).preview_records(), pk=object_id)
        if not self.has_view_permission(request, record):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return type(self).preview_page(
            request,
            record,
            preview=True,
            noindex=True,
            preview_state=record.state,
            preview_url=self.record_url("change", record.pk),
        )

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

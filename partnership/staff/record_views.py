"""What the views of a record beside its form share: paths, URLs, and the record of a POST request."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from ..models import User


class StaffRequest(HttpRequest):
    """A request that the admin has let through."""

    user: User


def as_get(request: HttpRequest) -> HttpRequest:
    """A copy with the method GET: the page of a record is shown around a small form with errors."""
    read = copy(request)
    read.method = "GET"
    return read


class RecordViewsMixin(admin.ModelAdmin):
    def record_path(self, route: str, view: Callable[..., HttpResponseBase], page: str) -> URLPattern:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{page}"
        return path(f"<path:object_id>/{route}", self.admin_site.admin_view(view), name=name)

    def record_url(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def redirect_to_form(self, record: Any) -> HttpResponse:
        return HttpResponseRedirect(self.record_url("change", record.pk))

    def posted_record(self, request: HttpRequest, object_id: str) -> Any:
        """The record of a POST request. Raises PermissionDenied for other methods and for those who may not see it."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if request.method != "POST" or not self.has_view_permission(request, record):
            raise PermissionDenied
        return record

"""“Is it still true?”: records that are due for a second look, and the answer that they are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ..record.second_look import LOOKED_AT_AGAIN, due, say_still_true
from .record_views import RecordViewsMixin, StaffRequest


class SecondLookFilter(admin.SimpleListFilter):
    title = _("is it still true?")
    parameter_name = "again"

    def lookups(self, request, model_admin):
        return [("due", _("due for a second look"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=due(queryset.model).values("pk")) if self.value() == "due" else queryset


class SecondLookMixin(RecordViewsMixin):
    def still_true_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        record = self.posted_record(request, object_id)
        if not record.is_published or not self.has_change_permission(request, record):
            raise PermissionDenied
        say_still_true(record, request.user)
        self.message_user(request, _("Noted: it is still true."), messages.SUCCESS)
        return self.redirect_to_form(record)

    def second_look_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        if not isinstance(record, LOOKED_AT_AGAIN) or not self.has_change_permission(request, record):
            return {}
        return {"is_due": due(type(record)).filter(pk=record.pk).exists()}

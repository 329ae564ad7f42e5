"""Versions of a record: written on each save, listed, and restored."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from ..models import Revision
from ..publishing import State
from ..record import confirmations, history
from ..record.errors import InvalidRecord
from .publishing import PublishingMixin
from .record_views import RecordViewsMixin


class VersionsMixin(PublishingMixin, RecordViewsMixin):
    object_history_template = "admin/record_history.html"
    #: False for a part of another record, which is versioned with that record.
    keeps_versions = True

    def versioned(self, record: Any) -> Any:
        """The record that gets a new version when this one is saved."""
        return record

    def save_model(self, request, obj, form, change):
        request.record_before = history.snapshot(self.versioned(obj)) if change else {}
        super().save_model(request, obj, form, change)

    def history_view(self, request, object_id, extra_context=None):
        """Every version with its changes, newest first."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        versions = _versions(record)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Versions: %(record)s") % {"record": record},
            "versions": versions,
            "current": versions[0][0].pk if versions else None,
            "object": record,
            "opts": self.opts,
            "may_restore": self.has_change_permission(request, record),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def restore_view(self, request: HttpRequest, object_id: str, revision: int) -> HttpResponse:
        """Restores a version as a new version. Only by POST, and only where the record may be changed."""
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        version = get_object_or_404(Revision.objects.of(record), pk=revision)
        if request.method != "POST" or not self.has_change_permission(request, record):
            raise PermissionDenied
        if version.content.get("state", State.PUBLISHED) != State.DRAFT and not self.may_publish(request):
            raise PermissionDenied
        before = history.snapshot(record)
        try:
            history.restore(record, version, request.user)
        except InvalidRecord as error:
            reasons = "; ".join(problem.reason for problem in error.errors)
            self.message_user(request, _("It could not be brought back: %(why)s") % {"why": reasons}, messages.ERROR)
        else:
            confirmations.lapse_within(record, before)
            message = _("Version %(number)s has been brought back.") % {"number": version.version}
            self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(self.record_url("history", record.pk))


def _versions(record: Any) -> list[tuple[Revision, list[history.Difference]]]:
    versions = []
    before: dict[str, Any] = {}
    for revision in Revision.objects.of(record).select_related("by", "partner").order_by("pk"):
        is_initial = revision.action == Revision.Action.BEFORE
        differences = [] if is_initial else history.differences(record, before, revision.content)
        versions.append((revision, differences))
        before = revision.content
    return versions[::-1]

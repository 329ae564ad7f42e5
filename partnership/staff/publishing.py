"""Permissions by publishing state: drafts are changed by editors, public records by publishers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..publishing import State


def may_change(request: HttpRequest, record: Any) -> bool:
    """Whether the state of a record lets this user change it. A statement is judged by the model of its claim."""
    if record is None or getattr(record, "state", State.DRAFT) == State.DRAFT:
        return True
    return may_publish(request, getattr(record, "claim", record)._meta)


def may_publish(request: HttpRequest, opts: Any) -> bool:
    return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")


class PublishingMixin(admin.ModelAdmin):
    #: The model whose permission to publish is required; by default the admin's own.
    publishing_opts: Any = None

    def may_publish(self, request: HttpRequest) -> bool:
        return may_publish(request, self.publishing_opts or self.opts)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "state" and not self.may_publish(request):
            kwargs["choices"] = [(State.DRAFT.value, State.DRAFT.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_change(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Only a draft that was never public can be deleted; a published record is withdrawn."""
        never_public = obj is None or obj.published_at is None
        return super().has_delete_permission(request, obj) and never_public and may_change(request, obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.state == State.PUBLISHED else None

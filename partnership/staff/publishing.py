"""Permissions by publishing state: drafts are changed by editors, public records by publishers."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from ..publishing import State
from ..record import rules


class PublishingMixin(admin.ModelAdmin):
    def may_publish(self, request: HttpRequest) -> bool:
        return rules.may_publish(request.user, self.model)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "state" and not self.may_publish(request):
            kwargs["choices"] = [(State.DRAFT.value, State.DRAFT.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and rules.may_change(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        """Only a draft that was never public can be deleted; a published record is withdrawn."""
        never_public = obj is None or obj.published_at is None
        return super().has_delete_permission(request, obj) and never_public and rules.may_change(request.user, obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.state == State.PUBLISHED else None

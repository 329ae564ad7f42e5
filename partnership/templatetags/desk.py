"""The start page of the admin."""

from __future__ import annotations

from django import template
from django.contrib import admin
from django.template.context import Context

from .. import desk
from ..publishing import Record

register = template.Library()


@register.inclusion_tag("admin/desk.html", takes_context=True)
def desk_work(context: Context) -> dict[str, object]:
    """Claims, what to do next, drafts that wait, and what has changed. For any member of staff."""
    request = context["request"]
    kinds = [
        model
        for model, model_admin in admin.site._registry.items()
        if issubclass(model, Record) and model_admin.has_view_permission(request)
    ]
    if not kinds:
        return {}
    return {
        "claims": desk.claims(),
        "unnamed": desk.unnamed(),
        "tasks": desk.tasks(),
        "memorandum_is_missing": desk.memorandum_is_missing(),
        "drafts": desk.drafts(kinds),
        "draft_lists": desk.draft_lists(),
        "suggestions": desk.suggestions(kinds),
        "changes": desk.changes(kinds),
    }

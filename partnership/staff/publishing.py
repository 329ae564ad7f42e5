"""Permissions by publishing state: drafts are changed by editors, public records by publishers; what may go."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..publishing import Record, State
from ..record import discarding, rules
from ..record.links import parts_of


def form_url(record: Any) -> str:
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def form_link(record: Any) -> str:
    """A link to the form of a record, with what kind of record it is."""
    return format_html('{}: <a href="{}">{}</a>', capfirst(record._meta.verbose_name), form_url(record), record)


class PublishingMixin(admin.ModelAdmin):
    delete_confirmation_template = "admin/record_discard.html"

    def get_queryset(self, request):
        records: Any = super().get_queryset(request)
        return records.in_use() if issubclass(self.model, Record) else records

    def may_publish(self, request: HttpRequest) -> bool:
        return rules.may_publish(request.user, self.model)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "state" and not self.may_publish(request):
            kwargs["choices"] = [(State.DRAFT.value, State.DRAFT.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and rules.may_change(request.user, obj)

    # Discarding: Django’s own pages and permissions of deletion, and the bin behind them

    def has_delete_permission(self, request, obj=None):
        """Only a draft that was never public can be thrown away; a published record is withdrawn."""
        never_public = obj is None or obj.published_at is None
        return super().has_delete_permission(request, obj) and never_public and rules.may_change(request.user, obj)

    def get_deleted_objects(self, objs, request):
        """What goes into the bin together, and what keeps it from that."""
        record = objs[0]
        if not isinstance(record, Record):
            return super().get_deleted_objects(objs, request)
        family = [record, *parts_of(record)]
        held_by = [form_link(other) for other in discarding.held_by(record)]
        if not discarding.may_be_discarded(record):
            held_by += [form_link(part) for part in family if part.state != State.DRAFT or part.published_at]
        return [form_link(draft) for draft in family], {}, set(), held_by

    def delete_view(self, request, object_id, extra_context=None):
        return super().delete_view(request, object_id, {"title": _("Throw away"), **(extra_context or {})})

    def delete_model(self, request, obj):
        if isinstance(obj, Record):
            discarding.discard(obj, request.user)
        else:
            super().delete_model(request, obj)

    def response_delete(self, request, obj_display, obj_id):
        if not issubclass(self.model, Record):
            return super().response_delete(request, obj_display, obj_id)
        message = format_html(
            str(_('“{}” lies in <a href="{}">the bin</a> for {} days.')),
            obj_display,
            reverse("admin:bin"),
            discarding.DAYS_IN_BIN,
        )
        self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_view_on_site_url(self, obj=None):
        return super().get_view_on_site_url(obj) if obj and obj.state == State.PUBLISHED else None

"""Confirmation of a record by both sides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ..record import confirmations
from .record_views import RecordViewsMixin, StaffRequest


class ConfirmationsMixin(RecordViewsMixin):
    def confirm_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Confirms for the user's side, or revokes that confirmation."""
        record = self.posted_record(request, object_id)
        if not isinstance(record, confirmations.CONFIRMABLE):
            raise PermissionDenied
        if "revoke" in request.POST and confirmations.may_revoke(record, request.user):
            confirmations.revoke(record, request.user)
            self.message_user(request, _("Your side’s confirmation has been taken back."), messages.SUCCESS)
        elif "revoke" not in request.POST and confirmations.may_confirm(record, request.user):
            confirmations.confirm(record, request.user)
            self.message_user(request, _("Confirmed for %(partner)s.") % {"partner": request.user.partner})
        else:
            raise PermissionDenied
        return self.redirect_to_form(record)

    def lapse_confirmations(self, request: HttpRequest, record: Any, before: dict[str, Any]) -> None:
        if confirmations.lapse_within(record, before):
            message = _("The content has changed, so it is no longer confirmed. Both sides can confirm it anew.")
            self.message_user(request, message, messages.WARNING)

    def confirmation_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        if not isinstance(record, confirmations.CONFIRMABLE):
            return {}
        return {
            "sides": confirmations.sides(record),
            "may_confirm": confirmations.may_confirm(record, request.user),
            "may_revoke": confirmations.may_revoke(record, request.user),
        }

"""The form in which a colleague prepares a change of a public record: the form of the record, and nothing is saved.

What was typed is written as it would be saved, read back as a version, and undone: the version waits for a publisher.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ..fields.translated import language_columns
from ..models import Proposal
from ..publishing import State
from ..record import history, proposals
from .publishing import PublishingMixin
from .record_views import RecordViewsMixin
from .rehearsal import rehearsal

#: What can only be looked at in the form of a proposal.
_FIXED = {*proposals.FIXED, *language_columns("withdrawal_reason")}


class ProposingMixin(PublishingMixin, RecordViewsMixin):
    #: Whether changes of these records can be proposed.
    takes_proposals = True

    def propose_view(self, request: Any, object_id: str) -> HttpResponse:
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.may_propose(request, record):
            raise PermissionDenied
        request.is_proposing = True
        proposal = Proposal.objects.of(record).open().filter(by=request.user).first()
        if request.method == "GET" and proposal and proposal.typed:
            self._reopen(request, proposal)
        base = history.snapshot(record)
        with rehearsal():
            if request.method == "GET" and proposal and not proposal.typed:
                # It came with a spreadsheet: the form shows the record as it would be.
                parts = proposals.parts(record, proposal)
                proposals.write(record, proposal, [part.difference.part for part in parts if not part.is_stale])
            response = self.changeform_view(
                request, object_id, "", {"title": _("Prepare a change"), "proposal": proposal}
            )
            response = response.render() if hasattr(response, "render") else response
        if not hasattr(request, "proposed"):
            return response
        return self._keep(request, record, proposal, base)

    def may_propose(self, request: HttpRequest, record: Any) -> bool:
        opts = self.opts
        may_change = request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}")
        return self.takes_proposals and may_change and record.state == State.PUBLISHED

    def _reopen(self, request: Any, proposal: Proposal) -> None:
        """Shows the form as its author sent it."""
        typed = QueryDict(mutable=True)
        for name, values in proposal.typed.items():
            typed.setlist(name, values)
        _no_files = request.FILES  # read before the method changes: else Django reads the body anew, which is empty
        request.method, request.POST, request.is_reopening = "POST", typed, True

    def _keep(self, request: Any, record: Any, proposal: Proposal | None, base: dict[str, Any]) -> HttpResponse:
        content, comment = request.proposed
        if content == base:
            messages.info(request, _("Nothing has been changed, so there is nothing to propose."))
            return HttpResponseRedirect(self.record_url("propose", record.pk))
        proposal = proposal or Proposal(model_name=record._meta.model_name, code=record.code, by=request.user)
        proposal.base, proposal.content, proposal.comment = base, content, comment
        proposal.typed = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
        proposal.state = Proposal.State.WAITING
        proposal.save()
        message = _("Your change waits for a publisher. The public page stays as it is until then.")
        messages.success(request, message)
        return self.redirect_to_form(record)

    # The form, for a proposal

    def has_change_permission(self, request, obj=None):
        is_proposed = getattr(request, "is_proposing", False) and obj is not None and self.may_propose(request, obj)
        return is_proposed or super().has_change_permission(request, obj)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.is_reopened = getattr(request, "is_reopening", False)
        return form

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if not getattr(request, "is_proposing", False):
            return fields
        columns = {column.name for column in self.model._meta.fields}
        return [*fields, *sorted((_FIXED & columns) - set(fields))]

    def response_change(self, request, obj):
        return HttpResponse() if hasattr(request, "proposed") else super().response_change(request, obj)

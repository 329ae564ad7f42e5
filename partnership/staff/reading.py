"""What a date or number that is being typed is read as, for the script that says so beside its field."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..fields.forms import NumberInput, PeriodInput, ReadingInput, Typed

_INPUTS: dict[str, type[ReadingInput]] = {widget.kind: widget for widget in (PeriodInput, NumberInput)}


@require_safe
def reading(request: HttpRequest) -> HttpResponse:
    """The same lines as below the field after saving, as HTML. ``kind`` and ``name`` are those of the field."""
    kind = request.GET.get("kind", "")
    if kind not in _INPUTS:
        return HttpResponseBadRequest("kind")
    widget = _INPUTS[kind]()
    typed = Typed(request.GET.get("text", ""))
    context = widget.reading_context(request.GET.get("name", ""), typed)
    return render(request, "admin/_reading.html", {**context, "is_live": True})

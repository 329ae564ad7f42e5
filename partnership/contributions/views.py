"""The form in three steps (write, check, sent) and the private page that it leads to. No page sets a cookie."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ..addresses import permanent_models
from ..models import Contribution, ContributionFile, ContributionMessage
from ..models.contributions import key_hash, open_for_files
from ..publishing import State
from ..record.personal_data import find_personal_data
from ..web import error_pages
from ..web.held_uploads import forget, hold, put_back
from ..web.parameters import reads
from ..web.public_forms import contributing_is_open, private, same_origin_only
from ..web.rate_limits import rate_limited, seconds_to_wait
from . import intake
from .forms import TRAP, ContributionForm, MessageForm
from .quarantine import FileForm, keep, lacks_room

HOUR, DAY = 60 * 60, 24 * 60 * 60
CHECKS_A_MINUTE = 60
CONTRIBUTIONS_AN_HOUR, CONTRIBUTIONS_A_DAY = 5, 20
#: Guesses at the keys of private pages, a minute.
MISSES = 60
MOST_MESSAGES = 30
FILES_AN_HOUR = 20


def record_at(kind: str, code: str) -> Any:
    """What a form is about: a record that is, or was, public. Raises Http404 for any other."""
    if kind not in permanent_models():
        raise Http404
    record = permanent_models()[kind]._default_manager.exclude(state=State.DRAFT).filter(code=code).first()
    if record is None:
        raise Http404
    return record.survivor


def record_of(contribution: Contribution) -> Any:
    """The record that it is about, where that is still one for the public."""
    try:
        return record_at(contribution.model_name, contribution.code)
    except Http404:
        return None


# The form


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin_only
@rate_limited("contribute", CHECKS_A_MINUTE, counts=lambda request: request.method == "POST")
def contribute_form(request: HttpRequest, kind: str = "", code: str = "") -> HttpResponse:
    record = record_at(kind, code) if kind else None
    if not contributing_is_open():
        status = 200 if request.method in {"GET", "HEAD"} else 403
        return render(request, "contributions/closed.html", {"noindex": True}, status=status)
    if request.method != "POST":
        return _form_page(request, ContributionForm(), record)
    return _posted(request, record, kind, code)


def _form_page(
    request: HttpRequest, form: ContributionForm, record: Any, status: int = 200, reply: str = ""
) -> HttpResponse:
    context = {"form": form, "record": record, "reply": reply, "noindex": record is not None or form.is_bound}
    return render(request, "contributions/form.html", context, status=status)


@never_cache
def _posted(request: HttpRequest, record: Any, kind: str, code: str) -> HttpResponse:
    form = ContributionForm(request.POST)
    step = request.POST.get("step")
    if step == "change":
        return _form_page(request, ContributionForm(initial=request.POST.dict()), record)
    if not form.is_valid():
        return _form_page(request, form, record, 422)
    fields = form.fields_to_sign(kind, code)
    if step != "send":
        return _check_page(request, form, record, intake.CheckToken.of(fields))
    token = intake.CheckToken.signed_in(request.POST.get("token", ""))
    if token is None or not token.is_of(fields):
        return _form_page(request, form, record, 422, _("Look through what is here and press Continue."))
    if sent := Contribution.objects.filter(sent_key=token.nonce).first():
        return _to_private_page(sent.private_key())
    if token.is_young:
        return _check_page(request, form, record, token, reply=_("Please look it through once more, then press Send."))
    if token.is_old:
        return _check_page(request, form, record, intake.CheckToken.of(fields))
    if intake.is_closed_today():
        midnight = timezone.localtime().replace(hour=23, minute=59, second=59)
        return error_pages.too_many(request, max(1, int((midnight - timezone.localtime()).total_seconds())))
    if intake.asks_question() and not intake.is_right_country(request.POST.get("country", "")):
        return _check_page(request, form, record, token, status=422, is_wrong="country" in request.POST)
    for what, most, period in (
        ("contribution-hour", CONTRIBUTIONS_AN_HOUR, HOUR),
        ("contribution-day", CONTRIBUTIONS_A_DAY, DAY),
    ):
        if seconds := seconds_to_wait(request, what, most, period):
            return error_pages.too_many(request, seconds)
    intake.receive(request, fields, token, is_filled_trap=form.is_filled_trap)
    return _to_private_page(token.key)


def _check_page(
    request: HttpRequest,
    form: ContributionForm,
    record: Any,
    token: intake.CheckToken,
    *,
    status: int = 200,
    reply: str = "",
    is_wrong: bool = False,
) -> HttpResponse:
    fields = form.cleaned_data
    shown = [
        (form.fields[name].label, labels.get(fields[name], fields[name]))
        for name in ("text", "known_how", "when_text", "what", "email")
        if name in form.fields
        for labels in [dict(getattr(form.fields[name], "choices", []))]
    ]
    hidden = [(name, value) for name, value in fields.items() if name != TRAP or TRAP in form.data]
    context = {
        "shown": shown,
        "hidden": hidden,
        "record": record,
        "token": token.signed(),
        "reply": reply,
        "personal_data": list(dict.fromkeys(find_personal_data(f"{fields['text']}\n{fields['when_text']}"))),
        "asks_question": intake.asks_question(),
        "is_wrong": is_wrong,
        "country": request.POST.get("country", ""),
        "noindex": True,
    }
    return render(request, "contributions/check.html", context, status=status)


# The private page


def _contribution_at(request: HttpRequest, key: str) -> Contribution | HttpResponse:
    """The contribution that the key of an address opens; else the answer to whoever guesses."""
    contribution = Contribution.objects.filter(key_hash=key_hash(key)).first()
    if contribution is not None:
        return contribution
    if seconds := seconds_to_wait(request, "private-page", MISSES):
        return error_pages.too_many(request, seconds)
    return error_pages.error_page(
        request,
        404,
        _("There is nothing at this address"),
        _("It may have been deleted, or a letter of it is missing."),
    )


@reads("already")
@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin_only
def contribution(request: HttpRequest, key: str) -> HttpResponse:
    """Where a contribution is, what staff asked, and a field to write to them."""
    contribution = _contribution_at(request, key)
    if isinstance(contribution, HttpResponse):
        return contribution
    form = MessageForm(request.POST or None)
    if request.method != "POST":
        return _private_page(request, contribution, key, form)
    if contribution.is_closed:
        return _private_page(request, contribution, key, form, 410)
    if seconds := seconds_to_wait(request, "contribution-message", MOST_MESSAGES, HOUR):
        return error_pages.too_many(request, seconds)
    if contribution.messages.count() >= MOST_MESSAGES:
        form.add_error("text", _("No more messages can be added here. Send a new form."))
    if not form.is_valid():
        return _private_page(request, contribution, key, form, 422)
    ContributionMessage.objects.create(contribution=contribution, text=form.cleaned_data["text"])
    if contribution.state == Contribution.State.ASKED:
        contribution.state = Contribution.State.IN_HAND
        contribution.save()
    return _to_private_page(key, "messages")


def _to_private_page(key: str, part: str = "") -> HttpResponse:
    response = HttpResponseRedirect(f"{reverse('contribution', args=[key])}{part and '#'}{part}")
    response.status_code = 303
    return response


def _private_page(
    request: HttpRequest,
    contribution: Contribution,
    key: str,
    form: MessageForm,
    status: int = 200,
    file_form: FileForm | None = None,
) -> HttpResponse:
    context = {
        "contribution": contribution,
        "key": key,
        "form": form,
        "file_form": file_form or FileForm(),
        "files": contribution.files.exclude(state=ContributionFile.State.DELETED),
        "already": "already" in request.GET,
        "record": record_of(contribution),
        "results": results_of(contribution),
        "takes_files": open_for_files(contribution),
        "is_new": contribution.state == Contribution.State.RECEIVED and not contribution.messages.exists(),
        "noindex": True,
    }
    return render(request, "contributions/private.html", context, status=status)


@csrf_exempt
@private
@require_http_methods(["POST"])
@same_origin_only
def contribution_files(request: HttpRequest, key: str) -> HttpResponse:
    """Takes one file. What is wrong with it is said beside the field, and what was sent before stays."""
    contribution = _contribution_at(request, key)
    if isinstance(contribution, HttpResponse):
        return contribution
    if not open_for_files(contribution):
        # Before the body is read.
        return _private_page(request, contribution, key, MessageForm(), 410)
    if seconds := seconds_to_wait(request, "contribution-file", FILES_AN_HOUR, HOUR):
        return error_pages.too_many(request, seconds)
    put_back(request)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid() and (reason := lacks_room(contribution, form.cleaned_data["file"].size)):
        form.add_error("file", reason)
    if not form.is_valid():
        if not lacks_room(contribution, 0):
            hold(request, form)
        return _private_page(request, contribution, key, MessageForm(), 422, form)
    is_new = keep(contribution, form)
    forget(request)
    if is_new:
        return _to_private_page(key, "files")
    response = _to_private_page(key)
    response["Location"] += "?already=yes#files"
    return response


def results_of(contribution: Contribution) -> list[Any]:
    """The public records that something of it has gone into."""
    records = (_public(result.model_name, result.code) for result in contribution.results.all())
    return list({record.code: record for record in records if record is not None}.values())


def _public(kind: str, code: str) -> Any:
    model = permanent_models().get(kind)
    return model._default_manager.filter(code=code, state=State.PUBLISHED).first() if model else None


@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin_only
def contribution_forget(request: HttpRequest, key: str) -> HttpResponse:
    """Deletes the address at once, or asks staff to erase all. A GET changes nothing."""
    contribution = _contribution_at(request, key)
    if isinstance(contribution, HttpResponse):
        return contribution
    if request.method == "POST":
        if request.POST.get("what") == "address":
            contribution.forget_address()
        elif not contribution.is_erased:
            contribution.wants_erasure = True
            contribution.save()
        return _to_private_page(key)
    return render(request, "contributions/forget.html", {"contribution": contribution, "key": key, "noindex": True})

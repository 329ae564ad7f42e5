"""Pages for refused and failed requests: why, and how to go on. None of them queries the database."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from ..child_process import ChildError
from ..context_processors import menu_without_record
from ..files.storage import is_full
from .client import comes_from_here
from .held_forms import HeldForm


@never_cache
def error_page(request: HttpRequest, status: int, title: str, *sentences: str, **context) -> HttpResponse:
    context = {
        "title": title,
        "sentences": sentences,
        "noindex": True,
        "menu": menu_without_record(),
        "record_state": None,
        **context,
    }
    return render(request, "refused.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Runs where Django raises ``SuspiciousOperation``: too many fields, too long a form, an unknown host name."""
    return unreadable(request)


def unreadable(request: HttpRequest) -> HttpResponse:
    return error_page(
        request,
        400,
        _("The request could not be read"),
        _("Something in it is not as a browser sends it, or it holds more than a form may."),
        _("Nothing was saved. Go back, and try with less."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        403,
        _("Your role does not allow this"),
        _("Nothing was changed. If you should be able to do it, ask an administrator of the record office."),
    )


#: Public forms that hold what somebody has typed.
PUBLIC_FORMS = {"contribute-send", "contribute-about", "contribution", "follow", "follow-about"}


def held_form_in(request: HttpRequest) -> HeldForm | None:
    """The form that was posted, if the browser says that it comes from a page of this site. Queries nothing."""
    if request.method != "POST":
        return None
    if not request.path_info.startswith("/admin/"):
        is_form = request.resolver_match is not None and request.resolver_match.view_name in PUBLIC_FORMS
        return HeldForm.from_request(request) if is_form and comes_from_here(request) else None
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return None
    return HeldForm.from_request(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form with a wrong token, most often because its sender has signed in again meanwhile in another window.

    A form whose ``Origin`` is this site is shown again with a new token, to be sent by hand. Others are not: no page
    can forge its ``Origin``.
    """
    held_form = held_form_in(request)
    # A colleague may have signed in meanwhile, on a browser that several use.
    user = getattr(request, "user", None)
    if held_form and held_form.owner and user and user.pk and not held_form.is_of(user):
        held_form = None
    sentences = [
        _("So that no other site can send a form in your name, each one is good only until you sign in anew."),
        _("Perhaps you have done so in another window. It also happens when a browser refuses cookies."),
    ]
    if held_form:
        sentences.append(_("Nothing was saved yet. What you typed is still here."))
    else:
        sentences.append(_("Nothing was saved. Open the page again and repeat what you did."))
    return error_page(request, 403, _("The form has gone stale"), *sentences, held_form=held_form)


def from_elsewhere(request: HttpRequest) -> HttpResponse:
    return error_page(
        request,
        403,
        _("This form was sent from another site"),
        _("Nothing was saved. Open the form here and send it again."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    if not request.path_info.startswith("/admin"):
        return error_page(
            request,
            413,
            _("That is too large"),
            _("The form held more than it may. Nothing was saved; go back and shorten it."),
            _("A file can have at most 12 MB."),
        )
    return error_page(
        request,
        413,
        _("That is too large"),
        _("The files of one form can have at most 200 MB together. Whoever is not signed in can send almost nothing."),
        _("Nothing was saved. Go back; if you were signed out meanwhile, sign in in another window first."),
    )


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = error_page(
        request,
        429,
        _("Too many requests"),
        how_long(seconds),
        _("Whoever shares your connection is counted with you. The other pages can be read meanwhile."),
        held_form=held_form_in(request),
    )
    response["Retry-After"] = str(seconds)
    return response


def how_long(seconds: int) -> str:
    if seconds > 120:
        minutes = -(-seconds // 60)
        sentence = ngettext(
            "More was sent than is taken at a time. Try again in %(count)s minute.",
            "More was sent than is taken at a time. Try again in %(count)s minutes.",
            minutes,
        )
        return sentence % {"count": minutes}
    sentence = ngettext(
        "More was asked for in a minute than is answered. Try again in %(count)s second.",
        "More was asked for in a minute than is answered. Try again in %(count)s seconds.",
        seconds,
    )
    return sentence % {"count": seconds}


#: The page of ``crowded`` by language and path: in a crowd it is sent as often as any, and drawing it costs as much.
_crowded: dict[tuple[str, str], bytes] = {}
_MOST_CROWDED = 64


def crowded(request: HttpRequest) -> HttpResponse:
    """Where too much is made at a time: nobody waits for it. Queries nothing."""
    request.is_crowded = True  # type: ignore[attr-defined]
    key = (get_language() or "", request.path)
    if key not in _crowded:
        if len(_crowded) >= _MOST_CROWDED:
            _crowded.clear()
        _crowded[key] = _crowded_page(request).content
    response = HttpResponse(_crowded[key], status=503, headers={"Retry-After": "60"})
    add_never_cache_headers(response)
    return response


def _crowded_page(request: HttpRequest) -> HttpResponse:
    return error_page(
        request,
        503,
        _("Too much is asked for at once"),
        _("Many pages are being made just now, and this one did not come to its turn. Please try again in a minute."),
        _("Nothing is lost; pages that others have read lately can be read meanwhile."),
        is_sample=False,
    )


# Errors of the server


def server_error(request: HttpRequest) -> HttpResponse:
    """507 where the disk is full, 503 with ``Retry-After`` where the database does not answer, else 500.

    Holds the form that was posted. Queries nothing: the database may be what has failed.
    """
    error = sys.exception()
    if is_full(error):
        return failure(
            request,
            507,
            _("The server has no space left"),
            _("Nothing of this was saved, and nothing that was there before is lost."),
            _("Whoever looks after the server has to make space first. Then it can be sent again as it is."),
        )
    if isinstance(error, ChildError):
        response = failure(
            request,
            503,
            _("This could not be made just now"),
            _("It takes more than this machine has at the moment. Nothing is lost; please try again in a minute."),
        )
        response["Retry-After"] = "60"
        return response
    if isinstance(error, OperationalError | InterfaceError):
        response = failure(
            request,
            503,
            _("The record cannot be read just now"),
            _("The database does not answer. Nothing is lost; please try again in a minute."),
        )
        response["Retry-After"] = "30"
        return response
    return failure(
        request,
        500,
        _("Something went wrong here"),
        _("The page could not be made. Nothing is lost; please try again in a minute."),
    )


#: Bytes: a form that is held while nothing can be saved; with files it would be read into memory.
_LONGEST_HELD = 64 * 1024


def maintenance(request: HttpRequest) -> HttpResponse:
    """Queries nothing. A form is held, to be sent again by hand."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_short = length.isdecimal() and int(length) <= _LONGEST_HELD
    response = error_page(
        request,
        503,
        _("The record is being looked after"),
        _("Nothing can be saved for some minutes. What the public reads stays where it is."),
        _("Nothing of yours is lost. Send it again when this page no longer comes."),
        held_form=held_form_in(request) if is_short else None,
        is_sample=False,
    )
    response["Retry-After"] = "300"
    return response


def failure(request: HttpRequest, status: int, title: str, *sentences: str) -> HttpResponse:
    """Names the id under which the log describes the error. ``is_sample`` would query the database."""
    context = {"held_form": held_form_in(request), "request_id": getattr(request, "request_id", ""), "is_sample": False}
    return error_page(request, status, title, *sentences, **context)

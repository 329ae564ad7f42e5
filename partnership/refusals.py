"""Pages that say why a request was refused, and how to go on. None of them asks the database anything."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from .signin.typed import TypedForm


@never_cache
def refusal(request: HttpRequest, status: int, title: str, *sentences: str, **context) -> HttpResponse:
    context = {"title": title, "sentences": sentences, "is_odd": True, **context}
    return render(request, "refused.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django finds suspicious: too many fields, too long a form, a name of a host that is not ours."""
    return refusal(
        request,
        400,
        _("The request could not be read"),
        _("Something in it is not as a browser sends it, or it holds more than a form may."),
        _("Nothing was saved. Go back, and try with less."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(
        request,
        403,
        _("Your role does not allow this"),
        _("Nothing was changed. If you should be able to do it, ask an administrator of the record office."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not right: most often somebody has signed in again meanwhile, in another window.

    A form that the browser itself says to be from this site is shown again with a new token, to be sent by hand.
    Forms from elsewhere are not: their ``Origin`` is another, and no page can forge it.
    """
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    typed = TypedForm.of(request) if is_ours and request.path_info.startswith("/admin/") else None
    sentences = [
        _("So that no other site can send a form in your name, each one is good only until you sign in anew."),
        _("Perhaps you have done so in another window. It also happens when a browser refuses cookies."),
    ]
    if typed:
        sentences.append(_("Nothing was saved yet. What you typed is still here."))
    else:
        sentences.append(_("Nothing was saved. Open the page again and repeat what you did."))
    return refusal(request, 403, _("The form has gone stale"), *sentences, typed=typed)


def too_large(request: HttpRequest) -> HttpResponse:
    return refusal(
        request,
        413,
        _("That is too large"),
        _("A file can have at most 12 MB. Whoever is not signed in can send almost nothing."),
        _("Nothing was saved. Go back; if you were signed out meanwhile, sign in in another window first."),
    )

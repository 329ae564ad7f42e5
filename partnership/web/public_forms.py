"""Forms of the public: whether they are open, and what the browser says of where they come from.

They carry no token, so that their pages can be cached for everyone. There is no cookie and no right to protect: asking
for the origin only keeps other sites from making their visitors send for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import error_pages
from .client import comes_from_here

View = Callable[..., HttpResponseBase]


def has_controller() -> bool:
    """In public a form for personal data needs somebody who answers for it; on one’s own machine it does not."""
    return not settings.HTTPS or bool(settings.OPERATOR_NAME and settings.DATA_PROTECTION_CONTACT)


def can_send_letters() -> bool:
    """Whether there is a mail server, or a console that stands in for it; without one letters wait."""
    return not settings.EMAIL_BACKEND.endswith(".dummy.EmailBackend")


def contributing_is_open() -> bool:
    return settings.CONTRIBUTIONS and has_controller()


def following_is_open() -> bool:
    return settings.FOLLOWING and has_controller() and can_send_letters()


def same_origin_only(view: View) -> View:
    """A view that saves nothing for forms of other sites."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if request.method == "POST" and not comes_from_here(request):
            return error_pages.from_elsewhere(request)
        return view(request, *arguments, **named)

    return guarded


def private(view: View) -> View:
    """A page for whoever has its address: kept by no cache and found by no search engine.

    It may hold a form, so it keeps the referrer policy of the site: under ``no-referrer`` its own form would come
    with ``Origin: null``.
    """

    @wraps(view)
    def kept_private(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        response = view(request, *arguments, **named)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return kept_private

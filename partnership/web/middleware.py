"""What happens to every request on its way in, and to every answer on its way out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from . import error_pages, logs

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Numbers


class RequestIdMiddleware:
    """Gives every request a number: in the lines of the log, in ``X-Request-ID``, and on the page of an error.

    The number that a proxy of ours has given is taken over; what a stranger sends is not.
    """

    _SENSIBLE = re.compile(r"[A-Za-z0-9._-]{8,64}")

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
        number = sent if self._SENSIBLE.fullmatch(sent) else secrets.token_hex(8)
        request.number = number  # type: ignore[attr-defined]
        logs.request_id.set(number)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = number
        if not response.streaming:
            # What the server says next on this thread may be about another request.
            logs.request_id.set("")
        return response


# Headers

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
#: What browsers can do and this site never asks for.
_NO_FEATURES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer autoplay camera display-capture encrypted-media geolocation gyroscope hid magnetometer "
        "microphone midi payment screen-wake-lock serial usb xr-spatial-tracking"
    ).split()
)
#: Pictures for link previews and data for everyone: other sites may load these into their pages.
_FOR_OTHER_SITES = re.compile(r"^/(?!admin/).*(/card\.png|\.(csv|json|jsonld|ttl|atom|ics|xml|zip))$")


def headers_for(path: str) -> dict[str, str]:
    """The headers of every answer at an address, whatever its status. A view may set stricter ones of its own."""
    policy = _POLICY
    if not path.startswith("/admin/"):
        # jQuery, which the admin stands on, writes HTML from strings; public pages never do.
        policy += "; require-trusted-types-for 'script'; trusted-types 'none'"
    if settings.HTTPS:
        policy += "; upgrade-insecure-requests"
    return {
        "Content-Security-Policy": policy,
        "Permissions-Policy": _NO_FEATURES,
        "Cross-Origin-Resource-Policy": "cross-origin" if _FOR_OTHER_SITES.match(path) else "same-origin",
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }


class SecurityHeaders:
    """Gives every answer its headers, those of the libraries and of errors too."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in headers_for(request.path_info).items():
            response.headers.setdefault(name, value)
        return response


# Addresses


class PublicAddresses:
    """Answers the public from the public addresses alone.

    Those of staff are four times as many, and their forms a fifth of what there is to load: a worker does that with
    its first page for staff.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/admin"):
            request.urlconf = "partnership.public_urls"
        return self.get_response(request)


# Size

#: Bytes: a sign-in, with a form that was typed before; and an upload of 12 MB with the form around it.
LONGEST_FROM_STRANGERS, LONGEST_FROM_STAFF = 64 * 1024, 13 * 1024 * 1024


def has_session_row(request: HttpRequest) -> bool:
    """Whether the browser has, or had, a session here. One that has run out counts: its last form may be a long one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return key is not None and Session.objects.filter(pk=key).exists()


class BodyLimit:
    """Refuses a body that is too long before any of it is read: nothing is held in memory or written to disk.

    A body without a length is read by nobody: Django takes it for empty.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdigit() else 0
        if size > LONGEST_FROM_STAFF or (size > LONGEST_FROM_STRANGERS and not has_session_row(request)):
            return error_pages.too_large(request)
        return self.get_response(request)


# Characters


class RefuseNul:
    """Refuses NUL in an address, a query or a cookie: PostgreSQL takes it in no text, and no reader types it."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            "\0" in request.path_info
            or "%00" in request.META.get("QUERY_STRING", "")
            or any("\0" in value for value in request.COOKIES.values())
        ):
            return error_pages.unreadable(request)
        return self.get_response(request)


class CompressPages(GZipMiddleware):
    """Compresses text. Photographs, documents and drawn cards are compressed already and pass as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(("text/", "application/json")):
            return response
        return super().process_response(request, response)

"""Middleware of this site, in the order of ``settings.MIDDLEWARE``."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from ..models import Contribution
from ..models.contributions import key_hash
from . import error_pages, logs

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Gives every request an id: in the lines of the log, in ``X-Request-ID``, and on error pages.

    The id that the site’s own proxy sends is used; one that a client sends is not.
    """

    _VALID = re.compile(r"[A-Za-z0-9._-]{8,64}")

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
        request_id = sent if self._VALID.fullmatch(sent) else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        logs.request_id.set(request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        if not response.streaming:
            # The next message that the server logs on this thread may be about another request.
            logs.request_id.set("")
        return response


# Security headers

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
#: Browser features that no page uses.
_NO_FEATURES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer autoplay camera display-capture encrypted-media geolocation gyroscope hid magnetometer "
        "microphone midi payment screen-wake-lock serial usb xr-spatial-tracking"
    ).split()
)
#: Pictures for link previews and open data: pages of other sites may load these.
_CROSS_ORIGIN = re.compile(r"^/(?!admin/).*(/card\.png|\.(csv|json|jsonld|ttl|atom|ics|xml|zip))$")


def headers_for(path: str) -> dict[str, str]:
    """The headers of every response at a path, whatever its status. A view may set stricter ones of its own."""
    policy = _POLICY
    if not path.startswith("/admin/"):
        # jQuery, on which the admin depends, writes HTML from strings; public pages never do.
        policy += "; require-trusted-types-for 'script'; trusted-types 'none'"
    if settings.HTTPS:
        policy += "; upgrade-insecure-requests"
    return {
        "Content-Security-Policy": policy,
        "Permissions-Policy": _NO_FEATURES,
        "Cross-Origin-Resource-Policy": "cross-origin" if _CROSS_ORIGIN.match(path) else "same-origin",
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }


class SecurityHeadersMiddleware:
    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in headers_for(request.path_info).items():
            response.headers.setdefault(name, value)
        return response


class PublicUrlsMiddleware:
    """Resolves requests outside the admin with the public URLs alone.

    The URLs of staff are four times as many, and their forms a fifth of the code: a worker loads them with the first
    request to the admin.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/admin"):
            request.urlconf = "partnership.public_urls"
        return self.get_response(request)


# Size of the request body

#: Bytes: a sign-in with a held form; a file of a contribution, and all files of a form of staff, with the form itself.
LARGEST_ANONYMOUS, LARGEST_CONTRIBUTED, LARGEST_STAFF = 64 * 1024, 13 * 1024 * 1024, 201 * 1024 * 1024


def has_session_row(request: HttpRequest) -> bool:
    """Whether the browser has, or had, a session here. An expired one counts: its last form may be a long one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return key is not None and Session.objects.filter(pk=key).exists()


#: The address for the files of a contribution, in each language.
_FILES_OF_CONTRIBUTION = re.compile(r"/[a-z]{2}/\w+/\w+/([\w-]{22})/(files|filer)/")


def adds_to_contribution(request: HttpRequest) -> bool:
    """Whether a file comes with the key of something that was sent in; its view looks at all else."""
    match = _FILES_OF_CONTRIBUTION.fullmatch(request.path_info)
    return match is not None and Contribution.objects.filter(key_hash=key_hash(match[1])).exists()


class BodyLimitMiddleware:
    """Refuses a body that is too long before any of it is read: nothing is held in memory or written to disk.

    Django reads a body without ``Content-Length`` as empty.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdigit() else 0
        if size > LARGEST_ANONYMOUS and size > self._largest(request):
            return error_pages.too_large(request)
        return self.get_response(request)

    @staticmethod
    def _largest(request: HttpRequest) -> int:
        if request.path_info.startswith("/admin/") and has_session_row(request):
            return LARGEST_STAFF
        return LARGEST_CONTRIBUTED if adds_to_contribution(request) else LARGEST_ANONYMOUS


class RefuseNulMiddleware:
    """Refuses NUL in a path, a query or a cookie: PostgreSQL stores it in no text, and no reader types it."""

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


#: Photographs, documents and cards are compressed already.
_COMPRESSIBLE = ("text/", "application/json", "application/ld+json", "application/rdf+xml", "application/atom+xml")


class CompressTextMiddleware(GZipMiddleware):
    """Compresses text only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(_COMPRESSIBLE):
            return response
        return super().process_response(request, response)


class LeanPagesMiddleware:
    """Sends public pages without the indents and empty lines of their templates, a fifth of their bytes.

    What answers a form may hold what somebody typed, in a field whose empty lines are paragraphs: it stays as it is.
    """

    #: What must keep its blanks, and elsewhere the end of a line with the indent and the empty lines after it. In one
    #: expression the two would take ten times as long.
    _PREFORMATTED = re.compile(rb"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", re.DOTALL)
    _INDENTS = re.compile(rb"\n\s*")

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            isinstance(response, HttpResponse)
            and response.get("Content-Type", "").startswith("text/html")
            and request.method in {"GET", "HEAD"}
            and not request.path_info.startswith("/admin/")
        ):
            parts = self._PREFORMATTED.split(response.content)
            parts[::2] = [self._INDENTS.sub(b"\n", part) for part in parts[::2]]
            response.content = b"".join(parts)
        return response

"""Pages of other sites may read public data in their visitors’ browsers (the CORS protocol of the Fetch standard)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]

#: Seconds for which a browser remembers that it may ask.
_REMEMBERED = 24 * 60 * 60
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Last-Modified, Content-Disposition, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def allow_everywhere(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in _HEADERS.items():
        response[name] = value
    return response


def readable_everywhere(view: View) -> View:
    """Decorates a view of public data, and answers the question that browsers ask beforehand (preflight)."""

    @wraps(view)
    def shared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "OPTIONS":
            return allow_everywhere(view(request, *args, **kwargs))
        response = allow_everywhere(HttpResponse(status=204))
        response["Allow"] = response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-Modified-Since, If-None-Match"
        response["Access-Control-Max-Age"] = str(_REMEMBERED)
        return response

    return shared

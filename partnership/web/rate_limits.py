"""Rate limits for the costliest requests: searching, data, signing in.

Requests are counted in the cache for each minute, under a keyed hash of the client’s IP address: the address itself is
stored nowhere, and the hash says nothing without the key. Several machines count together where they share a cache
(``CACHE_URL``); otherwise each worker counts for itself, and a client gets as many times more. Pages from the page
cache are never counted.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.connection import ConnectionProxy

from ..child_process import ChildError
from ..turns import Crowded, turns
from . import error_pages
from .client import client_address

logger = logging.getLogger(__name__)
counters: Any = ConnectionProxy(caches, "counters")
View = Callable[..., HttpResponseBase]

#: Requests in a minute for each IP address: a whole office may share one.
SEARCHES, DOWNLOADS, SIGN_INS = 120, 240, 30
#: Milliseconds of the processor in a minute, for all that is made for one IP address outside the admin.
COST = 30_000
#: Milliseconds that a request counts for before anything is made: who asks again and again comes after who reads.
ASKING = 50
_MINUTE = 60
#: Bytes of a stream that are made before it is sent.
FIRST_PART = 512 * 1024


def seconds_to_wait(request: HttpRequest, scope: str, limit: int, period: int = _MINUTE, *, cost: int = 1) -> int:
    """Counts this request, or its cost; returns 0 if that is within the limit, else the seconds to the next period.

    Never limits the machine itself (exports, timers, monitoring), nor anybody while the cache does not answer.
    """
    is_within = count(request, scope, period, cost=cost) <= limit
    return 0 if is_within else period - int(time.time() % period)


def count(request: HttpRequest, scope: str, period: int = _MINUTE, *, cost: int = 0) -> int:
    """What was counted of this client in this period, after adding a cost; 0 for the machine itself."""
    key = _key(request, scope, int(time.time() // period))
    if key is None:
        return 0
    try:
        counters.add(key, 0, timeout=2 * period)
        return counters.incr(key, cost)
    # Each kind of cache has errors of its own. A site that works is worth more than a true count.
    except Exception as error:
        logger.warning("The cache does not count: %s", type(error).__name__)
        return 0


def _spent(request: HttpRequest) -> int:
    """The cost of what this client has had in this minute and the one before."""
    minute = int(time.time() // _MINUTE)
    keys = [key for number in (minute, minute - 1) if (key := _key(request, "cost", number))]
    try:
        return sum(counters.get_many(keys).values())
    except Exception as error:
        logger.warning("The cache does not count: %s", type(error).__name__)
        return 0


def _key(request: HttpRequest, scope: str, number: int) -> str | None:
    """None for the machine itself."""
    address = client_address(request)
    if address is None or ip_address(address).is_loopback:
        return None
    return f"limit-{scope}-{_hashed(address)}-{number}"


def _hashed(address: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), address.encode(), "sha256").hex()[:32]


def rate_limited(
    scope: str,
    limit: int,
    refuse: Callable[[HttpRequest, int], HttpResponseBase] = error_pages.too_many,
    *,
    counts: Callable[[HttpRequest], bool] = lambda request: True,
) -> Callable[[View], View]:
    """Decorates a view that serves ``limit`` requests a minute to one IP address, of those for which ``counts`` holds.

    ``refuse`` makes the response to the others, from the request and the seconds to wait.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            seconds = seconds_to_wait(request, scope, limit) if counts(request) else 0
            return refuse(request, seconds) if seconds else view(request, *args, **kwargs)

        return wrapper

    return decorate


class CostMiddleware:
    """Limits what is made for one client by what it costs, and what is made for all at once by turns.

    Few dear pages cost as much as many cheap ones, and a request that is led elsewhere or refused costs a little too.
    Work in child processes is not in it: it is done once for all who wait, and two at a time. What staff do, what this
    machine asks for, and forms, which have limits of their own, neither wait nor are refused. Who is of the staff is
    known further in: see ``AdminCostMiddleware``.
    """

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"} or self._is_free(request) or _key(request, "cost", 0) is None:
            return self.get_response(request)
        if seconds := seconds_to_wait(request, "cost", COST, cost=ASKING):
            return error_pages.too_many(request, seconds)
        try:
            with turns.turn(_spent(request)):
                return self._counted(request)
        except Crowded:
            return error_pages.crowded(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """No error of the site, and nothing for its log."""
        return error_pages.crowded(request) if isinstance(error, ChildError) and error.reason == "busy" else None

    def _is_free(self, request: HttpRequest) -> bool:
        return request.path_info.startswith("/admin")

    def _counted(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.thread_time()
        response = self.get_response(request)
        # A stream is made while it is sent. A file is read, which costs nothing.
        if response.streaming and not isinstance(response, FileResponse):
            _begin(response)
        seconds_to_wait(request, "cost", COST, cost=round((time.thread_time() - begun) * 1000))
        return response


class AdminCostMiddleware(CostMiddleware):
    """The same for strangers at the door of the admin, after it is known who asks: a made-up cookie opens no way by.

    The page to sign in on is refused to nobody: staff share the address of their office with its readers.
    """

    def _is_free(self, request: HttpRequest) -> bool:
        path = request.path_info
        return not path.startswith("/admin") or path == "/admin/login/" or bool(request.user.is_authenticated)


def _begin(response: Any) -> None:
    """Makes the first part of a stream here, in its turn; most lists of the data are shorter."""
    rows = iter(response.streaming_content)
    first, size = [], 0
    for row in rows:
        first.append(row)
        size += len(row)
        if size > FIRST_PART:
            break
    response.streaming_content = chain(first, rows)


def is_search(request: HttpRequest) -> bool:
    return bool(request.GET.get("q"))


#: signin/lockout.py slows one name from one IP address; this limits many names, and requests for a new password.
sign_in_rate_limited = rate_limited("sign-in", SIGN_INS, counts=lambda request: request.method == "POST")
search_rate_limited = rate_limited("search", SEARCHES, counts=is_search)

"""How often one client may ask for what costs the most: searching, data, signing in.

Counted in the cache for each minute, under a keyed hash of the client’s address: the address itself is stored nowhere,
and the hash says nothing without the key. Several machines count together where they share a cache (``CACHE_URL``);
otherwise each worker counts for itself, and a client gets as many times more. Pages kept in memory are never counted.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import error_pages
from .client import client_address

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]

#: In a minute, for each address: a whole office may share one.
SEARCHES, DOWNLOADS, SIGN_INS = 120, 240, 30
_MINUTE = 60


def seconds_to_wait(request: HttpRequest, what: str, most: int) -> int:
    """Counts this request; 0 where it may go on, else the seconds until the next minute.

    The machine itself is never refused (exports, timers, monitoring), nor anybody while the cache is away.
    """
    address = client_address(request)
    if address is None or ip_address(address).is_loopback:
        return 0
    now = time.time()
    key = f"limit-{what}-{_hashed(address)}-{int(now // _MINUTE)}"
    try:
        cache.add(key, 0, timeout=2 * _MINUTE)
        number = cache.incr(key)
    # Each kind of cache has errors of its own. A site that answers is worth more than a true count.
    except Exception as error:
        logger.warning("The cache does not count: %s", type(error).__name__)
        return 0
    return 0 if number <= most else _MINUTE - int(now % _MINUTE)


def _hashed(address: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), address.encode(), "sha256").hex()[:32]


def limited(
    what: str,
    most: int,
    refuse: Callable[[HttpRequest, int], HttpResponseBase] = error_pages.too_many,
    *,
    counts: Callable[[HttpRequest], bool] = lambda request: True,
) -> Callable[[View], View]:
    """A view that answers ``most`` requests a minute from one address, of those that ``counts`` says to count.

    ``refuse`` makes the answer to the others, from the request and the seconds to wait.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            seconds = seconds_to_wait(request, what, most) if counts(request) else 0
            return refuse(request, seconds) if seconds else view(request, *arguments, **named)

        return counted

    return decorate


def has_words(request: HttpRequest) -> bool:
    """Whether a list is searched for words."""
    return bool(request.GET.get("q"))


#: One name from one address is slowed down in signin/lockout.py; this is for many names, and for asking for letters.
sign_in_rate_limited = limited("sign-in", SIGN_INS, counts=lambda request: request.method == "POST")
search_rate_limited = limited("search", SEARCHES, counts=has_words)

"""A cache of complete public pages, in memory and never stale.

Triggers in the database (``partnership.database.triggers``) increase the number of the data version with every write,
whoever writes. A page is cached under the number that was read *before* it was made, and sent only while the number
is still the same. A write in between can only leave a page under a past number: no lock, no message between workers,
no invalidation.

The cache wraps the whole application (``partnership.wsgi``), so that a cached page runs no middleware. It holds public
responses only: requests with a cookie of this site or with credentials bypass it, and it stores no response that sets
a cookie or says ``private`` or ``no-store``, no stream, and nothing but status 200 under a language prefix.

Behind nginx each page that may be cached names the current second in ``X-Accel-Expires``: until its end nginx sends
the page itself (docs/operating.md). No other response has the header, and nginx takes it off.
"""

from __future__ import annotations

import datetime
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from threading import Event, Lock, local
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.db import Error, connections
from django.utils import timezone
from django.utils.http import parse_http_date_safe

from . import maintenance

Headers = list[tuple[str, str]]

#: Seconds for which cached pages are sent while the database does not answer.
OUTAGE = 60
#: Seconds that a request waits for the same page that another has begun to make.
PATIENCE = 5
#: So many of them wait in a worker; its other threads are for other pages.
MOST_WAITING = 2
#: Characters. A longer query string comes from no filter of the site; its page is not cached.
LONGEST_QUERY = 300
#: Bytes that a page takes beyond its body, for its key, its headers and their containers; measured.
_PAGE_OVERHEAD = 3_000
#: Content types worth compressing, and the smallest body in bytes; pictures are compressed already.
_COMPRESSIBLE, _SHORTEST = ("text/", "application/json", "application/atom+xml"), 200
#: Headers that a 304 response repeats (RFC 9110, 15.4.5).
_NOT_MODIFIED_HEADERS = {"cache-control", "content-location", "etag", "expires", "vary"}
#: And those by which a page of another site may read it.
_NOT_MODIFIED_HEADERS |= {"access-control-allow-origin", "access-control-expose-headers"}


class DataVersionReader:
    """Reads the number of the data version, in SQLite some 5 µs, on a connection of its own for each thread.

    The connection is opened with the first query, after the server has forked its workers. The row of the number
    stays locked until a write is committed, so that on PostgreSQL, too, the number is never ahead of the data.
    """

    def __init__(self, alias: str = "default"):
        self._database: Any = connections[alias]
        self._thread = local()

    def __call__(self) -> int:
        """Raises ``django.db.Error`` where the number cannot be read."""
        try:
            connection = getattr(self._thread, "connection", None) or self._connect()
            return connection.execute("SELECT number FROM partnership_dataversion").fetchone()[0]
        except self._database.Database.Error as error:
            self._thread.connection = None
            raise Error(*error.args) from error

    def _connect(self) -> Any:
        database = self._database.copy()
        database.connect()
        self._thread.connection = database.connection
        return database.connection


class Page(NamedTuple):
    """A complete response in one content coding."""

    version: int
    expires: float  # seconds since 1970
    status: str
    headers: Headers
    not_modified_headers: Headers
    etag: str
    modified: int | None  # seconds since 1970, where the response says it
    body: bytes

    def respond(self, environ: dict[str, Any], start_response: Callable) -> list[bytes]:
        # It comes first: nginx before 1.23 obeys whichever of this and Cache-Control it reads first.
        shared = [("X-Accel-Expires", f"@{int(time.time())}")] if self.etag and settings.BEHIND_PROXY else []
        if self.etag and self._is_known_to(environ):
            start_response("304 Not Modified", shared + self.not_modified_headers)
            return []
        start_response(self.status, shared + self.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]

    def _is_known_to(self, environ: dict[str, Any]) -> bool:
        """Whether the client has this page; of two conditions the ETag is the exacter one (RFC 9110, 13.2.2)."""
        if if_none_match := environ.get("HTTP_IF_NONE_MATCH"):
            return self.etag in if_none_match or if_none_match.strip() == "*"
        if self.modified is None:
            return False
        return (parse_http_date_safe(environ.get("HTTP_IF_MODIFIED_SINCE", "")) or 0) >= self.modified


class _CompressedStream:
    """A stream in the coding that the client accepts: it is compressed as it is made."""

    def __init__(self, response: Any, coding: str):
        self._response, self._coding = response, coding

    def __iter__(self) -> Iterator[bytes]:
        packer: Any = brotli.Compressor(quality=4) if self._coding == "br" else zlib.compressobj(6, zlib.DEFLATED, 31)
        pack = packer.process if self._coding == "br" else packer.compress
        for part in self._response:
            if packed := pack(part):
                yield packed
        yield packer.finish() if self._coding == "br" else packer.flush()

    def close(self) -> None:
        self._response.close()


class PageCache:
    """A WSGI application that responds from memory where it can, and calls the wrapped one where it cannot."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        max_bytes: int,
        parameters: Collection[str] = (),
        version: Callable[[], int] | None = None,
    ):
        """``max_bytes`` holds for each worker; the least recently used page is dropped first.

        ``parameters`` are the names of query parameters whose pages are cached. Pages of any other query, and of words
        that readers type, are not: their number has no bound.
        """
        self._application, self._max_bytes = application, max_bytes
        self._parameters = frozenset(parameters)
        self._read_version = version or DataVersionReader()
        self._known_version, self._known_at = 0, float("-inf")
        self._pages: OrderedDict[tuple, Page] = OrderedDict()
        self._lock = Lock()
        self._in_making: dict[tuple, Event] = {}
        self._are_waiting = 0
        self._size = self.hits = self.misses = 0
        self._languages = tuple(f"/{language}/" for language, _name in settings.LANGUAGES)
        self._cookies = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")
        self._secure: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        key = self._key(environ)
        version = None if key is None else self._version()
        if key is None or version is None:
            return self._application(environ, start_response)
        if page := self._page(key, version):
            return page.respond(environ, start_response)
        with self._lock:
            is_first = key not in self._in_making
            ready = self._in_making.setdefault(key, Event())
            waits = not is_first and self._are_waiting < MOST_WAITING
            self._are_waiting += waits
        if waits:
            # Made once for those who wait. What cannot be kept each of them makes.
            ready.wait(PATIENCE)
            with self._lock:
                self._are_waiting -= 1
            if page := self._page(key, version):
                return page.respond(environ, start_response)
        try:
            self.misses += 1
            return self._make(key, version, environ, start_response)
        finally:
            if is_first:
                with self._lock:
                    del self._in_making[key]
                ready.set()

    def _page(self, key: tuple, version: int) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.version != version or time.time() >= page.expires:
                return None
            self._pages.move_to_end(key)
            self.hits += 1
            return page

    def report(self) -> dict[str, int]:
        """The number of cached pages, their size in bytes, and the counts of hits and misses."""
        return {"pages": len(self._pages), "bytes": self._size, "hits": self.hits, "misses": self.misses}

    # The cache key

    def _key(self, environ: dict[str, Any]) -> tuple | None:
        """Host, scheme, path, query and coding; None for requests that bypass the cache."""
        path = environ["PATH_INFO"]
        if not path.startswith(self._languages) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        if "HTTP_AUTHORIZATION" in environ or self._has_site_cookie(environ.get("HTTP_COOKIE", "")):
            return None
        query = environ.get("QUERY_STRING", "")
        if query and (query := self._query(query)) is None:
            return None
        scheme = environ["wsgi.url_scheme"]
        if self._secure:
            scheme = environ.get(self._secure[0]) == self._secure[1]
        coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", "")[:100])
        return environ.get("HTTP_HOST"), scheme, path, query, coding

    def _has_site_cookie(self, cookies: str) -> bool:
        return bool(cookies) and any(name in cookies for name in self._cookies)

    def _query(self, query: str) -> str | None:
        """The query in one order and without empty values; None where its pages are not cached."""
        if len(query) > LONGEST_QUERY:
            return None
        pairs = parse_qsl(query, encoding="utf-8", errors="replace")
        if not self._parameters.issuperset(name for name, _value in pairs):
            return None
        return urlencode(sorted(pairs, key=lambda pair: pair[0]))

    def _version(self) -> int | None:
        """The data version; while the database does not answer the last known one, after ``OUTAGE`` seconds None.

        In maintenance it is not asked: nobody writes, and readers keep what they had.
        """
        if self._known_at > float("-inf") and maintenance.is_on():
            return self._known_version
        try:
            self._known_version, self._known_at = self._read_version(), time.monotonic()
        except Error:
            if time.monotonic() - self._known_at > OUTAGE:
                return None
        return self._known_version

    # Making a page and storing it

    def _make(self, key: tuple, version: int, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        """Requests the page uncompressed and responds with it; stores it if it is public."""
        expires = _midnight()
        changes = {"QUERY_STRING": key[3], "HTTP_ACCEPT_ENCODING": "identity"}
        started: list[Any] = []
        response: Any = self._application({**environ, **changes}, lambda *values: started.extend(values[:2]))
        status, headers = started
        if getattr(response, "streaming", True):
            values = {name.lower(): value for name, value in headers}
            if key[-1] and values.get("content-type", "").startswith(_COMPRESSIBLE) and status.startswith("200 "):
                response = _CompressedStream(response, key[-1]) if environ["REQUEST_METHOD"] == "GET" else response
                headers = [(name, _weak(value) if name.lower() == "etag" else value) for name, value in headers]
                headers.append(("Content-Encoding", key[-1]))
            start_response(status, headers)
            return response
        try:
            body = b"".join(response)
        finally:
            response.close()
        page = _page(version, expires, status, headers, body, key[-1])
        if page.etag:
            self._store(key, page)
        return page.respond(environ, start_response)

    def _store(self, key: tuple, page: Page) -> None:
        size = len(page.body) + _PAGE_OVERHEAD
        if size > self._max_bytes // 16:
            return
        with self._lock:
            if former := self._pages.pop(key, None):
                self._size -= len(former.body) + _PAGE_OVERHEAD
            self._pages[key] = page
            self._size += size
            while self._size > self._max_bytes:
                _key, oldest = self._pages.popitem(last=False)
                self._size -= len(oldest.body) + _PAGE_OVERHEAD


def _page(version: int, expires: float, status: str, headers: Headers, body: bytes, coding: str) -> Page:
    """The response as it is sent. It has an ETag if it is public and complete, and so may be cached.

    The ETag is made from the uncompressed body and the coding, so that all workers give the same one. Compressing
    leaks nothing here (BREACH): a public page holds no secret, and of the request only filters.
    """
    values = {name.lower(): value for name, value in headers}
    dropped = {"content-length", "etag"}
    is_compressible = values.get("content-type", "").startswith(_COMPRESSIBLE) and "content-encoding" not in values
    if len(body) < _SHORTEST or not is_compressible:
        coding = ""
    etag = ""
    if _is_public(status, values):
        etag = f'"{blake2b(body, digest_size=16).hexdigest()}{coding and "-"}{coding}"'
        # Later requests are not the one that the page was made for.
        dropped.add("x-request-id")
    headers = [(name, value) for name, value in headers if name.lower() not in dropped]
    if coding:
        body = _compressed(body, coding)
        headers.append(("Content-Encoding", coding))
    if "vary" not in values:
        headers.append(("Vary", "Accept-Encoding"))
    if "cache-control" not in values:
        headers.append(("Cache-Control", "no-cache"))
    headers.append(("Content-Length", str(len(body))))
    if etag:
        headers.append(("ETag", etag))
    not_modified_headers = [(name, value) for name, value in headers if name.lower() in _NOT_MODIFIED_HEADERS]
    modified = parse_http_date_safe(values.get("last-modified", ""))
    return Page(version, expires, status, headers, not_modified_headers, etag, modified, body)


def _weak(etag: str) -> str:
    """Of a body whose bytes are others than those that the tag was made for."""
    return etag if etag.startswith("W/") else f"W/{etag}"


def _is_public(status: str, headers: dict[str, str]) -> bool:
    vary = headers.get("vary", "Accept-Encoding").lower()
    return (
        status.startswith("200 ")
        and vary == "accept-encoding"
        and "set-cookie" not in headers
        and not re.search(r"private|no-store", headers.get("cache-control", "").lower())
    )


def _compressed(body: bytes, coding: str) -> bytes:
    if coding == "br":
        return brotli.compress(body, quality=5)
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@lru_cache(maxsize=256)
def _coding(accept_encoding: str) -> str:
    """The best coding that a client accepts (RFC 9110, 12.5.3): “br”, “gzip”, or none."""
    accepted = {}
    for part in accept_encoding.lower().split(","):
        name, _semicolon, weight = part.partition(";")
        accepted[name.strip()] = not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return next((coding for coding in ("br", "gzip") if accepted.get(coding, accepted.get("*", False))), "")


def _midnight() -> float:
    """The end of the day, in seconds since 1970: axes of years and ongoing work are drawn up to today."""
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    return datetime.datetime.combine(tomorrow, datetime.time(), tzinfo=timezone.get_default_timezone()).timestamp()

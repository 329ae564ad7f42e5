"""Complete public pages kept in memory, ready to send, and never a stale one.

Triggers in the database (``partnership.database.triggers``) increase the number of the data version with every write,
whoever writes. A page is kept under the number that was read *before* it was made, and sent only while the number is
still the same. A write that comes between can only leave a page under a number that has passed: no lock, no message
between workers, nothing to clear.

It wraps the whole application (``partnership.wsgi``), so that a kept page costs no middleware. What is not public is
not kept and not looked for: requests with a cookie of ours or with credentials, answers that set a cookie or say
``private`` or ``no-store``, streams, and everything but complete answers (200) under the addresses of a language.
"""

from __future__ import annotations

import datetime
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from threading import Lock, local
from typing import Any
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.db import Error, connections
from django.utils import timezone

Headers = list[tuple[str, str]]

#: Seconds for which pages already kept are sent while the database does not answer.
OUTAGE = 60
#: A longer query string is nobody’s filter; its page is made anew each time.
LONGEST_QUERY = 300
#: What a page needs in memory beyond its body: its key, its headers and their places, measured.
_BESIDE_BODY = 3_000
#: Text is worth compressing; pictures are compressed already. Shorter ones would hardly shrink.
_TEXT, _SHORTEST = ("text/", "application/json", "application/atom+xml"), 200
#: What a page that has not changed says again (RFC 9110, 15.4.5).
_SAID_AGAIN = {"cache-control", "content-location", "etag", "expires", "vary"}


class DataVersionReader:
    """Reads the number of the record’s version, in SQLite some 5 µs, on a connection of its own for each thread.

    The connection is opened with the first question, after the server has forked its workers. The row of the number
    stays locked until a write is committed, so that on PostgreSQL, too, whoever sees a number sees what it numbers.
    """

    def __init__(self, alias: str = "default"):
        self._database: Any = connections[alias]
        self._thread = local()

    def __call__(self) -> int:
        """The number. Raises an error of the database where it cannot be read."""
        try:
            connection = getattr(self._thread, "connection", None) or self._connect()
            return connection.execute("SELECT number FROM partnership_dataversion").fetchone()[0]
        except self._database.Database.Error as error:
            self._thread.connection = None
            raise Error(*error.args) from error

    def _connect(self) -> Any:
        own = self._database.copy()
        own.connect()
        self._thread.connection = own.connection
        return own.connection


@dataclass(frozen=True, slots=True)
class Page:
    """A complete answer in one coding."""

    version: int
    ends: float  # seconds since 1970
    status: str
    headers: Headers
    headers_unchanged: Headers
    etag: str
    body: bytes

    def answer(self, environ: dict[str, Any], start_response: Callable) -> list[bytes]:
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and self.etag and (self.etag in asked or asked.strip() == "*"):
            start_response("304 Not Modified", self.headers_unchanged[:])
            return []
        start_response(self.status, self.headers[:])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


class PageCache:
    """A WSGI application that answers from memory where it can, and asks the wrapped one where it cannot."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        room: int,
        parameters: Collection[str] = (),
        version: Callable[[], int] | None = None,
    ):
        """``room`` is in bytes, for each worker; the least recently used page makes room.

        ``parameters`` are the names of query parameters whose pages are kept. Pages of any other query, and of words
        that readers type, are made anew each time: there is no end of those.
        """
        self._application, self._room = application, room
        self._parameters = frozenset(parameters)
        self._read_version = version or DataVersionReader()
        self._known_version, self._known_at = 0, float("-inf")
        self._kept: OrderedDict[tuple, Page] = OrderedDict()
        self._lock = Lock()
        self._size = self.hits = self.misses = 0
        self._languages = tuple(f"/{language}/" for language, _name in settings.LANGUAGES)
        self._cookies = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")
        self._secure: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        key = self._key(environ)
        version = None if key is None else self._version()
        if key is None or version is None:
            return self._application(environ, start_response)
        with self._lock:
            page = self._kept.get(key)
            if page and page.version == version and time.time() < page.ends:
                self._kept.move_to_end(key)
                self.hits += 1
            else:
                page = None
                self.misses += 1
        return page.answer(environ, start_response) if page else self._make(key, version, environ, start_response)

    def report(self) -> dict[str, int]:
        """How many pages are kept and in how many bytes, and how often one was found and how often not."""
        return {"pages": len(self._kept), "bytes": self._size, "hits": self.hits, "misses": self.misses}

    # What makes two requests the same

    def _key(self, environ: dict[str, Any]) -> tuple | None:
        """Host, scheme, path, query and coding; None for requests that this is not for."""
        path = environ["PATH_INFO"]
        if not path.startswith(self._languages) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        if "HTTP_AUTHORIZATION" in environ or self._has_our_cookie(environ.get("HTTP_COOKIE", "")):
            return None
        query = environ.get("QUERY_STRING", "")
        if query and (query := self._query(query)) is None:
            return None
        scheme = environ["wsgi.url_scheme"]
        if self._secure:
            scheme = environ.get(self._secure[0]) == self._secure[1]
        coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", "")[:100])
        return environ.get("HTTP_HOST"), scheme, path, query, coding

    def _has_our_cookie(self, cookies: str) -> bool:
        return bool(cookies) and any(name in cookies for name in self._cookies)

    def _query(self, query: str) -> str | None:
        """The query in one order and without empty values; None where its pages are not kept."""
        if len(query) > LONGEST_QUERY:
            return None
        pairs = parse_qsl(query, encoding="utf-8", errors="replace")
        if not self._parameters.issuperset(name for name, _value in pairs):
            return None
        return urlencode(sorted(pairs, key=lambda pair: pair[0]))

    def _version(self) -> int | None:
        """The record’s version; while the database does not answer the last known one, after a minute None."""
        try:
            self._known_version, self._known_at = self._read_version(), time.monotonic()
        except Error:
            if time.monotonic() - self._known_at > OUTAGE:
                return None
        return self._known_version

    # Making a page and keeping it

    def _make(self, key: tuple, version: int, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        """Asks for the page uncompressed and answers with it; keeps it if it is anyone’s."""
        ends = _midnight()
        asked = {"QUERY_STRING": key[3], "HTTP_ACCEPT_ENCODING": "identity"}
        started: list[Any] = []
        response: Any = self._application({**environ, **asked}, lambda *values: started.extend(values[:2]))
        status, headers = started
        if getattr(response, "streaming", True):
            start_response(status, headers)
            return response
        try:
            body = b"".join(response)
        finally:
            response.close()
        page = _page(version, ends, status, headers, body, key[-1])
        if page.etag:
            self._keep(key, page)
        return page.answer(environ, start_response)

    def _keep(self, key: tuple, page: Page) -> None:
        size = len(page.body) + _BESIDE_BODY
        if size > self._room // 16:
            return
        with self._lock:
            if former := self._kept.pop(key, None):
                self._size -= len(former.body) + _BESIDE_BODY
            self._kept[key] = page
            self._size += size
            while self._size > self._room:
                _key, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest.body) + _BESIDE_BODY


def _page(version: int, ends: float, status: str, headers: Headers, body: bytes, coding: str) -> Page:
    """The answer as it is sent. It has an ETag if it is public and complete, and so may be kept.

    The ETag is made from the uncompressed body and the coding, so that all workers give the same one. Compressing
    leaks nothing here (BREACH): a public page holds no secret, and nothing that its reader sent but its filters.
    """
    said = {name.lower(): value for name, value in headers}
    left = {"content-length", "etag"}
    if len(body) < _SHORTEST or not said.get("content-type", "").startswith(_TEXT) or "content-encoding" in said:
        coding = ""
    etag = ""
    if _is_public(status, said):
        etag = f'"{blake2b(body, digest_size=16).hexdigest()}{coding and "-"}{coding}"'
        # The number of the request that the page was made for is not that of those to come.
        left.add("x-request-id")
    headers = [(name, value) for name, value in headers if name.lower() not in left]
    if coding:
        body = _compressed(body, coding)
        headers.append(("Content-Encoding", coding))
    if "vary" not in said:
        headers.append(("Vary", "Accept-Encoding"))
    if "cache-control" not in said:
        headers.append(("Cache-Control", "no-cache"))
    headers.append(("Content-Length", str(len(body))))
    if etag:
        headers.append(("ETag", etag))
    unchanged = [(name, value) for name, value in headers if name.lower() in _SAID_AGAIN]
    return Page(version, ends, status, headers, unchanged, etag, body)


def _is_public(status: str, said: dict[str, str]) -> bool:
    varies = said.get("vary", "Accept-Encoding").lower()
    return (
        status.startswith("200 ")
        and varies == "accept-encoding"
        and "set-cookie" not in said
        and not re.search(r"private|no-store", said.get("cache-control", "").lower())
    )


def _compressed(body: bytes, coding: str) -> bytes:
    if coding == "br":
        return brotli.compress(body, quality=5)
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@lru_cache(maxsize=256)
def _coding(accepted: str) -> str:
    """The best coding that a reader accepts (RFC 9110, 12.5.3): “br”, “gzip”, or none."""
    wanted = {}
    for part in accepted.lower().split(","):
        name, _semicolon, weight = part.partition(";")
        wanted[name.strip()] = not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return next((coding for coding in ("br", "gzip") if wanted.get(coding, wanted.get("*", False))), "")


def _midnight() -> float:
    """The end of the day, in seconds since 1970: axes of years and what goes on still reach to today."""
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    return datetime.datetime.combine(tomorrow, datetime.time(), tzinfo=timezone.get_default_timezone()).timestamp()

"""Requests that no browser sends: odd addresses, queries, methods, headers, bodies, ranges and languages.

The same seed makes the same requests. What may be echoed carries a mark that is dangerous where it is not escaped.
"""

from __future__ import annotations

import gzip
import http.client
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import brotli

from tests.faults.site import Site

#: If a page holds this, an attacker can put elements into it.
MARK = "<b id=odd>'\""
PATHS = (
    "/ /en/ /sv/ /en/projects/ /en/projects/leseding/ /sv/projekt/ /en/visits/ /sv/besok/ /en/themes/ /en/partners/ "
    "/en/search/ /sv/sok/ /en/changes/ /en/sources/ /en/claims/ /en/history/ /en/dossier/ /en/data/ /en/projects.csv "
    "/sv/projekt.json /en/visits.ics /en/feed.atom /data/projects.json /data/record.zip /data/catalog.ttl /en/card.png "
    "/data/datapackage.json /sitemap.xml /robots.txt /admin/login/ /admin/forgotten/ /admin/ /id/project/leseding "
    "/media/documents/x/ /media/photos/x/480.jpg /en/private/x/ /e/1 /healthz /readyz /static/css/site.css "
    "/.well-known/security.txt /en/dossier/platforma-2018/1/ /en/dossier/platforma-2018/1/edition.json"
).split()
NAMES = "q page kind theme partner from to year sort direction length utm_source next".split()
METHODS = ["GET"] * 8 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "FOO"]
LANGUAGES = ["sv", "en", "zz", "*", "sv;q=x", "en-ZA,en;q=0.5", "," * 300, "a" * 3000, "sv;q=0.8, en;q=-1", "\u00e5"]
TYPES = ["application/json", "text/xml", "multipart/form-data", "multipart/form-data; boundary=x", "x/y; charset=utf-7"]


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def words(chance: random.Random) -> str:
    """What may stand in an address or a query, quoted for it."""
    text: Any = chance.choice(
        [
            lambda: MARK,
            lambda: quote(MARK),
            lambda: quote(
                "".join(chr(chance.choice([*range(32, 0x2FF), *range(0x1F300, 0x1F400)])) for _n in range(9))
            ),
            lambda: chance.choice(
                ["%00", "%FF%FE", "%C0%AF", "%ED%A0%80", "%", "%zz", "%0d%0aSet-Cookie:%20a=b", "%2e%2e/"]
            ),
            lambda: str(
                chance.choice([-1, 0, 10**9, 10**30, "1e9", "NaN", "٣", "1.5", "0x10", "1800", "9999", "1863"])
            ),
            lambda: chance.choice(
                ["' OR 1=1--", '"', "a*b", "NEAR(a b)", "{{7*7}}", "${7*7}", "../../etc/passwd", "&&", ";"]
            ),
            lambda: "x" * chance.choice([1, 40, 200, 501, 501, 9000]),
            lambda: chance.choice(["sport", "library", "vaxjo", "sports-and-culture", "csv", "jb-marks"]),
        ]
    )()
    return text.replace(" ", "%20")


def path(chance: random.Random) -> str:
    base = chance.choice(PATHS)
    change: Callable[[], str] = chance.choice(
        [
            lambda: base,
            lambda: base,
            lambda: base,
            lambda: base + words(chance),
            lambda: base.rstrip("/"),
            lambda: base.replace("/", "//", 1),
            lambda: base + "../" * chance.randrange(1, 6) + "etc/passwd",
            lambda: base + "..%2f" * chance.randrange(1, 6) + "etc/passwd",
            lambda: base.upper(),
            lambda: "/" + words(chance) + base,
        ]
    )
    pairs = [
        f"{chance.choice([*NAMES, words(chance)])}={words(chance)}" for _n in range(chance.choice([0, 1, 1, 2, 5, 12]))
    ]
    return change() + ("?" + "&".join(pairs) if pairs else "")


def headers(chance: random.Random) -> dict[str, str]:
    chosen: dict[str, str] = {}
    choices = {
        "Accept-Language": LANGUAGES,
        "Accept-Encoding": ["br", "gzip", "identity;q=0", "*", "br;q=2, gzip;q=x", "deflate", "," * 99],
        "Range": ["bytes=0-9", "bytes=9-0", "bytes=-5", "bytes=0-,1-,2-", "lines=1-2", "bytes=99999999999999999999-"],
        "If-None-Match": ["*", '"x"', 'W/"x"', "x", '"' * 50],
        "If-Modified-Since": ["x", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0"],
        "Cookie": [
            "session=x",
            r'session="\000\000\000\000\000\000\000\000"',
            "session=" + "a" * 32,
            "csrf=" + MARK,
            "=",
            ";;",
            "a" * 4000,
        ],
        "Content-Type": TYPES,
        "Content-Length": ["x", "-1"],
        "X-Forwarded-For": ["1.2.3.4", "x", "::1, " * 50, MARK],
        "X-Forwarded-Proto": ["https", "x"],
        "X-Forwarded-Host": ["evil.example", MARK],
        "X-Request-ID": [MARK, "a" * 500],
        "Referer": [MARK, "https://evil.example/"],
        "User-Agent": [MARK, "", "curl/8"],
        "Authorization": ["Basic eA==", "Bearer x", "Basic \u00ff"],
        "Origin": ["null", "https://evil.example"],
        "Expect": ["100-continue"],
    }
    for name in chance.sample(sorted(choices), chance.choice([0, 1, 2, 4])):
        chosen[name] = chance.choice(choices[name])
    return chosen


def generate(number: int, seed: int = 20_060_227) -> Iterator[Request]:
    chance = random.Random(seed)
    for _number in range(number):
        method = chance.choice(METHODS)
        body = (
            b""
            if method in {"GET", "HEAD"}
            else chance.choice([b"", b"a=b", b"\xff\x00", b"{", b"x" * 70_000, MARK.encode()])
        )
        yield Request(method, path(chance), headers(chance), body)


# Sending them


@dataclass
class Sent:
    """What came back, added up."""

    by_status: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    errors: list[str] = field(default_factory=list)


def send(site: Site, requests: Iterator[Request]) -> Sent:
    sent = Sent()
    for request in requests:
        start = time.monotonic()
        try:
            status, headers, body = _exchange(site, request)
        except (OSError, http.client.HTTPException) as error:
            sent.errors.append(f"{type(error).__name__}: {request}")
            continue
        seconds = time.monotonic() - start
        sent.by_status[status] += 1
        sent.slowest = max(sent.slowest, (seconds, f"{request.method} {request.path[:80]}"))
        sent.errors += [f"{error}: {request}" for error in _errors(request, status, headers, body)]
    return sent


def _exchange(site: Site, request: Request) -> tuple[int, Any, bytes]:
    """Byte by byte, since no client library would send these."""
    fields = {
        "Host": "localhost",
        "Connection": "close",
        "Content-Length": str(len(request.body)),
        **request.headers,
    }
    head = f"{request.method} {request.path} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in fields.items()
    )
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=30)) as connection:
        # It may answer, and hang up, before it has read everything.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(f"{head}\r\n".encode("utf-8", "surrogatepass") + request.body)
        response = http.client.HTTPResponse(connection, method=request.method)
        response.begin()
        body = response.read()
    codings: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
    coding = response.headers.get("Content-Encoding", "")
    return response.status, response.headers, codings[coding](body) if body and coding in codings else body


def _errors(request: Request, status: int, headers: Any, body: bytes) -> Iterator[str]:
    if status >= 500:
        yield str(status)
    is_page = headers.get_content_type() in {"text/html", "application/xml", "image/svg+xml", "application/atom+xml"}
    if is_page and MARK[:10].encode() in body:
        yield "an echo that is not escaped"
    if b"Traceback (most recent call last)" in body:
        yield "a trace"
    # Forms of the admin need one, and whoever brings a broken one of ours gets it mended or taken away.
    if "Set-Cookie" in headers and "Cookie" not in request.headers and not request.path.startswith("/admin/"):
        yield "a cookie"
    if "a=b" in headers.get_all("Set-Cookie", []):
        yield "a header of the sender’s"
    if "evil.example" in headers.get("Location", ""):
        yield "a way to another site"

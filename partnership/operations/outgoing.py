"""Requests to other sites: only to public addresses, looked at after resolving and at each hop, within one deadline.

A record’s address is written by people, and what it leads to by strangers: neither may make this machine ask itself,
its network or its cloud for anything.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from time import monotonic
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

MOST_HOPS = 5
_REDIRECTS = {301, 302, 303, 307, 308}


class NotPublicError(OSError):
    """The address leads to no public host, or is none of the web."""


class TooLateError(OSError):
    """No whole answer within the deadline."""


class Answer(NamedTuple):
    status: int
    url: str


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public net; an IPv4 address inside an IPv6 one counts as itself."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def get(url: str, *, agent: str, seconds: float) -> Answer:
    """Asks for a page and follows where it leads; of the content nothing is read.

    Raises NotPublicError, TooLateError, and OSError, http.client.HTTPException or ValueError for what else goes wrong.
    """
    deadline = monotonic() + seconds
    for _hop in range(MOST_HOPS + 1):
        status, location = _get_once(url, agent, deadline)
        if status not in _REDIRECTS or not location:
            return Answer(status, url)
        url = urljoin(url, location)
    raise OSError("too many redirects")


def _get_once(url: str, agent: str, deadline: float) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotPublicError("no address of the web")
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise TooLateError("timed out")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(parts.hostname, port)
    connection.sock = _connected(parts.hostname, port, remaining)
    # A host that sends a letter a minute never times out by itself.
    is_late = threading.Event()
    timer = threading.Timer(max(deadline - monotonic(), 0), _end, (connection, is_late))
    timer.start()
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(
                connection.sock, server_hostname=parts.hostname, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        path = parts.path or "/"
        headers = {"User-Agent": agent, "Host": parts.netloc.rpartition("@")[2], "Connection": "close"}
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=headers)
        with connection.getresponse() as response:
            # Headers that were cut off look like whole ones.
            if is_late.is_set():
                raise TooLateError("timed out")
            return response.status, response.getheader("Location", "")
    except (OSError, http.client.HTTPException) as error:
        if is_late.is_set():
            raise TooLateError("timed out") from error
        raise
    finally:
        timer.cancel()
        connection.close()


def _end(connection: http.client.HTTPConnection, is_late: threading.Event) -> None:
    is_late.set()
    if connection.sock:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _connected(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address that has just been looked at: a second answer of the resolver could differ."""
    addresses = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(is_public(str(address)) for address in addresses):
        raise NotPublicError("no public address")
    return socket.create_connection((str(addresses[0]), port), timeout=seconds)

"""Who is asking: the IP address that a request comes from, and the site that its form does."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The client’s IP address; of IPv6 its /64, since one subscriber has all of that.

    Behind a proxy it is the last hop of ``X-Forwarded-For``, which the site’s own proxy adds. The hops before it are
    sent by the client and may be anything.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        ip = ip_address(_without_port(address))
    except ValueError:
        return None
    # Of a socket for both kinds of address, else all IPv4 clients would be one.
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.version == 4 or ip.is_loopback:
        return str(ip)
    return str(ip_network((ip, 64), strict=False).network_address)


def _without_port(address: str) -> str:
    """Proxies write 192.0.2.1:5678 and [2001:db8::1]:5678 as well."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def comes_from_here(request: HttpRequest) -> bool:
    """Whether a form was sent from a page of this site, as far as the browser says; old ones say nothing.

    Under a strict referrer policy a form of our own carries ``Origin: null``, so ``Sec-Fetch-Site`` is asked first.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in {"same-origin", "none"}
    if origin := request.headers.get("Origin"):
        return origin == f"{request.scheme}://{request.get_host()}"
    return True

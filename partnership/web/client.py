"""The IP address that a request comes from."""

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
        ip = ip_address(address)
    except ValueError:
        return None
    return str(ip_network((ip, 64), strict=False).network_address) if ip.version == 6 else str(ip)

"""Clients that guess passwords, and clients that fall silent in the middle of a request."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.faults.site import Site


def guess(site: Site, times: int) -> list[int]:
    """The status of each wrong password for one name, with another made-up address in its headers each time."""
    page = site.get("/admin/login/")
    token = page.headers["set-cookie"].split("csrf=")[1].split(";")[0]
    statuses = []
    for number in range(times):
        data = {"csrfmiddlewaretoken": token, "username": "clerk", "password": f"a wrong one, number {number}"}
        response = site.ask(
            "POST",
            "/admin/login/",
            urlencode(data).encode(),
            cookie=f"csrf={token}",
            content_type="application/x-www-form-urlencoded",
            x_forwarded_for=f"198.51.100.{number}",
            x_real_ip=f"198.51.100.{number}",
            user_agent=f"browser {number}",
        )
        statuses.append(response.status)
    return statuses


@dataclass
class Pause:
    answered: int
    longest: float


def silent_clients(site: Site, number: int) -> Pause:
    """So many connections send half a request and then nothing. How long does a reader wait who comes after them?"""
    with ExitStack() as opened:
        for _number in range(number):
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            connection.sendall(b"GET /en/ HTTP/1.1\r\nHost: localhost\r\n")
        time.sleep(0.5)
        longest, answered = 0.0, 0
        for _time in range(5):
            start = time.monotonic()
            answered += site.get("/en/").status == 200
            longest = max(longest, time.monotonic() - start)
    return Pause(answered, longest)

"""Clients that guess passwords, and clients that fall silent in the middle of a request."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlencode

import lxml.html

from tests.faults.site import Readers, Site


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
class SentIn:
    """What came of contributions while somebody read: how many were taken, and the reader alone and meanwhile."""

    sent: int
    taken: int
    quiet: Readers
    busy: Readers


def contribute(site: Site, a_minute: int, seconds: float, path: str = "/en/projects/") -> SentIn:
    """So many people a minute, each at an address of their own, go through the form; before that a reader is alone."""
    with Readers(site, [path], number=1) as quiet:
        time.sleep(seconds / 2)
    number = round(a_minute * seconds / 60)
    with Readers(site, [path], number=1) as busy, ThreadPoolExecutor(number) as people:
        answers = []
        for person in range(number):
            answers.append(people.submit(_contribute, site, person))
            time.sleep(60 / a_minute)
        taken = sum(answer.result() == 303 for answer in answers)
    return SentIn(number, taken, quiet, busy)


def _contribute(site: Site, number: int) -> int:
    """The last status: 303 where it was taken."""
    address = {"x_forwarded_for": f"198.51.100.{number}", "content_type": "application/x-www-form-urlencoded"}
    typed = {"text": f"I was in the group of {number} that came in September 2010.", "p_note": "", "step": "check"}
    page = site.ask("POST", "/en/contribute/send/", urlencode(typed).encode(), **address)
    form = next(form for form in lxml.html.fromstring(page.text).forms if "token" in form.fields)
    # Nobody reads the check page faster.
    time.sleep(2.1)
    fields = {**dict(form.form_values()), "step": "send"}
    return site.ask("POST", "/en/contribute/send/", urlencode(fields).encode(), **address).status


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

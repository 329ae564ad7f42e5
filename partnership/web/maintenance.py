"""Maintenance: readers keep their pages, and whoever would write is told to come back.

It is on while a file lies in the data folder of a machine. Nothing that it needs is in the database, which may be away:
that is when it is for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import error_pages

_NAME = "maintenance"


def _file() -> Path:
    return Path(settings.DATA_DIR) / _NAME


def is_on() -> bool:
    # Asked for each stored page, for which opening a file that is not there would be half the work.
    if not os.path.exists(os.path.join(settings.DATA_DIR, _NAME)):
        return False
    try:
        owner = _file().read_text()
    except FileNotFoundError:
        return False
    # A command that was killed half-way does not leave the site closed.
    return not owner.isdecimal() or _is_alive(int(owner))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def switch(on: bool, owner: str = "by hand") -> None:
    """``owner`` is the number of the process that will switch it off again, if it is one."""
    if on:
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_text(owner)
    else:
        _file().unlink(missing_ok=True)


@contextmanager
def during() -> Iterator[None]:
    """On until the work is done; where somebody has switched it on already, it stays on."""
    was_on = is_on()
    if not was_on:
        switch(True, str(os.getpid()))
    try:
        yield
    finally:
        if not was_on:
            switch(False)


class MaintenanceMiddleware:
    """Answers 503 to staff and to every form, before anything asks the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        writes = request.method not in ("GET", "HEAD", "OPTIONS") or request.path_info.startswith("/admin")
        return error_pages.maintenance(request) if writes and is_on() else self.get_response(request)

"""The absolute end of a session of staff, however often it is used."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..models import User

_SINCE = "since"


def seconds_to_end(request: HttpRequest) -> int:
    """Until the session ends for good; zero or negative where it has."""
    return request.session.get(_SINCE, int(time.time())) + settings.SESSION_LIFETIME - int(time.time())


def end_all(user: User) -> int:
    """Signs somebody out everywhere; returns of how many sessions."""
    theirs = [row for row in Session.objects.all() if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    for row in theirs:
        row.delete()
    return len(theirs)


class SessionEndMiddleware:
    """Signs out who has been signed in for ``SESSION_LIFETIME``. A form that comes then is held as any late one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and request.path_info.startswith("/admin") and request.user.is_authenticated:
            if _SINCE not in request.session:
                request.session[_SINCE] = int(time.time())
            elif seconds_to_end(request) <= 0:
                logout(request)
        return self.get_response(request)

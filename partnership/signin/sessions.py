"""The absolute end of a session of staff, however often it is used."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..models import User
from . import security_log

_SINCE, _DEVICE, _CLIENT = "since", "device", "client"
#: Programs and systems by what they call themselves; the first that fits, since many name others as well.
_PROGRAMS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class OpenSession(NamedTuple):
    """A session of somebody, for themselves: its key stays here."""

    mark: str
    device: str
    #: From where, folded as in the security log.
    client: str
    since: datetime.datetime
    ends: datetime.datetime
    is_this: bool


def device_of(request: HttpRequest) -> str:
    """Program and system of a browser, as “Firefox, Windows”; empty where it says neither."""
    agent = request.headers.get("User-Agent", "")[:400]
    names = (next((name for sign, name in known if re.search(sign, agent)), "") for known in (_PROGRAMS, _SYSTEMS))
    return ", ".join(filter(None, names))


def open_sessions(request: HttpRequest) -> list[OpenSession]:
    """Those of whoever asks, the newest first."""
    return sorted((session for session, _row in _own(request)), key=lambda session: session.since, reverse=True)


def end(request: HttpRequest, mark: str) -> bool:
    """Signs whoever asks out of one of their sessions; returns whether it was open."""
    for session, row in _own(request):
        if session.mark == mark:
            row.delete()
            return True
    return False


def _own(request: HttpRequest) -> Iterator[tuple[OpenSession, Session]]:
    lifetime = datetime.timedelta(seconds=settings.SESSION_LIFETIME)
    for row in Session.objects.filter(expire_date__gt=timezone.now()):
        values = row.get_decoded()
        if values.get(SESSION_KEY) != str(request.user.pk):
            continue
        since = datetime.datetime.fromtimestamp(values.get(_SINCE, time.time()), datetime.UTC)
        mark = salted_hmac("partnership.session", row.pk).hexdigest()[:20]
        is_this = row.pk == request.session.session_key
        device, client = values.get(_DEVICE, ""), values.get(_CLIENT, "")
        yield OpenSession(mark, device, client, since, since + lifetime, is_this), row


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
                request.session[_DEVICE] = device_of(request)
                request.session[_CLIENT] = security_log.folded(request)
            elif seconds_to_end(request) <= 0:
                logout(request)
        return self.get_response(request)

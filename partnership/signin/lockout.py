"""Slows down whoever guesses a password: for one name from one address, for longer with each failure.

django-axes counts the failures. A name from another address is not touched, so nobody can shut a clerk out from
elsewhere; and the answer is the same whether or not there is such a name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ..web.client import client_address

#: The first wait; each further failure doubles it.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=8)


def wait_for(failures: QuerySet[AccessAttempt]) -> timedelta:
    """How much longer whoever failed so often has to wait; zero or less for no longer."""
    found = failures.aggregate(number=Sum("failures_since_start"), last=Max("attempt_time"))
    beyond = (found["number"] or 0) - settings.AXES_FAILURE_LIMIT
    if beyond < 0:
        return timedelta(0)
    # Beyond ten doublings it is the longest anyhow; larger powers would overflow.
    return found["last"] + min(SHORTEST * 2 ** min(beyond, 10), LONGEST) - timezone.now()


def wait_of(request: HttpRequest, username: str) -> timedelta:
    """How much longer the sender of a request has to wait before trying this name again."""
    return wait_for(AccessAttempt.objects.filter(username=username, ip_address=client_address(request)))


class BackoffHandler(AxesDatabaseHandler):
    """Refuses while one has to wait, and not for as long as failures are remembered."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return any(wait_for(failures) > timedelta(0) for failures in self.get_user_attempts(request, credentials))


def too_often(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """The sign-in page says how long to wait (``forms.SignInForm``); this adds the status that programs read."""
    response.status_code = 429
    response["Retry-After"] = str(max(1, int(wait_of(request, credentials["username"]).total_seconds())))
    return response

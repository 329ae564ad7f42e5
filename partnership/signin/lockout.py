"""Delays password guessing: per user name and IP address, for longer with each failure.

django-axes counts the failures. The same name from another address is not delayed, so nobody can lock a user out from
elsewhere; and the response does not reveal whether the name exists.
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

from ..models import User
from ..web.client import client_address

#: The first wait and the upper limit; each further failure doubles the wait.
MIN_WAIT, MAX_WAIT = timedelta(minutes=1), timedelta(hours=8)


def remaining_wait(failures: QuerySet[AccessAttempt]) -> timedelta:
    """The wait that is left after these failures; zero or negative if it is over."""
    totals = failures.aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    doublings = (totals["count"] or 0) - settings.AXES_FAILURE_LIMIT
    if doublings < 0:
        return timedelta(0)
    # Ten doublings exceed the maximum; larger powers would overflow.
    return totals["last"] + min(MIN_WAIT * 2 ** min(doublings, 10), MAX_WAIT) - timezone.now()


def remaining_wait_of(request: HttpRequest, username: str) -> timedelta:
    """The wait that is left for this client and user name."""
    name = account_name(request, {"username": username})
    return remaining_wait(AccessAttempt.objects.filter(username=name, ip_address=client_address(request)))


def account_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name under which failures are counted: that of the account, or what was typed where there is none."""
    typed = str((credentials or {}).get("username") or request.POST.get("username", ""))
    try:
        return User.objects.get_by_natural_key(typed).username
    except User.DoesNotExist:
        return typed.casefold()


class BackoffHandler(AxesDatabaseHandler):
    """Locks for the remaining wait instead of the cool-off time of axes."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return any(remaining_wait(failures) > timedelta(0) for failures in self.get_user_attempts(request, credentials))


def lockout_response(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """Adds status and header to the sign-in page, whose text (``forms.SignInForm``) states the wait."""
    response.status_code = 429
    response["Retry-After"] = str(max(1, int(remaining_wait_of(request, credentials["username"]).total_seconds())))
    return response

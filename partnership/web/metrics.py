"""/metrics for Prometheus: requests by route and status, what waits, how old the last good things are, the version.

For this machine itself, or for whoever brings ``METRICS_TOKEN``; for everybody else there is no such address. The
workers of one machine count together in files (gunicorn_conf.py). A route is the pattern of an address, never a path,
which may hold a private link.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from ..models import Contribution, ContributionFile, Heartbeat, QueuedEmail
from ..release import VERSION

#: What came from the cache of pages, which knows no routes.
KEPT = "kept page"
#: The route that the request of this thread took; the cache of pages hands on an environment of its own.
_route: ContextVar[str] = ContextVar("route", default=KEPT)
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED")

REQUESTS = Counter("record_requests", "Responses by route, method and status.", ["route", "method", "status"])

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Counted:
    """The application, with each response counted."""

    def __init__(self, application: Application):
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def counting(status: str, *rest: Any) -> Any:
            method = environ["REQUEST_METHOD"]
            known = method if method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"
            REQUESTS.labels(_route.get(), known, status[:3]).inc()
            return start_response(status, *rest)

        _route.set(KEPT)
        return self._application(environ, counting)


class RouteMiddleware:
    """Tells what counts responses which route a request took; one that was answered before any has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        _route.set(f"/{match.route}" if match else "none")
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    if not (comes_directly(request) or has_token(request)):
        return HttpResponse("There is nothing here.\n", content_type="text/plain", status=404)
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry = REGISTRY
    state = CollectorRegistry()
    state.register(_State())
    return HttpResponse(generate_latest(registry) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


def comes_directly(request: HttpRequest, *, from_network: bool = False) -> bool:
    """From this machine, or from a private network as well. A proxy speaks for others, and says so."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    is_near = address.is_loopback or (from_network and address.is_private)
    return is_near and not any(name in request.META for name in _FORWARDED)


def has_token(request: HttpRequest) -> bool:
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    is_meant = bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer"
    return is_meant and secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())


class _State:
    """What is asked of the database at each reading; without it, its own absence is all that is told."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("record_version_info", "The release of the site.", 1, version=VERSION)
        try:
            yield from self._waiting()
            yield from self._ages()
        except DatabaseError:
            yield _gauge("record_database_up", "Whether the database answers.", 0)
        else:
            yield _gauge("record_database_up", "Whether the database answers.", 1)

    def _waiting(self) -> Iterator[Metric]:
        unsent = QueuedEmail.objects.unsent()
        oldest = unsent.filter(next_try_at__lte=timezone.now()).aggregate(oldest=Min("made_at"))["oldest"]
        undecided = QueuedEmail.objects.filter(state__in=[QueuedEmail.State.HELD, QueuedEmail.State.DOUBTFUL])
        files = ContributionFile.objects.filter(state=ContributionFile.State.WAITING)
        waiting = {
            "letters": unsent.count(),
            "letters_undecided": undecided.count(),
            "contributions": Contribution.objects.unread().count(),
            "files": files.count(),
        }
        metric = GaugeMetricFamily("record_waiting", "What waits to be sent, read or looked at.", labels=["what"])
        for what, count in waiting.items():
            metric.add_metric([what], count)
        yield metric
        age = (timezone.now() - oldest).total_seconds() if oldest else 0
        yield _gauge("record_oldest_letter_seconds", "How long the oldest letter that is due has waited.", age)

    def _ages(self) -> Iterator[Metric]:
        metric = GaugeMetricFamily("record_last_seconds", "Since something last went well.", labels=["what"])
        for what in (Heartbeat.BACKUP, Heartbeat.DRILL, Heartbeat.WORK):
            age: timedelta | None = Heartbeat.age(what)
            # What never went well has no age, which an alarm on “absent” sees.
            if age is not None:
                metric.add_metric([what], age.total_seconds())
        yield metric


def _gauge(name: str, text: str, value: float, **labels: str) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=list(labels))
    metric.add_metric(list(labels.values()), value)
    return metric

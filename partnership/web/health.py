"""For load balancers and monitoring: /healthz says that the process answers, /readyz whether it can do its work,
/backupz whether there is a recent backup, /metrics how much of it (metrics.py).

Both come before everything else: no redirect to https, no host name, no cookie, no database for the first. The words
of /readyz are this module’s own, never a library’s message: those name hosts and users.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from ..models import Heartbeat
from ..release import VERSION
from .metrics import comes_directly, has_token, metrics

logger = logging.getLogger(__name__)

#: Bytes; with less free space the next upload or backup may fail.
LEAST_SPACE = 100 * 1024 * 1024

#: Reports on this worker’s page cache; set where the cache is made (wsgi.py).
page_cache_report: Callable[[], dict[str, int]] = dict


class NotReady(Exception):
    """Its message is shown to everybody."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    if _migrations_of_code() - set(MigrationRecorder(connection).applied_migrations()):
        raise NotReady("some are not applied")


@lru_cache(maxsize=1)
def _migrations_of_code() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations or {})


def _disk() -> None:
    for folder in _folders():
        if not os.access(folder, os.W_OK):
            raise NotReady("cannot be written to")
        if shutil.disk_usage(folder).free < LEAST_SPACE:
            raise NotReady("almost full")


def _folders() -> list[Path]:
    """Where this machine stores files: none where both the database and the uploads are elsewhere."""
    folders = [] if settings.MEDIA_BUCKET else [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    # The folder of uploads is made with the first file.
    return [next(path for path in (folder, *folder.parents) if path.exists()) for folder in folders]


def _cache() -> None:
    # One key for each process: asking often must not push out what else is kept.
    key, value = f"ready-{os.getpid()}", secrets.token_hex(8)
    cache.set(key, value, timeout=10)
    if cache.get(key) != value:
        raise NotReady("does not keep what it is given")


_CHECKS = {"database": _database, "migrations": _migrations, "disk": _disk, "cache": _cache}
#: Pages are served without these: they are reported, and keep no machine from its work.
_OPTIONAL = frozenset({"cache"})


def _healthz() -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def _readyz() -> HttpResponse:
    """200 or 503, with the result of each check and the report of this worker’s page cache."""
    results: dict[str, str] = {}
    for name, check in _CHECKS.items():
        try:
            check()
        except NotReady as reason:
            results[name] = str(reason)
        # Drivers raise errors of many kinds.
        except Exception:
            logger.warning("Not ready: %s", name, exc_info=True)
            results[name] = "does not answer"
        else:
            results[name] = "ok"
    is_ready = all(result == "ok" for name, result in results.items() if name not in _OPTIONAL)
    body: dict[str, Any] = {"ready": is_ready, "version": VERSION, "checks": results, "pages": page_cache_report()}
    # Told, and no reason to send nobody to this machine; /backupz is what an alarm asks.
    body["backup_hours"] = _backup_hours() if results["migrations"] == "ok" else None
    return JsonResponse(body, status=200 if is_ready else 503)


def _backup_hours() -> float | None:
    """The age of the last good backup; None where there was none. Raises DatabaseError."""
    age = Heartbeat.age(Heartbeat.BACKUP)
    return None if age is None else round(age.total_seconds() / 3600, 1)


def _backupz() -> HttpResponse:
    """503 where the last good backup is older than a day and two hours, or there was none."""
    try:
        age, hours = Heartbeat.age(Heartbeat.BACKUP), _backup_hours()
    except DatabaseError:
        return JsonResponse({"backup": "not known"}, status=503)
    is_recent = age is not None and age <= Heartbeat.OLDEST_BACKUP
    return JsonResponse({"backup": "ok" if is_recent else "missing", "hours": hours}, status=200 if is_recent else 503)


_VIEWS = {"/healthz": _healthz, "/readyz": _readyz, "/backupz": _backupz}


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/metrics" and request.method in ("GET", "HEAD"):
            response: HttpResponseBase = metrics(request)
            response["Cache-Control"] = "no-store"
            return response
        view = _VIEWS.get(request.path_info)
        if view is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            response = HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        elif view is _readyz and not (comes_directly(request, from_network=True) or has_token(request)):
            # The checks cost queries, and tell of the site.
            response = HttpResponse("For monitoring alone.\n", content_type="text/plain", status=403)
        else:
            response = view()
        response["Cache-Control"] = "no-store"
        return response

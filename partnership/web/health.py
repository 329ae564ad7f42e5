"""For balancers and monitoring: /healthz says that the process answers, /readyz whether it can do its work.

Both are answered before everything else: no redirect to https, no host name, no cookie, no database for the first.
What /readyz says of a check is a word of ours, never a message of a library: those name hosts and users.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable
from functools import cache as remembered
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

#: In bytes; with less the next upload or backup may fail.
LEAST_SPACE = 100 * 1024 * 1024

#: What this worker’s store of pages reports; set where the store is made (wsgi.py).
page_report: Callable[[], dict[str, int]] = dict


class NotReady(Exception):
    """Why, in our own words."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    if _written() - set(MigrationRecorder(connection).applied_migrations()):
        raise NotReady("some are not applied")


@remembered
def _written() -> set[tuple[str, str]]:
    """Every migration that the code has."""
    return set(MigrationLoader(None).disk_migrations or {})


def _disk() -> None:
    for folder in _folders():
        if not os.access(folder, os.W_OK):
            raise NotReady("cannot be written to")
        if shutil.disk_usage(folder).free < LEAST_SPACE:
            raise NotReady("almost full")


def _folders() -> list[Path]:
    """Where this machine keeps something; nothing of it where database and files are elsewhere."""
    found = [] if settings.MEDIA_BUCKET else [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]
        found.append(Path(connection.settings_dict["NAME"]).parent)
    # Uploads make their folder with the first file.
    return [next(one for one in (folder, *folder.parents) if one.exists()) for folder in found]


def _cache() -> None:
    value = secrets.token_hex(8)
    cache.set(f"ready-{value}", value, timeout=10)
    if cache.get(f"ready-{value}") != value:
        raise NotReady("does not keep what it is given")


_CHECKS = {"database": _database, "migrations": _migrations, "disk": _disk, "cache": _cache}


def _healthz() -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def _readyz() -> HttpResponse:
    """200 or 503, with a word for each check and how this worker’s store of pages does."""
    found: dict[str, str] = {}
    for name, check in _CHECKS.items():
        try:
            check()
        except NotReady as reason:
            found[name] = str(reason)
        # Whatever else a driver raises: the answer is that it does not work.
        except Exception:
            logger.warning("Not ready: %s", name, exc_info=True)
            found[name] = "does not answer"
        else:
            found[name] = "ok"
    is_ready = set(found.values()) == {"ok"}
    body: dict[str, Any] = {"ready": is_ready, "checks": found, "pages": page_report()}
    return JsonResponse(body, status=200 if is_ready else 503)


_ANSWERS = {"/healthz": _healthz, "/readyz": _readyz}


class Health:
    """The middleware that answers both addresses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = _ANSWERS.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        response = (
            answer() if request.method in ("GET", "HEAD") else HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        )
        response["Cache-Control"] = "no-store"
        return response

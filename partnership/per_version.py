"""What is counted once for each version of the record, and remembered until somebody writes to it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import get_language

from .models import DataVersion

Counted = TypeVar("Counted")

_remembered: dict[tuple[str, str | None], tuple[tuple[int, datetime.date], Any]] = {}


def cached_per_version(count: Callable[[], Counted]) -> Callable[[], Counted]:
    """For what is counted over the whole record. Many pages need it, and it changes only with a write or the day.

    As with the page cache (``partnership.web.page_cache``) the version is read first: nothing old outlives a write.
    """

    @wraps(count)
    def remembered() -> Counted:
        version = DataVersion.current(), timezone.localdate()
        key = (f"{count.__module__}.{count.__qualname__}", get_language())
        found = _remembered.get(key)
        if found is None or found[0] != version:
            found = _remembered[key] = (version, count())
        return found[1]

    return remembered


def forget() -> None:
    """For tests, in which versions repeat: each is rolled back."""
    _remembered.clear()

"""A cache for results computed over the whole record, valid until the next write to it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import get_language

from .models import DataVersion

Result = TypeVar("Result")

_is_off: ContextVar[bool] = ContextVar("is_off", default=False)
_cache: dict[tuple[str, str | None], tuple[tuple[int, datetime.date], Any]] = {}


def cached_per_version(compute: Callable[[], Result]) -> Callable[[], Result]:
    """Caches the result of a function without arguments per data version, day and language.

    The version is read before the data, as in ``partnership.web.page_cache``, so that no result outlives a write.
    """

    @wraps(compute)
    def cached() -> Result:
        if _is_off.get():
            return compute()
        version = DataVersion.current(), timezone.localdate()
        key = (f"{compute.__module__}.{compute.__qualname__}", get_language())
        entry = _cache.get(key)
        if entry is None or entry[0] != version:
            entry = _cache[key] = (version, compute())
        return entry[1]

    return cached


@contextmanager
def uncached() -> Iterator[None]:
    """Inside it nothing is cached: for what is written and undone, and leaves its version number to the next write."""
    token = _is_off.set(True)
    try:
        yield
    finally:
        _is_off.reset(token)


def clear() -> None:
    """Empties the cache; for tests, whose rollbacks repeat version numbers."""
    _cache.clear()

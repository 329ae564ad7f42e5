"""A cache for results computed over the record, valid until the next write to a table that they were read from."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from .models import DataVersion, TableVersion

Result = TypeVar("Result")


@dataclass
class _Entry:
    result: Any
    day: datetime.date
    #: The data version for which the result was last known to hold.
    number: int
    #: The tables that were read for it, as they were before.
    tables: dict[str, int | None]

    def holds(self, versions: dict[str, int]) -> bool:
        """Of a table without triggers nothing is known: what was read from it holds for one data version."""
        return all(number is not None and versions.get(name) == number for name, number in self.tables.items())


@dataclass(frozen=True)
class _Reading:
    """A result that is being computed, for the versions read before, and the tables read for it so far."""

    number: int
    versions: dict[str, int]
    tables: set[str] = field(default_factory=set)


_VERSIONS = {DataVersion._meta.db_table, TableVersion._meta.db_table}
_is_off: ContextVar[bool] = ContextVar("is_off", default=False)
#: The innermost result that is being computed.
_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)
Entries = dict[tuple[str, str | None], _Entry]
_cache: Entries = {}


def cached_per_version(compute: Callable[[], Result]) -> Callable[[], Result]:
    """Caches the result of a function without arguments per day, language and version of each table that it reads.

    The tables are those named in its queries and in those of the cached results that it uses. Versions are read before
    the data, as in ``partnership.web.page_cache``, so that no result outlives a write. Nothing may be fetched later
    through a record in the result: that would be fresh for these tables only.
    """

    @wraps(compute)
    def cached() -> Result:
        if _is_off.get():
            return compute()
        outer = _reading.get()
        number, day = outer.number if outer else DataVersion.current(), timezone.localdate()
        key = (f"{compute.__module__}.{compute.__qualname__}", get_language())
        entry = _cache.get(key)
        if entry is None or entry.day != day or entry.number != number:
            versions = outer.versions if outer else TableVersion.all()
            if entry and entry.day == day and entry.holds(versions):
                entry.number = number
            else:
                with _noting_tables(_Reading(number, versions)) as tables:
                    result = compute()
                entry = _Entry(result, day, number, {name: versions.get(name) for name in tables})
                _cache[key] = entry
        if outer:
            outer.tables.update(entry.tables)
        return entry.result

    return cached


@contextmanager
def _noting_tables(reading: _Reading) -> Iterator[set[str]]:
    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        reading.tables.update(set(re.findall(r'\b(?:FROM|JOIN) "?(\w+)', sql)) - _VERSIONS)
        return execute(sql, *rest)

    token = _reading.set(reading)
    try:
        with connection.execute_wrapper(note):
            yield reading.tables
    finally:
        _reading.reset(token)


@contextmanager
def uncached() -> Iterator[None]:
    """Inside it nothing is cached: for what is written and undone, and leaves its version number to the next write."""
    token = _is_off.set(True)
    try:
        yield
    finally:
        _is_off.reset(token)


def entries() -> Entries:
    """A copy of the cache; for tests, whose rollbacks repeat version numbers."""
    return {key: replace(entry) for key, entry in _cache.items()}


def restore(entries: Entries) -> None:
    """Puts such a copy in the place of all that is cached."""
    _cache.clear()
    _cache.update({key: replace(entry) for key, entry in entries.items()})


def clear() -> None:
    """Empties the cache; for tests."""
    restore({})

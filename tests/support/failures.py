"""A database that fails at the n-th write, and what the database holds, to see that nothing was left half done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, transaction

_WRITE = re.compile(r'\s*(INSERT|UPDATE|DELETE)\b[^"]*"(\w+)"', re.IGNORECASE)


class Writes:
    """Names each statement that writes, in their order, and lets that at ``fails_at`` fail, counted from zero."""

    def __init__(self, fails_at: int | None = None):
        self.fails_at, self.names = fails_at, []

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: Any) -> Any:
        if match := _WRITE.match(sql):
            self.names.append(f"{match[1].upper()} {match[2]}")
            if len(self.names) - 1 == self.fails_at:
                raise OperationalError("disk I/O error")
        return execute(sql, params, many, context)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside it never did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def contents() -> dict[str, Any]:
    """Every row of every table, and the names of all files."""
    rows = {model._meta.label: sorted(map(repr, model._base_manager.values_list())) for model in apps.get_models()}
    return rows | {"files": sorted(_files(""))}


def _files(folder: str) -> Iterator[str]:
    folders, names = default_storage.listdir(folder) if default_storage.exists(folder or ".") else ([], [])
    yield from (f"{folder}{name}" for name in names)
    for inner in folders:
        yield from _files(f"{folder}{inner}/")


#: Written once the work is committed; what follows is looking again.
DONE = "INSERT partnership_securityevent"


def places(act: Callable[[], Any]) -> list[int]:
    """Where ``act`` begins to write to another table than just before: a failure there finds it half done."""
    writes, files = Writes(), set(_files(""))
    with undone(), connection.execute_wrapper(writes):
        act()
    for name in set(_files("")) - files:
        default_storage.delete(name)
    names = list(takewhile(lambda name: name != DONE, writes.names))
    return [place for place, name in enumerate(names) if place == 0 or name != names[place - 1]]

"""Uploaded files on disk: each is there whole and for good, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage

#: What a file is called while it is being written, or was when the power went.
UNFINISHED = ".part"
#: No space, a quota or the largest size of a file is reached.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: The same as SQLite says it, for its file, for its log, and for the memory that its processes share; and PostgreSQL.
_FULL_SQLITE, _FULL_POSTGRESQL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"}, "53100"

_saved: ContextVar[list[tuple[Storage, str]] | None] = ContextVar("saved", default=None)


class AtomicFileStorage(FileSystemStorage):
    """Writes beside the final name, makes the disk keep it, and only then gives it the name.

    Django’s own leaves half a file where the disk is full, and one that is empty where the power goes soon after.
    """

    def _save(self, name: str, content: Any) -> str:
        part = f"{name}.{secrets.token_hex(8)}{UNFINISHED}"
        try:
            super()._save(part, content)  # type: ignore[misc]
            sync(self.path(part))
            name = self._named(part, name)
            sync(os.path.dirname(self.path(name)))
        finally:
            self.delete(part)
        if (saved := _saved.get()) is not None:
            saved.append((self, name))
        return name

    def _named(self, part: str, name: str) -> str:
        while True:
            try:
                os.link(self.path(part), self.path(name))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name


def sync(path: str | os.PathLike[str]) -> None:
    """Makes the disk keep a file, or the names in a folder, before it says so."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def delete_files_on_rollback() -> Iterator[None]:
    """Where what is done within fails, the files that it has stored go as well: a transaction holds rows alone."""
    saved: list[tuple[Storage, str]] = []
    token = _saved.set(saved)
    try:
        yield
    except BaseException:
        for storage, name in reversed(saved):
            storage.delete(name)
        raise
    finally:
        _saved.reset(token)


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that the disk is full: of a file, of SQLite or of PostgreSQL."""
    return any(
        (isinstance(one, OSError) and one.errno in _FULL)
        or getattr(one, "sqlite_errorname", "") in _FULL_SQLITE
        or getattr(one, "sqlstate", "") == _FULL_POSTGRESQL
        for one in causes(error)
    )


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

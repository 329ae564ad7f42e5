"""Storage of uploaded files on disk: each is complete and durable, or absent."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage

#: The suffix of a file while it is written; one that stays was interrupted.
UNFINISHED = ".part"
#: No space left, or a quota or the largest size of a file is reached.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: The same from SQLite, for its file, its log and its shared memory, and from PostgreSQL.
_FULL_SQLITE, _FULL_POSTGRESQL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"}, "53100"

_saved: ContextVar[list[tuple[Storage, str]] | None] = ContextVar("saved", default=None)


class AtomicFileStorage(FileSystemStorage):
    """Writes under a temporary name, syncs, and only then links the final name.

    Django’s own storage leaves half a file on a full disk, and an empty one after a power cut.
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
    """Makes a file, or the names in a folder, durable (``fsync``)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def delete_files_on_rollback() -> Iterator[None]:
    """Deletes the files that were stored inside it if it ends with an error: a transaction covers rows alone."""
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
    """Whether an error or one of its causes means that the disk is full, for a file, SQLite or PostgreSQL."""
    return any(
        (isinstance(cause, OSError) and cause.errno in _FULL)
        or getattr(cause, "sqlite_errorname", "") in _FULL_SQLITE
        or getattr(cause, "sqlstate", "") == _FULL_POSTGRESQL
        for cause in causes(error)
    )


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, then its causes, as a traceback shows them."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

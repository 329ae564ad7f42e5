"""Looking at what would be: written, read, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from .. import per_version


@contextmanager
def rehearsal() -> Iterator[None]:
    """Undoes at its end what was written to the database inside it; nothing that was read inside it is cached."""
    with per_version.uncached(), transaction.atomic():
        yield
        transaction.set_rollback(True)

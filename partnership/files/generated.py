"""Files that are made from what is stored, once for all who wait, and kept by what they were made of.

They can be made again at any time: no backup holds them, and the folder may be emptied while the site runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from ..child_process import ChildError, aside

#: Seconds that somebody waits for what somebody else has begun to make.
PATIENCE = 25
#: After so many new files in a process the folder is looked over.
_BETWEEN_LOOKS = 50
_new_files = 0


def generated(kind: str, parts: Any, suffix: str, make: Callable[[Path], Any]) -> bytes:
    """The content of that kind for ``parts``, which is JSON of all that it is made of.

    ``make`` writes it to a path where it is not kept yet. Raises what ``make`` raises, and ChildError where another
    process takes too long over it.
    """
    digest = hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    path = Path(settings.GENERATED_ROOT) / kind / f"{digest}.{suffix}"
    content = _read(path)
    if content is None:
        with once(_lock_name(path)):
            content = _read(path)
            if content is None:
                content = _write(path, make)
    return content


def _read(path: Path) -> bytes | None:
    """The last use of a file is its time of change: what nobody asks for goes first."""
    try:
        os.utime(path)
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, make: Callable[[Path], Any]) -> bytes:
    global _new_files
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        make(part)
        content = part.read_bytes()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _new_files += 1
    if _new_files % _BETWEEN_LOOKS == 1:
        prune(Path(settings.GENERATED_ROOT), settings.GENERATED_MB * 1024 * 1024)
    return content


def _lock_name(path: Path) -> str:
    return f"{path.parent.name}-{path.name.partition('.')[0]}"


def clear() -> None:
    """Deletes all files, each after the process that writes it has ended; requests that wait get the content."""
    for path in Path(settings.GENERATED_ROOT).glob("*/*"):
        # Where another process takes too long over it, it fails there rather than that the file stays.
        with contextlib.suppress(ChildError), once(_lock_name(path)):
            pass
        for file in path.parent.glob(f"{path.name.partition('.')[0]}.*"):
            file.unlink(missing_ok=True)


def prune(folder: Path, most_bytes: int) -> None:
    """Deletes the files that were not asked for the longest, until the others are small enough."""
    sizes: list[tuple[float, int, Path]] = []
    for path in folder.glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            sizes.append((status.st_mtime, status.st_size, path))
    total = 0
    for _used_at, size, path in sorted(sizes, reverse=True):
        total += size
        if total > most_bytes:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def once(name: str) -> Iterator[None]:
    """Held by one process or thread of the machine at a time. Raises ChildError for who waits longer than PATIENCE."""
    folder = Path(settings.GENERATED_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    # A few files for all names: two names that share one wait for each other, which is rare and harmless.
    number = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 64
    until = time.monotonic() + PATIENCE
    with open(folder / f"lock-{number}", "w") as file:
        if not _is_locked(file):
            with aside():
                while not _is_locked(file):
                    if time.monotonic() > until:
                        raise ChildError("busy")
                    time.sleep(0.02)
        yield


def _is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

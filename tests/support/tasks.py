"""Tasks of a child process, well and badly behaved."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from pathlib import Path
from typing import Any, NoReturn

from partnership.child_process import Refused


def double(number: int) -> int:
    return 2 * number


def refuse(code: str, **values: Any) -> NoReturn:
    raise Refused(code, **values)


def sleep() -> None:
    time.sleep(60)


def spin() -> NoReturn:
    while True:
        pass


def fill() -> int:
    return len(bytearray(500_000_000))


def die() -> None:
    os.abort()


def fail() -> NoReturn:
    raise ZeroDivisionError


def full() -> NoReturn:
    raise OSError(errno.ENOSPC, "full")


def start(path: str) -> None:
    child = subprocess.Popen(["sleep", "60"])
    Path(path).write_text(str(child.pid))
    sleep()


def environment() -> list[str]:
    return sorted(os.environ)

"""Work that is dear or on files from outside, in a child process of bounded time and memory.

The child is a new interpreter: it has neither settings nor secrets nor a connection to the database, and imports what
its task needs. Files are passed by path; values and result are JSON, so that a child that a file has taken over can
return nothing but text and numbers. A worker that serves readers stays as small as it was.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from .turns import Crowded, turns

logger = logging.getLogger(__name__)

#: What a child may use: seconds, by the clock and of the processor; megabytes of memory of its own; bytes of a file.
SECONDS, MEGABYTES, LARGEST_OUTPUT = 25, 400, 512 * 1024 * 1024
#: So many work at once on a machine; further ones wait their turn.
MOST_AT_ONCE = 2
_ROOT = Path(__file__).resolve().parent.parent
_OUT_OF_MEMORY = 70
_LARGEST_RESULT = 1024 * 1024


class Refused(Exception):
    """Raised by a task, and again where it was started: what is wrong with its input, as a code with values."""

    def __init__(self, code: str, **values: Any):
        super().__init__(code)
        self.code, self.values = code, values


class ChildError(Exception):
    """A child that did not end its task. ``reason`` is “time”, “memory”, “busy” or “crash”."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def run(task: str, *, seconds: int = SECONDS, megabytes: int = MEGABYTES, **values: Any) -> Any:
    """The result of a function, named “package.module:function”, called with ``values`` in a child.

    Raises Refused where the task does, OSError where the disk is full, and ChildError.
    """
    until = time.monotonic() + seconds
    with aside(), _turn(until), tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as result:
        given.write(json.dumps(values).encode())
        given.seek(0)
        status = _wait(_start(task, seconds, megabytes, given, result), until)
        result.seek(0)
        content = result.read(_LARGEST_RESULT)
    if status == _OUT_OF_MEMORY:
        raise ChildError("memory")
    if status in (-signal.SIGKILL, -signal.SIGXCPU):
        raise ChildError("time")
    try:
        outcome = json.loads(content) if status == 0 else {"crash": f"status {status}"}
    except ValueError:
        outcome = {"crash": "no result"}
    return _result(task, outcome)


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Held while a request waits for what a child makes; others are worked on meanwhile.

    Raises ChildError where too many wait like this.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(turns.aside())
        except Crowded:
            raise ChildError("busy") from None
        yield


def _result(task: str, outcome: dict[str, Any]) -> Any:
    if "refused" in outcome:
        raise Refused(outcome["refused"], **outcome["values"])
    if "errno" in outcome:
        raise OSError(outcome["errno"], os.strerror(outcome["errno"]))
    if "result" not in outcome:
        logger.warning("%s ended without a result: %s", task, outcome.get("crash"))
        raise ChildError("crash")
    return outcome["result"]


def _start(task: str, seconds: int, megabytes: int, given: IO[bytes], result: IO[bytes]) -> subprocess.Popen:
    # One arena: each further one would count its reserve against the limit. No secret is handed on.
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
    environment |= {"RAYON_NUM_THREADS": "2", "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": tempfile.gettempdir()}
    return subprocess.Popen(
        [sys.executable, "-s", "-m", __name__, task, str(seconds), str(megabytes)],
        cwd=_ROOT,
        env=environment,
        stdin=given,
        stdout=result,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen, until: float) -> int:
    try:
        return process.wait(timeout=max(0.1, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        if process.poll() is None:
            # With what it may have started: it leads a session of its own.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def _turn(until: float) -> Iterator[None]:
    """Waits until fewer than ``MOST_AT_ONCE`` children work; the system frees the turn of a process that dies."""
    folder = Path(tempfile.gettempdir()) / f"record-children-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open(folder / str(number), "w")) for number in range(MOST_AT_ONCE)]
        while not any(_is_locked(file) for file in files):
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


# In the child


def _limit(seconds: int, megabytes: int) -> None:
    """Private memory is limited, not the address space, of which libraries reserve much and use little."""
    for kind, amount in (
        (resource.RLIMIT_DATA, megabytes * 1024 * 1024),
        (resource.RLIMIT_CPU, 2 * seconds),
        (resource.RLIMIT_FSIZE, LARGEST_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))
    os.nice(5)


def _outcome(task: str, values: dict[str, Any]) -> dict[str, Any]:
    module, _colon, function = task.partition(":")
    try:
        return {"result": getattr(importlib.import_module(module), function)(**values)}
    except Refused as error:
        return {"refused": error.code, "values": error.values}
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            return {"errno": error.errno}
        return {"crash": type(error).__name__}
    except MemoryError:
        raise
    # Libraries raise what they like at a strange file; its kind alone goes into the log, never what it says.
    except Exception as error:
        return {"crash": type(error).__name__}


def main() -> int:
    task, seconds, megabytes = sys.argv[1:]
    _limit(int(seconds), int(megabytes))
    values = json.load(sys.stdin)
    try:
        outcome = _outcome(task, values)
    except MemoryError:
        return _OUT_OF_MEMORY
    json.dump(outcome, sys.stdout)
    return 0


if __name__ == "__main__":
    # Under this name tasks raise the same Refused as the one that is caught here.
    sys.modules["partnership.child_process"] = sys.modules["__main__"]
    sys.exit(main())

"""A PostgreSQL server that goes away for a while and comes back."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.site import Site
from tests.support.postgresql import programs


@dataclass
class Server:
    """A throw-away PostgreSQL server on loopback, with nothing in it."""

    programs: Path
    folder: Path
    port: int

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        # It refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(command, user=user, cwd=self.folder, check=True, capture_output=True)

    def make(self) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "--pgdata", "data", "--username", "record", "--auth", "trust", "--encoding", "UTF8")
        self.start()
        self._run("createdb", "--host", "127.0.0.1", "--port", str(self.port), "--username", "record", "record")

    def start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c log_min_messages=fatal"
        )
        self._run("pg_ctl", "start", "--pgdata", "data", "--wait", "--silent", "--log", "log", "--options", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--pgdata", "data", "--mode", "immediate", "--silent")

    def kill(self) -> None:
        """As when the machine runs out of memory: no process of the server is asked to end."""
        master = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for process in (master, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"postgres://record@127.0.0.1:{self.port}/record"


@contextmanager
def server(folder: Path) -> Iterator[Server | None]:
    """None where PostgreSQL is not installed."""
    paths = programs()
    if paths is None:
        yield None
        return
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        database = Server(paths, folder, free.getsockname()[1])
    database.make()
    try:
        yield database
    finally:
        database.stop()


@dataclass
class Outage:
    cached: list[int]
    others: list[int]
    retry_after: str
    seconds_to_recover: float


def killed(site: Site, database: Server) -> float:
    """The seconds until the site was ready again after the database was killed and started."""
    start = time.monotonic()
    database.kill()
    while True:
        try:
            database.start()
            break
        except subprocess.CalledProcessError:
            # The system frees the killed server’s shared memory a moment later.
            time.sleep(0.1)
    while site.get("/readyz").status != 200:
        time.sleep(0.02)
    return time.monotonic() - start


def outage(site: Site, database: Server, seconds: float) -> Outage:
    """Stops the database for ``seconds``; requests a cached page and another one meanwhile."""
    # Each of two workers caches the page.
    for _time in range(12):
        site.get("/en/")
    database.stop()
    cached, others, retry_after = [], [], ""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        cached.append(site.get("/en/").status)
        other = site.get("/en/search/?q=library")
        others.append(other.status)
        retry_after = other.headers.get("retry-after", "")
        time.sleep(0.5)
    database.start()
    start = time.monotonic()
    while site.get("/readyz").status != 200 or site.get("/en/search/?q=library").status != 200:
        time.sleep(0.05)
    return Outage(cached, others, retry_after, time.monotonic() - start)

"""Runs a command with a throw-away PostgreSQL server: python -m tests.support.postgresql pytest …

The server listens on loopback only, on a free port, with a data folder and a password of its own; it ends, and its
folder goes, however the command ends. The system's own cluster is neither used nor touched. Where the programs are
missing they are installed on Debian as root; elsewhere the line to run is printed.
"""

from __future__ import annotations

import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.tools import install

#: So that lists and exports stand in the same order as on SQLite; the site's own check asks it of every database.
ORDER = ["--encoding=UTF8", "--locale=C.UTF-8"]
#: Nothing here has to outlive a power cut.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]


def programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version there is."""
    if path := shutil.which("initdb"):
        return Path(path).resolve().parent
    folders = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    return Path(max(folders, key=lambda path: int(path.split("/")[4]))).parent if folders else None


def _unprivileged() -> dict[str, Any]:
    """As whom the server runs: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def server() -> Iterator[str]:
    """The address of a database on a running server, as DATABASE_URL wants it; its user may make further ones."""
    folder = programs()
    assert folder, "PostgreSQL is not installed."
    owner, port, password = _unprivileged(), _free_port(), secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="postgresql-") as home:
        if owner:
            os.chown(home, owner["user"], owner["group"])
        secret = Path(home) / "password"
        secret.write_text(password)
        data = f"{home}/data"
        subprocess.run(
            [
                *(folder / "initdb", "--pgdata", data, "--username=record", "--auth=scram-sha-256", "--no-sync"),
                *(f"--pwfile={secret}", *ORDER),
            ],
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
            **owner,
        )
        settings = [part for value in [*FAST, f"unix_socket_directories={home}"] for part in ("-c", value)]
        with open(f"{home}/log", "w") as log:
            process = subprocess.Popen(
                [folder / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *settings],
                cwd=home,
                stderr=log,
                # Ctrl-C is for the command; the server is stopped after it.
                start_new_session=True,
                **owner,
            )
            try:
                _wait(process, port, Path(log.name))
                yield f"postgres://record:{password}@127.0.0.1:{port}/postgres"
            finally:
                # A fast shutdown: whoever is still connected is sent away.
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            break
        if "ready to accept connections" in log.read_text():
            return
        time.sleep(0.1)
    raise SystemExit(f"PostgreSQL did not start on port {port}:\n{log.read_text()}")


def main(command: list[str]) -> int:
    if not programs():
        install("postgresql")
    if not programs():
        print("PostgreSQL could not be installed here. Run: sudo apt-get install postgresql", file=sys.stderr)
        return 1
    with server() as address:
        print("The database is a PostgreSQL server that ends with this run.", flush=True)
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": address})
        # An order to stop lets the command put away what it has started; then the server ends, too.
        signal.signal(signal.SIGTERM, lambda *_arguments: (process.send_signal(signal.SIGINT), signal.alarm(60)))
        signal.signal(signal.SIGALRM, lambda *_arguments: process.terminate())
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Servers under load: gunicorn with the same flags for each, and wrk as a client."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

#: One client more would only wait: there are two workers.
CLIENTS = 4


def wrk() -> str:
    """Raises SystemExit where it is missing: a client in Python would itself be the limit."""
    if path := shutil.which("wrk"):
        return path
    raise SystemExit("wrk measures; install it first: sudo apt-get install wrk")


@dataclass
class Load:
    """What came of some seconds of requests."""

    per_second: float
    #: Milliseconds within which 99 of 100 responses came.
    p99: float


def load(port: int, path: str, seconds: float, *, clients: int = CLIENTS, **headers: str) -> Load:
    """Requests a page all the time. Headers as accept_encoding="br"."""
    options = [part for name, value in headers.items() for part in ("-H", f"{name.replace('_', '-')}: {value}")]
    command = [
        wrk(),
        "-t1",
        f"-c{clients}",
        f"-d{seconds:.0f}s",
        "--latency",
        *options,
        f"http://127.0.0.1:{port}{path}",
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in printed, printed
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", printed).groups()  # type: ignore[union-attr]
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return Load(float(printed.split("Requests/sec:")[1].split()[0]), p99)


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A WSGI application under gunicorn: two synchronous workers, as behind a proxy."""

    application: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable

    def __enter__(self) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        flags = ["--worker-class", "sync", "--workers", "2", "--preload", "--no-control-socket", "--log-level", "error"]
        self.process = subprocess.Popen(
            [self.python, "-m", "gunicorn", self.application, "--bind", f"127.0.0.1:{self.port}", *flags],
            cwd=self.folder,
            env={**os.environ, "DEBUG": "off", "SECRET_KEY": "for measuring", **self.environment},
        )
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait()

    def get(self, path: str, **headers: str) -> Response:
        """Raises OSError while the server does not listen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        response = Response(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        connection.close()
        return response

    def wait(self, path: str) -> float:
        """Seconds until the first complete response."""
        start = time.perf_counter()
        while self.process.poll() is None:
            try:
                response = self.get(path)
            except OSError:
                time.sleep(0.005)
                continue
            assert response.status == 200, f"{path}: {response.status}"
            return time.perf_counter() - start
        raise SystemExit(f"{self.application} does not start.")

    def load(self, path: str, seconds: float, **headers: str) -> float:
        """Responses a second."""
        return load(self.port, path, seconds, **headers).per_second

    def workers(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(process) for process in listed.split()]

    def unshared_memory(self) -> float:
        """The private memory of the largest worker, in megabytes."""
        sizes = []
        for worker in self.workers():
            lines = Path(f"/proc/{worker}/smaps_rollup").read_text().splitlines()
            sizes.append(sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024)
        return max(sizes)

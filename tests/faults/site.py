"""A site of its own under gunicorn, on loopback and in a folder of its own, for faults to happen to."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlencode

import lxml.html
import psycopg

from tests.support.call import call

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Site:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    #: Reads static files where they lie, as tests do; collecting them takes longer than most errands.
    is_collected: bool = True
    process: subprocess.Popen | None = None
    key: str = ""

    port: int = 0

    def __post_init__(self) -> None:
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]

    # Making it

    @property
    def environment_of_processes(self) -> dict[str, str]:
        without = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}
        inherited = {name: value for name, value in os.environ.items() if name not in without}
        own = {"DATA_DIR": str(self.folder), "SECRET_KEY": "for faults", "DEBUG": "off", "LOG_LEVEL": "ERROR"}
        return {**inherited, **own, **self.environment}

    @property
    def database(self) -> Path:
        return self.folder / "record.sqlite3"

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment_of_processes, capture_output=True, text=True, check=check
        )

    def fill(self, like: Path | None = None) -> None:
        """The record in a new database, and the static files; ``like`` is a folder that has both already."""
        if like:
            shutil.copytree(like, self.folder, dirs_exist_ok=True)
            return
        self.manage("migrate", "--verbosity", "0")
        self.manage("load_record")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")

    def sign_in(self) -> None:
        self.key = call(self.environment_of_processes, "tests.support.work:open_session")

    # Running it

    def start(self) -> float:
        """Seconds until it is ready."""
        gunicorn = ["-m", "gunicorn" if self.is_collected else "tests.support.serve"]
        flags = ["--config", "partnership/gunicorn_conf.py", "--bind", f"127.0.0.1:{self.port}"]
        command = [sys.executable, *gunicorn, *flags]
        environment = self.environment_of_processes
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        return self.wait()

    def wait(self, path: str = "/healthz") -> float:
        start = time.monotonic()
        while time.monotonic() - start < 60:
            with suppress(OSError, http.client.HTTPException):
                if self.get(path).status == 200:
                    return time.monotonic() - start
            time.sleep(0.02)
        raise RuntimeError("The site does not start.")

    @property
    def master(self) -> int:
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        listed = Path(f"/proc/{self.master}/task/{self.master}/children").read_text()
        return [int(process) for process in listed.split()]

    def end(self) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.master, signal.SIGTERM)
        self.process.wait()
        self.process = None

    def __enter__(self) -> Site:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    # Requests

    def ask(self, method: str, path: str, body: bytes = b"", timeout: float = 60, **headers: str) -> Response:
        """Raises OSError or HTTPException where there is no response."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            connection.request(method, path, body or None, {"Host": f"localhost:{self.port}", **sent})
            response = connection.getresponse()
            values = {name.lower(): ", ".join(response.headers.get_all(name, [])) for name in response.headers}
            return Response(response.status, values, response.read())

    def get(self, path: str, **headers: str) -> Response:
        return self.ask("GET", path, **headers)

    def form(self, path: str) -> Form:
        """A form of the admin as a clerk’s browser has it."""
        response = self.get(path, cookie=f"session={self.key}")
        assert response.status == 200, f"{path}: {response.status}"
        page = lxml.html.fromstring(response.text)
        form = next(form for form in page.forms if "_form" in (form.get("id") or ""))
        token = response.headers["set-cookie"].split("csrf=")[1].split(";")[0]
        return Form(self, path, dict(form.form_values()), token)

    # The database

    def database_errors(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as opened:
            messages = [row[0] for row in opened.execute("PRAGMA integrity_check")]
            dangling = opened.execute("PRAGMA foreign_key_check").fetchall()
        return [message for message in messages if message != "ok"] + [str(row) for row in dangling]

    def rows(self, query: LiteralString, *values: object) -> list[Any]:
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url.replace("postgres:", "postgresql:", 1)) as server:
                return [row[0] for row in server.execute(query)]
        with closing(sqlite3.connect(self.database)) as opened:
            return [row[0] for row in opened.execute(query, values)]


@dataclass
class Form:
    site: Site
    path: str
    values: dict[str, str]
    token: str

    def at(self, path: str) -> Form:
        """The same form, sent to another address: a page holds several."""
        name = "csrfmiddlewaretoken"
        return Form(self.site, path, {name: self.values[name]}, self.token)

    def post(self, *, file: tuple[str, bytes] | None = None, **typed: str) -> Response:
        """Sends the form with what was typed; ``file`` is a name and a content for its field “file”."""
        values = {**self.values, "_save": "Save", **typed}
        headers = {
            "cookie": f"session={self.site.key}; csrf={self.token}",
            "origin": f"http://localhost:{self.site.port}",
            "content_type": "application/x-www-form-urlencoded",
        }
        body = urlencode(values).encode()
        if file:
            mark = "--a-mark-between-parts"
            parts = [
                f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                for name, value in values.items()
                if name != "file"
            ]
            name, content = file
            head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
            body = b"".join([*parts, head.encode(), content, f"\r\n--{mark}--\r\n".encode()])
            headers["content_type"] = f"multipart/form-data; boundary={mark}"
        return self.site.ask("POST", self.path, body, **headers)


class Readers:
    """Threads that request pages until they are stopped, and record failures and times."""

    def __init__(self, site: Site, paths: list[str], number: int = 2, *, pause: float = 0, address: str = ""):
        """``pause`` is the seconds between an answer and the next question; ``address`` says where each comes from."""
        self._site, self._paths, self._stop = site, paths, threading.Event()
        self._pause, self._address = pause, address
        self.seconds: list[float] = []
        self.failed: list[str] = []
        self.unanswered = 0
        self._threads = [threading.Thread(target=self._read, args=(place,)) for place in range(number)]

    def _read(self, place: int) -> None:
        turn = place
        headers = {"x_forwarded_for": self._address.format(place)} if self._address else {}
        while not self._stop.is_set():
            path = self._paths[turn % len(self._paths)]
            turn += 1
            start = time.monotonic()
            try:
                response = self._site.get(path, **headers)
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                time.sleep(0.02)
                continue
            self.seconds.append(time.monotonic() - start)
            if response.status != 200:
                self.failed.append(f"{path}: {response.status}")
            time.sleep(self._pause)

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def slowest_of(self, share: float) -> float:
        """The percentile of response times, in seconds; ``share`` is 0.99 for p99."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

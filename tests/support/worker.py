"""A worker of the site in a process of its own: answers a line of JSON for each line that it is sent.

{"get": path, "headers": {…}, "method": …} asks the application that gunicorn serves;
{"call": "module:function", …} calls a function, for what a clerk’s browser, a shell or another program would write.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> int:
        return int(self.status.split()[0])


class Worker:
    def __init__(self, data: Path, **environment: str):
        values = {**os.environ, "DATA_DIR": str(data), "SECRET_KEY": "for a worker", "DEBUG": "off", **environment}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker"],
            cwd=ROOT,
            env={**values, "DJANGO_SETTINGS_MODULE": "partnership.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the worker has stopped"
        return json.loads(line)

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        status, answered, body = self._ask({"get": path, "method": method, "headers": headers})
        return Answer(status, dict(answered), body.encode("latin-1"))

    def call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Calls a function of a module in the worker; arguments and answer pass through JSON."""
        name = f"{function.__module__}:{function.__qualname__}"
        return self._ask({"call": name, "arguments": arguments, "named": named})

    @property
    def report(self) -> dict[str, int]:
        return self._ask({"report": True})

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def environ(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as a server hands it to an application; headers as accept_encoding="br"."""
    address, _mark, query = path.partition("?")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": sys.stdin.buffer,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }


def main() -> None:
    # Settings know tests by it: they read static files where they lie, and nothing has to be collected.
    import pytest  # noqa: F401

    from partnership import wsgi

    application = wsgi.application

    # What is run may print; the answers have their own way out.
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        order = json.loads(line)
        if "report" in order:
            answer: Any = wsgi.page_cache.report()
        elif "call" in order:
            module, _colon, function = order["call"].partition(":")
            answer = getattr(import_module(module), function)(*order["arguments"], **order["named"])
        else:
            started: list[Any] = []
            request = environ(order["get"], order["method"], **order["headers"])
            response = application(request, lambda *values, to=started: to.extend(values))
            body = b"".join(response)
            if hasattr(response, "close"):
                response.close()
            answer = [*started[:2], body.decode("latin-1")]
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()

"""Starts the examples in docs/operating.md as they stand there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.management import get_commands

from tests.support.tools import missing, nginx

ROOT = Path(__file__).resolve().parent.parent
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def example(language: str, first_line: str) -> str:
    """The code block in docs/operating.md that begins so."""
    blocks = re.findall(rf"```{language}\n(.*?)```", OPERATING, re.DOTALL)
    return next(block for block in blocks if block.startswith(first_line))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        pass


@contextmanager
def one_worker() -> Iterator[SimpleNamespace]:
    """A server that, like a sync worker, serves one request at a time; the response repeats the request."""
    requests: list[dict[str, str]] = []

    def respond(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        requests.append({name: value for name, value in environ.items() if name.startswith(("HTTP_", "PATH_"))})
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({**requests[-1], "length": len(body)}).encode()]

    server = make_server("127.0.0.1", 0, respond, handler_class=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(port=server.server_port, requests=requests)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """nginx with the documented configuration, without its certificate, before a site of one worker."""
    if "nginx" in missing():
        pytest.fail(f"No nginx. Run: {missing()['nginx']}")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with one_worker() as site:
        text = example("nginx", "# /etc/nginx/conf.d/record.conf").replace("127.0.0.1:8001", f"127.0.0.1:{site.port}")
        text = re.sub(r"listen 443 ssl[^;]*;", f"listen 127.0.0.1:{port};", text)
        text = re.sub(r"listen (\[::\]:)?(80|443)[^;]*;", lambda _found: f"listen 127.0.0.1:{free_port()};", text)
        text = re.sub(r"ssl_certificate\w*[^;]*;", "", text)
        temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        around = [
            # The tests' own folder is open to nobody else.
            "user root;" if os.geteuid() == 0 else "",
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;",
            "events { worker_connections 1024; }",
            "http { access_log off;",
            *(f"{name}_temp_path {folder}/{name};" for name in temporary),
            text,
            "}",
        ]
        (folder / "nginx.conf").write_text("\n".join(around))
        process = subprocess.Popen([nginx(), "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.PIPE)
        try:
            for _attempt in range(200):
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, process.stderr.read().decode()
                time.sleep(0.05)
            yield SimpleNamespace(port=port, site=site)
        finally:
            process.terminate()
            process.wait(timeout=20)
            process.stderr.close()
    shutil.rmtree(folder, ignore_errors=True)


def ask(proxy, path: str = "/en/", data: bytes | None = None, **headers: str) -> dict[str, str]:
    values = {"Host": "record.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(f"http://127.0.0.1:{proxy.port}{path}", data=data, headers=values)
    # Who is blocked by others waits for ten seconds at the least.
    with urllib.request.urlopen(request, timeout=9) as response:
        return json.load(response)


def test_slow_clients_keep_the_proxy_waiting_and_no_worker(proxy):
    """Three hundred that send half a header, and a hundred that send half a body, before a site of one worker."""
    with ExitStack() as stack:
        for number in range(400):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            head = b"POST /admin/login/ HTTP/1.1\r\nHost: record.example\r\nContent-Length: 1000\r\n"
            client.sendall(head if number < 300 else head + b"\r\nhalf")

        responses = [ask(proxy, f"/en/{number}/") for number in range(20)]

    assert [response["PATH_INFO"] for response in responses] == [f"/en/{number}/" for number in range(20)]
    assert "/admin/login/" not in [environ["PATH_INFO"] for environ in proxy.site.requests]


def test_an_upload_arrives_whole_and_a_longer_one_is_refused_before_the_site(proxy):
    assert ask(proxy, "/upload/", bytes(12_500_000))["length"] == 12_500_000

    with socket.create_connection(("127.0.0.1", proxy.port), timeout=9) as client:
        client.sendall(b"POST /too-much/ HTTP/1.1\r\nHost: record.example\r\nContent-Length: 212000000\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")
    assert "/too-much/" not in [environ["PATH_INFO"] for environ in proxy.site.requests]


def test_the_site_learns_the_host_and_the_true_address(proxy):
    response = ask(proxy, X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="gopher")

    assert response["HTTP_HOST"] == "record.example"
    assert response["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert response["HTTP_X_FORWARDED_PROTO"] == "http"


def commands_of(unit: str) -> list[list[str]]:
    lines = re.findall(r"^Exec(?:Start|StartPre)=-?((?:.*\\\n)*.*)$", unit, re.MULTILINE)
    return [shlex.split(line.replace("\\\n", " ")) for line in lines]


def test_the_server_takes_the_options_of_the_unit():
    command = commands_of(example("ini", "# /etc/systemd/system/record.service"))[-1]
    assert command[0].endswith("/gunicorn")

    process = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", *command[1:]],
        cwd=ROOT,
        env={"SECRET_KEY": "x", "DEBUG": "on", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 0, process.stderr


def test_the_units_run_commands_that_there_are():
    units = [block for block in re.findall(r"```ini\n(.*?)```", OPERATING, re.DOTALL) if "ExecStart" in block]
    named = {command[2] for unit in units for command in commands_of(unit) if command[1].endswith("manage.py")}

    assert {"migrate", "collectstatic", "backup", "check_sources", "clearsessions"} <= named
    assert named <= set(get_commands())

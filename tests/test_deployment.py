"""Starts the examples in docs/operating.md as they stand there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.management import get_commands

from tests.support.operating import OPERATING, ROOT, example, free_port, running_nginx


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        pass


@contextmanager
def one_worker() -> Iterator[SimpleNamespace]:
    """A server that, like a sync worker, serves one request at a time; the response repeats the request.

    What has “kept” in its path may be kept by nginx, as the page cache says it.
    """
    requests: list[dict[str, str]] = []

    def respond(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        requests.append({name: value for name, value in environ.items() if name.startswith(("HTTP_", "PATH_"))})
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding")]
        if "kept" in environ["PATH_INFO"]:
            headers = [("X-Accel-Expires", f"@{int(time.time())}"), *headers, ("ETag", site.etag)]
            if environ.get("HTTP_IF_NONE_MATCH") == site.etag:
                start_response("304 Not Modified", headers)
                return []
        start_response("200 OK", headers)
        return [json.dumps({**requests[-1], "length": len(body), "etag": site.etag}).encode()]

    server = make_server("127.0.0.1", 0, respond, handler_class=_Quiet)
    site = SimpleNamespace(port=server.server_port, requests=requests, etag='"first"')
    Thread(target=server.serve_forever, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()


@contextmanager
def proxied(folder: Path, site: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """nginx as documented before a site."""
    port, text = free_port(), example("nginx", "# /etc/nginx/conf.d/record.conf")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{site.port}").replace("/var/lib/nginx/record", f"{folder}/kept")
    with running_nginx(folder, text, port):
        yield SimpleNamespace(port=port, site=site)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """nginx as documented before a site of one worker."""
    folder = tmp_path_factory.mktemp("nginx")
    with one_worker() as site, proxied(folder, site) as proxy:
        yield proxy
    shutil.rmtree(folder, ignore_errors=True)


def test_the_copy_is_served_with_its_types_and_its_own_page_for_what_is_not_there(tmp_path):
    types = {"csv": "text/csv", "ics": "text/calendar", "ttl": "text/turtle", "jsonld": "application/ld+json"}
    for suffix in types:
        (tmp_path / f"data.{suffix}").write_text("å")
    (tmp_path / "404.html").write_text("Not in this copy")
    port = free_port()
    text = example("nginx", "# /etc/nginx/conf.d/record-copy.conf").replace("root /srv/record-copy", f"root {tmp_path}")

    with running_nginx(tmp_path, text, port):
        served = {
            suffix: urllib.request.urlopen(f"http://127.0.0.1:{port}/data.{suffix}").headers["Content-Type"]
            for suffix in types
        }
        with pytest.raises(urllib.error.HTTPError) as missing_page:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing")

    assert {suffix: kind.partition(";")[0] for suffix, kind in served.items()} == types
    assert served["csv"] == "text/csv; charset=utf-8"
    assert missing_page.value.read() == b"Not in this copy"


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


def next_second() -> None:
    time.sleep(1.02 - time.time() % 1)


def test_equal_requests_of_one_second_are_one_at_the_site(proxy):
    def requests_for_three(path: str, **headers: str) -> int:
        """How many of three within one second reach the site; tried again where the second ended in between."""
        while True:
            next_second()
            second, before = int(time.time()), len(proxy.site.requests)
            for _time in range(3):
                ask(proxy, path, **headers)
            if int(time.time()) == second:
                return len(proxy.site.requests) - before

    assert requests_for_three("/en/kept/") == 1
    assert requests_for_three("/en/not-marked/") == 3
    assert requests_for_three("/en/kept/", Cookie="session=x") == 3
    assert requests_for_three("/en/kept/", Authorization="Basic x") == 3
    assert requests_for_three("/en/kept/?a=1", Accept_Encoding="gzip;q=0, br") == 1
    assert proxy.site.requests[-1]["HTTP_ACCEPT_ENCODING"] == "br"


def test_a_page_is_asked_about_again_and_a_changed_one_is_a_second_old_at_the_most(proxy):
    ask(proxy, "/en/kept/changing/")
    next_second()
    ask(proxy, "/en/kept/changing/")
    assert proxy.site.requests[-1]["HTTP_IF_NONE_MATCH"] == proxy.site.etag

    proxy.site.etag = '"second"'
    next_second()

    assert ask(proxy, "/en/kept/changing/")["etag"] == '"second"'


def test_while_the_site_does_not_answer_a_kept_page_is_sent_and_no_other(tmp_path):
    with ExitStack() as stack:
        with one_worker() as site:
            proxy = stack.enter_context(proxied(tmp_path, site))
            ask(proxy, "/en/kept/")
            ask(proxy, "/en/not-marked/")
        next_second()

        assert ask(proxy, "/en/kept/")["PATH_INFO"] == "/en/kept/"
        with pytest.raises(urllib.error.HTTPError, match="502"):
            ask(proxy, "/en/not-marked/")


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
    named |= set(re.findall(r"record@(\w+)\.timer", OPERATING))
    named.remove("%i")

    assert {"prepare", "work", "backup", "check_sources", "clearsessions"} == named
    assert named <= set(get_commands())

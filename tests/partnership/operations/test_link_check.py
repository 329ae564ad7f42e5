"""Links to sources are checked politely, and readers are told which pages are gone."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command

from partnership.models import Source
from partnership.operations import link_check, outgoing
from projects.models import ProjectCitation
from tests.base import fetch
from tests.factories import make_project, make_source

pytestmark = pytest.mark.django_db


class _Publisher(BaseHTTPRequestHandler):
    """A publisher with a page, one that has moved, one that is gone, and one that fails."""

    requests: list[tuple[str, str]] = []

    def do_GET(self):
        self.requests.append((self.path, self.headers["User-Agent"]))
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/page")
        else:
            self.send_response({"/gone": 410, "/missing": 404, "/broken": 500, "/shy": 403}.get(self.path, 200))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """Keeps the output of the tests clean."""


@pytest.fixture
def publisher(monkeypatch):
    # The publisher of the tests lives on this machine, which no other test may ask.
    monkeypatch.setattr(outgoing, "is_public", lambda address: address == "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Publisher)
    _Publisher.requests.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # No test requests a URL of the real record.
    Source.objects.update(url="")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_result_of_each_check_is_stored(publisher, capsys):
    states = {"page": "found", "moved": "moved", "gone": "dead", "missing": "dead", "broken": "unsure", "shy": "unsure"}
    for path in states:
        make_source(code=f"test-{path}", url=f"{publisher}/{path}")
    make_source(code="test-refused", url="http://127.0.0.1:9/")
    make_source(code="test-draft", url=f"{publisher}/page", state="draft")

    call_command("check_sources", pause=0)

    for path, state in {**states, "refused": "unsure"}.items():
        source = Source.objects.get(code=f"test-{path}")
        assert source.link_status == state, path
        assert source.checked_on is not None
    assert Source.objects.get(code="test-moved").link_detail == f"{publisher}/page"
    assert Source.objects.get(code="test-draft").link_status == "unchecked"
    assert "2 dead, 1 found, 1 moved, 3 unsure" in capsys.readouterr().out
    assert all("record-link-check" in agent for _path, agent in _Publisher.requests)


def test_requests_to_the_same_host_pause(publisher, monkeypatch):
    pauses = []
    monkeypatch.setattr(link_check.time, "sleep", pauses.append)
    for n in range(3):
        make_source(url=f"{publisher}/{n}")

    link_check.check_all(lambda line: None, pause=2)

    assert pauses == [2, 2]


def test_a_check_does_not_change_the_version_of_a_source(publisher):
    source = make_source(url=f"{publisher}/page")
    before = source.modified_at, source.version

    link_check.check_all(lambda line: None, pause=0)

    source.refresh_from_db()
    assert (source.modified_at, source.version) == before


def test_readers_are_led_to_the_archived_copy():
    source = make_source(
        title="A page that is gone",
        url="https://gone.example/page",
        archive_url="https://archive.example/page",
        link_status="dead",
        checked_on="2026-11-20",
    )
    project = make_project(sources=0)
    ProjectCitation.objects.create(project=project, source=source)

    page = fetch(source.get_absolute_url())
    assert "Original no longer available, checked on 20 November 2026" in page.text
    assert "https://gone.example/page" not in page.links()
    assert "https://archive.example/page" in page.links()
    citing = fetch(project.get_absolute_url())
    assert "https://archive.example/page" in citing.links()
    assert "Original no longer available" in citing.text


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "224.0.0.1"),
    ],
)
def test_no_address_of_this_machine_or_its_network_is_public(address):
    assert not outgoing.is_public(address)


@pytest.mark.parametrize("address", ["193.235.3.1", "2001:67c:2e8::1"])
def test_addresses_of_the_net_are_public(address):
    assert outgoing.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]:9/",
        "ftp://example.org/file",
        "file:///etc/passwd",
        "https:///nowhere",
    ],
)
def test_what_is_not_public_is_never_asked_and_told_apart_by_nobody(url):
    assert link_check.check(url) == link_check.LinkResult("unsure", "no public address of the web")


def test_each_hop_is_looked_at(publisher, monkeypatch):
    """A page in public that leads to this machine: the second hop resolves, and is refused."""
    answers = iter([(302, "http://localhost:1/secret")])
    original = outgoing._get_once
    monkeypatch.setattr(outgoing, "is_public", lambda address: False)

    def first_hop(url, agent, deadline):
        return next(answers, None) or original(url, agent, deadline)

    monkeypatch.setattr(outgoing, "_get_once", first_hop)

    assert link_check.check("https://public.example/").detail == "no public address of the web"


def test_a_host_that_drips_its_headers_is_left_at_the_deadline(monkeypatch):
    monkeypatch.setattr(outgoing, "is_public", lambda address: True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        is_over = threading.Event()

        def drip():
            client, _address = server.accept()
            with client, contextlib.suppress(OSError):
                client.sendall(b"HTTP/1.1 200 OK\r\n")
                while not is_over.wait(0.05):
                    client.sendall(b"X: y\r\n")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(outgoing.TooLateError):
            outgoing.get(f"http://127.0.0.1:{server.getsockname()[1]}/", agent="test", seconds=0.5)
        is_over.set()
        thread.join()


def test_a_circle_of_redirects_ends(monkeypatch):
    monkeypatch.setattr(outgoing, "_get_once", lambda url, agent, deadline: (302, "/again"))

    assert link_check.check("https://public.example/").detail == "too many redirects"

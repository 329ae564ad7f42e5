"""Links to sources are looked at politely, and readers are told what is gone."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command

from partnership.models import Source
from partnership.operations import link_check
from projects.models import ProjectCitation
from tests.base import fetch
from tests.factories import make_project, make_source

pytestmark = pytest.mark.django_db


class _Publisher(BaseHTTPRequestHandler):
    """A publisher with a page, one that has moved, one that is gone, and one that fails."""

    asked: list[tuple[str, str]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers["User-Agent"]))
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/page")
        else:
            self.send_response({"/gone": 410, "/missing": 404, "/broken": 500, "/shy": 403}.get(self.path, 200))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """Says nothing."""


@pytest.fixture
def publisher():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Publisher)
    _Publisher.asked.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # No address of the real record is ever asked by a test.
    Source.objects.update(url="")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_was_seen_is_kept(publisher, capsys):
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
    assert all("record-link-check" in agent for _path, agent in _Publisher.asked)


def test_one_host_is_asked_slowly(publisher, monkeypatch):
    pauses = []
    monkeypatch.setattr(link_check.time, "sleep", pauses.append)
    for number in range(3):
        make_source(url=f"{publisher}/{number}")

    link_check.check_all(lambda line: None, pause=2)

    assert pauses == [2, 2]


def test_looking_is_no_change_of_the_record(publisher):
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

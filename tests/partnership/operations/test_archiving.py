"""A web archive is asked for copies of sources: politely, again where it was broken off, and for public pages only."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command

from partnership.models import Revision, Source
from partnership.operations import archiving
from tests.factories import make_source

pytestmark = pytest.mark.django_db


class _Archive(BaseHTTPRequestHandler):
    """An archive that names the copy, redirects to it, makes none, or asks for a pause."""

    requests: list[str] = []

    def do_GET(self):
        self.requests.append(self.path)
        if self.path.startswith("/save/") and self.path.endswith("/redirected"):
            self.send_response(302)
            self.send_header("Location", "/kept/2026/redirected")
        else:
            codes = {"busy": 429, "none": 520}
            self.send_response(codes.get(self.path.rpartition("/")[2], 200))
            if self.path.endswith("/named"):
                self.send_header("Content-Location", "/kept/2026/named")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """Keeps the output of the tests clean."""


@pytest.fixture
def archive(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Archive)
    _Archive.requests.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # No test asks for a page of the real record.
    Source.objects.update(url="")
    settings.ARCHIVE_URL = f"http://127.0.0.1:{server.server_port}/save/"
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_address_of_each_copy_is_kept_as_a_version(archive, capsys):
    for name in ("named", "none", "redirected"):
        make_source(code=f"a-{name}", url=f"https://example.org/{name}")
    make_source(code="a-draft", url="https://example.org/named", state="draft")

    call_command("archive_sources", pause=0)

    copies = dict(Source.objects.filter(code__startswith="a-").values_list("code", "archive_url"))
    assert copies == {
        "a-named": f"{archive}/kept/2026/named",
        "a-redirected": f"{archive}/kept/2026/redirected",
        "a-none": "",
        "a-draft": "",
    }
    assert Revision.objects.filter(model_name="source", code="a-named").exists()
    assert "2 copies made, 1 sources without a copy" in capsys.readouterr().out


def test_an_archive_that_asks_for_a_pause_is_left_alone_and_asked_again_for_the_rest(archive, monkeypatch):
    pauses = []
    monkeypatch.setattr(archiving.time, "sleep", pauses.append)
    for number, name in enumerate(("named", "busy", "redirected")):
        make_source(code=f"a-{number}", publisher=f"A{number}", url=f"https://example.org/{name}")

    call_command("archive_sources")

    assert _Archive.requests == ["/save/https://example.org/named", "/save/https://example.org/busy"]
    assert pauses == [archiving.PAUSE]
    Source.objects.filter(code="a-1").update(url="")
    _Archive.requests.clear()

    call_command("archive_sources", pause=0)

    assert _Archive.requests[0] == "/save/https://example.org/redirected"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/minutes",
        "http://intranet/minutes",
        "https://files.internal/minutes",
        "http://10.0.0.7/minutes",
        "http://[::1]/minutes",
        "https://user:secret@example.org/minutes",
        "ftp://example.org/minutes",
    ],
)
def test_only_public_addresses_leave_the_house(archive, url):
    make_source(url=url)

    call_command("archive_sources", pause=0)

    assert _Archive.requests == []


def test_without_an_archive_nothing_is_asked(settings):
    settings.ARCHIVE_URL = ""

    with pytest.raises(CommandError, match="Set ARCHIVE_URL"):
        call_command("archive_sources")

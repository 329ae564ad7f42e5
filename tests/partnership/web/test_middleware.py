"""The headers of every response, whatever its kind, and how much may be sent to the site."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeaderName, InvalidRequestLine, LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.sync import SyncWorker

from partnership.models import Document, User
from partnership.web.held_forms import OWNER, owner_token
from partnership.web.middleware import LeanPagesMiddleware, headers_for
from projects.models import Project
from tests.base import url
from tests.factories import make_document, make_photo
from tests.support.databases import loaded_database
from tests.support.worker import Worker

ROOT = Path(__file__).resolve().parents[3]
SET = {
    "Content-Security-Policy",
    "Permissions-Policy",
    "Cross-Origin-Resource-Policy",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
}


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": "localhost"}, raise_request_exception=False)


@pytest.fixture
def broken(monkeypatch):
    """A page that fails as pages do: with an exception nobody expected."""

    def fail(*_arguments, **_named):
        raise RuntimeError("broken for a test")

    monkeypatch.setattr("partnership.views.leading_statements", fail)


def check_headers(response, status: int) -> None:
    assert response.status_code == status
    assert set(response.headers) >= SET
    assert "'unsafe" not in response["Content-Security-Policy"]
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert (response["X-Content-Type-Options"], response["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/", 200),
        ("/", 302),
        ("/en/projects", 301),
        ("/en/nothing/", 404),
        ("/en/projects.csv", 200),
        ("/en/projects.csv?nonsense=1", 400),
        ("/en/feed.atom", 200),
        ("/sitemap.xml", 200),
        ("/static/css/site.css", 200),
        ("/static/nothing.css", 404),
        ("/admin/", 302),
        ("/admin/login/", 200),
    ],
)
def test_every_kind_of_response_has_the_headers(path, status, visitor):
    with closing(visitor.get(path)) as response:
        check_headers(response, status)


@pytest.mark.django_db
def test_so_has_a_withdrawn_page(visitor):
    project = Project.objects.get(code="sipp")
    Project.objects.filter(pk=project.pk).update(state="withdrawn", withdrawn_on="2026-05-03")

    check_headers(visitor.get(project.get_absolute_url()), 410)


def test_so_has_an_error(visitor, broken):
    response = visitor.get("/en/")

    check_headers(response, 500)
    assert not response.cookies


@pytest.mark.django_db
def test_so_has_a_name_that_is_not_ours():
    response = Client(headers={"host": "evil.example"}).get("/en/")

    check_headers(response, 400)


@pytest.mark.django_db
def test_so_has_a_photograph(visitor):
    with closing(visitor.get(f"/media/photos/{make_photo().slug}/480.jpg")) as response:
        check_headers(response, 200)


@pytest.mark.django_db
def test_a_document_keeps_its_own_stricter_policy(visitor):
    with closing(visitor.get(f"/media/documents/{make_document().slug}/")) as response:
        check_headers(response, 200)
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_only_the_admin_may_write_html_from_strings(visitor):
    assert "require-trusted-types-for 'script'" in visitor.get("/en/")["Content-Security-Policy"]
    assert "trusted-types" not in visitor.get("/admin/login/")["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/en/card.png", "cross-origin"),
        ("/sv/projekt/leseding/card.png", "cross-origin"),
        ("/data/record.zip", "cross-origin"),
        ("/en/projects.json", "cross-origin"),
        ("/sv/andringar/feed.atom", "cross-origin"),
        ("/en/visits.ics", "cross-origin"),
        ("/en/projects/leseding/", "same-origin"),
        ("/static/img/touch-icon.png", "same-origin"),
        ("/admin/iati.xml", "same-origin"),
    ],
)
def test_other_sites_may_load_cards_and_data_and_nothing_else(path, value, visitor):
    with closing(visitor.get(path)) as response:
        assert response["Cross-Origin-Resource-Policy"] == value


def test_http_is_left_behind_only_where_there_is_https(settings):
    assert "upgrade-insecure-requests" not in headers_for("/en/")["Content-Security-Policy"]

    settings.HTTPS = True

    assert "upgrade-insecure-requests" in headers_for("/en/")["Content-Security-Policy"]


# Size


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """Notes when the body of a request is read."""
    seen: list[str] = []
    load = WSGIRequest._load_post_and_files

    def note(request):
        seen.append(request.path)
        load(request)

    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", note)
    return seen


def upload(client: Client, size: int):
    file = SimpleUploadedFile("large.pdf", b"%PDF-1.7 " + b"x" * size)
    return client.post(url(Document, "add"), {"code": "large", "file": file}, headers={"accept-language": "en"})


@pytest.mark.django_db
def test_a_stranger_can_send_almost_nothing(visitor, read, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path

    response = upload(visitor, 70_000)

    check_headers(response, 413)
    assert "Nothing was saved." in response.content.decode()
    assert read == []
    assert not list(tmp_path.iterdir())
    assert not response.cookies


@pytest.mark.django_db
def test_a_made_up_session_is_a_stranger_s(visitor):
    visitor.cookies[site_settings.SESSION_COOKIE_NAME] = "a" * 32

    assert upload(visitor, 70_000).status_code == 413


def test_staff_can_upload_twelve_megabytes(staff_client):
    response = upload(staff_client("Editor"), 12 * 1024 * 1024 - 9)

    assert response.status_code == 200
    assert "larger than 12 MB" not in response.content.decode()


def test_nobody_can_send_more(staff_client, read):
    client = staff_client("Editor")

    length = str(202 * 1024 * 1024)
    assert client.generic("POST", url(Document, "add"), b"x", CONTENT_LENGTH=length).status_code == 413
    assert read == []


def test_a_long_form_is_kept_when_its_session_has_run_out(staff_client):
    client = staff_client("Editor")
    session = client.session
    form = {"staff_note": "ord " * 25_000, OWNER: owner_token(User.objects.get(pk=session[SESSION_KEY]))}
    session.set_expiry(-1)
    session.save()

    response = client.post(url(Project, "add"), form, headers={"accept-language": "en"})

    assert response.status_code == 200
    assert "Nothing typed is lost" in response.content.decode()
    assert client.session.get("returns")


# Characters


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        ("/en/visits/x%00y/", ""),
        ("/en/search/?q=%00", ""),
        ("/en/search/?q=library&kind=a%00b", ""),
        ("/sv/projekt.csv?q=%00", ""),
        ("/admin/login/", r'session="\000\000\000\000\000\000\000\000"'),
    ],
)
def test_nul_is_refused_in_one_place_and_never_reaches_the_database(path, cookie, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client(headers={"host": "localhost", "cookie": cookie}).get(path)

    check_headers(response, 400)
    page = response.content.decode()
    assert ("Förfrågan kunde inte läsas" if path.startswith("/sv/") else "The request could not be read") in page


# Deployment

PRODUCTION = {
    "SECRET_KEY": "x7" * 5 + "-an-example-of-a-long-and-random-key-" + "Qz9_" * 5,
    "SITE_URL": "https://record.example.org",
    "ALLOWED_HOSTS": "record.example.org,localhost",
    "BEHIND_PROXY": "on",
    "DEBUG": "off",
    "EMAIL_URL": "smtp+tls://record:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "record@example.org",
    "OPERATOR_NAME": "Test Operator",
}


def test_the_check_before_deployment_is_silent(tmp_path):
    # Set by the browser tests for themselves.
    without_browser = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    process = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"],
        cwd=ROOT,
        env={**without_browser, **PRODUCTION, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 0, process.stderr
    assert "identified no issues" in process.stdout + process.stderr


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, True),
        ({"SITE_URL": "http://localhost:8000"}, False),
        ({"DEBUG": "on"}, False),
        ({"SITE_URL": "http://localhost:8000", "SECOND_FACTOR": "on"}, True),
    ],
)
def test_the_second_factor_is_asked_for_in_production(variables, expected, tmp_path):
    process = subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=ROOT,
        env={**os.environ, **PRODUCTION, "DATA_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"SECOND_FACTOR = {expected}" in process.stdout


# What Mozilla’s Observatory would say


def points(headers: dict[str, str], html: str) -> dict[str, int]:
    """Its points beside the 100 to begin with, for what it looks at (its scoring table, version 5)."""
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    strict = policy["default-src"] == "'none'" and "unsafe" not in str(policy) and "http" not in str(policy.values())
    age = int(headers.get("Strict-Transport-Security", "max-age=0").partition("max-age=")[2].partition(";")[0])
    cookie = headers.get("Set-Cookie", "")
    is_safe = all(word in cookie for word in ("__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    scripts = [part.partition('"')[0] for part in html.split('<script src="')[1:]]
    return {
        "content security policy, nothing unsafe, default none": 10 if strict else -25,
        "cookies": 0 if not cookie else 5 if is_safe else -40,
        "sharing with other sites": -50 if "Access-Control-Allow-Origin" in headers else 0,
        "transport security for two years": 0 if age >= 63072000 else -20,
        "referrers stay here": 5 if headers["Referrer-Policy"] in ("same-origin", "no-referrer") else 0,
        "scripts of others": 0 if all(url.startswith("/") for url in scripts) else -25,
        "types are not guessed": 0 if headers["X-Content-Type-Options"] == "nosniff" else -5,
        "frames, by policy": 5 if policy.get("frame-ancestors") == "'none'" else -20,
        "other sites load nothing": 10 if headers["Cross-Origin-Resource-Policy"] == "same-origin" else 0,
    }


@pytest.fixture
def deployed(tmp_path, django_db_setup):
    """The site as it is deployed: with https, behind a proxy."""
    with loaded_database(tmp_path) as database:
        worker = Worker(tmp_path, **{**PRODUCTION, "ALLOWED_HOSTS": "record.example.org,localhost", **database})
        yield worker
        worker.end()


@pytest.mark.django_db
def test_the_observatory_would_give_its_best_grade(deployed):
    pages = {"/en/about/": 130, "/sv/tillganglighet/": 130, "/en/nothing/": 130, "/en/search/?q=%00": 130}
    for path, least in {**pages, "/admin/login/": 135}.items():
        response = deployed.get(path, x_forwarded_proto="https")

        score = points(response.headers, response.body.decode())

        assert 100 + sum(score.values()) >= least, (path, score)


@pytest.mark.django_db
def test_http_leads_to_https_and_health_does_not(deployed):
    away = deployed.get("/en/about/")

    assert (away.code, away.headers["Location"]) == (301, "https://localhost/en/about/")
    assert deployed.get("/healthz").code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequestLine("GET <script>alert(1)</script> HTTP/9"), b"400"),
        (InvalidHeaderName("<script>"), b"400"),
        (LimitRequestLine(5000, 4094), b"414"),
        (LimitRequestHeaders("limit request headers fields"), b"431"),
    ],
)
def test_what_gunicorn_answers_by_itself_runs_nothing_and_sets_nothing(error, status):
    """It takes no headers of ours: these requests never reach the site."""
    worker = SyncWorker(0, 0, [], None, 30, Config(), logging.getLogger("gunicorn.test"))
    ours, theirs = socket.socketpair()

    with ours, theirs, closing(worker.tmp):
        worker.handle_error(None, ours, ("203.0.113.7", 1), error)
        ours.close()
        head, _blank, body = theirs.recv(10_000).partition(b"\r\n\r\n")

    assert head.split()[1] == status
    assert {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]} == {
        b"Connection",
        b"Content-Type",
        b"Content-Length",
    }
    assert b"<script" not in body


def test_a_page_travels_without_its_indents_and_keeps_what_is_preformatted():
    page = "<p>\n    Växjö\n\n    <b>JB Marks</b>\n</p>\n<pre>a\n\n  b</pre>\n\n<textarea>\n c\n\n</textarea>\n"

    response = LeanPagesMiddleware(lambda request: HttpResponse(page))(RequestFactory().get("/en/"))

    lean = "<p>\nVäxjö\n<b>JB Marks</b>\n</p>\n<pre>a\n\n  b</pre>\n<textarea>\n c\n\n</textarea>\n"
    assert response.content.decode() == lean  # type: ignore[attr-defined]

"""Lines of the log, and the request id that ties them to a response and its error page."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from partnership.turns import Turns
from partnership.web import logs
from tests.support.call import command

ROOT = Path(__file__).resolve().parents[3]
SECRETS = ["203.0.113.7", "2001:db8::7", "nina@example.org", "a secret word", "kept-private"]


def record(message: str, *arguments: object, error: BaseException | None = None, **extra) -> logging.LogRecord:
    entry = logging.LogRecord("partnership.tests", logging.ERROR, __file__, 1, message, arguments, None)
    if error:
        try:
            raise error
        except type(error):
            entry.exc_info = sys.exc_info()
    vars(entry).update(extra)
    return entry


@pytest.fixture
def lines():
    """The log as it is written, one JSON object for each line."""
    entries: list[dict] = []

    class Keep(logging.Handler):
        def emit(self, record):
            entries.append(json.loads(logs.JsonLines().format(record)))

    handler = Keep()
    logging.getLogger().addHandler(handler)
    yield entries
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def broken(monkeypatch):
    def fail(*_arguments, **_named):
        raise RuntimeError('nobody expected "a secret word" of nina@example.org')

    monkeypatch.setattr("partnership.views.leading_statements", fail)


def visitor(**headers: str) -> Client:
    return Client(headers={"host": "localhost", **headers}, REMOTE_ADDR="203.0.113.7", raise_request_exception=False)


def test_an_error_is_logged_with_class_and_place_and_without_values(lines, broken):
    response = visitor(referer="/kept-private").get("/en/")

    line = next(line for line in lines if line["level"] == "ERROR")
    assert (line["status"], line["route"], line["message"]) == (500, "/en/", "GET")
    assert line["errors"] == ["RuntimeError: nobody expected … of …"]
    assert any(place.startswith("partnership/views.py:") and place.endswith(" home") for place in line["places"])
    assert line["request"] == response["X-Request-ID"]
    assert not [secret for secret in SECRETS if secret in json.dumps(line)]


@pytest.mark.parametrize(("path", "words"), [("/en/", "name this number"), ("/sv/", "ange detta nummer")])
def test_an_error_page_names_the_request_id(path, words, broken):
    response = visitor().get(path)

    assert response.status_code == 500
    page = response.content.decode()
    assert words in page
    assert f"<code>{response['X-Request-ID']}</code>" in page


def test_a_private_url_is_logged_as_its_route(lines):
    visitor().get("/en/private/kept-private/")

    assert [line["route"] for line in lines] == ["/en/private/<str:token>/"]
    assert "kept-private" not in json.dumps(lines)


@pytest.mark.django_db
def test_an_unknown_url_is_not_logged(lines):
    visitor().get("/en/kept-private/")

    assert [(line["status"], line["route"], line["level"]) for line in lines] == [(404, "no such address", "INFO")]


@pytest.mark.django_db
def test_what_strangers_mistype_is_no_warning(lines):
    assert visitor().post("/en/contribute/send/", {"step": "check"}).status_code == 422
    assert visitor().get("/en/projects.csv?from=99999").status_code == 400

    assert {(line["status"], line["level"]) for line in lines if "route" in line} == {(422, "INFO"), (400, "INFO")}


@pytest.mark.django_db
def test_too_much_at_once_is_no_error_of_the_site(lines, monkeypatch):
    monkeypatch.setattr("partnership.turns.PATIENCE", 0.01)
    monkeypatch.setattr("partnership.web.rate_limits.turns", Turns(at_once=0, waiting=0))

    visitor().get("/en/kept-private/")

    assert [(line["status"], line["level"]) for line in lines] == [(503, "INFO")]


@pytest.mark.django_db
def test_a_host_name_that_is_not_ours_is_neither_an_error_nor_a_stack(lines):
    assert visitor().get("/en/about/", headers={"host": "evil.example"}).status_code == 400

    assert {line["level"] for line in lines if line["logger"] == "django.security.DisallowedHost"} == {"INFO"}
    assert not any("places" in line for line in lines)


def test_failed_sign_ins_name_nobody(lines):
    for _time in range(6):
        visitor().post("/admin/login/", {"username": "nina@example.org", "password": "a secret word"})

    assert lines
    assert not [secret for secret in SECRETS if secret in json.dumps(lines)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Invalid request from ip=203.0.113.7: Invalid header", "Invalid request from ip=…: Invalid header"),
        ("no route to 2001:db8::7 today", "no route to … today"),
        ("Key (email)=(x) already exists.\nDETAIL: nina@example.org", "Key (email)=(x) already exists."),
        ("near “a secret word”: syntax error", "near …: syntax error"),
        ("sent to nina@example.org", "sent to …"),
    ],
)
def test_values_in_messages_are_left_out(message, expected):
    assert json.loads(logs.JsonLines().format(record(message)))["message"] == expected


def test_errors_that_led_to_it_are_named_too():
    try:
        try:
            raise ValueError("first")
        except ValueError as first:
            raise KeyError("second") from first
    except KeyError as second:
        errors = json.loads(logs.JsonLines().format(record("x", error=second)))["errors"]

    assert errors == ["KeyError: …", "ValueError: first"]


def test_a_plain_line_can_be_read():
    logs.request_id.set("abcdef0123456789")
    line = logs.PlainLines().format(record("The disk is %s", "slow", error=OSError(5, "Input/output error")))

    first, *rest = line.splitlines()
    assert first.endswith("Z ERROR partnership.tests: The disk is slow [abcdef0123456789]")
    assert rest[0].strip() == "OSError: [Errno 5] Input/output error"


def test_every_response_has_a_request_id_of_its_own():
    ids = {visitor().get(path)["X-Request-ID"] for path in ("/en/", "/en/", "/healthz", "/robots.txt")}

    assert len(ids) == 4


@pytest.mark.parametrize(
    ("behind", "sent", "is_used"),
    [
        (True, "a1b2c3d4-e5f6", True),
        (False, "a1b2c3d4-e5f6", False),
        (True, "short", False),
        (True, "x" * 65, False),
        (True, "a1b2c3d4\r\nx: y", False),
        (True, "<script>alert(1)</script>", False),
    ],
)
def test_a_request_id_is_taken_from_our_proxy_alone(behind, sent, is_used, settings):
    settings.BEHIND_PROXY = behind

    response = visitor(**{"x-request-id": sent}).get("/healthz")

    assert (response["X-Request-ID"] == sent) is is_used


@pytest.mark.parametrize("logger", ["django.request", "gunicorn.error", "partnership"])
def test_the_log_holds_nothing_below_its_level(logger, tmp_path):
    variables = {"LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "partnership.settings", "DATA_DIR": str(tmp_path)}
    process = subprocess.run(
        command("tests.support.work:log_one_of_each", logger),
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": "for a test", "DEBUG": "off", **variables},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "an error" in process.stderr
    assert "a warning" not in process.stderr

"""Settings are read once, typed and checked: what cannot be used is named, and nothing starts half-secure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from partnership.environment import Environment
from partnership.web.checks import settings_of_a_public_site
from tests.support.call import call

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def read(monkeypatch):
    """Reads one variable: read("site_url", "NAME", "its value", …); returns what is read and the errors."""

    def _read(method: str, name: str, value: str, *arguments):
        monkeypatch.setenv(name, value)
        environment = Environment()
        return getattr(environment, method)(name, *arguments), environment.errors

    return _read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://record.example.se", "https://record.example.se"),
        (" HTTPS://Record.Example.SE/ ", "https://record.example.se"),
        ("http://localhost:8210", "http://localhost:8210"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_address_of_the_site_is_read_however_it_is_written(read, value, expected):
    assert read("site_url", "SITE_URL", value, "http://localhost:8000") == (expected, [])


@pytest.mark.parametrize(
    "value",
    [
        *("record.example.se", "https://", "ftp://record.example.se", "https://record.example.se/archive"),
        *("https://record.example.se?x=1", "https://a b.se", "https://user:pw@record.example.se", "https://[::1"),
        "https://record.example.se:port",
    ],
)
def test_an_address_with_more_or_less_than_scheme_and_host_is_refused(read, value):
    _url, errors = read("site_url", "SITE_URL", value, "http://localhost:8000")

    shown = value.replace("user:pw", "…")
    assert errors == [
        f"SITE_URL: it holds “{shown}”; it may be scheme and host alone, such as https://record.example.se."
    ]


@pytest.mark.parametrize(
    ("value", "expected"), [("on", True), ("Off", False), ("TRUE", True), ("0", False), ("", True)]
)
def test_a_switch_is_on_or_off(read, value, expected):
    assert read("flag", "SECOND_FACTOR", value, True) == (expected, [])


@pytest.mark.parametrize("value", ["enabled", "2", "of", "ja"])
def test_a_switch_that_is_neither_is_refused_and_not_taken_for_off(read, value):
    assert read("flag", "SECOND_FACTOR", value, True) == (
        True,
        [f"SECOND_FACTOR: it holds “{value}”; it may be on or off."],
    )


@pytest.mark.parametrize("value", ["-1", "many", "1.5", "99999999999"])
def test_what_is_no_number_is_refused(read, value):
    expected = f"ANSWER_DAYS: it holds “{value}”; it may be a whole number from 0 to 1,000,000,000."
    assert read("number", "ANSWER_DAYS", value, 5) == (5, [expected])


def test_a_number_keeps_to_its_range(monkeypatch):
    environment = Environment()
    monkeypatch.setenv("ANSWER_DAYS", "365")
    assert environment.number("ANSWER_DAYS", 5, most=365) == 365
    monkeypatch.setenv("ANSWER_DAYS", "366")
    assert environment.number("ANSWER_DAYS", 5, most=365) == 5

    assert environment.errors == ["ANSWER_DAYS: it holds “366”; it may be a whole number from 0 to 365."]


@pytest.mark.parametrize(("value", "expected"), [("info", "INFO"), ("Error", "ERROR"), ("", "WARNING")])
def test_a_choice_is_read_whatever_its_capitals(read, value, expected):
    assert read("choice", "LOG_LEVEL", value, "WARNING", ["INFO", "WARNING", "ERROR"]) == (expected, [])


def test_hosts_must_hold_that_of_the_site(read):
    _hosts, errors = read("hosts", "ALLOWED_HOSTS", "www.example.se, example.se", "https://record.example.se")

    assert len(errors) == 1
    assert "the host of SITE_URL, record.example.se, must be among them" in errors[0]


@pytest.mark.parametrize("value", ["record.example.se", ".example.se", "*", "localhost,RECORD.example.se", ""])
def test_hosts_that_hold_it_are_taken(read, value):
    _hosts, errors = read("hosts", "ALLOWED_HOSTS", value, "https://record.example.se")

    assert errors == []


@pytest.mark.parametrize("value", ["https://record.example.se", "record.example.se:443", "record.example.se/x"])
def test_a_host_is_a_name_alone(read, value):
    _hosts, errors = read("hosts", "ALLOWED_HOSTS", f"{value},record.example.se", "https://record.example.se")

    assert errors == [
        f"ALLOWED_HOSTS: it holds “{value}”; it may be host names between commas, without scheme, port or path."
    ]


@pytest.mark.parametrize("value", ["", "mysql://u:p@host/name", "postgres://", "record.sqlite3"])
def test_a_database_of_another_kind_or_of_none_is_refused(read, value):
    _database, errors = read("database", "DATABASE_URL", value, "sqlite:///record.sqlite3")

    assert len(errors) == 1
    assert errors[0].startswith("DATABASE_URL: ")


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("database", "postgres://record:p@ss@host/name"),
        ("mail", "smtp+tls://record:p@ss@mail.example.se:587"),
        ("mail", "smtp+tls://record:p/ss@mail.example.se:587"),
        ("mail", "smtp+tls://record:p#ss@mail.example.se:587"),
    ],
)
def test_a_password_that_needs_quoting_is_refused_and_never_shown(read, method, value):
    _config, errors = read(method, "SOME_URL", value, "sqlite:///x" if method == "database" else "dummymail://")

    assert len(errors) == 1
    assert "%40" in errors[0]
    assert "ss" not in errors[0].replace("password", "")


def test_a_quoted_password_is_read(read):
    config, errors = read("mail", "EMAIL_URL", "smtp+tls://record:p%40ss@mail.example.se:587", "dummymail://")

    assert (config["EMAIL_HOST"], config["EMAIL_HOST_PASSWORD"], errors) == ("mail.example.se", "p@ss", [])


@pytest.mark.parametrize("value", ["record@example.se", "The record <record@example.se>", '"A, B" <record@example.se>'])
def test_a_sender_is_an_address_or_a_name_with_one(read, value):
    assert read("sender", "DEFAULT_FROM_EMAIL", value, "x@localhost") == (value, [])


@pytest.mark.parametrize("value", ["Växjö, Region Kronoberg <record@example.se>", "record", "a@b.se, c@d.se", "<>"])
def test_a_sender_that_no_server_takes_is_refused(read, value):
    _sender, errors = read("sender", "DEFAULT_FROM_EMAIL", value, "x@localhost")

    assert len(errors) == 1


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(secret))

    assert Environment().text("SOME_SECRET") == "from a file"


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("OTHER_SECRET_FILE", str(tmp_path / "missing"))
    environment = Environment()
    environment.text("OTHER_SECRET")

    with pytest.raises(ImproperlyConfigured, match=r"OTHER_SECRET_FILE: the file cannot be read"):
        environment.check()


def test_all_errors_are_said_at_once_and_nothing_starts(tmp_path):
    variables = {
        "SITE_URL": "https://record.example.se/archive",
        "SECOND_FACTOR": "enabled",
        "LOG_LEVEL": "loud",
        "WEB_CONCURRENCY": "two",
        "SECRET_KEY": "a secret that is never shown",
        "DATA_DIR": str(tmp_path),
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[1:]] == [
        "SITE_URL",
        "WEB_CONCURRENCY",
        "SECOND_FACTOR",
        "LOG_LEVEL",
    ]
    assert "Traceback" not in done.stderr
    assert "never shown" not in done.stderr


def test_a_public_site_without_mail_server_or_operator_is_warned_about(settings):
    settings.SITE_URL_IS_SET = settings.HTTPS = settings.BEHIND_PROXY = True
    settings.MAIL_IS_CONFIGURED, settings.OPERATOR_NAME = False, ""

    assert [warning.id for warning in settings_of_a_public_site()] == ["partnership.W002", "partnership.W007"]


def test_the_mail_server_can_be_tried(settings, mailoutbox, capsys):
    settings.MAIL_IS_CONFIGURED = True

    call_command("check", test_mail="you@example.se")

    assert [message.to for message in mailoutbox] == [["you@example.se"]]


def test_without_a_mail_server_there_is_nothing_to_try(settings):
    settings.MAIL_IS_CONFIGURED = False

    with pytest.raises(CommandError, match="EMAIL_URL is not set"):
        call_command("check", test_mail="you@example.se")


def test_former_keys_are_still_believed(settings):
    settings.SECRET_KEY = "the former key of this site, which was replaced"
    signed = signing.dumps("x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "its successor, which is another one", [settings.SECRET_KEY]

    assert signing.loads(signed) == "x"


def settings_in_words() -> str:
    return f"{site_settings.SITE_URL} {site_settings.SITE_URL_IS_SET} {site_settings.SECURE_HSTS_PRELOAD}"


def test_the_address_of_an_unnamed_site_follows_its_port_and_no_browser_list_is_asked(monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)

    words = call({"SECRET_KEY": "x", "DEBUG": "on", "PORT": "8210"}, f"{__name__}:settings_in_words")

    assert words == "http://localhost:8210 False False"


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("database", "DATABASE_URL", "postgres://user:hidden@host:abc/name"),
        ("cache", "CACHE_URL", "redis://:hidden@twice@host:6379/0"),
        ("cache", "CACHE_URL", "redis://:hidden@host:abc"),
        ("mail", "EMAIL_URL", "smtp://user:hidden@host:abc"),
    ],
)
def test_a_service_at_no_usable_place_is_refused_without_its_password(read, method, name, value):
    default = {"database": ["sqlite:///x"], "mail": ["dummymail://"], "cache": []}[method]
    _value, errors = read(method, name, value, *default)

    assert [error.partition(":")[0] for error in errors] == [name]
    assert "hidden" not in errors[0]


@pytest.mark.parametrize("value", ["pop3://user:hidden@host/INBOX", "imaps://user:hidden@host:abc/INBOX"])
def test_an_address_that_cannot_be_used_is_named_without_its_password(read, value):
    _url, errors = read("url", "BOUNCE_URL", value, ["imap", "imaps"])

    assert errors[0].startswith("BOUNCE_URL: it holds “")
    assert "hidden" not in errors[0]


def test_a_number_of_an_organisation_has_ten_digits(read):
    assert read("organisation_number", "OPERATOR_NUMBER", "212000-0662") == ("212000-0662", [])
    assert len(read("organisation_number", "OPERATOR_NUMBER", "2120")[1]) == 1


def test_a_folder_that_cannot_be_made_is_named_with_its_variable(tmp_path):
    (tmp_path / "file").touch()
    environment = Environment()

    environment.make_folder("DATA_DIR", tmp_path / "file" / "data")

    assert environment.errors[0].startswith("DATA_DIR: it holds “")

"""A real server with the real record, and a real browser to read it with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.databases import loaded_database
from tests.support.tools import BROWSER_FLAGS, missing
from tests.support.tools import browser as find_browser

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"
# Playwright’s event loop lives in the tests’ own thread; the database is asked only between its calls.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def site_environment(tmp_path_factory, django_db_setup) -> Iterator[dict[str, str]]:
    """What sets the running site apart from the tests’ own."""
    port, folder = _free_port(), tmp_path_factory.mktemp("site")
    with loaded_database(folder) as database:
        yield {
            "PORT": str(port),
            "DATA_DIR": str(folder),
            "SECRET_KEY": "for-browser-tests-only",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "CONTACT_EMAIL": "record@example.org",
            "DEBUG": "off",
            "DJANGO_SETTINGS_MODULE": "partnership.settings",
            **database,
        }


@pytest.fixture(scope="session")
def site(site_environment) -> Iterator[str]:
    """The address of the site as “make serve” starts it: its own database, hashed files, gunicorn."""
    environment = {**os.environ, **site_environment}
    manage(environment, "collectstatic", "--noinput", "--verbosity=0")
    with running(environment) as address:
        yield address


def manage(environment: dict[str, str], *command: str) -> None:
    """Runs a management command on the site with that environment."""
    subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )


@dataclass(frozen=True)
class GuardedSite:
    address: str
    environment: dict[str, str]
    letters: Path


@pytest.fixture(scope="session")
def guarded_site(site, site_environment, tmp_path_factory) -> Iterator[GuardedSite]:
    """The same site with the second factor asked for, and a folder into which its letters go."""
    port, letters = _free_port(), tmp_path_factory.mktemp("letters")
    environment = {
        **os.environ,
        **site_environment,
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECOND_FACTOR": "on",
        "EMAIL_URL": f"filemail:///{letters}",
    }
    with running(environment) as address:
        yield GuardedSite(address, environment, letters)


@contextmanager
def running(environment: dict[str, str]) -> Iterator[str]:
    """Starts a server, waits until it answers, and stops it afterwards."""
    port = environment["PORT"]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "partnership.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "warning"),
        ],
        cwd=ROOT,
        env=environment,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(300):
            try:
                urllib.request.urlopen(f"{address}/en/about/", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "The server has stopped."
                time.sleep(0.1)
        else:
            pytest.fail("The server does not answer.")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if lacking := missing():
        pytest.fail("; ".join(f"No {what}. Run: {line}" for what, line in lacking.items()))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
        yield chromium
        chromium.close()
        # While the browser's event loop runs, Django keeps connections apart from those of the thread (asgiref.Local);
        # PostgreSQL drops the tests' database only once these are closed, too.
        connections.close_all()


class Visitor:
    """Someone with a browser. Notes what no page may do: log an error, or ask another host for anything."""

    def __init__(self, browser: Browser, site: str, **options):
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        self.site = site
        self.context: BrowserContext = browser.new_context(base_url=site, **options)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._note_request)

    def _note_message(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def _note_request(self, request) -> None:
        if not request.url.startswith((self.site, "data:")):
            self.faults.append(f"asks another host: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page


@pytest.fixture
def visitor(browser, site):
    """Makes a visitor: visitor(width=320, dark=True)."""
    made: list[Visitor] = []

    def make(*, width: int = 1280, height: int = 900, dark: bool = False, **options) -> Visitor:
        someone = Visitor(
            browser,
            site,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **options,
        )
        made.append(someone)
        return someone

    yield make
    for someone in made:
        someone.context.close()
        assert not someone.faults, someone.faults


def add_staff(environment: dict[str, str], name: str, group: str, partner: str) -> str:
    """Makes a member of staff on the site with that environment, and answers with the name to sign in with."""
    code = (
        "from django.contrib.auth.models import Group; from partnership.models import Partner, User;"
        f"user = User.objects.create_user('{name}', '{name}@example.org', '{PASSWORD}', is_staff=True);"
        f"user.groups.add(Group.objects.get(name='{group}'));"
        f"user.partner = Partner.objects.get(code='{partner}'); user.save()"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )
    return name


@pytest.fixture(scope="session")
def publisher(site, site_environment) -> str:
    return add_staff(site_environment, "clerk", "Publisher", "vaxjo")


@pytest.fixture(scope="session")
def colleague(site, site_environment) -> str:
    """A publisher of the other side."""
    return add_staff(site_environment, "colleague", "Publisher", "jb-marks")


@pytest.fixture(scope="session")
def editor(site, site_environment) -> str:
    return add_staff(site_environment, "editor", "Editor", "vaxjo")

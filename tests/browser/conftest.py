"""A real server with the real record, and a real browser to read it with."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from tests.browser.base import GuardedSite, Visitor, add_staff, free_port, manage, running
from tests.support.databases import loaded_database
from tests.support.tools import BROWSER_FLAGS, missing
from tests.support.tools import browser as find_browser

# Playwright’s event loop lives in the tests’ own thread; the database is asked only between its calls.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def site_environment(tmp_path_factory, django_db_setup) -> Iterator[dict[str, str]]:
    """What sets the running site apart from the tests’ own."""
    port, folder = free_port(), tmp_path_factory.mktemp("site")
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


@pytest.fixture(scope="session")
def guarded_site(site, site_environment, tmp_path_factory) -> Iterator[GuardedSite]:
    """The same site with the second factor asked for, and a folder into which its letters go."""
    port, letters = free_port(), tmp_path_factory.mktemp("letters")
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


@pytest.fixture
def visitor(browser, site):
    """Makes a visitor: visitor(width=320, dark=True)."""
    visitors: list[Visitor] = []

    def make(*, width: int = 1280, height: int = 900, dark: bool = False, **options) -> Visitor:
        someone = Visitor(
            browser,
            site,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **options,
        )
        visitors.append(someone)
        return someone

    yield make
    for someone in visitors:
        someone.context.close()
        assert not someone.faults, someone.faults


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

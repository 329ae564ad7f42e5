"""A running site, somebody with a browser, and what every page is asked in it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.call import call
from tests.support.tools import ROOT

PASSWORD = "a long enough password"
STAFF_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
RULES = [*STAFF_RULES, "best-practice"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def manage(environment: dict[str, str], *command: str) -> None:
    """Runs a management command on the site with that environment."""
    subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def add_staff(environment: dict[str, str], name: str, group: str, partner: str) -> str:
    """Makes a member of staff on the site with that environment, and answers with the name to sign in with."""
    call(environment, "tests.support.work:add_staff", name, group, partner)
    return name


@dataclass(frozen=True)
class GuardedSite:
    address: str
    environment: dict[str, str]
    letters: Path


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
            raise RuntimeError("The server does not answer.")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


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


def sign_in(visitor: Visitor, name: str) -> Page:
    page = visitor.open("/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    page.locator("#dashboard").wait_for()
    # Who counts loads from here on would count the end of this one.
    page.wait_for_load_state()
    return page


def broken_rules(page: Page, rules: list[str] = RULES) -> list[str]:
    """The rules of accessibility that the page breaks as it is now, each with its element."""
    options = {"runOnly": {"type": "tag", "values": rules}, "resultTypes": ["violations"]}
    return [
        f"{rule['id']} at {' '.join(map(str, node['target']))}"
        for rule in Axe().run(page, options=options).response["violations"]
        for node in rule["nodes"]
    ]


def rules_broken_anywhere(page: Page, looks: Iterable[tuple[int, str]] = ((320, "light"), (1280, "dark"))) -> list[str]:
    """Those broken narrow and in the light, and wide and in the dark: colours are the same at every width."""
    broken = []
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        broken += [f"{width} px, {scheme}: {rule}" for rule in broken_rules(page)]
    return broken


def widest(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")

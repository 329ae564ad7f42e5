"""Processes that are killed while staff save, and processes that are told to end or to load the site anew."""

from __future__ import annotations

import http.client
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO

from PIL import Image

from tests.faults.site import Form, Readers, Response, Site

#: The same moments in every run.
_moments = random.Random(1)
READ = ["/en/", "/en/projects/", "/sv/besok/", "/en/search/?q=library"]


@dataclass
class Saves:
    """New drafts, saved one after the other; ``acknowledged`` are those that the site said it had saved."""

    site: Site
    form: str = "/admin/projects/project/add/"
    acknowledged: list[str] = field(default_factory=list)
    unanswered: int = 0
    refused: list[int] = field(default_factory=list)

    def save(self, form: Form, number: int) -> None:
        code = f"saved-{number}"
        try:
            response = self.send(form, code)
        except (OSError, http.client.HTTPException):
            self.unanswered += 1
            time.sleep(0.05)
            return
        if response.status == 302:
            self.acknowledged.append(code)
        else:
            self.refused.append(response.status)

    def send(self, form: Form, code: str) -> Response:
        # The site points out titles that are alike.
        # Each from a form of its own: one that is sent a second time changes what it made.
        return form.post(code=code, _once=code, title_en=sha256(code.encode()).hexdigest())

    @property
    def lost(self) -> list[str]:
        there = set(self.site.rows("SELECT code FROM projects_project WHERE code LIKE 'saved-%'"))
        return [code for code in self.acknowledged if code not in there]


@dataclass
class Uploads(Saves):
    """New photographs; one is lost if its row is."""

    def send(self, form: Form, code: str) -> Response:
        picture = BytesIO()
        Image.effect_noise((1600, 1000), 50).save(picture, "JPEG")
        return form.post(code=code, _once=code, alt_en="A field below a wood", file=("field.jpg", picture.getvalue()))

    @property
    def lost(self) -> list[str]:
        there = set(self.site.rows("SELECT code FROM partnership_photo"))
        return [code for code in self.acknowledged if code not in there]


@dataclass
class Files:
    """What “manage.py orphans” finds, removes, and still finds after that."""

    without_row: int
    still: int
    missing: list[str]


def look_for_orphans(site: Site) -> Files:
    for path in (site.folder / "media").rglob("*"):
        # Younger files may belong to an upload that is still being saved.
        os.utime(path, (time.time() - 7200,) * 2)
    removed = site.manage("orphans", "--remove")
    again = site.manage("orphans")
    return Files(len(removed.stdout.splitlines()) - 1, len(again.stdout.splitlines()) - 1, again.stderr.splitlines())


def kill_worker(site: Site) -> float:
    os.kill(site.workers()[0], signal.SIGKILL)
    return site.wait()


def kill_workers_midway(site: Site) -> float:
    """All of them, at some moment of the upload that has just begun."""
    time.sleep(_moments.uniform(0.05, 0.6))
    for worker in site.workers():
        os.kill(worker, signal.SIGKILL)
    return site.wait()


def kill_master(site: Site) -> float:
    """As a supervisor sees it: the master is gone, and is started again at once."""
    assert site.process is not None
    start = time.monotonic()
    os.kill(site.master, signal.SIGKILL)
    site.process.wait()
    # The workers notice that they are orphans within a second, and answer and hold the port until then.
    site.start()
    while not site.workers():
        time.sleep(0.02)
    site.wait()
    return time.monotonic() - start


def kill_all(site: Site) -> float:
    assert site.process is not None
    start = time.monotonic()
    os.killpg(site.master, signal.SIGKILL)
    site.process.wait()
    site.start()
    return time.monotonic() - start


def during_saves(
    site: Site, number: int, blows: dict[int, Callable[[Site], float]], saves: Saves | None = None
) -> tuple[Saves, Readers, list]:
    """Saves drafts while readers read; ``blows`` maps the index of a save to what is done to the site meanwhile.

    Returns the saves, the readers, and for each blow its name and the seconds until the site was ready again.
    """
    saves, ready = saves or Saves(site), []
    form = site.form(saves.form)
    with Readers(site, READ) as readers:
        for turn in range(number):
            if blow := blows.get(turn):
                struck = threading.Thread(target=saves.save, args=(form, number + turn))
                struck.start()
                ready.append((blow.__name__, blow(site)))
                struck.join()
            saves.save(form, turn)
    return saves, readers, ready


def reload_under_load(site: Site, times: int) -> Readers:
    """Sends HUP to the master while readers read; each time 40 further requests follow."""
    with Readers(site, READ) as readers:
        for _time in range(times):
            before = set(site.workers())
            os.kill(site.master, signal.SIGHUP)
            while before & set(site.workers()):
                time.sleep(0.05)
            site.wait()
            answered = len(readers.seconds) + 40
            while len(readers.seconds) < answered:
                time.sleep(0.05)
    return readers


def ends_after_a_request(site: Site) -> int:
    """The status of a save during which the master gets TERM; another writer’s lock keeps the save waiting."""
    statuses: list[int] = []
    form = site.form("/admin/projects/project/add/")
    saving = threading.Thread(target=lambda: statuses.append(form.post(code="last", title_en="The last one").status))
    with closing(sqlite3.connect(site.database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        saving.start()
        time.sleep(2)
        os.kill(site.master, signal.SIGTERM)
        time.sleep(1)
        writer.execute("ROLLBACK")
    saving.join()
    site.end()
    return statuses[0] if statuses else 0

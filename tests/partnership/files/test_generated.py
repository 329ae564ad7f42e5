"""What is made from the record is made once for all who wait, kept by what it is made of, and never too much of it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from partnership.child_process import ChildError
from partnership.files import generated as module
from partnership.files.generated import clear, generated, prune


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.GENERATED_ROOT = tmp_path


def test_all_who_wait_get_what_the_first_of_them_makes():
    runs: list[Path] = []

    def make(path: Path) -> None:
        runs.append(path)
        time.sleep(0.2)
        path.write_bytes(b"made")

    contents: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: contents.append(generated("pdf", ["a"], "pdf", make))) for _number in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (contents, len(runs)) == ([b"made"] * 5, 1)


def test_other_parts_are_another_file_and_a_failure_leaves_none(tmp_path):
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ChildError("memory")

    with pytest.raises(ChildError):
        generated("pdf", ["a"], "pdf", fail)
    generated("pdf", ["b"], "pdf", lambda path: path.write_bytes(b"b"))

    assert [path.read_bytes() for path in tmp_path.glob("pdf/*")] == [b"b"]


def test_who_waits_too_long_is_told(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0)

    with module.once("a"), pytest.raises(ChildError, match="busy"), module.once("a"):
        raise AssertionError("two at once")


def test_what_nobody_asks_for_goes_first(tmp_path):
    folder = tmp_path / "pdf"
    folder.mkdir()
    for age, name in enumerate(["new", "old", "oldest"]):
        (folder / name).write_bytes(b"x" * 10)
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))

    prune(tmp_path, 20)

    assert sorted(path.name for path in folder.iterdir()) == ["new", "old"]


def test_a_file_that_is_being_made_when_all_are_deleted_reaches_who_asked_and_is_not_kept(tmp_path):
    begun, contents = threading.Event(), []

    def make(path: Path) -> None:
        path.write_bytes(b"made")
        begun.set()
        time.sleep(0.2)

    maker = threading.Thread(target=lambda: contents.append(generated("pdf", ["a"], "pdf", make)))
    maker.start()
    begun.wait()

    clear()
    maker.join()

    assert contents == [b"made"]
    assert not list(tmp_path.glob("pdf/*"))

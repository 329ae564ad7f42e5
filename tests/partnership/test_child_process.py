"""Work in a child process ends: in time, in its memory, without secrets, and with the true cause."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from partnership import child_process

TASKS = "tests.support.tasks"


def run(task: str, **values):
    return child_process.run(f"{TASKS}:{task}", **values)


def test_a_result_comes_back():
    assert run("double", number=21) == 42


def test_a_refusal_comes_back_with_its_values():
    with pytest.raises(child_process.Refused) as refusal:
        run("refuse", code="small", width=3)

    assert (refusal.value.code, refusal.value.values) == ("small", {"width": 3})


@pytest.mark.parametrize(
    ("task", "reason"), [("sleep", "time"), ("spin", "time"), ("fill", "memory"), ("die", "crash"), ("fail", "crash")]
)
def test_work_without_end_is_ended_and_named(task, reason):
    with pytest.raises(child_process.ChildError) as error:
        run(task, seconds=2, megabytes=100)

    assert error.value.reason == reason


def test_what_a_child_has_started_ends_with_it(tmp_path):
    with pytest.raises(child_process.ChildError):
        run("start", seconds=2, path=str(tmp_path / "pid"))

    status = Path("/proc") / (tmp_path / "pid").read_text() / "status"
    for _try in range(100):
        # Dead, and perhaps not yet taken away by the system.
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    raise AssertionError("still running")


def test_no_secret_is_handed_on(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a secret")

    assert "SECRET_KEY" not in run("environment")
    assert "SECRET_KEY" in os.environ


def test_a_full_disk_is_said_to_be_one():
    with pytest.raises(OSError, match="No space left"):
        run("full")

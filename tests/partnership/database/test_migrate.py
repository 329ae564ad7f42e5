"""Migrations run one at a time, and never half of the way back."""

from __future__ import annotations

import fcntl
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import migrations
from django.db.migrations.executor import MigrationExecutor

from partnership.management.commands.migrate import one_at_a_time


def test_a_second_migration_waits_for_the_first(tmp_path):
    connection: Any = SimpleNamespace(
        vendor="sqlite", settings_dict={"NAME": str(tmp_path / "record.sqlite3")}, is_in_memory_db=lambda: False
    )
    has_begun, has_run = Event(), Event()

    def migrate() -> None:
        has_begun.set()
        with one_at_a_time(connection):
            has_run.set()

    with Path(tmp_path / "record.sqlite3.migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = Thread(target=migrate)
        second.start()
        assert has_begun.wait(5)
        assert not has_run.wait(0.2)
    second.join(5)
    assert has_run.is_set()


@pytest.mark.django_db
def test_what_cannot_go_back_is_named_before_anything_is_undone(monkeypatch):
    one_way = migrations.Migration("0099_one_way", "partnership")
    one_way.operations = [migrations.RunPython(lambda apps, editor: None)]
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_arguments: [(one_way, True)])

    with pytest.raises(CommandError, match=r"Nothing was changed. There is no way back from partnership.0099_one_way"):
        call_command("migrate", "partnership", "0001")

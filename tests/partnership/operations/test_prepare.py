"""One way in for “make serve” and for a server: tables, record, static files, and what a new release brings."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from partnership.models import Heartbeat
from partnership.record.yaml_files import Loader
from partnership.release import VERSION

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def prepared(settings, tmp_path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"

    def prepare() -> str:
        output = StringIO()
        call_command("prepare", stdout=output)
        return output.getvalue()

    return prepare


@pytest.mark.django_db
def test_what_a_release_brings_is_said_once(prepared, monkeypatch):
    report = SimpleNamespace(created=["projects/new"], updated=["projects/one", "visits/two"])
    monkeypatch.setattr(Loader, "load", lambda loader, *, dry_run: report if dry_run else pytest.fail("loaded unasked"))
    Heartbeat.beat("release", "0.0.1")

    assert f"Release {VERSION} brings 1 new and 2 changed records" in prepared()
    # What the start page of administrators says until somebody takes them.
    assert Heartbeat.objects.get(task=Heartbeat.OFFER).detail == "1 2"
    assert "brings" not in prepared()


def test_make_serve_and_the_unit_of_the_server_do_the_same():
    serve = (ROOT / "Makefile").read_text().partition("\nserve:")[2].partition("\n\n")[0]
    unit = (ROOT / "docs" / "operating.md").read_text().partition("# /etc/systemd/system/record.service")[2]

    assert "$(MANAGE) prepare" in serve
    assert "migrate" not in serve
    assert re.findall(r"ExecStartPre=(?:\S+) manage\.py (.*)", unit.partition("```")[0]) == ["prepare"]

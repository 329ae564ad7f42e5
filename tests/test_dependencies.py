"""The lock files hold what is asked for, and every licence is listed; what does not hold is named."""

from __future__ import annotations

import pytest

from tests.support import dependencies


def test_the_lock_files_and_the_list_of_licences_are_current():
    assert dependencies.errors_in_lock_files() == []


def test_every_package_of_a_running_site_is_listed_with_a_licence():
    lines = [line for line in dependencies.LICENCES.read_text().splitlines() if not line.startswith("#")]

    assert {"django: BSD-3-Clause", "pillow: MIT-CMU", "psycopg: LGPL-3.0-only"} <= set(lines)
    assert all(line.partition(": ")[2] for line in lines)
    assert not [line for line in lines if "not installed" in line]


def test_what_is_missing_differs_or_has_no_checksum_is_named(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["django>=5", "pillow>=13"]\n'
        '[project.optional-dependencies]\nredis = ["redis>=7"]\n[dependency-groups]\ndev = []\n'
    )
    (tmp_path / "requirements.txt").write_text("django==4.2 \\\n    --hash=sha256:00\npillow==13.0\n")
    (tmp_path / "requirements-dev.txt").write_text(
        "django==5.2 \\\n    --hash=sha256:00\npillow==13.0 \\\n    --hash=sha256:00\n"
    )
    (tmp_path / "requirements-redis.txt").write_text((tmp_path / "requirements-dev.txt").read_text())
    (tmp_path / "requirements-licences.txt").write_text("django: none\n")
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    monkeypatch.setattr(dependencies, "LICENCES", tmp_path / "requirements-licences.txt")
    monkeypatch.setattr(dependencies, "RUNNING", ("requirements",))

    assert dependencies.errors_in_lock_files() == [
        "requirements.txt has django 4.2; django>=5 is asked for.",
        "requirements.txt: pillow==13.0 has no checksum.",
        "requirements-dev.txt has django 5.2; another lock file has 4.2.",
        "requirements-redis.txt has redis not at all; redis>=7 is asked for.",
        "requirements-redis.txt has django 5.2; another lock file has 4.2.",
        "requirements-licences.txt is not current. Run: .venv/bin/python -m tests.support.dependencies --write",
    ]


@pytest.mark.xdist_group("groups")
def test_tests_of_a_group_stay_in_one_process(request):
    """pytest-xdist renames the tests of a group; where it cannot, each process makes the same sites again."""
    is_grouped = request.node.nodeid.endswith("@groups")

    assert is_grouped == request.config.getoption("loadgroup", False)

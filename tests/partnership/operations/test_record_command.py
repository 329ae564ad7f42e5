"""The command “record”: any command of the site as its service user, with its settings, and none of root’s traps."""

from __future__ import annotations

import os
import pwd
import subprocess
import tomllib
from pathlib import Path

import pytest

from partnership.management.commands.show_version import VERSION

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = (ROOT / "partnership" / "operations" / "deploy" / "record").read_text()
NOBODY = "nobody"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root becomes another user.")


class Server:
    """A machine with the command installed, and in the place of Python a program that says how it was called."""

    def __init__(self, folder: Path, user: str):
        # Others may look into it, and pytest’s own folder is closed to them.
        self.folder, self.data, self.settings = folder, folder / "data", folder / "record.env"
        (folder / ".venv" / "bin").mkdir(parents=True)
        python = folder / ".venv" / "bin" / "python"
        python.write_text('#!/bin/sh\necho "$(id -un) in $PWD: $*"\nprintf "%s\\n" "$SITE_NAME" "$SECRET_KEY"\n')
        python.chmod(0o755)
        self.data.mkdir()
        self.settings.write_text(
            f"# a comment\n\nSITE_NAME=\"$(touch {folder}/executed) 'quoted'\"\n"
            f"DATA_DIR={self.data}\nSECRET_KEY=a=b c\n"
        )
        self.command = folder / "record"
        text = SCRIPT.replace("@SITE@", str(folder)).replace("@USER@", user).replace("@SETTINGS@", str(self.settings))
        self.command.write_text(text)
        self.command.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.command, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    return folder


@pytest.fixture
def server(folder):
    return Server(folder, pwd.getpwuid(os.geteuid()).pw_name)


def test_settings_are_read_as_they_stand_and_nothing_in_them_is_executed(server):
    lines = server.run("check", "--deploy").stdout.splitlines()

    me = pwd.getpwuid(os.geteuid()).pw_name
    assert lines[0] == f"{me} in {server.folder}: manage.py check --deploy"
    assert lines[1:] == [f"$(touch {server.folder}/executed) 'quoted'", "a=b c"]
    assert not (server.folder / "executed").exists()


def test_the_version_is_that_of_the_site(server):
    assert "manage.py show_version" in server.run("version").stdout
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_what_is_wrong_is_named_and_no_secret_is(server):
    assert "say which command" in server.run().stderr
    server.settings.write_text("SECRET_KEY=hidden\nBAD NAME=x\n")
    refused = server.run("check")
    assert (refused.returncode, "“BAD NAME” is no name of a setting" in refused.stderr) == (1, True)
    server.settings.write_text("SECRET_KEY hidden\n")
    assert "this is no setting" in server.run("check").stderr
    assert "hidden" not in refused.stderr + server.run("check").stderr
    server.settings.unlink()
    assert "cannot be read" in server.run("check").stderr
    assert "there is no user" in Server(server.folder / "other", "nobody-at-all").run("check").stderr


@needs_root
def test_root_becomes_the_service_user_and_says_so(folder):
    server = Server(folder, NOBODY)
    os.chown(server.data, pwd.getpwnam(NOBODY).pw_uid, -1)

    result = server.run("backup", "somewhere")

    assert result.stdout.startswith(f"{NOBODY} in {folder}: manage.py backup somewhere")
    assert f"record: as {NOBODY}" in result.stderr


@needs_root
def test_files_of_root_are_named_with_the_way_out(folder):
    server = Server(folder, NOBODY)
    os.chown(server.data, pwd.getpwnam(NOBODY).pw_uid, -1)
    (server.data / "record.sqlite3").touch()

    result = server.run("check")

    assert result.returncode == 1
    assert f"{server.data}/record.sqlite3 does not belong to {NOBODY}" in result.stderr
    assert f"chown -R {NOBODY}: {server.data}" in result.stderr


def test_make_puts_in_the_three_places(tmp_path):
    recipe = (ROOT / "Makefile").read_text().partition("\ninstall:")[2].partition("\n\n")[0]

    assert all(f"@{place}@" in recipe and f"@{place}@" in SCRIPT for place in ("SITE", "USER", "SETTINGS"))


@pytest.mark.parametrize("extras", ["postgres", "redis pg"])
def test_make_names_an_extra_that_there_is_none_of(extras):
    result = subprocess.run(
        ["make", "-n", f"EXTRAS={extras}", "help"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 2
    assert f"EXTRAS holds “{extras.split()[-1]}”; it may hold: postgresql redis s3" in result.stderr

"""The chapter “On a server” of docs/operating.md, followed line by line on an empty machine, up to the real home page.

Not run here, and named in ``NOT_RUN``: what changes the machine itself (packages, users) or asks the network. The site
runs as the user of the tests, and TLS is what nginx would say of it.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.databases import empty_database
from tests.test_image import copied_to, free_port

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = (ROOT / "docs" / "operating.md").read_text().partition("## On a server\n")[2].partition("\n## ")[0]
NOT_RUN = {
    "apt-get": "installs packages of the machine",
    "adduser": "makes a user of the machine",
    "install": "makes a folder for that user",
}


def lines_of_the_chapter() -> list[str]:
    """The commands before the units, one a line, without the words behind them."""
    blocks = re.findall(r"```sh\n(.*?)```", CHAPTER.partition("### systemd")[0], re.S)
    return [line.partition("    #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def settings_of_the_chapter() -> dict[str, str]:
    """The settings that the chapter puts into /etc/record.env."""
    paragraph = CHAPTER.partition("`/etc/record.env`")[2].partition("\n\n")[0]
    return dict(re.findall(r"`([A-Z_]+)=([^`]+)`", paragraph))


class Machine:
    """A folder with the code, the settings, the data and the command “record”."""

    def __init__(self, folder: Path, **settings: str):
        self.code, self.data, self.env = folder / "srv" / "record", folder / "var", folder / "record.env"
        self.prefix = folder / "usr"
        self.code.mkdir(parents=True)
        self.data.mkdir()
        copied_to(self.code)
        # In the place of “make .venv”, which asks the network: the packages of the tests.
        (self.code / ".venv").symlink_to(Path(sys.executable).parents[1])
        values = {**settings_of_the_chapter(), "SECRET_KEY": secrets.token_urlsafe(48), **settings}
        values["DATA_DIR"] = str(self.data)
        self.env.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        self.env.chmod(0o640)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        program, *arguments = shlex.split(line)
        if program == "make":
            user = pwd.getpwuid(os.geteuid()).pw_name
            overrides = [f"PREFIX={self.prefix}", f"SERVICE_USER={user}", f"SETTINGS={self.env}"]
            arguments = ["--old-file=.venv/base", *arguments, *overrides]
        elif program == "record":
            program = str(self.prefix / "bin" / "record")
        environment = {"PATH": os.environ["PATH"], "DJANGO_SUPERUSER_PASSWORD": "a long enough password"}
        return subprocess.run(
            [program, *arguments], cwd=self.code, env=environment, capture_output=True, text=True, check=False
        )


@pytest.mark.site
@pytest.mark.django_db
def test_an_empty_machine_is_a_site_at_the_end_of_the_chapter(tmp_path):
    lines, port = lines_of_the_chapter(), free_port()
    assert [line for line in lines if line.startswith("record ")] == ["record prepare", "record createsuperuser"]
    with empty_database() as database:
        machine = Machine(tmp_path, **database)
        for line in lines:
            if line.split()[0] in NOT_RUN:
                continue
            # Nobody is here to answer its questions.
            asked_nothing = (
                " --noinput --username admin --email admin@record.example" if "createsuperuser" in line else ""
            )
            done = machine.run(line + asked_nothing)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert machine.run("record version").stdout.strip()

        unit = CHAPTER.partition("# /etc/systemd/system/record.service")[2].partition("```")[0]
        start = re.search(r"ExecStart=(.*?[^\\])\n", unit, re.S)
        assert start
        command = start[1].replace("\\\n", " ").replace("/srv/record/", f"{machine.code}/")
        settings = dict(line.split("=", 1) for line in machine.env.read_text().splitlines())
        site = subprocess.Popen(
            shlex.split(command.replace("127.0.0.1:8001", f"127.0.0.1:{port}")),
            cwd=machine.code,
            env={"PATH": os.environ["PATH"], **settings},
            stderr=subprocess.PIPE,
        )
        try:
            home = as_nginx_asks(port, "/en/")
            projects = as_nginx_asks(port, "/en/projects/")
            health = as_nginx_asks(port, "/healthz")
        finally:
            site.terminate()
            site.communicate(timeout=40)

    assert "Växjö" in home
    assert "Leseding" in projects
    assert health == "ok\n"


def as_nginx_asks(port: int, path: str) -> str:
    headers = {"Host": "record.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    for _attempt in range(200):
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    raise AssertionError("The site does not start.")

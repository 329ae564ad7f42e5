"""The image and its samples: what they say is right, and its steps run in a folder that stands for its root.

Not run here: fetching the base image, apt-get and pip, which need the network, and the limits of a container. In their
place stand the Python and the packages of the tests.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from partnership.web import health
from tests.support.databases import empty_database

ROOT = Path(__file__).resolve().parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
KUBERNETES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "partnership" / "operations" / "deploy" / "kubernetes.yaml").read_text()
)["items"]


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of a kind, their lines joined, comments left out."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.M).replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in text.splitlines() if line.startswith(f"{name} ")]


def environment_of_image() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in instructions("ENV")[0].split())


def test_the_containerfile_keeps_the_rules_of_hadolint():
    done = subprocess.run(
        [Path(sys.executable).parent / "hadolint", ROOT / "Containerfile"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular_and_is_asked_for_its_health():
    assert instructions("USER") == ["10001:0"]
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert {"DATA_DIR", "STATIC_ROOT", "PYTHONDONTWRITEBYTECODE"} <= set(environment_of_image())
    assert len(instructions("FROM")) == 2


def test_each_service_is_locked_down_and_runs_a_command_that_there_is():
    for name, service in COMPOSE["services"].items():
        if name == "database":
            continue
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001:0", ["ALL"]), name
        assert service["tmpfs"] == ["/tmp"]
        if command := service.get("command"):
            assert command[:2] == ["python", "manage.py"]
            assert command[2] in get_commands()
    waits = COMPOSE["services"]["site"]["depends_on"]
    assert waits == {"prepare": {"condition": "service_completed_successfully"}}


def pods() -> list[dict[str, Any]]:
    found_pods = []
    for item in KUBERNETES:
        spec = item.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found_pods.append(spec["template"]["spec"])
    return found_pods


def test_each_pod_is_locked_down_and_the_site_is_probed_where_it_answers():
    assert len(pods()) == 4
    for pod in pods():
        (container,) = pod["containers"]
        locked = container["securityContext"]
        assert (locked["readOnlyRootFilesystem"], locked["allowPrivilegeEscalation"]) == (True, False)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert {place["name"] for place in container["volumeMounts"]} <= {volume["name"] for volume in pod["volumes"]}
        if command := container.get("command"):
            assert command[2] in get_commands()
    deployment = next(
        item for item in KUBERNETES if (item["kind"], item["metadata"]["name"]) == ("Deployment", "record")
    )
    (site,) = deployment["spec"]["template"]["spec"]["containers"]
    probes = {name: site[name]["httpGet"]["path"] for name in site if name.endswith("Probe")}
    assert probes == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert set(probes.values()) <= set(health._VIEWS)


def test_samples_name_settings_that_there_are_and_hold_no_secret():
    settings = "".join((ROOT / "partnership" / name).read_text() for name in ("settings.py", "gunicorn_conf.py"))
    named = {*COMPOSE["services"]["site"]["environment"], *KUBERNETES[0]["data"], *environment_of_image()}

    ours = {name.removesuffix("_FILE") for name in named} - {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert {name for name in ours if f'"{name}"' not in settings} == set()
    secret = {"SECRET_KEY", "DATABASE_URL", "METRICS_TOKEN", "EMAIL_URL"}
    assert not secret & named


# The steps


def copied_to(folder: Path) -> None:
    """What “COPY . .” takes: the files of the repository but those of .dockerignore."""
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        parts = name.split("/")
        if not name or any(fnmatch.fnmatch(parts[0], pattern) for pattern in ignored) or not (ROOT / name).is_file():
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)


def state_of(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime for path in folder.rglob("*")}


@pytest.fixture
def image(tmp_path) -> Path:
    """The folder that the second stage copies, made by the steps of the first one that need no network."""
    folder = tmp_path / "srv" / "record"
    folder.mkdir(parents=True)
    copied_to(folder)
    step = next(step for step in instructions("RUN") if "collectstatic" in step)
    for known, here in (
        (".venv/bin/python", sys.executable),
        ("/srv/", f"{folder.parent}/"),
        ("/tmp/build", str(tmp_path / "build")),
    ):
        step = step.replace(known, here)
    subprocess.run(["bash", "-c", step], cwd=folder, env={"PATH": os.environ["PATH"]}, check=True)
    return folder


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.site
@pytest.mark.django_db
def test_its_steps_make_a_site_that_writes_nowhere_but_to_its_data(image, tmp_path):
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    with empty_database() as database:
        environment = {
            **environment_of_image(),
            **database,
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data),
            "STATIC_ROOT": str(image.parent / "static"),
            "SECRET_KEY": "a key that is long enough for a site in a container of its own",
        }
        before = state_of(image.parent)
        command = COMPOSE["services"]["prepare"]["command"][1:]
        subprocess.run([sys.executable, *command], cwd=image, env=environment, check=True, capture_output=True)
        start = [str(port) if part == "8000" else part for part in json.loads(instructions("CMD")[0])]
        start = [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in start]
        site = subprocess.Popen(
            [sys.executable, "-m", *start], cwd=image, env=environment, stderr=subprocess.PIPE, start_new_session=True
        )
        try:
            check = instructions("HEALTHCHECK")[0].partition("CMD ")[2].replace(":8000/", f":{port}/")
            for _attempt in range(200):
                healthy = subprocess.run([sys.executable, *json.loads(check)[1:]], capture_output=True, check=False)
                if healthy.returncode == 0:
                    break
                time.sleep(0.1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/en/") as response:
                home = response.read().decode()
            style = re.search(r'<link rel="stylesheet" href="([^"]+)"', home)
            assert style
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{style[1]}") as response:
                assert response.headers["Content-Type"].startswith("text/css")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as response:
                assert json.load(response)["ready"] is True
        finally:
            site.terminate()
            _output, errors = site.communicate(timeout=40)

    assert healthy.returncode == 0
    assert "JB Marks" in home
    assert state_of(image.parent) == before
    # Its log is JSON from the first line.
    assert [line for line in errors.decode().splitlines() if not line.startswith("{")] == []

"""A Wagtail 8 site with the same content, made for one run: its own folder, its own Python, as its manual makes it.

The same projects in both languages, with the same words, links, sources and descriptions for machines on each page.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.call import call

HERE = Path(__file__).resolve().parent
#: The environment of the site: its settings, and where the words that both sites show are translated.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "peer.settings.measured",
    "RECORD_LOCALE": str(HERE.parents[1] / "partnership" / "locale"),
}


def _run(*command: str, cwd: Path, **options) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def make(directory: Path, environment: dict[str, str]) -> tuple[Path, str]:
    """Makes the site from the projects of ours; returns its folder and its Python."""
    folder, python = directory / "wagtail", str(directory / "wagtail-python" / "bin" / "python")
    _run(sys.executable, "-m", "venv", str(directory / "wagtail-python"), cwd=directory)
    _run(python, "-m", "pip", "install", "--quiet", "wagtail>=8,<9", "gunicorn>=27", cwd=directory)
    folder.mkdir()
    _run(str(Path(python).parent / "wagtail"), "start", "peer", str(folder), cwd=directory)
    shutil.copytree(HERE / "wagtail_app", folder / "record")
    # Ours are sent without their indentation as well.
    for template in (folder / "record" / "templates").rglob("*.html"):
        template.write_text("\n".join(line.strip() for line in template.read_text().splitlines()))
    shutil.copy(HERE / "wagtail_settings.py", folder / "peer" / "settings" / "measured.py")
    shutil.copy(HERE / "wagtail_urls.py", folder / "peer" / "measured_urls.py")
    record = call({**environment, "SECRET_KEY": "bench", "DEBUG": "off"}, "tests.performance.wagtail_content:record")
    assert all(len(language["projects"]) > 20 for language in json.loads(record)["languages"].values())
    theirs = {**os.environ, **SETTINGS}
    _run(python, "manage.py", "makemigrations", "record", cwd=folder, env=theirs)
    _run(python, "manage.py", "migrate", cwd=folder, env=theirs)
    _run(python, "manage.py", "fill", cwd=folder, env=theirs, input=record)
    return folder, python

"""The version of the site, which stands in pyproject.toml and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
VERSION: str = re.findall(r'^version = "(.+)"$', _PROJECT.read_text(encoding="utf-8"), re.MULTILINE)[0]

#: The release before this one, and the last migration of each app in it, in the order in which they go back.
FORMER_VERSION = "0.2.0"
FORMER_MIGRATIONS = {
    "visits": "0003_second_release",
    "projects": "0002_second_release",
    "partnership": "0002_second_release",
}

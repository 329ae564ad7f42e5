"""What the site rests on: that the lock files hold what pyproject.toml asks for, and under which licences.

``python -m tests.support.dependencies`` names every fault; with ``--write`` it writes the list of licences anew.
Whether a version is known to be unsafe only an advisory service can say: tests/support/audit.py asks one.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LICENCES = ROOT / "requirements-licences.txt"
RUNNING = ("requirements", "requirements-postgresql", "requirements-redis", "requirements-s3")
#: Those that say it only in a file of theirs.
_IN_A_FILE = {"resvg-py": "MIT"}
_PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)(.*?)\s*\\?$", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """The version of each package in a lock file: “requirements”, or one of a group or an extra."""
    return {pin[1]: pin[2] for pin in _PIN.finditer((ROOT / f"{name}.txt").read_text())}


def requirements() -> dict[str, list[Requirement]]:
    """The requirements of pyproject.toml, by the lock file that must satisfy them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    base = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"]
    by_file = {"requirements": base, "requirements-dev": [*base, *project["dependency-groups"]["dev"]]}
    by_file |= {f"requirements-{extra}": [*base, *lines] for extra, lines in extras.items()}
    return {name: [Requirement(requirement) for requirement in lines] for name, lines in by_file.items()}


def errors_in_lock_files() -> list[str]:
    """Where the lock files do not satisfy the requirements, disagree, or lack a checksum."""
    errors: list[str] = []
    versions: dict[str, str] = {}
    for file, required in requirements().items():
        pins = locked(file)
        for requirement in required:
            version = pins.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                errors.append(
                    f"{file}.txt has {requirement.name} {version or 'not at all'}; {requirement} is asked for."
                )
        for name, version in pins.items():
            if versions.setdefault(name, version) != version:
                errors.append(f"{file}.txt has {name} {version}; another lock file has {versions[name]}.")
        entries = re.split(r"^(?=[a-z0-9])", (ROOT / f"{file}.txt").read_text(), flags=re.MULTILINE)
        errors += [f"{file}.txt: {entry.split()[0]} has no checksum." for entry in entries if _lacks_checksum(entry)]
    if LICENCES.read_text() != licences():
        errors.append(f"{LICENCES.name} is not current. Run: .venv/bin/python -m tests.support.dependencies --write")
    return errors


def _lacks_checksum(entry: str) -> bool:
    return bool(_PIN.match(entry)) and "--hash=sha256:" not in entry


def licences() -> str:
    """Each package that a running site may hold, with the licence that it states itself.

    What only another system or Python needs is not installed here; its line stays as it is.
    """
    written = LICENCES.read_text().splitlines() if LICENCES.exists() else []
    known = dict(line.split(": ", 1) for line in written if not line.startswith("#"))
    lines = ["# Written by “make lock”: what a running site may hold, with the licence that each states."]
    for name in sorted({name for file in RUNNING for name in locked(file)}):
        try:
            lines.append(f"{name}: {licence_of(distribution(name))}")
        except PackageNotFoundError:
            lines.append(f"{name}: {known.get(name, 'not installed where this was written')}")
    return "\n".join(lines) + "\n"


def licence_of(package: Distribution) -> str:
    """From its metadata: the SPDX expression, the classifiers, or the first line of what it wrote itself."""
    about = package.metadata
    if expression := about.get("License-Expression"):
        return str(expression)
    classified = [
        line.rsplit(" :: ", 1)[1] for line in about.get_all("Classifier") or [] if line.startswith("License ")
    ]
    written = str(about.get("License") or "").strip().splitlines()
    return (
        " or ".join(name for name in classified if name != "OSI Approved")
        or "".join(written[:1])
        or _IN_A_FILE[canonicalize_name(package.name)]
    )


def main() -> int:
    if "--write" in sys.argv:
        LICENCES.write_text(licences())
    messages = errors_in_lock_files()
    for message in messages:
        print(message, file=sys.stderr)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())

"""Asks the package index’s advisory service about every version in the lock files: python -m tests.support.audit.

A version with a known fault fails. What the service could not be asked about is named and passes, so that work goes
on where it is out of reach; with ``--strict`` that fails as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.dependencies import ROOT, asked

#: Run apart from what it looks at, so that its own packages are none of the site’s.
_AUDIT = (
    *("tool", "run", "--from", "pip-audit>=2.10,<3", "pip-audit", "--format", "json", "--progress-spinner", "off"),
    *("--timeout", "5", "--disable-pip", "--require-hashes"),
)


def audited(files: list[Path]) -> list[dict[str, Any]] | None:
    """Each version in these lock files with its ``vulns``, or its ``skip_reason``; None where nobody could be asked."""
    command = [Path(sys.executable).with_name("uv"), *_AUDIT, *(part for file in files for part in ("-r", file))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(*done.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None


def _mended(fault: dict[str, Any]) -> str:
    return f"mended in {', '.join(fault['fix_versions']) or 'no version yet'}"


def report(found: list[dict[str, Any]] | None) -> tuple[list[str], list[str]]:
    """The known faults, each in a line; and what could not be asked about."""
    if found is None:
        return [], ["any version: no advisory service was reached"]
    faults = [
        f"{one['name']} {one['version']}: {fault['id']}, {_mended(fault)}"
        for one in found
        for fault in one.get("vulns", [])
    ]
    unasked = [one["name"] for one in found if "skip_reason" in one]
    return faults, unasked if len(unasked) < len(found) else ["any version: the advisory service knows none of them"]


def main(*, is_strict: bool) -> int:
    faults, unasked = report(audited([ROOT / f"{name}.txt" for name in asked()]))
    for fault in faults:
        print(fault, file=sys.stderr)
    if unasked:
        print(f"Not audited: {', '.join(unasked)}", file=sys.stderr)
    return 1 if faults or (is_strict and unasked) else 0


if __name__ == "__main__":
    sys.exit(main(is_strict="--strict" in sys.argv))

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

from tests.support.dependencies import ROOT, requirements

#: Run apart from what it looks at, so that its own packages are none of the site’s.
_AUDIT = (
    *("tool", "run", "--from", "pip-audit>=2.10,<3", "pip-audit", "--format", "json", "--progress-spinner", "off"),
    *("--timeout", "5", "--disable-pip", "--require-hashes"),
)


def audited(files: list[Path]) -> list[dict[str, Any]] | None:
    """Each version in these lock files with its ``vulns`` or ``skip_reason``; None where no service answered."""
    command = [Path(sys.executable).with_name("uv"), *_AUDIT, *(part for file in files for part in ("-r", file))]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(process.stdout)["dependencies"]
    except ValueError:
        print(*process.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None


def _fix(vulnerability: dict[str, Any]) -> str:
    return f"mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"


def report(findings: list[dict[str, Any]] | None) -> tuple[list[str], list[str]]:
    """The known vulnerabilities, each in a line; and the packages that could not be looked up."""
    if findings is None:
        return [], ["any version: no advisory service was reached"]
    vulnerabilities = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, {_fix(vulnerability)}"
        for package in findings
        for vulnerability in package.get("vulns", [])
    ]
    unasked = [package["name"] for package in findings if "skip_reason" in package]
    if len(unasked) == len(findings):
        return vulnerabilities, ["any version: the advisory service knows none of them"]
    return vulnerabilities, unasked


def main(*, is_strict: bool) -> int:
    vulnerabilities, unasked = report(audited([ROOT / f"{name}.txt" for name in requirements()]))
    for vulnerability in vulnerabilities:
        print(vulnerability, file=sys.stderr)
    if unasked:
        print(f"Not audited: {', '.join(unasked)}", file=sys.stderr)
    return 1 if vulnerabilities or (is_strict and unasked) else 0


if __name__ == "__main__":
    sys.exit(main(is_strict="--strict" in sys.argv))

"""Lighthouse on a simulated telephone, of pages sent as documented: gunicorn behind nginx, nothing kept beforehand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

#: Of the record, in the order of the table.
PAGES = (
    "/en/",
    "/sv/",
    "/en/projects/",
    "/en/projects/leseding/",
    "/en/visits/2007-10-potchefstroom/",
    "/en/dossier/platforma-2018/",
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
#: What is told beside the scores, and its unit.
AUDITS = {
    "first-contentful-paint": "ms to the first paint",
    "largest-contentful-paint": "to the largest",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
    "total-byte-weight": "bytes",
}


def lighthouse() -> str:
    """Raises SystemExit where it is missing: it comes from npm, and nothing else of the site does."""
    if path := shutil.which("lighthouse"):
        return path
    raise SystemExit("lighthouse measures telephones; install it first: npm install --global lighthouse")


def _report(url: str) -> dict:
    flags = "--headless=new --no-sandbox"
    command = [lighthouse(), url, "--quiet", "--output=json", f"--chrome-flags={flags}"]
    environment = {**os.environ, "CHROME_PATH": os.environ.get("CHROME_PATH") or shutil.which("chromium") or ""}
    return json.loads(subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE).stdout)


def telephone(address: str, rounds: int = 5) -> list[str]:
    """A line for each page of the site at the address: the medians of the rounds."""
    lines = []
    for path in PAGES:
        reports = [_report(address + path) for _round in range(rounds)]
        scores = [
            sorted(report["categories"][name]["score"] * 100 for report in reports)[rounds // 2] for name in CATEGORIES
        ]
        figures = [
            f"{sorted(report['audits'][name]['numericValue'] for report in reports)[rounds // 2]:,.4g} {unit}"
            for name, unit in AUDITS.items()
        ]
        lines.append(f"{path:34} {' '.join(f'{score:3.0f}' for score in scores)}   ({', '.join(figures)})   aim ≥ 98")
    return lines

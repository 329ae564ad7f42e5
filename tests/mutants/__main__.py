"""Makes small wrong changes to a copy of the site, one at a time, and asks its tests whether they notice.

    python -m tests.mutants --sample 12 --seed 1 fields coverage

Of each of ``--sample`` lines of a package, drawn by ``--seed``, one change is made. The package’s tests that run this
line are asked, the quick ones first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = "not (browser or pdf or checker or site)"
#: Noting the lines that are run is too slow for those that bound the time of long texts.
WITHOUT_NAMES = "not (runs_away or linear)"
P = "tests/partnership"
PUBLISHING = [f"{P}/test_publishing.py", f"{P}/test_evidence.py", f"{P}/staff/test_review.py"]
STAFF = ["merging", "proposals", "bin", "colleagues"]
COUNTED = [f"{P}/test_coverage.py", f"{P}/test_evidence.py", f"{P}/test_turns.py"]
NO_MIGRATION = "tests/test_repository.py::test_no_migration_is_missing"
#: What is changed, and what is asked. Patterns of files, tests.
PACKAGES: dict[str, tuple[list[str], list[str]]] = {
    "coverage": (["partnership/coverage.py"], [*COUNTED, f"{P}/test_every_figure.py"]),
    "balance": (["partnership/balance.py"], [f"{P}/pictures", *COUNTED]),
    "facets": (["projects/facets.py", "visits/facets.py"], ["tests/projects", "tests/visits"]),
    "search": (["partnership/search/*.py"], [f"{P}/search", f"{P}/test_empty_site.py"]),
    "rules": (["partnership/record/rules.py"], [*PUBLISHING, f"{P}/record/test_doubts.py"]),
    "following": (["partnership/following/*.py"], [f"{P}/following"]),
    "contributions": (["partnership/contributions/*.py"], [f"{P}/contributions"]),
    # Passages are met where something is erased, and columns where migrations are looked for.
    "fields": (["partnership/fields/*.py"], [f"{P}/fields", f"{P}/test_redaction.py", NO_MIGRATION]),
    "signin": (["partnership/signin/*.py"], [f"{P}/signin"]),
    "opendata": (["partnership/opendata/*.py"], [f"{P}/opendata", "tests/projects/test_iati.py"]),
    "record": (
        ["partnership/record/*.py"],
        [f"{P}/record", *PUBLISHING, *(f"{P}/staff/test_{name}.py" for name in STAFF)],
    ),
    # Forms of staff and clients behind a proxy are met where people sign in.
    "web": (["partnership/web/*.py"], [f"{P}/web", f"{P}/signin", f"{P}/test_environment.py"]),
    "files": (["partnership/files/*.py"], [f"{P}/files"]),
    "award": (["partnership/award/*.py"], [f"{P}/award"]),
}


def copy_site(folder: Path) -> None:
    """The files of the site as git knows them, where a change can hurt nothing."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    snapshots = [str(path.relative_to(ROOT)) for path in ROOT.glob(".tools/*.sqlite3")]
    for name in [*names, *snapshots]:
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def report(site: Path, package: str, sample: int, seed: int) -> str:
    patterns, tests = PACKAGES[package]
    path = site.parent / f"{package}.txt"
    options = [f"--change={','.join(patterns)}", f"--sample={sample}", f"--seed={seed} {package}", f"--report={path}"]
    chosen = ["-p", "tests.mutants.plugin", "-m", WITHOUT, "-k", WITHOUT_NAMES]
    command = [sys.executable, "-m", "pytest", "-q", *chosen, *options, *tests]
    environment = os.environ | {"TMPDIR": str(site.parent), "HOME": str(site.parent)}
    done = subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    return path.read_text()


def main() -> None:
    parser = argparse.ArgumentParser(description="Asks the tests whether they notice small wrong changes.")
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), help=f"of {', '.join(PACKAGES)}")
    parser.add_argument("--sample", type=int, default=12, help="lines of each package")
    parser.add_argument("--seed", type=int, default=1, help="which lines are drawn")
    arguments = parser.parse_args()
    counts: dict[str, tuple[int, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        copy_site(site)
        for package in arguments.packages:
            text = report(site, package, arguments.sample, arguments.seed)
            outcomes = [line.partition(",")[0] for line in text.splitlines()]
            counts[package] = outcomes.count("noticed"), outcomes.count("survived")
            print(text, flush=True)
    counts["all"] = sum(row[0] for row in counts.values()), sum(row[1] for row in counts.values())
    print("| Package | Changes | Noticed | Score |\n|---|---|---|---|")
    for package, (noticed, survived) in counts.items():
        print(f"| {package} | {noticed + survived} | {noticed} | {noticed / (noticed + survived):.0%} |")


if __name__ == "__main__":
    main()

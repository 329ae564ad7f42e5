"""Gets what the suite needs beside Python packages: a browser, Java, the Nu HTML checker and nginx.

On Debian as root missing system packages are installed with apt. Elsewhere Playwright’s own browser download is
tried. Where neither works, the one line to run is printed and the run fails: nothing is skipped silently.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
CHECKER_VERSION = "26.9.27"
CHECKER = TOOLS / f"vnu-{CHECKER_VERSION}.jar"
#: Chromium without windows: it draws the same pages in half the time.
SMALL_BROWSER = "chromium-headless-shell"
#: So that the browser neither phones home nor asks for a sandbox that a container cannot give.
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def browser() -> str | None:
    """The path of a Chromium: the system’s, or the one that Playwright downloaded."""
    for name in (SMALL_BROWSER, "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloaded = sorted(glob.glob(f"{home}/chromium-*/chrome-*/chrome")) + sorted(
        glob.glob(f"{home}/chromium-*/*/Chromium.app/Contents/MacOS/Chromium")
    )
    return downloaded[-1] if downloaded else None


def java() -> str | None:
    path = shutil.which("java")
    # macOS has a stand-in that only says that there is no Java.
    if path and subprocess.run([path, "-version"], capture_output=True, check=False).returncode == 0:
        return path
    return None


def nginx() -> str | None:
    """Debian keeps it where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def install(*packages: str) -> bool:
    """Installs system packages, on Debian as root; says whether it could."""
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        return False
    print(f"Installing {', '.join(packages)} with apt", flush=True)
    # Servers are installed, not started: the level of a system that is being mended starts none.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return False
    return True


def _get_checker() -> bool:
    """The checker’s package from npm, whose client verifies what it downloads."""
    if not shutil.which("npm"):
        return False
    TOOLS.mkdir(exist_ok=True)
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"vnu-jar@{CHECKER_VERSION}"],
        cwd=TOOLS,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = sorted(TOOLS.glob("vnu-jar-*.tgz"))
    if packed.returncode or not archives:
        return False
    with tarfile.open(archives[-1]) as archive:
        inside = next(member for member in archive.getmembers() if member.name.endswith("/vnu.jar"))
        content = archive.extractfile(inside)
        if content is None:
            return False
        CHECKER.write_bytes(content.read())
    for path in archives:
        path.unlink()
    return True


def missing() -> dict[str, str]:
    """What is not there, each with the line that installs it."""
    lacking = {}
    if not browser():
        lacking["a browser"] = "sudo apt-get install chromium   (or: .venv/bin/playwright install chromium)"
    if not java():
        lacking["Java"] = "sudo apt-get install default-jre-headless"
    if not nginx():
        lacking["nginx"] = "sudo apt-get install nginx"
    if not CHECKER.exists():
        lacking["the HTML checker"] = "sudo apt-get install npm && make test"
    return lacking


def main() -> int:
    packages = []
    # Not every distribution has the small one; where there is, it is worth having beside another.
    has_small = shutil.which(SMALL_BROWSER) or install(SMALL_BROWSER)
    if not has_small and not browser():
        packages.append("chromium")
    if not java():
        packages.append("default-jre-headless")
    if not nginx():
        packages.append("nginx-light")
    if not CHECKER.exists() and not shutil.which("npm"):
        packages.append("npm")
    if packages:
        install(*packages)
    if not browser():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if not CHECKER.exists():
        _get_checker()
    for what, line in missing().items():
        print(f"The suite needs {what}, which could not be installed here. Run: {line}", file=sys.stderr)
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())

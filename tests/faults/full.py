"""A disk that fills up while staff save, upload, freeze and back up; then there is space again."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.faults.site import Form, Response, Site

TYPED = "Typed for an hour. " * 20_000


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A disk in memory of that size; None where mounting is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="small-disk-"))
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = mount is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@dataclass
class Attempts:
    """The same four things done once."""

    saved: Response
    uploaded: Response
    frozen: Response
    backup: subprocess.CompletedProcess[str]


def forms_of(site: Site) -> list[Form]:
    """What clerks have open in their browsers: a new source, a new photograph, the dossier."""
    submission = site.rows("SELECT id FROM partnership_submission")[0]
    return [
        site.form(f"/admin/partnership/{page}/")
        for page in ("source/add", "photo/add", f"submission/{submission}/change")
    ]


def attempts(site: Site, forms: list[Form], name: str) -> Attempts:
    source, photo, dossier = forms
    saved = source.post(
        code=f"{name}-source", title=f"Source {name}", publisher="X", grade="funder", language="en", staff_note=TYPED
    )
    picture = BytesIO()
    Image.effect_noise((1600, 1000), 50).save(picture, "JPEG")
    uploaded = photo.post(code=f"{name}-photo", alt_en="A field below a wood", file=("field.jpg", picture.getvalue()))
    frozen = dossier.at(dossier.path.replace("change", "freeze")).post()
    return Attempts(saved, uploaded, frozen, site.manage("backup", str(site.folder / "backups"), check=False))


@dataclass
class Filled:
    during: Attempts
    after: Attempts
    #: What stood in the folder of uploads, and of backups, while there was no space.
    left: list[str]
    read: int
    database_errors: list[str]
    recorded: dict[str, bool]


def fill_and_empty(site: Site) -> Filled:
    forms = forms_of(site)
    with closing(sqlite3.connect(site.database)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ballast = site.folder / "ballast"
    _fill(ballast)
    during = attempts(site, forms, "full")
    read = site.get("/en/projects/").status
    left = [str(path.relative_to(site.folder)) for path in site.folder.rglob("*") if _is_new(site, path)]
    ballast.unlink()
    after = attempts(site, forms, "again")
    codes = set(site.rows("SELECT code FROM partnership_source UNION SELECT code FROM partnership_photo"))
    recorded = {code: code in codes for code in ("full-source", "full-photo", "again-source", "again-photo")}
    return Filled(during, after, left, read, site.database_errors(), recorded)


def _fill(ballast: Path) -> None:
    for size in (1024 * 1024, 4096):
        try:
            with ballast.open("ab", buffering=0) as opened:
                while opened.write(b"x" * size) == size:
                    pass
        except OSError:
            continue


def _is_new(site: Site, path: Path) -> bool:
    return path.is_file() and path.parts[len(site.folder.parts)] in {"media", "backups"}

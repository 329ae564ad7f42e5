"""Backups: everything that cannot be made anew, in one compressed archive, and the way back from it.

An archive is a gzipped tar that any machine can open. It holds the database as of one moment, every uploaded file,
the files of frozen editions among them, and at its end ``manifest.json`` with the size and the SHA-256 of each. Its
own SHA-256 lies beside it, in the form that ``sha256sum --check`` reads.

The database comes first and the files after it: no file that a row refers to can come after its row, and files are
never changed in place. SQLite copies itself (``VACUUM INTO``), which waits for no writer and leaves behind what was
erased; PostgreSQL is copied by its own ``pg_dump``, which knows triggers, sequences and snapshots better than we.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import connection

from ..files.storage import is_full, sync
from .orphans import names_in

FORMAT = "record-backup/1"
MANIFEST, MEDIA = "manifest.json", "media/"
#: The database inside the archive, by kind of database.
DATABASES = {"sqlite": "record.sqlite3", "postgresql": "record.pgdump"}
_PORTION = 1024 * 1024


class BackupError(Exception):
    """Why none was made, or why one was not restored, in words for whoever looks after the server."""


# Making one


def make(folder: Path, storage: Storage, keep: int) -> Path:
    """Writes a backup into a folder and deletes the oldest beyond ``keep``. All or nothing.

    Raises BackupError where the database cannot be copied whole, or nothing more can be written.
    """
    name = f"record-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S.%fZ}.tar.gz"
    path = folder / name
    with _said(f"The backup was not made, and nothing of it was kept in {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as made:
            archive = Path(made) / name
            _write(archive, storage, Path(made) / DATABASES[connection.vendor])
            checksum = Path(made) / f"{name}.sha256"
            checksum.write_text(f"{_sha256(archive)}  {name}\n")
            for one in (checksum, archive):
                sync(one)
                one.replace(folder / one.name)
        sync(folder)
    for old in all_in(folder)[:-keep]:
        old.unlink()
        _checksum_of(old).unlink(missing_ok=True)
    return path


def all_in(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    return sorted(folder.glob("record-*Z.tar.gz"))


def _write(archive: Path, storage: Storage, copy: Path) -> None:
    files: dict[str, dict[str, Any]] = {}
    # Only its owner may read it: it holds the accounts of staff.
    with (
        open(os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
        tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as tar,
    ):
        _COPY[connection.vendor](copy)
        with copy.open("rb") as content:
            files[copy.name] = _add(tar, copy.name, content)
        copy.unlink()
        for name in names_in(storage):
            try:
                stored = storage.open(name)
            except FileNotFoundError:
                # Erased a moment ago.
                continue
            with stored as content:
                files[f"{MEDIA}{name}"] = _add(tar, f"{MEDIA}{name}", content)
        about = {
            "format": FORMAT,
            "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "database": connection.vendor,
            "files": files,
        }
        with tempfile.TemporaryFile(dir=archive.parent) as manifest:
            manifest.write(json.dumps(about, indent=1, ensure_ascii=False).encode())
            manifest.seek(0)
            _add(tar, MANIFEST, manifest)


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes] | File) -> dict[str, Any]:
    """Writes one file into the archive; answers its size and checksum as they were written."""
    content.seek(0, os.SEEK_END)
    member = tarfile.TarInfo(name)
    member.size, member.mode = content.tell(), 0o600
    content.seek(0)
    digest = _Digest(content)
    tar.addfile(member, digest)
    return {"size": member.size, "sha256": digest.sha256.hexdigest()}


class _Digest:
    """A file that is added up while it is read."""

    def __init__(self, content: IO[bytes] | File):
        self._content, self.sha256 = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        portion = self._content.read(size)
        self.sha256.update(portion)
        return portion


def _copy_sqlite(copy: Path) -> None:
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
    finally:
        own.close()
    found = _faults_of(copy)
    if found:
        raise BackupError(f"The database is damaged: {found}. No backup was made; keep the older ones.")


def _faults_of(copy: Path) -> str:
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as opened:
        found = [row[0] for row in opened.execute("PRAGMA integrity_check(3)")]
        links = opened.execute("PRAGMA foreign_key_check").fetchmany(3)
    return "; ".join(
        [*(one for one in found if one != "ok"), *(f"a row of {link[0]} refers to none" for link in links)]
    )


def _copy_postgresql(copy: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")


_COPY: dict[str, Callable[[Path], None]] = {"sqlite": _copy_sqlite, "postgresql": _copy_postgresql}


def _run(program: str, *arguments: str) -> None:
    """A program of PostgreSQL with the settings of the site’s database; the password is in no list of processes."""
    values = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    given = {variable: str(values[name]) for name, variable in names.items() if values.get(name)}
    try:
        done = subprocess.run(
            [program, *arguments], env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not installed. On Debian: apt-get install postgresql-client") from error
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()}")


# The way back


def restore(archive: Path, storage: Storage) -> dict[str, Any]:
    """Puts a backup into an empty place; answers its manifest. All or nothing, and nothing before all is proved whole.

    Raises BackupError where the archive is not what was written or is of another kind of database, and where there is
    something already.
    """
    manifest = prove(archive)
    if manifest["database"] != connection.vendor:
        raise BackupError(
            f"This is a backup of {manifest['database']}, and DATABASE_URL leads to {connection.vendor}. "
            "Restore it there, then move the record."
        )
    if not _is_empty():
        raise BackupError(
            "There is a database already. A backup is only restored where there is none; nothing was done."
        )
    if any(names_in(storage)):
        raise BackupError("There are uploaded files already. A backup is only restored where there are none.")
    kept: list[str] = []
    with _said("The backup was not restored, and nothing of it was kept"):
        try:
            with tarfile.open(archive) as tar, tempfile.TemporaryDirectory() as opened:
                copy = Path(opened) / DATABASES[connection.vendor]
                for member, content in _members(tar):
                    if member.name.startswith(MEDIA):
                        name = member.name.removeprefix(MEDIA)
                        # Before it is there, so that half of it goes as well.
                        kept.append(name)
                        if storage.save(name, File(content)) != name:
                            raise BackupError(f"{name} cannot be stored under this name.")
                    elif member.name != MANIFEST:
                        with copy.open("wb") as target:
                            shutil.copyfileobj(content, target)
                _PUT[connection.vendor](copy)
        except BaseException:
            for name in kept:
                storage.delete(name)
            raise
    return manifest


def prove(archive: Path) -> dict[str, Any]:
    """The manifest of a backup, once every byte of it is shown to be what was written. Raises BackupError."""
    changed = BackupError(f"{archive.name} is damaged: it is not what was written. Take another one; nothing was done.")
    try:
        said = _checksum_of(archive).read_text().split()
        if said[:1] != [_sha256(archive)]:
            raise changed
        found: dict[str, dict[str, Any]] = {}
        manifest: dict[str, Any] = {}
        with tarfile.open(archive) as tar:
            for member, content in _members(tar):
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                    continue
                digest = _Digest(content)
                while digest.read(_PORTION):
                    pass
                found[member.name] = {"size": member.size, "sha256": digest.sha256.hexdigest()}
    except FileNotFoundError as error:
        raise BackupError(f"There is no {error.filename}.") from error
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise changed from error
    if manifest.get("format") != FORMAT or manifest["files"] != found:
        raise changed
    if {name for name in found if not name.startswith(MEDIA)} != {DATABASES.get(manifest["database"])}:
        raise changed
    return manifest


def _members(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, Any]]:
    for member in tar:
        if content := tar.extractfile(member):
            yield member, content


def _is_empty() -> bool:
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def _put_sqlite(copy: Path) -> None:
    place = Path(connection.settings_dict["NAME"])
    connection.close()
    # What is replaced has no tables; its log would be taken for the new one’s.
    for rest in ("-wal", "-shm"):
        place.with_name(place.name + rest).unlink(missing_ok=True)
    part = place.with_name(f"{place.name}.part")
    try:
        shutil.copyfile(copy, part)
        sync(part)
        part.replace(place)
        sync(place.parent)
    finally:
        part.unlink(missing_ok=True)


def _put_postgresql(copy: Path) -> None:
    name = connection.get_connection_params()["dbname"]
    _run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", f"--dbname={name}", str(copy))


_PUT: dict[str, Callable[[Path], None]] = {"sqlite": _put_sqlite, "postgresql": _put_postgresql}


# Files


def _checksum_of(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Says in words that there is no space left, or what else kept a file from being written."""
    try:
        yield
    except BackupError:
        raise
    except Exception as error:
        if is_full(error):
            raise BackupError(f"{what}: the disk is full.") from error
        if isinstance(error, OSError):
            raise BackupError(f"{what}: {error.strerror}.") from error
        raise

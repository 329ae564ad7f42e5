"""Backup of everything that cannot be generated, in one compressed archive, and its restore.

An archive is a gzipped tar that any machine can open. It holds a snapshot of the database, every uploaded file
including those of frozen editions, and at its end ``manifest.json`` with the size and the SHA-256 of each. Its own
SHA-256 lies beside it, in the format of ``sha256sum --check``.

The database is copied first and the files after it: a file is stored before its row and never changed in place, so
every row of the snapshot has its file. SQLite is copied by ``VACUUM INTO``, which waits for no writer and leaves
erased data behind; PostgreSQL by ``pg_dump``, which covers triggers, sequences and snapshots.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import connection

from ..files.storage import is_full, sync
from ..models import DataVersion, QueuedEmail
from .orphans import names_in

FORMAT = "record-backup/1"
MANIFEST, MEDIA = "manifest.json", "media/"
#: The name of the database inside the archive, by vendor.
DATABASES = {"sqlite": "record.sqlite3", "postgresql": "record.pgdump"}
_CHUNK_SIZE = 1024 * 1024


_NAME = re.compile(r"record-.*Z\.tar\.gz")


class BackupError(Exception):
    """No backup was made or restored; the message is for whoever operates the site."""


# Backup


def make(folder: Path, storage: Storage, keep: int) -> Path:
    """Writes a backup into a folder and deletes the oldest beyond ``keep``. All or nothing.

    Raises BackupError where the database is damaged, or nothing more can be written.
    """
    name = f"record-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S.%fZ}.tar.gz"
    path = folder / name
    with _os_errors_as_backup_errors(f"The backup was not made, and nothing of it was kept in {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as temporary:
            archive = Path(temporary) / name
            _write(archive, storage, Path(temporary) / DATABASES[connection.vendor])
            checksum = Path(temporary) / f"{name}.sha256"
            with _private(checksum) as target:
                target.write(f"{_sha256(archive)}  {name}\n".encode())
            for file in (checksum, archive):
                sync(file)
                file.replace(folder / file.name)
        sync(folder)
    for old in all_in(folder)[:-keep]:
        old.unlink()
        _checksum_of(old).unlink(missing_ok=True)
    return path


def send(archive: Path, storage: Storage, keep: int) -> None:
    """Copies a backup to another storage, its checksum last, and deletes the oldest there beyond ``keep``.

    Raises BackupError where it does not arrive whole.
    """
    try:
        for path in (archive, _checksum_of(archive)):
            with path.open("rb") as content:
                name = storage.save(path.name, File(content))
            if storage.size(name) != path.stat().st_size:
                raise BackupError(f"{path.name} did not arrive whole in the bucket.")
        stored = sorted(name for name in storage.listdir("")[1] if _NAME.fullmatch(name))
        for old in stored[:-keep]:
            storage.delete(old)
            storage.delete(f"{old}.sha256")
    except BackupError:
        raise
    # Drivers raise errors of many kinds, which name hosts and keys.
    except Exception as error:
        raise BackupError(f"The backup lies in {archive.parent} alone; the bucket: {type(error).__name__}") from error


def all_in(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    return sorted(folder.glob("record-*Z.tar.gz"))


def _write(archive: Path, storage: Storage, copy: Path) -> None:
    files: dict[str, dict[str, Any]] = {}
    with (
        _private(archive) as target,
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
                # It was deleted meanwhile.
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
    """Writes a file into the archive; returns its size in bytes and its checksum, as written."""
    content.seek(0, os.SEEK_END)
    member = tarfile.TarInfo(name)
    member.size, member.mode = content.tell(), 0o600
    content.seek(0)
    digest = _Digest(content)
    tar.addfile(member, digest)
    return {"size": member.size, "sha256": digest.sha256.hexdigest()}


class _Digest:
    """A file whose checksum is computed while it is read."""

    def __init__(self, content: IO[bytes] | File):
        self._content, self.sha256 = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self.sha256.update(chunk)
        return chunk


def _copy_sqlite(copy: Path) -> None:
    # The connection of the site may be inside a transaction, in which VACUUM fails.
    separate = connection.copy()
    try:
        with separate.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
    finally:
        separate.close()
    if damage := _damage_in(copy):
        raise BackupError(f"The database is damaged: {damage}. No backup was made; keep the older ones.")


def _damage_in(copy: Path) -> str:
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as database:
        messages = [message for (message,) in database.execute("PRAGMA integrity_check(3)") if message != "ok"]
        dangling = database.execute("PRAGMA foreign_key_check").fetchmany(3)
    return "; ".join([*messages, *(f"a row of {row[0]} refers to none" for row in dangling)])


def _copy_postgresql(copy: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")


_COPY: dict[str, Callable[[Path], None]] = {"sqlite": _copy_sqlite, "postgresql": _copy_postgresql}


def _run(program: str, *arguments: str, **others: str) -> None:
    """Runs a PostgreSQL program with the settings of the site’s database; ``ps`` does not show the password."""
    values = {**connection.get_connection_params(), **others}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    variables = {variable: str(values[name]) for name, variable in names.items() if values.get(name)}
    try:
        process = subprocess.run(
            [program, *arguments], env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not installed. On Debian: apt-get install postgresql-client") from error
    if process.returncode:
        raise BackupError(f"{program}: {process.stderr.strip()}")


# Restore


def restore(archive: Path, storage: Storage) -> dict[str, Any]:
    """Restores a backup into an empty database and storage; returns its manifest. All or nothing, verified first.

    Raises BackupError where the archive is damaged or of another database vendor, and where the target is not empty.
    """
    manifest = verify(archive)
    _check_target(manifest["database"], storage)
    stored: list[str] = []
    with _os_errors_as_backup_errors("The backup was not restored, and nothing of it was kept"):
        try:
            with tarfile.open(archive) as tar, tempfile.TemporaryDirectory() as temporary:
                copy = Path(temporary) / DATABASES[connection.vendor]
                for member, content in _members(tar):
                    if member.name.startswith(MEDIA):
                        name = member.name.removeprefix(MEDIA)
                        # Noted first, so that a file that is stored in part is deleted as well.
                        stored.append(name)
                        if storage.save(name, File(content)) != name:
                            raise BackupError(f"{name} cannot be stored under this name.")
                    elif member.name != MANIFEST:
                        with copy.open("wb") as target:
                            shutil.copyfileobj(content, target)
                _RESTORE[connection.vendor](copy)
                _hold_letters()
                DataVersion.skip_ahead()
        except BaseException:
            for name in stored:
                storage.delete(name)
            raise
    return manifest


def _check_target(vendor: str, storage: Storage) -> None:
    if vendor != connection.vendor:
        raise BackupError(
            f"This is a backup of {vendor}, and DATABASE_URL leads to {connection.vendor}. "
            "Restore it there, then move the record."
        )
    if not _is_empty():
        raise BackupError(
            "There is a database already. A backup is only restored where there is none; nothing was done."
        )
    if any(names_in(storage)):
        raise BackupError("There are uploaded files already. A backup is only restored where there are none.")


def verify(archive: Path) -> dict[str, Any]:
    """The manifest of a backup, after every byte is compared with its checksums. Raises BackupError."""
    damaged = BackupError(f"{archive.name} is damaged: it is not what was written. Take another one; nothing was done.")
    try:
        checksum = _checksum_of(archive).read_text().split()
        if checksum[:1] != [_sha256(archive)]:
            raise damaged
        files: dict[str, dict[str, Any]] = {}
        manifest: dict[str, Any] = {}
        with tarfile.open(archive) as tar:
            for member, content in _members(tar):
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                    continue
                digest = _Digest(content)
                while digest.read(_CHUNK_SIZE):
                    pass
                files[member.name] = {"size": member.size, "sha256": digest.sha256.hexdigest()}
    except FileNotFoundError as error:
        raise BackupError(f"There is no {error.filename}.") from error
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise damaged from error
    if manifest.get("format") != FORMAT or manifest["files"] != files:
        raise damaged
    if {name for name in files if not name.startswith(MEDIA)} != {DATABASES.get(manifest["database"])}:
        raise damaged
    return manifest


def _members(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, Any]]:
    for member in tar:
        if content := tar.extractfile(member):
            yield member, content


def _is_empty() -> bool:
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def _restore_sqlite(copy: Path) -> None:
    path = Path(connection.settings_dict["NAME"])
    connection.close()
    # The replaced database has no tables, but SQLite would apply its log to the new one.
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with copy.open("rb") as content, _private(part) as target:
            shutil.copyfileobj(content, target)
        sync(part)
        part.replace(path)
        sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _restore_postgresql(copy: Path) -> None:
    name = connection.get_connection_params()["dbname"]
    _run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", f"--dbname={name}", str(copy))


def _hold_letters() -> None:
    """What waited when the backup was made may have gone out since: a person decides. An old backup has no queue."""
    table = QueuedEmail._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return
        columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
    if "state" in columns:
        QueuedEmail.objects.unsent().update(state=QueuedEmail.State.HELD)


_RESTORE: dict[str, Callable[[Path], None]] = {"sqlite": _restore_sqlite, "postgresql": _restore_postgresql}


# A drill


def prove(archive: Path) -> dict[str, int]:
    """Restores a backup into a scratch place, which is gone afterwards; returns the number of rows of each table.

    Every byte of the uploaded files is compared as well. Raises BackupError where anything is not as it was written.
    """
    manifest = verify(archive)
    if manifest["database"] != connection.vendor:
        raise BackupError(f"This is a backup of {manifest['database']}; prove it on a site with that database.")
    outcome = "The backup could not be proved"
    with _os_errors_as_backup_errors(outcome), tempfile.TemporaryDirectory(prefix="record-drill-") as folder:
        copy = Path(folder) / DATABASES[connection.vendor]
        with tarfile.open(archive) as tar:
            for member, content in _members(tar):
                if member.name == copy.name:
                    with _private(copy) as target:
                        shutil.copyfileobj(content, target)
        return _PROVE[connection.vendor](copy)


def _prove_sqlite(copy: Path) -> dict[str, int]:
    if damage := _damage_in(copy):
        raise BackupError(f"The database in the backup is damaged: {damage}. Take an older one.")
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as database:
        present = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        names = [name for name in _tables() if name in present]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def _prove_postgresql(copy: Path) -> dict[str, int]:
    scratch = f"{connection.get_connection_params()['dbname']}_drill"
    _run("createdb", "--template=template0", scratch)
    separate = connection.copy()
    try:
        _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={scratch}", str(copy))
        separate.settings_dict = {**separate.settings_dict, "NAME": scratch}
        with separate.cursor() as cursor:
            present = set(separate.introspection.table_names(cursor))
            counts = {}
            for name in _tables():
                if name in present:
                    cursor.execute(f'SELECT count(*) FROM "{name}"')
                    counts[name] = cursor.fetchone()[0]
        return counts
    finally:
        separate.close()
        _run("dropdb", "--if-exists", scratch)


def _tables() -> list[str]:
    return [model._meta.db_table for model in apps.get_models() if model._meta.managed]


_PROVE: dict[str, Callable[[Path], dict[str, int]]] = {"sqlite": _prove_sqlite, "postgresql": _prove_postgresql}


# Files


def _private(path: Path) -> IO[bytes]:
    """A new file that its owner alone can read: backups hold the accounts of staff."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _checksum_of(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _os_errors_as_backup_errors(outcome: str) -> Iterator[None]:
    try:
        yield
    except BackupError:
        raise
    except Exception as error:
        if is_full(error):
            raise BackupError(f"{outcome}: the disk is full.") from error
        if isinstance(error, OSError):
            raise BackupError(f"{outcome}: {error.strerror}.") from error
        raise

"""A drill: a backup is made while somebody writes, restored into an empty place, and is the record byte by byte."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from partnership.models import Heartbeat
from partnership.operations import backup
from tests.factories import make_document, make_photo
from tests.support import snapshot
from tests.support.call import call, command

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Place:
    """A database and a folder of uploads of their own, of the kind that the suite runs on."""

    folder: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        variables = {"DATA_DIR": str(self.folder), "DATABASE_URL": self.url, "SECRET_KEY": "x", "DEBUG": "off"}
        return {**os.environ, **variables, "DJANGO_SETTINGS_MODULE": "partnership.settings"}

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=check)

    def text_files(self, folder: Path) -> dict[str, bytes]:
        """The record in its canonical form."""
        self.manage("dump_record", "--directory", str(folder))
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def uploads(self) -> dict[str, bytes]:
        media = self.folder / "media"
        return {str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*") if path.is_file()}


@pytest.fixture
def places(tmp_path) -> Iterator[tuple[Place, Place]]:
    """One place with the record, and one that is empty."""
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    if connection.vendor == "sqlite":
        (folders[0] / "record.sqlite3").write_bytes(connection.connection.serialize())
        first, second = (Place(folder, f"sqlite:///{folder}/record.sqlite3") for folder in folders)
        yield first, second
        return
    values = connection.get_connection_params()
    server = f"postgres://{values.get('user', '')}:{values.get('password', '')}@{values.get('host', '')}"
    names = [f"drill_{os.getpid()}_{number}" for number in range(2)]
    maintenance = connection.copy()
    maintenance.settings_dict = {**connection.settings_dict, "NAME": "postgres"}
    with maintenance.cursor() as cursor:
        for name, template in zip(names, (snapshot.template(), "template1"), strict=True):
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        sites = [
            Place(folder, f"{server}:{values.get('port', 5432)}/{name}")
            for folder, name in zip(folders, names, strict=True)
        ]
        yield sites[0], sites[1]
        for name in names:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    maintenance.close()


@pytest.fixture
def archive(tmp_path, _media) -> Path:
    """A backup of two uploads, of the database that the test reads or of none that matters."""
    make_document()
    copy = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("CREATE TABLE kept (value)")
    folder = tmp_path / "backups"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(backup._COPY, connection.vendor, lambda target: shutil.copy(copy, target))
        call_command("backup", str(folder))
    return backup.all_in(folder)[0]


@pytest.mark.django_db
def test_the_drill(places, tmp_path):
    first, second = places
    call(first.environment, "tests.support.work:upload")
    writer = subprocess.Popen(
        command("tests.support.work:write_on_and_on"),
        cwd=ROOT,
        env=first.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    before = int(writer.stdout.readline())

    first.manage("backup", str(tmp_path / "backups"))

    while int(writer.stdout.readline()) < before + 5:
        pass
    writer.terminate()
    writer.stdout.close()
    writer.wait()
    (archive,) = backup.all_in(tmp_path / "backups")
    second.manage("restore", str(archive))
    restored = second.text_files(tmp_path / "dump-2")
    # Every save that was made before is there, whole; those that came after are not.
    there = restored["projects.yaml"].decode().count("code: written-")
    assert there >= before
    assert [f"code: written-{number}\n" in restored["projects.yaml"].decode() for number in range(there)] == [
        True
    ] * there
    call(first.environment, "tests.support.work:delete_written", str(there))
    assert restored == first.text_files(tmp_path / "dump-1")
    assert second.uploads() == first.uploads()
    assert {name.split("/")[0] for name in second.uploads()} == {"documents", "editions", "photos"}


@pytest.mark.django_db
def test_letters_that_waited_are_held_after_a_restore_since_they_may_have_gone_out(places, tmp_path):
    first, second = places
    call(first.environment, "tests.support.work:queue_letter", "eva@vaxjo.se")
    first.manage("backup", str(tmp_path / "backups"))

    second.manage("restore", str(next((tmp_path / "backups").glob("*.tar.gz"))))

    states = call(second.environment, "tests.support.work:values_of", "partnership.QueuedEmail", "state")
    assert states == "['held']"


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="what cp does to a file of SQLite")
def test_why_it_is_not_cp(places, tmp_path):
    first, _second = places
    with closing(sqlite3.connect(first.folder / "record.sqlite3")) as open_elsewhere:
        open_elsewhere.execute("PRAGMA journal_mode=WAL")
        open_elsewhere.execute("UPDATE projects_project SET staff_note = 'Saved a moment ago'")
        open_elsewhere.commit()
        shutil.copy(first.folder / "record.sqlite3", tmp_path / "cp.sqlite3")
        first.manage("backup", str(tmp_path / "backups"))

        with tarfile.open(backup.all_in(tmp_path / "backups")[0]) as tar:
            tar.extract("record.sqlite3", tmp_path, filter="data")
        counts = []
        for name in ("cp.sqlite3", "record.sqlite3"):
            with closing(sqlite3.connect(tmp_path / name)) as copy:
                (count,) = copy.execute("SELECT count(*) FROM projects_project WHERE staff_note <> ''").fetchone()
                counts.append(count)
        saved = open_elsewhere.execute("SELECT count(*) FROM projects_project").fetchone()[0]

    assert counts == [0, saved]


@pytest.mark.django_db
def test_an_archive_has_a_manifest_and_a_checksum(archive):
    manifest = backup.verify(archive)

    assert manifest["format"] == "record-backup/1"
    assert manifest["database"] == connection.vendor
    assert [name for name in manifest["files"] if name.startswith("media/documents/")]
    with tarfile.open(archive) as tar:
        assert tar.getnames() == [*manifest["files"], "manifest.json"]
    assert archive.stat().st_mode & 0o777 == 0o600
    checked = subprocess.run(
        ["sha256sum", "--check", f"{archive.name}.sha256"], cwd=archive.parent, capture_output=True, check=False
    )
    assert checked.returncode == 0


@pytest.mark.django_db
@pytest.mark.parametrize("place", [0.001, 0.1, 0.5, 0.9, 0.9999])
def test_one_bit_that_flipped_is_found_and_nothing_is_restored(place, archive, monkeypatch):
    content = bytearray(archive.read_bytes())
    content[int(len(content) * place)] ^= 1
    archive.write_bytes(content)
    monkeypatch.setattr(backup, "_is_empty", lambda: True)

    with pytest.raises(CommandError, match="is damaged"):
        call_command("restore", str(archive))


@pytest.mark.django_db
def test_an_archive_whose_checksum_was_made_anew_still_has_those_inside(archive):
    with tarfile.open(archive) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]
    with tarfile.open(archive, "w:gz") as tar:
        for member, content in members:
            changed = content.replace(b"a test", b"A test")
            tar.addfile(member, BytesIO(changed))
    backup._checksum_of(archive).write_text(backup._sha256(archive))

    with pytest.raises(CommandError, match="is damaged"):
        call_command("restore", str(archive))


@pytest.mark.django_db
def test_an_archive_that_ends_too_soon_or_is_not_there_is_told(archive, tmp_path):
    archive.write_bytes(archive.read_bytes()[:-50])
    with pytest.raises(CommandError, match="is damaged"):
        call_command("restore", "--dry-run", str(archive))

    with pytest.raises(CommandError, match="There is no "):
        call_command("restore", str(tmp_path / "nothing.tar.gz"))


@pytest.mark.django_db
def test_a_place_that_is_not_empty_is_left_alone(archive, settings, tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="There is a database already"):
        call_command("restore", str(archive))

    monkeypatch.setattr(backup, "_is_empty", lambda: True)
    with pytest.raises(CommandError, match="There are uploaded files already"):
        call_command("restore", str(archive))


@pytest.mark.django_db
def test_a_restore_that_fails_leaves_the_place_empty(archive, settings, tmp_path, monkeypatch):
    def fail(copy):
        raise OSError(28, "No space left on device")

    settings.MEDIA_ROOT = tmp_path / "empty"
    monkeypatch.setattr(backup, "_is_empty", lambda: True)
    monkeypatch.setitem(backup._RESTORE, connection.vendor, fail)

    with pytest.raises(backup.BackupError, match="nothing of it was kept: the disk is full"):
        backup.restore(archive, FileSystemStorage(location=tmp_path / "empty"))

    assert not [path for path in (tmp_path / "empty").rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_backup_that_fails_leaves_nothing_and_keeps_the_older_ones(archive, monkeypatch):
    def fail(copy):
        copy.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(backup._COPY, connection.vendor, fail)
    before = sorted(archive.parent.iterdir())

    with pytest.raises(CommandError, match=r"was not made, and nothing of it was kept in .*: the disk is full"):
        call_command("backup", str(archive.parent), "--keep", "1")

    assert sorted(archive.parent.iterdir()) == before


@pytest.mark.django_db
def test_only_so_many_are_kept_the_newest(archive, monkeypatch):
    monkeypatch.setitem(backup._COPY, connection.vendor, lambda target: target.write_bytes(b"x"))
    for _time in range(3):
        time.sleep(0.001)
        call_command("backup", str(archive.parent), "--keep", "2")

    names = [path.name for path in sorted(archive.parent.iterdir())]
    assert len(names) == 4
    assert archive.name not in names
    with pytest.raises(CommandError, match="At least one"):
        call_command("backup", str(archive.parent), "--keep", "0")


@pytest.mark.django_db
def test_a_backup_of_another_kind_of_database_is_refused(archive):
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    manifest = json.loads(json.dumps(backup.verify(archive)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup, "verify", lambda archive: manifest | {"database": other})
        with pytest.raises(CommandError, match=f"This is a backup of {other}"):
            call_command("restore", str(archive))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL checks pages as it reads them")
def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(tmp_path):
    broken = tmp_path / "broken.sqlite3"
    with closing(sqlite3.connect(broken)) as opened:
        opened.executescript(
            "CREATE TABLE one (id INTEGER PRIMARY KEY);"
            "CREATE TABLE two (one REFERENCES one); INSERT INTO two VALUES (7);"
        )

    assert backup._damage_in(broken) == "a row of two refers to none"


@pytest.mark.django_db
def test_a_missing_upload_is_named(tmp_path, capsys, monkeypatch):
    photo = make_photo()
    photo.file.storage.delete(photo.file.name)
    monkeypatch.setitem(backup._COPY, connection.vendor, lambda target: target.write_bytes(b"x"))

    call_command("backup", str(tmp_path / "backups"))

    assert f"Missing, though a record refers to it: {photo.file.name}" in capsys.readouterr().err


# Missed, and proved


@pytest.mark.django_db
def test_a_good_backup_is_noted_and_called_out(archive, settings, monkeypatch, tmp_path, capsys):
    calls: list[str] = []

    def opened(url: str, timeout: float) -> BytesIO:
        calls.append(url)
        return BytesIO()

    monkeypatch.setattr("urllib.request.urlopen", opened)
    settings.BACKUP_PING_URL = "https://ping.example/record"
    Heartbeat.objects.all().delete()
    monkeypatch.setitem(backup._COPY, connection.vendor, lambda target: target.write_bytes(b"a database"))
    call_command("backup", str(tmp_path / "new"))
    assert calls == ["https://ping.example/record"]
    assert Heartbeat.objects.get(task="backup").detail.startswith("record-")

    def away(url: str, timeout: float) -> BytesIO:
        raise OSError("no route to a host with a name")

    monkeypatch.setattr("urllib.request.urlopen", away)
    call_command("backup", str(tmp_path / "new"))
    assert capsys.readouterr().err == "BACKUP_PING_URL did not answer: OSError\n"


@pytest.mark.django_db
def test_a_failed_backup_is_neither_noted_nor_called_out(monkeypatch, tmp_path):
    def damaged(target: Path) -> None:
        raise backup.BackupError("The database is damaged.")

    monkeypatch.setitem(backup._COPY, connection.vendor, damaged)
    with pytest.raises(CommandError, match="damaged"):
        call_command("backup", str(tmp_path))
    assert not Heartbeat.objects.filter(task="backup").exists()


@pytest.mark.django_db
def test_backups_and_what_is_restored_are_for_their_owner_alone(archive):
    assert {oct(path.stat().st_mode & 0o777) for path in archive.parent.iterdir()} == {"0o600"}


@pytest.mark.django_db
def test_a_backup_is_proved_in_a_scratch_place(places, tmp_path):
    first, _second = places
    first.manage("backup", str(tmp_path / "backups"))
    (archive,) = backup.all_in(tmp_path / "backups")
    files = sorted(path.name for path in first.folder.iterdir())

    result = first.manage("prove_backup", str(archive))

    assert "every file is whole. The scratch place is gone again." in result.stdout
    assert sorted(path.name for path in first.folder.iterdir()) == files
    archive.write_bytes(archive.read_bytes()[:-100])
    assert "is damaged" in first.manage("prove_backup", str(archive), check=False).stderr


# A bucket


@pytest.fixture
def sent(tmp_path) -> Path:
    path = tmp_path / "record-20261127T010203.000000Z.tar.gz"
    path.write_bytes(b"an archive")
    path.with_name(f"{path.name}.sha256").write_text("a checksum")
    return path


def test_a_backup_is_copied_to_a_bucket_and_the_oldest_there_goes(sent):
    bucket = InMemoryStorage()
    for day in (24, 25, 26):
        for suffix in ("", ".sha256"):
            bucket.save(f"record-202611{day}T010203.000000Z.tar.gz{suffix}", ContentFile(b"older"))
    bucket.save("letter.txt", ContentFile(b"not ours"))

    backup.send(sent, bucket, keep=2)

    names = [f"record-202611{day}T010203.000000Z.tar.gz" for day in (26, 27)]
    assert sorted(bucket.listdir("")[1]) == sorted(["letter.txt", *names, *(f"{name}.sha256" for name in names)])
    assert bucket.open(sent.name).read() == b"an archive"


class FullBucket(InMemoryStorage):
    def _save(self, name, content):
        return super()._save(name, ContentFile(b"half"))


class ClosedBucket(InMemoryStorage):
    def _save(self, name, content):
        raise RuntimeError("host.example refuses the key AKIA")


@pytest.mark.parametrize(("bucket", "words"), [(FullBucket, "did not arrive whole"), (ClosedBucket, "RuntimeError")])
def test_what_does_not_arrive_is_no_backup_and_names_no_key(bucket, words, sent):
    with pytest.raises(backup.BackupError, match=words) as error:
        backup.send(sent, bucket(), keep=2)

    assert "AKIA" not in str(error.value)

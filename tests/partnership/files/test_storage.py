"""Uploaded files are there whole or not at all, and a full disk costs nobody what was typed."""

from __future__ import annotations

import datetime
import errno
import os
import sqlite3
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from partnership.files.storage import is_full
from partnership.models import Document, Photo
from partnership.operations import orphans
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_document, make_image, make_pdf, make_photo

PDF = make_pdf()
#: What is typed beside a photograph.
PHOTO = {"focus": "center", "state": "draft", "alt_en": "A field", "alt_sv": "En åker", "basis": "no_person"}


def files() -> list[str]:
    return list(orphans.names_in(default_storage))


@pytest.fixture
def full(monkeypatch):
    """full(after=2): the disk takes two more files, and of the next one only half."""

    def fill(after: int = 0) -> None:
        left = iter(range(after))
        write = os.fdopen

        class Half:
            def __init__(self, *arguments):
                self._file = write(*arguments)

            def write(self, content):
                self._file.write(content[: len(content) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")

            def close(self):
                self._file.close()

        def opened(*arguments):
            return write(*arguments) if next(left, None) is not None else Half(*arguments)

        monkeypatch.setattr("django.core.files.storage.filesystem.os.fdopen", opened)

    yield fill
    monkeypatch.undo()


def ours(staff_client) -> Client:
    client = staff_client("Publisher")
    client.raise_request_exception = False
    client.defaults["HTTP_ORIGIN"] = "http://localhost"
    return client


# Files


def test_what_is_stored_is_there_under_its_name_and_nothing_beside_it():
    names = [default_storage.save("documents/a.pdf", ContentFile(b"first")) for _time in range(2)]

    assert names[0] == "documents/a.pdf"
    assert files() == sorted(names)
    for name in names:
        with default_storage.open(name) as file:
            assert file.read() == b"first"


def test_the_disk_has_it_before_the_site_says_so(monkeypatch):
    synced: list[str] = []
    sync = os.fsync

    def note(opened):
        synced.append(os.readlink(f"/proc/self/fd/{opened}").rpartition("/media/")[2])
        sync(opened)

    monkeypatch.setattr("partnership.files.storage.os.fsync", note)

    default_storage.save("documents/a.pdf", ContentFile(b"first"))

    assert synced[0].startswith("documents/a.pdf")
    assert synced[1] == "documents"


def test_half_a_file_is_never_left(full):
    full()

    with pytest.raises(OSError, match="No space left"):
        default_storage.save("documents/a.pdf", ContentFile(b"much of it"))

    assert files() == []


# Full disks


def test_a_photograph_on_a_full_disk_leaves_no_row_and_no_file(staff_client, full):
    client = ours(staff_client)
    data = {**PHOTO, "code": "test-file"}
    full()

    response = client.post(url(Photo, "add"), {**data, "file": SimpleUploadedFile("a.jpg", make_image().read())})

    page = response.content.decode()
    assert response.status_code == 507
    assert "The server has no space left" in page
    assert 'name="alt_en" value="A field"' in page
    assert "Files cannot be kept: a.jpg." in page
    assert f"<code>{response['X-Request-ID']}</code>" in page
    assert not Photo.objects.filter(code="test-file").exists()
    assert files() == []


def test_it_works_again_once_there_is_space(staff_client, full, monkeypatch):
    client = ours(staff_client)
    data = {"code": "test-file", "state": "draft", "title_en": "A report", "kind": "report"}
    full()
    assert client.post(url(Document, "add"), {**data, "file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 507
    monkeypatch.undo()

    again = client.post(url(Document, "add"), {**data, "file": SimpleUploadedFile("a.pdf", PDF)})

    assert again.status_code == 302
    with Document.objects.get(code="test-file").file.open() as file:
        assert file.read() == PDF


def test_a_row_that_cannot_be_written_takes_its_files_along(staff_client, monkeypatch):
    client = ours(staff_client)

    def fail(*_values, **_more):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("partnership.record.history.note", fail)

    client.post(
        url(Photo, "add"), {**PHOTO, "code": "test-file", "file": SimpleUploadedFile("a.jpg", make_image().read())}
    )

    assert not Photo.objects.filter(code="test-file").exists()
    assert files() == []


def fail_with(error: Exception):
    def fail(*_values, **_more):
        raise OperationalError("could not write") from error

    return fail


def of_sqlite(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = name
    return error


class OfPostgreSQL(Exception):
    sqlstate = "53100"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (of_sqlite("SQLITE_FULL"), 507, "The server has no space left"),
        (OfPostgreSQL(), 507, "The server has no space left"),
        (of_sqlite("SQLITE_BUSY"), 503, "The record cannot be read just now"),
        (OSError(errno.EDQUOT, "Quota exceeded"), 507, "The server has no space left"),
    ],
)
def test_what_was_typed_is_in_the_page_whatever_failed(error, status, words, staff_client, monkeypatch):
    client = ours(staff_client)
    project = Project.objects.first()
    change_url = url(Project, "change", project.pk)
    data = filled_in(client.get(change_url)) | {"staff_note": "Typed for an <hour>"}
    monkeypatch.setattr("partnership.record.history.note", fail_with(error))

    response = client.post(change_url, data)

    assert response.status_code == status
    page = response.content.decode()
    assert words in page
    assert 'name="staff_note" value="Typed for an &lt;hour&gt;"' in page
    assert f'action="{change_url}"' in page
    monkeypatch.undo()
    assert client.post(change_url, data).status_code == 302
    assert Project.objects.get(pk=project.pk).staff_note == "Typed for an <hour>"


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}])
def test_a_form_from_elsewhere_is_not_offered_again(headers, staff_client, monkeypatch):
    client = staff_client("Publisher")
    client.raise_request_exception = False
    change_url = url(Project, "change", Project.objects.first().pk)
    data = filled_in(client.get(change_url)) | {"staff_note": "Made elsewhere"}
    monkeypatch.setattr("partnership.record.history.note", fail_with(of_sqlite("SQLITE_FULL")))

    response = client.post(change_url, data, headers=headers)

    assert response.status_code == 507
    assert "Made elsewhere" not in response.content.decode()


def test_an_error_that_ended_before_does_not_count():
    def fail():
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            raise ValueError("something else") from None

    with pytest.raises(ValueError, match="something else") as raised:
        fail()

    assert not is_full(raised.value)


# Without a record


def old(name: str) -> None:
    an_hour_ago = (datetime.datetime.now() - datetime.timedelta(hours=2)).timestamp()  # noqa: DTZ005
    os.utime(default_storage.path(name), (an_hour_ago, an_hour_ago))


@pytest.mark.django_db
def test_files_without_a_record_are_listed_and_removed_and_no_others():
    make_photo()
    make_document()
    stored = files()
    for name in stored:
        old(name)
    lost = [default_storage.save(name, ContentFile(b"x")) for name in ("photos/lost.jpg", "documents/a.pdf.1f.part")]
    for name in lost:
        old(name)
    coming = default_storage.save("photos/coming.jpg", ContentFile(b"x"))

    listed = StringIO()
    call_command("orphans", stdout=listed)
    assert files() == sorted([*stored, *lost, coming])
    call_command("orphans", "--remove", stdout=StringIO())

    assert listed.getvalue().split("\n")[:3] == [*sorted(lost), "2 files without a record."]
    assert files() == sorted([*stored, coming])


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_named():
    document = make_document()
    default_storage.delete(document.file.name)

    told = StringIO()
    call_command("orphans", stdout=StringIO(), stderr=told)

    assert told.getvalue().strip() == f"Missing, though a record refers to it: {document.file.name}"

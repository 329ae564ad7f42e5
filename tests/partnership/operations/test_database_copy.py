"""Copies of the record in another database: from a file of SQLite to whatever the suite itself runs on."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from partnership.award import editions
from partnership.models import Edition, Revision, Source, SpreadsheetUpload, Submission, User
from partnership.operations.database_copy import tables
from partnership.record.schemas import FILE_SCHEMAS
from partnership.record.yaml_files import file_text
from tests.support import snapshot
from tests.support.databases import empty_database, opened
from tests.support.work import PASSWORD
from tests.support.worker import Worker

# One process makes what all of them use.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("database copy")]


def prepare() -> None:
    """Makes what only staff make: a version, an edition, an account with its second factor, an import that waits."""
    call_command("migrate", verbosity=0)
    call_command("load_record", if_empty=True, verbosity=0)
    clerk = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    clerk.groups.add(Group.objects.get(name="Publisher"))
    TOTPDevice.objects.create(user=clerk, name="telephone")
    editions.freeze(Submission.objects.get(), clerk, public=True)
    title, content = {"en": "Växjö", "sv": "Växjö"}, {"b": 1, "a": [2, None, "ö"]}
    Revision.objects.create(model_name="project", code="x", version=1, title=title, content=content)
    SpreadsheetUpload.objects.create(name="x.csv", sheet="visits", content=bytes([0, 255]), by=clerk)
    Source.objects.create(code="deleted", title="x").delete()


def copy_to(url: str, *, dry_run: bool) -> tuple[str, str]:
    """What the command prints, and its errors."""
    output, errors = StringIO(), StringIO()
    try:
        call_command("copy_database", to=url, dry_run=dry_run, stdout=output, stderr=errors)
    except CommandError as error:
        errors.write(str(error))
    return output.getvalue(), errors.getvalue()


def knows_password() -> bool:
    return User.objects.get(username="clerk").check_password(PASSWORD)


def add_source(code: str, **values: Any) -> int:
    """Makes a source, and gives it values that its own check would refuse; its number."""
    source = Source.objects.create(code=code, title="x")
    Source.objects.filter(code=code).update(**values)
    return source.pk


def delete_source(code: str) -> None:
    Source.objects.filter(code=code).delete()


def checksums() -> tuple[str, str]:
    """That of the edition, and that of what would be frozen today."""
    return Edition.objects.get().sha256, editions.sha256_of(editions.data_of(Submission.objects.get()))


def everything() -> dict[str, Any]:
    """The record as text files and every table as rows; runs within a worker."""
    rows = {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in tables()}
    return {
        **{kind: file_text(kind) for kind in FILE_SCHEMAS},
        **{label: [[_written(value) for value in row] for row in table] for label, table in rows.items()},
    }


def _written(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)


@pytest.fixture(scope="module")
def office(tmp_path_factory, django_db_setup):
    """A site on SQLite with work of staff in it."""
    place = tmp_path_factory.mktemp("office")
    if snapshot.file().exists():
        shutil.copyfile(snapshot.file(), place / "record.sqlite3")
    worker = Worker(place, DATABASE_URL=f"sqlite:///{place}/record.sqlite3")
    worker.call(prepare)
    yield worker
    worker.end()


@contextmanager
def place_to_copy_to(folder):
    with empty_database() as environment:
        yield environment.get("DATABASE_URL") or f"sqlite:///{folder}/record.sqlite3"


def copy_database(office: Worker, to: str, *, dry_run: bool = False) -> tuple[str, str]:
    output, errors = office.call(copy_to, to, dry_run=dry_run)
    return output, errors


def test_everything_is_there_afterwards_and_numbering_goes_on(office, tmp_path):
    with place_to_copy_to(tmp_path) as url:
        output, errors = copy_database(office, url)

        assert errors == ""
        assert "All of it was read back and is the same." in output
        copied = Worker(tmp_path, DATABASE_URL=url)
        assert copied.call(everything) == office.call(everything)
        assert copied.call(knows_password)
        assert copied.call(add_source, "next") == office.call(add_source, "next")
        office.call(delete_source, "next")
        assert "Leseding" in copied.get("/en/search/?q=leseding").body.decode()
        assert "Växjö" in copied.get("/en/changes/").body.decode()
        frozen, today = copied.call(checksums)
        assert today == frozen == office.call(checksums)[0]
        copied.end()


def test_a_dry_run_writes_nothing(office, tmp_path):
    with place_to_copy_to(tmp_path) as url:
        output, errors = copy_database(office, url, dry_run=True)

        assert (output, errors) == ("Everything can be copied. Nothing was written.\n", "")
        assert copy_database(office, url, dry_run=True)[1] == ""


def test_a_database_that_holds_anything_is_refused(office, tmp_path):
    with place_to_copy_to(tmp_path) as url:
        environment = {"DATABASE_URL": url} if url.startswith("postgres") else {}
        other = opened(tmp_path, environment)
        other.execute("CREATE TABLE something (x integer)")
        other.close()

        assert "is not empty" in copy_database(office, url)[1]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://nobody:x@127.0.0.1:1/record", "does not answer"),
        ("sqlite:////nowhere/at/all.sqlite3", "does not answer"),
        ("record", "begins with postgres://"),
    ],
)
def test_a_database_that_cannot_be_reached_is_named(office, url, words):
    assert words in copy_database(office, url)[1]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"publisher": "A" * 4000}, "4000 characters where"),
        ({"version": 2**40}, "is too large for its column"),
    ],
)
def test_what_the_new_database_would_refuse_is_named_first(office, tmp_path, values, error):
    office.call(add_source, "faulty", **values)

    with place_to_copy_to(tmp_path) as url:
        errors = copy_database(office, url)[1]

    office.call(delete_source, "faulty")
    assert error in errors
    assert "1 faults, nothing was copied" in errors

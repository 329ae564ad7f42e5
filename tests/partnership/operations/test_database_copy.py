"""Copies of the record in another database: from a file of SQLite to whatever the suite itself runs on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.databases import empty_database, opened
from tests.support.worker import Worker

# One process makes what all of them use.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("database copy")]

COPY = [
    "from io import StringIO",
    "from django.core.management import CommandError, call_command",
    "output, errors = StringIO(), StringIO()",
    "try:",
    "    call_command('copy_database', to={to!r}, dry_run={dry_run}, stdout=output, stderr=errors)",
    "except CommandError as error:",
    "    errors.write(str(error))",
    "result = [output.getvalue(), errors.getvalue()]",
]
EXPORT = ["from tests.partnership.operations.test_database_copy import everything", "result = everything()"]
#: What only staff make: a version, an edition, an account with its second factor, an import that waits.
WORK = [
    "from django.core.management import call_command",
    "call_command('migrate', verbosity=0)",
    "call_command('load_record', verbosity=0)",
    "from django.contrib.auth.models import Group",
    "from django_otp.plugins.otp_totp.models import TOTPDevice",
    "from partnership.award import editions",
    "clerk = User.objects.create_user('clerk', password='a long enough password', is_staff=True)",
    "clerk.groups.add(Group.objects.get(name='Publisher'))",
    "TOTPDevice.objects.create(user=clerk, name='telephone')",
    "editions.freeze(Submission.objects.get(), clerk, public=True)",
    "Revision.objects.create(model_name='project', code='x', version=1, title={'en': 'Växjö', 'sv': 'Växjö'},"
    " content={'b': 1, 'a': [2, None, 'ö']})",
    "SpreadsheetUpload.objects.create(name='x.csv', sheet='visits', content=bytes([0, 255]), by=clerk)",
    "Source.objects.create(code='deleted', title='x').delete()",
]


def everything() -> dict[str, Any]:
    """The record as text files and every table as rows; runs within a worker."""
    from partnership.operations.database_copy import tables
    from partnership.record.schemas import FILE_SCHEMAS
    from partnership.record.yaml_files import file_text

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
def office(tmp_path_factory):
    """A site on SQLite with work of staff in it."""
    place = tmp_path_factory.mktemp("office")
    worker = Worker(place, DATABASE_URL=f"sqlite:///{place}/record.sqlite3")
    worker.do(*WORK)
    yield worker
    worker.end()


@contextmanager
def place_to_copy_to(folder):
    with empty_database() as environment:
        yield environment.get("DATABASE_URL") or f"sqlite:///{folder}/record.sqlite3"


def copy_database(office: Worker, to: str, *, dry_run: bool = False) -> tuple[str, str]:
    output, errors = office.do(*(line.format(to=to, dry_run=dry_run) for line in COPY))
    return output, errors


def test_everything_is_there_afterwards_and_numbering_goes_on(office, tmp_path):
    with place_to_copy_to(tmp_path) as url:
        output, errors = copy_database(office, url)

        assert errors == ""
        assert "All of it was read back and is the same." in output
        copied = Worker(tmp_path, DATABASE_URL=url)
        assert copied.do(*EXPORT) == office.do(*EXPORT)
        assert copied.do("result = User.objects.get(username='clerk').check_password('a long enough password')")
        make = "result = Source.objects.create(code='next', title='x').pk"
        assert copied.do(make) == office.do(make)
        office.do("Source.objects.filter(code='next').delete()")
        assert "Leseding" in copied.get("/en/search/?q=leseding").body.decode()
        assert "Växjö" in copied.get("/en/changes/").body.decode()
        again = copied.do(
            "from partnership.award import editions",
            "result = editions.sha256_of(editions.data_of(Submission.objects.get()))",
        )
        assert again == office.do("result = Edition.objects.get().sha256")
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
    ("change", "error"),
    [
        ("publisher='A' * 4000", "4000 characters where"),
        ("title='Nul\\0'", "title: a NUL character"),
        ("version=2**40", "is too large for its column"),
    ],
)
def test_what_the_new_database_would_refuse_is_named_first(office, tmp_path, change, error):
    office.do(f"Source.objects.create(code='faulty', title='x'); Source.objects.filter(code='faulty').update({change})")

    with place_to_copy_to(tmp_path) as url:
        errors = copy_database(office, url)[1]

    office.do("Source.objects.filter(code='faulty').delete()")
    assert error in errors
    assert "1 faults, nothing was copied" in errors

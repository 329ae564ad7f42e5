"""Every test sees the real record, loaded once; what a test writes is rolled back after it."""

from __future__ import annotations

import gc
import shutil
from copy import copy
from functools import cache

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client, override_settings
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation

from partnership import per_version, search
from partnership.award import editions
from partnership.models import DataRelease, DataVersion, Edition, EditionFile, Partner, Source, Submission, User
from partnership.models.seed import is_sample
from partnership.opendata import package
from partnership.staff import dashboard
from tests.base import address
from tests.support import snapshot


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Files that tests are given hold the time they were made at: by their bytes each process would name them anew."""
    return argname if isinstance(val, bytes) and len(val) > 60 else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that a fixture gives the database or a site are marked as if they said so."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "db" in fixtures:
            item.add_marker("django_db")
        elif "django_db_setup" in fixtures:
            item.add_marker("site")


#: What pages of the record as it is loaded compute once: each test begins with it, as a site does that has run a while.
_computed_on_record: per_version.Entries = {}


def _compute() -> per_version.Entries:
    number = DataVersion.current()
    client = Client(headers={"host": "localhost"})
    for language, _label in settings.LANGUAGES:
        for name in ("home", "projects:list", "projects:detail", "visits:list", "dossier"):
            assert client.get(address(name, language)).status_code == 200
        with translation.override(language):
            dashboard.tasks(), dashboard.kinds(), dashboard.claims()
    assert DataVersion.current() == number
    return per_version.entries()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    with django_db_blocker.unblock():
        with snapshot.restored():
            databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
            if not Source.objects.exists():
                snapshot.save("empty")
                call_command("load_record", verbosity=0)
                search.refresh()
                snapshot.save("record")
        is_sample()  # asked once in each process, and so by no test
        _computed_on_record.update(_compute())
    # Thousands of tests lie in memory as long as the process: nothing to look through again and again.
    gc.collect()
    gc.freeze()
    yield
    with django_db_blocker.unblock():
        teardown_databases(databases, verbosity=0)


@pytest.fixture(autouse=True)
def _language():
    """Tests begin in English, whatever the test before them read."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _package():
    """Versions of the record repeat when a test is rolled back; what was built for one is not the next one’s."""
    package.build.cache_clear()
    per_version.restore(_computed_on_record)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    """What a test uploads stays its own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session")
def frozen(django_db_setup, django_db_blocker, tmp_path_factory):
    """An edition frozen from the record, its rows and the folder of its files; freezing takes a second."""
    folder = tmp_path_factory.mktemp("frozen")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(MEDIA_ROOT=folder):
        edition = editions.freeze(Submission.objects.get(code="platforma-2018"), None, public=True)
        rows = list(edition.files.all())
        transaction.set_rollback(True)
    return edition, rows, folder


@pytest.fixture
def edition(frozen, db, _media, settings) -> Edition:
    """The public first edition of the dossier, as ``editions.freeze`` makes it from the record as it is loaded."""
    edition, rows, folder = frozen
    DataRelease.objects.bulk_create([copy(edition.data_release)])
    Edition.objects.bulk_create([copy(edition)])
    EditionFile.objects.bulk_create([copy(row) for row in rows])
    shutil.copytree(folder, settings.MEDIA_ROOT, dirs_exist_ok=True)
    return Edition.objects.get()


#: Hashing is slow on purpose; once is enough.
_hashed = cache(make_password)


@pytest.fixture
def staff(db):
    """Makes a member of staff in a group: staff("Editor")."""

    def make(group: str, **values) -> User:
        name = f"test-{group.lower()}"
        values = {"email": f"{name}@example.org", "partner": Partner.objects.get(code="vaxjo"), **values}
        user = User.objects.create(username=name, password=_hashed("a long enough password"), is_staff=True, **values)
        user.groups.add(Group.objects.get(name=group))
        return user

    return make


@pytest.fixture
def staff_client(staff):
    """A signed-in browser: staff_client("Editor", partner=…)."""

    def sign_in(group: str, **values) -> Client:
        client = Client(headers={"host": "localhost", "accept-language": "en"})
        client.force_login(staff(group, **values))
        return client

    return sign_in


@pytest.fixture
def open_connection():
    """Keeps the test’s own connection while the application ends requests, which would close it on PostgreSQL."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)

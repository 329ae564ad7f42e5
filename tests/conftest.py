"""Every test sees the real record, loaded once; what a test writes is rolled back after it."""

from __future__ import annotations

from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation

from partnership.models import Partner, Source, User
from partnership.models.seed import is_sample
from partnership.opendata import package
from partnership.per_version import forget
from tests.support import snapshot


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    with django_db_blocker.unblock():
        with snapshot.restored():
            databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
            if not Source.objects.exists():
                call_command("load_record", verbosity=0)
                snapshot.save()
        is_sample()  # asked once in each process, and so by no test
    yield
    with django_db_blocker.unblock():
        teardown_databases(databases, verbosity=0)


@pytest.fixture(autouse=True)
def _record(db):
    """All tests read the record, and begin in English whatever the test before them read."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _package():
    """Versions of the record repeat when a test is rolled back; what was built for one is not the next one’s."""
    package.built.cache_clear()
    forget()


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    """What a test uploads stays its own."""
    settings.MEDIA_ROOT = tmp_path / "media"


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
def desk(staff):
    """A signed-in browser: desk("Editor", partner=…)."""

    def sign_in(group: str, **values) -> Client:
        client = Client(headers={"host": "localhost", "accept-language": "en"})
        client.force_login(staff(group, **values))
        return client

    return sign_in

"""Every test sees the real record, loaded once; what a test writes is rolled back after it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from partnership.counted import forget
from partnership.models import Partner, User
from partnership.opendata import package
from partnership.sample import is_sample


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        call_command("load_record", verbosity=0)
        is_sample()  # asked once in each process, and so by no test


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


@pytest.fixture
def staff(db):
    """Makes a member of staff in a group: staff("Editor")."""

    def make(group: str, **values) -> User:
        user = User.objects.create_user(
            username=f"test-{group.lower()}", password="a long enough password", is_staff=True, **values
        )
        user.groups.add(Group.objects.get(name=group))
        user.partner = Partner.objects.get(code="vaxjo")
        user.save()
        return user

    return make


@pytest.fixture
def desk(staff):
    """A signed-in browser: desk("Editor")."""

    def sign_in(group: str) -> Client:
        client = Client(headers={"host": "localhost", "accept-language": "en"})
        client.force_login(staff(group))
        return client

    return sign_in

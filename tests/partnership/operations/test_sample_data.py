"""Sample data: never beside the record, and never to be taken for it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from partnership.models import Source
from tests.base import fetch
from tests.support.databases import migrated_database
from tests.support.work import refusal, values_of
from tests.support.worker import Worker

# One process makes what all of them use.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("samples")]

MARKED = {"en": "Sample", "sv": "Exempel"}


def make_samples() -> None:
    call_command("sample_record", projects=45, visits=60)


@pytest.fixture(scope="module")
def samples(tmp_path_factory, django_db_setup):
    """A worker of a site with samples."""
    folder = tmp_path_factory.mktemp("samples")
    with migrated_database(folder) as database:
        worker = Worker(folder, **database)
        worker.call(make_samples)
        yield worker
        worker.end()


@pytest.mark.django_db
def test_every_page_of_samples_says_so(samples):
    for path in ("/en/", "/en/projects/", "/en/projects/sample-1/", "/en/visits/", "/en/privacy/", "/en/nothing/"):
        assert "Sample data, not the record" in samples.get(path).body.decode(), path
    assert "Sample data, not the record" not in fetch("/en/").text


def test_every_title_is_marked_in_each_language(samples):
    for label, field in (("projects.Theme", "name"), ("partnership.Partner", "name"), ("projects.Project", "title")):
        for language, mark in MARKED.items():
            titles = samples.call(values_of, label, f"{field}_{language}")
            assert titles
            assert all(title.startswith(mark) for title in titles)
    titles = samples.call(values_of, "partnership.Source", "title")
    assert all("Sample" in title and "exempel" in title for title in titles)
    assert [len(samples.call(values_of, label, "pk")) for label in ("projects.Project", "visits.Visit")] == [45, 60]


def test_samples_can_be_searched_and_looked_through(samples):
    assert "Sample" in samples.get("/en/search/?q=sample").body.decode()
    assert "Page 2 of 2" in samples.get("/en/projects/?page=2").body.decode()
    assert samples.get("/sv/projekt/sample-1/").code == 200


def test_samples_hold_contributions_and_followers_that_no_letter_goes_to(samples):
    texts = samples.call(values_of, "partnership.Contribution", "text")
    assert len(texts) == 4
    assert all(text.startswith("Sample contribution") and "exempelbidrag" in text for text in texts)
    assert samples.call(values_of, "partnership.Follower", "state") == ["pending", "pending"]
    assert all(address.endswith(".example") for address in samples.call(values_of, "partnership.Follower", "email"))


def test_samples_are_not_made_twice(samples):
    assert "is not empty" in samples.call(refusal, "sample_record", projects=1, visits=1)
    assert len(samples.call(values_of, "projects.Project", "pk")) == 45


def refusal_in(folder: str) -> str:
    """What the command says where the site lies in a folder."""
    with override_settings(BASE_DIR=Path(folder)):
        return refusal("sample_record", projects=1, visits=1)


@pytest.mark.django_db
def test_a_record_is_never_touched():
    before = Source.objects.count()

    with pytest.raises(CommandError, match="is not empty"):
        call_command("sample_record", projects=1, visits=1, stdout=StringIO())

    assert Source.objects.count() == before > 0


def test_the_place_of_the_record_is_refused_even_while_it_is_empty(tmp_path):
    """The place is a file of SQLite, whatever the suite itself runs on."""
    place = tmp_path / "var" / "record.sqlite3"
    worker = Worker(tmp_path / "var", DATABASE_URL=f"sqlite:///{place}")

    words = worker.call(refusal_in, str(tmp_path))
    worker.end()

    assert "where the record is kept" in words


#: A file is for SQLite alone.
NOT_A_FILE = {"sqlite": "no folder", "postgresql": "name an empty one in DATABASE_URL"}[connection.vendor]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"projects": -1}, "zero or more"), ({"database_file": settings.BASE_DIR / "nowhere" / "x"}, NOT_A_FILE)],
)
def test_what_cannot_be_is_explained(options, words):
    with pytest.raises(CommandError, match=words):
        call_command("sample_record", **options)

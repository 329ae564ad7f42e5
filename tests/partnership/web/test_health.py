"""The health checks for monitoring and load balancers."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from partnership.web import health
from tests.support.databases import migrated_database
from tests.support.worker import Worker


def ask(path: str, method: str = "get", **headers: str):
    """As a load balancer: over http, with a host name that is not in ALLOWED_HOSTS."""
    return getattr(Client(headers={"host": "10.1.2.3", **headers}), method)(path)


@pytest.fixture(autouse=True)
def _production(settings):
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.django_db
def test_a_process_that_answers_says_so_and_queries_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = ask("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.django_db
def test_a_site_that_can_do_its_work_is_ready():
    response = ask("/readyz")

    assert response.status_code == 200
    report = json.loads(response.content)
    assert report["ready"] is True
    assert report["checks"] == dict.fromkeys(["database", "migrations", "disk", "cache"], "ok")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.django_db
def test_readiness_costs_three_queries(django_assert_num_queries):
    ask("/readyz")

    # SELECT 1, whether there is a table of migrations, and its rows.
    with django_assert_num_queries(3):
        ask("/readyz")


def checks(response) -> dict[str, str]:
    assert response.status_code == 503
    return {name: result for name, result in json.loads(response.content)["checks"].items() if result != "ok"}


@pytest.mark.django_db
def test_without_the_database_it_is_not_ready_and_names_nothing(monkeypatch):
    def away(*_values):
        raise OperationalError("connection to server at 10.9.8.7 failed for user record")

    with connection.execute_wrapper(away):
        response = ask("/readyz")
        alive = ask("/healthz")

    assert checks(response) == dict.fromkeys(["database", "migrations"], "does not answer")
    assert b"10.9.8.7" not in response.content
    assert alive.status_code == 200


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_told():
    MigrationRecorder(connection).record_unapplied("visits", "0001_initial")

    assert checks(ask("/readyz")) == {"migrations": "some are not applied"}


@pytest.mark.django_db
def test_a_disk_that_is_almost_full_is_told(monkeypatch):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: SimpleNamespace(free=99 * 1024 * 1024))

    assert checks(ask("/readyz")) == {"disk": "almost full"}


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_to_is_told(monkeypatch):
    monkeypatch.setattr(health.os, "access", lambda folder, mode: False)

    assert checks(ask("/readyz")) == {"disk": "cannot be written to"}


@pytest.mark.django_db
def test_a_cache_that_keeps_nothing_is_told(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

    assert checks(ask("/readyz")) == {"cache": "does not keep what it is given"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_answered(path):
    assert ask(path, "post").status_code == 405
    assert ask(path, "head").status_code == 200


@pytest.mark.site
def test_hits_and_misses_of_the_page_cache_are_told(tmp_path, django_db_setup):
    with migrated_database(tmp_path) as database:
        worker = Worker(tmp_path, **database)
        for _time in range(3):
            worker.get("/en/about/")

        report = json.loads(worker.get("/readyz").body)
        worker.end()

    assert (report["pages"]["hits"], report["pages"]["misses"]) == (2, 1)

"""The health checks for monitoring and load balancers."""

from __future__ import annotations

import datetime
import json
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from partnership.models import Heartbeat, QueuedEmail
from partnership.release import VERSION
from partnership.web import health
from tests.support.databases import loaded_database, migrated_database
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
    assert report["version"] == VERSION
    assert report["backup_hours"] is None
    assert report["checks"] == dict.fromkeys(["database", "migrations", "disk", "cache"], "ok")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


# Metrics


def values_of(text: str) -> dict[str, float]:
    """What a reader of the format finds, by name and labels."""
    return {
        " ".join([sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        # Probes of a cluster come from its own network, and through no proxy.
        ("10.0.0.7", {}, 200),
        ("93.184.216.34", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.7"}, 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1, 203.0.113.7", "authorization": "Bearer another"}, 403),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.7", "authorization": "Bearer a-long-token"}, 200),
    ],
)
def test_strangers_do_not_read_whether_the_site_is_ready(address, headers, status, settings):
    settings.METRICS_TOKEN = "a-long-token"

    response = Client(headers={"host": "10.1.2.3", **headers}, REMOTE_ADDR=address).get("/readyz")

    assert response.status_code == status
    assert (b"checks" in response.content) == (status == 200)


@pytest.mark.django_db
def test_metrics_say_what_waits_and_how_old_the_last_good_things_are():
    QueuedEmail.objects.create(address="eva@vaxjo.se", subject="x", body="x")
    Heartbeat.beat(Heartbeat.BACKUP)

    response = ask("/metrics")
    values = values_of(response.content.decode())

    assert response["Content-Type"].startswith("text/plain")
    assert response["Cache-Control"] == "no-store"
    assert values["record_waiting what=letters"] == 1
    assert values["record_database_up"] == 1
    assert values[f"record_version_info version={VERSION}"] == 1
    assert 0 <= values["record_last_seconds what=backup"] < 3600
    assert "record_last_seconds what=drill" not in values
    assert "eva@vaxjo.se" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 404),
        # A proxy on this machine speaks for others.
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"x-real-ip": "203.0.113.7"}, 404),
        ("203.0.113.7", {"authorization": "Bearer a token for metrics"}, 200),
        ("203.0.113.7", {"authorization": "Bearer another"}, 404),
        ("203.0.113.7", {"authorization": "Basic a token for metrics"}, 404),
        ("", {}, 404),
    ],
)
def test_metrics_are_for_this_machine_or_a_token(address, headers, status, settings):
    settings.METRICS_TOKEN = "a token for metrics"

    assert Client(headers={"host": "10.1.2.3", **headers}, REMOTE_ADDR=address).get("/metrics").status_code == status


@pytest.mark.django_db
def test_without_a_token_in_the_settings_none_is_right(settings):
    settings.METRICS_TOKEN = ""
    client = Client(headers={"authorization": "Bearer "}, REMOTE_ADDR="203.0.113.7")

    assert client.get("/metrics").status_code == 404


def test_metrics_without_a_database_say_so(monkeypatch):
    monkeypatch.setattr(QueuedEmail.objects, "unsent", lambda: (_ for _ in ()).throw(OperationalError()))

    assert values_of(ask("/metrics").content.decode())["record_database_up"] == 0


def test_responses_are_counted_by_route_and_never_by_path(tmp_path, django_db_setup):
    with loaded_database(tmp_path) as environment:
        worker = Worker(tmp_path, METRICS_TOKEN="for a test", **environment)
        for path in (
            "/en/projects/leseding/",
            "/en/projects/leseding/",
            "/en/nothing/of/this/kind/",
            "/en/private/a:b/",
        ):
            worker.get(path)
        text = worker.get("/metrics", authorization="Bearer for a test").body.decode()
        worker.end()

    values = values_of(text)
    route = "/en/projects/<slug:slug>/"
    assert values[f"record_requests_total method=GET route={route} status=200"] == 1
    assert values["record_requests_total method=GET route=kept page status=200"] == 1
    assert values["record_requests_total method=GET route=none status=404"] == 1
    assert "a:b" not in text
    assert "leseding" not in text


@pytest.mark.django_db
def test_readiness_costs_four_queries(django_assert_num_queries):
    ask("/readyz")

    # SELECT 1, whether there is a table of migrations, and its rows; when the last backup was.
    with django_assert_num_queries(4):
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

    response = ask("/readyz")

    # Pages are served without it.
    assert response.status_code == 200
    assert json.loads(response.content)["checks"]["cache"] == "does not keep what it is given"


@pytest.mark.django_db
def test_a_backup_that_was_not_made_is_missed():
    def answer() -> tuple[int, dict]:
        response = ask("/backupz")
        return response.status_code, json.loads(response.content)

    assert answer() == (503, {"backup": "missing", "hours": None})
    Heartbeat.beat(Heartbeat.BACKUP, "record-1.tar.gz")
    assert answer() == (200, {"backup": "ok", "hours": 0.0})
    Heartbeat.objects.update(at=timezone.now() - datetime.timedelta(hours=27))
    assert answer() == (503, {"backup": "missing", "hours": 27.0})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_answered(path):
    assert ask(path, "post").status_code == 405
    assert ask(path, "head").status_code == 200


@pytest.mark.site
def test_hits_and_misses_of_the_page_cache_are_told(tmp_path, django_db_setup):
    with migrated_database(tmp_path) as database:
        worker = Worker(tmp_path, METRICS_TOKEN="for a test", **database)
        for _time in range(3):
            worker.get("/en/about/")

        report = json.loads(worker.get("/readyz", authorization="Bearer for a test").body)
        worker.end()

    assert (report["pages"]["hits"], report["pages"]["misses"]) == (2, 1)

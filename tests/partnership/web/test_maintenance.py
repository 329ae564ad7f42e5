"""Maintenance: readers keep their pages, and whoever would write is told to come back."""

from __future__ import annotations

import subprocess

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client

from partnership.models import User
from partnership.web import maintenance
from partnership.web.held_forms import OWNER, owner_token
from partnership.web.page_cache import PageCache


@pytest.fixture
def in_maintenance(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("maintenance", "on")


@pytest.fixture
def client():
    return Client(headers={"host": "localhost", "accept-language": "en"})


def away(*_values):
    raise OperationalError("away")


@pytest.mark.django_db
@pytest.mark.usefixtures("in_maintenance")
def test_staff_are_told_and_what_they_typed_is_held_without_the_database(client):
    with connection.execute_wrapper(away):
        page = client.get("/admin/")
        saved = client.post("/admin/visits/visit/add/", {"purpose_en": "Typed"}, headers={"origin": "http://localhost"})

    assert (page.status_code, page["Retry-After"]) == (503, "300")
    assert "The record is being looked after" in page.content.decode()
    assert "Typed" in saved.content.decode()


@pytest.mark.parametrize("is_on", [True, False])
def test_what_staff_typed_is_held_whose_ever_it_is_while_the_database_is_away(is_on, staff_client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("maintenance", "on" if is_on else "off")
    client = staff_client("Editor")
    client.raise_request_exception = False
    form = {"purpose_en": "Typed", OWNER: owner_token(User.objects.get(pk=client.session[SESSION_KEY]))}

    with connection.execute_wrapper(away):
        response = client.post("/admin/visits/visit/add/", form, headers={"origin": "http://localhost"})

    assert response.status_code == 503
    assert "Typed" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("in_maintenance")
def test_readers_keep_their_pages(client):
    assert client.get("/en/visits/").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_cached_pages_are_kept_though_the_database_is_away(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    cache = PageCache(lambda environ, start: [], max_bytes=1000, parameters=set())
    versions = [7]
    cache._read_version = lambda: versions.pop()
    assert cache._version() == 7
    with maintenance.during():
        assert cache._version() == 7
    # Without it the database is asked, and here there is no further answer.
    with pytest.raises(IndexError):
        cache._version()


def test_what_switched_it_on_switches_it_off_and_no_one_else(settings, tmp_path, capsys):
    settings.DATA_DIR = tmp_path
    with maintenance.during():
        assert maintenance.is_on()
    assert not maintenance.is_on()
    call_command("maintenance", "on")
    with maintenance.during():
        pass
    assert maintenance.is_on()
    call_command("maintenance", "off")
    call_command("maintenance")
    assert capsys.readouterr().out.splitlines() == ["Maintenance is on.", *["Maintenance is off."] * 2]


def test_a_command_that_was_killed_leaves_the_site_open(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    child = subprocess.Popen(["sleep", "30"])
    maintenance.switch(True, str(child.pid))
    assert maintenance.is_on()
    child.kill()
    child.wait()
    assert not maintenance.is_on()

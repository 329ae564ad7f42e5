"""The security log: who, when, from where folded; for administrators inside the EU, and for a stated time."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from partnership.models import Partner, SecurityEvent, User
from partnership.web.client import client_address
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def events() -> list[tuple[str, str, str]]:
    return [
        (event.what, event.user.username if event.user else "", event.detail)
        for event in SecurityEvent.objects.select_related("user").order_by("pk")
    ]


@pytest.fixture(autouse=True)
def _empty(db):
    SecurityEvent.objects.all().delete()


def test_sign_ins_and_failures_are_kept_without_addresses_and_without_what_was_typed(staff):
    staff("Editor")
    client = Client(headers={"host": "localhost"}, REMOTE_ADDR="203.0.113.9")

    for name, password in (
        ("my secret password", "x"),
        ("test-editor", "wrong"),
        ("test-editor", "a long enough password"),
    ):
        client.post("/admin/login/", {"username": name, "password": password})

    assert events() == [("failed", "", ""), ("failed", "test-editor", ""), ("signed_in", "test-editor", "")]
    folded = set(SecurityEvent.objects.values_list("client", flat=True))
    assert len(folded) == 1
    assert "203" not in folded.pop()[:3]


def test_refusals_exports_and_redactions_are_kept(staff_client, staff):
    make_project(code="test-log", summary_en="Anna Andersson")
    editor = staff_client("Editor")
    SecurityEvent.objects.all().delete()

    editor.get("/admin/partnership/user/")
    list(editor.get(f"{url(Project, 'changelist')}export/projects.csv"))
    call_command(
        "redact", "Anna Andersson", by=staff("Administrator").username, reason="A person", decision="KS 1", verbosity=0
    )

    assert events() == [
        ("refused", "test-editor", "GET admin:partnership_user_changelist"),
        ("exported", "test-editor", "projects.csv"),
        ("redacted", "test-administrator", "KS 1"),
    ]


def test_roles_factors_and_links_are_kept(staff_client, staff):
    colleague = staff("Editor")
    client = staff_client("Administrator")
    SecurityEvent.objects.all().delete()
    change = url(User, "change", colleague.pk)

    client.post(change, filled_in(client.get(change)) | {"role": Group.objects.get(name="Publisher").pk})
    client.post(f"/admin/partnership/user/{colleague.pk}/link/")
    client.post(f"/admin/partnership/user/{colleague.pk}/device/")

    assert events() == [
        ("role", "test-administrator", "test-editor: Editor → Publisher"),
        ("link", "test-administrator", "test-editor"),
        ("factor", "test-administrator", "test-editor: –"),
    ]


def test_administrators_inside_the_eu_alone_read_it(staff_client):
    SecurityEvent.objects.create(what="redacted", detail="KS 2026/1")

    assert "KS 2026/1" in staff_client("Administrator").get("/admin/partnership/securityevent/").content.decode()


def test_others_do_not(staff_client):
    outside = staff_client("Administrator", partner=Partner.objects.get(code="jb-marks"))

    assert outside.get("/admin/partnership/securityevent/").status_code == 403
    assert staff_client("Publisher").get("/admin/partnership/securityevent/").status_code == 403


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5678", "192.0.2.7"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
        ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("::1", "::1"),
        ("unknown", None),
    ],
)
def test_addresses_behind_a_proxy_are_read_as_proxies_write_them(header, address, rf, settings):
    settings.BEHIND_PROXY = True

    assert client_address(rf.get("/", headers={"x-forwarded-for": header})) == address

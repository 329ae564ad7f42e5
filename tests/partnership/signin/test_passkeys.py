"""Passkeys: a second factor beside the telephone; and the own sessions, each with its end."""

from __future__ import annotations

import html
import json
import re
import time

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from partnership.models import Passkey, SecurityEvent, User
from partnership.signin import sessions
from tests.support.authenticator import Authenticator

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1"


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.SECOND_FACTOR = True
    caches["counters"].clear()


@pytest.fixture
def publisher(staff) -> User:
    user = staff("Publisher")
    TOTPDevice.objects.create(user=user, name="telephone")
    return user


def now_code(user: User) -> str:
    device = TOTPDevice.objects.get(user=user)
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0)
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    return f"{totp.token():06}"


def by_password(user: User, agent: str = FIREFOX) -> Client:
    headers = {"host": "localhost", "accept-language": "en", "user-agent": agent}
    client = Client(headers=headers, REMOTE_ADDR="203.0.113.7")
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    return client


def signed_in(user: User, agent: str = FIREFOX) -> Client:
    client = by_password(user, agent)
    client.post("/admin/code/", {"code": now_code(user)})
    return client


def options(client: Client, path: str):
    page = html.unescape(client.get(path).content.decode())
    return json.loads(re.search(r'data-options="(\{.*\})"', page)[1])


def add(client: Client, user: User, key: Authenticator, **changed: str):
    given = {"name": "Blue key", "password": PASSWORD, "current": now_code(user)}
    answer = key.create(options(client, "/admin/passkey/"))
    return client.post("/admin/passkey/", {**given, "credential": answer, **changed})


def opens(client: Client) -> bool:
    return client.get("/admin/partnership/source/").status_code == 200


@pytest.fixture
def key(publisher) -> Authenticator:
    key = Authenticator()
    assert add(signed_in(publisher), publisher, key).status_code == 302
    return key


def test_a_passkey_stands_for_the_code_and_each_challenge_is_good_once(publisher, key):
    client = by_password(publisher)
    assert not opens(client)
    answer = key.get(options(client, "/admin/code/"))

    assert client.post("/admin/code/", {"credential": answer, "next": "/admin/"}).status_code == 302
    assert opens(client)
    passkey = Passkey.objects.get()
    assert "Blue key" in client.get("/admin/account/").content.decode()
    assert (passkey.name, passkey.signed, passkey.used_at is None) == ("Blue key", 1, False)

    again = by_password(publisher)
    options(again, "/admin/code/")
    refused = again.post("/admin/code/", {"credential": answer})
    assert "The passkey did not answer" in refused.content.decode()
    assert not opens(again)


@pytest.mark.parametrize(
    "wrong", [Authenticator(), Authenticator(origin="https://example.org"), Authenticator(host="example.org"), None]
)
def test_another_key_or_site_lets_nobody_in(publisher, key, wrong):
    client = by_password(publisher)
    asked_for = options(client, "/admin/code/")
    if wrong:
        if wrong.origin != "http://localhost" or wrong.host != "localhost":
            wrong.key, wrong.id = key.key, key.id
        answer = wrong.get(asked_for)
    else:
        answer = "none"

    assert client.post("/admin/code/", {"credential": answer}).status_code == 200
    assert not opens(client)
    assert SecurityEvent.objects.filter(what="failed", user=publisher).exists()


def test_the_passkey_of_a_colleague_lets_nobody_else_in(publisher, key, staff):
    other = staff("Administrator")
    TOTPDevice.objects.create(user=other, name="telephone")
    own = Authenticator()
    add(signed_in(other), other, own)
    client = by_password(other)

    client.post("/admin/code/", {"credential": key.get(options(client, "/admin/code/"))})

    assert not opens(client)
    # Signed in with the own one, the key of the colleague is not there.
    client.post("/admin/code/", {"credential": own.get(options(client, "/admin/code/"))})
    assert opens(client)
    assert client.get(f"/admin/passkey/{Passkey.objects.get(user=publisher).pk}/").status_code == 404


@pytest.mark.parametrize(
    "changed", [{"password": "not it"}, {"current": "000000"}, {"credential": ""}, {"credential": "{}"}]
)
def test_a_session_alone_adds_no_passkey(publisher, changed):
    client = signed_in(publisher)

    response = add(client, publisher, Authenticator(), **changed)

    assert response.status_code == 200
    assert 'class="errorlist' in response.content.decode()
    assert not Passkey.objects.exists()


def test_taking_one_away_asks_for_the_same_and_is_logged(publisher, key):
    client, passkey = signed_in(publisher), Passkey.objects.get()
    path = f"/admin/passkey/{passkey.pk}/"

    assert client.post(path, {"password": PASSWORD, "current": "000000"}).status_code == 200
    assert Passkey.objects.exists()
    before = SecurityEvent.objects.filter(what="factor").count()
    assert client.post(path, {"password": PASSWORD, "current": now_code(publisher)}).status_code == 302

    assert not Passkey.objects.exists()
    assert SecurityEvent.objects.filter(what="factor").count() == before + 1
    page = by_password(publisher).get("/admin/code/").content.decode()
    assert "data-options" not in page


def test_without_a_telephone_that_is_set_up_first(staff):
    editor = staff("Editor")

    response = by_password(editor).get("/admin/passkey/")

    assert (response.status_code, response["Location"]) == (302, "/admin/device/")


def test_everybody_sees_the_own_sessions_and_ends_each(publisher, staff):
    here, elsewhere = signed_in(publisher), signed_in(publisher, PHONE)
    colleague = by_password(staff("Editor"))
    assert opens(elsewhere)
    assert opens(colleague)

    page = here.get("/admin/account/").content.decode()

    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td[^>]*>([0-9a-f]{12})</td>', page)
    assert {device for device, _client in rows} == {"Firefox, Windows", "Safari, iOS"}
    assert "203.0.113.7" not in page
    assert not [key for key in Session.objects.values_list("pk", flat=True) if key in page]
    [mark] = re.findall(r'name="end" value="(\w+)"', page)
    here.post("/admin/account/", {"end": mark})
    assert [opens(client) for client in (here, elsewhere, colleague)] == [True, False, True]


def test_nobody_ends_the_session_of_another(publisher, staff, rf):
    editor = staff("Editor")
    colleague = by_password(editor)
    assert opens(colleague)
    request = rf.get("/")
    request.user, request.session = editor, colleague.session
    [theirs] = sessions.open_sessions(request)

    signed_in(publisher).post("/admin/account/", {"end": theirs.mark})

    assert opens(colleague)


def test_the_list_says_when_a_session_ends_for_good(publisher, settings):
    client = signed_in(publisher)
    page = client.get("/admin/account/")

    [session] = page.context["sessions"]

    assert (session.ends - session.since).total_seconds() == settings.SESSION_LIFETIME
    assert session.is_this

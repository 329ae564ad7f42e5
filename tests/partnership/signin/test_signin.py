"""Staff accounts: invited, signed in, slowed down, asked for a code, and never losing what was typed."""

from __future__ import annotations

import html
import re
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import authenticate
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from partnership.models import FailedSignIn, Partner, QueuedEmail, SecurityEvent, User
from partnership.signin import lockout, second_factor, sessions
from partnership.signin.accounts import AnswerThenQueue, who_asks
from partnership.signin.second_factor import new_recovery_codes
from partnership.web.held_forms import HeldForm, owner_token
from projects.models import Project, Theme
from tests.base import filled_in, letters, url
from tests.factories import make_image, make_photo, make_project

PASSWORD = "a long enough password"
LOGIN = "/admin/login/"


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": "localhost", "accept-language": "en"})


@pytest.fixture
def strict(settings):
    """The site with the second factor asked for."""
    settings.SECOND_FACTOR = True


def words(response) -> str:
    return html.unescape(response.content.decode())


def sign_in(client: Client, name: str, password: str = PASSWORD, **extra):
    return client.post(LOGIN, {"username": name, "password": password, **extra})


def now_code(user: User) -> str:
    """What an authenticator app would show now. Each is good once: the device forgets which it has seen."""
    device = TOTPDevice.objects.get(user=user)
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    return f"{totp.token():06}"


def with_telephone(user: User) -> User:
    TOTPDevice.objects.create(user=user, name="telephone")
    return user


# Invitations


@pytest.fixture
def invite(staff_client):
    """Adds a member of staff as an administrator does: invite(partner="vaxjo")."""

    def add(partner: str = "vaxjo", **values):
        client = staff_client("Administrator")
        data = {
            "username": "nina",
            "email": "nina@example.org",
            "partner": Partner.objects.get(code=partner).pk,
            "role": Group.objects.get(name="Editor").pk,
            **values,
        }
        return client, client.post(url(User, "add"), data, follow=True)

    return add


def link_in(letter) -> str:
    """The path that the link in a letter leads to."""
    return urlsplit(re.search(r"https?://\S+/password/\S+", letter.body)[0]).path


def test_a_new_member_of_staff_gets_a_link_and_no_password(invite):
    _client, response = invite()

    nina = User.objects.get(username="nina")
    assert (nina.is_staff, nina.has_usable_password(), nina.role.name) == (True, False, "Editor")
    assert letters()[0].to == ["nina@example.org"]
    assert "A letter with a link to set a password is on its way to nina@example.org." in words(response)
    assert nina.link_sent_at is not None


@pytest.mark.parametrize(("partner", "first"), [("vaxjo", "sv"), ("jb-marks", "en")])
def test_the_letter_is_in_both_languages_that_of_the_country_first(partner, first, invite):
    invite(partner)

    parts = letters()[0].body.split("\n---\n")
    second = {"sv": "en", "en": "sv"}[first]
    for part, language in zip(parts, [first, second], strict=True):
        with translation.override(language):
            assert gettext("Set your password here:") in part
    assert letters()[0].body.count("/admin/password/") == 2


def test_the_link_sets_a_password_once(invite, visitor):
    invite()
    link = link_in(letters()[0])

    form = visitor.get(link, follow=True)
    page_url = form.request["PATH_INFO"]
    response = visitor.post(
        page_url, {"new_password1": "lila fjäril under bron", "new_password2": "lila fjäril under bron"}, follow=True
    )

    assert "Your password is set. Sign in with it now." in words(response)
    assert sign_in(visitor, "nina", "lila fjäril under bron").status_code == 302
    assert "This link has been used already" in words(Client(headers={"host": "localhost"}).get(link, follow=True))


def test_of_two_who_use_a_link_at_once_the_first_sets_the_password(invite, visitor, monkeypatch):
    invite()
    form_page = visitor.get(link_in(letters()[0]), follow=True).request["PATH_INFO"]
    is_valid = SetPasswordForm.is_valid

    def overtaken(form) -> bool:
        User.objects.filter(pk=form.user.pk).update(password="set-by-the-first")
        return is_valid(form)

    monkeypatch.setattr(SetPasswordForm, "is_valid", overtaken)
    response = visitor.post(form_page, dict.fromkeys(["new_password1", "new_password2"], "lila fjäril under bron"))

    assert response.status_code == 200
    assert User.objects.filter(password="set-by-the-first").exists()


def test_an_old_link_is_refused_and_leads_to_a_new_one(invite, visitor, settings):
    invite()
    settings.PASSWORD_RESET_TIMEOUT = -1

    page = words(visitor.get(link_in(letters()[0]), follow=True))

    assert "has expired" in page
    assert "/admin/forgotten/" in page


class NoServer(EmailBackend):
    def open(self):
        raise ConnectionRefusedError


def test_without_a_mail_server_the_account_is_kept_and_the_link_sent_later(invite, settings):
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.NoServer"
    _client, response = invite()
    assert "is on its way to nina@example.org" in words(response)
    assert letters() == []
    settings.EMAIL_BACKEND = working

    assert [letter.to for letter in letters()] == [["nina@example.org"]]


def test_no_link_lies_in_the_queue(invite):
    invite()

    assert [(email.body, email.subject) for email in QueuedEmail.objects.all()] == [("", "")]


def test_two_accounts_cannot_share_an_address(invite, staff):
    staff("Editor", email="nina@example.org")

    _client, response = invite(email="NINA@example.org")

    assert "There is an account with this e-mail address already." in words(response)
    assert not User.objects.filter(username="nina").exists()


def test_no_form_of_the_admin_asks_for_a_password_or_shows_one(staff_client, staff):
    client = staff_client("Administrator")
    other = staff("Editor")

    for page_url in (url(User, "add"), url(User, "change", other.pk)):
        page = words(client.get(page_url))
        assert 'type="password"' not in page
        assert other.password not in page
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[other.pk])


def test_a_password_cannot_be_guessed_by_filtering_the_list(staff_client):
    response = staff_client("Administrator").get(url(User, "changelist"), {"password__startswith": "argon2"})

    assert response.status_code in {302, 400}


def test_an_administrator_cannot_reach_a_superuser(staff_client):
    root = User.objects.create_superuser("root", "root@example.org", PASSWORD)
    client = staff_client("Administrator")

    client.post(url(User, "change", root.pk), {"username": "root", "email": "mine@example.org"})
    sent = client.post(reverse("admin:partnership_user_link", args=[root.pk]))

    assert sent.status_code == 403
    assert User.objects.get(pk=root.pk).email == "root@example.org"


def test_nobody_becomes_a_superuser_through_the_form(staff_client, staff):
    other = staff("Editor")
    client = staff_client("Administrator")
    data = filled_in(client.get(url(User, "change", other.pk)))

    client.post(url(User, "change", other.pk), data | {"is_superuser": "on", "user_permissions": "1"})

    assert not User.objects.get(pk=other.pk).is_superuser


def test_an_administrator_cannot_switch_off_the_own_account(staff_client):
    client = staff_client("Administrator")
    own = User.objects.get(username="test-administrator")
    data = filled_in(client.get(url(User, "change", own.pk)))

    client.post(url(User, "change", own.pk), {name: value for name, value in data.items() if name != "is_active"})

    assert User.objects.get(pk=own.pk).is_active


# Staff outside the EU


@pytest.fixture
def abroad(staff_client):
    return lambda group: staff_client(group, partner=Partner.objects.get(code="jb-marks"))


def test_an_administrator_in_south_africa_sees_no_staff(abroad, staff):
    other = staff("Editor")
    client = abroad("Administrator")

    assert client.get(url(User, "changelist")).status_code == 403
    assert client.get(url(User, "change", other.pk)).status_code == 403
    assert client.get(url(FailedSignIn, "changelist")).status_code == 403
    assert url(User, "changelist") not in words(client.get("/admin/"))


def test_versions_name_colleagues_only_inside_the_eu(abroad, staff_client):
    project = make_project(state="draft")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Project, "change", project.pk)))
    client.post(url(Project, "change", project.pk), data | {"title_en": "Another title"})

    assert "test-editor" in words(client.get(url(Project, "history", project.pk)))
    assert "test-editor" not in words(abroad("Publisher").get(url(Project, "history", project.pk)))


def test_originals_are_not_handed_out_to_south_africa(abroad, staff_client):
    photo = make_photo(state="draft")
    file_url, form = (url(type(photo), page, photo.pk) for page in ("kept", "change"))

    assert file_url in words(staff_client("Editor").get(form))
    assert file_url not in words(abroad("Administrator").get(form))


# Passwords


def test_passwords_are_hashed_with_argon2(staff):
    assert identify_hasher(staff("Editor").password).algorithm == "argon2"


def test_at_most_two_passwords_are_hashed_at_once(monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from django.contrib.auth.hashers import Argon2PasswordHasher

    running, seen = [], []

    def slow(self, password, salt):
        running.append(1)
        seen.append(len(running))
        time.sleep(0.02)
        running.pop()
        return "hash"

    monkeypatch.setattr(Argon2PasswordHasher, "encode", slow)
    hasher = get_hasher("argon2")
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda index: hasher.encode(str(index), "salt"), range(8)))

    assert max(seen) == 2


@pytest.mark.parametrize(
    "password",
    [
        "potchefstroom2024",
        "Växjö-Kronoberg-1",
        "vaxjokommun12345",
        "JB Marks, Tlokwe!",
        "ventersdorp!!!!!",
        "Småland 1234567890",
    ],
)
def test_a_password_of_place_names_is_refused(password):
    with pytest.raises(ValidationError, match="little more than a name from this partnership"):
        validate_password(password)


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaaa", "passwordpassword", "Password12345678", "qwertyuiopasdfgh", "sommar2026sommar2026"]
)
def test_a_common_or_repeated_password_is_refused_however_long(password):
    with pytest.raises(ValidationError, match="easily guessed"):
        validate_password(password)


@pytest.mark.parametrize("password", ["fjorton tecken", "123456789012345678"])
def test_a_short_or_plain_password_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password", ["lila fjäril under bron", "Potchefstroom med lila fjärilar", "kvällens sista buss 7"]
)
def test_a_few_unusual_words_are_a_password(password):
    validate_password(password)


# Forgotten password


def ask_for_link(client: Client, email: str):
    return client.post("/admin/forgotten/", {"email": email})


def test_a_forgotten_password_is_set_anew_by_letter(visitor, staff):
    staff("Editor", email="eva@example.org")

    response = ask_for_link(visitor, "EVA@example.org")

    assert response["Location"] == "/admin/forgotten/sent/"
    assert [letter.to for letter in letters()] == [["eva@example.org"]]
    assert "A new password has been asked for in the record office" in letters()[0].body


def test_the_answer_does_not_tell_whether_there_is_an_account(visitor, staff, monkeypatch):
    staff("Editor", email="eva@example.org")
    queued_before = []
    monkeypatch.setattr(
        "partnership.signin.accounts.AnswerThenQueue.close",
        lambda self: queued_before.append(QueuedEmail.objects.count()),
    )

    known, unknown = ask_for_link(visitor, "eva@example.org"), ask_for_link(visitor, "nobody@example.org")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert queued_before == [0, 0]


def test_asking_again_at_once_sends_no_second_letter(visitor, staff):
    staff("Editor", email="eva@example.org")

    for _index in range(3):
        ask_for_link(visitor, "eva@example.org")

    assert len(letters()) == 1


@pytest.mark.usefixtures("open_connection")
def test_asking_twice_at_the_same_moment_sends_one_letter(staff):
    staff("Editor", email="eva@example.org")

    both = [AnswerThenQueue("/admin/", who_asks("eva@example.org")) for _index in range(2)]
    for answer in both:
        answer.close()

    assert len(letters()) == 1


# Guessing


def fail(client: Client, name: str, times: int, **extra):
    for _index in range(times):
        response = client.post(LOGIN, {"username": name, "password": "wrong"}, **extra)
    return response


@pytest.mark.parametrize("name", ["test-editor", "nobody-of-this-name"])
def test_after_five_failures_one_is_told_how_long_to_wait(name, visitor, staff):
    staff("Editor")
    assert "do not belong together" in words(fail(visitor, name, 4))

    response = fail(visitor, name, 1)

    assert response.status_code == 429
    assert "Wait 1 minute and try again" in words(response)
    assert int(response["Retry-After"]) <= 60


def test_the_right_password_waits_too(visitor, staff):
    staff("Editor")
    fail(visitor, "test-editor", 5)

    assert sign_in(visitor, "test-editor").status_code == 429


def test_a_stranger_elsewhere_shuts_nobody_out(visitor, staff):
    staff("Editor")
    fail(visitor, "test-editor", 9, REMOTE_ADDR="203.0.113.7")

    assert sign_in(visitor, "test-editor").status_code == 302


def test_other_headers_do_not_shorten_the_wait(visitor, staff):
    staff("Editor")
    for index in range(5):
        fail(visitor, "test-editor", 1, HTTP_USER_AGENT=f"agent {index}", HTTP_X_FORWARDED_FOR=f"203.0.113.{index}")

    assert sign_in(visitor, "test-editor").status_code == 429


def test_each_failure_doubles_the_wait_up_to_eight_hours(visitor, staff):
    staff("Editor")
    fail(visitor, "test-editor", 5)
    waits = []
    for _index in range(11):
        waits.append(round(lockout.remaining_wait(FailedSignIn.objects.all()).total_seconds() / 60))
        # The wait is over, and the next guess is wrong too.
        FailedSignIn.objects.update(attempt_time=timezone.now() - timedelta(hours=9))
        fail(visitor, "test-editor", 1)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 480, 480]


def test_attempts_during_the_wait_do_not_lengthen_it(visitor, staff):
    staff("Editor")
    fail(visitor, "test-editor", 30)

    assert "Wait 1 minute and" in words(fail(visitor, "test-editor", 1))


def test_signing_in_forgets_the_failures(visitor, staff):
    staff("Editor")
    fail(visitor, "test-editor", 4)

    sign_in(visitor, "test-editor")

    assert not FailedSignIn.objects.exists()


@pytest.mark.django_db
def test_failures_are_kept_for_a_week_and_hold_nothing_that_was_typed(visitor):
    fail(visitor, "somebody", 1)
    FailedSignIn.objects.update(attempt_time=timezone.now() - timedelta(days=8))

    visitor.post(LOGIN, {"username": "another", "password": "secret-words", "typed": "private-words"})

    row = FailedSignIn.objects.get()
    assert row.username == "another"
    assert "secret-words" not in row.post_data
    assert "private-words" not in row.post_data


def test_an_administrator_unlocks(visitor, staff, staff_client):
    staff("Editor")
    fail(visitor, "test-editor", 5)
    client = staff_client("Administrator")
    assert "test-editor" in words(client.get(url(FailedSignIn, "changelist")))

    client.post(
        url(FailedSignIn, "changelist"),
        {"action": "unlock", "_selected_action": [FailedSignIn.objects.get().pk]},
    )

    assert sign_in(visitor, "test-editor").status_code == 302


@pytest.mark.parametrize(
    ("behind", "sent", "believed"),
    [
        (False, "203.0.113.7", "127.0.0.1"),
        (True, "203.0.113.7", "203.0.113.7"),
        (True, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (True, "nonsense", None),
        (True, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
    ],
)
def test_the_forwarded_address_is_believed_only_from_our_proxy(behind, sent, believed, rf, settings):
    settings.BEHIND_PROXY = behind

    assert lockout.client_address(rf.get("/", headers={"x-forwarded-for": sent})) == believed


def test_an_unknown_name_costs_as_much_hashing_as_a_known_one(rf, staff, monkeypatch):
    staff("Editor")
    hasher = type(get_hasher("argon2"))
    calls: list[str] = []
    encode, verify = hasher.encode, hasher.verify
    monkeypatch.setattr(hasher, "encode", lambda *given: calls.append("hash") or encode(*given))
    monkeypatch.setattr(hasher, "verify", lambda *given: calls.append("hash") or verify(*given))

    counts = []
    for name in ("test-editor", "nobody-of-this-name"):
        calls.clear()
        authenticate(rf.post(LOGIN, {"username": name}), username=name, password="wrong")
        counts.append(len(calls))

    assert counts == [1, 1]


@pytest.mark.parametrize("name", ["TEST-editor", "Test.Editor@Example.org"])
def test_the_name_in_any_case_or_the_address_signs_in_and_is_one_account(name, visitor, staff):
    staff("Editor", email="test.editor@example.org")

    fail(visitor, "test-editor", 4)
    fail(visitor, name, 1)
    assert sign_in(visitor, "test-editor").status_code == 429
    FailedSignIn.objects.all().delete()
    assert sign_in(visitor, name).status_code == 302


def test_two_names_differ_by_more_than_case(staff):
    staff("Editor")

    with pytest.raises(ValidationError, match="There is an account with this user name already"):
        User(username="Test-Editor", password="x").full_clean()


# Second factor


@pytest.mark.parametrize("group", ["Publisher", "Administrator"])
def test_who_may_publish_sets_up_a_telephone_before_anything_else(group, strict, staff, visitor):
    staff(group)

    next_url = url(Project, "changelist")
    data = {"username": f"test-{group.lower()}", "password": PASSWORD, "next": next_url}
    response = visitor.post(LOGIN, data, follow=True)

    assert response.request["PATH_INFO"] == "/admin/device/"
    assert 'src="data:image/svg+xml' in words(response)
    assert visitor.get(next_url).status_code == 302


def test_an_editor_needs_no_telephone(strict, staff, visitor):
    staff("Editor")

    assert sign_in(visitor, "test-editor", next="/admin/")["Location"] == "/admin/"
    assert visitor.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_a_superuser_needs_one(strict, visitor):
    User.objects.create_superuser("root", "root@example.org", PASSWORD)
    sign_in(visitor, "root")

    assert visitor.get("/admin/", follow=True).request["PATH_INFO"] == "/admin/device/"


def test_setting_up_shows_ten_recovery_codes_once_and_opens_the_dashboard(strict, staff, visitor):
    user = staff("Publisher")
    sign_in(visitor, "test-publisher")
    first, second = visitor.get("/admin/device/"), visitor.get("/admin/device/")
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", words(first))[1]
    assert key in words(second)

    response = visitor.post("/admin/device/", {"code": now_code(user), "next": url(Project, "changelist")})

    codes = re.findall(r"<code>([a-z2-7]{8})</code>", words(response))
    assert len(set(codes)) == 10
    assert f'href="{url(Project, "changelist")}"' in words(response)
    assert visitor.get(url(Project, "changelist")).status_code == 200
    assert codes[0] not in words(visitor.get("/admin/device/"))


def test_the_code_is_asked_for_at_each_sign_in_and_each_is_good_once(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    sign_in(visitor, "test-publisher")
    code = now_code(user)

    response = visitor.post("/admin/code/", {"code": f"{code[:3]} {code[3:]}", "next": url(Project, "changelist")})

    assert response["Location"] == url(Project, "changelist")
    visitor.post("/admin/logout/")
    sign_in(visitor, "test-publisher")
    assert "has been used already" in words(visitor.post("/admin/code/", {"code": code}))
    assert visitor.get("/admin/").status_code == 302


def test_wrong_codes_are_slowed_down(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    sign_in(visitor, "test-publisher")

    responses = [words(visitor.post("/admin/code/", {"code": "000000"})) for _index in range(2)]

    assert "This code is wrong" in responses[0]
    assert "Wait 1 second and try again" in responses[1]
    assert "Wait" in words(visitor.post("/admin/code/", {"code": now_code(user)}))


def test_a_recovery_code_lets_in_once(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    code = new_recovery_codes(user)[0]
    sign_in(visitor, "test-publisher")

    assert visitor.post("/admin/code/", {"code": f" {code.upper()} "}).status_code == 302
    assert visitor.get("/admin/").status_code == 200
    assert StaticToken.objects.filter(device__user=user).count() == 9


def test_recovery_codes_are_stored_as_hashes_that_outlive_a_new_secret(strict, staff, visitor, settings):
    user = with_telephone(staff("Publisher"))
    codes = new_recovery_codes(user)
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert not stored & {*codes}

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret of many letters", [settings.SECRET_KEY]
    sign_in(visitor, "test-publisher")
    StaticDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)

    assert visitor.post("/admin/code/", {"code": stored.pop()}).status_code == 200
    StaticDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert visitor.post("/admin/code/", {"code": codes[0]}).status_code == 302


def test_editors_are_asked_too_where_the_site_says_so(strict, staff, visitor, settings):
    settings.SECOND_FACTOR_FOR_ALL = True
    staff("Editor")
    sign_in(visitor, "test-editor")

    assert visitor.get("/admin/", follow=True).request["PATH_INFO"] == "/admin/device/"


def test_who_has_set_up_a_telephone_without_having_to_is_asked_for_its_code(strict, staff, visitor):
    user = with_telephone(staff("Editor"))
    sign_in(visitor, "test-editor")

    assert visitor.get("/admin/", follow=True).request["PATH_INFO"] == "/admin/code/"
    assert visitor.post("/admin/code/", {"code": now_code(user)}).status_code == 302
    assert visitor.get("/admin/").status_code == 200


def test_a_password_alone_cannot_replace_a_telephone(strict, staff, visitor):
    with_telephone(staff("Publisher"))
    sign_in(visitor, "test-publisher")

    assert visitor.get("/admin/device/")["Location"] == "/admin/code/"


def test_a_new_telephone_takes_the_place_of_the_old_one(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    old = TOTPDevice.objects.get(user=user)
    sign_in(visitor, "test-publisher")
    visitor.post("/admin/code/", {"code": now_code(user)})
    assert "New telephone" in words(visitor.get("/admin/"))

    recovery_code = new_recovery_codes(user)[0]
    visitor.get("/admin/device/")
    new = TOTPDevice.objects.get(user=user, confirmed=False)
    totp = TOTP(new.bin_key)
    totp.time = time.time()
    fields = {"code": f"{totp.token():06}", "current": recovery_code, "password": PASSWORD}

    for missing, words_of_error in (("password", "This is not your password."), ("current", "This code is wrong")):
        answer = visitor.post("/admin/device/", fields | {missing: "wrong"})
        assert words_of_error in words(answer)
        assert TOTPDevice.objects.get(user=user, confirmed=True) == old
        StaticDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert "This field is required." in words(visitor.post("/admin/device/", {"code": fields["code"]}))
    visitor.post("/admin/device/", fields)

    assert [device.pk for device in TOTPDevice.objects.filter(user=user)] == [new.pk]
    assert new.key != old.key
    assert visitor.get("/admin/").status_code == 200


def test_nobody_is_led_to_another_site(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    sign_in(visitor, "test-publisher")

    response = visitor.post("/admin/code/", {"code": now_code(user), "next": "https://example.org/"})

    assert response["Location"] == "/admin/"


def test_a_lost_telephone_is_taken_away_and_that_is_logged(staff_client, staff, settings, visitor):
    user = with_telephone(staff("Publisher"))
    new_recovery_codes(user)
    client = staff_client("Administrator")
    assert "Take the telephone away" in words(client.get(url(User, "change", user.pk)))

    client.post(reverse("admin:partnership_user_device", args=[user.pk]))

    entry = LogEntry.objects.get(object_id=str(user.pk))
    assert (entry.user.username, entry.get_change_message()) == (
        "test-administrator",
        "Deleted second factor “test-publisher”.",
    )
    settings.SECOND_FACTOR = True
    sign_in(visitor, "test-publisher")
    assert visitor.get("/admin/", follow=True).request["PATH_INFO"] == "/admin/device/"


def test_taking_away_needs_a_form_and_an_administrator(staff_client, staff):
    user = with_telephone(staff("Editor"))
    page_url = reverse("admin:partnership_user_device", args=[user.pk])

    assert staff_client("Publisher").post(page_url).status_code == 403
    assert staff_client("Administrator").get(page_url).status_code == 403
    assert TOTPDevice.objects.filter(user=user).exists()


def test_keys_of_telephones_are_shown_to_nobody(staff_client):
    assert staff_client("Administrator").get("/admin/otp_totp/totpdevice/").status_code == 404


# When a session ends


def hidden(response, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1])


def carried(response) -> dict[str, list[str]]:
    """The fields of the form that shows what was typed."""
    form = response.content.decode().split("<form", 1)[1]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form):
        fields.setdefault(html.unescape(name), []).append(html.unescape(value))
    return fields


TYPED = 'Two lines\r\nwith "quotes", <b>signs</b> & ängar'
STORED = TYPED.replace("\r\n", "\n")


def typed_theme(client: Client) -> dict[str, object]:
    """A new theme as somebody has filled it in."""
    filled = {"code": "kept", "name_en": "Kept", "name_sv": "Kvar", "state": "draft", "note_en": TYPED}
    page = client.get(url(Theme, "add"))
    return filled_in(page) | filled | {"_continue": "Save and continue editing", "_by": hidden(page, "_by")}


def of(user: User) -> dict[str, str]:
    """The hidden field that says whose form it is."""
    return {"_by": owner_token(user)}


@pytest.fixture
def late_form(visitor, staff_client):
    """A theme typed at leisure and posted after the session has ended."""
    data = typed_theme(staff_client("Editor"))
    Session.objects.all().delete()
    return visitor.post(url(Theme, "add"), data)


def test_a_form_posted_too_late_is_saved_after_signing_in(late_form, visitor):
    held = late_form
    assert "Nothing typed is lost: sign in, and go on." in words(held)
    assert "no-store" in held["Cache-Control"]

    wrong = sign_in(visitor, "test-editor", "wrong", typed=hidden(held, "typed"))
    shown = visitor.post(
        LOGIN, {"username": "test-editor", "password": PASSWORD, "typed": hidden(wrong, "typed")}, follow=True
    )

    assert "It is not saved yet." in words(shown)
    assert f"<dd>{url(Theme, 'add')}</dd>" in words(shown)
    assert not Theme.objects.filter(code="kept").exists()
    assert f'action="{url(Theme, "add")}"' in words(shown)
    # No button is pressed for anybody: the form is shown again as it was left.
    again = visitor.post(url(Theme, "add"), carried(shown))
    assert "Nothing is saved yet" in words(again)
    assert not Theme.objects.filter(code="kept").exists()
    response = visitor.post(url(Theme, "add"), filled_in(again) | {"_continue": "Save and continue editing"})
    theme = Theme.objects.get(code="kept")
    assert (theme.note_en, theme.name_sv) == (STORED, "Kvar")
    assert response["Location"] == url(Theme, "change", theme.pk)


def test_it_waits_while_the_second_factor_is_asked_for(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    late_form = visitor.post(url(Theme, "add"), {"code": "kept", "note_en": TYPED, **of(user)})

    code_page = visitor.post(
        LOGIN, {"username": "test-publisher", "password": PASSWORD, "typed": hidden(late_form, "typed")}, follow=True
    )
    assert code_page.request["PATH_INFO"] == "/admin/code/"
    shown = visitor.post("/admin/code/", {"code": now_code(user), "next": hidden(code_page, "next")}, follow=True)

    assert carried(shown)["note_en"] == [TYPED]


def test_who_is_not_verified_yet_loses_nothing_either(strict, staff, visitor):
    user = with_telephone(staff("Publisher"))
    sign_in(visitor, "test-publisher")

    code_page = visitor.post(url(Theme, "add"), {"code": "kept", **of(user)}, follow=True)
    shown = visitor.post("/admin/code/", {"code": now_code(user), "next": hidden(code_page, "next")}, follow=True)

    assert carried(shown)["code"] == ["kept"]


def test_once_posted_again_the_session_forgets_it(late_form, visitor):
    sign_in(visitor, "test-editor", typed=hidden(late_form, "typed"))
    shown = visitor.get("/admin/typed/")

    visitor.post(url(Theme, "add"), carried(shown))

    assert visitor.get("/admin/typed/")["Location"] == "/admin/"


def test_another_s_changes_meanwhile_are_not_overwritten_unseen(staff_client, visitor):
    client = staff_client("Publisher")
    project = make_project(state="draft", title_en="First")
    data = filled_in(client.get(url(Project, "change", project.pk))) | {"title_en": "Typed late"}
    meanwhile = filled_in(client.get(url(Project, "change", project.pk))) | {"title_en": "Meanwhile"}
    client.post(url(Project, "change", project.pk), meanwhile)
    held = visitor.post(url(Project, "change", project.pk), data | of(User.objects.get(username="test-publisher")))

    sign_in(visitor, "test-publisher", typed=hidden(held, "typed"))
    shown = visitor.post(url(Project, "change", project.pk), carried(visitor.get("/admin/typed/")))
    response = visitor.post(url(Project, "change", project.pk), filled_in(shown))

    assert "Two have written in the same field" in words(response)
    assert 'value="Typed late"' in words(response)


def test_a_form_is_given_to_nobody_but_its_writer(late_form, staff, visitor):
    """On a browser that several use, a colleague’s form is neither shown nor saved under another name."""
    staff("Publisher")

    home = visitor.post(
        LOGIN, {"username": "test-publisher", "password": PASSWORD, "typed": hidden(late_form, "typed")}, follow=True
    )

    assert "A form of a colleague was left open here." in words(home)
    assert TYPED.split("\r\n")[0] not in words(home)
    assert visitor.get("/admin/typed/")["Location"] == "/admin/"


@pytest.mark.parametrize("page", ["confirm", "merge", "delete"])
def test_a_single_button_is_never_pressed_again(page, visitor, db):
    """What confirms, merges, freezes or deletes carries nobody’s name: after signing in it is pressed anew, or not."""
    project = make_project()

    response = visitor.post(url(Project, page, project.pk), {"post": "yes"})

    assert response["Location"].startswith(LOGIN)


def test_files_are_named_since_they_cannot_be_kept(staff, visitor):
    user = staff("Editor")
    file = SimpleUploadedFile("the-field.jpg", make_image(60, 40).read())

    held = visitor.post(url(type(make_photo()), "add"), {"code": "kept", "file": file, **of(user)})
    shown = visitor.post(
        LOGIN, {"username": "test-editor", "password": PASSWORD, "typed": hidden(held, "typed")}, follow=True
    )

    assert "Files cannot be kept: the-field.jpg." in words(shown)


@pytest.mark.parametrize("typed", ["", "nonsense", "a:b:c"])
def test_what_was_not_made_here_is_not_carried(typed, staff, visitor):
    staff("Editor")

    assert sign_in(visitor, "test-editor", typed=typed, next="/admin/")["Location"] == "/admin/"
    assert visitor.get("/admin/typed/")["Location"] == "/admin/"


def test_an_altered_form_is_not_carried(staff, visitor):
    staff("Editor")
    signed = HeldForm("/admin/", [["code", "kept"]], []).signed()

    sign_in(visitor, "test-editor", typed=signed.replace(signed[5], "A" if signed[5] != "A" else "B", 1))

    assert visitor.get("/admin/typed/")["Location"] == "/admin/"


def test_a_password_is_never_carried(visitor):
    response = visitor.post("/admin/password_change/", {"old_password": "one", "new_password1": "two"})

    assert response["Location"].startswith(LOGIN)


def test_strangers_leave_nothing_on_the_server(late_form):
    assert "typed" in words(late_form)
    assert not Session.objects.exists()


def test_using_the_admin_renews_the_session_but_not_at_every_click(staff_client):
    client = staff_client("Editor")
    client.get("/admin/")
    session = client.session
    session["ends"] -= 60
    session.save()

    client.get("/admin/")
    assert client.session["ends"] == session["ends"]
    session["ends"] -= 4 * 60 * 60
    session.save()
    client.get("/admin/")

    assert client.session["ends"] > time.time() + 7.9 * 60 * 60


def test_a_session_ends_after_a_day_however_often_it_is_used(staff_client, monkeypatch, settings):
    client = staff_client("Editor")
    settings.SESSION_COOKIE_AGE = settings.SESSION_LIFETIME
    begun = time.time()
    assert client.get("/admin/").status_code == 200

    for hours, status in ((5, 200), (23, 200), (24, 302)):
        monkeypatch.setattr(sessions.time, "time", lambda now=begun + hours * 3600 + 1: now)
        assert client.get("/admin/").status_code == status


def test_an_administrator_signs_a_colleague_out_everywhere(staff_client, visitor, staff):
    colleague = staff("Editor")
    machines = [visitor, Client(headers={"host": "localhost"})]
    for machine in machines:
        sign_in(machine, "test-editor")
    administrator = staff_client("Administrator")

    response = administrator.post(reverse("admin:partnership_user_sessions", args=[colleague.pk]), follow=True)

    assert "is signed out everywhere. Sessions that were open: 2." in words(response)
    assert [machine.get("/admin/").status_code for machine in machines] == [302, 302]
    assert SecurityEvent.objects.filter(what="ended", detail="test-editor: 2").exists()


def test_the_notice_asks_how_long_is_left_and_can_renew(staff_client, visitor):
    client = staff_client("Editor")
    client.get("/admin/")
    session = client.session
    session["ends"] = int(time.time()) + 100
    session.save()

    assert client.get("/admin/session/").json()["seconds"] in range(95, 101)
    assert client.post("/admin/session/").json()["seconds"] > 28000
    assert visitor.get("/admin/session/").json() == {"seconds": 0}


# A stale token


@pytest.fixture
def checked(staff) -> Client:
    """A signed-in browser whose forms are checked for their token."""
    client = Client(headers={"host": "localhost", "accept-language": "en"}, enforce_csrf_checks=True)
    client.force_login(staff("Editor"))
    return client


def test_a_form_from_before_another_sign_in_is_shown_again_with_a_new_token(checked):
    data = typed_theme(checked) | {"csrfmiddlewaretoken": "x" * 64}
    response = checked.post(url(Theme, "add"), data, headers={"origin": "http://localhost"})

    assert response.status_code == 403
    assert "Nothing was saved yet. What you typed is still here." in words(response)
    again = checked.post(url(Theme, "add"), carried(response), headers={"origin": "http://localhost"})
    assert not Theme.objects.filter(code="kept").exists()
    token = {"csrfmiddlewaretoken": hidden(again, "csrfmiddlewaretoken"), "_save": "Save"}
    checked.post(url(Theme, "add"), filled_in(again) | token, headers={"origin": "http://localhost"})
    assert Theme.objects.get(code="kept").note_en == STORED


def test_a_colleague_who_signed_in_meanwhile_is_not_shown_the_form(checked, staff):
    data = typed_theme(checked) | {"csrfmiddlewaretoken": "x" * 64} | of(staff("Publisher"))

    response = checked.post(url(Theme, "add"), data, headers={"origin": "http://localhost"})

    assert response.status_code == 403
    assert "Kvar" not in words(response)


@pytest.mark.parametrize("origin", ["https://example.org", "http://localhost:9", None])
def test_a_form_from_elsewhere_is_not(origin, checked):
    response = checked.post(url(Theme, "add"), {"name_en": "Planted"}, headers={"origin": origin} if origin else {})

    assert response.status_code == 403
    assert "Nothing was saved." in words(response)
    assert "Planted" not in words(response)


def test_the_refusal_speaks_the_reader_s_language(checked):
    response = checked.post("/sv/om/", headers={"accept-language": "en"})

    assert '<html lang="sv">' in words(response)
    assert not response.cookies


def test_a_telephone_with_a_wrong_code_does_not_take_the_place_of_the_other(staff):
    user = staff("Publisher")
    other = TOTPDevice.objects.create(user=user, name="other", confirmed=True)
    new = TOTPDevice.objects.create(user=user, name="new", confirmed=False)

    assert not second_factor.confirm(new, "no code")

    assert dict(TOTPDevice.objects.values_list("pk", "confirmed")) == {other.pk: True, new.pk: False}

"""Signing in to the record office in a real browser, from the invitation to an ended session."""

from __future__ import annotations

import email
import email.policy
import re
import time
from base64 import b32decode

import pytest
from django_otp.oath import TOTP

from tests.browser.base import PASSWORD, STAFF_RULES, Visitor, broken_rules, sign_in
from tests.support.call import call

pytestmark = pytest.mark.browser


@pytest.fixture
def guarded_visitor(browser, guarded_site):
    """Somebody with a browser at the site that asks for a second factor."""
    someone = Visitor(browser, guarded_site.address, viewport={"width": 390, "height": 800})
    yield someone
    someone.context.close()
    assert not someone.faults, someone.faults


@pytest.fixture
def invited(guarded_site) -> str:
    """The link in the letter to a new publisher."""
    call(guarded_site.environment, "tests.support.work:invite", "pia", "Publisher", "vaxjo")
    [path] = guarded_site.letters.iterdir()
    letter = email.message_from_bytes(path.read_bytes().split(b"\n-----")[0], policy=email.policy.default)
    return re.search(r"http://\S+/password/\S+", letter.get_content())[0]


def check_page(page) -> None:
    """No rule of accessibility is broken, light or dark, and nothing scrolls sideways."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert broken_rules(page, STAFF_RULES) == [], f"{page.url}, {scheme}"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url


def code_for(key: str) -> str:
    totp = TOTP(b32decode(key.replace(" ", "")))
    totp.time = time.time()
    return f"{totp.token():06}"


def go_on(page) -> None:
    with page.expect_navigation():
        page.locator("#content input[type=submit]").click()


def test_from_the_invitation_to_the_dashboard_and_back_after_the_session_has_ended(
    invited, guarded_visitor, guarded_site
):
    page = guarded_visitor.open(invited)
    check_page(page)
    assert page.locator("#id_new_password1").get_attribute("autocomplete") == "new-password"
    for field in ("#id_new_password1", "#id_new_password2"):
        page.fill(field, "lila fjäril under bron")
    go_on(page)

    page.get_by_text("Your password is set. Sign in with it now.").wait_for()
    check_page(page)
    enter(page)
    assert page.url.endswith("/admin/device/?next=/admin/")
    check_page(page)
    key = page.locator("code").inner_text()
    page.fill("#id_code", code_for(key))
    go_on(page)

    check_page(page)
    recovery = page.locator(".codes code").all_inner_texts()
    assert len(recovery) == 10
    page.get_by_role("link", name="I have kept them").click()
    page.locator("#dashboard").wait_for()

    page.goto("/admin/projects/theme/add/")
    page.fill("#id_name_en", 'Typed "late" & kept')
    guarded_visitor.context.clear_cookies(name="session")
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").first.click()
    page.get_by_text("Nothing typed is lost: sign in, and go on.").wait_for()
    check_page(page)
    enter(page)
    check_page(page)
    # The code from the telephone was used a moment ago; one from the paper is good as well.
    page.fill("#id_code", recovery[0])
    go_on(page)

    check_page(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Open the form again").click()
    page.get_by_role("status").filter(has_text="Nothing is saved yet").wait_for()
    assert page.input_value("#id_name_en") == 'Typed "late" & kept'


@pytest.fixture
def holder(browser, guarded_site):
    """Somebody with a browser at the same site, by a name: passkeys hold for no bare addresses."""
    someone = Visitor(
        browser, guarded_site.address.replace("127.0.0.1", "localhost"), viewport={"width": 390, "height": 800}
    )
    yield someone
    someone.context.close()
    assert not someone.faults, someone.faults


def test_a_passkey_is_set_up_and_signs_in(holder, guarded_site):
    """With the browser’s own key, under the content security policy."""
    call(guarded_site.environment, "tests.support.work:add_staff", "petra", "Publisher", "vaxjo")
    key = call(guarded_site.environment, "tests.support.work:add_telephone", "petra")
    page = holder.open("/admin/login/?next=/admin/passkey/")
    chromium = holder.context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    about = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    seen = {"isUserVerified": True, "automaticPresenceSimulation": True}
    chromium.send("WebAuthn.addVirtualAuthenticator", {"options": about | seen})

    def sign_in_by_password() -> None:
        page.fill("#id_username", "petra")
        page.fill("#id_password", PASSWORD)
        go_on(page)

    sign_in_by_password()
    page.fill("#id_code", code_for(key))
    with page.expect_navigation():
        page.locator("#content input[type=submit]").click()
    page.fill("#id_name", "Blue key")
    page.fill("#id_password", PASSWORD)
    call(guarded_site.environment, "tests.support.work:let_codes_be_used_again", "petra")
    page.fill("#id_current", code_for(key))
    check_page(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Set up a passkey").click()
    page.get_by_text("The passkey is set up.").wait_for()
    page.get_by_role("link", name="Take “Blue key” away").wait_for()
    check_page(page)

    holder.context.clear_cookies(name="session")
    page.goto(page.url)
    sign_in_by_password()
    check_page(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Use a passkey instead").click()
    page.get_by_text("Where you are signed in").wait_for()


def enter(page) -> None:
    page.fill("#id_username", "pia")
    page.fill("#id_password", "lila fjäril under bron")
    go_on(page)


def test_without_scripts_nothing_typed_is_lost_either(visitor, publisher):
    page = sign_in(visitor(java_script_enabled=False), publisher)
    page.goto("/admin/projects/theme/add/")
    page.fill("#id_name_sv", "Utan skript")
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="Save and continue editing").first.click()
    page.fill("#id_username", publisher)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Open the form again").click()

    assert page.input_value("#id_name_sv") == "Utan skript"


def test_before_the_session_ends_one_is_asked_to_stay(visitor, publisher):
    someone = visitor()
    page = sign_in(someone, publisher)
    page.clock.install()
    page.goto("/admin/projects/theme/add/")
    page.fill("#id_name_en", "Half a word")
    page.route("**/admin/session/", lambda route: route.fulfill(json={"seconds": 240}), times=1)
    page.clock.fast_forward("07:56:00")
    notice = page.get_by_role("alert").filter(has_text="You will be signed out in a few minutes.")
    notice.wait_for()

    notice.get_by_role("button", name="Stay signed in").click()

    page.get_by_text("You stay signed in.").wait_for()
    assert page.input_value("#id_name_en") == "Half a word"


def test_the_admin_works_under_its_content_policy(visitor, publisher):
    """The visitor notes every violation that the browser reports; here the widgets are used as well as shown."""
    page = sign_in(visitor(), publisher)
    for path in (
        "/admin/projects/project/",
        "/admin/projects/project/add/",
        "/admin/partnership/source/",
        "/admin/partnership/photo/add/",
        "/admin/partnership/claim/",
        "/admin/password_change/",
    ):
        page.goto(path)
        assert page.locator("#content").is_visible()
    page.goto("/admin/visits/visit/add/")
    page.locator(".select2-search__field").first.click()
    page.keyboard.type("tlokwe")
    page.locator(".select2-results__option", has_text="Tlokwe").first.click()
    page.locator(".add-row a").first.click()
    page.goto("/admin/projects/project/")
    page.locator("#result_list tbody th a").first.click()
    page.locator("#id_state").wait_for()

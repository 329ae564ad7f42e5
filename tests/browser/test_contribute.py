"""A resident with a telephone and without scripts tells what she knows, and a clerk makes a source of it."""

from __future__ import annotations

import os
import re

import pytest

from tests.browser.base import Visitor, add_staff, broken_rules, manage, sign_in, widest
from tests.factories import make_image

pytestmark = pytest.mark.browser


@pytest.fixture
def person(browser, site):
    """Somebody with a browser that may be told of errors: a form that lacks something is answered with 422."""
    people: list[Visitor] = []

    def make(width: int, **options) -> Visitor:
        # A browser without a window names itself as a program, which is a sign of one.
        options.setdefault("user_agent", "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0")
        people.append(Visitor(browser, site, viewport={"width": width, "height": 800}, **options))
        return people[-1]

    yield make
    for visitor in people:
        visitor.context.close()


def check_page(page) -> None:
    """Nothing scrolls sideways, and no rule of accessibility is broken."""
    assert widest(page) <= page.viewport_size["width"]
    assert broken_rules(page) == []


def test_a_resident_tells_what_she_knows_and_a_clerk_makes_a_source_of_it(person, site_environment, tmp_path):
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(make_image().read())
    page = person(390, java_script_enabled=False).open("/en/projects/leseding/")
    page.get_by_role("link", name="I know something about this").first.click()
    page.wait_for_url("**/en/contribute/send/project/leseding/")

    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Write what you know.").wait_for()
    assert page.title().startswith("Error: ")

    page.get_by_label("What do you know?").fill("I was in the group that came in September 2010.")
    page.get_by_label("I was there").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Check before you send").wait_for()
    page.get_by_role("button", name="Change").click()
    text = page.get_by_label("What do you know?")
    assert text.input_value() == "I was in the group that came in September 2010."
    text.fill("I was in the group that came in October 2010.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("October 2010").wait_for()
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you. Your reference is").wait_for()
    reference = re.search(r"\d{4}-\d{4}", page.locator("h1").inner_text())[0]

    page.get_by_label("One file at a time").set_input_files(picture)
    page.get_by_role("button", name="Add this file").click()
    page.get_by_text("picture.jpg").wait_for()
    assert page.context.cookies() == []

    name = add_staff({**os.environ, **site_environment}, "inga", "Publisher", "vaxjo")
    manage({**os.environ, **site_environment}, "work", "--once")
    desk = person(1280)
    sign_in(desk, name)
    clerk = desk.open("/admin/partnership/contribution/")
    clerk.get_by_role("link", name=reference).click()
    clerk.get_by_role("img", name="What was sent, made anew").wait_for()
    clerk.get_by_role("button", name="Make a source").click()
    clerk.wait_for_url("**/admin/partnership/source/*/change/")
    assert f"contribution-{reference}" in clerk.content()


@pytest.mark.parametrize(
    "url", ["/en/contribute/send/", "/sv/bidra/skicka/", "/en/contribute/", "/en/follow/", "/sv/nyhetsbrev/"]
)
def test_the_form_breaks_no_rule_of_accessibility(person, url):
    page = person(320).open(url)

    check_page(page)
    if "send" in url or "skicka" in url:
        page.locator("button[name=step]").click()
        page.locator("[role=alert]").wait_for()
        check_page(page)


def test_check_page_and_private_page_break_no_rule_of_accessibility(person):
    page = person(320).open("/en/contribute/send/")
    page.get_by_label("What do you know?").fill("Mrs Example showed us the guidance centre in 2010.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="This looks like a person’s name").wait_for()
    check_page(page)
    page.wait_for_timeout(2100)

    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    check_page(page)
    page.get_by_role("button", name="Add this file").click()
    page.get_by_role("link", name="Choose a file first.").wait_for()
    check_page(page)
    page.get_by_role("link", name="Ask staff to erase all you sent").click()
    page.get_by_role("heading", level=1, name="Have it deleted").wait_for()
    check_page(page)

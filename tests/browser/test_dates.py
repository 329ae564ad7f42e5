"""A clerk dates a visit: read while it is typed, asked about, or picked, by keyboard, with and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.base import STAFF_RULES, broken_rules, sign_in

pytestmark = pytest.mark.browser

ADD = "/admin/visits/visit/add/"


def test_a_date_is_read_while_it_is_typed_and_its_readings_are_offered(visitor, publisher):
    page = sign_in(visitor(width=390, bypass_csp=True), publisher)
    page.goto(ADD)

    page.locator("#id_period").press_sequentially("v. 33 2012")
    expect(page.locator("#id_period_reading")).to_contain_text("read as: week 33 of 2012 (13–19 August)")

    page.fill("#id_period", "05/03/2012")
    page.get_by_label("3 May 2012").check()
    assert broken_rules(page, STAFF_RULES) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").first.click()

    expect(page.locator("#id_period")).to_have_value("3 May 2012")


def test_a_date_is_picked_by_keyboard_and_only_its_own_fields_show(visitor, publisher):
    page = sign_in(visitor(bypass_csp=True), publisher)
    page.goto(ADD)

    page.locator("#id_period").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Season", exact=True).first.check()
    expect(page.locator("[name=period_day]")).to_be_hidden()
    page.locator("[name=period_season]").select_option(label="spring (September–November)")
    page.fill("[name=period_year]", "2012")
    assert broken_rules(page, STAFF_RULES) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").first.click()

    expect(page.locator("#id_period")).to_have_value("spring 2012 (September–November)")


def test_without_a_script_the_readings_are_offered_after_saving(visitor, publisher):
    page = sign_in(visitor(java_script_enabled=False), publisher)
    page.goto(ADD)

    page.fill("#id_period", "2011/12")
    for choice in ("", "July 2011 – June 2012"):
        if choice:
            page.get_by_label(choice).check()
        page.get_by_role("button", name="Save and continue editing").first.click()

    expect(page.locator("#id_period")).to_have_value("July 2011 – June 2012")

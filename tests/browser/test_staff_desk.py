"""The admin in a real browser: a clerk’s main pages, by every rule of accessibility, narrow and wide."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def sign_in(someone, name: str):
    page = someone.open("/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    page.locator("#desk").wait_for()
    return page


def test_the_main_pages_break_no_rule(visitor, publisher):
    # The rules’ own program writes style into the page, which the content policy would refuse.
    page = sign_in(visitor(bypass_csp=True), publisher)
    paths = ["/admin/", "/admin/visits/visit/", "/admin/visits/visit/add/", "/admin/projects/project/?lacks=period"]
    for path in paths:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.goto(path)
                found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
                broken = [
                    f"{rule['id']} at {' '.join(map(str, node['target']))}"
                    for rule in found.response["violations"]
                    for node in rule["nodes"]
                ]
                assert not broken, f"{path} at {width} px, {scheme}: {len(broken)}, such as {broken[:5]}"


def test_a_draft_without_a_source_is_kept_and_not_published(visitor, publisher):
    page = sign_in(visitor(), publisher)
    page.goto("/admin/projects/theme/add/")
    page.fill("#id_code", "browser-theme")
    page.fill("#id_name_en", "Made in a browser")
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").first.click()
    page.select_option("#id_state", "published")
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").first.click()

    page.get_by_text("What is published needs at least one source.").wait_for()
    assert page.input_value("#id_name_en") == "Made in a browser"


def bring(page, text: str) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Spreadsheet").set_input_files(
        {"name": "visits.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Check the file").click()
    page.get_by_text("What the file would do").wait_for()


def break_no_rule(page) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    broken = [(rule["id"], node["target"]) for rule in found.response["violations"] for node in rule["nodes"]]
    assert not broken
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_spreadsheet_is_put_right_and_then_loaded(visitor, publisher):
    page = sign_in(visitor(width=390), publisher)
    page.goto("/admin/visits/visit/")
    break_no_rule(page)
    bring(page, "Visits\ncode;period;hosts\nbrowser-visit;soon;nobody\n")

    page.get_by_role("row", name="3 period").wait_for()
    page.get_by_role("row", name="3 hosts").wait_for()
    assert not page.get_by_role("button", name="Load it").count()
    break_no_rule(page)

    page.goto("/admin/visits/visit/")
    bring(page, "Visits\ncode;period;hosts\nbrowser-visit;2031-05;vaxjo\n")
    break_no_rule(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Load it").click()
    page.get_by_text("All of it is loaded").wait_for()
    break_no_rule(page)
    page.get_by_role("link", name="To the list").click()
    page.get_by_role("link", name="Växjö, May 2031").wait_for()
    page.get_by_role("link", name="Export").click()
    break_no_rule(page)
    page.goto("/admin/visits/visit/import/delegates/")
    break_no_rule(page)

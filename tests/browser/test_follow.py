"""Somebody follows the record, is told of what a clerk publishes, and leaves with one click, all without scripts."""

from __future__ import annotations

import re

import pytest

from tests.browser.base import GuardedSite, Visitor, manage, sign_in
from tests.browser.test_admin import Form, make_draft
from tests.support.call import call

pytestmark = pytest.mark.browser


def newest_letters(site: GuardedSite) -> str:
    """What the worker sends now; the folder is left empty for others."""
    manage(site.environment, "work", "--once")
    texts = []
    for path in sorted(site.letters.iterdir()):
        texts.append(path.read_text())
        path.unlink()
    return "\n".join(texts)


def link_in(letters: str, site: GuardedSite, path: str) -> str:
    match = re.search(rf"{re.escape(site.address)}({path}[^\s\">]+)", letters)
    assert match, letters
    return match[1]


def test_from_a_publication_to_a_letter_and_out_with_one_click(browser, guarded_site, visitor, publisher):
    reader = Visitor(browser, guarded_site.address, viewport={"width": 390, "height": 800}, java_script_enabled=False)
    try:
        page = reader.open("/en/follow/")
        page.get_by_label("E-mail").fill("eva@vaxjo.se")
        page.get_by_label("At once, at most one a day").check()
        page.get_by_role("button", name="Follow", exact=True).click()
        page.get_by_role("heading", name="Look in your mailbox").wait_for()
        page = reader.open(link_in(newest_letters(guarded_site), guarded_site, "/en/follow/confirm/"))
        page.get_by_role("button", name="Yes, write to me").click()

        clerk = sign_in(visitor(), publisher)
        make_draft(clerk, "Told to followers")
        form = Form(clerk)
        form.pick("state", "published")
        form.save("Save and continue editing")
        # A mistake that is withdrawn within the hour goes to nobody: the letter waits for so long.
        call(guarded_site.environment, "tests.support.work:let_hours_pass")
        letters = newest_letters(guarded_site)
        assert "Told to followers" in letters

        page = reader.open(link_in(letters, guarded_site, "/u/"))
        page.get_by_role("button", name="Leave and delete my address").click()
        page.get_by_role("heading", name="You get no more letters").wait_for()
        assert page.context.cookies() == []
    finally:
        reader.context.close()

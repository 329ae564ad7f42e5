"""Errands of a juror: read as long as there is time for, choose with the keyboard, print, check, and take away."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest

from tests.browser.base import rules_broken_anywhere, widest
from tests.support.call import call
from tests.support.pdf import printed

pytestmark = pytest.mark.browser

DOSSIER = "/en/dossier/platforma-2018/"


@pytest.fixture(scope="module")
def links(site, site_environment) -> list[str]:
    """Two editions of the running site, and private links: one that is open, one expired, one revoked."""
    return call(site_environment, "tests.support.work:freeze_editions_and_make_links").split()


def test_a_juror_reads_as_long_as_there_is_time(visitor):
    page = visitor(width=390, java_script_enabled=False).open(DOSSIER)
    long = page.locator(".passage").count()

    page.get_by_role("link", name="Two minutes").click()

    assert "about 2 minutes" in page.locator(".readings").inner_text()
    assert page.locator(".readings [aria-current]").inner_text() == "Two minutes"
    assert 3 <= page.locator(".passage").count() < long
    first = page.locator(".passage").nth(1)
    assert first.locator(".cards").get_by_text("Own statement").is_visible()
    # In a narrow window the evidence follows its paragraph.
    assert first.locator(".cards").bounding_box()["y"] > first.locator(".said").bounding_box()["y"]
    page.get_by_role("link", name="Source 1").first.click()
    assert page.url.endswith("#source-1")


def test_evidence_stands_beside_its_paragraph_in_a_wide_window(visitor):
    page = visitor(width=1440).open(DOSSIER)

    for number in range(page.locator(".passage").count()):
        paragraph = page.locator(".passage .said").nth(number).bounding_box()
        cards = page.locator(".passage").nth(number).locator(".cards")
        if cards.count():
            assert cards.bounding_box()["x"] > paragraph["x"] + paragraph["width"]
            assert abs(cards.bounding_box()["y"] - paragraph["y"]) < 20


def test_claims_and_evidence_are_read_side_by_side_with_the_keyboard(visitor):
    page = visitor(width=1280, java_script_enabled=False).open(f"{DOSSIER}criteria/")
    line = page.locator(".lens-claims").get_by_role("link", name="International visits")
    line.focus()

    page.keyboard.press("Enter")

    shown = page.locator(".lens-evidence article:visible")
    assert shown.count() == 1
    assert "some 100" in shown.inner_text()
    # Beside it, not below: the evidence stays where the reader can see both.
    assert shown.bounding_box()["x"] > line.bounding_box()["x"] + line.bounding_box()["width"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article').id") == "claim-visits"
    shown.get_by_role("link", name="Back to the list").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#all-claims")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.lens-claims') !== null")


def test_the_dossier_prints_with_its_evidence_and_addresses_and_without_navigation(visitor):
    page = visitor(width=1280).open(DOSSIER)
    page.emulate_media(media="print")

    for hidden in (".masthead nav", ".toolbar", ".readings", ".contents", ".footer"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".dossier-sources .address").first.is_visible()
    with pikepdf.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as pdf:
        assert [round(float(side)) for side in pdf.pages[0].MediaBox[2:]] in ([595, 842], [596, 842])
        text = "".join(map(printed, pdf.pages))
    assert "platforma-dev.eu/vaxjo-sweden-jb-marks-south-africa" in text
    assert "Ownstatement" in text


def test_an_edition_is_checked_and_taken_away(visitor, links):
    page = visitor().open(DOSSIER)
    page.get_by_role("link", name=re.compile("^Edition 1, ")).click()
    checksum = page.locator(".frame code").inner_text()

    assert re.fullmatch("[0-9a-f]{64}", checksum)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Everything in one archive").click()
    content = waiting.value.path().read_bytes()
    assert content.startswith(b"PK")
    assert f"{checksum}  edition.json".encode() in content


def test_what_differs_is_read_from_one_edition_to_the_next(visitor, links):
    page = visitor().open(f"{DOSSIER}1/")
    page.get_by_role("link", name="Compare with the record of today").click()
    assert page.get_by_text("Nothing differs.").is_visible()

    page.get_by_role("link", name="Compare with edition 2").click()

    change = page.locator(".change", has_text="Project: Leseding")
    assert "Title (English): Leseding – Give Light → Leseding" in change.inner_text()


def test_a_private_link_opens_and_those_that_ended_say_why_in_the_readers_language(visitor, links):
    someone = visitor(width=390)
    page = someone.open(links[0])
    assert page.get_by_text("Enskild läsning till och med").is_visible()
    for address, words in (
        (links[1], "Länken har gått ut"),
        (links[2], "Länken har återkallats"),
        (links[0][:-4] + "xxx/", "Länken är inte hel"),
    ):
        page.goto(address)
        # The answers say 403 or 410, which the browser notes as errors.
        someone.faults[:] = [fault for fault in someone.faults if not re.search("403|410", fault)]
        assert words in page.locator("main").inner_text()
        assert page.locator("main").get_by_role("link", name="record@example.org").is_visible()
        assert not page.locator(".passage").count()


def test_a_count_in_the_ledger_leads_to_its_records(visitor):
    page = visitor(width=390, java_script_enabled=False).open("/en/claims/")
    ledger = page.locator("#projects")
    assert ledger.locator(".statements .as-of").all_inner_texts() == [
        "January 2018",
        "2012",
        "not dated",
    ]

    step = ledger.locator("a[href*='documented=well']")
    number = int(step.inner_text())
    step.click()

    assert "documented=well" in page.url
    assert page.locator("main .rows > li").count() == number


@pytest.mark.parametrize("path", [f"{DOSSIER}1/", f"{DOSSIER}1/differences/2/", "/sv/underlag/platforma-2018/1/"])
def test_pages_of_editions_keep_the_rules_of_every_page(path, visitor, links):
    page = visitor().open(path)

    assert rules_broken_anywhere(page) == []
    page.set_viewport_size({"width": 320, "height": 900})
    assert widest(page) <= 320

"""Every kind of page in both languages, narrow and wide, light and dark, in a real browser."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from partnership.models import Partner, Source
from projects.models import Project, Theme
from tests.base import PAGES, address, fetch
from tests.browser.base import rules_broken_anywhere, widest
from tests.support.tools import CHECKER, java
from visits.models import Visit

pytestmark = pytest.mark.browser

PATHS = [
    *(address(name, language) for name in PAGES for language in ("en", "sv")),
    "/en/nothing/",
    "/en/projects/?theme=nonsense",
    "/sv/projekt/?q=bibliotek&from=2010",
    "/en/visits/?direction=to_sweden",
]
#: WCAG 2.2, 1.4.12: readers may widen lines, letters, words and paragraphs.
SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    " p { margin-bottom: 2em !important }"
)


#: The words that stand on more than one line, each with its element. Addresses, code and checksums may break.
BROKEN_WORDS = r"""() => {
    document.querySelectorAll("details").forEach(part => { part.removeAttribute("name"); part.open = true; });
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    const broken = [];
    for (let text; (text = walker.nextNode());) {
        const parent = text.parentElement;
        if (parent.closest("code, pre, script, option, .address") || !parent.checkVisibility()) continue;
        for (const word of text.data.matchAll(/[\p{L}\p{M}\p{N}\u00ad’']{2,}/gu)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = [...range.getClientRects()].filter(box => box.width > 0).map(box => box.top);
            const isBroken = Math.max(...lines) - Math.min(...lines) > 4;
            if (isBroken) broken.push(`${word[0]} in ${parent.outerHTML.slice(0, 80)}`);
        }
    }
    return broken;
}"""


def open_page(someone, path: str):
    page = someone.open(path)
    # A missing page is itself an answer that the browser notes as an error.
    someone.faults[:] = [fault for fault in someone.faults if "404" not in fault]
    return page


@pytest.mark.parametrize("path", PATHS)
def test_no_rule_of_accessibility_is_broken(path, visitor):
    page = open_page(visitor(), path)

    assert rules_broken_anywhere(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_scrolls_sideways(path, visitor):
    page = open_page(visitor(bypass_csp=True), path)
    for width in (1440, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert widest(page) <= width, f"{path} at {width} px"
    page.add_style_tag(content=SPACING)
    assert widest(page) <= 320, f"{path} with wider text"


def test_on_a_phone_no_word_is_broken_and_the_masthead_is_one_row(visitor):
    """Every kind of page in both languages, with all that can be opened laid open."""
    someone = visitor(width=360, height=640)
    faults = []
    for path in PATHS:
        page = open_page(someone, path)
        assert page.locator(".masthead").bounding_box()["height"] <= 102, path
        for width in (320, 360, 600):
            page.set_viewport_size({"width": width, "height": 640})
            faults += [f"{path} at {width} px: {word}" for word in page.evaluate(BROKEN_WORDS)]
    assert not faults, "\n".join(faults)


def test_menu_and_search_open_without_a_script(visitor):
    someone = visitor(width=360, height=640, java_script_enabled=False)
    page = someone.open("/sv/projekt/leseding/")
    page.get_by_text("Meny", exact=True).click()
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/projects/leseding/")

    page.locator(".find summary").click()
    page.get_by_role("searchbox", name="Search the record").fill("library")
    page.get_by_role("button", name="Find").click()

    page.wait_for_url("**/en/search/?q=library")


@pytest.mark.checker
@pytest.mark.django_db
def test_the_html_checker_finds_nothing(tmp_path):
    records = [
        *(*Project.objects.published(), *Visit.objects.published(), *Theme.objects.published()),
        *(*Partner.objects.published(), *Source.objects.published()[:8]),
    ]
    addresses = {record.get_absolute_url() for record in records} | set(PATHS)
    for number, path in enumerate(sorted(addresses)):
        page = fetch(path, status=404 if "nothing" in path else 200)
        name = re.sub(r"[^a-z0-9]+", "-", path).strip("-")
        (tmp_path / f"{number:03}-{name}.html").write_text(page.html)

    done = subprocess.run(
        [java(), "-jar", str(CHECKER), "--format", "json", "--errors-only", "--exit-zero-always", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    faults = json.loads(done.stderr or done.stdout)["messages"]
    shown = [f"{fault['url'].rsplit('/')[-1]}:{fault['lastLine']} {fault['message']}" for fault in faults[:20]]
    assert not faults, "\n".join(shown)

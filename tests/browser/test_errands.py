"""What people come to do, done with a keyboard, without JavaScript, on paper."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest

from tests.base import PAGES, address, fetch
from tests.support.pdf import printed

pytestmark = pytest.mark.browser


def test_the_filter_works_without_javascript(visitor):
    page = visitor(width=390, java_script_enabled=False).open("/en/projects/")

    page.get_by_text("Filter the projects").click()
    page.get_by_role("checkbox", name="Rescue services").check()
    page.get_by_role("button", name="Show projects").click()

    page.wait_for_url(lambda url: "theme=rescue-services" in url)
    page.get_by_role("heading", level=2, name="2 projects").wait_for()
    page.get_by_role("link", name="Theme: Rescue services").click()
    page.wait_for_url(lambda url: "theme=" not in url)


def test_a_reader_changes_language_on_the_same_page(visitor):
    page = visitor().open("/en/projects/leseding/")

    page.get_by_role("link", name="Svenska").click()

    page.wait_for_url("**/sv/projekt/leseding/")
    assert page.locator("html").get_attribute("lang") == "sv"


def test_a_number_leads_to_its_source_and_the_source_to_what_rests_on_it(visitor):
    page = visitor().open("/en/projects/library-1/")

    page.get_by_role("link", name="Evidence 1", exact=True).first.click()
    page.wait_for_url("**#e1")
    page.locator("#e1 .where a").click()

    page.get_by_role("heading", name="What cites it").wait_for()


def test_the_skip_link_comes_first_and_leads_to_the_content(visitor):
    page = visitor().open("/en/visits/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")

    page.wait_for_function("document.activeElement.id === 'main'")


@pytest.mark.parametrize("name", PAGES)
def test_everything_is_reached_and_seen_by_keyboard(name, visitor):
    """Tab reaches each link and field once, in order, with an outline, and nothing covers it.

    Discs of visits are left out, since the table below repeats each, and the later years of a bar.
    """
    page = visitor(width=1280).open(address(name, "en"))
    focusable = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
            .filter(element => element.tabIndex >= 0)
            .filter(element => element.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}))
            .length"""
    )

    seen = []
    for _press in range(focusable):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => { const element = document.activeElement, style = getComputedStyle(element);
                    const box = element.getBoundingClientRect();
                    return [element.tagName, parseFloat(style.outlineWidth), box.top >= 0 && box.top < innerHeight,
                            box.width > 0] }"""
            )
        )

    assert all(tag != "BODY" for tag, *_rest in seen)
    assert all(outline >= 3 for _tag, outline, *_rest in seen)
    assert all(in_window and has_size for _tag, _outline, in_window, has_size in seen)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") in {"BODY", "A"}


@pytest.mark.parametrize("name", ["home", "projects:detail", "visits:list", "claims"])
def test_paper_shows_sources_with_addresses_and_no_navigation(name, visitor):
    page = visitor().open(address(name, "en"))
    page.emulate_media(media="print")

    for selector in (".masthead nav", ".languages", ".skip", ".footer", ".filter", ".breadcrumb", ".button"):
        for element in page.locator(selector).all():
            assert not element.is_visible(), selector
    first = page.locator(".sources .address").first
    assert first.is_visible()
    assert re.match(r"https?://", first.inner_text())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
        "rgba(0, 0, 0, 0)",
        "rgb(255, 255, 255)",
    }


def test_forced_colours_keep_every_sign(browser, site):
    context = browser.new_context(base_url=site, forced_colors="active", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto("/en/")

    for selector in (".tile .glyph .n", ".drawing.is-wide circle", ".arc.n", ".run.is-start"):
        style = page.locator(selector).first.evaluate(
            """element => { const style = getComputedStyle(element);
                return [style.fill, style.stroke, style.backgroundColor] }"""
        )
        canvas = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert any(value not in {canvas, "none", "rgba(0, 0, 0, 0)"} for value in style), selector
    context.close()


@pytest.mark.parametrize("name", ["home", "projects:list", "projects:detail", "visits:list"])
def test_four_times_enlarged_nothing_is_lost(name, visitor):
    """WCAG 1.4.10: 1280 px at 400 % are 320 px; no element may lie outside, cut off or on top of another’s text."""
    page = visitor(width=320, height=256).open(address(name, "en"))

    outside = page.evaluate(
        """() => [...document.querySelectorAll("main p, main a, main h1, main h2, main h3, main li, main dd, main td")]
            .filter(element => element.checkVisibility())
            .filter(element => !element.closest("[aria-hidden], .scroll, .visually-hidden, .map"))
            .filter(element => element.getBoundingClientRect().width)
            .filter(element => element.getBoundingClientRect().left < -1 || element.getBoundingClientRect().right > 321)
            .map(element => element.tagName + " " + element.textContent.trim().slice(0, 40))"""
    )
    assert not outside


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "foot"),
    [("/en/projects/leseding/", "–therecordof"), ("/sv/projekt/leseding/", "–registretden")],
)
def test_a_project_prints_on_two_sheets_with_its_address_and_no_heading_alone_at_their_foot(path, foot, visitor):
    """As it is on record: on the site other tests publish visits of any project, whose sources take a third sheet."""
    page = visitor(bypass_csp=True).open(path)
    page.evaluate(
        """html => {
            const onRecord = new DOMParser().parseFromString(html, "text/html")
            for (const part of ["main", ".sources"])
                document.querySelector(part).replaceWith(onRecord.querySelector(part)) }""",
        fetch(path).html,
    )
    page.emulate_media(media="print")
    page.evaluate("() => document.fonts.ready")
    headings = page.locator("main :is(h2, h3), .sources h2").all_text_contents()

    with pikepdf.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as pdf:
        sheets = [printed(sheet) for sheet in pdf.pages]

    assert len(sheets) == 2
    address_or_number = re.compile(rf"https?://[^/]+{path}{foot}\d+[A-Za-z]+20\d\d|\d/2$")
    for sheet in sheets:
        assert address_or_number.search(sheet), sheet[-200:]
        text = address_or_number.sub("", address_or_number.sub("", sheet))
        assert not text.endswith(tuple(re.sub(r"\s", "", heading) for heading in headings if heading.strip()))


@pytest.mark.parametrize(("motion", "fades"), [("no-preference", True), ("reduce", False)])
def test_pages_fade_into_each_other_unless_less_motion_is_asked_for(motion, fades, browser, site):
    page = browser.new_context(base_url=site, reduced_motion=motion).new_page()
    page.add_init_script("addEventListener('pagereveal', event => { window.fades = Boolean(event.viewTransition) })")
    page.goto("/en/about/")

    page.get_by_role("link", name="Themes", exact=True).first.click()
    page.wait_for_url("**/en/themes/")

    assert page.evaluate("window.fades") is fades

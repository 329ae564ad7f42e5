"""Takes the pictures of the staff handbook from the running site with the real record. Run with “make screenshots”.

The database is thrown away afterwards. Each picture is a part of a page, in each language, kept as a small WebP with
few colours; what it shows is said in words where the handbook uses it.
"""

from __future__ import annotations

import os
import tempfile
from io import BytesIO

import pikepdf
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.browser.base import PASSWORD, add_staff, free_port, manage, running
from tests.support.tools import BROWSER_FLAGS, ROOT
from tests.support.tools import browser as find_browser

PICTURES = ROOT / "static" / "handbook"
LOCALES = {"en": "en-GB", "sv": "sv-SE"}
#: As wide as the column in which the handbook shows them, in pixels.
WIDTH = 760
COLOURS = 32


def keep(name: str, language: str, *parts: Locator) -> None:
    """Keeps what the parts of a page cover together."""
    page = parts[0].page
    # What stays in sight in a window would cover what is shown.
    page.evaluate("document.querySelectorAll('.savebar').forEach(bar => { bar.style.position = 'static' })")
    boxes = [part.bounding_box() for part in parts]
    left, top = min(box["x"] for box in boxes) - 8, min(box["y"] for box in boxes) - 8
    right = max(box["x"] + box["width"] for box in boxes) + 8
    bottom = max(box["y"] + box["height"] for box in boxes) + 8
    clip = {"x": max(left, 0), "y": max(top, 0), "width": right - max(left, 0), "height": bottom - max(top, 0)}
    taken = Image.open(BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")
    taken.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB").save(
        PICTURES / f"{name}-{language}.webp", lossless=True, quality=100, method=6
    )


def sign_in(browser: Browser, address: str, name: str, language: str) -> Page:
    context = browser.new_context(
        base_url=address,
        locale=LOCALES[language],
        viewport={"width": WIDTH, "height": 900},
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
    page = context.new_page()
    page.goto("/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    page.locator("#dashboard").wait_for()
    return page


def save(page: Page) -> None:
    with page.expect_navigation():
        page.locator("input[name=_save]").first.click()
    page.evaluate("document.activeElement.blur()")


def of_visits(page: Page, language: str) -> None:
    page.goto("/admin/visits/visit/add/?copy_of=2011-11-library-sweden")
    page.fill("#id_period", "2011-11-21/2011-11-27")
    page.locator(".field-period .reading strong").wait_for()
    page.evaluate("document.activeElement.blur()")
    keep("visit", language, page.locator("fieldset.module").first)
    keep("professions", language, page.locator("#professions-group"), page.locator("#citations-group"))
    page.fill("#id_purpose_en", "archive@example.org")
    save(page)
    keep("people", language, page.locator("#error-summary"))
    page.fill("#id_purpose_en", "")
    page.fill("#id_period", "2011-11-27/2011-11-21")
    page.select_option("#id_state", "published")
    save(page)
    keep("publishing", language, page.locator("#error-summary"))


def of_projects(page: Page, other: Page, language: str) -> None:
    page.goto("/admin/projects/project/?q=adult-education-1")
    with page.expect_navigation():
        page.locator("#result_list .field-__str__ a").first.click()
    keep("source", language, page.locator("#citations-0"))
    keep("confirming", language, page.locator("section[aria-labelledby=sides]"))
    other.goto(page.url)
    other.select_option("#id_confidence", "medium" if language == "en" else "high")
    save(other)
    page.select_option("#id_confidence", "high" if language == "en" else "low")
    save(page)
    keep("together", language, page.locator(".versus-all"))


def of_files(page: Page, language: str) -> None:
    page.goto("/admin/partnership/photo/add/")
    page.evaluate("document.activeElement.blur()")
    keep("files", language, page.locator("fieldset.module").nth(0), page.locator("fieldset.module").nth(1))
    page.goto("/admin/visits/visit/add/")
    plain = Image.new("RGB", (1600, 1000), (40, 80, 60))
    plain.paste((200, 210, 190), (0, 500, 1600, 1000))
    plain.save(picture := BytesIO(), "JPEG")
    names = ("IMG_1.jpg", "IMG_2.jpg")
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": picture.getvalue()} for name in names]
    page.set_input_files("#photographs-files", files)
    page.locator("#photographs-rows canvas[width]").last.wait_for()
    keep("photographs", language, page.locator(".photographs"))
    page.goto("/admin/visits/visit/import/visits/")
    rows = "code;period;hosts\nvisit-20;3/9 2012;vaxjo\nvisit-21;5/6 2013;vaxjo\nvisit-22;soon;vaxjo\n"
    page.set_input_files("input[type=file]", {"name": "visits.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    with page.expect_navigation():
        page.locator("form:has(input[type=file]) input[type=submit]").click()
    keep("spreadsheet", language, page.locator("#questions"))


def of_papers(page: Page, language: str) -> None:
    """Two scans of a binder, sent and waiting to be described."""
    page.goto("/admin/papers/")
    page.fill("#id_publisher", "Växjö kommun")
    page.select_option("#id_grade", "public_authority")
    page.select_option("#id_language", language)
    paper, scan = pikepdf.new(), BytesIO()
    paper.add_blank_page()
    paper.save(scan)
    names = ("2011-11-21", "2011-11-27")
    files = [{"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": scan.getvalue()} for name in names]
    page.set_input_files("#files", files)
    with page.expect_navigation():
        page.locator(".savebar input").click()
    keep("binder", language, page.locator("fieldset.module").first, page.locator(".paper").first)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        port = free_port()
        environment = {
            **os.environ,
            "PORT": str(port),
            "DATA_DIR": directory,
            "SECRET_KEY": "for-pictures-only",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "DEBUG": "off",
            "DJANGO_SETTINGS_MODULE": "partnership.settings",
        }
        for command in (["migrate", "--verbosity=0"], ["load_record"], ["collectstatic", "--noinput", "--verbosity=0"]):
            manage(environment, *command)
        names = [
            add_staff(environment, "clerk", "Publisher", "vaxjo"),
            add_staff(environment, "colleague", "Publisher", "jb-marks"),
        ]
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
        with running(environment) as address:
            for language in LOCALES:
                page, other = (sign_in(browser, address, name, language) for name in names)
                of_visits(page, language)
                of_projects(page, other, language)
                of_files(page, language)
                of_papers(page, language)
        browser.close()
    size = sum(path.stat().st_size for path in PICTURES.glob("*.webp"))
    print(f"{len(list(PICTURES.glob('*.webp')))} pictures, {size / 1000:.0f} kB, in {PICTURES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

"""What a clerk’s errands take, in page loads, clicks and fields: measured in a browser, in Swedish, held to bounds.

A load is each document answered, a click each press on a control, a field each control whose value the clerk sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.base import STAFF_RULES, broken_rules, sign_in
from tests.factories import make_image, make_pdf
from tests.support.call import call

pytestmark = pytest.mark.browser

WIDTHS = [1280, 390]


@dataclass
class Clerk:
    """Works as a person does, and counts."""

    page: Page
    loads: int = 0
    clicks: int = 0
    fields: int = 0
    watched: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._watch(self.page)
        self.page.context.on("page", self._watch)

    def _watch(self, page: Page) -> None:
        self.watched.append(page)
        page.on("domcontentloaded", self._note_load)

    def _note_load(self, page: Page) -> None:
        self.loads += page.url != "about:blank"

    def click(self, control: Locator) -> None:
        control.click()
        self.clicks += 1

    def write(self, control: Locator, text: str) -> None:
        control.fill(text)
        self.fields += 1

    def pick(self, control: Locator, label: str) -> None:
        control.select_option(label=label)
        self.fields += 1

    def tick(self, control: Locator) -> None:
        control.check()
        self.clicks += 1
        self.fields += 1

    def choose(self, name: str, typed: str, words: str, page: Page | None = None) -> None:
        """Types into an autocomplete and takes what it offers."""
        on = page or self.page
        self.click(on.locator(f"#id_{name} + .select2"))
        on.keyboard.type(typed)
        self.click(on.locator(".select2-results__option", has_text=words).first)
        self.fields += 1

    def follow(self, link: Locator) -> None:
        with self.page.expect_navigation():
            self.click(link)

    def save(self, page: Page, button: str) -> None:
        with page.expect_navigation():
            self.click(page.get_by_role("button", name=button, exact=True))


def swedish(visitor, user: str, width: int, **options) -> Page:
    return sign_in(visitor(width=width, locale="sv-SE", **options), user)


def new_source(clerk: Clerk, row: int, title: str) -> None:
    inputs = clerk.page.locator(f"#citations-{row}")
    clerk.click(inputs.get_by_text("Finns den inte? Gör den här"))
    clerk.write(inputs.locator(f"#id_citations-{row}-new_title"), title)
    clerk.write(inputs.locator(f"#id_citations-{row}-new_publisher"), "Växjö kommun")
    clerk.pick(inputs.locator(f"#id_citations-{row}-new_grade"), "partner")
    clerk.write(inputs.locator(f"#id_citations-{row}-new_published"), "maj 2022")
    clerk.pick(inputs.locator(f"#id_citations-{row}-new_language"), "svenska (sv)")


@pytest.mark.parametrize("width", WIDTHS)
def test_last_week_s_visit_with_a_new_source_and_a_photograph(width, visitor, editor):
    """Measured before: 15 loads, 29 clicks, 35 fields."""
    page = swedish(visitor, editor, width, bypass_csp=True)
    clerk = Clerk(page)
    page.goto("/admin/visits/visit/add/")

    clerk.tick(page.get_by_label("Till Sverige"))
    period = "3–7 oktober 2022" if width == 1280 else "12–15 mars 2023"
    clerk.write(page.locator("#id_period"), period)
    clerk.tick(page.get_by_role("group", name="Gäster").get_by_label("JB Marks"))
    clerk.tick(page.get_by_role("group", name="Värdar").get_by_label("Växjö"))
    clerk.write(page.locator("#id_delegates"), "6")
    for row in (0, 2, 5):
        clerk.write(page.locator(f"#id_professions-{row}-number"), "2")
    clerk.write(page.locator("#id_purpose_sv"), "Gästerna följde bibliotekets arbete.")
    new_source(clerk, 0, f"Reserapport {period}")
    clerk.write(page.locator("#id_citations-0-says_sv"), "Daterar besöket.")
    picture = make_image(2000, 1400)
    page.set_input_files("#photographs-files", {"name": "d.jpg", "mimeType": "image/jpeg", "buffer": picture.read()})
    photographs = page.locator(".photographs")
    clerk.write(photographs.locator("textarea[lang=sv]"), "Hyllor på biblioteket.")
    clerk.write(photographs.get_by_label("Fotograf, för alla"), "Växjö kommun")
    clerk.pick(photographs.locator("select"), "ingen igenkännbar person")
    clerk.save(page, "Spara")
    # Two of a profession are few: whether they may be told is asked, and nothing is lost meanwhile.
    expect(photographs.locator("textarea[lang=sv]")).to_have_value("Hyllor på biblioteket.")
    expect(photographs.locator("li img")).to_have_js_property("naturalWidth", 2000)
    assert broken_rules(page, STAFF_RULES) == []
    clerk.write(page.locator("#id_right_because"), "Kommunens nyhet anger yrkena.")
    clerk.save(page, "Spara")

    expect(page.locator(".messagelist")).to_contain_text("Lade till")
    expect(page.locator(".messagelist")).to_contain_text("1 fotografi är tillagt.")
    assert clerk.loads <= 3
    assert clerk.clicks <= 6
    assert clerk.fields + 1 <= 22  # and the file
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_project_with_two_outputs_and_three_sources(width, visitor, editor):
    """Measured before: 15 loads, 31 clicks, 48 fields."""
    page = swedish(visitor, editor, width)
    clerk = Clerk(page)
    page.goto("/admin/projects/project/add/")

    clerk.write(page.locator("#id_title_sv"), f"Körutbyte för skolor {width}")
    clerk.write(page.locator("#id_period"), "2021–2022" if width == 1280 else "2023–2024")
    clerk.write(page.locator("#id_summary_sv"), "Skolor sjöng tillsammans.")
    for row in range(3):
        if row:
            clerk.click(page.locator("#citations-group .add-row a"))
        new_source(clerk, row, f"Källa {row + 1} om körutbytet, {width}")
    for row, side in enumerate(["Sverige", "Sydafrika"]):
        clerk.click(page.locator("#outputs-group .add-row a"))
        clerk.pick(page.locator(f"#id_outputs-{row}-kind"), "hårt resultat")
        clerk.pick(page.locator(f"#id_outputs-{row}-side"), side)
        clerk.write(page.locator(f"#id_outputs-{row}-text_sv"), f"En sångbok i {side}")
        clerk.write(page.locator(f"#id_outputs-{row}-cites"), f"1, {row + 2}")
    clerk.save(page, "Spara")

    expect(page.locator(".messagelist")).to_contain_text("Lade till")
    assert clerk.loads <= 10
    assert clerk.clicks <= 27
    assert clerk.fields <= 44


def test_ten_photographs_of_one_visit(visitor, editor, site_environment):
    """Measured before: 21 loads, 22 clicks, 60 fields."""
    visit = call(site_environment, "tests.support.work:draft_visit")
    page = swedish(visitor, editor, 1280, bypass_csp=True)
    clerk = Clerk(page)
    page.goto(f"/admin/visits/visit/{visit}/change/")
    clerk.follow(page.locator(".object-tools").get_by_role("link", name="Fotografier"))
    picture = make_image(2000, 1400).read()
    files = [{"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": picture} for number in range(10)]
    page.set_input_files("#files", files)
    clerk.fields += 1
    clerk.write(page.get_by_label("Fotograf, för alla"), "Växjö kommun")
    clerk.pick(page.locator("#id_basis"), "ingen igenkännbar person")
    clerk.save(page, "Spara")
    words = page.locator("textarea[lang=sv]")
    expect(words).to_have_count(10)

    for number in range(10):
        clerk.write(words.nth(number), f"Hyllor på biblioteket, bild {number + 1}.")
    assert broken_rules(page, STAFF_RULES) == []
    clerk.save(page, "Spara och gå tillbaka")

    assert f"/visit/{visit}/change/" in page.url
    assert clerk.loads <= 6
    assert clerk.fields <= 20


def test_six_drafts_are_looked_at_and_one_goes_back(visitor, publisher, site_environment):
    """Measured before: 31 loads, 26 clicks."""
    call(site_environment, "tests.support.work:write_drafts", "6")
    page = swedish(visitor, publisher, 1280, bypass_csp=True)
    clerk = Clerk(page)
    page.goto("/admin/")
    clerk.follow(page.locator("#dashboard a[href*='/admin/review/']").first)
    if page.get_by_role("link", name="Börja från den äldsta").count():
        clerk.follow(page.get_by_role("link", name="Börja från den äldsta"))
    assert broken_rules(page, STAFF_RULES) == []

    clerk.tick(page.get_by_label("Ange sida i källan."))
    clerk.save(page, "Skicka tillbaka och nästa")
    for _draft in range(5):
        clerk.save(page, "Publicera och nästa")

    assert clerk.loads <= 12
    assert clerk.clicks <= 13


def test_the_memorandum_is_filed(visitor, editor):
    """Measured before: 7 loads, 6 clicks, 8 fields."""
    page = swedish(visitor, editor, 1280)
    clerk = Clerk(page)
    page.goto("/admin/partnership/document/add/")

    file = {"name": "avtal.pdf", "mimeType": "application/pdf", "buffer": make_pdf()}
    page.set_input_files("#id_file", file)
    clerk.write(page.locator("#id_title_sv"), "Avtal om vänortsskap")
    clerk.pick(page.locator("#id_kind"), "avtal")
    clerk.pick(page.locator("#id_language"), "svenska (sv)")
    clerk.write(page.locator("#id_credit"), "Växjö kommun")
    clerk.save(page, "Spara")

    expect(page.locator(".messagelist")).to_contain_text("Lade till")
    assert clerk.loads <= 3
    assert clerk.fields + 1 <= 6  # and the file


@pytest.mark.parametrize("width", WIDTHS)
def test_three_papers_of_a_binder_become_documents_sources_and_a_visit(width, visitor, editor):
    """What they share is typed once, and the form is never left."""
    page = swedish(visitor, editor, width, bypass_csp=True)
    clerk = Clerk(page)
    page.goto("/admin/papers/")
    clerk.write(page.get_by_label("Avsändare"), "Växjö kommun")
    clerk.pick(page.locator("#id_grade"), "offentlig myndighet")
    clerk.pick(page.locator("#id_language"), "svenska (sv)")
    names = [f"Protokoll {width}-{number}" for number in range(3)]
    files = [{"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": make_pdf()} for name in names]
    page.set_input_files("#files", files)
    clerk.fields += 1
    clerk.save(page, "Skicka filerna")

    papers = page.locator(".paper")
    expect(papers).to_have_count(3)
    for number in range(3):
        clerk.write(papers.nth(number).locator("[name$=-period]"), f"{number + 1} maj 2024")
    clerk.write(papers.first.locator("[name$=-when]"), "maj 2024")
    assert broken_rules(page, STAFF_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    clerk.save(page, "Ta in och gå vidare")

    expect(page.locator(".messagelist li")).to_have_count(3)
    expect(page.get_by_label("Avsändare")).to_have_value("Växjö kommun")
    assert (clerk.loads, clerk.clicks) == (3, 2)
    assert clerk.fields <= 8


def test_leaving_a_form_warns_and_what_was_typed_is_offered_again(visitor, editor):
    page = swedish(visitor, editor, 1280)
    page.clock.install()
    page.goto("/admin/projects/theme/add/")
    page.fill("#id_name_sv", "Halvt skrivet")
    with page.expect_response("**/admin/keep/"):
        page.clock.fast_forward(31_000)
    expect(page.locator("#kept")).to_contain_text("Undanlagt åt dig")
    page.fill("#id_name_sv", "Halvt skrivet till")
    warnings = []

    def leave(dialog) -> None:
        warnings.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)

    page.goto("/admin/projects/theme/")

    assert warnings == ["beforeunload"]
    page.goto("/admin/projects/theme/add/")
    page.get_by_role("link", name="Fortsätt med det").click()
    expect(page.locator("#id_name_sv")).to_have_value("Halvt skrivet")


def test_leaving_a_form_warns_of_photographs_that_are_chosen_and_not_sent(visitor, editor):
    page = swedish(visitor, editor, 1280)
    page.clock.install()
    page.goto("/admin/visits/visit/add/")
    picture = make_image(1600, 1000).read()
    page.set_input_files("#photographs-files", {"name": "d.jpg", "mimeType": "image/jpeg", "buffer": picture})
    with page.expect_response("**/admin/keep/"):
        page.clock.fast_forward(31_000)
    expect(page.locator("#kept")).to_contain_text("Det gäller inte valda filer")
    warnings = []
    page.on("dialog", lambda dialog: (warnings.append(dialog.type), dialog.accept()))

    page.goto("/admin/projects/theme/")

    assert warnings == ["beforeunload"]


def test_enter_in_a_text_field_saves_nothing(visitor, editor):
    page = swedish(visitor, editor, 390)
    page.goto("/admin/projects/theme/add/")
    page.fill("#id_name_sv", "Ett tema")

    page.press("#id_name_sv", "Enter")

    assert page.url.endswith("/admin/projects/theme/add/")
    expect(page.locator(".messagelist")).to_have_count(0)


def test_photographs_that_are_chosen_and_dropped_one_after_the_other_all_stay(visitor, editor):
    page = swedish(visitor, editor, 390)
    page.goto("/admin/visits/visit/add/")
    picture = make_image(1600, 1000).read()
    files = [{"name": f"IMG_{number}.jpg", "mimeType": "image/jpeg", "buffer": picture} for number in range(25)]
    photographs = page.locator(".photographs")
    page.set_input_files("#photographs-files", files[:2])
    photographs.locator("textarea[lang=sv]").first.fill("Hyllor.")

    page.set_input_files("#photographs-files", files[2:3])
    dropped = page.evaluate_handle(
        "() => { const all = new DataTransfer(); all.items.add(new File(['no picture'], 'text.jpg')); return all; }"
    )
    photographs.locator(".help").first.dispatch_event("drop", {"dataTransfer": dropped})

    names = ["IMG_0.jpg", "IMG_1.jpg", "IMG_2.jpg", "text.jpg"]
    expect(photographs.locator(".name:visible")).to_have_text(names)
    expect(photographs.locator("textarea[lang=sv]").first).to_have_value("Hyllor.")
    with page.expect_navigation():
        page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary a")).to_have_text(["Fotografier"])
    expect(photographs.locator(".name:visible")).to_have_text(names[:3])
    expect(photographs.locator("textarea[lang=sv]").first).to_have_value("Hyllor.")
    page.set_input_files("#photographs-files", files[3:])
    expect(photographs.locator(".drop").get_by_role("status")).to_have_text(
        re.compile("^För många på en gång.* IMG_23.jpg, IMG_24.jpg$")
    )


def test_without_a_script_records_are_chosen_by_their_names(visitor, editor):
    page = swedish(visitor, editor, 390, java_script_enabled=False)
    page.goto("/admin/projects/project/add/")

    page.fill("#id_title_sv", "Läsning för alla")
    page.fill("#id_period", "2021–2022")
    page.get_by_label("Teman, med namn eller kod, ett per rad").fill("Idrott och kultur\nIngenting alls")
    page.get_by_role("button", name="Spara", exact=True).first.click()

    expect(page.locator(".field-themes .errorlist")).to_contain_text("Ingenting alls")
    field = page.get_by_label("Teman, med namn eller kod, ett per rad")
    expect(field).to_have_value("Idrott och kultur\nIngenting alls")
    field.fill("Idrott och kultur")
    page.get_by_role("button", name="En till: medverkan").click()
    page.get_by_label("Partner, med namn eller kod").first.fill("växjö")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name="Spara", exact=True).first.click()

    expect(page.locator(".messagelist")).to_contain_text("Lade till")

"""The admin in a real browser: a clerk’s main ways from end to end, and its pages by every rule of accessibility."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.base import STAFF_RULES, broken_rules, sign_in
from tests.factories import make_image
from tests.partnership.spreadsheets.lists import south_african_list, swedish_list

pytestmark = pytest.mark.browser


class Form:
    """Fills in a form as a person does, and counts every entry."""

    def __init__(self, page: Page):
        self.page = page
        self.entries = 0

    def write(self, field: str, text: str) -> None:
        self.page.fill(f"#id_{field}", text)
        self.entries += 1

    def pick(self, field: str, label: str) -> None:
        self.page.select_option(f"#id_{field}", label=label)
        self.entries += 1

    def choose(self, field: str, typed: str, words: str) -> None:
        """Types into an autocomplete and chooses what it offers."""
        self.page.locator(f"#id_{field} + .select2").click()
        self.page.keyboard.type(typed)
        self.page.locator(".select2-results__option", has_text=words).first.click()
        self.entries += 1

    def save(self, button: str = "Save") -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).first.click()


def make_draft(page: Page, title: str) -> str:
    """A project with a title and a source, as a draft; answers with the address of its form."""
    page.goto("/admin/projects/project/add/")
    form = Form(page)
    form.page.locator("#id_title_en").press_sequentially(title)
    form.choose("citations-0-source", "leseding", "Leseding")
    form.save("Save and continue editing")
    return page.url


def public_address(title: str) -> str:
    return f"/en/projects/{title.lower().replace(' ', '-')}/"


def break_no_rule(page) -> None:
    assert broken_rules(page, STAFF_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


# Every rule. Its own program writes style into the page, which the content policy would refuse: hence ``bypass_csp``.

PAGES = [
    "/admin/",
    "/admin/visits/visit/",
    "/admin/visits/visit/add/",
    "/admin/projects/project/?lacks=period",
    "/admin/partnership/photo/add/",
    "/admin/partnership/source/add/",
    "/admin/find/?q=leseding",
    "/admin/bin/",
    "/admin/handbook/",
    "/admin/handbook/visit/",
    "/admin/handbook/source/",
]


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_the_main_pages_break_no_rule(width, dark, visitor, publisher):
    page = sign_in(visitor(width=width, dark=dark, bypass_csp=True), publisher)
    forms = []
    for kind in ("projects/project/?q=leseding", "partnership/claim/", "partnership/partner/?q=vaxjo"):
        page.goto(f"/admin/{kind}")
        forms.append(page.locator("#result_list .field-__str__ a").first.get_attribute("href").partition("?")[0])
    for path in [*PAGES, *forms, forms[0].replace("/change/", "/history/")]:
        page.goto(path)
        break_no_rule(page)
        # Whatever stands beside the text leaves it room.
        assert page.locator("#content").bounding_box()["width"] > 340, path


# A clerk’s ways


@pytest.mark.parametrize("width", [390, 1280])
def test_a_list_never_scrolls_sideways_and_says_the_state_of_each_record(width, visitor, publisher):
    page = sign_in(visitor(width=width, bypass_csp=True), publisher)

    for path in ("visits/visit", "partnership/source", "projects/project", "partnership/claim"):
        page.goto(f"/admin/{path}/")
        state = page.locator("#result_list .field-state").first.bounding_box()
        assert state["x"] >= 0, path
        assert state["x"] + state["width"] <= width, path
        assert page.evaluate("(box => box.scrollWidth <= box.clientWidth)(document.querySelector('.results'))"), path
        break_no_rule(page)
    assert page.locator("#result_list .field-state").first.get_attribute("data-name") == "State"


def test_a_visit_takes_one_form_and_no_more_than_twelve_entries(visitor, editor):
    page = sign_in(visitor(), editor)
    page.goto("/admin/visits/visit/add/")
    form = Form(page)

    page.get_by_label("To South Africa").check()
    form.write("period", "2021-03-02/2021-03-06")
    form.choose("guests", "växjö", "Växjö")
    # A name that the body had long ago finds it as well.
    form.choose("hosts", "potchefstroom", "Tlokwe")
    form.choose("projects", "leseding", "Leseding")
    form.choose("projects", "youth", "Youth")
    form.write("delegates", "15")
    for row in (0, 2, 5):
        form.write(f"professions-{row}-number", "5")
    form.choose("citations-0-source", "leseding", "Leseding")
    form.save()

    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    assert form.entries <= 12
    page.locator(".messagelist a").first.click()
    expect(page.locator("#professions-group .has_original")).to_have_count(3)
    expect(page.locator("#id_projects option:checked")).to_have_count(2)


def test_a_draft_is_written_by_keyboard_alone(visitor, editor):
    page = sign_in(visitor(), editor)
    page.goto("/admin/projects/theme/add/")
    # The form begins in its first field.
    expect(page.locator("#id_name_en")).to_be_focused()

    page.keyboard.type("By keyboard")
    while page.evaluate("document.activeElement.name") != "_save":
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.locator(".messagelist")).to_contain_text("was added successfully")


def test_an_editor_drafts_and_a_publisher_publishes_after_the_checks(visitor, editor, publisher):
    page = sign_in(visitor(), editor)
    page.goto("/admin/projects/project/add/")
    form = Form(page)
    page.locator("#id_title_en").press_sequentially("Drafted by an editor")
    form.write("period", "2028")
    form.save("Save and continue editing")
    assert page.locator("#id_state option").all_inner_texts() == ["draft"]
    with page.expect_navigation():
        page.get_by_role("link", name="Preview", exact=True).click()
    page.get_by_text("Draft. Not visible to the public.").wait_for()

    page = sign_in(visitor(), publisher)
    with page.expect_navigation():
        page.locator("#waiting").get_by_role("link", name="Drafted by an editor").first.click()
    expect(page.locator("#error-summary")).to_contain_text("What is published needs at least one source.")
    with page.expect_navigation():
        page.get_by_role("link", name="Open the form").click()
    form = Form(page)
    form.pick("state", "published")
    form.save("Save and continue editing")
    summary = page.locator("#error-summary")
    expect(summary).to_contain_text("One thing keeps this from being saved")
    summary.get_by_role("link", name="Sources of this record").click()
    page.locator("#citations-group .add-row a").click()
    form.choose("citations-0-source", "leseding", "Leseding")
    form.save("Save and continue editing")

    expect(page.locator("#id_state")).to_have_value("published")
    public = visitor().open(public_address("Drafted by an editor"))
    public.get_by_role("heading", name="Drafted by an editor", level=1).wait_for()


def test_a_draft_without_a_source_is_kept_and_not_published(visitor, publisher):
    page = sign_in(visitor(), publisher)
    page.goto("/admin/projects/theme/add/")
    form = Form(page)
    page.locator("#id_name_en").press_sequentially("Made in a browser")
    form.save("Save and continue editing")
    form.pick("state", "published")
    form.save("Save and continue editing")

    words = "What is published needs at least one source."
    expect(page.locator("#error-summary")).to_contain_text(words)
    expect(page.locator("#citations-group .errorlist")).to_contain_text(words)
    assert page.input_value("#id_name_en") == "Made in a browser"


def test_what_two_write_in_different_fields_is_joined(visitor, publisher, colleague):
    first, second = sign_in(visitor(), publisher), sign_in(visitor(), colleague)
    form_url = make_draft(first, "Written by two")
    second.goto(form_url)
    first_form, second_form = Form(first), Form(second)

    first_form.write("period", "2028")
    first_form.save("Save and continue editing")
    second_form.write("summary_en", "Typed by the second.")
    second_form.save("Save and continue editing")

    first.reload()
    assert first.input_value("#id_summary_en") == "Typed by the second."
    assert first.input_value("#id_period") == "2028"


def test_a_bad_photograph_is_refused_and_a_good_one_is_shown(visitor, publisher):
    page = sign_in(visitor(), publisher)
    page.goto("/admin/partnership/photo/add/")
    form = Form(page)
    form.write("alt_en", "A field below a wood")
    form.write("alt_sv", "En åker nedanför en skog")
    form.pick("basis", "no recognisable person")
    form.pick("focus", "top")
    form.pick("state", "published")
    bad = {"name": "picture.jpg", "mimeType": "image/jpeg", "buffer": b"<svg><script>alert(1)</script></svg>"}
    page.set_input_files("#id_file", bad)
    form.save("Save and continue editing")
    expect(page.locator(".field-file .errorlist, .form-row.errors .errorlist").first).to_contain_text(
        "This file is SVG, which cannot be shown as a photograph."
    )
    assert page.input_value("#id_alt_sv") == "En åker nedanför en skog"

    good = {"name": "picture.png", "mimeType": "image/png", "buffer": make_image(kind="PNG").read()}
    page.set_input_files("#id_file", good)
    form.save("Save and continue editing")

    image = page.locator("img.kept")
    assert image.get_attribute("alt") == "A field below a wood"
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1600
    page.goto(make_draft(page, "With a photograph"))
    page.locator("summary", has_text="Photographs and documents").click()
    form.choose("photos", "field", "A field below a wood")
    form.pick("state", "published")
    form.save("Save and continue editing")
    cover = visitor(width=390).open(public_address("With a photograph")).locator(".cover img")
    assert cover.get_attribute("alt") == "A field below a wood"
    assert cover.evaluate("image => getComputedStyle(image).objectPosition") == "50% 0px"


def test_a_record_is_withdrawn_with_a_reason_that_readers_see(visitor, publisher):
    page = sign_in(visitor(), publisher)
    make_draft(page, "To be withdrawn")
    form = Form(page)
    form.pick("state", "published")
    form.save("Save and continue editing")
    assert page.request.get(public_address("To be withdrawn")).status == 200

    form.pick("state", "withdrawn")
    form.save("Save and continue editing")
    expect(page.locator("#error-summary")).to_contain_text("Say why the record is withdrawn; readers will see it.")
    form.write("withdrawal_reason_en", "Counted twice.")
    form.save("Save and continue editing")

    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    response = page.request.get(public_address("To be withdrawn"))
    assert response.status == 410
    assert "Counted twice." in response.text()


def test_an_earlier_version_is_brought_back(visitor, publisher):
    page = sign_in(visitor(), publisher)
    make_draft(page, "The first title")
    form = Form(page)
    form.write("title_en", "A worse title")
    form.save("Save and continue editing")
    with page.expect_navigation():
        page.get_by_role("link", name="Versions").click()
    page.get_by_role("row", name="Title (English) The first title A worse title").wait_for()

    with page.expect_navigation():
        page.get_by_role("button", name="Bring this version back").click()

    expect(page.locator(".messagelist")).to_contain_text("Version 1 has been brought back.")
    with page.expect_navigation():
        page.locator(".breadcrumbs a").last.click()
    assert page.input_value("#id_title_en") == "The first title"


@pytest.mark.parametrize(
    ("language", "width", "content", "visit", "by_the_rules"),
    [
        ("sv-SE", 390, swedish_list(), "Tlokwe i Växjö, 14 maj 2014", False),
        ("en-ZA", 1280, south_african_list(), "Växjö and Alvesta in Tlokwe, 5 June 2014", True),
    ],
    ids=["swedish", "south african"],
)
def test_a_clerks_own_list_becomes_published_visits(language, width, content, visit, by_the_rules, visitor, publisher):
    """Once under the content policy and once by every rule of accessibility, whose program breaks that policy."""

    def press(name: str) -> None:
        if by_the_rules:
            break_no_rule(page)
        pages.append(name)
        with page.expect_navigation():
            page.locator(f".sheets input[name={name}]").click()

    pages: list[str] = []
    page = sign_in(visitor(width=width, bypass_csp=by_the_rules, locale=language), publisher)
    page.goto("/admin/visits/visit/import/visits/")
    page.set_input_files("#id_file", {"name": "lista.xlsx", "mimeType": "", "buffer": content})
    with page.expect_navigation():
        page.locator(".sheets form:has(#id_file) input[type=submit]").click()
    # Names without one clear guess
    for select in page.locator("#names select.is-open").all():
        select.select_option(index=1)
    press("go")
    page.fill("#source", f"Reselista {language}")
    page.check("input[name=finish][value=publish]")
    while page.locator("#questions").count():
        for question in page.locator(".question").all():
            readings = question.locator("input[type=radio]")
            if readings.count():
                readings.first.check()
            else:
                page.fill("[name=right_because]", "The list has it.")
        press("check")
    press("load")

    assert len(pages) <= 8
    page.get_by_role("link", name=visit).click()
    expect(page.locator("#id_state")).to_have_value("published")
    if by_the_rules:
        for path in ("import/visits/", "import/delegates/", "export/"):
            page.goto(f"/admin/visits/visit/{path}")
            break_no_rule(page)


def test_a_queue_is_worked_off_on_a_telephone_in_swedish(visitor, editor, publisher):
    """Counts pages and presses: one draft published and one returned, from the start page and back to it."""
    written = sign_in(visitor(), editor)
    for title in ("First of the queue", "Second of the queue"):
        make_draft(written, title)
    page = sign_in(visitor(width=390, bypass_csp=True), publisher)
    page.get_by_role("button", name="Svenska").click()
    page.get_by_role("heading", name="Mitt", exact=True).wait_for()
    break_no_rule(page)
    pages: list[str] = []
    page.on("framenavigated", lambda frame: pages.append(frame.url) if frame == page.main_frame else None)

    page.locator("#waiting").get_by_role("link", name="First of the queue").click()
    page.get_by_role("heading", name="First of the queue", level=1).wait_for()
    frame = page.frame_locator(".pane.is-draft iframe")
    frame.get_by_role("heading", name="First of the queue", level=1).wait_for()
    break_no_rule(page)
    page.get_by_role("button", name="Publicera och nästa").click()
    page.get_by_role("heading", name="Second of the queue", level=1).wait_for()
    page.get_by_label("Ange sida i källan.").check()
    page.get_by_role("button", name="Skicka tillbaka och nästa").click()
    page.locator("#dashboard").wait_for()

    assert page.url.endswith("/admin/")
    assert len(pages) == 3
    public = visitor().open(public_address("First of the queue"))
    public.get_by_role("heading", name="First of the queue", level=1).wait_for()
    author = sign_in(visitor(), editor)
    author.locator("#mine").get_by_text("Ange sida i källan.").wait_for()
    author.goto("/admin/projects/project/?q=second+of+the+queue")
    author.locator("#result_list .field-__str__ a").first.click()
    author.goto(author.url.replace("/change/", "/delete/").partition("?")[0])
    author.get_by_role("button", name="Throw away").click()
    author.get_by_role("link", name="the bin", exact=True).click()
    author.get_by_role("button", name="Take “Second of the queue” back").click()
    assert author.input_value("#id_title_en") == "Second of the queue"

"""The filter of the project list: what it finds, what it says, and what it survives."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from partnership.models import Partner
from projects.models import Project, Theme
from tests.base import Page, fetch
from tests.factories import make_project


def listed(page: Page) -> list[str]:
    """The slugs of the projects on the page, in its order."""
    return re.findall(r'<h3><a href="/en/projects/([\w-]+)/">', page.html)


def test_a_theme_lists_exactly_its_projects():
    page = fetch("/en/projects/?theme=rescue-services")

    assert sorted(listed(page)) == ["rescue-inception", "rescue-service"]
    assert "Theme: Rescue services" in page.text
    assert page.is_indexed


def test_two_themes_list_the_projects_of_either():
    page = fetch("/en/projects/?theme=rescue-services&theme=disability")

    assert sorted(listed(page)) == ["disability-1", "disability-2", "rescue-inception", "rescue-service"]


def test_a_partner_finds_what_its_predecessors_did():
    assert "library-1" in listed(fetch("/en/projects/?partner=jb-marks"))
    assert "energy-plan" not in listed(fetch("/en/projects/?partner=tlokwe"))


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        (
            "founding=no",
            ["energy-plan", "skills-training", "gender-based-violence", "green-open-spaces", "local-coalition"],
        ),
        ("founding=unknown", ["agenda-2030-prestudy", "disability-2"]),
        ("kind=pre_study&from=2016&to=2017", ["green-structure-prestudy"]),
        ("q=storytelling+mobile", ["library-2"]),
        ("q=digitalt", ["library-2"]),
        ("from=2012&to=2012", ["finance-2", "children-youth-gender"]),
        ("to=2010", ["library-1", "leseding"]),
        ("from=2023", ["gender-based-violence"]),
        ("status=completed&theme=gender-equality", ["gender-equality"]),
    ],
)
def test_filters_find_their_projects(query, slugs):
    assert listed(fetch(f"/en/projects/?{query}")) == slugs


def test_all_projects_stand_in_three_groups():
    page = fetch("/en/projects/")

    groups = [page.text.index(words) for words in ("With a year", "Year not documented", "Begun after the count")]
    assert groups == sorted(groups)
    assert len(listed(page)) == 30
    assert listed(page)[0] == "library-1"


def test_sorting_by_newest_turns_the_years_around():
    page = fetch("/en/projects/?sort=newest&founding=no")

    assert listed(page)[0] == "gender-based-violence"
    assert listed(page)[3:] == ["green-open-spaces", "local-coalition"]


def test_every_count_beside_an_option_lists_that_many():
    page = fetch("/en/projects/?kind=project")

    counted = re.findall(r'class="count" href="([^"]+)" aria-label="[^"]*">(\d+)<', page.html)
    assert len(counted) > 40
    for href, number in counted[::4]:
        query = href.replace("&amp;", "&")
        assert len(listed(fetch(f"/en/projects/{query}"))) == int(number), href


def test_an_option_that_finds_nothing_stays_with_a_zero():
    page = fetch("/en/projects/")

    assert 'aria-label="Health care: 0 projects"' in page.html


def test_a_year_says_what_it_leaves_out_for_want_of_a_date():
    page = fetch("/en/projects/?from=2012&to=2012")

    assert "17 more projects would match, but their year is not documented." in page.text


def test_an_empty_result_is_explained_and_each_filter_can_be_removed():
    page = fetch("/en/projects/?theme=health-care&kind=pre_study")

    assert "No project matches. Remove a filter." in page.text
    assert "?theme=health-care" in page.links()
    assert "?kind=pre_study" in page.links()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("theme=magic", "“magic” is not among the choices."),
        ("partner=atlantis", "“atlantis” is not among the choices."),
        ("kind=festival", "“festival” is not among the choices."),
        ("founding=maybe", "“maybe” is not among the choices."),
        ("from=99999", "“99999” is not a year on record. Write a year from 1800 to 2100."),
        ("from=twelve", "“twelve” is not a year on record."),
        ("from=%D9%A2%D9%A0%D9%A1%D9%A2", "is not a year on record."),
        ("from=2014&to=2012", "The last year is before the first."),
        (f"q={'x' * 201}", "at most 200 characters"),
        ("sort=random", "Select a valid choice."),
        ("page=99", "There is no page “99”; the list has 1."),
        ("page=abc", "There is no page “abc”; the list has 1."),
        ("page=-1", "There is no page “-1”; the list has 1."),
    ],
)
def test_a_value_that_cannot_be_is_explained_and_finds_nothing(query, message):
    page = fetch(f"/en/projects/?{query}")

    assert message in page.text
    assert listed(page) == []
    assert not page.is_indexed


def test_a_wrong_value_is_kept_in_its_field():
    page = fetch("/en/projects/?from=twelve&q=libraries")

    values = {field.get("name"): field.get("value") for field in page.all("input") if field.get("type") != "checkbox"}
    assert (values["from"], values["q"]) == ("twelve", "libraries")


@pytest.mark.parametrize("query", ["", "theme=", "from=&to=&q=", "q=%20%20"])
def test_empty_filters_filter_nothing(query):
    assert len(listed(fetch(f"/en/projects/?{query}"))) == 30


def test_an_unknown_parameter_is_no_page_of_its_own():
    page = fetch("/en/projects/?utm_source=x")

    assert len(listed(page)) == 30
    assert not page.is_indexed


@pytest.mark.parametrize("words", ["'", '"', "%", "_", "\\", "<script>", "🙂", "ÅÄÖ", "-- ;", "x" * 200])
def test_odd_words_are_searched_for_and_printed_harmlessly(words):
    page = fetch(f"/en/projects/?q={quote(words)}")

    assert "<script>" not in page.html


def test_groups_go_on_over_pages(monkeypatch):
    monkeypatch.setattr("projects.views.ROWS_ON_A_PAGE", 12)

    first, last = fetch("/en/projects/"), fetch("/en/projects/?page=3")

    assert "Page 1 of 3" in first.text
    assert len(listed(first)) == 12
    assert len(listed(last)) == 6
    slugs = [slug for number in (1, 2, 3) for slug in listed(fetch(f"/en/projects/?page={number}"))]
    assert len(set(slugs)) == 30


def test_a_project_with_two_bodies_of_a_line_counts_once():
    line = [Partner.objects.get(code=code) for code in ("tlokwe", "jb-marks")]
    before = re.search(r'aria-label="JB Marks Local Municipality: (\d+) projects"', fetch("/en/projects/").html)
    make_project(partners=line)

    after = re.search(r'aria-label="JB Marks Local Municipality: (\d+) projects"', fetch("/en/projects/").html)

    assert int(after[1]) == int(before[1]) + 1


def test_the_swedish_list_is_the_same_list():
    page = fetch("/sv/projekt/?theme=rescue-services")

    assert len(re.findall(r'<h3><a href="/sv/projekt/', page.html)) == 2
    assert Theme.objects.get(code="rescue-services").name_sv in page.text


def test_what_is_claimed_and_unnamed_is_drawn_at_its_true_size():
    page = fetch("/en/projects/")

    assert "13–15 projects are claimed, not yet documented" in page.text
    strip = page.html[page.html.index('<ul class="strip"') :]
    assert strip[: strip.index("</ul>")].count("<li>") == 15
    assert Project.objects.identified().in_founding_count().count() + 15 == 38

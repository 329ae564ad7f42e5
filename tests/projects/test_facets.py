"""The filter of the project list: results, labels, and invalid input."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.test import Client

from partnership.coverage import count_projects
from partnership.models import Partner
from partnership.publishing import State
from projects.models import Project, ProjectCitation, Theme
from tests.base import Page, fetch
from tests.factories import make_project, make_source, make_theme

pytestmark = pytest.mark.django_db


def listed(page: Page) -> list[str]:
    """The slugs of the projects on the page, in its order."""
    return re.findall(r'<h3><a href="/en/projects/([\w-]+)/">', page.html)


@pytest.fixture
def gardens() -> Theme:
    """A theme whose projects differ in all that can be asked for."""
    theme = make_theme(code="gardens", name_en="Gardens", name_sv="Trädgårdar")
    make_project(code="orchard", themes=[theme], period="2010/2012", status="completed", in_founding_count="yes")
    make_project(code="hedge", themes=[theme], period="2012", kind="pre_study", in_founding_count="yes")
    make_project(code="meadow", themes=[theme], in_founding_count="unknown", title_en="Mobile storytelling")
    make_project(code="pond", themes=[theme], period="2022", title_sv="Dammar mäts digitalt")
    make_project(code="rockery", themes=[theme], period="2023/..", status="ongoing")
    return theme


def test_a_theme_lists_exactly_its_projects(gardens):
    page = fetch("/en/projects/?theme=gardens")

    assert listed(page) == ["orchard", "hedge", "meadow", "pond", "rockery"]
    assert "Theme: Gardens" in page.text
    assert page.is_indexed


def test_two_themes_list_the_projects_of_either(gardens):
    make_project(code="beehive", themes=[make_theme(code="bees")], period="2009", in_founding_count="yes")

    page = fetch("/en/projects/?theme=gardens&theme=bees")

    assert listed(page) == ["beehive", "orchard", "hedge", "meadow", "pond", "rockery"]


def test_a_partner_finds_what_its_predecessors_did():
    assert "library-1" in listed(fetch("/en/projects/?partner=jb-marks"))
    assert "energy-plan" not in listed(fetch("/en/projects/?partner=tlokwe"))


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("founding=no", ["pond", "rockery"]),
        ("founding=unknown", ["meadow"]),
        ("kind=pre_study&from=2011&to=2013", ["hedge"]),
        ("q=storytelling+mobile", ["meadow"]),
        ("q=digitalt", ["pond"]),
        ("from=2012&to=2012", ["orchard", "hedge"]),
        ("to=2010", ["orchard"]),
        ("from=2023", ["rockery"]),
        ("status=completed", ["orchard"]),
    ],
)
def test_filters_find_their_projects(query, slugs, gardens):
    assert listed(fetch(f"/en/projects/?theme=gardens&{query}")) == slugs


def test_all_projects_stand_in_three_groups():
    first = make_project(period="2005-01", in_founding_count="yes")

    page = fetch("/en/projects/")

    groups = [page.text.index(words) for words in ("With a year", "Year not documented", "Begun after the count")]
    assert groups == sorted(groups)
    assert sorted(listed(page)) == sorted(Project.objects.published().values_list("slug", flat=True))
    assert listed(page)[0] == first.slug


def test_sorting_by_newest_turns_the_years_around(gardens):
    make_project(code="undated", themes=[gardens])

    page = fetch("/en/projects/?theme=gardens&sort=newest&founding=no")

    assert listed(page) == ["rockery", "pond", "undated"]


def test_every_count_beside_an_option_lists_that_many():
    page = fetch("/en/projects/?kind=project")

    counted = re.findall(r'class="count" href="([^"]+)" aria-label="[^"]*">(\d+)<', page.html)
    assert len(counted) > 40
    for href, number in counted[::4]:
        query = href.replace("&amp;", "&")
        assert len(listed(fetch(f"/en/projects/{query}"))) == int(number), href


def test_an_option_that_finds_nothing_stays_with_a_zero():
    make_theme(name_en="Beekeeping")

    page = fetch("/en/projects/")

    assert 'aria-label="Beekeeping: 0 projects"' in page.html


def test_a_year_says_what_it_leaves_out_for_want_of_a_date():
    make_project()
    make_project(kind="pre_study")

    page = fetch("/en/projects/?from=2012&to=2012&kind=project")

    undated = Project.objects.published().undated().filter(kind="project").count()
    assert f"{undated} more projects would match, but their year is not documented." in page.text


def test_an_empty_result_is_explained_and_each_filter_can_be_removed():
    make_theme(code="bees")

    page = fetch("/en/projects/?theme=bees&kind=pre_study")

    assert "No project matches. Remove a filter." in page.text
    assert "?theme=bees" in page.links()
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
    assert listed(fetch(f"/en/projects/?{query}")) == listed(fetch("/en/projects/"))


def test_an_unknown_parameter_is_no_page_of_its_own():
    client = Client(headers={"host": "localhost"})
    leads = {
        "/en/projects/?utm_source=x": "/en/projects/",
        "/sv/projekt/?theme=bees&x=1&page=2": "/sv/projekt/?theme=bees&page=2",
        # The page of a list is none of what has no list.
        "/en/about/?page=7": "/en/about/",
        "/en/feed.atom?n=9": "/en/feed.atom",
    }

    for path, location in leads.items():
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, location)
    assert client.get("/en/projects.csv?x=1").status_code == 400
    assert client.get("/en/projects.csv?utm_source=x").status_code == 200


@pytest.mark.parametrize("words", ["'", '"', "%", "_", "\\", "<script>", "🙂", "ÅÄÖ", "-- ;", "x" * 200])
def test_odd_words_are_searched_for_and_printed_harmlessly(words):
    page = fetch(f"/en/projects/?q={quote(words)}")

    assert "<script>" not in page.html


def test_groups_go_on_over_pages(monkeypatch):
    whole = listed(fetch("/en/projects/"))
    rows = len(whole) // 2 - 1
    monkeypatch.setattr("projects.views.ROWS_ON_A_PAGE", rows)

    pages = [fetch(f"/en/projects/?page={number}") for number in (1, 2, 3)]

    assert "Page 1 of 3" in pages[0].text
    assert [listed(page) for page in pages] == [whole[:rows], whole[rows : 2 * rows], whole[2 * rows :]]


def test_a_project_with_two_bodies_of_a_line_counts_once():
    line = [Partner.objects.get(code=code) for code in ("tlokwe", "jb-marks")]
    before = re.search(r'aria-label="JB Marks Local Municipality: (\d+) projects"', fetch("/en/projects/").html)
    make_project(partners=line)

    after = re.search(r'aria-label="JB Marks Local Municipality: (\d+) projects"', fetch("/en/projects/").html)

    assert int(after[1]) == int(before[1]) + 1


def test_the_swedish_list_is_the_same_list(gardens):
    page = fetch("/sv/projekt/?theme=gardens")

    assert len(re.findall(r'<h3><a href="/sv/projekt/', page.html)) == 5
    assert "Trädgårdar" in page.text


def test_what_is_claimed_and_unnamed_is_drawn_at_its_true_size():
    make_project(in_founding_count="unknown")
    counted = count_projects()

    page = fetch("/en/projects/")

    at_most = 38 - counted.documented
    assert f"{38 - counted.perhaps}–{at_most} projects are claimed, not yet named" in page.text
    strip = page.html[page.html.index('<ul class="strip"') :]
    assert strip[: strip.index("</ul>")].count("<li>") == at_most


def test_a_line_of_the_list_counts_the_public_sources_of_its_project():
    project = make_project(title_en="Chorus of three", sources=3)
    make_project(title_en="Chorus of one", sources=1)
    ProjectCitation.objects.create(project=project, source=make_source(state=State.DRAFT))

    page = fetch("/en/projects/?q=chorus")

    assert [words.split()[0] for words in re.findall(r"\d+ sources?", page.text)] == ["3", "1"]

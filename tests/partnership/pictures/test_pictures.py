"""Pictures: documented records are solid, claimed ones outlined, and the counts match the record."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from django.utils import timezone
from django.utils.html import escape

from partnership.balance import balance_of, balance_of_results, results_by_side
from partnership.coverage import Coverage, count_delegates, count_visits, leading_statements
from partnership.fields.numbers import NumberRange
from partnership.models import Partner, Statement
from partnership.pictures import drawings
from partnership.pictures.cards import card
from partnership.pictures.dots import dot_field
from partnership.pictures.drawings import draw_visits
from partnership.pictures.map import on_map, partnership_map
from partnership.pictures.matrix import theme_matrix
from partnership.pictures.visits import undocumented, visit_picture
from projects.models import Project, Theme
from tests.base import fetch
from tests.factories import make_output, make_partner, make_project, make_theme, make_visit
from visits.list_rows import visit_rows
from visits.models import Visit

# The map


def test_the_projection_is_equal_area():
    """Two fields of one degree, at the equator and at 57° N, are drawn in the ratio of their true areas."""

    def area(latitude: float) -> float:
        west, east = on_map(latitude, 20), on_map(latitude, 21)
        south, north = on_map(latitude - 0.5, 20.5), on_map(latitude + 0.5, 20.5)
        return (east.x - west.x) * (south.y - north.y)

    assert area(57) / area(0) == pytest.approx(0.5446, rel=0.03)


@pytest.mark.django_db
def test_the_map_joins_the_two_municipalities_by_the_computed_distance():
    drawn = partnership_map()

    assert drawn is not None
    assert (drawn.sweden.code, drawn.south_africa.code) == ("vaxjo", "jb-marks")
    assert drawn.distance == 9370
    assert drawn.north.y < 640 < drawn.south.y
    assert "9,370 km" in fetch("/en/").text
    assert "937 mil" in fetch("/sv/").text


@pytest.mark.django_db
def test_without_a_place_there_is_no_map():
    Partner.objects.filter(code="jb-marks").update(latitude=None, longitude=None)

    assert partnership_map() is None
    assert "km" not in fetch("/en/").text.split("Skip")[1][:600]


# Visits


def picture_of(**values):
    return visit_picture(visit_rows(Visit.objects.filter(**values)))


@pytest.mark.django_db
def test_every_identified_visit_is_in_the_picture_once():
    visits = Visit.objects.identified()
    picture = visit_picture(visit_rows(visits))

    drawn = [
        disc.visit for column in picture.columns for side in (column.to_sweden, column.to_south_africa) for disc in side
    ]
    assert len(drawn) + len(picture.undated) == visits.count()
    assert len(set(drawn)) == len(drawn)


@pytest.mark.django_db
def test_up_and_down_are_the_directions():
    make_visit(code="test-up", period="2007", direction="to_sweden")
    make_visit(code="test-down", period="2008", direction="to_south_africa")
    make_visit(code="test-unknown", period="2009", direction="unknown")

    columns = {column.year: column for column in picture_of(code__startswith="test-").columns}

    assert [disc.visit.code for disc in columns[2007].to_sweden] == ["test-up"]
    assert [disc.visit.code for disc in columns[2008].to_south_africa] == ["test-down"]
    assert [disc.visit.code for disc in columns[2009].unknown] == ["test-unknown"]


@pytest.mark.django_db
def test_the_area_of_a_disc_shows_the_delegates_and_a_ring_that_nobody_knows():
    make_visit(code="test-large", period="2007", delegates=16)
    make_visit(code="test-small", period="2008", delegates=4)
    make_visit(code="test-unknown", period="2009")

    large, small, unknown = picture_of(code__startswith="test-").discs

    assert large.radius**2 / small.radius**2 == pytest.approx(4, rel=0.02)
    assert unknown.is_ring
    assert not small.is_ring


@pytest.mark.django_db
@pytest.mark.parametrize("width", [drawings.WIDTH, drawings.NARROW_WIDTH])
def test_discs_never_lie_on_one_another(width):
    for number in range(12):
        make_visit(
            code=f"test-{number}", period=f"2010-0{1 + number // 3}", delegates=number + 1, direction="to_sweden"
        )

    drawing = draw_visits(picture_of(code__startswith="test-"), width)

    discs = [disc for disc in drawing.top.iter("circle") if "stroke" in disc.attrib]
    places = [(float(disc.attrib["cx"]), float(disc.attrib["cy"]), float(disc.attrib["r"])) for disc in discs]
    for first, second in combinations(places, 2):
        assert math.dist(first[:2], second[:2]) >= max(first[2] + second[2], 24)


@pytest.mark.django_db
def test_the_title_of_the_picture_says_what_it_shows():
    for number in range(7):
        make_visit(code=f"test-north-{number}", period="2010", direction="to_sweden", delegates=3)
        known = 3 if number else None
        make_visit(code=f"test-south-{number}", period="2011", direction="to_south_africa", delegates=known)
    make_visit(code="test-planned", period="2012", direction="to_sweden", how_known="planned")

    assert picture_of(code__startswith="test-").title == (
        "7 visits each way; 1 of those to South Africa without a head count; 1 only planned"
    )


@pytest.mark.django_db
def test_the_tray_holds_a_ring_for_each_claimed_visit_that_is_not_documented():
    page = fetch("/en/visits/")

    rings = page.html[page.html.index('<a class="tray" ') :].split("</a>")[0].count("<i>")
    assert rings == 100 - count_visits().documented
    assert "The rest of the “some 100” visits are not documented." in page.text
    assert f" {rings} " not in page.text


@pytest.mark.django_db
def test_a_filtered_list_has_a_picture_of_just_that():
    page = fetch("/en/visits/?direction=to_sweden")

    assert page.text.count("Tlokwe in Växjö and Älmhult") >= 2
    assert 'class="tray"' not in page.html


# Themes by year


@pytest.mark.django_db
def test_a_project_fills_the_years_in_which_it_ran():
    theme = make_theme()
    make_project(code="test-run", themes=[theme], period="2010/2012")

    row = theme_matrix([theme], Project.objects.filter(code="test-run").prefetch_related("themes")).further[0]

    years = [year for year, lanes in zip(range(2005, 2100), row.years, strict=False) if any(lanes)]
    assert years == [2010, 2011, 2012]
    first = row.years[5][0]
    assert first is not None
    assert first.is_start
    assert not first.is_end


@pytest.mark.django_db
def test_what_goes_on_is_drawn_until_this_year_and_no_further():
    theme = make_theme()
    make_project(code="test-run", themes=[theme], period="2024/..")

    row = theme_matrix([theme], Project.objects.filter(code="test-run").prefetch_related("themes")).further[0]

    assert len(row.years) == timezone.localdate().year - 2004
    assert row.years[-1][0] is not None
    assert row.years[-1][0].is_end


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "lanes"),
    [
        pytest.param("2015", 2, id="two free years before it"),
        pytest.param("2014", 3, id="too near to be pressed apart on a phone"),
    ],
)
def test_projects_at_the_same_time_lie_in_different_lanes(last, lanes):
    theme = make_theme()
    for number, period in enumerate(["2010/2012", "2011/2013", last]):
        make_project(code=f"test-{number}", themes=[theme], period=period)

    row = theme_matrix([theme], Project.objects.filter(code__startswith="test-").prefetch_related("themes")).further[0]

    assert {len(year) for year in row.years} == {lanes}
    assert [run is not None for run in row.years[6]][:2] == [True, True]
    assert any(row.years[int(last) - 2005])


@pytest.mark.django_db
def test_projects_without_a_year_stand_in_their_own_column():
    page = fetch("/en/themes/")

    undated = Project.objects.identified().undated().prefetch_related("themes")
    assert page.html.count('class="hatched"') == 1 + sum(len(project.themes.all()) for project in undated)


@pytest.mark.django_db
def test_a_theme_without_a_project_keeps_its_row():
    theme = make_theme(in_founding_list=True)

    page = fetch("/en/themes/")

    matrix = theme_matrix(Theme.objects.published(), Project.objects.identified().prefetch_related("themes"))
    assert theme in [row.theme for row in matrix.empty]
    assert all(not row.theme.projects.exists() for row in matrix.empty)
    # Once in the legend.
    assert page.text.count("No project on record yet") == 1 + len(matrix.empty)
    assert theme.get_absolute_url() in page.links()


# Delegates


@pytest.mark.django_db
def test_one_dot_for_each_delegate_solid_only_where_documented():
    claimed = leading_statements()["delegates"]
    documented = count_delegates()

    for columns in (26, 65):
        dots = dot_field(documented, claimed, columns)
        total = {
            kind: sum(part.width * part.height for part in dots if part.kind == kind)
            for kind in ("known", "claimed", "at-most")
        }
        assert total == {"known": documented.documented, "claimed": 600 - documented.documented, "at-most": 50}
        cells = [
            (x, y)
            for part in dots
            for x in range(part.x, part.x + part.width)
            for y in range(part.y, part.y + part.height)
        ]
        assert len(cells) == len(set(cells)) == 650
        assert max(x for x, _y in cells) == columns - 1


def test_what_is_documented_beyond_the_claim_leaves_no_outline():
    claimed = Statement(value_low=3)

    assert list(undocumented(claimed, Coverage(5, 5))) == []
    assert list(undocumented(None, Coverage(5, 5))) == []
    assert sum(part.width * part.height for part in dot_field(Coverage(5, 5), claimed, 10)) == 5


# Mutuality


@pytest.mark.django_db
def test_unknown_is_counted_as_unknown_and_never_split():
    make_visit(code="test-a", direction="unknown", period="2012")
    make_visit(code="test-b", direction="to_sweden", delegates=3)
    make_visit(code="test-c", direction="to_sweden")

    balance = balance_of(Visit.objects.filter(code__startswith="test-"))

    sweden, south_africa = balance.known
    assert (sweden.visits, sweden.delegates, sweden.uncounted) == (2, NumberRange(3, 3), 1)
    assert (south_africa.visits, south_africa.delegates) == (0, NumberRange(0, 0))
    assert balance.unknown.visits == 1
    assert [row.label for row in balance.by_year] == ["2012", "Year not documented"]


@pytest.mark.django_db
def test_a_range_of_delegates_stays_a_range_in_the_sum_and_in_the_picture():
    make_visit(code="test-a", period="2012", delegates=6, delegates_high=8)
    make_visit(code="test-b", period="2013", delegates=3)
    visits = Visit.objects.filter(code__startswith="test-").latest_first()

    assert balance_of(visits).known[0].delegates == NumberRange(9, 11)

    exact, ranged = sorted(visit_picture(visit_rows(visits)).discs, key=lambda disc: disc.outer)
    assert (exact.outer, ranged.outer) == (0, 19.0)
    assert 0 < exact.radius < ranged.radius < ranged.outer


@pytest.mark.django_db
def test_a_host_counts_with_the_bodies_that_it_succeeded():
    tlokwe, jb_marks = Partner.objects.get(code="tlokwe"), Partner.objects.get(code="jb-marks")
    make_visit(code="test-a", direction="to_south_africa", hosts=[tlokwe], period="2010")
    make_visit(code="test-b", direction="to_south_africa", hosts=[jb_marks], period="2020")

    balance = balance_of(Visit.objects.filter(code__startswith="test-"))

    assert [(row.label, row.counts.total()) for row in balance.by_host] == [(str(jb_marks.name), 2)]


@pytest.mark.django_db
def test_a_visit_counts_in_its_year_with_each_theme_and_host_and_without_one_in_a_row_of_its_own():
    song, water = make_theme(name_en="Song"), make_theme(name_en="Water")
    project = make_project(themes=[song, water])
    west, east = make_partner(name_en="West"), make_partner(name_en="East", country="ZA")
    for year in ("2011", "2011", "2012"):
        make_visit(code=f"test-{year}-{Visit.objects.count()}", hosts=[west], projects=[project], period=year)
    make_visit(code="test-there", direction="to_south_africa", hosts=[east], period="2012")
    draft, hidden = make_project(themes=[song], state="draft"), make_partner(state="draft")
    make_visit(code="test-alone", direction="to_south_africa", period="2012")
    make_visit(code="test-drafts", direction="to_south_africa", hosts=[hidden], projects=[draft], period="2012")

    balance = balance_of(Visit.objects.filter(code__startswith="test-"))

    counts = [
        [(row.label, row.counts["to_sweden"], row.counts["to_south_africa"]) for row in rows]
        for rows in (balance.by_year, balance.by_theme, balance.by_host)
    ]
    assert counts == [
        [("2011", 2, 0), ("2012", 1, 3)],
        [("Song", 3, 0), ("Water", 3, 0), ("No project on record", 0, 3)],
        [("West", 3, 0), ("East", 0, 1), ("Host not documented", 0, 2)],
    ]
    leads = [[cell.url for cell in row.cells[:2]] for row in balance.by_host]
    assert leads == [
        [f"/en/visits/?host={west.slug}&direction=to_sweden", ""],
        ["", f"/en/visits/?host={east.slug}&direction=to_south_africa"],
        ["", ""],
    ]


@pytest.mark.django_db
def test_a_result_is_named_only_where_a_source_says_on_which_side_it_took_effect():
    project = make_project()
    outputs = {side: make_output(project, side=side) for side in ("sweden", "south_africa", "both", "not_stated")}

    results = results_by_side()

    assert {side for side, output in outputs.items() if output in results.sweden} == {"sweden", "both"}
    assert {side for side, output in outputs.items() if output in results.south_africa} == {"south_africa", "both"}


@pytest.mark.django_db
def test_every_number_of_the_balance_links_to_exactly_its_visits():
    page = fetch("/en/visits/")
    links = [link for link in page.links("/en/visits/?") if "direction=" in link and link.count("=") == 2]

    assert len(links) > 10
    for link in links:
        number = page.html.split(f'href="{link.replace("&", "&amp;")}">')[1].split("<")[0]
        listed = fetch(link)
        assert f"{number} visit" in listed.text, link


@pytest.mark.django_db
def test_results_are_counted_by_side_and_link_to_exactly_their_projects():
    both = make_project(code="test-both", partners=[make_partner()])
    make_output(both, side="sweden")
    make_output(both, side="south_africa")
    make_output(make_project(code="test-sweden"), side="sweden")
    make_output(make_project(code="test-draft", state="draft"), side="sweden")

    results = balance_of_results()

    for side, number in (("sweden", results.sweden), ("south_africa", results.south_africa), ("both", results.both)):
        page = fetch(f"/en/projects/?result={side}")
        assert f"{number} project" in page.text
        assert ("/en/projects/test-both/" in page.links()) is True
        assert ("/en/projects/test-sweden/" in page.links()) is (side == "sweden")
        assert "/en/projects/test-draft/" not in page.links()


@pytest.mark.django_db
def test_what_travelled_is_named_for_each_side_with_its_project():
    page = fetch("/en/")

    band = page.text[page.text.index("What travelled") : page.text.index("A theme without a project")]
    assert band.index("To Sweden") < band.index("To South Africa") < band.index("integrated libraries")
    assert "Tshwaraganang Library Project" in band


# Cards


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    ["/en/card.png", "/sv/card.png", "/en/projects/leseding/card.png", "/sv/teman/stormwater/card.png"],
)
def test_a_shared_page_has_a_card(client, url):
    response = client.get(url)

    assert response["Content-Type"] == "image/png"
    assert response.content[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)
    assert len(response.content) < 60_000


@pytest.mark.django_db
def test_a_page_names_its_card_and_drafts_have_none(client):
    make_project(code="test-draft", state="draft")

    assert "/sv/projekt/leseding/card.png" in fetch("/sv/projekt/leseding/").html
    assert client.get("/en/projects/test-draft/card.png").status_code == 404


def test_a_very_long_title_still_fits_its_card():
    assert card("Extraordinarily " * 40, "line " * 200).startswith(b"\x89PNG")


@pytest.mark.django_db
def test_each_disc_and_bar_is_named_numbered_and_leads_to_its_record():
    make_visit(period="2012-05-07", delegates=3, title_override_en="A visit by some")
    project = make_project(title_en="A drawn project", period="2012", themes=[Theme.objects.first()])

    html = fetch("/en/visits/").html
    for disc in visit_picture(visit_rows(Visit.objects.identified())).discs:
        named = f'<a href="{disc.row.url}"><title>{disc.number}. {escape(disc.row.title)}: '
        assert html.count(named) == 2  # for wide and for narrow windows
    assert "A visit by some: 7 May 2012, 3 delegates</title>" in html
    assert f'<a href="{project.get_absolute_url()}" title="A drawn project"' in fetch("/en/themes/").html

"""Results cached per data version: fresh after any write, and consistent with the lists."""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass
from functools import reduce
from operator import or_
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.functional import cached_property

from partnership import per_version
from partnership.balance import balance_of, balance_of_all
from partnership.coverage import count_projects, count_visits
from partnership.database.triggers import watched
from partnership.models import DataVersion, Partner, Source, Synonyms, TableVersion, User
from partnership.per_version import cached_per_version
from partnership.pictures.matrix import theme_matrix
from partnership.pictures.visits import counted_visits
from projects.facets import project_facets
from projects.forms import ProjectFilter
from projects.models import Project, ProjectQuerySet, Theme
from tests.base import PAGES, address, fetch
from tests.factories import make_output, make_partner, make_project, make_source, make_theme, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_what_was_counted_is_not_counted_again_until_somebody_writes():
    before = count_projects()
    with CaptureQueriesContext(connection) as queries:
        assert count_projects() == before
    assert len(queries) == 1

    make_project(in_founding_count="yes")
    assert count_projects().documented == before.documented + 1


def test_only_what_was_read_from_a_table_is_counted_again_after_a_write_to_it():
    count_projects(), count_visits()
    Visit.objects.filter(in_founding_count="yes").update(how_known="planned")

    with CaptureQueriesContext(connection) as queries:
        count_projects()
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        assert count_visits().documented == 0
    assert len(queries) > 2


def test_a_result_is_as_fresh_as_the_results_that_it_was_made_from():
    """The names of partners are known by then: only the rows of hosts are read for it."""
    host = make_partner(name_en="Old name")
    make_visit(hosts=[host])
    assert "Old name" in {row.label for row in balance_of_all().by_host}

    Partner.objects.filter(pk=host.pk).update(name_en="New name")
    assert "New name" in {row.label for row in balance_of_all().by_host}
    before = balance_of_all().visits
    Source.objects.update(state="draft")
    assert balance_of_all().visits < before


def test_every_kind_of_write_to_a_table_is_noted():
    def number() -> int:
        return TableVersion.objects.get(name="partnership_synonyms").number

    numbers = [number()]
    for write in (
        lambda: Synonyms.objects.bulk_create([Synonyms(code="one", words="one, two")]),
        lambda: Synonyms.objects.bulk_create([Synonyms(code="two", words="three, four")], ignore_conflicts=True),
        lambda: Synonyms.objects.update(words="five, six"),
        lambda: Synonyms.objects.all().delete(),
    ):
        write()
        numbers.append(number())
    assert numbers == sorted(set(numbers))
    assert number() == DataVersion.current()
    assert set(TableVersion.all()) == {table for table, _kind, _column in watched()}


@cached_per_version
def count_users() -> int:
    return User.objects.count()


def test_what_is_read_from_a_table_of_no_record_holds_until_any_write():
    before = count_users()
    User.objects.create_user("reader")
    assert count_users() == before

    make_theme()
    assert count_users() == before + 1


def shape_of(value: Any, inside: tuple[int, ...] = ()) -> Any:
    """Everything that records inside a value hold, without their values and what they work out from these."""
    if id(value) in inside:
        return None
    inside += (id(value),)
    if isinstance(value, Model):
        held = {**vars(value), **value._state.fields_cache}
        worked_out = {name for name in held if isinstance(getattr(type(value), name, None), cached_property)}
        return type(value), {name: shape_of(held[name], inside) for name in held.keys() - worked_out - {"_state"}}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: shape_of(getattr(value, field.name), inside) for field in fields(value)}
    if isinstance(value, dict):
        return {key: shape_of(inner, inside) for key, inner in value.items()}
    if isinstance(value, QuerySet):
        value = value._result_cache
    if isinstance(value, list | tuple):
        return [shape_of(inner, inside) for inner in value]
    return type(value)


def test_pages_fetch_nothing_through_cached_records():
    """It would stay with the record, and its table is not among those that the result depends on."""
    for page in PAGES:
        fetch(address(page, "en"))
    for (name, language), entry in list(per_version._cache.items()):
        module, _dot, function = name.rpartition(".")
        with translation.override(language), per_version.uncached():
            assert shape_of(entry.result) == shape_of(getattr(sys.modules[module], function)()), name


@pytest.mark.parametrize(
    "write",
    [
        lambda: Project.objects.filter(code="leseding").update(state="draft"),
        lambda: Source.objects.update(state="draft"),
        lambda: Project.objects.get(code="leseding").citations.all().delete(),
    ],
    ids=["bulk update", "its sources", "deletion"],
)
def test_what_is_no_longer_public_is_no_longer_counted(write):
    key = Project.objects.get(code="leseding").pk
    assert key in project_facets().ids

    write()

    assert key not in project_facets().ids
    assert not any(key in keys for by_value in project_facets().ids_by_value.values() for keys in by_value.values())


def test_each_language_counts_with_its_own_words():
    def labels() -> set[str]:
        return {row.label for row in balance_of_all().by_theme}

    english = labels()
    with translation.override("sv"):
        swedish = labels()

    assert labels() == english
    assert {"Energy and climate", "No project on record"} <= english
    assert not {"Energy and climate", "No project on record"} & swedish


@pytest.mark.parametrize(
    "query",
    [
        "",
        "theme=sports-and-culture",
        "theme=sports-and-culture&theme=disability&kind=project",
        "partner=jb-marks",
        "partner=tlokwe&from=2011",
        "result=sweden",
        "result=both&result=not_stated",
        "founding=no&status=unknown",
        "from=2010&to=2012",
        "to=2009",
        "q=library",
        "q=library&theme=sports-and-culture&from=2005&to=2030",
        "theme=magic",
    ],
)
def test_filters_select_what_the_database_would(query):
    theme, old, new = make_theme(), make_partner(), make_partner()
    for period in ("", "2010", "2008/2011", "2012/..", "/2009", "2010/"):
        project = make_project(period=period, themes=[theme], partners=[old, Partner.objects.get(code="tlokwe")])
        make_output(project, side="both" if period else "not_stated")
    make_project(sources=0, themes=[theme], partners=[new])
    Theme.objects.filter(pk=theme.pk).update(slug="sports")

    form = ProjectFilter(QueryDict(query))

    projects = asked_of_the_database(QueryDict(query)).in_sections()
    assert set(form.projects()) == set(projects)
    assert list(form.keys_in_order()) == [project.pk for project in projects]


def asked_of_the_database(query: QueryDict) -> ProjectQuerySet:
    """What the filters mean, in the words of the querysets."""
    projects = Project.objects.identified()
    if query.get("theme") == "magic":
        return projects.none()
    if themes := query.getlist("theme"):
        projects = projects.filter(pk__in=Project.objects.filter(themes__slug__in=themes))
    for partner in Partner.objects.filter(slug__in=query.getlist("partner")):
        projects = projects.of_partner(partner.lineage())
    if sides := query.getlist("result"):
        projects = projects.filter(reduce(or_, (projects.has_result(side) for side in sides)))
    for name, column in {"kind": "kind", "status": "status", "founding": "in_founding_count"}.items():
        if values := query.getlist(name):
            projects = projects.filter(**{f"{column}__in": values})
    if query.get("q"):
        texts = ("title_original", "title_en", "title_sv", "summary_en", "summary_sv")
        projects = projects.filter(reduce(or_, (Q(**{f"{text}__icontains": query["q"]}) for text in texts)))
    first, last = (int(query[name]) if name in query else None for name in ("from", "to"))
    return projects.between(first, last)


# Pages of large records


def test_many_visits_are_drawn_as_numbers_by_year(monkeypatch):
    every = fetch("/en/visits/")
    monkeypatch.setattr("partnership.pictures.axis.MOST_DRAWN", 3)
    make_visit(period="2011-05", direction="to_sweden")
    make_visit(direction="to_sweden")

    page = fetch("/en/visits/")

    bar = '<a href="/en/visits/?year=2011&amp;direction=to_sweden"><title>2011, To Sweden:'
    assert bar in page.html
    assert bar not in every.html
    undated = Visit.objects.filter(period="").count()
    assert f"{undated} visits on record have no date." in page.text
    assert "The same data as a table" not in page.text
    assert len([link for link in page.links("/en/visits/") if link.count("/") == 4]) == Visit.objects.count()


def test_bars_are_as_long_as_their_years_had_visits(monkeypatch):
    for period, direction, number in (("2010", "to_sweden", 4), ("2010", "to_south_africa", 1), ("2012", "unknown", 2)):
        for _number in range(number):
            make_visit(staff_note="test", period=period, direction=direction)
    make_visit(staff_note="test", period="2999", direction="to_sweden")

    picture = counted_visits(balance_of(Visit.objects.filter(staff_note="test")))

    bars = {column.year: column for column in picture.columns}
    assert (bars[2010].to_sweden, bars[2010].north, bars[2010].to_south_africa, bars[2010].south) == (4, 100, 1, 25)
    assert (bars[2012].north, bars[2012].south) == (0, 0)
    assert (picture.columns[-1].to_sweden, picture.longest, picture.dated, picture.undated) == (1, 4, 8, 0)


def test_a_matrix_of_many_projects_counts_as_it_would_draw(monkeypatch):
    make_project(themes=[Theme.objects.get(code="sports-and-culture")], period="2022/..")
    projects = Project.objects.identified().with_themes()
    drawn = theme_matrix(Theme.objects.published(), projects)
    monkeypatch.setattr("partnership.pictures.axis.MOST_DRAWN", 3)

    counted = theme_matrix(Theme.objects.published(), projects)

    for row, other in zip([*drawn.founding, *drawn.further], [*counted.founding, *counted.further], strict=True):
        assert (row.theme, row.counts, row.is_empty) == (other.theme, other.counts, other.is_empty)
        assert len(row.undated) == other.undated_count
    assert "is-count" in fetch("/en/themes/").html


@pytest.mark.parametrize("url", ["/en/themes/sports-and-culture/", "/en/partners/jb-marks/"])
def test_a_page_with_too_many_projects_leads_to_the_list_of_them(url, monkeypatch):
    query = "theme=sports-and-culture" if "themes" in url else "partner=jb-marks"
    every = fetch(url)
    for place in ("projects.views.MOST_ROWS", "partnership.lists.MOST_ROWS", "partnership.views.MOST_TILES"):
        monkeypatch.setattr(place, 2)

    page = fetch(url)

    number = len(ProjectFilter(QueryDict(query)).selected())
    assert f"All {number} projects" in page.text
    assert f"All {number} projects" not in every.text
    assert f"/en/projects/?{query}" in page.links()
    # Rows of visits name their projects as well, so what is counted is links and not projects.
    ways, others = ([a for a in shown.all("a") if a.get("href", "").count("/") == 4] for shown in (page, every))
    assert len(ways) < len(others)


def test_thousands_of_projects_are_not_offered_as_a_choice(monkeypatch):
    assert 'name="project"' in fetch("/en/visits/").html
    monkeypatch.setattr("visits.forms.MOST_CHOICES", 2)
    # What is a constant outside tests does not make the list anew.
    per_version.clear()

    assert 'name="project"' not in fetch("/en/visits/").html
    assert "Project: Leseding" in fetch("/en/visits/?project=leseding").text
    assert "is not among the choices" in fetch("/en/visits/?project=nothing").text


@pytest.mark.parametrize("of", ["project", "theme"])
def test_the_home_page_draws_what_has_changed_since_it_was_drawn(of):
    theme = Theme.objects.filter(in_founding_list=True).first()
    project = make_project(themes=[theme], period="2012/2014")
    before = fetch("/en/")
    name = project.title if of == "project" else theme.name
    assert before.html.count(name) >= 2, "a tile and a row"

    changed = project if of == "project" else theme
    setattr(changed, "title_en" if of == "project" else "name_en", "Entirely renamed")
    changed.save()
    assert "Entirely renamed" in fetch("/en/").html

    project.state = "withdrawn"
    project.save()
    assert project.get_absolute_url() not in fetch("/en/").html


def test_the_visit_list_has_what_was_published_and_withdrawn_since_it_was_read():
    assert "To count the owls" not in fetch("/en/visits/").text

    visit = make_visit(period="2025-05", purpose_en="To count the owls")
    assert "To count the owls" in fetch("/en/visits/").text

    visit.state = "withdrawn"
    visit.save()
    assert "To count the owls" not in fetch("/en/visits/").text


def test_the_project_list_draws_what_has_changed_since_it_was_drawn():
    project = make_project(title_en="To count the owls", period="2012/2014")
    assert "To count the owls" in fetch("/en/projects/").text

    theme = make_theme(name_en="Birds of the night")
    project.themes.add(theme)
    project.title_en = "To count the larks"
    project.save()
    page = fetch("/en/projects/").text
    assert "To count the larks" in page
    assert "To count the owls" not in page
    assert page.count("Birds of the night") == 2, "a filter and a row"

    project.state = "withdrawn"
    project.save()
    assert "To count the larks" not in fetch("/en/projects/").text


@pytest.mark.parametrize("query", ["", "?year=2016"])
def test_the_number_beside_a_visit_is_that_of_its_source(query):
    """The text above the rows cites sources of its own, before or beside those of the rows."""
    first, second = make_source(title="The minutes of May"), make_source(title="The diary of June")
    for period, purpose, source in (("2016-05", "To sow", first), ("2016-06", "To reap", second)):
        visit = make_visit(period=period, purpose_en=purpose, sources=0)
        visit.citations.create(source=source)

    for _again in range(2):
        html = fetch(f"/en/visits/{query}").html
        for purpose, source in (("To sow", first), ("To reap", second)):
            number = re.findall(r"#source-(\d+)", html.partition(purpose)[0])[-1]
            assert source.title in html.partition(f'id="source-{number}"')[2].partition("</li>")[0]

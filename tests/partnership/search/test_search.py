"""Search finds every published record by all its words, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnership.database.triggers import install_triggers
from partnership.models import Claim, DataVersion, Partner, SearchEntry, Synonyms
from partnership.search import search
from projects.models import Project
from tests.base import PAGES, address, fetch
from tests.factories import make_document, make_output, make_partner, make_project, make_source, make_theme, make_visit

pytestmark = pytest.mark.django_db


def queries() -> list[tuple[str, str, str]]:
    """What people type: a language, the query, and the address that should come first."""
    lines = Path(__file__).with_name("queries.txt").read_text(encoding="utf-8").splitlines()[1:]
    return [(*line.split(" ", 1)[:1], *line.split(" ", 1)[1].rsplit(" ", 1)) for line in lines]


def found_urls(query: str, language: str = "en", **options) -> list[str]:
    return [hit.url for hit in search(query, language, limit=100, **options).hits]


@pytest.mark.parametrize("query", ["Växjö", "vaxjo", "VÄXJÖ", "VAXJO", "växj", "Va"])
def test_a_word_is_found_with_and_without_its_marks_and_by_its_beginning(query):
    assert "/en/partners/vaxjo/" in found_urls(query)


def test_word_forms_are_found():
    assert "/en/projects/library-1/" in found_urls("libraries")


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("Potchefstroom Local Municipality", "/en/partners/tlokwe/"),
        ("North West 405", "/en/partners/jb-marks/"),
        ("NW405", "/en/partners/jb-marks/"),
    ],
)
def test_a_body_is_found_under_every_name_it_had(name, url):
    assert url in found_urls(name)


def test_what_people_type_finds_first_what_they_look_for():
    first = {(language, query): found_urls(query, language)[:1] for language, query, _address in queries()}

    assert len(first) >= 110
    assert first == {(language, query): [address] for language, query, address in queries()}


def test_words_of_staff_mean_the_same_at_once():
    project = make_project(title_en="Zanzibar")
    assert not found_urls("timbuktu")

    Synonyms.objects.create(code="far-away", words="Zanzibar, Timbuktu, Samarkand by night")

    assert found_urls("timbuktu") == found_urls("Samarkand by night") == [project.get_absolute_url()]
    with pytest.raises(ValidationError, match="at least two words"):
        Synonyms(code="alone", words="Zanzibar, ").full_clean()


def test_a_compound_is_found_by_its_end_and_a_misspelt_word_by_what_was_meant():
    project = make_project(title_en="A project", title_sv="Hamnfiskargillet")
    assert found_urls("gille", "sv") == [project.get_absolute_url().replace("/en/projects/", "/sv/projekt/")]

    results = search("hamnfsikargillet", "sv")

    assert results.meant == "Hamnfiskargillet"
    page = fetch("/sv/sok/?q=hamnfsikargillet")
    assert "Menade du det här? Hamnfiskargillet" in page.text
    assert "Andra vägar" in fetch("/sv/sok/?q=xyzzyx").text


@pytest.mark.parametrize("name", PAGES)
def test_every_public_page_is_in_the_index(name):
    page = address(name, "en")

    search("a", "en")

    assert page == "/en/search/" or SearchEntry.objects.filter(language="en", url=page).exists()


def test_every_kind_is_found():
    project = make_project(title_en="Zanzibar project")
    make_output(project, text_en="Zanzibar output")
    make_visit(title_override_en="Zanzibar visit")
    make_partner(name_en="Zanzibar body")
    make_source(title="Zanzibar source")
    make_document(title_en="Zanzibar document")

    kinds = search("zanzibar", "en").by_kind

    assert kinds == {"project": 1, "output": 1, "visit": 1, "partner": 1, "source": 1, "document": 1}


def test_what_was_done_comes_before_what_was_written_about_it():
    make_source(title="Zanzibar Zanzibar Zanzibar")
    project = make_project(title_en="A project", summary_en="Once in Zanzibar.")

    assert found_urls("zanzibar")[0] == project.get_absolute_url()


def test_all_words_must_occur():
    make_project(code="test-both", title_en="Zanzibar", summary_en="About stormwater.")
    make_project(code="test-one", title_en="Zanzibar alone")

    assert found_urls("zanzibar stormwater") == ["/en/projects/test-both/"]


# Freshness


def test_the_index_is_fresh_after_any_write():
    project = make_project(title_en="Zanzibar")
    assert found_urls("zanzibar") == [project.get_absolute_url()]

    project.title_en = "Timbuktu"
    project.save()
    assert not found_urls("zanzibar")
    assert found_urls("timbuktu")

    Project.objects.filter(pk=project.pk).update(title_en="Samarkand")
    assert found_urls("samarkand")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET title_en = 'Lhasa' WHERE id = %s", [project.pk])
    assert found_urls("lhasa")

    project.objectives.create(text_en="Reach Bukhara")
    assert found_urls("bukhara")

    project.delete()
    assert not found_urls("lhasa")

    claim = Claim.objects.get(code="visits")
    claim.statements.update(note_en="Counted in Zanzibar")
    assert found_urls("zanzibar") == [claim.get_absolute_url()]


def test_a_new_name_of_a_body_is_found_in_its_visits():
    partner = make_partner(name_en="Zanzibar Council", short_name_en="Zanzibar")
    visit = make_visit(hosts=[partner])
    assert visit.get_absolute_url() in found_urls("zanzibar")

    Partner.objects.filter(pk=partner.pk).update(short_name_en="Timbuktu", name_en="Timbuktu Council")
    assert visit.get_absolute_url() in found_urls("timbuktu")
    assert visit.get_absolute_url() not in found_urls("zanzibar")


def test_after_a_migration_everything_is_indexed_anew():
    assert found_urls("leseding")
    SearchEntry.objects.all().delete()
    assert not found_urls("leseding")

    install_triggers(apps.get_app_config("visits"), using="default", plan=["a migration"])

    assert found_urls("leseding")


def test_every_write_makes_the_version_greater():
    def version() -> int:
        return DataVersion.objects.get().number

    start = version()
    project = make_project()
    created = version()
    Project.objects.filter(pk=project.pk).update(title_en="Other")
    updated = version()
    project.delete()

    assert start < created < updated < version()


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_is_not_public_is_never_found(state):
    project = make_project(title_en="Zanzibar", state=state, withdrawn_on="2026-01-01")
    make_output(project, text_en="Zanzibar output")
    assert not found_urls("zanzibar")

    Project.objects.filter(pk=project.pk).update(state="published")
    assert len(found_urls("zanzibar")) == 2
    Project.objects.filter(pk=project.pk).update(state=state)
    assert not found_urls("zanzibar")


def test_no_hidden_part_of_a_public_record_is_found():
    project = make_project(title_en="Quillwort", themes=[make_theme(name_en="Zanzibar", state="draft")])
    make_output(project, text_en="Zanzibar output", state="draft")
    statement = Claim.objects.get(code="delegates").statements.create(
        code="test-draft", state="draft", wording_en="Zanzibar is claimed", value_low=3
    )
    assert found_urls("quillwort") == [project.get_absolute_url()]
    assert not found_urls("zanzibar")

    statement.state = "published"
    statement.save()
    assert len(found_urls("zanzibar")) == 1


# The page


def test_hits_are_marked_and_everything_else_is_escaped():
    make_project(title_en="Zanzibar <b>bold</b>", summary_en="A & B in Zanzibar <script>alert(1)</script>")

    page = fetch("/en/search/?q=zanzib")

    assert "<mark>Zanzibar</mark>" in page.html
    assert "<script>alert" not in page.html
    assert "&lt;b&gt;bold" in page.html


def test_a_hit_in_the_other_language_only_is_marked():
    make_project(title_en="A project", title_sv="Ett projekt", summary_en="In English.", summary_sv="Om Timbuktu.")

    page = fetch("/en/search/?q=timbuktu")

    assert "Found in the text in Swedish" in page.text
    assert '<p lang="sv">' in page.html
    assert "Found in" not in fetch("/sv/sok/?q=timbuktu").text


def test_kinds_narrow_the_results_and_their_counts_are_true():
    everything = fetch("/en/search/?q=library")

    for link in [link for link in everything.links("?q=library") if "kind=" in link]:
        number = everything.html.split(f'href="{link.replace("&", "&amp;")}"')[1].split("<span>")[1].split("<")[0]
        page = fetch(f"/en/search/{link}")
        assert page.html.count("<h3>") == int(number)
        assert f"{number} result" in page.text


def test_long_results_have_pages():
    for number in range(25):
        make_project(code=f"test-{number}", title_en=f"Zanzibar {number}")

    first, second = fetch("/en/search/?q=zanzibar"), fetch("/en/search/?q=zanzibar&page=2")

    assert "25 results" in first.text
    assert len(set(first.links("/en/projects/test-")) | set(second.links("/en/projects/test-"))) == 25


@pytest.mark.parametrize(
    "query",
    [
        *('"', "'", "*", "(", ")", "AND", "OR NOT", "NEAR(a b)", "title:x", "-x", "^a", "a*b", "%", "\\", ";--", "{}"),
        *("👍", "🇿🇦 🇸🇪", "ﷺ", "x" * 10_000, "a b " * 3_000, "   ", "../../etc", "<script>", "٣"),
    ],
)
def test_nothing_typed_is_an_error(query):
    response = Client(headers={"host": "localhost"}).get("/en/search/", {"q": query})

    assert response.status_code == 200
    assert "<script>" not in response.content.decode().split("<main")[1].split('application/ld+json">')[0]


@pytest.mark.parametrize("rest", ["kind=nonsense", "page=0", "page=x", "page=99999"])
def test_odd_parameters_are_no_error(rest):
    fetch(f"/en/search/?q=library&{rest}")


def test_nothing_found_says_so():
    assert "Nothing was found. Try fewer words" in fetch("/en/search/?q=xyzzyx").text
    assert not fetch("/en/search/?q=xyzzyx").is_indexed


def test_a_search_asks_at_most_ten_questions():
    fetch("/en/search/?q=library&kind=partner")

    with CaptureQueriesContext(connection) as queries:
        fetch("/en/search/?q=library&kind=project")

    assert len(queries) <= 10

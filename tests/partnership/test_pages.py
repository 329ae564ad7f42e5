"""Every public page in every language: content and number of queries."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from partnership import per_version
from partnership.coverage import count_projects
from partnership.models import Claim, Partner, Source, Succession
from partnership.publishing import record_models
from partnership.templatetags.record import partner_name
from projects.models import Project, Theme
from tests.base import PAGES, address, fetch
from tests.factories import make_output, make_partner, make_project, make_theme, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

WORDS = {
    "home": ("{projects} of 38 projects are named here", "{projects} av 38 projekt är namngivna här"),
    "projects:list": ("Year not documented", "År inte dokumenterat"),
    "projects:detail": ("What was done", "Vad som gjordes"),
    "visits:list": ("{visits} visits named here, latest first", "{visits} besök namngivna här, de senaste först"),
    "visits:detail": ("week 47 of 2011 (21–27 November)", "vecka 47 2011 (21–27 november)"),
    "themes:list": ("The entry of 2018 names thirteen areas", "Texten till juryn 2018 nämner tretton områden"),
    "themes:detail": ("Tshwaraganang Library Project", "Biblioteksprojektet Tshwaraganang"),
    "partners": ("Formal partners", "Formella partner"),
    "partner": ("Formerly Potchefstroom Local Municipality", "Tidigare Potchefstroom Local Municipality"),
    "history": ("Emigrants leave for the Potchefstroom area", "Utvandrare reser till trakten av Potchefstroom"),
    "claims": ("Claimed 38", "Uppgivet 38"),
    "dossier": ("What we ask you to believe without evidence", "Vad vi ber er tro utan belägg"),
    "criteria": ("Local democracy", "Lokal demokrati"),
    "searches": ("Health care No project", "Hälso- och sjukvård Inget projekt"),
    "memorandum": ("No copy has been filed in this record", "Ingen kopia har lagts in i registret"),
    "sources": ("Styrgruppsmöte Sydafrika", "Styrgruppsmöte Sydafrika"),
    "source": ("What cites it", "Det som hänvisar till den"),
    "changes": ("Nothing has been changed", "Inget har ändrats"),
    "search": ("Words to look for", "Ord att söka efter"),
    "data": ("Everything in one archive", "Allt i ett arkiv"),
    "about": ("Well documented", "Väl dokumenterat"),
    "accessibility": ("2018:1937", "2018:1937"),
    "privacy": ("Information Regulator", "Information Regulator"),
    "contribute": ("What is wanted most", "Detta saknas mest"),
    "questions": ("What did Potchefstroom get?", "Vad fick Potchefstroom?"),
    "stories": ("Leseding, sentence by sentence", "Leseding, mening för mening"),
    "story": ("There had been one project on adult education already.", "Det hade redan funnits ett projekt"),
    "pictures": ("9,370 kilometres between Växjö and JB Marks", "kilometer mellan Växjö och JB Marks"),
    "picture-visits": ("What each mark stands for", "Vad varje tecken står för"),
    "press": ("Figures you can print", "Siffror som går att trycka"),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_page_is_there_in_both_languages(name, language):
    page = fetch(address(name, language))

    counts = {"projects": count_projects().documented, "visits": Visit.objects.published().count()}
    assert WORDS[name][language == "sv"].format(**counts) in page.text
    assert page.is_indexed is (name != "search")
    other = address(name, "sv" if language == "en" else "en")
    assert other in page.links()
    alternates = [link["href"] for link in page.all("link") if link.get("rel") == "alternate"]
    assert any(link.endswith(other) for link in alternates) is page.is_indexed


def plain(record) -> str:
    title = getattr(record, "name", "") or record.title
    return " ".join(str(title).split())


def every_record():
    for model in (Project, Visit, Theme, Partner, Source):
        yield from model.objects.published()


def test_every_record_has_its_page():
    for language in ("en", "sv"):
        with translation.override(language):
            for record in every_record():
                page = fetch(record.get_absolute_url())
                assert plain(record) in page.text


@pytest.mark.parametrize(
    ("accepted", "url"),
    [("sv-SE,sv;q=0.9", "/sv/"), ("en-ZA,en;q=0.9", "/en/"), ("af,zu", "/en/"), ("", "/en/"), ("*;q=nonsense", "/en/")],
)
def test_the_bare_address_leads_to_the_readers_language_without_a_cookie(accepted, url):
    response = Client(headers={"host": "localhost", "accept-language": accepted}).get("/")

    assert (response.status_code, response["Location"]) == (302, url)
    assert not response.cookies
    assert "Accept-Language" in response["Vary"]


@pytest.mark.parametrize("url", ["/en/nothing/", "/en/projects/nothing/", "/sv/projekt/nothing/"])
def test_what_does_not_exist_is_our_404(url):
    page = fetch(url, status=404)

    assert ("There is no such page" in page.text) or ("Sidan finns inte" in page.text)
    assert not page.is_indexed


def test_an_unknown_language_is_our_404():
    response = Client(headers={"host": "localhost"}).get("/xx/nothing/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_an_error_is_explained_in_the_readers_language(monkeypatch):
    monkeypatch.setattr("partnership.views.with_statements", lambda claims: 1 / 0)
    client = Client(raise_request_exception=False, headers={"host": "localhost"})

    response = client.get("/en/claims/")

    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()


def test_pages_only_answer_reading():
    for url in ("/en/", "/en/projects/", "/en/claims/", "/en/projects.json"):
        response = Client(headers={"host": "localhost"}).post(url)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


# Facts and their sources


def test_sources_are_numbered_in_the_order_of_the_page_and_listed_at_its_end():
    page = fetch("/en/projects/library-1/")

    listed = page.html[page.html.index('id="sources"') :]
    numbers = re.findall(r'id="source-(\d+)"', listed)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert set(page.links("#source-")) <= {f"#source-{number}" for number in numbers}
    assert page.text.index("Sources on this page") > page.text.index("Not yet documented")
    assert "/en/sources/icld-library-1/" in page.links()


def test_a_fact_cited_more_finely_shows_its_own_source():
    page = fetch("/en/projects/hr-1/")

    budget = page.text[page.text.index("SEK 442,982 applied for") :]
    budget = budget[: budget.index("Original title")]
    assert budget.count(" says: ") == 1


def test_numbers_are_grouped_as_the_language_does():
    assert "SEK 442,982" in fetch("/en/projects/hr-1/").text
    assert "SEK 442\N{NARROW NO-BREAK SPACE}982" in fetch("/sv/projekt/hr-1/").html


def test_a_source_lists_every_page_that_cites_it():
    page = fetch("/en/sources/vaxjo-press-2011-library/")

    for url in ("/en/projects/library-1/", "/en/projects/library-2/", "/en/visits/2011-11-library-sweden/"):
        assert url in page.links()
    assert "/en/projects/library-1/#library-1-pilots" in page.links()
    assert "/en/history/#m-2011-library" in page.links()
    assert "About: period" in page.text


def test_what_is_not_documented_is_said():
    page = fetch("/en/projects/sipp/")

    assert "Year not documented" in page.text
    assert "What each side took home" not in page.text, "what is empty is said once, below"
    for gap in ("The year", "Budget and cost", "Visits", "A result in Sweden", "Photographs"):
        assert gap in page.text[page.text.index("Not yet documented") :]


def test_staff_notes_are_never_published():
    Project.objects.filter(code="sipp").update(staff_note="Only for staff", confidence="low")

    page = fetch("/en/projects/sipp/")

    assert "Only for staff" not in page.html


# Names through time


def test_a_body_goes_by_the_name_of_the_time():
    jb_marks = Partner.objects.get(code="jb-marks")
    visit = make_visit(period="2017-01", guests=[jb_marks], hosts=[Partner.objects.get(code="vaxjo")])
    later = make_visit(period="2018-01", guests=[jb_marks], hosts=[Partner.objects.get(code="vaxjo")])

    assert "NW405 in Växjö" in fetch(visit.get_absolute_url()).text
    assert "JB Marks in Växjö" in fetch(later.get_absolute_url()).text


def test_a_successor_is_named_beside_the_body_of_the_time():
    assert "Tlokwe City Council (JB Marks since 2016)" in " ".join(fetch("/en/projects/library-1/").text.split())


def test_the_page_of_a_body_includes_its_predecessors():
    page = fetch("/en/partners/jb-marks/")

    assert "/en/projects/library-1/" in page.links()
    assert "/en/projects/energy-plan/" in page.links()
    assert "/en/visits/2011-11-library-sweden/" in page.links()
    assert "/en/partners/tlokwe/" in page.links()


@pytest.mark.parametrize("code", ["jb-marks", "vaxjo"])
def test_counts_of_visits_link_to_exactly_those(code):
    page = fetch(f"/en/partners/{code}/")

    for kind in ("host", "guest"):
        url = f"/en/visits/?{kind}={code}"
        assert url in page.links()
        listed = [link for link in fetch(url).links("/en/visits/") if link.count("/") == 4]
        words = f"{len(listed)} received" if kind == "host" else f"{len(listed)} made"
        assert words in page.text


# Missing translations


def test_a_missing_translation_is_shown_in_the_other_language_and_marked():
    project = make_project(title_en="Only in English", title_sv="", summary_en="A summary. And more.")

    page = fetch(f"/sv/projekt/{project.slug}/")

    assert '<span lang="en">Only in English</span> <small class="in-language">(på engelska)</small>' in page.html
    assert "<title>Only in English" in page.html
    assert '<span lang="en">A summary.</span>' in page.html


@pytest.mark.parametrize("language", ["en", "sv"])
def test_titles_and_descriptions_are_distinct(language):
    pages = [fetch(address(name, language)).html for name in PAGES]

    for pattern in (r"<title>(.*?)</title>", r'property="og:description"\s+content="(.*?)"'):
        texts = [re.search(pattern, page, re.S)[1].strip() for page in pages]
        assert [text for text in texts if texts.count(text) > 1] == []


def test_every_page_names_one_for_readers_of_no_language_of_the_site():
    assert re.search(r'hreflang="x-default" href="https?://[^/"]+/"', fetch("/sv/").html)
    for path in ("/sv/projekt/leseding/", "/en/projects/leseding/"):
        assert (
            fetch(path)
            .html.partition('hreflang="x-default" href="')[2]
            .partition('"')[0]
            .endswith("/en/projects/leseding/")
        )


def test_every_page_says_when_the_record_last_changed_and_a_draft_does_not_change_it():
    everything = [*Project.objects.all(), *Visit.objects.all()]
    for model in record_models():
        model._default_manager.update(modified_at="2026-03-01T12:00Z")
    Project.objects.filter(pk=everything[0].pk).update(modified_at="2026-03-02T12:00Z")
    make_project(state="draft", sources=0)
    address = everything[1].get_absolute_url()

    assert "The record last changed on 2 March 2026." in fetch("/en/about/").text
    assert "Registret ändrades senast den 2 mars 2026." in fetch("/sv/om/").text
    assert "Last changed on 1 March 2026" in fetch(address).text


@pytest.mark.parametrize("founding", ["yes", "no", "unknown"])
def test_the_home_page_has_a_tile_for_each_named_project(founding):
    make_project(in_founding_count=founding, title_en="A tile of its own")

    page = fetch("/en/").html

    assert re.search(r'<li class="tile">.{0,600}A tile of its own', page, re.S)
    projects = Project.objects.identified()
    assert page.count('<li class="tile">') == projects.count()


def test_partners_stand_on_the_map_and_by_town():
    make_partner(name_en="A body", town="Testtown", latitude=-20, longitude=20)
    make_partner(name_en="Another body", town="Testtown")
    make_partner(name_en="A body elsewhere", town="Elsewhere")

    page = fetch("/en/partners/")

    assert "Testtown, 2" in page.text
    assert re.search(r"Testtown A body ?, Another body", page.text)
    assert "Elsewhere A body elsewhere" in page.text


@pytest.mark.parametrize("language", ["en", "sv"])
def test_no_link_of_menu_or_foot_is_a_redirect(language):
    page = fetch(f"/{language}/om/" if language == "sv" else "/en/about/")
    for tag in ("<header", "<footer"):
        part = page.html[page.html.index(tag) :].partition(f"</{tag[1:]}>")[0]
        links = re.findall(r'href="(/[^"#]*)"', part)
        assert links, tag
        for link in links:
            assert Client(headers={"host": "localhost"}).get(link).status_code == 200, link


# Numbers of queries


#: For the first page after the start, which fills the cache of counts and the menu, and for every page after it.
BUDGETS = {
    "home": (69, 14),
    "projects:list": (36, 8),
    "projects:detail": (69, 32),
    "visits:list": (56, 11),
    "visits:detail": (46, 28),
    "themes:list": (29, 7),
    "themes:detail": (63, 31),
    "partners": (9, 6),
    "partner": (64, 32),
    "history": (37, 28),
    "claims": (61, 18),
    "sources": (13, 2),
    "source": (13, 10),
    "search": (4, 1),
    "changes": (5, 2),
    "data": (141, 13),
    "about": (25, 3),
    "accessibility": (4, 1),
    "privacy": (4, 1),
    "dossier": (113, 69),
    "criteria": (35, 32),
    "memorandum": (11, 8),
    "searches": (5, 2),
    "contribute": (35, 4),
    "questions": (78, 39),
    "press": (48, 21),
    "pictures": (76, 34),
    "picture-visits": (41, 18),
    "stories": (5, 2),
    "story": (22, 19),
}


def queries(url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert Client(headers={"host": "localhost"}).get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_the_database_little_however_much_there_is(name):
    url = address(name, "en")
    add_records("1")
    per_version.clear()
    first, again = queries(url), queries(url)
    assert first <= BUDGETS[name][0]
    assert again <= BUDGETS[name][1]

    for number in "23456":
        add_records(number)
    per_version.clear()

    assert (queries(url), queries(url)) == (first, again)


def add_records(number: str) -> None:
    """One more record of each kind on the measured pages."""
    partner = Partner.objects.get(code="jb-marks")
    leseding = Project.objects.get(code="leseding")
    make_theme()
    themes = [Theme.objects.get(code="sports-and-culture")]
    project = make_project(themes=themes, partners=[partner, make_partner()], sources=2, period="2012")
    make_output(leseding, side="both")
    make_visit(projects=[project, leseding], hosts=[partner], guests=[partner], sources=2, period=f"201{number}")


def test_a_claims_page_of_many_claims_asks_no_more():
    per_version.clear()
    before = queries("/en/claims/")
    for number in range(5):
        Claim.objects.create(code=f"test-{number}", label_en="A claim", state="published")
    per_version.clear()

    assert queries("/en/claims/") == before


# Contribute


def test_the_contribute_page_says_what_is_wanted_and_how_to_send_it(settings):
    settings.CONTACT_EMAIL = "record@example.org"
    theme = make_theme(in_founding_list=True)

    page = fetch("/en/contribute/")

    counted = count_projects()
    unnamed = f"{38 - counted.perhaps}–{38 - counted.documented}"
    assert f"Projects that are counted and not named : {unnamed}" in page.text
    assert theme.get_absolute_url() in page.links("/en/themes/")
    assert "mailto:record@example.org?subject=A%20photograph" in page.links("mailto:")


def test_the_contribute_page_says_when_nobody_can_be_written_to(settings):
    settings.CONTRIBUTIONS = False

    assert "This site has no contact address yet." in fetch("/en/contribute/").text


def test_what_is_documented_is_no_longer_wanted():
    Visit.objects.update(period="2012", earliest="2012-01-01", latest="2012-12-31")

    assert "Visits without a date" not in fetch("/en/contribute/").text


def test_a_letter_about_a_page_names_it_in_its_subject(settings):
    settings.CONTACT_EMAIL = "record@example.org"

    (letter,) = fetch("/sv/projekt/leseding/").links("mailto:record@example.org?subject=Om")

    assert letter.endswith("%3A%2F%2Flocalhost%3A8000%2Fsv%2Fprojekt%2Fleseding%2F".replace("%2F", "/"))


def test_a_successor_is_named_with_the_year_of_the_succession_and_not_of_the_end():
    former = make_partner(name_en="Old council", active="1990/2014-12-31")
    Succession.objects.create(
        predecessor=former, successor=make_partner(name_en="New region", name_sv="Ny region"), date="2015-01-01"
    )
    former.refresh_from_db()

    assert partner_name(former).endswith("(New region since 2015)")

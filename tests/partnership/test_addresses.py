"""Public URLs keep working; the registry of kinds of record is complete."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from partnership.addresses import permanent_models
from partnership.models import FormerAddress, Newsletter, Story, Submission
from partnership.opendata.structured import DESCRIBERS
from partnership.opendata.tables import TABLES
from partnership.publishing import record_models
from partnership.search import KIND_LABELS
from tests.base import fetch
from tests.factories import make_newsletter, make_partner, make_project, make_source, make_theme, make_visit

pytestmark = pytest.mark.django_db

#: Kinds of record that the search leaves out, each with the reason.
NO_SEARCH = {
    "photo": "found with the record it shows",
}
MAKERS = [make_project, make_visit, make_theme, make_partner, make_source]


def get(url: str, **headers):
    return Client(headers={"host": "localhost", **headers}).get(url)


@pytest.mark.parametrize("make", MAKERS)
def test_a_changed_address_redirects_for_ever(make):
    record = make(slug="first")
    old = record.get_absolute_url()
    for slug in ("second", "third"):
        record.slug = slug
        record.save()

    for url in (old, old.replace("first", "second")):
        response = get(url)
        assert (response.status_code, response["Location"]) == (301, record.get_absolute_url())
    fetch(record.get_absolute_url())


def test_an_address_that_comes_back_is_the_record_again():
    record = make_project(slug="first")
    for slug in ("second", "first"):
        record.slug = slug
        record.save()

    fetch("/en/projects/first/")
    assert get("/en/projects/second/")["Location"] == "/en/projects/first/"
    assert not FormerAddress.objects.filter(slug="first").exists()


def test_a_draft_leaves_no_address_behind():
    record = make_project(slug="first", state="draft")
    record.slug = "second"
    record.save()

    assert get("/en/projects/first/").status_code == 404


def test_a_moved_and_withdrawn_record_leads_to_its_tombstone():
    record = make_project(slug="first")
    record.slug, record.state, record.withdrawn_on = "second", "withdrawn", "2026-01-01"
    record.save()

    assert record.title in fetch(get("/en/projects/first/")["Location"], 410).text


@pytest.mark.parametrize(("language", "url"), [("sv", "/sv/projekt/leseding/"), ("en", "/en/projects/leseding/")])
def test_a_code_leads_to_the_page_in_the_readers_language(language, url):
    response = get("/id/project/leseding", **{"accept-language": language})

    assert (response.status_code, response["Location"]) == (303, url)
    assert "Accept-Language" in response["Vary"]
    assert not response.cookies


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("visit/2011-11-library-sweden", "/en/visits/2011-11-library-sweden/"),
        ("theme/democracy", "/en/themes/democracy/"),
        ("partner/jb-marks", "/en/partners/jb-marks/"),
        ("source/platforma-2018", "/en/sources/platforma-2018/"),
        ("milestone/m-2011-library", "/en/history/#m-2011-library"),
        ("output/library-1-pilots", "/en/projects/library-1/#library-1-pilots"),
        ("claim/projects", "/en/claims/#projects"),
    ],
)
def test_every_kind_has_lasting_addresses(path, url):
    assert get(f"/id/{path}")["Location"] == url


@pytest.mark.parametrize("path", ["project/nothing", "nothing/leseding", "user/1", "project/test-draft"])
def test_what_is_not_public_has_none(path):
    make_project(code="test-draft", state="draft")

    assert get(f"/id/{path}").status_code == 404


def test_the_permanent_url_of_a_record_leads_to_its_page():
    make_newsletter()

    for model in permanent_models().values():
        record = model._default_manager.published().first()
        path = record.permanent_url.removeprefix(settings.SITE_URL)

        assert path == reverse("id", args=[model._meta.model_name, record.code])
        assert get(path)["Location"] == record.get_absolute_url()


def test_only_records_with_a_page_of_their_own_are_in_the_sitemap():
    make_newsletter()

    sitemap = get("/sitemap.xml").content.decode()

    for model in permanent_models().values():
        record = model._default_manager.published().first()
        url = record.get_absolute_url()
        assert ("#" not in url) == model.has_own_page, model
        assert (f"<loc>{settings.SITE_URL}{url}</loc>" in sitemap) == model.has_own_page, model


def test_every_kind_of_record_is_searched_in_the_data_and_described_to_search_engines():
    models = {str(model._meta.model_name): model for model in record_models()}

    assert set(KIND_LABELS) - {"page"} == models.keys() - NO_SEARCH.keys()
    assert {model for model in models.values() if model.has_own_page} - {
        Submission,
        Newsletter,
        Story,
    } <= DESCRIBERS.keys()
    assert set(TABLES) - {"searches"} == {f"{name}s" for name, model in models.items() if model.in_open_data}


@pytest.mark.parametrize(
    ("guess", "leads_to"),
    [
        ("/leseding", "/en/projects/leseding/"),
        ("/mou", "/en/memorandum/"),
        ("/en/mou/", "/en/memorandum/"),
        ("/sv/projects/leseding/", "/sv/projekt/leseding/"),
        ("/en/projekt/library-1/", "/en/projects/library-1/"),
        ("/en/partners/potchefstroom/", "/en/partners/tlokwe/"),
        # The other language’s path without its code, and a kind in the singular
        ("/projekt/leseding", "/en/projects/leseding/"),
        ("/sok?q=bibliotek", "/en/search/?q=bibliotek"),
        ("/om", "/en/about/"),
        ("/theme/democracy", "/en/themes/democracy/"),
        ("/id/leseding", "/en/projects/leseding/"),
        ("/tema/demokrati", "/en/themes/democracy/"),
        # Capitals, what older sites add, and the full stop of a sentence
        ("/EN/Projects/Leseding/", "/en/projects/leseding/"),
        ("/en/projects/leseding.html", "/en/projects/leseding/"),
        ("/sv/besok.html", "/sv/besok/"),
        ("/index.html", "/en/"),
        ("/en/projects/leseding).", "/en/projects/leseding/"),
        # What people call a page
        ("/svenska", "/sv/"),
        ("/sv/om-oss/", "/sv/om/"),
        ("/en/rss", "/en/feed.atom"),
        ("/wp-admin/setup.php", None),
        ("/en/projects/no-such-thing.html", "/en/projects/no-such-thing/"),
        ("/sv/bibliotekarier/", None),
        ("/en/partners/potchestroom/", None),
        ("/en/projects/no-such-thing-anywhere/", None),
    ],
)
def test_an_address_that_people_guess_leads_on(guess, leads_to):
    response = Client(headers={"host": "localhost", "accept-language": "en"}).get(guess)

    if leads_to:
        assert (response.status_code, response["Location"]) == (302, leads_to)
    else:
        assert response.status_code == 404


@pytest.mark.parametrize("path", ["/test-secret", "/en/test-secret.html", "/project/test-secret", "/id/test-secret"])
def test_the_address_of_a_draft_leads_nowhere(path):
    make_project(code="test-secret", title_en="Test secret", state="draft")
    make_theme(name_en="Test secret")

    assert get(path).status_code == 404


def test_the_page_that_is_missing_searches_for_the_words_of_its_address():
    page = fetch("/en/partners/potchestroom/", status=404)

    assert "/en/partners/tlokwe/" in page.links()
    assert 'value="Potchefstroom"' in page.html

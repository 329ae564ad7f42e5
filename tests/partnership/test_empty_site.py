"""A new site, on which nothing is public yet, and lists in which nothing is found."""

from __future__ import annotations

import pytest
from django.utils import translation

from partnership.models import LoggedSearch, QuestionSheet
from partnership.publishing import State, record_models
from tests.base import fetch
from tests.factories import make_theme

pytestmark = pytest.mark.django_db

#: What each list says of itself before anything stands in it.
SAID = {
    "en": {
        "/en/": "This record is new. Nothing has been published in it yet.",
        "/en/projects/": "No project has been published yet.",
        "/en/visits/": "No visit has been published yet.",
        "/en/themes/": "No theme has been published yet.",
        "/en/partners/": "No partner has been published yet.",
        "/en/sources/": "No source has been published yet.",
        "/en/claims/": "No claim has been published yet.",
        "/en/dossier/": "No dossier for a jury has been published yet.",
        "/en/where-we-looked/": "No search has been logged yet.",
        "/en/history/": "Nothing has been written down yet.",
        "/en/stories/": "No story has been told yet.",
        "/en/questions/": "Nobody has written the answers down yet.",
        "/en/press/": "No figure is on record yet.",
        "/en/changes/": "Nothing has been changed since the record was opened.",
    },
    "sv": {
        "/sv/": "Det här registret är nytt. Inget har publicerats i det ännu.",
        "/sv/projekt/": "Inget projekt är publicerat ännu.",
        "/sv/besok/": "Inget besök är publicerat ännu.",
        "/sv/teman/": "Inget tema är publicerat ännu.",
        "/sv/parter/": "Ingen partner är publicerad ännu.",
        "/sv/kallor/": "Ingen källa är publicerad ännu.",
    },
}


@pytest.fixture
def empty_site():
    for model in record_models():
        model._default_manager.exclude(state=State.DRAFT).update(state=State.DRAFT, merged_into=None)
    LoggedSearch.objects.all().delete()
    QuestionSheet.objects.all().delete()


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_page_of_an_empty_site_says_so_and_no_link_leads_to_nothing(empty_site, language):
    waiting, pages = list(SAID[language]), {}
    while waiting:
        path = waiting.pop()
        if path not in pages:
            page = pages[path] = fetch(path)
            waiting += [link for link in page.links(f"/{language}/") if link.endswith("/")]

    for path, words in SAID[language].items():
        assert words in pages[path].text, path
    for path, page in pages.items():
        assert " of joint" not in page.text, path
        assert "None" not in page.text.replace("None yet", "").split(), path


def test_the_menu_of_an_empty_site_lists_only_what_holds_something(empty_site):
    menu = fetch("/en/").text.partition("Menu")[2].partition("Much to learn")[0]

    assert menu.split() == ["Ten", "questions", "I", "know", "something", "Svenska"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/en/projects/?q=nosuchword", "No project matches. Remove a filter."),
        ("/sv/projekt/?q=nosuchword", "Inga projekt passar filtret."),
        ("/en/visits/?year=1801", "No visit matches. Remove a filter."),
        ("/en/sources/?q=nosuchword", "No source matches. Remove a filter."),
        ("/en/search/?q=nosuchword", "0 results"),
    ],
)
def test_an_empty_filter_says_so_and_leads_back(path, words):
    page = fetch(path)

    assert words in page.text
    assert path.partition("?")[0] in page.links() or "/en/sources/" in page.links()


def test_a_theme_without_projects_says_so_in_one_line():
    theme = make_theme()

    with translation.override("en"):
        page = fetch(theme.get_absolute_url())

    assert page.text.count("No project on record yet") == 1
    assert "0 project" not in page.text
    assert "What came of it" not in page.text

"""The staff handbook: the same pages in both languages, with pictures that are there and said in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from partnership.staff.handbook import PAGES

WRITTEN = settings.BASE_DIR / "templates" / "admin" / "handbook"
PICTURES = settings.BASE_DIR / "static" / "handbook"
LANGUAGES = ["en", "sv"]


def page(client: Client, name: str, language: str) -> str:
    response = client.get(reverse("admin:handbook_page", args=[name]), headers={"accept-language": language})
    return response.content.decode()


def shape(html: str) -> list[str]:
    """The elements of a page’s text, by which two languages can be compared."""
    text = html[html.index('class="handbook"') : html.index("<nav aria-label", html.index('class="handbook"'))]
    return re.findall(r"<(h2|p|li|tr|img|a|code)\b", text)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_the_same_in_both_languages(name, staff_client):
    client = staff_client("Editor")

    english, swedish = page(client, name, "en"), page(client, name, "sv")

    assert shape(english) == shape(swedish)
    assert 'lang="sv"' in swedish
    with_title = re.search(r"<h1>(.+)</h1>", swedish)
    assert with_title
    assert with_title[1] not in english


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contents_lead_to_every_page(language, staff_client):
    html = staff_client("Editor").get(reverse("admin:handbook"), headers={"accept-language": language}).content.decode()

    for name in PAGES:
        assert f'href="{reverse("admin:handbook_page", args=[name])}"' in html


def test_the_start_page_and_every_form_lead_to_the_handbook(staff_client):
    client = staff_client("Editor")

    for path in (reverse("admin:index"), reverse("admin:visits_visit_add")):
        assert f'<a href="{reverse("admin:handbook")}">Handbook</a>' in client.get(path).content.decode()


def test_a_page_that_is_not_there_is_not_found(staff_client):
    assert staff_client("Editor").get(reverse("admin:handbook_page", args=["nothing"])).status_code == 404


def pictures(language: str) -> dict[str, str]:
    """The pictures that the handbook uses in a language, with their words."""
    pictures_by_name = {}
    for path in (WRITTEN / language).glob("*.html"):
        pictures_by_name |= dict(re.findall(r'screenshot "handbook/([\w-]+\.webp)" %}([^{]*){%', path.read_text()))
    return pictures_by_name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_light_and_said_in_words(language):
    used = pictures(language)

    assert used
    assert set(used) == {path.name for path in PICTURES.glob(f"*-{language}.webp")}
    for name, words in used.items():
        path: Path = PICTURES / name
        assert path.stat().st_size < 25_000, name
        with Image.open(path) as image:
            assert image.width <= 760, name
        assert len(words) > 30, name


def test_each_language_has_its_own_picture_of_the_same_thing():
    names = [{name.removesuffix(f"-{language}.webp") for name in pictures(language)} for language in LANGUAGES]

    assert names[0] == names[1]


def test_a_member_of_staff_chooses_the_language_of_the_admin(staff_client):
    client = staff_client("Editor")

    response = client.post(reverse("admin:language"), {"language": "sv", "next": reverse("admin:index")})

    assert response["Location"] == reverse("admin:index")
    assert "Redaktionen" in client.get(reverse("admin:index")).content.decode()
    assert response.cookies["django_language"]["path"] == "/admin/"

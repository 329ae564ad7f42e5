"""Each picture at an address of its own: its title says what it shows, its marks lead on, its file stands alone."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from partnership.models import Milestone, Partner, Statement
from partnership.pictures.alone import PICTURES
from projects.models import Project, Theme
from tests.base import fetch
from tests.factories import make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> ElementTree.Element:
    """The picture as a file, read as SVG."""
    response = Client().get(reverse(f"picture-{name}-svg"))
    assert response["Content-Type"] == "image/svg+xml"
    return ElementTree.fromstring(response.content)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_read_alone_cited_and_taken_along(name):
    page = fetch(reverse(f"picture-{name}"))

    title = drawn(name).findtext(f"{SVG}title")
    assert title
    assert page.text.count(title) >= 2  # heading and citation
    assert f"{settings.SITE_URL}{reverse(f'picture-{name}')}" in page.text
    assert reverse(f"picture-{name}-svg") in page.links()
    data = [link for link in page.links() if link.endswith((".csv", ".json"))]
    assert data
    assert {Client().get(link).status_code for link in data} == {200}


@pytest.mark.parametrize("name", PICTURES)
def test_every_mark_of_a_picture_is_named_and_leads_to_what_it_stands_for(name):
    drawing = drawn(name)

    marks = list(drawing.iter(f"{SVG}a"))
    assert marks
    assert all(mark.findtext(f"{SVG}title") for mark in marks)
    for address in {mark.attrib["href"].removeprefix(settings.SITE_URL) for mark in marks}:
        path, _hash, fragment = address.partition("#")
        page = Client().get(path)
        assert page.status_code == 200
        assert not fragment or f'id="{fragment}"' in page.content.decode()
    assert "style" not in {key for element in drawing.iter() for key in element.attrib}


@pytest.mark.parametrize("address", ["/en/", "/en/visits/", "/en/themes/", "/en/history/"])
def test_a_picture_on_a_page_can_be_cited_opened_alone_and_taken_along(address):
    links = fetch(address).links()

    alone = {link.removesuffix("#citing") for link in links if link.startswith("/en/pictures/") and "#" in link}
    assert alone
    for link in alone:
        assert {link, f"{link.rstrip('/')}.svg"} <= set(links)


def test_numbers_of_a_drawing_are_those_of_its_list():
    visit = make_visit(period="2031-05", direction="to_sweden", delegates=4)
    page = fetch(reverse("picture-visits"))

    number = Visit.objects.identified().exclude(earliest=None).count()
    assert f"<title>{number}. " in page.html
    row = page.html[: page.html.index(f'<a href="{visit.get_absolute_url()}">', page.html.index("<tbody>"))]
    assert row.rstrip().endswith(f'>{number}</td>\n<th scope="row">')


def test_a_picture_of_nothing_says_so():
    for model in (Project, Visit, Theme, Milestone, Partner):
        model.objects.update(state="draft")
    Statement.objects.update(preferred=False)

    for name in PICTURES:
        assert "The record holds nothing to draw here yet." in fetch(reverse(f"picture-{name}")).text, name
        assert Client().get(reverse(f"picture-{name}-svg")).status_code == 404
    assert "The record holds nothing to draw here yet." in fetch(reverse("pictures")).text

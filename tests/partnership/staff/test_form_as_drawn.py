"""The forms as they are drawn: formal partners as ticks, the own language first, what is rare below the rows."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from partnership.models import Partner
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_partner, make_photo, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_formal_partners_are_ticks_and_others_stay_beside_them(staff_client):
    formal, host = Partner.objects.published().formal().current()[:2]
    other = make_partner(name_en="A choir")
    visit = make_visit(state="draft")
    visit.guests.set([formal, other])
    client, address = staff_client("Editor"), url(Visit, "change", visit.pk)
    opened = client.get(address)
    page = opened.content.decode()

    client.post(address, filled_in(opened) | {"hosts": [str(host.pk)]})

    assert f'<input type="checkbox" name="guests" value="{formal.pk}" checked>' in page
    assert f'<option value="{other.pk}" selected>' in page
    assert f'<option value="{formal.pk}" selected>' not in page
    assert ({*visit.hosts.all()}, {*visit.guests.all()}) == ({host}, {formal, other})


def test_a_clerk_writes_in_the_own_language_first(staff_client):
    client = staff_client("Editor")

    pages = {
        language: client.get(url(Project, "add"), headers={"accept-language": language}).content.decode()
        for language in ("sv", "en")
    }

    assert pages["sv"].index('id="id_title_sv"') < pages["sv"].index('id="id_title_en"')
    assert pages["en"].index('id="id_title_en"') < pages["en"].index('id="id_title_sv"')


def test_what_is_rarely_needed_stands_below_the_sources_also_while_it_is_open(staff_client):
    client = staff_client("Editor")
    opened = client.get(url(Visit, "add"))
    refused = client.post(url(Visit, "add"), filled_in(opened) | {"slug": "no address", "period": "2012"})

    for response in (opened, refused):
        page = response.content.decode()
        assert page.index('id="citations-group"') < page.index('id="id_slug"')
        names = [section.label for section in response.context["sections"]]
        assert names.index("sources of this record") < names.index("Address and code")


@pytest.mark.parametrize(("country", "is_seen"), [("SE", True), ("ZA", False)])
def test_photographs_are_chosen_by_what_they_look_like(country, is_seen, staff_client):
    photo = make_photo(alt_en="A field of rape")
    client = staff_client("Editor", partner=make_partner(country=country))
    query = {"app_label": "visits", "model_name": "visit", "field_name": "photos", "term": "rape"}

    choices = client.get(reverse("admin:autocomplete"), query).json()["results"]

    assert [choice["id"] for choice in choices] == [str(photo.pk)]
    assert ("thumb" in choices[0]) == is_seen


def test_what_a_version_changes_is_marked_among_the_words_that_stay(staff_client):
    client, visit = staff_client("Editor"), make_visit(state="draft", purpose_en="To see the old library.")
    form = filled_in(client.get(url(Visit, "change", visit.pk)))
    client.post(url(Visit, "change", visit.pk), form | {"purpose_en": "To see the new library."})

    page = client.get(url(Visit, "history", visit.pk)).content.decode()

    row = page[page.index('<th scope="row">Purpose (English)</th>') :].partition("</tr>")[0]
    before, after = (" ".join(cell.split()) for cell in re.findall(r"<td [^>]*>(.*?)</td>", row, re.DOTALL))
    assert before == "To see the <del>old</del> library."
    assert after == "To see the <ins>new</ins> library."

"""The photographs of one record on one page: many at once, described, put in order; what is refused is named."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from partnership.models import HeldUpload, Partner, Photo, Revision
from tests.base import url
from tests.factories import make_image, make_photo, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

SHARED = {"credit": "Växjö kommun", "basis": "no_person", "licence": "", "period": "2011-11"}


def picture(number: int = 1, width: int = 1600) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"IMG_{number}.jpg", make_image(width, 1000).read())


def rows(*photos: Photo, **changed: str) -> dict[str, str]:
    """What the page sends for its rows when nothing is changed but what is said."""
    values = {f"place-{photo.pk}": str(number) for number, photo in enumerate(photos, 1)}
    for photo in photos:
        values |= {f"alt_en-{photo.pk}": photo.alt_en, f"alt_sv-{photo.pk}": photo.alt_sv}
    return {**SHARED, **values, **changed}


@pytest.fixture
def visit() -> Visit:
    return make_visit(state="draft")


def test_ten_photographs_of_a_visit_take_few_pages_and_fields(visit, staff_client):
    client = staff_client("Editor")
    form = client.get(url(Visit, "change", visit.pk))
    page = url(Visit, "photographs", visit.pk)
    assert page in form.content.decode()
    client.get(page)
    files = [picture(number) for number in range(10)]

    after = client.post(page, {**SHARED, "files": files}, follow=True)
    photos = list(visit.photos.all())
    words = {f"alt_sv-{photo.pk}": f"Bild {photo.pk}" for photo in photos}
    saved = client.post(page, rows(*photos, **words, _done="1"))

    # The form, the page, the page with ten rows, and the form again.
    assert (len(after.redirect_chain), saved.status_code) == (1, 302)
    # The files, three that all share, and the words of each.
    assert 1 + 3 + len(words) <= 20
    assert {(photo.credit, str(photo.period), photo.state) for photo in photos} == {
        ("Växjö kommun", str(photos[0].period), "draft")
    }
    assert [photo.alt_sv for photo in visit.photos.all()] == list(words.values())
    assert Revision.objects.of(visit).exists()


def test_what_is_refused_is_named_and_the_rest_is_kept(visit, staff_client):
    page = url(Visit, "photographs", visit.pk)
    bad = SimpleUploadedFile("film.mov", b"\0\0\0\x14ftypqt  " + b"x" * 99)

    response = staff_client("Editor").post(page, {**SHARED, "files": [picture(), bad]})

    assert "film.mov: This file is MOV" in response.content.decode()
    assert visit.photos.count() == 1


def test_a_narrow_one_waits_for_an_answer(visit, staff_client):
    client, page = staff_client("Editor"), url(Visit, "photographs", visit.pk)

    question = client.post(page, {**SHARED, "files": [picture(7, width=640)]}).content.decode()

    assert "IMG_7.jpg is 640 pixels wide" in question
    assert visit.photos.count() == 0
    client.post(page, {**SHARED, "take": re.search(r'name="take" value="([\w-]+)"', question)[1]})
    assert [photo.width for photo in visit.photos.all()] == [640]
    assert not HeldUpload.objects.exists()


def test_order_and_cover_are_set_by_numbers_and_by_buttons(visit, staff_client):
    first, second, third = photos = [make_photo(state="draft") for _number in range(3)]
    visit.photos.set(photos)
    client, page = staff_client("Editor"), url(Visit, "photographs", visit.pk)

    def order_after(**changed: str) -> list[Photo]:
        client.post(page, rows(*visit.photos.all(), **changed))
        return list(visit.photos.all())

    client.post(page, rows(*photos))
    assert order_after(down=str(first.pk)) == [second, first, third]
    assert order_after(up=str(third.pk)) == [second, third, first]
    assert order_after(**{f"place-{first.pk}": "1"}) == [first, second, third]
    assert order_after(cover=str(third.pk)) == [third, first, second]
    assert order_after(remove=str(first.pk)) == [third, second]


def test_staff_outside_the_eu_and_strangers_to_the_record_do_not_get_in(visit, staff_client):
    outside = staff_client("Publisher", partner=Partner.objects.get(code="jb-marks"))
    editor = staff_client("Editor")
    public = make_visit()

    assert outside.get(url(Visit, "photographs", visit.pk)).status_code == 403
    assert editor.get(url(Visit, "photographs", public.pk)).status_code == 403


def test_words_about_a_person_are_refused_and_not_lost(visit, staff_client):
    photo = make_photo(state="draft")
    visit.photos.add(photo)
    words = {f"alt_en-{photo.pk}": "Write to anna@example.org"}

    page = staff_client("Editor").post(url(Visit, "photographs", visit.pk), rows(photo, **words)).content.decode()

    assert "looks like personal data" in page
    assert ">Write to anna@example.org</textarea>" in page
    photo.refresh_from_db()
    assert "anna" not in photo.alt_en


def test_a_wrong_date_is_named_and_the_photographs_wait_for_the_right_one(visit, staff_client):
    client, page = staff_client("Editor"), url(Visit, "photographs", visit.pk)

    refused = client.post(page, {**SHARED, "period": "32 November 2011", "files": [picture()]}).content.decode()

    assert '<a href="#id_period">Taken: ' in refused
    assert "IMG_1.jpg is kept here, and added as soon as this is saved." in refused
    client.post(page, SHARED)
    assert [str(photo.period) for photo in visit.photos.all()] == ["2011-11"]
    assert not HeldUpload.objects.exists()

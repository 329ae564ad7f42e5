"""Photographs in the form of their record: sent together, kept while the form is refused, saved with it as drafts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from partnership.models import HeldUpload, Partner, Photo, Revision
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_image, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

SHARED = {"photographs-credit": "Växjö kommun", "photographs-basis": "no_person"}


def picture(number: int = 1, width: int = 1600) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"IMG_{number}.jpg", make_image(width, 1000).read())


def add_form(client, **changed) -> dict:
    values = {name: value for name, value in filled_in(client.get(url(Visit, "add"))).items() if name != "_save"}
    return {**values, "purpose_en": "To see the library.", "period": "2022-10", **SHARED, **changed}


def keys(page: str) -> list[str]:
    return re.findall(r'name="photographs-key" value="([\w-]+)"', page)


def test_several_are_saved_with_their_visit_each_with_its_own_words(staff_client):
    client = staff_client("Editor")
    words = {"photographs-new-0-alt_sv": "Hyllor.", "photographs-new-1-alt_sv": "Ett bord."}
    files = {"photographs-files": [picture(1), picture(2)]}

    answer = client.post(url(Visit, "add"), add_form(client, **words, **files))

    visit = Visit.objects.get(purpose_en="To see the library.")
    photos = list(visit.photos.all())
    assert answer["Location"] == url(Visit, "changelist")
    assert [photo.alt_sv for photo in photos] == ["Hyllor.", "Ett bord."]
    assert {(photo.credit, photo.basis, photo.state, photo.period) for photo in photos} == {
        ("Växjö kommun", "no_person", "draft", visit.period)
    }
    assert not HeldUpload.objects.exists()
    assert [len(Revision.objects.of(record)) for record in (visit, *photos)] == [1, 1, 1]


def test_whoever_has_no_script_is_led_to_describe_them(staff_client):
    client = staff_client("Editor")

    answer = client.post(url(Visit, "add"), add_form(client, **{"photographs-files": [picture()]}), follow=True)

    visit = Visit.objects.get(purpose_en="To see the library.")
    assert answer.redirect_chain == [(url(Visit, "photographs", visit.pk), 302)]
    assert "Say what each photograph shows." in answer.content.decode()


def test_they_stay_with_a_form_that_is_refused_and_nobody_else_sees_them(staff_client):
    client = staff_client("Editor")
    files = {"photographs-files": [picture()], "photographs-new-0-alt_sv": "Hyllor."}

    refused = client.post(url(Visit, "add"), add_form(client, slug="no address", **files)).content.decode()

    (key,) = keys(refused)
    assert ">Hyllor.</textarea>" in refused
    thumb = f"/admin/held/{key}/"
    assert thumb in refused
    assert client.get(thumb)["Content-Type"] == "image/jpeg"
    assert staff_client("Publisher").get(thumb).status_code == 404
    # Another form at the same address does not find them.
    assert not keys(client.get(url(Visit, "add")).content.decode())
    words = {f"photographs-{key}-alt_sv": "Hyllor.", "photographs-key": key}
    client.post(url(Visit, "add"), add_form(client, **words))
    assert [photo.alt_sv for photo in Visit.objects.get(purpose_en="To see the library.").photos.all()] == ["Hyllor."]


def test_the_key_of_a_colleague_opens_nothing(staff_client):
    client, other = staff_client("Editor"), staff_client("Publisher")
    page = client.post(url(Visit, "add"), add_form(client, _show="1", **{"photographs-files": [picture()]}))

    other.post(url(Visit, "add"), add_form(other, **{"photographs-key": keys(page.content.decode())}))

    assert Visit.objects.get(purpose_en="To see the library.").photos.count() == 0
    assert HeldUpload.objects.count() == 1


def test_they_stay_with_a_form_that_is_put_aside_and_go_with_one_that_never_comes_back(
    staff_client, django_capture_on_commit_callbacks
):
    client = staff_client("Editor")
    files = {"photographs-files": [picture()], "photographs-new-0-alt_sv": "Hyllor."}
    client.post(url(Visit, "add"), add_form(client, _later="1", **files))

    again = client.get(f"{url(Visit, 'add')}?kept=1").content.decode()

    assert (len(keys(again)), ">Hyllor.</textarea>" in again) == (1, True)
    upload = HeldUpload.objects.get()
    HeldUpload.objects.update(held_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        call_command("dispose", verbosity=0)
    assert not HeldUpload.objects.exists()
    assert not upload.file.storage.exists(upload.file.name)


def test_what_is_no_photograph_and_what_is_narrow_are_asked_about(staff_client):
    client = staff_client("Editor")
    bad = SimpleUploadedFile("film.mov", b"\0\0\0\x14ftypqt  " + b"x" * 99)
    files = {"photographs-files": [bad, picture(7, width=640)]}

    page = client.post(url(Visit, "add"), add_form(client, **files)).content.decode()

    (key,) = keys(page)
    assert "film.mov: This file is MOV" in page
    assert "The photograph is 640 pixels wide" in page
    answers = {"photographs-key": key, f"photographs-{key}-take": "on"}
    client.post(url(Visit, "add"), add_form(client, **answers))
    assert [photo.width for photo in Photo.objects.filter(visits__purpose_en="To see the library.")] == [640]


def test_one_is_left_out(staff_client):
    client = staff_client("Editor")
    files = {"photographs-files": [picture(1), picture(2)]}
    page = client.post(url(Visit, "add"), add_form(client, _show="1", **files))
    first, second = keys(page.content.decode())

    client.post(
        url(Visit, "add"),
        add_form(client, **{"photographs-key": [first, second], f"photographs-{first}-leave": "on"}),
    )

    assert Visit.objects.get(purpose_en="To see the library.").photos.count() == 1
    assert not HeldUpload.objects.exists()


def test_words_about_a_person_are_asked_about(staff_client):
    client = staff_client("Editor")
    files = {"photographs-files": [picture()], "photographs-new-0-alt_en": "Write to anna@example.org"}

    page = client.post(url(Visit, "add"), add_form(client, **files)).content.decode()

    assert 'name="allowed_because"' in page
    assert not Visit.objects.filter(purpose_en="To see the library.").exists()


def test_they_come_after_those_that_the_visit_has(staff_client):
    client, visit = staff_client("Editor"), make_visit(state="draft", period="2011-11")
    page = url(Visit, "change", visit.pk)

    for number in (1, 2):
        files = {"photographs-files": [picture()], "photographs-new-0-alt_sv": f"Bild {number}."}
        client.post(page, filled_in(client.get(page)) | SHARED | files)

    assert [photo.alt_sv for photo in visit.photos.all()] == ["Bild 1.", "Bild 2."]
    assert url(Visit, "photographs", visit.pk) in client.get(page).content.decode()


def test_a_form_without_photographs_asks_nothing_of_them(staff_client):
    client = staff_client("Editor")

    client.post(url(Visit, "add"), add_form(client, **{"photographs-period": "no date at all"}))

    assert Visit.objects.filter(purpose_en="To see the library.").exists()


def test_who_works_outside_the_eu_and_who_proposes_a_change_are_offered_none(staff_client):
    outside = staff_client("Publisher", partner=Partner.objects.get(code="jb-marks"))
    editor, public = staff_client("Editor"), make_visit()

    pages = [
        outside.get(url(Visit, "add")),
        editor.get(url(Visit, "propose", public.pk)),
        editor.get(f"{url(Project, 'add')}?_popup=1"),
    ]

    assert [b'name="photographs-files"' in page.content for page in pages] == [False, False, False]


def test_one_that_is_chosen_again_after_a_refusal_is_not_there_twice(staff_client):
    client = staff_client("Editor")
    refused = client.post(url(Visit, "add"), add_form(client, slug="no address", **{"photographs-files": [picture()]}))
    (key,) = keys(refused.content.decode())
    again = {"photographs-files": [picture(), picture(2)], "photographs-new-0-alt_sv": "Hyllor."}

    client.post(url(Visit, "add"), add_form(client, **{"photographs-key": key}, **again))

    photos = Visit.objects.get(purpose_en="To see the library.").photos.all()
    assert [photo.alt_sv for photo in photos] == ["Hyllor.", ""]


def test_one_that_is_left_out_before_it_is_sent_is_neither_read_nor_refused(staff_client):
    client = staff_client("Editor")
    text = SimpleUploadedFile("text.jpg", b"no picture")
    words = {"photographs-new-0-leave": "on", "photographs-new-1-alt_sv": "Ett bord."}

    client.post(url(Visit, "add"), add_form(client, **words, **{"photographs-files": [text, picture(2)]}))

    photos = Visit.objects.get(purpose_en="To see the library.").photos.all()
    assert [photo.alt_sv for photo in photos] == ["Ett bord."]


def test_more_than_are_read_at_once_are_named_and_the_form_is_not_lost(staff_client, monkeypatch):
    monkeypatch.setattr("partnership.staff.form_photographs.MOST_AT_ONCE", 1)
    client = staff_client("Editor")
    files = {"photographs-files": [picture(number) for number in range(1, 26)]}

    page = client.post(url(Visit, "add"), add_form(client, **files)).content.decode()

    assert len(keys(page)) == 1
    assert "IMG_25.jpg: too many at once. Send it again." in page
    assert "To see the library." in page


def test_the_summary_names_the_photograph_and_leads_to_it(staff_client):
    client = staff_client("Editor")
    files = {"photographs-files": [SimpleUploadedFile("text.jpg", b"no picture"), picture(1), picture(2, width=640)]}

    page = client.post(url(Visit, "add"), add_form(client, **files)).content.decode()

    summary = page.partition('id="error-summary"')[2].partition("</section>")[0]
    key = keys(page)[1]
    assert re.findall(r'<a href="#([\w-]+)">(.*?)</a>', summary) == [
        ("photographs-files", "Photographs"),
        (f"id_photographs-{key}-take", "Photograph 2"),
    ]


def test_left_without_a_date_they_are_of_the_time_that_the_same_form_gives_its_record(staff_client):
    client, visit = staff_client("Editor"), make_visit(state="draft", period="2011-11")
    page = url(Visit, "change", visit.pk)

    form = filled_in(client.get(page)) | {"period": "2012-04"} | SHARED
    client.post(page, form | {"photographs-files": [picture()]})

    assert [str(photo.period) for photo in visit.photos.all()] == ["2012-04"]


def test_who_goes_back_without_script_and_adds_one_is_not_told_that_it_is_saved(staff_client):
    client = staff_client("Editor")
    form = add_form(client, _once="the form")
    client.post(url(Visit, "add"), form)

    again = client.post(url(Visit, "add"), {**form, "photographs-files": [picture()]})

    assert "what you have changed since is not saved" in again.content.decode()
    assert len(keys(again.content.decode())) == 1


def test_one_that_is_added_to_a_public_record_is_said_to_be_a_draft(staff_client):
    client, visit = staff_client("Publisher"), make_visit()
    page = url(Visit, "change", visit.pk)
    files = {"photographs-files": [picture()], "photographs-new-0-alt_sv": "Hyllor."}

    after = client.post(page, filled_in(client.get(page)) | SHARED | files, follow=True)

    assert "1 photograph is added. Readers see only what is published itself." in after.content.decode()

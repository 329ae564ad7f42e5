"""A file that was sent once need not be chosen again, and nobody else gets hold of it."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from partnership.models import ContributionFile, Document, HeldUpload, Photo
from partnership.operations import orphans
from partnership.operations.worker import Worker
from partnership.web import held_uploads
from tests.base import url
from tests.factories import make_heic, make_image, make_pdf
from tests.partnership.contributions.test_inbox import make_contribution

pytestmark = pytest.mark.django_db

#: The address in capitals is refused; the rest is right.
WRONG = {"focus": "center", "state": "draft", "alt_en": "A field", "basis": "no_person", "slug": "Not An Address!"}
RIGHT = WRONG | {"slug": "a-field"}


def key_in(response) -> str:
    return re.search(r'name="file-held" value="([\w-]{22})"', response.content.decode())[1]


def send(client: Client, content: bytes, name: str, model=Photo, **values):
    return client.post(url(model, "add"), {**WRONG, **values, "file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize(
    ("model", "content", "name", "values"),
    [
        (Photo, make_image().read(), "IMG_1.jpg", {}),
        (Photo, make_heic(), "IMG_1.HEIC", {"narrow": "on"}),
        (Document, make_pdf(Author="A"), "report.pdf", {"title_en": "A report", "kind": "report"}),
    ],
)
def test_a_file_stays_with_a_form_that_has_another_fault(model, content, name, values, staff_client):
    client = staff_client("Editor")
    refused = send(client, content, name, model, **values)
    assert f"{name} is kept here." in refused.content.decode()
    again = client.post(url(model, "add"), {**WRONG, **values, "file-held": key_in(refused)})

    assert key_in(again) == key_in(refused)
    assert client.post(url(model, "add"), {**RIGHT, **values, "file-held": key_in(again)}).status_code == 302

    record = model.objects.get(slug="a-field")
    assert record.file.storage.exists(record.file.name)
    assert not HeldUpload.objects.exists()


def test_a_new_file_takes_the_place_of_the_held_one(staff_client):
    client = staff_client("Editor")
    key = key_in(send(client, make_image(1600, 900).read(), "a.jpg"))

    values = {**RIGHT, "file-held": key, "file": SimpleUploadedFile("b.jpg", make_image(2000, 900).read())}
    client.post(url(Photo, "add"), values)

    assert Photo.objects.get(slug="a-field").width == 2000


def test_a_held_file_is_for_its_sender_and_its_form_alone(staff_client):
    key = key_in(send(staff_client("Editor"), make_image().read(), "a.jpg"))
    other = staff_client("Publisher")

    for model in (Photo, Document):
        response = other.post(url(model, "add"), {**RIGHT, "title_en": "A", "kind": "other", "file-held": key})
        assert response.context["adminform"].form.errors["file"]
    HeldUpload.objects.update(held_at=timezone.now() - datetime.timedelta(days=31))
    assert not Photo.objects.exists()


def test_of_a_member_of_staff_as_many_are_held_as_fit_and_the_newest_stay(staff_client, monkeypatch):
    client, image = staff_client("Editor"), make_image().read()
    send(client, image, "1.jpg")
    monkeypatch.setattr(held_uploads, "MOST_BYTES", 2 * HeldUpload.objects.get().size)

    for name in ("2.jpg", "3.jpg"):
        send(client, image, name)
    send(staff_client("Publisher"), image, "4.jpg")

    assert sorted(HeldUpload.objects.values_list("name", flat=True)) == ["2.jpg", "3.jpg", "4.jpg"]


def test_what_nobody_comes_back_for_is_gone_after_its_time(staff_client, django_capture_on_commit_callbacks):
    send(staff_client("Editor"), make_image().read(), "a.jpg")
    HeldUpload.objects.update(held_at=timezone.now() - datetime.timedelta(days=31))

    with django_capture_on_commit_callbacks(execute=True):
        Worker().turn()

    assert not HeldUpload.objects.exists()
    assert list(orphans.names_in(default_storage)) == []


def test_a_contribution_s_file_stays_as_well():
    contribution = make_contribution()
    page = f"/en/contribute/yours/{contribution.private_key()}/files/"
    client = Client(headers={"host": "localhost"})
    wrong = {"children": "yes", "people": "none"}

    refused = client.post(page, {**wrong, "file": SimpleUploadedFile("a.jpg", make_image().read())})
    taken = client.post(page, {"people": "agreed", "file-held": key_in(refused)})

    assert (refused.status_code, taken.status_code) == (422, 303)
    assert ContributionFile.objects.get().declared_name == "a.jpg"

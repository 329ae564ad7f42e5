"""Photographs and documents: how they are stored, shown and served."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone
from PIL import Image

from partnership.models import Photo
from partnership.operations import orphans
from partnership.operations.worker import Worker
from projects.models import Project
from tests.base import ended, fetch, url
from tests.factories import make_document, make_image, make_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def leseding():
    return Project.objects.get(code="leseding")


def read(client, url: str) -> bytes:
    return served(client, url).getvalue()


def served(client, url: str):
    """The response, read to its end, so that its file is closed."""
    response = client.get(url)
    assert response.status_code == 200, url
    content = response.getvalue()
    ended(response)
    response.getvalue = lambda: content
    return response


def test_a_photograph_is_the_cover_in_three_formats_with_its_size_said(leseding, client):
    photo = make_photo(caption_en="The library", caption_sv="Biblioteket", credit="Test", period="2011")
    leseding.photos.add(photo)

    page = fetch("/en/projects/leseding/")

    assert 'class="cover has-photo"' in page.html
    assert '<svg class="glyph" viewBox="0 0 60 54"' not in page.html
    image = page.all("img")[0]
    assert (image["width"], image["height"], image["alt"]) == ("1600", "1066", "A field below a wood")
    assert "loading" not in image
    assert [source["type"] for source in page.all("source")] == ["image/avif", "image/webp"]
    assert "The library, 2011. Photo: Test" in page.text
    urls = [part.split()[0] for element in [*page.all("source"), image] for part in element["srcset"].split(", ")]
    assert len(urls) == 9
    for address in urls:
        width, suffix = address.rsplit("/", 1)[1].split(".")
        with Image.open(BytesIO(read(client, address))) as opened:
            assert opened.width == int(width)
            assert opened.format == {"jpg": "JPEG"}.get(suffix, suffix.upper())
            assert not opened.getexif()


def test_further_photographs_follow_and_load_late(leseding):
    leseding.photos.add(make_photo(), make_photo())

    page = fetch("/sv/projekt/leseding/")

    assert [image.get("loading") for image in page.all("img")] == [None, "lazy"]
    assert page.all("img")[0]["alt"] == "En åker nedanför en skog"


def test_a_turned_photograph_stands_upright():
    photo = make_photo(file=make_image(1600, 1000, orientation=6))

    assert (photo.width, photo.height) == (1000, 1600)


def test_a_small_photograph_is_not_blown_up():
    photo = make_photo(file=make_image(300, 200, kind="PNG"))

    assert photo.srcset("webp").endswith("/300.webp 300w")


def test_a_decorative_photograph_is_silent(leseding):
    leseding.photos.add(make_photo(is_decorative=True, alt_en="", alt_sv=""))

    assert fetch("/en/projects/leseding/").all("img")[0]["alt"] == ""


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_is_not_published_is_neither_shown_nor_served(state, leseding, client):
    values = {"state": state, "withdrawn_on": "2026-01-01" if state == "withdrawn" else None}
    photo, document = make_photo(**values), make_document(**values)
    leseding.photos.add(photo)
    leseding.documents.add(document)

    page = fetch("/en/projects/leseding/")

    assert not page.all("img")
    assert document.get_absolute_url() not in page.html
    assert client.get(photo.get_absolute_url()).status_code == 404
    assert client.get(document.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("last", ["481.jpg", "480.png", "480.svg", "99999999999999999999.jpg"])
def test_only_the_sizes_that_exist_have_an_address(last, client):
    photo = make_photo()

    assert client.get(photo.get_absolute_url().rsplit("/", 1)[0] + "/" + last).status_code == 404


def test_a_document_is_always_a_download_with_its_checksum_kept(leseding, client):
    document = make_document()
    leseding.documents.add(document)

    assert document.get_absolute_url() in fetch("/en/projects/leseding/").links()
    response = served(client, document.get_absolute_url())
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert len(document.sha256) == 64


def test_a_file_that_is_gone_is_our_404(client):
    document = make_document()
    document.file.storage.delete(document.file.name)

    response = client.get(document.get_absolute_url())

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


@pytest.fixture
def report():
    """A document of the ten bytes that follow %PDF-1.7."""
    return make_document(file=ContentFile(b"%PDF-1.7 0123456789", name="report.pdf")).get_absolute_url()


@pytest.mark.parametrize(
    ("range_header", "part", "content_range"),
    [
        ("bytes=9-12", b"0123", "bytes 9-12/19"),
        ("bytes=15-", b"6789", "bytes 15-18/19"),
        ("bytes=-2", b"89", "bytes 17-18/19"),
        ("bytes=-99", b"%PDF-1.7 0123456789", "bytes 0-18/19"),
        ("bytes=17-99", b"89", "bytes 17-18/19"),
    ],
)
def test_a_range_of_a_file_is_sent(client, report, range_header, part, content_range):
    response = client.get(report, headers={"range": range_header})

    assert (response.status_code, response.content) == (206, part)
    assert response["Content-Range"] == content_range
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("range_header", ["bytes=19-", "bytes=99-100", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(client, report, range_header):
    response = client.get(report, headers={"range": range_header})

    assert (response.status_code, response["Content-Range"]) == (416, "bytes */19")


@pytest.mark.parametrize(
    "range_header", ["bytes=-", "bytes=5-4", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=0-1"]
)
def test_for_an_invalid_range_or_another_file_the_complete_file_is_sent(client, report, range_header):
    known = "another" if range_header == "bytes=0-1" else served(client, report)["ETag"]
    response = client.get(report, headers={"range": range_header, "if-range": known})

    assert (response.status_code, response.getvalue()) == (200, b"%PDF-1.7 0123456789")
    ended(response)


def test_an_interrupted_download_goes_on_while_the_file_is_the_same(client, report):
    etag = served(client, report)["ETag"]

    assert client.get(report, headers={"range": "bytes=9-", "if-range": etag}).content == b"0123456789"


def test_a_file_is_not_sent_again_until_it_changes(client):
    photo = make_photo()
    first = served(client, photo.get_absolute_url())
    assert first["Cache-Control"] == "no-cache"
    assert client.get(photo.get_absolute_url(), headers={"if-none-match": first["ETag"]}).status_code == 304

    photo.file = make_image(1700, 1000)
    photo.save()

    again = client.get(photo.get_absolute_url(), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    ended(again)


def test_a_photograph_that_is_taken_down_is_not_confirmed_to_who_has_it(client):
    photo = make_photo()
    etag = served(client, photo.get_absolute_url())["ETag"]

    Photo.objects.filter(pk=photo.pk).update(state="draft")

    assert client.get(photo.get_absolute_url(), headers={"if-none-match": etag}).status_code == 404


def test_the_worker_makes_the_sizes_of_a_new_photograph_before_readers_ask():
    photo = make_photo()
    storage = photo.file.storage
    assert not storage.exists(photo.rendition_name(480, "avif"))

    Worker().turn()

    assert all(storage.exists(photo.rendition_name(*size)) for size in photo.sizes())


def stored_files() -> list[str]:
    return list(orphans.names_in(default_storage))


def test_a_photograph_that_is_replaced_is_gone_in_all_sizes(django_capture_on_commit_callbacks):
    photo = make_photo()
    photo.make_renditions()
    former = set(stored_files())

    with django_capture_on_commit_callbacks(execute=True):
        photo.file = make_image(1700, 1000)
        photo.save()

    assert not former & set(stored_files())
    assert photo.file.storage.exists(photo.file.name)


@pytest.mark.parametrize("state", ["published", "draft"])
def test_a_photograph_whose_consent_is_taken_back_is_gone_at_once(
    state, staff_client, client, django_capture_on_commit_callbacks
):
    photo = make_photo(state=state)
    photo.make_renditions()
    editor, page = staff_client("Editor"), url(Photo, "erase", photo.pk)
    editor.post(page)
    assert stored_files()

    with django_capture_on_commit_callbacks(execute=True):
        editor.post(page, {"sure": "on"})

    assert stored_files() == []
    photo.refresh_from_db()
    assert (photo.state, photo.file_deleted_on) == (
        "withdrawn" if state == "published" else "draft",
        timezone.localdate(),
    )
    assert "Deleted for good on" in editor.get(url(Photo, "change", photo.pk)).content.decode()
    with pytest.raises(IntegrityError):
        Photo.objects.filter(pk=photo.pk).update(state="published")


@pytest.mark.parametrize(
    ("width", "widths"), [(479, [479]), (480, [480]), (799, [480]), (800, [480, 800]), (1920, [480, 800, 1280, 1920])]
)
def test_a_photograph_is_shown_as_wide_as_it_is_and_no_wider(width, widths):
    assert sorted({size for size, _suffix in Photo(width=width).sizes()}) == widths

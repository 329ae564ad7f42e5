"""Uploads in the admin: what is good is cleaned and kept, what is bad is refused beside its field."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from partnership.files import validators
from partnership.models import Document, Partner, Photo
from tests.base import url
from tests.factories import make_document, make_image, make_photo

WORDS = {"focus": "center", "state": "draft", "alt_en": "A field", "alt_sv": "En åker", "basis": "no_person"}


def picture(width: int = 1600, height: int = 900, kind: str = "JPEG") -> bytes:
    return make_image(width, height, kind=kind).read()


def archive(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def word_document(**more: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        opened.writestr("[Content_Types].xml", "<Types>application/vnd…wordprocessingml.document</Types>")
        for name, content in more.items():
            opened.writestr(name.replace("_dot_", "."), content)
    return target.getvalue()


def upload(client, model, content: bytes, name: str, **values):
    return client.post(url(model, "add"), {**values, "code": "test-file", "file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_a_photograph_is_kept_as_a_new_picture_without_what_the_camera_wrote(kind, name, staff_client):
    response = upload(staff_client("Editor"), Photo, picture(kind=kind), name, **WORDS)

    assert response.status_code == 302
    photo = Photo.objects.get(code="test-file")
    assert photo.file.name == "photos/test-file.jpg"
    with photo.file.open("rb") as file, Image.open(file) as image:
        assert image.format == "JPEG"
        assert not image.getexif()


GIF_AND_SCRIPT = b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1)//" + b"\0" * 50


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.jpg"),
        (b"not a picture", "words.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "drawing.jpg"),
        (b"<svg/>", "drawing.svg"),
        (GIF_AND_SCRIPT, "script.jpg"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "page.jpg"),
    ],
)
def test_what_is_no_photograph_is_refused_beside_the_field(content, name, staff_client):
    response = upload(staff_client("Editor"), Photo, content, name, **WORDS)

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["file"]
    assert not Photo.objects.exists()
    assert 'value="A field"' in response.content.decode()


def with_comment(content: bytes) -> bytes:
    """A JPEG with words of the camera’s behind its first mark."""
    words = b"Taken by Nina at 56.87 N"
    return content[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + content[2:]


@pytest.mark.parametrize(
    ("hidden", "content"),
    [
        (b"<script>alert(1)</script>", picture() + b"<script>alert(1)</script>"),
        (b"PK\x03\x04", picture() + archive(a_dot_html=b"<script>alert(1)</script>")),
        (b"Taken by Nina", with_comment(picture())),
    ],
    ids=["script", "archive", "comment"],
)
def test_what_is_hidden_in_a_photograph_is_not_kept(hidden, content, staff_client):
    assert hidden in content

    assert upload(staff_client("Editor"), Photo, content, "a.jpg", **WORDS).status_code == 302

    photo = Photo.objects.get(code="test-file")
    photo.make_renditions()
    for name in [photo.file.name, *(photo.rendition_name(*size) for size in photo.sizes())]:
        with photo.file.storage.open(name) as file:
            assert hidden not in file.read()


def test_a_name_of_ten_thousand_letters_does_no_harm(staff_client):
    assert upload(staff_client("Editor"), Photo, picture(), "x" * 10_000 + ".jpg", **WORDS).status_code == 302

    assert Photo.objects.get(code="test-file").file.name == "photos/test-file.jpg"


@pytest.mark.parametrize("name", ["../../etc/passwd.jpg", "a/../../b.jpg", "å" * 90 + ".jpg", "x.php.jpg", "a b;c.jpg"])
def test_the_name_of_an_upload_decides_nothing(name, staff_client):
    assert upload(staff_client("Editor"), Photo, picture(), name, **WORDS).status_code == 302

    assert Photo.objects.get(code="test-file").file.name == "photos/test-file.jpg"


def test_a_photograph_is_not_published_without_words_or_ground(staff_client):
    client = staff_client("Publisher")

    without_words = upload(client, Photo, picture(), "a.jpg", state="published", basis="no_person")
    without_ground = upload(client, Photo, picture(), "a.jpg", state="published", alt_en="A field")

    assert "Describe the picture in words, or tick “decorative”." in without_words.content.decode()
    assert "A photograph is not published without a basis for it." in without_ground.content.decode()


REPORT = {"state": "draft", "title_en": "A report", "kind": "report"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "report.pdf"),
        (word_document(), "report.docx"),
        ("år;antal\r\n2012;7\r\n".encode("windows-1252"), "list.csv"),
    ],
)
def test_a_document_is_kept_with_its_checksum(content, name, staff_client):
    response = upload(staff_client("Editor"), Document, content, name, **REPORT)

    assert response.status_code == 302
    document = Document.objects.get(code="test-file")
    assert document.size == len(content)
    assert len(document.sha256) == 64


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "report.pdf", "empty"),
        (b"MZ\x90\0 an executable", "report.pdf", "not what its name says"),
        (b"%PDF-1.7\n<html><script>alert(1)</script></html>\n%%EOF", "report.pdf", "not what its name says"),
        (PDF, "report.docx", "not what its name says"),
        (archive(mimetype=b"application/zip"), "report.odt", "not what its name says"),
        (word_document(word_vbaProject_dot_bin=b"macro"), "report.docx", "holds macros"),
        (b"a,b\0c", "list.csv", "not what its name says"),
        (PDF, "report.exe", "not allowed"),
    ],
)
def test_what_is_no_document_is_refused_beside_the_field(content, name, words, staff_client):
    response = upload(staff_client("Editor"), Document, content, name, **REPORT)

    assert response.status_code == 200
    assert words in " ".join(response.context["adminform"].form.errors["file"])
    assert not Document.objects.exists()


def test_a_document_that_unpacks_without_end_is_refused(monkeypatch, staff_client):
    monkeypatch.setattr(validators, "LARGEST_UNPACKED", 1000)
    content = word_document(media=b"0" * 5000)

    response = upload(
        staff_client("Editor"), Document, content, "report.docx", state="draft", title_en="A report", kind="report"
    )

    assert "unpacks to more than can be checked" in response.content.decode()


def test_a_published_photograph_has_words_in_both_languages(staff_client):
    words = {**WORDS, "state": "published", "alt_sv": ""}

    response = upload(staff_client("Publisher"), Photo, picture(), "a.jpg", **words)

    assert response.context["adminform"].form.errors == {
        "alt_sv": ["Describe the picture in words, or tick “decorative”."]
    }
    assert not Photo.objects.exists()


def test_a_draft_can_be_looked_at_here_and_nowhere_else(staff_client, client):
    editor = staff_client("Editor")
    photo, document = make_photo(state="draft"), make_document(state="draft")

    form = editor.get(url(Photo, "change", photo.pk)).content.decode()
    seen = editor.get(url(Photo, "kept", photo.pk))
    taken = editor.get(url(Document, "kept", document.pk))

    assert f'<img class="kept" src="{url(Photo, "kept", photo.pk)}" alt="A field below a wood">' in form
    with Image.open(BytesIO(seen.getvalue())) as image:
        assert (image.format, image.width) == ("JPEG", 800)
    assert taken["Content-Disposition"].startswith("attachment")
    assert "sandbox" in taken["Content-Security-Policy"]
    assert taken.getvalue() == b"%PDF-1.7 a test"
    assert client.get(photo.get_absolute_url()).status_code == 404
    for response in (seen, taken):
        response.close()


def test_no_file_is_shown_outside_the_eu(staff_client):
    client = staff_client("Publisher", partner=Partner.objects.get(code="jb-marks"))
    photo = make_photo(state="draft")

    assert client.get(url(Photo, "kept", photo.pk)).status_code == 403
    assert 'class="kept"' not in client.get(url(Photo, "change", photo.pk)).content.decode()


def test_a_narrow_photograph_is_asked_about_and_taken_with_a_tick(staff_client):
    client = staff_client("Editor")

    question = upload(client, Photo, picture(640, 480), "a.jpg", **WORDS)
    answer = upload(client, Photo, picture(640, 480), "a.jpg", **WORDS, narrow="on")

    assert "The photograph is 640 pixels wide" in question.content.decode()
    assert 'name="narrow"' in question.content.decode()
    assert answer.status_code == 302
    assert Photo.objects.get(code="test-file").width == 640

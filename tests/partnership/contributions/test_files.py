"""Files of strangers: what is taken at the door, what the worker makes of it, and where it can never be read."""

from __future__ import annotations

import errno
import socketserver
import struct
import threading
import zlib
from io import BytesIO

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client
from PIL import Image

from partnership.contributions import quarantine
from partnership.files.storage import AtomicFileStorage
from partnership.models import Contribution, ContributionFile
from tests.factories import make_heic, make_image, make_pdf
from tests.partnership.contributions.test_inbox import make_contribution

PDF = make_pdf()


@pytest.fixture(autouse=True)
def _counts_from_nothing(db):
    caches["counters"].clear()


@pytest.fixture
def contribution(db) -> Contribution:
    return make_contribution()


def page_of(contribution: Contribution) -> str:
    return f"/en/contribute/yours/{contribution.private_key()}/"


def upload(contribution: Contribution, content: bytes, name: str = "picture.jpg", **fields):
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    file = SimpleUploadedFile(name, content)
    return client.post(f"{page_of(contribution)}files/", {"file": file, **fields})


def jpeg(**values) -> bytes:
    return make_image(**values).read()


def png_of(width: int, height: int) -> bytes:
    """The header of a picture of that size, and rows of nothing that decode to it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("content", "file_format"), [(jpeg(), "jpeg"), (jpeg(kind="PNG"), "png"), (PDF, "pdf")])
def test_a_picture_or_a_pdf_is_taken_and_leads_back(content, file_format, contribution):
    response = upload(contribution, content, licence="on", credit="Växjö kommun", people="none")

    assert (response.status_code, response["Location"]) == (303, f"{page_of(contribution)}#files")
    file = ContributionFile.objects.get()
    assert (file.format, file.state, file.licence, file.credit) == (file_format, "waiting", "CC BY 4.0", "Växjö kommun")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>x</script></html>", "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"PK\x03\x04" + b"x" * 100, "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"\x00\x00\x00\x20ftypisom" + b"x" * 100, "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"GIF89a" + b"x" * 100, "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"%PDF-1.7 <html>" + b"x" * 100 + b"%%EOF", "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"%PDF-1.7 half a file", "Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF"),
        (b"\xff\xd8\xff not a picture", "This picture is damaged"),
        (b"", "The file is empty."),
        (png_of(60_000, 60_000), "more than 50 million pixels"),
    ],
)
def test_anything_else_is_refused_in_words_and_other_files_stay(content, words, contribution):
    upload(contribution, jpeg())

    response = upload(contribution, content)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert 'href="#id_file"' in response.content.decode()
    assert ContributionFile.objects.count() == 1


def test_a_picture_of_an_iphone_is_taken_and_shown_to_staff(contribution):
    assert upload(contribution, make_heic(), "IMG_0001.HEIC").status_code == 303

    quarantine.look_at_files()

    file = ContributionFile.objects.get()
    assert (file.format, file.state, file.camera_date) == ("heic", "clean", "2011:11:22 10:00:00")
    with file.preview.open() as stored, Image.open(stored) as preview:
        assert (preview.format, preview.size) == ("JPEG", (300, 400))


def test_a_large_picture_is_taken_without_being_decoded(contribution, monkeypatch):
    def fail(*_values):
        raise AssertionError("decoded where readers are served")

    monkeypatch.setattr(Image.Image, "load", fail)

    assert upload(contribution, png_of(8_000, 5_000)).status_code == 303
    assert ContributionFile.objects.get().format == "png"


def test_only_who_has_the_key_may_send_something_large(contribution):
    client = Client(headers={"host": "localhost"})
    large = str(11 * 1024 * 1024)

    good = upload(contribution, jpeg() + b"\0" * (11 * 1024 * 1024))
    wrong = client.generic("POST", "/en/contribute/yours/aaaaaaaaaaaaaaaaaaaaaa/files/", b"x", CONTENT_LENGTH=large)
    contribution.close("not_used", "x")
    closed = client.generic("POST", f"{page_of(contribution)}files/", b"x", CONTENT_LENGTH=large)

    assert [good.status_code, wrong.status_code, closed.status_code] == [303, 413, 410]
    assert "Files can be added for 14 days" in closed.content.decode()


def test_the_same_file_again_is_said_to_be_here(contribution):
    upload(contribution, jpeg())

    response = upload(contribution, jpeg())

    assert response.status_code == 303
    page = Client(headers={"host": "localhost"}).get(response["Location"].partition("#")[0])
    assert "That file is here already." in page.content.decode()
    assert ContributionFile.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/x.jpg", "x.jpg"), ("y" * 300, "y" * 120), ("a‮gpj.exe", "agpj.exe"), ("C:\\dir\\z.jpg", "z.jpg")],
)
def test_a_name_is_cleaned_and_the_file_lies_under_another(name, shown, contribution):
    assert quarantine.plain_name(name) == shown
    upload(contribution, jpeg(), "unlikely-name.jpg")

    stored = ContributionFile.objects.get().file.name
    assert stored.startswith("contributions/")
    assert "unlikely" not in stored
    assert stored.endswith(".bin")


def test_there_is_an_end_to_files_of_one_and_of_all(contribution, settings):
    for number in range(10):
        assert upload(contribution, PDF + b"%d\n%%%%EOF" % number).status_code == 303
    eleventh = upload(contribution, jpeg())
    settings.CONTRIBUTIONS_ROOM_MB = 0
    full = upload(make_contribution(), jpeg())

    assert (eleventh.status_code, full.status_code) == (422, 422)
    assert "at most ten files" in eleventh.content.decode()
    assert "There is no room for files just now. Your text is safe" in full.content.decode()


def test_a_full_disk_is_said_and_the_text_is_safe(contribution, monkeypatch):
    def full(*_values):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(AtomicFileStorage, "_save", full)

    response = upload(contribution, jpeg())

    assert response.status_code == 507
    contribution.refresh_from_db()
    assert contribution.text
    assert not ContributionFile.objects.exists()


def test_children_can_be_recognised(contribution):
    response = upload(contribution, jpeg(), people="none", children="yes")

    assert response.status_code == 422
    assert "Children in the picture can be recognised too." in response.content.decode()


def test_the_worker_makes_a_preview_without_place_and_keeps_the_date(contribution):
    picture = Image.new("RGB", (1600, 1000), (40, 80, 60))
    exif = picture.getexif()
    exif.get_ifd(0x8825)[2] = (56.0, 52.0, 37.0)
    exif.get_ifd(0x8769)[0x9003] = "2010:09:14 10:00:00"
    target = BytesIO()
    picture.save(target, "JPEG", exif=exif)
    upload(contribution, target.getvalue())

    quarantine.look_at_files()

    file = ContributionFile.objects.get()
    assert (file.state, file.camera_date) == ("clean", "2010:09:14 10:00:00")
    with file.preview.open("rb") as stored, Image.open(stored) as preview:
        assert preview.width == 1280
        assert not preview.getexif()
    # Keys, times and checksums hold any number by chance.
    texts = (models.CharField, models.TextField, models.JSONField)
    names = {field.name for field in ContributionFile._meta.fields if isinstance(field, texts)} - {"sha256"}
    assert not any("56" in str(getattr(file, name)) for name in names)


def test_a_picture_that_ends_early_is_refused_by_the_worker(contribution):
    upload(contribution, jpeg()[:-2000])

    quarantine.look_at_files()

    assert ContributionFile.objects.get().state == "refused"


def test_a_file_at_which_the_worker_died_twice_is_not_tried_again(contribution):
    upload(contribution, jpeg())
    ContributionFile.objects.update(tries=2)

    quarantine.look_at_files()

    assert (ContributionFile.objects.get().state, ContributionFile.objects.get().why) == ("refused", "unreadable")


@pytest.fixture
def scanner(settings):
    """Speaks as clamd does: finds a virus in whatever holds the word EICAR."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            assert self.rfile.read(10) == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(self.rfile.read(4), "big"):
                content += self.rfile.read(size)
            self.wfile.write(b"stream: Eicar-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0")

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


@pytest.mark.parametrize(("content", "state"), [(PDF, "clean"), (b"%PDF-1.7 EICAR\n%%EOF", "refused")])
def test_a_virus_is_refused_and_staff_see_its_name(content, state, contribution, scanner, staff_client):
    upload(contribution, content)

    quarantine.look_at_files()

    file = ContributionFile.objects.get()
    assert (file.state, file.scanned) == (state, "clamav")
    assert (file.why == "Eicar-Signature") == (state == "refused")


def test_while_the_scanner_is_away_files_wait(contribution, settings):
    settings.CLAMD = "tcp://127.0.0.1:9"
    upload(contribution, PDF)

    for _turn in range(4):
        quarantine.look_at_files()

    assert ContributionFile.objects.get().state == "waiting"


def test_no_public_address_leads_to_a_file(contribution):
    upload(contribution, jpeg())
    name = ContributionFile.objects.get().file.name

    for url in (f"/media/{name}", f"/{name}", f"/media/documents/{name}/"):
        assert Client(headers={"host": "localhost"}).get(url).status_code == 404

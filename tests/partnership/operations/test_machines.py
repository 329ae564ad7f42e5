"""Several machines that store nothing: one database, one bucket, and any machine serves any request."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer

from partnership.award import editions
from partnership.models import Document, Photo, Submission, User
from tests.factories import make_image
from tests.support.databases import loaded_database
from tests.support.work import PASSWORD, update_project
from tests.support.worker import Worker

# One process makes what all of them use.
pytestmark = [pytest.mark.xdist_group("machines")]

BUCKET = "record"
KEYS = {"MEDIA_ACCESS_KEY": "a-key", "MEDIA_SECRET_KEY": "a-secret"}


@pytest.fixture(scope="module")
def bucket():
    """An empty bucket on an S3 server of its own, and the URL of the server."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="eu-north-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    yield SimpleNamespace(client=client, url=url)
    client.close()
    server.stop()


@pytest.fixture(scope="module")
def machines(tmp_path_factory, bucket, django_db_setup):
    """Two machines, each with a folder that the other cannot see."""
    folders = [tmp_path_factory.mktemp("machine") for _number in range(2)]
    shared_folder = tmp_path_factory.mktemp("database")
    with loaded_database(shared_folder) as database:
        shared = {"DATABASE_URL": f"sqlite:///{shared_folder}/record.sqlite3", **database}
        shared |= {"MEDIA_BUCKET": BUCKET, "MEDIA_ENDPOINT_URL": bucket.url, "MEDIA_REGION": "eu-north-1", **KEYS}
        workers = [Worker(folder, **shared) for folder in folders]
        workers[0].call(add_clerk)
        yield SimpleNamespace(first=workers[0], second=workers[1], folders=folders)
        for worker in workers:
            worker.end()


def add_clerk() -> None:
    User.objects.create_superuser("clerk", password=PASSWORD)


def _clerk() -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="clerk"))
    return client


def upload_both(code: str) -> list[str]:
    """Uploads a photograph and a document in the admin; returns their public URLs."""
    picture = SimpleUploadedFile("picture.jpg", make_image().read(), "image/jpeg")
    report = SimpleUploadedFile("report.pdf", b"%PDF-1.7 0123456789\n%%EOF\n", "application/pdf")
    common = {"code": code, "slug": code, "state": "published", "_save": "Save"}
    words = {"alt_en": "A field", "alt_sv": "En åker", "basis": "no_person", "focus": "center"}
    names = {"title_en": "A report", "title_sv": "En rapport", "kind": "report"}
    clerk = _clerk()
    for kind, values in (("photo", {**words, "file": picture}), ("document", {**names, "file": report})):
        response = clerk.post(reverse(f"admin:partnership_{kind}_add"), {**common, **values})
        assert response.status_code == 302, response.context["adminform"].errors
    return [Photo.objects.get(code=code).url(480, "avif"), Document.objects.get(code=code).get_absolute_url()]


def freeze_dossier() -> str:
    """Freezes the dossier of the record; returns the URL of the edition."""
    return editions.freeze(Submission.objects.get(), User.objects.get(username="clerk"), public=True).get_absolute_url()


def verify_editions() -> None:
    """Raises CommandError if a file is not what was frozen."""
    call_command("verify_editions", stdout=StringIO())


def session_of_clerk() -> str:
    return _clerk().cookies["session"].value


@pytest.fixture(scope="module")
def uploaded(machines):
    photo, document = machines.first.call(upload_both, "kept-in-a-bucket")
    return SimpleNamespace(photo=photo, document=document)


def test_what_is_uploaded_on_one_machine_is_sent_by_the_other(machines, uploaded):
    photo, document = machines.second.get(uploaded.photo), machines.second.get(uploaded.document)

    assert (photo.code, photo.headers["Content-Type"], photo.body[4:12]) == (200, "image/avif", b"ftypavif")
    assert document.body == b"%PDF-1.7 0123456789\n%%EOF\n"
    assert document.headers["Content-Disposition"] == 'attachment; filename="kept-in-a-bucket.pdf"'


def test_a_file_from_a_bucket_is_sent_in_part_and_not_twice(machines, uploaded):
    part = machines.second.get(uploaded.document, range="bytes=9-12")
    assert (part.code, part.body) == (206, b"0123")

    etag = machines.first.get(uploaded.document).headers["ETag"]
    assert machines.second.get(uploaded.document, if_none_match=etag).code == 304


def test_an_edition_frozen_on_one_machine_is_whole_on_the_other(machines):
    edition = machines.first.call(freeze_dossier)

    assert "not what was frozen" not in machines.second.get(edition).body.decode()
    assert machines.second.get(f"{edition}dossier.pdf").body.startswith(b"%PDF-")
    assert machines.second.get(f"{edition}pack.zip").body.startswith(b"PK")
    machines.second.call(verify_editions)


def test_nothing_stays_on_a_machine(machines, uploaded, bucket):
    machines.first.call(freeze_dossier)
    folders = {item["Key"].split("/")[0] for item in bucket.client.list_objects_v2(Bucket=BUCKET)["Contents"]}

    assert folders == {"documents", "editions", "photos"}
    for folder in machines.folders:
        assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_file_that_is_gone_from_the_bucket_is_our_404(machines, bucket):
    _photo, document = machines.first.call(upload_both, "soon-gone")
    bucket.client.delete_object(Bucket=BUCKET, Key="documents/soon-gone.pdf")

    response = machines.second.get(document)

    assert response.code == 404
    assert "There is no such page" in response.body.decode()


def test_a_bucket_is_not_read_by_strangers(bucket, uploaded):
    grants = bucket.client.get_object_acl(Bucket=BUCKET, Key="documents/kept-in-a-bucket.pdf")["Grants"]

    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def test_an_edit_on_one_machine_is_on_the_other_at_once(machines):
    assert "An edit" not in machines.second.get("/en/projects/leseding/").body.decode()
    assert machines.second.get("/en/projects/leseding/").code == 200

    machines.first.call(update_project, "leseding", title_en="An edit")

    assert "An edit" in machines.second.get("/en/projects/leseding/").body.decode()


def test_who_signed_in_on_one_machine_is_signed_in_on_the_other(machines):
    session = machines.first.call(session_of_clerk)

    assert "clerk" in machines.second.get("/admin/", cookie=f"session={session}").body.decode()


def test_data_and_archives_are_the_same_on_all(machines):
    for path in ("/data/datapackage.json", "/data/projects.csv", "/data/catalog.ttl", "/en/card.png", "/sitemap.xml"):
        first, second = machines.first.get(path), machines.second.get(path)
        assert first.code == second.code == 200
        assert first.body == second.body

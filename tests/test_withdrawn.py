"""Withdrawn is gone at every current address: a walk over all of them, with a record of each kind."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from partnership import per_version
from partnership.award.views import private_url
from partnership.models import Edition, Milestone, Photo, PrivateLink, Story, Submission
from partnership.opendata import package
from partnership.publishing import State, record_models
from partnership.search import search
from projects.models import Project
from tests.base import PAGES, address, ended, filled_in, url
from tests.factories import (
    make_document,
    make_image,
    make_milestone,
    make_newsletter,
    make_output,
    make_partner,
    make_photo,
    make_project,
    make_source,
    make_theme,
    make_visit,
)

pytestmark = pytest.mark.django_db

#: The beginning of words that stand in no other text of the site.
MARK = "Quetzal"
LISTS = "projects visits themes partners claims history sources".split()


def client() -> Client:
    return Client(headers={"host": "localhost"})


def read(path: str) -> tuple[int, str]:
    response = client().get(path)
    if response.has_header("Location"):
        response = client().get(response["Location"])
    content = b"".join(response) if response.streaming else response.content
    if response.streaming:
        ended(response)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return response.status_code, content.decode(errors="replace")


def current_addresses() -> list[str]:
    """Every address of the site that is about no single record, or about another one than the withdrawn."""
    pages = [address(name, language) for name in PAGES for language in ("en", "sv")]
    data = [f"/en/{name}.{suffix}" for name in LISTS for suffix in ("csv", "json")]
    rest = ["/en/feed.atom", "/en/visits.ics", "/sitemap.xml"]
    return [
        *pages,
        *data,
        *rest,
        "/data/datapackage.json",
        "/data/record.zip",
        "/data/catalog.ttl",
        "/en/newsletter/",
        "/en/stories/",
    ]


def words(kind: str, *names: str) -> dict[str, str]:
    """A code, and texts that hold a word for this kind of record alone."""
    return {"code": f"mark-{kind}", **dict.fromkeys(names, f"{MARK}{kind}")}


def make_records() -> list:
    """A published record of each kind."""
    return [
        make_project(period="2012", **words("project", "title_en", "summary_en")),
        make_visit(period="2012-05-02/2012-05-03", **words("visit", "purpose_en", "title_override_en")),
        make_theme(**words("theme", "name_en", "name_sv")),
        make_partner(**words("partner", "name_en", "name_sv", "description_en")),
        make_source(**words("source", "title", "publisher")),
        make_milestone(period="2012", **words("milestone", "title_en", "text_en")),
        make_output(Project.objects.get(code="leseding"), **words("output", "text_en")),
        make_newsletter(**words("newsletter", "title_en", "text_en")),
        Story.objects.create(state=State.PUBLISHED, **words("story", "title_en", "lead_en")),
        _attached(make_photo(file=make_image(600, 400), **words("photo", "alt_en", "caption_en"))),
        _attached(make_document(**words("document", "title_en"))),
    ]


def _attached(file):
    milestone = Milestone.objects.first()
    (milestone.photos if isinstance(file, Photo) else milestone.documents).add(file)
    return file


def own_addresses(record) -> list[str]:
    name = record._meta.model_name
    if name == "photo":
        return [f"/media/photos/{record.slug}/{width}.{suffix}" for width, suffix in record.sizes()]
    if name == "document":
        return [f"/media/documents/{record.slug}/"]
    if not record.has_own_page:
        return []
    page = record.get_absolute_url()
    data = [] if not record.in_open_data else [f"{page.rstrip('/')}.json", f"{page.rstrip('/')}.csv"]
    return [page, f"/id/{name}/{record.code}", *data]


def test_a_withdrawn_record_is_gone_at_every_current_address():
    records = make_records()
    package.build.cache_clear(), per_version.clear()
    before = {path: text for path in current_addresses() if (text := read(path)[1])}
    own = {path: read(path)[0] for record in records for path in own_addresses(record)}
    assert {path: status for path, status in own.items() if status != 200} == {}
    for record in records:
        assert f"{MARK}{record._meta.model_name}" in "".join(before.values())

    for record in records:
        record.state, record.withdrawal_reason_en = State.WITHDRAWN, "A question is looked into."
        record.save()
    package.build.cache_clear(), per_version.clear()

    assert [path for path in before if MARK in read(path)[1]] == []
    after = {path: read(path) for path in own}
    assert {path: status for path, (status, _text) in after.items() if status not in {404, 410}} == {}
    for record in records:
        if record.has_own_page:
            status, text = after[record.get_absolute_url()]
            assert status == 410
            assert "A question is looked into." in text
        assert record._meta.model_name == "photo" or found_in_search(record) == 0


def found_in_search(record) -> int:
    return search(f"{MARK}{record._meta.model_name}", "en").total


# Dossiers


def withdraw(submission: Submission, client: Client, **more):
    change = url(Submission, "change", submission.pk)
    data = filled_in(client.get(change)) | {
        "state": "withdrawn",
        "withdrawal_reason_en": "Not ours.",
        "reason": "Not ours.",
    }
    return client.post(change, data | more)


@pytest.fixture
def submission() -> Submission:
    return Submission.objects.get(code="platforma-2018")


def test_whoever_withdraws_a_dossier_says_what_becomes_of_its_editions(submission, edition, staff_client):
    publisher = staff_client("Publisher")
    question = withdraw(submission, publisher)
    assert "Editions of this dossier are public. Say whether they stay so." in question.content.decode()
    assert read(edition.get_absolute_url())[0] == 200

    assert withdraw(submission, publisher, editions="withdraw").status_code == 302

    for path in (edition.get_absolute_url(), f"{edition.get_absolute_url()}pack.zip", f"/e/{edition.pk}"):
        assert read(path)[0] == 410
    assert "Not ours." in read(edition.get_absolute_url())[1]
    assert edition.get_absolute_url() not in read("/sitemap.xml")[1]
    assert submission.get_absolute_url() not in read("/sitemap.xml")[1]


def test_editions_stay_public_where_somebody_has_said_so(submission, edition, staff_client):
    assert withdraw(submission, staff_client("Publisher"), editions="keep").status_code == 302

    assert read(submission.get_absolute_url())[0] == 410
    assert read(edition.get_absolute_url())[0] == 200
    assert Edition.objects.standing().get() == edition


def test_a_private_link_to_a_withdrawn_dossier_gives_neither_page_nor_pdf(submission):
    link = PrivateLink.objects.create(submission=submission, purpose="A jury", expires_on=timezone.localdate())
    with translation.override("en"):
        page, paper = private_url(link), f"{private_url(link)}dossier.pdf"
    assert (read(page)[0], read(paper)[0]) == (200, 200)

    Submission.objects.filter(pk=submission.pk).update(
        state=State.WITHDRAWN, withdrawn_on=timezone.localdate(), withdrawal_reason_en="Not ours."
    )

    assert (read(page)[0], read(paper)[0]) == (410, 410)
    assert read(f"{submission.get_absolute_url().rstrip('/')}.pdf")[0] == 410
    assert read(reverse("criteria", args=[submission.slug]))[0] == 410


def test_each_kind_with_a_page_of_its_own_is_walked():
    walked = {type(record) for record in make_records()} | {Submission}

    assert [model for model in record_models() if model.has_own_page and model not in walked] == []

"""A binder of paper: scans sent together become documents, sources and visits; what they share is typed once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from partnership.models import Document, HeldUpload, Revision, Source
from tests.factories import make_partner, make_pdf, make_source, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

SHARED = {"publisher": "Växjö kommun", "grade": "public_authority", "kind": "minutes", "language": "sv"}
SHARED |= {"credit": "Arkivet"}


def scan(name: str, **info: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_pdf(**info), content_type="application/pdf")


def send(client, *files: SimpleUploadedFile, page: str = "", **shared: str):
    return client.post(page or reverse("admin:papers"), {**SHARED, **shared, "files": list(files)})


def row(upload: HeldUpload, title: str, **values: str) -> dict[str, str]:
    values = {"there": "1", "title_en": title, "is_source": "on", **values}
    return {f"{upload.key}-{name}": value for name, value in values.items()}


@pytest.fixture
def editor(staff_client):
    return staff_client("Editor")


def test_two_scans_become_drafts_that_hang_together_and_what_they_share_is_typed_once(editor):
    assert send(editor, scan("protokoll 3 maj.pdf"), scan("program.pdf")).status_code == 302
    page = editor.get(reverse("admin:papers")).content.decode()
    first, second = HeldUpload.objects.order_by("pk")
    assert 'value="protokoll 3 maj"' in page

    rows = row(first, "Minutes of May", period="2011-05-03", when="maj 2011", direction="to_sweden")
    rows |= row(second, "Programme", period="2011", is_source="")
    response = editor.post(reverse("admin:papers"), SHARED | rows)

    assert response.status_code == 302
    minutes, programme = Document.objects.order_by("-pk")[:2][::-1]
    source, visit = Source.objects.latest("pk"), Visit.objects.latest("pk")
    assert (minutes.title_en, minutes.kind) == ("Minutes of May", "minutes")
    assert (minutes.credit, minutes.state) == ("Arkivet", "draft")
    assert (source.publisher, source.grade, source.kind, str(source.published)) == (
        *("Växjö kommun", "public_authority", "archive"),
        "2011-05-03",
    )
    assert [*source.documents.all()] == [minutes]
    assert (str(visit.period), visit.direction, visit.citations.get().source) == ("2011-05", "to_sweden", source)
    assert programme.language == "sv"
    assert not programme.sources.exists()
    assert {Revision.objects.of(record).get().action for record in (minutes, programme, source, visit)} == {"created"}
    again = editor.get(reverse("admin:papers")).content.decode()
    assert 'value="Växjö kommun"' in again
    assert not HeldUpload.objects.exists()


def test_what_lacks_something_stays_with_what_was_typed_and_the_rest_is_taken_in(editor):
    send(editor, scan("a.pdf"), scan("b.pdf"))
    first, second = HeldUpload.objects.order_by("pk")

    rows = row(first, "", period="2011-05") | row(second, "Whole", period="2012")
    response = editor.post(reverse("admin:papers"), SHARED | rows)

    page = response.content.decode()
    assert response.status_code == 200
    assert f'href="#paper-{first.key}"' in page
    assert 'value="2011-05"' in page or "maj 2011" in page or "May 2011" in page
    assert Document.objects.filter(title_en="Whole").exists()
    assert [*HeldUpload.objects.all()] == [first]


def test_what_all_share_is_asked_for_once_beside_its_field(editor):
    send(editor, scan("a.pdf"), scan("b.pdf"), grade="")
    first, second = HeldUpload.objects.order_by("pk")

    response = editor.post(reverse("admin:papers"), SHARED | {"grade": ""} | row(first, "One") | row(second, "Two"))

    page = response.content.decode()
    assert page.count('<a href="#id_grade">') == 1
    assert page.count("Needed for what can be cited as a source.") == 2
    assert HeldUpload.objects.count() == 2


def test_a_source_that_is_on_file_is_offered_and_gets_the_scan(editor):
    source = make_source(title="Minutes of May", publisher="Växjö kommun", state="draft")
    send(editor, scan("a.pdf"))
    upload = HeldUpload.objects.get()
    values = row(upload, "Minutes of May")

    offer = editor.post(reverse("admin:papers"), SHARED | values)
    editor.post(reverse("admin:papers"), SHARED | values | {f"{upload.key}-source-match": str(source.pk)})

    assert "This source is on file. Is it this one?" in offer.content.decode()
    assert source.documents.count() == 1
    assert Source.objects.filter(title="Minutes of May").count() == 1


def test_what_is_no_document_is_named_and_the_rest_is_kept(editor):
    response = send(editor, scan("good.pdf"), SimpleUploadedFile("film.mov", b"\0\0\0\x14ftypqt  "))

    assert response.status_code == 200
    assert "film.mov" in response.content.decode()
    assert HeldUpload.objects.get().name == "good.pdf"


def test_an_editor_adds_scans_to_drafts_and_not_to_what_is_public(editor):
    public, draft = make_visit(), make_visit(state="draft")
    send(editor, scan("a.pdf"))
    upload = HeldUpload.objects.get()

    for visit, count in ((public, 0), (draft, 1)):
        editor.post(reverse("admin:papers"), SHARED | row(upload, "Programme", record=f"visit:{visit.pk}"))
        assert (visit.documents.count(), visit.citations.filter(source__title="Programme").count()) == (count, count)


def test_the_form_of_a_visit_leads_to_the_page_with_the_visit_chosen(editor):
    visit = make_visit(state="draft")
    link = f"/admin/papers/?record=visit%3A{visit.pk}"
    assert link in editor.get(reverse("admin:visits_visit_change", args=[visit.pk])).content.decode()

    send(editor, scan("a.pdf"), page=link)

    assert f'<option value="visit:{visit.pk}" selected>' in editor.get(link).content.decode()


def test_staff_outside_the_eu_and_strangers_send_no_scans(client, staff_client):
    assert client.get(reverse("admin:papers"))["Location"].startswith("/admin/login/")
    assert staff_client("Editor", partner=make_partner(country="ZA")).get(reverse("admin:papers")).status_code == 403

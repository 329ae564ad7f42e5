"""Nothing is lost or overwritten unseen, and every change can be read, explained and taken back."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from partnership.models import Claim, Partner, Revision
from partnership.record import confirmations
from partnership.record.personal_data import find_personal_data
from projects.models import Project
from tests.base import fetch, filled_in, url
from tests.factories import make_document, make_output, make_photo, make_project, make_visit
from visits.models import Profession, Visit


def save(client: Client, record, **changes):
    """Opens the record’s form, changes fields, and sends it."""
    data = filled_in(client.get(url(type(record), "change", record.pk)))
    return client.post(url(type(record), "change", record.pk), data | changes)


# Two editors, one record


def test_what_two_change_in_different_fields_is_joined(staff_client):
    first, second = staff_client("Publisher"), staff_client("Administrator")
    visit = make_visit(code="test-visit", purpose_en="To see.", delegates=6)
    save(first, visit, purpose_en="To look around.")
    opened_by_first = filled_in(first.get(url(Visit, "change", visit.pk)))
    opened_by_second = filled_in(second.get(url(Visit, "change", visit.pk)))
    first.post(url(Visit, "change", visit.pk), opened_by_first | {"delegates": "8", "reason": "The list was found."})

    answer = second.post(url(Visit, "change", visit.pk), opened_by_second | {"purpose_en": "To listen."})

    assert answer.status_code == 302
    visit.refresh_from_db()
    assert (visit.delegates, visit.purpose_en) == (8, "To listen.")


# Reasons


def test_a_published_figure_changes_only_with_a_reason(staff_client):
    client = staff_client("Publisher")
    visit = make_visit(delegates=6)

    answer = save(client, visit, delegates="8")
    assert "A published figure changes. Say why; readers will see it." in answer.content.decode()
    visit.refresh_from_db()
    assert visit.delegates == 6

    assert save(client, visit, delegates="8", reason="The travel report was found.").status_code == 302
    assert Revision.objects.first().reason == "The travel report was found."


def test_the_upper_end_of_a_published_range_is_a_figure(staff_client):
    visit = make_visit(delegates=6, delegates_high=8)

    response = save(staff_client("Publisher"), visit, delegates="6–9")

    assert "A published figure changes." in response.content.decode()


def test_a_figure_of_a_draft_needs_none(staff_client):
    visit = make_visit(delegates=6, state="draft")

    assert save(staff_client("Editor"), visit, delegates="8").status_code == 302
    visit.refresh_from_db()
    assert visit.delegates == 8


def test_a_figure_needs_none_as_the_record_is_published_and_one_as_it_is_withdrawn(staff_client):
    client, draft, public = staff_client("Publisher"), make_visit(delegates=6, state="draft"), make_visit(delegates=6)
    withdrawn = {"state": "withdrawn", "withdrawal_reason_en": "Told twice"}

    published = save(client, draft, delegates="8", state="published")
    refused = save(client, public, delegates="8", **withdrawn)

    assert published.status_code == 302
    assert "A published figure changes. Say why; readers will see it." in refused.content.decode()
    assert list(
        Visit.objects.filter(pk__in=[draft.pk, public.pk]).order_by("pk").values_list("state", "delegates")
    ) == [
        ("published", 8),
        ("published", 6),
    ]


def test_a_figure_in_a_row_needs_a_reason_too(staff_client):
    client = staff_client("Publisher")
    claim = Claim.objects.get(code="projects")
    data = filled_in(client.get(url(Claim, "change", claim.pk)))
    name = next(key for key, value in data.items() if key.endswith("value_low") and value == "38")

    answer = client.post(url(Claim, "change", claim.pk), data | {name: "39", name.replace("low", "high"): "39"})

    assert "A published figure changes here." in answer.content.decode()


@pytest.fixture
def counted_visit():
    visit = make_visit()
    visit.professions.create(profession=Profession.objects.get(code="teachers"), number=5)
    visit.professions.create(profession=Profession.objects.get(code="doctors"))
    return visit


@pytest.mark.parametrize(
    ("change", "is_asked"),
    [
        ({"professions-0-DELETE": "on"}, True),
        ({"professions-0-number": "6"}, True),
        ({"professions-0-number": ""}, True),
        ({"professions-0-profession": "nurses"}, True),
        ({"professions-1-DELETE": "on"}, False),
        ({"professions-1-number": "4"}, True),
        ({"professions-2-profession": "nurses", "professions-2-number": "4", "professions-TOTAL_FORMS": "3"}, False),
    ],
)
def test_a_published_number_of_delegates_changes_only_with_a_reason(change, is_asked, counted_visit, staff_client):
    client = staff_client("Publisher")
    codes = {profession.code: str(profession.pk) for profession in Profession.objects.all()}
    change = {name: codes.get(value, value) for name, value in change.items()}

    answer = save(client, counted_visit, **change)

    assert ("A published figure changes here." in answer.content.decode()) is is_asked
    assert save(client, counted_visit, **change, reason="The list was found.").status_code == 302


# Publishing


def test_nothing_is_published_without_a_source(staff_client):
    project = make_project(state="draft", sources=0)

    answer = save(staff_client("Publisher"), project, state="published")

    assert "What is published needs at least one source." in answer.content.decode()
    project.refresh_from_db()
    assert project.state == "draft"


def test_the_last_source_stays_with_what_is_published_and_goes_from_a_draft(staff_client):
    client = staff_client("Publisher")
    public, draft = make_project(sources=2), make_project(state="draft")

    assert save(client, public, **{"citations-0-DELETE": "on"}).status_code == 302
    answer = save(client, public, **{"citations-0-DELETE": "on"})
    assert save(client, draft, **{"citations-0-DELETE": "on"}).status_code == 302

    assert "What is published needs at least one source." in answer.content.decode()
    assert (public.citations.count(), draft.citations.count()) == (1, 0)


# Personal data


@pytest.mark.parametrize(
    "text",
    [
        "Met Mr Khumalo there.",
        "Led by Councillor Anna Svensson",
        "borgmästaren",
        "Skriv till anna.svensson@vaxjo.se",
        "Call +27 18 299 5111",
        "Ring 0470-410 00 00",
        "Number 19800101-1234",
        "ID 8001015009087",
        "Kommunalrådet Lindqvist talade",
    ],
)
def test_what_looks_like_personal_data_is_found(text):
    assert bool(list(find_personal_data(text))) is (text != "borgmästaren")


@pytest.mark.parametrize(
    "text",
    [
        "In the Dr Kenneth Kaunda District of North West Province",
        "The mayor sent two politicians; dnr 2009/0203, SEK 442,982 in 2009-11/2011",
        "600–650 delegates, 21–27 November 2011",
    ],
)
def test_the_record_itself_is_not_taken_for_it(text):
    assert not list(find_personal_data(text))


def test_a_person_in_a_text_is_asked_about_and_can_be_explained(staff_client):
    client = staff_client("Editor")
    visit = make_visit(state="draft")

    answer = save(client, visit, purpose_en="Hosted by Mayor Annie Khumalo.")
    words = answer.content.decode()
    assert "“Mayor Annie Khumalo” looks like personal data." in words
    assert 'name="allowed_because"' in words

    typed = filled_in(answer) | {"purpose_en": "Hosted by Mayor Annie Khumalo.", "allowed_because": "Mayor, in office."}
    assert client.post(url(Visit, "change", visit.pk), typed).status_code == 302
    assert Revision.objects.first().reason == "Personal data: Mayor, in office."


# Versions


def test_a_person_in_a_row_is_asked_about_too(staff_client):
    client = staff_client("Publisher")
    project = make_project()
    words = {"citations-0-quotation": "Said by Dr Anna Exempel."}

    question = save(client, project, **words)

    assert "“Dr Anna Exempel” looks like personal data." in question.content.decode()
    assert not project.citations.get().quotation
    answer = save(client, project, **words, allowed_because="A made-up person of a test.")
    assert answer.status_code == 302
    assert project.citations.get().quotation == "Said by Dr Anna Exempel."
    assert "made-up person" in Revision.objects.of(project).first().reason


def test_every_change_is_kept_with_who_when_what_and_why(staff_client):
    client = staff_client("Publisher")
    project = make_project(code="test-project", title_en="First")
    save(client, project, title_en="Second", reason="A better name.")

    page = client.get(url(Project, "history", project.pk)).content.decode()

    assert [revision.action for revision in Revision.objects.of(project)] == ["changed", "before"]
    for words in ("test-publisher", "Växjö", "A better name.", "First", "Second", "Title"):
        assert words in page


def test_a_save_that_changes_nothing_leaves_no_version(staff_client):
    project = make_project()
    save(staff_client("Publisher"), project)

    assert not Revision.objects.of(project).exists()


@pytest.mark.parametrize(
    ("make", "field", "old", "new"),
    [
        (lambda: make_project(title_en="First"), "title_en", "First", "Second"),
        (lambda: make_visit(purpose_en="First"), "purpose_en", "First", "Second"),
        (lambda: make_photo(alt_en="First"), "alt_en", "First", "Second"),
        (lambda: make_output(make_project(), text_en="First"), "text_en", "First", "Second"),
        (lambda: Partner.objects.get(code="vaxjo"), "description_en", None, "Second"),
    ],
)
def test_a_version_can_be_brought_back(make, field, old, new, staff_client):
    client = staff_client("Publisher")
    record = make()
    old = old or getattr(record, field)
    assert save(client, record, **{field: new}).status_code == 302
    before = Revision.objects.of(record).get(action="before")

    done = client.post(f"{url(type(record), 'history', record.pk)}{before.pk}/restore/", follow=True)

    assert "has been brought back" in done.content.decode()
    record.refresh_from_db()
    assert getattr(record, field) == old
    assert Revision.objects.of(record).first().action == "restored"


def test_an_editor_cannot_bring_back_what_the_public_sees(staff_client):
    project = make_project(title_en="First")
    save(staff_client("Publisher"), project, title_en="Second")
    before = Revision.objects.of(project).get(action="before")

    answer = staff_client("Editor").post(f"{url(Project, 'history', project.pk)}{before.pk}/restore/")

    assert answer.status_code == 403
    project.refresh_from_db()
    assert project.title_en == "Second"


def test_attaching_and_taking_away_a_file_are_versions_that_readers_see(staff_client):
    client = staff_client("Publisher")
    project = make_project(code="test-project", title_en="Zanzibar", title_sv="Zanzibar")
    document = make_document(code="minutes")
    save(client, project, documents=[document.pk])
    attached = Revision.objects.of(project).first()
    assert (attached.fields, attached.is_public) == (["documents"], True)
    assert re.search(r"Zanzibar.{,60} Project Changed Växjö documents", fetch("/en/changes/").text)
    assert "minutes" in client.get(url(Project, "history", project.pk)).content.decode()

    save(client, project, documents=[])

    assert Revision.objects.of(project).first().fields == ["documents"]


def test_a_version_brings_back_the_files_that_were_attached_then(staff_client):
    client = staff_client("Publisher")
    project, document = make_project(), make_document()
    save(client, project, documents=[document.pk])
    revisions = list(Revision.objects.of(project).order_by("pk"))

    for revision, documents in [(revisions[0], []), (revisions[1], [document])]:
        client.post(f"{url(Project, 'history', project.pk)}{revision.pk}/restore/")
        assert list(project.documents.all()) == documents


def test_a_version_from_before_attached_files_were_kept_takes_none_away(staff_client):
    client = staff_client("Publisher")
    project, document = make_project(title_en="First"), make_document()
    project.documents.add(document)
    save(client, project, title_en="Second")
    before = Revision.objects.of(project).get(action="before")
    del before.content["documents"], before.content["photos"]
    before.save()

    client.post(f"{url(Project, 'history', project.pk)}{before.pk}/restore/")

    project.refresh_from_db()
    assert (project.title_en, list(project.documents.all())) == ("First", [document])


def test_attaching_a_photograph_lifts_no_confirmation(staff):
    project = make_project()
    confirmations.confirm(project, staff("Publisher"))

    project.photos.add(make_photo())

    assert confirmations.lapse_if_changed(project) == 0


# The public list of changes


def test_readers_see_what_changed_and_why_but_not_who(staff_client):
    client = staff_client("Publisher")
    project = make_project(code="test-project", title_en="Zanzibar", title_sv="Zanzibar")
    save(client, project, period="2012", reason="The report was found.")

    for page in (fetch("/en/changes/"), fetch("/sv/andringar/")):
        assert "Zanzibar" in page.text
        assert "The report was found." in page.text
        assert "Växjö" in page.text
        assert "test-publisher" not in page.html
        assert "/id/project/test-project" in page.links()
    feed = Client(headers={"host": "localhost"}).get("/en/changes/feed.atom").content.decode()
    assert "Zanzibar: changed" in feed
    assert "test-publisher" not in feed


def test_drafts_and_notes_of_staff_are_no_public_change(staff_client):
    client = staff_client("Publisher")
    save(client, make_project(title_en="Zanzibar draft", state="draft"), title_en="Zanzibar still a draft")
    save(client, make_project(title_en="Zanzibar note"), staff_note="Ask the archive")

    assert "Zanzibar" not in fetch("/en/changes/").text


def test_publishing_and_withdrawing_are_public_changes(staff_client):
    client = staff_client("Publisher")
    project = make_project(title_en="Zanzibar", state="draft")
    save(client, project, state="published")
    save(client, project, state="withdrawn", withdrawn_on="2026-05-03", withdrawal_reason_en="Counted twice")

    assert [revision.action for revision in Revision.objects.public()] == ["withdrawn", "published"]


def test_a_published_version_brought_back_over_a_withdrawn_one_is_a_public_change(staff_client):
    client = staff_client("Publisher")
    project = make_project(title_en="Zanzibar")
    save(client, project, state="withdrawn", withdrawn_on="2026-05-03", withdrawal_reason_en="Counted twice")
    before = Revision.objects.of(project).get(action="before")

    client.post(f"{url(Project, 'history', project.pk)}{before.pk}/restore/")

    project.refresh_from_db()
    assert project.is_published
    assert [revision.action for revision in Revision.objects.public()] == ["restored", "withdrawn"]
    assert "Zanzibar" in fetch("/en/changes/").text


@pytest.mark.django_db
def test_the_second_page_of_changes_is_a_link_away():
    Revision.objects.bulk_create(
        Revision(
            model_name="project", code="leseding", version=number, is_public=True, title={"en": f"Change {number}."}
        )
        for number in range(100, 151)
    )

    link = next(link for link in fetch("/en/changes/").links("?") if "page=2" in link)

    assert "Change 100." in fetch(f"/en/changes/{link}").text

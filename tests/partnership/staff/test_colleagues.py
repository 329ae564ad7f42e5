"""Staff working together: confirmations by both sides, review notes, returned drafts, likely duplicates."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from partnership.models import Claim, Partner, Photo, ReviewNote, Source, Statement, User
from partnership.record import confirmations
from projects.models import Output, Project
from tests.base import ended, fetch, filled_in, letters, url
from tests.factories import (
    make_document,
    make_output,
    make_partner,
    make_photo,
    make_project,
    make_source,
    make_visit,
)
from visits.models import Visit

pytestmark = pytest.mark.django_db

SIDES = {"vaxjo": "sv", "jb-marks": "en"}


def of(staff, group: str, partner: str) -> tuple[User, Client]:
    """A member of staff of a partner, signed in."""
    user = staff(group)
    user.username, user.email = f"{group}-{partner}".lower(), f"{group}.{partner}@example.org".lower()
    user.partner = Partner.objects.get(code=partner)
    user.save()
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(user)
    return user, client


def confirm(client: Client, record) -> int:
    return client.post(url(type(record), "confirm", record.pk)).status_code


def confirm_by_both(staff, record) -> tuple[Client, Client]:
    clients = tuple(of(staff, "Publisher", partner)[1] for partner in SIDES)
    assert [confirm(client, record) for client in clients] == [302, 302]
    return clients


# Confirming


def test_a_project_that_both_sides_confirm_says_so_with_the_date(staff):
    project = make_project()

    confirm_by_both(staff, project)

    today = timezone.localdate()
    assert f"Confirmed by Växjö and JB Marks, {today.day} {today:%B %Y}" in fetch(project.get_absolute_url()).text


def test_one_side_alone_confirms_nothing(staff):
    project = make_project()
    _user, client = of(staff, "Publisher", "vaxjo")

    assert confirm(client, project) == 302
    assert confirm(client, project) == 403

    assert "Confirmed by" not in fetch(project.get_absolute_url()).text
    assert not Project.objects.confirmed().exists()


@pytest.mark.parametrize("make", [make_visit, lambda: make_output(make_project()), lambda: make_statement()])
def test_visits_outputs_and_statements_can_be_confirmed_as_well(make, staff):
    record = make()

    confirm_by_both(staff, record)

    assert "Confirmed by Växjö and JB Marks" in fetch(record.get_absolute_url().partition("#")[0]).text


def make_statement() -> Statement:
    return Statement.objects.get(code="memorandum-2018")


@pytest.mark.parametrize(
    ("group", "partner"), [("Editor", "vaxjo"), ("Administrator", "vaxjo"), ("Publisher", "elsewhere")]
)
def test_nobody_confirms_but_publishers_of_either_side(group, partner, staff):
    make_partner(code="elsewhere", country="INT")
    project = make_project()
    _user, client = of(staff, group, partner)

    assert confirm(client, project) == 403
    assert not project.confirmations.exists()


def test_a_draft_cannot_be_confirmed(staff):
    _user, client = of(staff, "Publisher", "vaxjo")

    assert confirm(client, make_project(state="draft")) == 403


def test_a_confirmation_lapses_with_a_later_change_and_says_so(staff):
    project = make_project(title_en="As confirmed")
    swedish, _south_african = confirm_by_both(staff, project)
    data = filled_in(swedish.get(url(Project, "change", project.pk))) | {"title_en": "As changed"}

    response = swedish.post(url(Project, "change", project.pk), data, follow=True)

    assert "it is no longer confirmed" in response.content.decode()
    text = fetch(project.get_absolute_url()).text
    assert "its content was changed on" in text
    assert "Confirmed by Växjö" not in text
    assert not Project.objects.confirmed().exists()


def test_what_only_staff_see_may_change_and_the_confirmation_stands(staff):
    project = make_project()
    swedish, _south_african = confirm_by_both(staff, project)
    data = filled_in(swedish.get(url(Project, "change", project.pk))) | {"staff_note": "Ask the archive."}

    assert swedish.post(url(Project, "change", project.pk), data).status_code == 302

    assert "Confirmed by Växjö and JB Marks" in fetch(project.get_absolute_url()).text


def test_the_confirmation_of_an_output_lapses_when_it_changes_under_its_project(staff):
    output = make_output(make_project(), text_en="A library bus")
    swedish, _south_african = confirm_by_both(staff, output)
    page = swedish.get(url(Project, "change", output.project_id))
    data = filled_in(page) | {"outputs-0-text_en": "Two library buses"}

    assert swedish.post(url(Project, "change", output.project_id), data).status_code == 302

    assert Output.objects.get(pk=output.pk).text_en == "Two library buses"
    assert not output.confirmations.standing().exists()


def test_the_confirmation_of_a_statement_lapses_when_it_changes_under_its_claim_and_not_when_it_is_translated(staff):
    statement = make_statement()
    Statement.objects.filter(pk=statement.pk).update(note_en="As it was printed.", note_sv="")
    swedish, _south_african = confirm_by_both(staff, statement)
    address = url(Claim, "change", statement.claim_id)
    data = filled_in(swedish.get(address))
    (row,) = [
        name.removesuffix("-id") for name, value in data.items() if name.endswith("-id") and value == statement.pk
    ]
    assert row.startswith("statements-")

    assert swedish.post(address, data | {f"{row}-note_sv": "Som det trycktes."}).status_code == 302
    assert statement.confirmations.standing().count() == 2

    data = filled_in(swedish.get(address)) | {f"{row}-wording_en": "And more."}
    assert swedish.post(address, data).status_code == 302
    assert Statement.objects.get(pk=statement.pk).wording_en == "And more."
    assert not statement.confirmations.standing().exists()


def test_a_confirmation_lapses_on_load_after_a_change_by_other_means_than_the_admin(staff):
    project = make_project()
    confirm_by_both(staff, project)
    Project.objects.filter(pk=project.pk).update(title_en="Changed past every form")

    assert confirmations.lapse_what_changed() == 2
    assert confirmations.lapse_what_changed() == 0


def test_a_translation_by_other_means_than_the_admin_lifts_nothing(staff):
    project = make_project(summary_en="Schools sang together.")
    confirm_by_both(staff, project)
    confirmed = confirmations.confirmed_texts()
    Project.objects.filter(pk=project.pk).update(summary_sv="Skolor sjöng tillsammans.")

    assert confirmations.lapse_what_changed(confirmed) == 0

    Project.objects.filter(pk=project.pk).update(summary_sv="Skolor dansade.")
    assert confirmations.lapse_what_changed(confirmations.confirmed_texts()) == 2


def test_a_side_revokes_its_confirmation_and_the_page_is_silent_about_it(staff):
    project = make_project()
    swedish, _south_african = confirm_by_both(staff, project)

    swedish.post(url(Project, "confirm", project.pk), {"revoke": "yes"})

    assert "Not confirmed by the two sides." in fetch(project.get_absolute_url()).text


def test_the_start_page_counts_confirmed_records_and_links_to_them(staff):
    project = Project.objects.get(code="leseding")
    swedish, _south_african = confirm_by_both(staff, project)

    page = swedish.get("/admin/").content.decode()
    link = re.search(r'href="([^"]*documented=confirmed[^"]*)">1<', page)

    assert link
    assert list(swedish.get(link[1].replace("&amp;", "&")).context["cl"].queryset) == [project]


# Review notes


def test_an_editor_leaves_a_suggestion_on_a_public_record_and_its_publisher_answers(staff):
    project = make_project()
    editor, editing = of(staff, "Editor", "jb-marks")
    _user, publishing = of(staff, "Publisher", "vaxjo")

    editing.post(url(Project, "suggest", project.pk), {"text": "It began in 2009, see the report."})

    assert "It began in 2009" in publishing.get(url(Project, "change", project.pk)).content.decode()
    assert "Suggestion: “It began in 2009, see the report.”" in publishing.get("/admin/").content.decode()
    note = ReviewNote.objects.get()
    publishing.post(url(Project, "remark", project.pk, note.pk), {"answer": "Thank you, mended."})
    assert "It began in 2009" not in publishing.get(url(Project, "change", project.pk)).content.decode()
    (email,) = letters()
    assert email.to == [editor.email]
    assert "Thank you, mended." in email.body
    assert f"/admin/projects/project/{project.pk}/change/" in email.body


def test_an_empty_suggestion_is_explained(staff):
    _editor, editing = of(staff, "Editor", "jb-marks")

    response = editing.post(url(Project, "suggest", make_project().pk), {"text": " "})

    assert "This field is required." in response.content.decode()


def test_a_suggestion_is_closed_only_by_those_who_may_change_the_record(staff):
    project = make_project()
    _editor, editing = of(staff, "Editor", "jb-marks")
    editing.post(url(Project, "suggest", project.pk), {"text": "x"})

    assert editing.post(url(Project, "remark", project.pk, ReviewNote.objects.get().pk)).status_code == 403
    assert ReviewNote.objects.open().exists()


def write_draft(client: Client) -> Project:
    data = filled_in(client.get(url(Project, "add"))) | {
        "code": "test-draft",
        "title_en": "Waste sorting in schools",
        "citations-TOTAL_FORMS": "1",
        "citations-0-source": Source.objects.get(code="platforma-2018").pk,
    }
    assert client.post(url(Project, "add"), data).status_code == 302
    return Project.objects.get(code="test-draft")


@pytest.mark.parametrize(("partner", "subject"), [("vaxjo", "Återlämnat till dig"), ("jb-marks", "Returned to you")])
def test_a_draft_goes_back_to_its_author_with_a_message(partner, subject, staff):
    author, writing = of(staff, "Editor", partner)
    _user, publishing = of(staff, "Publisher", "vaxjo")
    project = write_draft(writing)
    page = publishing.get(url(Project, "change", project.pk))
    data = filled_in(page) | {"comment": "Which school?", "_return": "yes"}

    assert publishing.post(url(Project, "change", project.pk), data).status_code == 302

    (email,) = letters()
    assert (email.to, email.subject) == ([author.email], f"{subject}: Waste sorting in schools")
    assert "Which school?" in writing.get(url(Project, "change", project.pk)).content.decode()
    assert "Came back: “Which school?”" in writing.get("/admin/").content.decode()


def test_returning_a_draft_asks_for_a_message_and_keeps_what_was_typed(staff):
    _author, writing = of(staff, "Editor", "jb-marks")
    _user, publishing = of(staff, "Publisher", "vaxjo")
    project = write_draft(writing)
    data = filled_in(publishing.get(url(Project, "change", project.pk))) | {"_return": "yes", "title_en": "Retyped"}

    page = publishing.post(url(Project, "change", project.pk), data).content.decode()

    assert "Say what its author should do" in page
    assert 'value="Retyped"' in page
    assert not ReviewNote.objects.exists()


def test_the_author_hears_that_the_draft_is_public(staff):
    author, writing = of(staff, "Editor", "jb-marks")
    _user, publishing = of(staff, "Publisher", "vaxjo")
    project = write_draft(writing)
    page = publishing.get(url(Project, "change", project.pk))
    data = filled_in(page) | {"state": "published", "comment": "Well found."}

    assert publishing.post(url(Project, "change", project.pk), data).status_code == 302

    (email,) = letters()
    assert (email.to, email.subject) == ([author.email], "Published: Waste sorting in schools")
    assert "Well found." in email.body


# Likely duplicates


def test_a_project_like_one_on_record_is_pointed_out_and_saved_after_a_look(staff_client):
    duplicate = make_project(title_en="Waste sorting in schools", period="2012")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Project, "add"))) | {
        "code": "test-new",
        "title_en": "Waste sorting in the schools",
        "period": "2011/2013",
    }

    page = client.post(url(Project, "add"), data)

    assert url(Project, "change", duplicate.pk) in page.content.decode()
    assert not Project.objects.filter(code="test-new").exists()
    assert client.post(url(Project, "add"), data | {"another": "on"}).status_code == 302


@pytest.mark.parametrize("changed", [{"period": "2020"}, {"title_en": "A choir exchange"}])
def test_another_time_or_another_title_is_no_duplicate(changed, staff_client):
    make_project(title_en="Waste sorting in schools", period="2012")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Project, "add"))) | {"code": "test-new", "title_en": "Waste sorting in schools"}

    assert client.post(url(Project, "add"), data | {"period": "2012"} | changed).status_code == 302


def test_a_visit_of_the_same_bodies_at_the_same_time_is_pointed_out(staff_client):
    jb_marks = Partner.objects.get(code="jb-marks")
    make_visit(hosts=[Partner.objects.get(code="vaxjo")], guests=[jb_marks], period="2012-05")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Visit, "add"))) | {
        "period": "2012-05-14",
        "direction": "to_sweden",
        "guests": [jb_marks.pk],
    }

    assert "There may be a record of this already" in client.post(url(Visit, "add"), data).content.decode()


def test_a_source_with_the_same_address_is_pointed_out(staff_client):
    make_source(url="https://example.org/report/")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Source, "add"))) | {
        "code": "test-new",
        "title": "A report",
        "publisher": "ICLD",
        "grade": "funder",
        "kind": "report",
        "language": "en",
        "url": "https://example.org/report",
    }

    assert "There may be a record of this already" in client.post(url(Source, "add"), data).content.decode()


# The error summary


def test_all_errors_stand_at_the_top_each_linked_to_its_field(staff_client):
    client = staff_client("Publisher")
    data = filled_in(client.get(url(Project, "add"))) | {"code": "test-new", "period": "spring", "state": "published"}
    data |= {"external_reference": "x" * 61}

    page = client.post(url(Project, "add"), data).content.decode()

    summary = page[page.index('id="error-summary"') : page.index("</section>", page.index('id="error-summary"'))]
    assert "4 things keep this from being saved" in summary
    for field in ("id_period", "id_external_reference", "citations-group"):
        assert f'href="#{field}"' in summary
        assert f'id="{field}"' in page
    assert "What is published needs at least one source." in summary


def test_a_draft_names_what_readers_will_see_as_gaps(staff_client):
    page = staff_client("Editor").get(url(Project, "change", make_project(state="draft").pk)).content.decode()

    section = page[page.index("What readers will see as not documented") :]
    assert "A result in South Africa" in section


# The memorandum, and photographs taken down


def test_the_memorandum_has_its_own_place_and_shows_the_document_once_it_is_filed(staff_client):
    assert "No copy has been filed in this record" in fetch("/en/memorandum/").text
    assert "The Memorandum of Understanding is not on file." in staff_client("Editor").get("/admin/").content.decode()

    document = make_document(kind="memorandum", title_en="The agreement of the partners")

    page = fetch("/en/memorandum/")
    assert "The agreement of the partners" in page.text
    assert document.sha256 in page.text
    assert "No copy has been filed" not in page.text
    assert "/en/memorandum/" in fetch("/en/claims/").links()
    assert Claim.objects.filter(counts="memoranda").exists()


def test_an_editor_takes_a_photograph_down_at_once(staff_client):
    photo = make_photo()
    photo_url = photo.url(480, "jpg")
    shown = Client(headers={"host": "localhost"}).get(photo_url)
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    ended(shown)

    staff_client("Editor").post(url(Photo, "withdraw", photo.pk))

    assert Client(headers={"host": "localhost"}).get(photo_url).status_code == 404
    photo.refresh_from_db()
    assert (photo.state, photo.withdrawal_reason_sv) == ("withdrawn", "Nertaget medan en fråga om det utreds.")


def test_the_focal_point_of_a_cover_is_kept_in_view():
    project = make_project()
    project.photos.add(make_photo(focus="top-left"))

    images = fetch(project.get_absolute_url()).all("img")

    assert [image["class"] for image in images] == ["focus-top-left"]


def test_what_is_folded_is_opened_where_something_is_wrong_in_it(staff_client):
    client = staff_client("Publisher")
    project = make_project()
    opened = client.get(url(Project, "change", project.pk))

    refused = client.post(url(Project, "change", project.pk), filled_in(opened) | {"state": "withdrawn"})

    around = []
    for response in (opened, refused):
        before = response.content.decode().partition('id="id_withdrawal_reason_en"')[0]
        around.append(before[before.rindex("<fieldset") :])
    assert ["<details>" in fieldset for fieldset in around] == [True, False]

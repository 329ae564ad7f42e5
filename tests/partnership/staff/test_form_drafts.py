"""What is typed and not saved is kept on the server, for its writer alone."""

from __future__ import annotations

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from partnership.models import Document, FormDraft, HeldUpload
from projects.models import Project, Theme
from tests.base import filled_in, url
from tests.factories import make_pdf, make_project, make_theme
from visits.models import Visit

KEEP = "/admin/keep/"


def keep(client, path: str, **typed: str):
    return client.post(KEEP, {"_path": path, "_about": "Add theme", "_save": "Save", **typed})


def test_what_the_script_sends_is_offered_when_the_form_is_opened_again(staff_client):
    client = staff_client("Editor")
    typed = filled_in(client.get(url(Theme, "add"))) | {"name_sv": "Kvar", "note_en": ""}
    response = keep(client, url(Theme, "add"), **typed)
    assert response.json()["words"].startswith("Kept for you at")

    page = client.get(url(Theme, "add")).content.decode()
    assert "you left this form without saving" in page
    assert "Kvar" not in page
    again = client.get(url(Theme, "add") + "?kept=1")

    assert "Nothing is saved yet" in again.content.decode()
    assert filled_in(again)["name_sv"] == "Kvar"
    assert not Theme.objects.filter(name_sv="Kvar").exists()
    assert client.post(url(Theme, "add"), filled_in(again)).status_code == 302
    assert not FormDraft.objects.exists()


def test_save_for_later_keeps_what_could_not_be_saved(staff_client):
    client = staff_client("Editor")

    response = client.post(url(Theme, "add"), {"name_en": "", "note_sv": "Halvt", "_later": "1"}, follow=True)

    assert response.request["PATH_INFO"] == reverse("admin:index")
    assert filled_in(client.get(url(Theme, "add") + "?kept=1"))["note_sv"] == "Halvt"


def test_it_is_thrown_away_by_a_button(staff_client):
    client = staff_client("Editor")
    keep(client, url(Theme, "add"), name_sv="Kvar")

    client.post(url(Theme, "add"), {"_throw": "1"})

    assert not FormDraft.objects.exists()
    assert not Theme.objects.filter(name_sv="Kvar").exists()


def test_nobody_else_sees_it(staff_client):
    keep(staff_client("Editor"), url(Theme, "add"), name_sv="Kvar")

    publisher = staff_client("Publisher")

    assert "you left this form" not in publisher.get(url(Theme, "add")).content.decode()
    assert "Kvar" not in publisher.get(url(Theme, "add") + "?kept=1").content.decode()


def test_one_form_keeps_one_draft_and_no_button_or_token(staff_client):
    client = staff_client("Editor")
    keep(client, url(Theme, "add"), name_sv="Ett", csrfmiddlewaretoken="x")
    keep(client, url(Theme, "add"), name_sv="Två")

    draft = FormDraft.objects.get()

    assert draft.fields == [["name_sv", "Två"]]
    assert draft.title == "Add theme"


@pytest.mark.parametrize(("path", "text"), [("/en/", "x"), ("", "x"), ("/admin/projects/theme/add/", "x" * 600_000)])
def test_only_forms_of_the_admin_are_kept_and_none_without_end(path, text, staff_client):
    assert keep(staff_client("Editor"), path, note_en=text).status_code == 400
    assert not FormDraft.objects.exists()


def test_enter_shows_the_form_again_and_saves_nothing(staff_client):
    """The first button of a form is what Enter presses in a text field; it is the hidden one."""
    client = staff_client("Publisher")
    project = make_project(title_en="Choir")
    path = url(Project, "change", project.pk)
    opened = client.get(path)
    buttons = opened.content.decode().partition('id="project_form"')[2]
    first = buttons[buttons.index('type="submit"') :]
    assert first.startswith('type="submit" name="_show"')

    response = client.post(path, filled_in(opened) | {"title_en": "Choirs", "_show": "1"})

    assert filled_in(response)["title_en"] == "Choirs"
    assert "Nothing is saved yet" in response.content.decode()
    assert Project.objects.get(pk=project.pk).title_en == "Choir"


def test_a_change_that_was_kept_is_compared_with_what_colleagues_saved_meanwhile(staff_client):
    theme = make_theme(state="draft", name_sv="Ett")
    client = staff_client("Editor")
    path = url(Theme, "change", theme.pk)
    typed = filled_in(client.get(path)) | {"name_sv": "Mitt"}
    keep(client, path, **{name: value for name, value in typed.items() if isinstance(value, str | int)})
    other = staff_client("Publisher")
    other.post(path, filled_in(other.get(path)) | {"name_sv": "Annat"})

    response = client.post(path, filled_in(client.get(path + "?kept=1")))

    assert "Two have written in the same field" in response.content.decode()
    theme.refresh_from_db()
    assert theme.name_sv == "Annat"


def test_back_and_save_makes_no_second_draft(staff_client):
    client = staff_client("Editor")
    path = url(Theme, "add")
    once = client.get(path).context["once"]
    data = {"name_sv": "Ett tema", "state": "draft", "position": "100", "_once": once, "citations-TOTAL_FORMS": "0"}
    data |= {"citations-INITIAL_FORMS": "0"}
    assert client.post(path, data | {"_save": "Save"}).status_code == 302
    theme = Theme.objects.get(name_sv="Ett tema")

    again = client.post(path, data | {"_continue": "Save and continue editing"})
    changed = client.post(path, data | {"name_sv": "Ett annat tema"})

    assert again["Location"] == url(Theme, "change", theme.pk)
    assert "This form is saved already" in changed.content.decode()
    assert 'value="Ett annat tema"' in changed.content.decode()
    assert Theme.objects.filter(name_sv__startswith="Ett").count() == 1
    assert client.post(path, data | {"name_sv": "Ett annat tema", "another": "on"}).status_code == 302


def test_a_file_stays_with_a_form_that_is_put_aside(staff_client):
    client, path = staff_client("Editor"), url(Document, "add")
    file = SimpleUploadedFile("avtal.pdf", make_pdf(), content_type="application/pdf")
    typed = filled_in(client.get(path)) | {"title_sv": "Avtal", "kind": "agreement"}
    client.post(path, typed | {"file": file, "_later": "1"})
    HeldUpload.objects.update(held_at=timezone.now() - datetime.timedelta(days=20))

    opened = client.get(path + "?kept=1")
    response = client.post(path, filled_in(opened) | {"file-held": HeldUpload.objects.get().key})

    assert "avtal.pdf is kept here" in opened.content.decode()
    assert response.status_code == 302
    assert Document.objects.get(title_sv="Avtal").size
    assert not HeldUpload.objects.exists()


def test_a_file_that_is_none_is_named_when_its_form_is_put_aside(staff_client):
    client, path = staff_client("Editor"), url(Document, "add")
    file = SimpleUploadedFile("film.pdf", b"no document")

    page = client.post(path, {"title_sv": "Avtal", "file": file, "_later": "1"}, follow=True).content.decode()

    assert "Film.pdf: The document" in page
    assert FormDraft.objects.get().path == path


def test_one_more_row_is_to_be_had_without_script_and_nothing_is_saved(staff_client):
    client = staff_client("Editor")
    project = client.post(
        url(Project, "add"), filled_in(client.get(url(Project, "add"))) | {"_more": "participations"}
    ).content.decode()
    role = project.partition('name="participations-0-role"')[2].partition("</select>")[0]
    assert '<option value="partner" selected>' in role
    assert "This field is required" not in project

    opened = client.get(url(Visit, "add"))
    assert 'name="_more" value="replies"' in opened.content.decode()
    assert 'name="replies-0-partner"' not in opened.content.decode()

    page = client.post(url(Visit, "add"), filled_in(opened) | {"purpose_en": "To see.", "_more": "replies"})

    text = page.content.decode()
    assert 'name="replies-0-partner"' in text
    assert ">\nTo see.</textarea>" in text
    assert not Visit.objects.filter(purpose_en="To see.").exists()
    # A row that stays empty is none.
    again = {name: value for name, value in filled_in(page).items() if not name.startswith("_")}
    client.post(url(Visit, "add"), again)
    assert Visit.objects.get(purpose_en="To see.").replies.count() == 0

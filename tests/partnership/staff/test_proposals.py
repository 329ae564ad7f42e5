"""Changes that editors propose to public records: the page stays, a publisher sees the difference and decides."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from partnership.models import Partner, Proposal, Revision, User
from projects.models import Project, ProjectCitation
from tests.base import fetch, filled_in, letters, url
from tests.factories import make_photo, make_project, make_source

pytestmark = pytest.mark.django_db


def shown(response) -> str:
    return html.unescape(response.content.decode())


def of(staff, group: str, partner: str) -> tuple[User, Client]:
    user = staff(group, partner=Partner.objects.get(code=partner))
    user.username, user.email = f"{group}-{partner}".lower(), f"{group}.{partner}@example.org".lower()
    user.save()
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(user)
    return user, client


def propose(client: Client, project: Project, **changes):
    page = client.get(url(Project, "propose", project.pk))
    response = client.post(url(Project, "propose", project.pk), filled_in(page) | changes)
    assert response.status_code == 302, response.context["error_summary"]
    return response


def review(client: Client, button: str, keep: tuple[str, ...] = (), **more):
    """Opens the proposal and presses a button, with all parts taken in but those to keep."""
    path = f"/admin/review/proposal/{Proposal.objects.get().pk}/"
    page = client.get(path)
    parts = [change.difference.part for change in page.context["changes"]]
    choice = {f"part-{part}": "keep" if part in keep else "take" for part in parts}
    along = [draft.key for draft, _kind, _url in page.context["linked_drafts"]]
    data = {
        button: "1",
        "version": page.context["item"].record.version,
        "reason": page.context["reason"],
        "along": along,
    }
    return client.post(path, {**data, **choice, **more})


TEXTS = {"title_en": "Library", "title_sv": "Bibliotek", "summary_en": "Two branches were opened."}


def test_a_change_waits_and_the_public_page_stays(staff):
    project = make_project(**TEXTS)
    _editor, editing = of(staff, "Editor", "jb-marks")
    _publisher, publishing = of(staff, "Publisher", "vaxjo")
    assert url(Project, "propose", project.pk) in shown(editing.get(url(Project, "change", project.pk)))

    propose(editing, project, summary_en="Three branches were opened.")

    project.refresh_from_db()
    assert project.summary_en == "Two branches were opened."
    assert not Revision.objects.of(project).exists()
    assert "Library" in shown(publishing.get("/admin/review/"))
    page = publishing.get(f"/admin/review/proposal/{Proposal.objects.get().pk}/")
    assert "<del>Two</del>" in shown(page)
    assert "<ins>Three</ins>" in shown(page)
    assert "Two branches" in page.context["today"]
    assert "Three branches" in page.context["later"]
    assert "Two branches" in fetch(project.get_absolute_url()).text


def test_a_change_is_taken_in_whole_with_its_source_and_photograph(staff):
    project = make_project(**TEXTS)
    editor, editing = of(staff, "Editor", "jb-marks")
    _publisher, publishing = of(staff, "Publisher", "vaxjo")
    source, photo = make_source(state="draft", title="A later report"), make_photo(state="draft")
    rows = {"citations-TOTAL_FORMS": "2", "citations-1-source": source.pk}
    propose(editing, project, summary_en="Three branches.", photos=[photo.pk], **rows)

    review(publishing, "publish", comment="Thank you.")

    assert ProjectCitation.objects.filter(project=project, source=source).exists()
    text = fetch(project.get_absolute_url())
    assert "Three branches." in text.text
    assert photo.url(480, "jpg") in text.html
    source.refresh_from_db()
    assert source.is_published
    assert Revision.objects.of(project).latest("pk").action == "changed"
    (letter,) = letters()
    assert letter.to == [editor.email]
    assert "Thank you." in letter.body


def test_a_part_is_taken_in_and_the_author_hears_what_was_left(staff):
    project = make_project(**TEXTS)
    _editor, editing = of(staff, "Editor", "jb-marks")
    _publisher, publishing = of(staff, "Publisher", "vaxjo")
    propose(editing, project, title_en="Libraries", summary_en="Three branches.")

    review(publishing, "publish", keep=("title.en",))

    project.refresh_from_db()
    assert (project.title_en, project.summary_en) == ("Library", "Three branches.")
    assert "Not taken in: Title (English)." in letters()[-1].body


def test_a_returned_change_comes_back_as_it_was_typed_and_can_be_sent_again(staff):
    project = make_project(**TEXTS)
    _editor, editing = of(staff, "Editor", "jb-marks")
    _publisher, publishing = of(staff, "Publisher", "vaxjo")
    propose(editing, project, summary_en="Three branches.")
    assert "Say what its author should do" in shown(review(publishing, "return"))

    review(publishing, "return", comment="Which three?")

    start = shown(editing.get("/admin/"))
    assert "Came back: “Which three?”" in start
    page = editing.get(url(Project, "propose", project.pk))
    assert "Which three?" in shown(page)
    assert "Three branches." in shown(page)
    editing.post(url(Project, "propose", project.pk), filled_in(page) | {"summary_en": "Three branches, in Ikageng."})
    assert Proposal.objects.get().state == "waiting"
    assert Proposal.objects.get().content["summary"]["en"] == "Three branches, in Ikageng."


def test_what_somebody_else_changed_meanwhile_is_neither_lost_nor_taken_unseen(staff):
    project = make_project(**TEXTS)
    _editor, editing = of(staff, "Editor", "jb-marks")
    _publisher, publishing = of(staff, "Publisher", "vaxjo")
    propose(editing, project, summary_en="Three branches.", title_en="Libraries")
    form = filled_in(publishing.get(url(Project, "change", project.pk)))
    publishing.post(url(Project, "change", project.pk), form | {"summary_en": "Four branches.", "period": "2012"})

    page = publishing.get(f"/admin/review/proposal/{Proposal.objects.get().pk}/")

    assert "changed by somebody else meanwhile" in shown(page)
    assert page.context["chosen"] == ["title.en"]
    review(publishing, "publish", keep=("summary.en",))
    project.refresh_from_db()
    assert (project.title_en, project.summary_en, str(project.period)) == ("Libraries", "Four branches.", "2012")


def test_a_translation_lifts_no_confirmation_and_another_fact_does(staff):
    project = make_project(**TEXTS)
    clients = [of(staff, "Publisher", partner)[1] for partner in ("vaxjo", "jb-marks")]
    for client in clients:
        client.post(url(Project, "confirm", project.pk))
    _editor, editing = of(staff, "Editor", "jb-marks")
    propose(editing, project, summary_sv="Två filialer öppnades.")

    review(clients[0], "publish")
    assert Project.objects.confirmed().filter(pk=project.pk).exists()
    form = filled_in(clients[0].get(url(Project, "change", project.pk)))
    clients[0].post(url(Project, "change", project.pk), form | {"summary_sv": "Tre filialer öppnades."})

    assert not Project.objects.confirmed().filter(pk=project.pk).exists()


def test_only_those_who_may_change_records_propose_and_only_of_public_ones(staff):
    draft = make_project(state="draft")
    _editor, editing = of(staff, "Editor", "jb-marks")

    assert editing.get(url(Project, "propose", draft.pk)).status_code == 403
    page = shown(editing.get(url(Project, "propose", make_project(**TEXTS).pk)))
    assert not re.search(r'name="(state|slug|withdrawn_on)"', page)

"""Names of colleagues are personal data: staff outside the EU see whose colleague it was, and no name."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils import timezone

from partnership.models import Edition, Merger, Partner, PrivateLink, Proposal, ReviewNote, Revision
from partnership.publishing import AlwaysPublic, Record, State
from partnership.record import discarding, history
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_document, make_newsletter, make_photo, make_project
from tests.partnership.contributions.test_inbox import make_contribution

pytestmark = pytest.mark.django_db
admin.autodiscover()

OURS = [model for model in admin.site._registry if model._meta.app_label in {"partnership", "projects", "visits"}]
NAMES = ("test-publisher", "Zebulon", "Quartermain", "zebulon@")


@pytest.fixture
def colleague(staff):
    return staff("Publisher", first_name="Zebulon", last_name="Quartermain", email="zebulon@example.org")


@pytest.fixture
def rows(colleague, edition):
    """One row of each kind that has a form, on each of which the colleague has worked in every way."""
    make_newsletter(), make_photo(), make_document()
    contribution = make_contribution(taken_by=colleague)
    contribution.messages.create(text="We have read it.", by=colleague, is_from_staff=True)
    QuerySet(Edition).update(by=colleague)
    PrivateLink.objects.create(
        submission=edition.submission, purpose="A secretariat", expires_on=timezone.localdate(), by=colleague
    )
    rows = [row for model in OURS if (row := model._default_manager.first())]
    for row in rows:
        LogEntry.objects.create(
            user=colleague,
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(row)[:200],
            action_flag=CHANGE,
        )
        if isinstance(row, Record):
            ReviewNote.objects.create(
                about="suggestion", model_name=row._meta.model_name, code=row.code, text="Look again", by=colleague
            )
        if isinstance(row, Record | AlwaysPublic) and row._meta.model_name != "statement":
            history.note(row, {}, colleague)
    Revision.objects.update(by=colleague)
    return rows


@pytest.mark.parametrize("role", ["Editor", "Administrator"])
def test_no_page_of_the_admin_names_a_colleague_to_staff_outside_the_eu(role, rows, staff_client, colleague):
    client = staff_client(role, partner=Partner.objects.get(code="jb-marks"))
    project, draft = Project.objects.published().first(), make_project(code="waits", state=State.DRAFT)
    history.note(draft, {}, colleague)
    proposal = Proposal.objects.create(
        model_name="project", code=project.code, by=colleague, content={"summary": {"en": "Another."}}
    )
    discarding.discard(make_project(code="gone", state=State.DRAFT), colleague)
    Merger.objects.create(model_name="project", code="x", into=project.code, by=colleague)
    pages = ["/admin/", "/admin/handbook/", "/admin/review/", "/admin/bin/", f"/admin/review/proposal/{proposal.pk}/"]
    pages += [f"/admin/review/project/{draft.pk}/", "/admin/find/?q=leseding", url(Project, "merge", project.pk)]
    pages += [url(model, "changelist") for model in OURS]
    pages += [url(type(row), page, row.pk) for row in rows for page in ("change", "history", "delete")]
    named = {}

    for page in pages:
        response = client.get(page, follow=True)
        words = (b"".join(response) if response.streaming else response.content).decode(errors="replace")
        if names := [name for name in NAMES if name in words]:
            named[page] = names

    assert named == {}


def test_a_colleague_inside_the_eu_reads_who_did_it(rows, staff_client):
    client = staff_client("Administrator")
    edition = next(row for row in rows if isinstance(row, Edition))

    assert "test-publisher" in client.get(url(Edition, "history", edition.pk)).content.decode()


def test_the_notice_about_an_author_without_address_names_none(colleague, staff_client):
    colleague.email = ""
    colleague.save()
    draft = make_project(state=State.DRAFT)
    history.note(draft, {}, colleague)
    client = staff_client("Administrator", partner=Partner.objects.get(code="jb-marks"))
    address = url(type(draft), "change", draft.pk)

    page = client.post(
        address, filled_in(client.get(address)) | {"comment": "Add a source.", "_return": "1"}, follow=True
    ).content.decode()

    assert "has no e-mail address and has not been told" in page
    assert not [name for name in NAMES if name in page]

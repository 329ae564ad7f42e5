"""The admin: every form opens and saves, and each group may do what it may do."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partnership.award import editions
from partnership.models import (
    Contribution,
    Criterion,
    Document,
    Edition,
    FailedSignIn,
    Follower,
    Newsletter,
    Partner,
    Photo,
    SecurityEvent,
    Source,
    Submission,
)
from partnership.record import history
from partnership.record.schemas import SCHEMAS_BY_MODEL_NAME
from projects.models import Project, Theme
from tests.base import filled_in, url
from tests.factories import make_milestone, make_output, make_project
from visits.models import Visit

pytestmark = pytest.mark.django_db

admin.autodiscover()
OURS = {"partnership", "projects", "visits"}
#: Criteria are typed with their round; editions are frozen; followers come by themselves.
NEVER_TYPED = {Criterion, Edition, Follower}
#: The record that is loaded has none of these; each has tests of its own.
NONE_LOADED = {Photo, Document, Contribution, Newsletter}
#: They come by themselves, too, and have tests of their own.
EVENTS = {FailedSignIn, SecurityEvent}
ADMINS = [model for model in admin.site._registry if model._meta.app_label in OURS and model not in EVENTS]


@pytest.mark.parametrize("model", ADMINS)
def test_every_list_and_form_opens(model, staff_client):
    client = staff_client("Administrator")

    rows = client.get(url(model, "changelist"))
    # Followers are no list: staff see how many there are.
    assert model is Follower or rows.context["cl"].result_count == model._default_manager.count()
    assert client.get(url(model, "changelist"), {"q": "tlokwe"}).status_code == 200
    assert client.get(url(model, "add")).status_code == (403 if model in NEVER_TYPED else 200)
    if record := model._default_manager.first():
        assert client.get(url(model, "change", record.pk)).context["original"] == record


def stored(record) -> tuple[dict, dict]:
    """What the database holds of a record and of its rows, without the number and the time of its last change."""
    values = type(record)._default_manager.filter(pk=record.pk).values().get()
    is_written = record._meta.model_name in SCHEMAS_BY_MODEL_NAME
    return {**values, "version": None, "modified_at": None}, history.snapshot(record) if is_written else {}


@pytest.mark.parametrize("model", [model for model in ADMINS if model not in NONE_LOADED | NEVER_TYPED])
def test_every_form_saves_unchanged(model, staff_client):
    client = staff_client("Administrator")
    record = model._default_manager.first()
    before = stored(record)
    form_page = client.get(url(model, "change", record.pk))

    response = client.post(url(model, "change", record.pk), filled_in(form_page))

    assert response.status_code == 302, response.context["errors"]
    assert stored(record) == before


def test_every_list_runs_few_queries_however_long_it_is(staff_client, django_assert_max_num_queries):
    client = staff_client("Administrator")
    for model in ADMINS:
        with django_assert_max_num_queries(14):
            client.get(url(model, "changelist"))


def test_the_list_of_projects_runs_the_same_few_queries_however_long_it_is(staff_client):
    client = staff_client("Publisher")
    query_counts = []

    for more in (0, 1, 60):
        for _index in range(more):
            make_project(themes=[Theme.objects.first()])
        client.get(url(Project, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(Project, "changelist"))
        query_counts.append(len(queries))

    assert query_counts[0] <= 12
    assert query_counts == [query_counts[0]] * 3


def test_an_editor_writes_a_project_as_a_draft(staff_client):
    client = staff_client("Editor")
    data = filled_in(client.get(url(Project, "add"))) | {
        "code": "test-new",
        "title_sv": "Ett nytt projekt",
        "period": " 2012-03 ",
        "state": "draft",
    }

    client.post(url(Project, "add"), data)

    project = Project.objects.get(code="test-new")
    assert (str(project.period), project.title_sv, project.slug) == ("2012-03", "Ett nytt projekt", "test-new")


def test_an_editor_cannot_publish(staff_client):
    client = staff_client("Editor")
    project = make_project(state="draft")
    data = filled_in(client.get(url(Project, "change", project.pk))) | {"state": "published"}

    response = client.post(url(Project, "change", project.pk), data)

    assert "not one of the available choices" in response.content.decode()
    assert Project.objects.get(pk=project.pk).state == "draft"


def test_an_editor_only_looks_at_what_is_public(staff_client):
    client = staff_client("Editor")
    project = Project.objects.get(code="sipp")

    page = client.get(url(Project, "change", project.pk))

    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert not [formset for formset in page.context["inline_admin_formsets"] if formset.has_change_permission]
    assert client.post(url(Project, "change", project.pk), {"title_en": "x"}).status_code == 403


def test_a_publisher_publishes_and_withdraws(staff_client):
    client = staff_client("Publisher")
    project = make_project(state="draft")

    data = filled_in(client.get(url(Project, "change", project.pk)))
    assert "withdrawn_on" not in data
    assert client.post(url(Project, "change", project.pk), data | {"state": "published"}).status_code == 302
    assert Client(headers={"host": "localhost"}).get(project.get_absolute_url()).status_code == 200

    data = filled_in(client.get(url(Project, "change", project.pk)))
    data |= {"state": "withdrawn", "withdrawn_on": "2026-05-03", "withdrawal_reason_en": "Counted twice"}
    assert client.post(url(Project, "change", project.pk), data).status_code == 302
    assert Client(headers={"host": "localhost"}).get(project.get_absolute_url()).status_code == 410


def test_the_day_of_withdrawal_is_filled_in_and_ends_with_it(staff_client):
    client = staff_client("Publisher")
    project = make_project()
    reason = {"withdrawal_reason_en": "Counted twice"}

    def save(state: str) -> Project:
        data = filled_in(client.get(url(Project, "change", project.pk))) | {"state": state, **reason}
        assert client.post(url(Project, "change", project.pk), data).status_code == 302
        return Project.objects.get(pk=project.pk)

    assert save("withdrawn").withdrawn_on == timezone.localdate()
    assert save("published").withdrawn_on is None


def test_withdrawing_asks_for_a_reason(staff_client):
    client = staff_client("Publisher")
    project = Project.objects.get(code="sipp")
    data = filled_in(client.get(url(Project, "change", project.pk))) | {"state": "withdrawn"}

    response = client.post(url(Project, "change", project.pk), data)

    assert "Say why the record is withdrawn; readers will see it." in response.content.decode()


@pytest.mark.parametrize("group", ["Editor", "Publisher", "Administrator"])
def test_what_was_public_is_deleted_by_nobody(group, staff_client):
    client = staff_client(group)
    project = Project.objects.get(code="sipp")

    assert client.post(url(Project, "delete", project.pk), {"post": "yes"}).status_code == 403
    client.post(url(Project, "changelist"), {"action": "delete_selected", "_selected_action": [project.pk]})

    assert Project.objects.filter(pk=project.pk).exists()


@pytest.mark.parametrize("group", ["Editor", "Publisher"])
def test_only_administrators_see_the_list_of_staff(group, staff_client):
    assert staff_client(group).get(reverse("admin:partnership_user_changelist")).status_code == 403


def test_visitors_get_the_sign_in_page():
    response = Client(headers={"host": "localhost"}).get(url(Project, "changelist"))

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


def test_a_wrong_date_is_explained_beside_its_field_and_nothing_typed_is_lost(staff_client):
    client = staff_client("Editor")
    data = filled_in(client.get(url(Project, "add"))) | {"code": "test-x", "title_en": "Typed", "period": "last spring"}

    page = client.post(url(Project, "add"), data).content.decode()

    field = page[page.index('name="period"') - 900 : page.index('name="period"') + 200]
    assert "This is not understood as a date. Write it like 12 May 2014" in field
    assert 'value="last spring"' in field
    assert 'value="Typed"' in page


def test_the_forms_say_which_language_a_field_is_in_side_by_side(staff_client):
    page = staff_client("Editor").get(url(Project, "add")).content.decode()

    row = page[page.index("Title (English)") : page.index("Title (English)") + 1500]
    assert "Title (Swedish)" in row


def test_who_may_only_look_is_told_the_languages_too(staff_client):
    page = staff_client("Editor").get(url(Project, "change", Project.objects.get(code="sipp").pk)).content.decode()

    assert page.count("Title (English)") == 1
    assert page.count("Title (Swedish)") == 1


def test_the_admin_speaks_swedish(staff):
    client = Client(headers={"host": "localhost", "accept-language": "sv"})
    client.force_login(staff("Editor"))

    page = client.get(url(Project, "add")).content.decode()

    assert "Redaktionen" in page
    assert "Titel (svenska)" in page


def test_the_form_of_an_edition_speaks_swedish(staff_client):
    edition = editions.freeze(Submission.objects.get(), None)

    page = staff_client("Publisher").get(url(Edition, "change", edition.pk), headers={"accept-language": "sv"})

    labels = [
        " ".join(label.split()) for label in re.findall(r"<label>(.*?)</label>", page.content.decode(), re.DOTALL)
    ]
    assert labels[:3] == ["Tävlingsbidrag:", "Utgåvans nummer:", "Gjord:"]


@pytest.mark.parametrize("name", ["Potchefstroom", "NW405", "tlokwe", "Växjö"])
def test_any_name_a_body_ever_had_finds_it(name, staff_client):
    results = (
        staff_client("Editor")
        .get(
            reverse("admin:autocomplete"),
            {"term": name, "app_label": "projects", "model_name": "participation", "field_name": "partner"},
        )
        .json()
    )

    assert results["results"], name


def test_a_body_found_by_a_former_name_is_offered_with_that_name(staff_client):
    client = staff_client("Editor")

    def offered(term: str) -> list[str]:
        query = {"term": term, "app_label": "visits", "model_name": "visit", "field_name": "hosts"}
        return [result["text"] for result in client.get(reverse("admin:autocomplete"), query).json()["results"]]

    assert "Tlokwe City Council" in offered("tlokwe")
    assert any(re.fullmatch(r"Tlokwe City Council \(.*Potchefstroom.*\)", text) for text in offered("potchefstroom"))


# Preview


@pytest.mark.parametrize("model", [Project, Visit, Source, Partner])
def test_a_draft_is_previewed_as_its_page_with_a_bar(model, staff_client):
    record = model.objects.first()
    model.objects.filter(pk=record.pk).update(state="draft")

    response = staff_client("Editor").get(url(model, "preview", record.pk))

    page = response.content.decode()
    assert "Draft. Not visible to the public." in page
    assert "<main" in page
    assert "no-store" in response["Cache-Control"]
    assert 'name="robots" content="noindex"' in page


def test_drafts_without_a_page_of_their_own_are_previewed_where_they_will_stand(staff_client):
    client = staff_client("Editor")
    milestone = make_milestone(state="draft", title_en="A point in time")
    output = make_output(make_project(state="draft"), state="draft", text_en="Something came of it")

    assert "A point in time" in client.get(url(type(milestone), "preview", milestone.pk)).content.decode()
    assert "Something came of it" in client.get(url(type(output), "preview", output.pk)).content.decode()


def test_a_visitor_cannot_preview():
    project = make_project(state="draft", title_en="Hidden")

    response = Client(headers={"host": "localhost"}).get(url(Project, "preview", project.pk))

    assert response.status_code == 302
    assert b"Hidden" not in response.content


def test_a_published_record_links_to_its_page_and_a_draft_does_not(staff_client):
    client = staff_client("Publisher")
    public, draft = Project.objects.get(code="sipp"), make_project(state="draft")

    assert "View on site" in client.get(url(Project, "change", public.pk)).content.decode()
    assert "View on site" not in client.get(url(Project, "change", draft.pk)).content.decode()

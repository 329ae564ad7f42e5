"""Dates and numbers in the admin: said back while typed and after saving, asked about, chosen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from partnership.models import Source
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_project, make_visit

pytestmark = pytest.mark.django_db


def change(client, record, **values):
    address = url(type(record), "change", record.pk)
    return client.post(address, filled_in(client.get(address)) | values, follow=True)


def test_what_was_typed_is_kept_as_understood_and_said_back_after_saving(staff_client):
    visit = make_visit(state="draft")

    page = change(staff_client("Editor"), visit, period="v. 33 2012", _continue="1").content.decode()

    visit.refresh_from_db()
    assert (str(visit.period), visit.earliest.isoformat(), visit.latest.isoformat()) == (
        "2012-W33",
        "2012-08-13",
        "2012-08-19",
    )
    assert "<strong>week 33 of 2012 (13–19 August)</strong>" in page


def test_a_stored_date_is_saved_again_unchanged(staff_client):
    visit = make_visit(state="draft", period="[2011..2013]", delegates=6, delegates_high=8, purpose_en="First")

    change(staff_client("Editor"), visit, purpose_en="Second")

    visit.refresh_from_db()
    assert (str(visit.period), visit.delegates, visit.delegates_high) == ("[2011..2013]", 6, 8)
    assert visit.purpose_en == "Second"


def test_a_date_with_two_readings_is_asked_about_and_the_chosen_one_kept(staff_client):
    client, visit = staff_client("Editor"), make_visit(state="draft")

    page = change(client, visit, period="05/03/2012").content.decode()

    assert "This can be read in more than one way. Choose what is meant." in page
    assert "“05/03/2012” means" in page
    visit.refresh_from_db()
    assert str(visit.period) == ""

    change(client, visit, period="05/03/2012", period_reading="=2012-05-03")

    visit.refresh_from_db()
    assert str(visit.period) == "2012-05-03"


def test_a_visit_to_come_is_asked_about_and_a_project_is_not(staff_client):
    client, visit, project = staff_client("Editor"), make_visit(state="draft"), make_project(state="draft")

    page = change(client, visit, period="December 2027").content.decode()
    change(client, project, period="December 2027")

    project.refresh_from_db()
    assert "The visit begins on 1 December 2027, which has not come yet. Is it announced or planned?" in page
    assert str(project.period) == "2027-12"


@pytest.mark.parametrize(("typed", "numbers"), [("6–8", (6, 8)), ("7", (7, None)), ("", (None, None))])
def test_how_many_travelled_may_be_a_range(staff_client, typed, numbers):
    visit = make_visit(state="draft", delegates=3, delegates_high=4)

    change(staff_client("Editor"), visit, delegates=typed)

    visit.refresh_from_db()
    assert (visit.delegates, visit.delegates_high) == numbers


def test_a_published_range_changes_only_with_a_reason(staff_client):
    visit = make_visit(delegates=6, period="2012")

    page = change(staff_client("Publisher"), visit, delegates="6–8").content.decode()

    visit.refresh_from_db()
    assert "A published figure changes. Say why; readers will see it." in page
    assert visit.delegates_high is None


@pytest.mark.parametrize(
    ("typed", "currency", "budget"),
    [
        ("R 650 000", "", (650_000, "ZAR")),
        ("650 000 kr", "SEK", (650_000, "SEK")),
        ("1,200,000", "EUR", (1_200_000, "EUR")),
    ],
)
def test_a_sum_is_read_with_its_currency(staff_client, typed, currency, budget):
    project = make_project(state="draft")

    change(staff_client("Editor"), project, budget_amount=typed, budget_currency=currency)

    project.refresh_from_db()
    assert (project.budget_amount, project.budget_currency) == budget


def test_a_sum_in_another_currency_than_chosen_is_asked_about(staff_client):
    project = make_project(state="draft")

    page = change(staff_client("Editor"), project, budget_amount="R 650 000", budget_currency="SEK").content.decode()

    assert "The sum is written in another currency. Which holds?" in page
    assert Project.objects.get(pk=project.pk).budget_amount is None


def test_a_source_may_be_in_any_language(staff_client):
    page = staff_client("Editor").get(url(Source, "add")).content.decode()

    assert '<option value="fr">French (fr)</option>' in page
    assert page.index('value="sv">Swedish') < page.index('value="fr">French')


def test_the_script_gets_the_lines_that_the_page_would_show(staff_client):
    client = staff_client("Editor")

    understood = client.get(reverse("admin:read"), {"kind": "period", "name": "period", "text": "våren 2012"})
    ambiguous = client.get(reverse("admin:read"), {"kind": "number", "name": "delegates", "text": "12,000"})
    refused = client.get(reverse("admin:read"), {"kind": "period", "name": "period", "text": "x" * 5000})

    assert "<strong>spring 2012 (March–May)</strong>" in understood.content.decode()
    assert 'name="delegates_reading" value="=12000-12000"' in ambiguous.content.decode()
    assert "This is too long to be a single value." in refused.content.decode()


def test_only_staff_are_told_what_a_text_is_read_as(client):
    response = client.get(reverse("admin:read"), {"kind": "period", "text": "2012"}, headers={"host": "localhost"})

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")

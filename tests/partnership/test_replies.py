"""A partner replies to a published fact: readers see the reply beside it, with its day; it changes no fact."""

from __future__ import annotations

import csv
import datetime
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from partnership.award import dossier
from partnership.models import Partner, Revision, Statement, Submission
from partnership.record.confirmations import CONFIRMABLE, content_digest, lapse_within
from projects.models import Project, ProjectReply
from tests.base import fetch, filled_in, url
from tests.factories import make_output, make_partner, make_project, make_visit
from visits.models import VisitReply

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 5)


def reply(record, about: str = "", **values):
    values = {"partner": make_partner(name_en="Tlokwe City Council"), "text_en": "We were nine.", **values}
    return record.replies.create(**{"about": about, "given_on": DAY, **values})


def beside(page: str, term: str) -> str:
    """What stands beside a fact of a page, by its name."""
    return page.partition(f"<dt>{term}</dt>")[2].partition('<dd class="e">')[2].partition("</dd>")[0]


def test_a_reply_stands_beside_the_fact_that_it_answers():
    visit = make_visit(delegates=7, period="2012")
    reply(visit, "delegates", text_sv="Vi var nio.")

    english, swedish = fetch(f"/en/visits/{visit.slug}/").html, fetch(f"/sv/besok/{visit.slug}/").html

    assert "Tlokwe City Council replies, 5 March 2026:" in " ".join(beside(english, "Delegates").split())
    assert "We were nine." in beside(english, "Delegates")
    assert "We were nine." not in beside(english, "Date")
    assert "svarar den 5 mars 2026:" in swedish
    assert "Vi var nio." in swedish


def test_what_answers_no_fact_of_the_record_stands_with_its_text():
    project = make_project(summary_en="First. Then more.")
    for number, about in enumerate(("", "budget", "goals")):
        reply(project, about, text_en=f"Answer {number}.")
    output = make_output(project)
    reply(output, text_en="That was ours.")

    page = fetch(f"/en/projects/{project.slug}/").html

    assert [page.count(f"Answer {number}.") for number in range(3)] == [1, 1, 1]
    assert page.count("That was ours.") == 1


def test_claims_show_the_replies_to_each_statement():
    statement = Statement.objects.filter(claim__state="published", state="published").first()
    reply(statement, text_en="We count otherwise.")

    assert fetch("/en/claims/").html.count("We count otherwise.") == 1


def test_dossier_and_criteria_show_the_replies_beside_what_they_answer():
    statement = Statement.objects.get(code="visits-2018")
    reply(statement, text_en="We count otherwise.")
    submission = Submission.objects.get(code="platforma-2018")
    project = make_project()
    project.criteria.add(submission.round.criteria.first())
    reply(project, text_en="It was ours.", partner=Partner.objects.get(code="vaxjo"))

    criteria = fetch(f"/en/dossier/{submission.slug}/criteria/").html
    content = dossier.content_of(submission, "en")
    rows = [
        row for section in content["sections"] for claim in section.get("claims", ()) for row in claim["statements"]
    ]

    assert (criteria.count("We count otherwise."), criteria.count("It was ours.")) == (1, 1)
    told = [row["replies"] for row in rows if "replies" in row]
    assert told == [["Tlokwe City Council replies, 5 March 2026: We count otherwise."]]
    assert "We count otherwise." in fetch(f"/en/dossier/{submission.slug}/").html


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_the_reply_of_a_body_that_readers_may_not_see_is_not_shown(state):
    project = make_project()
    reply(project, partner=make_partner(state=state, withdrawal_reason_en="Not ours"), text_en="Unseen words.")

    project_page = f"/en/projects/{project.slug}"
    for address in (f"{project_page}/", f"{project_page}.json", "/data/replies.json", "/data/replies.csv"):
        response = Client(headers={"host": "localhost"}).get(address)
        assert response.status_code == 200, address
        assert b"Unseen words." not in response.getvalue(), address


def test_replies_are_a_table_of_the_data_and_part_of_their_record():
    visit = make_visit()
    partner = make_partner(code="tlokwe-again")
    reply(visit, "delegates", partner=partner)

    content = Client(headers={"host": "localhost"}).get("/data/replies.csv").getvalue().decode()
    rows = [row for row in csv.DictReader(StringIO(content)) if row["partner"] == partner.code]

    assert rows == [
        {
            "table": "visits",
            "record": visit.code,
            "about": "delegates",
            "partner": "tlokwe-again",
            "given_on": "2026-03-05",
            "text_en": "We were nine.",
            "text_sv": "",
        }
    ]


def test_a_reply_lifts_no_confirmation():
    project = make_project()
    partner = make_partner()
    project.confirmations.create(country="SE", partner=partner, digest=content_digest(project))

    reply(project, "period")

    assert lapse_within(project) == 0
    assert project.confirmations.standing().exists()


def test_nobody_replies_on_a_day_that_has_not_come_nor_without_words():
    partner, tomorrow = make_partner(), timezone.localdate() + datetime.timedelta(days=2)
    for row in (
        ProjectReply(project=make_project(), partner=partner, given_on=tomorrow, text_en="Too early"),
        VisitReply(visit=make_visit(), partner=partner, given_on=DAY),
    ):
        with pytest.raises(ValidationError):
            row.full_clean()


def test_a_publisher_writes_a_reply_down_and_readers_see_it_among_the_changes(staff_client):
    project, partner = make_project(), make_partner()
    client, address = staff_client("Publisher"), url(Project, "change", project.pk)
    row = {"partner": str(partner.pk), "about": "name", "given_on": "2026-03-05", "text_sv": "Vårt namn var ett annat."}
    data = filled_in(client.get(address)) | {f"replies-0-{name}": value for name, value in row.items()}

    response = client.post(address, data | {"replies-TOTAL_FORMS": "1"})

    assert response.status_code == 302
    revision = Revision.objects.of(project).first()
    assert (revision.fields, revision.is_public) == (["replies"], True)
    assert "Vårt namn var ett annat." in fetch(f"/sv/projekt/{project.slug}/").html


@pytest.mark.parametrize("model", CONFIRMABLE)
def test_what_a_partner_can_confirm_it_can_reply_to(model):
    assert hasattr(model, "replies")

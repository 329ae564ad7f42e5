"""Two colleagues in one record at the same time: two sessions, each with its own form."""

from __future__ import annotations

import pytest
from django.test import Client

from partnership.models import Partner, Revision
from partnership.staff.conflicts import both_texts, marked
from projects.models import Project, ProjectCitation
from tests.base import filled_in, url
from tests.factories import make_partner, make_project, make_source, make_visit
from visits.models import Visit


@pytest.fixture
def colleagues(staff):
    """Two publishers, one of each side, each with a browser."""

    def sign_in(group: str, partner: str) -> Client:
        client = Client(headers={"host": "localhost", "accept-language": "en"})
        client.force_login(staff(group, partner=Partner.objects.get(code=partner)))
        return client

    return sign_in("Publisher", "vaxjo"), sign_in("Administrator", "jb-marks")


@pytest.fixture
def project(db) -> Project:
    return make_project(
        state="draft", code="choir", title_en="Choir", title_sv="Kör", period="2012", summary_en="They sang in town."
    )


def opened(client: Client, record) -> dict[str, object]:
    return filled_in(client.get(url(type(record), "change", record.pk)))


def save(client: Client, record, data: dict[str, object], **values: object):
    return client.post(url(type(record), "change", record.pk), {**data, **values})


def words(response) -> str:
    return response.content.decode()


def test_changes_of_different_fields_both_stand(colleagues, project):
    first, second = colleagues
    theme = make_partner()
    mine, theirs = opened(first, project), opened(second, project)
    row = {"participations-TOTAL_FORMS": "1", "participations-0-partner": theme.pk, "participations-0-role": "partner"}
    assert save(second, project, theirs, title_sv="Körer", period="2013", **row).status_code == 302

    response = first.post(url(Project, "change", project.pk), mine | {"summary_en": "They sang."}, follow=True)

    project.refresh_from_db()
    assert (project.title_sv, str(project.period), project.summary_en) == ("Körer", "2013", "They sang.")
    assert project.participations.count() == 1
    assert "Meanwhile JB Marks changed other fields" in words(response)
    assert "Kör → Körer" in words(response)
    assert Revision.objects.of(project).count() == 3


def test_the_same_field_is_shown_side_by_side_and_nothing_is_chosen_beforehand(colleagues, project):
    first, second = colleagues
    mine, theirs = opened(first, project), opened(second, project)
    save(second, project, theirs, summary_en="They sang in the old town.", title_sv="Körer")

    response = save(first, project, mine, summary_en="They sang and danced in town.", note_en="Typed")

    page = words(response)
    assert "Two have written in the same field" in page
    assert "They sang<ins> and danced</ins> in town." in page
    assert "They sang in the<ins> old</ins> town." not in page  # “the old” is new as a whole
    assert "They sang and danced in the old town." in page
    assert 'value="mine" checked' not in page
    assert 'value="theirs" checked' not in page
    # What the colleague alone changed is joined already, and what was typed besides is still there.
    assert 'value="Körer"' in page
    assert "Typed" in page
    project.refresh_from_db()
    assert project.summary_en == "They sang in the old town."


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ("mine", "They sang and danced."),
        ("theirs", "They sang at school."),
        ("both", "They sang and danced at school."),
    ],
)
def test_what_is_chosen_stands(chosen, text, colleagues, project):
    first, second = colleagues
    mine, theirs = opened(first, project), opened(second, project)
    save(second, project, theirs, summary_en="They sang at school.", title_sv="Körer")
    data = mine | {"summary_en": "They sang and danced."}
    again = filled_in(save(first, project, data))

    answer = {"chosen-summary_en": chosen, "both-summary_en": "They sang and danced at school."}
    response = save(first, project, again, **answer)

    assert response.status_code == 302
    project.refresh_from_db()
    assert (project.summary_en, project.title_sv) == (text, "Körer")


def test_who_chooses_nothing_is_asked_again(colleagues, project):
    first, second = colleagues
    mine, theirs = opened(first, project), opened(second, project)
    save(second, project, theirs, title_en="Choirs")
    again = filled_in(save(first, project, mine, title_en="A choir"))

    assert "Choose what holds" in words(save(first, project, again))

    project.refresh_from_db()
    assert project.title_en == "Choirs"


def test_a_choice_between_older_words_does_not_hold_for_newer_ones(colleagues, project):
    first, second = colleagues
    mine, theirs = opened(first, project), opened(second, project)
    save(second, project, theirs, title_en="Choirs")
    again = filled_in(save(first, project, mine, title_en="A choir"))
    save(second, project, opened(second, project), title_en="Two choirs")

    response = save(first, project, again, **{"chosen-title_en": "mine"})

    assert "Two choirs" in words(response)
    project.refresh_from_db()
    assert project.title_en == "Two choirs"


def test_numbers_dates_and_lists_are_compared_as_what_they_mean(colleagues, db):
    first, second = colleagues
    host = make_partner()
    visit = make_visit(state="draft", period="2012-03", delegates=4)
    mine, theirs = opened(first, visit), opened(second, visit)
    save(second, visit, theirs, delegates="5–6", hosts=[host.pk])

    # The same month in other words is no change.
    response = save(first, visit, mine, period="March 2012", purpose_en="To learn")

    assert response.status_code == 302
    visit = Visit.objects.get(pk=visit.pk)
    assert (visit.delegates, visit.delegates_high, str(visit.period)) == (5, 6, "2012-03")
    assert list(visit.hosts.all()) == [host]
    assert visit.purpose_en == "To learn"


def test_rows_are_joined_one_by_one(colleagues, project):
    first, second = colleagues
    first_row, changed, gone = (
        project.citations.get(),
        *(ProjectCitation.objects.create(project=project, source=make_source()) for _row in range(2)),
    )
    project.save()
    save(first, project, opened(first, project), note_en="A version with these rows")
    mine, theirs = opened(first, project), opened(second, project)
    save(second, project, theirs, **{"citations-1-locator": "p. 4", "citations-2-DELETE": "on"})

    response = save(first, project, mine, **{"citations-0-locator": "p. 1", "summary_en": "Anew"})

    assert response.status_code == 302, response.context["errors"]
    rows = {row.source_id: row.locator for row in project.citations.all()}
    assert rows == {first_row.source_id: "p. 1", changed.source_id: "p. 4"}
    assert gone.source_id not in rows


def test_a_row_that_both_have_changed_is_asked_about(colleagues, project):
    first, second = colleagues
    save(first, project, opened(first, project), note_en="A version")
    mine, theirs = opened(first, project), opened(second, project)
    save(second, project, theirs, **{"citations-0-locator": "p. 4"})

    question = save(first, project, mine, **{"citations-0-locator": "p. 7"})

    assert "Two have changed the same row" in words(question)
    answer = {"chosen-citations-0": "theirs"}
    assert save(first, project, filled_in(question), **answer).status_code == 302
    assert project.citations.get().locator == "p. 4"


@pytest.mark.parametrize(
    ("before", "mine", "theirs", "both"),
    [
        ("A choir sang.", "A small choir sang.", "A choir sang twice.", "A small choir sang twice."),
        ("A choir sang.", "A choir danced.", "A choir played.", "A choir danced. A choir played."),
        ("", "Mine", "Theirs", "Mine Theirs"),
    ],
)
def test_two_texts_are_joined_where_their_changes_lie_apart(before, mine, theirs, both):
    assert both_texts(before, mine, theirs) == both


def test_what_is_marked_is_escaped():
    assert marked("A", "A <b>") == "A<ins> &lt;b&gt;</ins>"

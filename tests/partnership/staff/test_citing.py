"""Sources in the form that needs them: one on file is offered for use, a new one is made with the record."""

from __future__ import annotations

import re

import pytest

from partnership.fields.codes import language_choices
from partnership.models import Revision, Source
from projects.models import Output, Project
from tests.base import filled_in, url
from tests.factories import make_source, make_visit
from visits.models import Visit

NEW = {"title": "Reserapport", "publisher": "Växjö kommun", "language": "sv", "grade": "partner"}


def add_visit(client, **source: str):
    data = filled_in(client.get(url(Visit, "add"))) | {"period": "2012"}
    return client.post(url(Visit, "add"), data | {f"citations-0-{name}": value for name, value in source.items()})


def new(**changed: str) -> dict[str, str]:
    return {f"new_{name}": value for name, value in (NEW | changed).items()}


def test_a_new_source_is_saved_with_the_visit_that_cites_it(staff_client):
    response = add_visit(staff_client("Editor"), about="period", **new(published="maj 2012"))

    assert response.status_code == 302
    citation = Visit.objects.latest("pk").citations.get()
    source = citation.source
    assert (source.title, source.code, source.state) == ("Reserapport", "reserapport", "draft")
    assert (str(source.published), citation.about) == ("2012-05", "period")
    assert Revision.objects.of(source).get().action == "created"


@pytest.mark.parametrize("typed", [{"url": "https://example.org/rapport"}, NEW])
def test_what_is_on_file_is_offered_for_use_at_once(typed, staff_client):
    source = make_source(title="Reserapport", publisher="Växjö kommun", url="https://example.org/rapport/")
    row = {f"new_{name}": value for name, value in typed.items()}
    client = staff_client("Editor")

    response = add_visit(client, **row)

    page = response.content.decode()
    assert "This source is on file. Is it this one?" in page
    assert f'value="{source.pk}"' in page
    assert add_visit(client, **row, match=str(source.pk)).status_code == 302
    assert Visit.objects.latest("pk").citations.get().source == source
    assert Source.objects.filter(title="Reserapport").count() == 1


def test_another_one_of_the_same_title_is_made(staff_client):
    make_source(title="Reserapport", publisher="Växjö kommun")

    assert add_visit(staff_client("Editor"), **new(), match="new").status_code == 302

    assert sorted(Source.objects.filter(title="Reserapport").values_list("code", flat=True))[0] == "reserapport"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"publisher": ""}, "new_publisher"),
        ({"language": ""}, "new_language"),
        ({"published": "nonsense"}, "new_published"),
    ],
)
def test_what_a_new_source_lacks_is_said_beside_its_field_and_nothing_is_lost(changed, field, staff_client):
    response = add_visit(staff_client("Editor"), **new(**changed))

    rows = response.context["inline_admin_formsets"]
    errors = [form.errors for inline in rows for form in inline.formset.forms if form.errors]
    assert [list(error) for error in errors] == [[field]]
    assert "Reserapport" in response.content.decode()
    assert not Source.objects.filter(title="Reserapport").exists()


def test_the_language_that_was_chosen_stays_chosen_when_something_else_is_amiss(staff_client):
    page = add_visit(staff_client("Editor"), **new(language="de", published="nonsense")).content.decode()

    select = re.search(r'<select[^>]*name="citations-0-new_language"[^>]*>(.*?)</select>', page, re.DOTALL)[1]
    assert re.findall(r'value="([^"]*)" selected>([^<]*)', select) == [("de", "German (de)")]


def test_a_row_more_costs_no_template_for_each_of_the_languages(staff_client):
    """Each row of sources offers all languages; a template for each took seconds."""
    visit, client = make_visit(), staff_client("Editor")
    before = client.get(url(Visit, "change", visit.pk)).templates
    visit.citations.create(source=make_source(), about="purpose")

    assert len(client.get(url(Visit, "change", visit.pk)).templates) - len(before) < len(language_choices()) / 2


def test_one_new_source_for_two_facts_is_made_once(staff_client):
    client = staff_client("Editor")
    data = filled_in(client.get(url(Visit, "add"))) | {"period": "2012", "citations-TOTAL_FORMS": "2"}
    for row, about in enumerate(["period", "purpose"]):
        data |= {f"citations-{row}-{name}": value for name, value in new().items()} | {f"citations-{row}-about": about}

    assert client.post(url(Visit, "add"), data).status_code == 302

    assert Visit.objects.latest("pk").citations.count() == 2
    assert Source.objects.filter(title="Reserapport").count() == 1


def test_one_source_is_not_cited_twice_for_one_fact(staff_client):
    source, client = make_source(), staff_client("Editor")
    data = filled_in(client.get(url(Visit, "add"))) | {"period": "2012", "citations-TOTAL_FORMS": "2"}
    data |= {f"citations-{row}-source": source.pk for row in (0, 1)} | {"citations-0-about": "period"}

    twice = client.post(url(Visit, "add"), data | {"citations-1-about": "period"})
    for_two_facts = client.post(url(Visit, "add"), data | {"citations-1-about": "purpose"})

    assert twice.status_code == 200
    assert "This source is already cited here for the same thing." in twice.content.decode()
    assert for_two_facts.status_code == 302
    assert Visit.objects.latest("pk").citations.count() == 2


def test_who_may_only_look_sees_the_sources_and_no_form(staff_client):
    visit = Visit.objects.get(code="2011-11-library-sweden")

    page = staff_client("Editor").get(url(Visit, "change", visit.pk)).content.decode()

    assert visit.citations.first().source.title in page
    assert "new_title" not in page


def test_an_output_cites_sources_of_the_form_of_its_project_by_their_numbers(staff_client):
    client = staff_client("Editor")
    on_file = make_source()
    data = filled_in(client.get(url(Project, "add"))) | {"title_sv": "Körutbyte", "citations-TOTAL_FORMS": "2"}
    data |= {"citations-0-source": on_file.pk} | {f"citations-1-{name}": value for name, value in new().items()}
    row = {"kind": "hard", "side": "sweden", "state": "draft", "text_sv": "En sångbok", "cites": "1 och 2"}
    data |= {"outputs-TOTAL_FORMS": "1"} | {f"outputs-0-{name}": value for name, value in row.items()}

    wrong = client.post(url(Project, "add"), data | {"outputs-0-cites": "3"})
    response = client.post(url(Project, "add"), data)

    assert "There is no source number 3 in this form." in wrong.content.decode()
    assert response.status_code == 302
    output = Output.objects.get(text_sv="En sångbok")
    assert [row.source.title for row in output.citations.all()] == [on_file.title, "Reserapport"]

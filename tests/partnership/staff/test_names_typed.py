"""Without script a record is chosen by typing its name or code; nothing is guessed."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partnership.models import FormDraft, Partner, PartnerName, Proposal, User
from partnership.record import discarding
from projects.models import Output, Project, Theme
from tests.base import filled_in, url
from tests.factories import make_partner, make_project, make_source, make_theme
from visits.models import Visit

pytestmark = pytest.mark.django_db


def add_visit(client, **typed):
    data = filled_in(client.get(url(Visit, "add"))) | {"period": "2012"}
    return client.post(url(Visit, "add"), data | typed)


def change_project(client, project, **typed):
    return client.post(
        url(Project, "change", project.pk), filled_in(client.get(url(Project, "change", project.pk))) | typed
    )


def errors_of(response) -> list[str]:
    forms = [response.context["adminform"].form]
    forms += [form for inline in response.context["inline_admin_formsets"] for form in inline.formset.forms]
    return [str(error) for form in forms for errors in form.errors.values() for error in errors]


@pytest.mark.parametrize("name", ["Reserapport från Växjö", "  RESERAPPORT  från VÄXJÖ ", "rapport-2012"])
def test_a_source_on_file_is_cited_by_its_title_or_code(name, staff_client):
    source = make_source(title="Reserapport från Växjö", code="rapport-2012")

    response = add_visit(staff_client("Editor"), **{"citations-0-source-name": name, "citations-0-about": "period"})

    assert response.status_code == 302
    assert Visit.objects.latest("pk").citations.get().source == source


def test_a_code_means_its_own_record(staff_client):
    source = make_source(title="Reserapport", code="rapport-2012")
    make_source(title="rapport-2012", code="another")

    add_visit(staff_client("Editor"), **{"citations-0-source-name": "rapport-2012"})

    assert Visit.objects.latest("pk").citations.get().source == source


def test_of_several_with_that_title_the_codes_are_named(staff_client):
    make_source(title="Reserapport", code="rapport-1")
    make_source(title="Reserapport", code="rapport-2")
    count = Visit.objects.count()

    response = add_visit(staff_client("Editor"), **{"citations-0-source-name": "Reserapport"})

    [error] = errors_of(response)
    assert error.endswith("Reserapport (rapport-1), Reserapport (rapport-2). Write the code.")
    page = response.content.decode()
    assert re.search(r'<input type="text"[^>]* name="citations-0-source-name" value="Reserapport"', page)
    assert Visit.objects.count() == count


def test_part_of_a_title_is_no_title_and_stays_in_the_field(staff_client):
    make_source(title="Reserapport från Växjö")
    client = staff_client("Editor")
    client.cookies["django_language"] = "sv"

    response = add_visit(client, **{"citations-0-source-name": "<Reserapport>"})

    assert errors_of(response) == ["Ingen post bland källor har namnet eller koden ”<Reserapport>”."]
    assert 'value="&lt;Reserapport&gt;"' in response.content.decode()
    assert '<label for="id_citations-0-source-name">Källa, med namn eller kod</label>' in response.content.decode()


def test_what_lies_in_the_bin_has_no_name(staff_client):
    discarding.discard(make_source(title="Reserapport", state="draft"), None)

    response = add_visit(staff_client("Editor"), **{"citations-0-source-name": "Reserapport"})

    assert errors_of(response) == ["No record among the sources has the name or code “Reserapport”."]


def test_a_record_that_must_be_chosen_can_be_typed(staff_client):
    project = make_project(title_en="Reading here")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Output, "add"))) | {
        "kind": "hard",
        "text_en": "A shelf.",
        "project-name": "reading here",
    }

    response = client.post(url(Output, "add"), data)

    assert response.status_code == 302, errors_of(response)
    assert Output.objects.latest("pk").project == project


def test_a_like_project_is_named_where_its_partner_is_typed(staff_client):
    partner = make_partner(name_en="Library of the north")
    make_project(title_en="Reading for children", period="2012", partners=[partner])
    client = staff_client("Editor")
    rows = {"participations-TOTAL_FORMS": "1", "participations-0-partner-name": "library of the north"}
    data = filled_in(client.get(url(Project, "add"))) | {"title_en": "Reading for elders", "period": "2012"} | rows

    errors = errors_of(client.post(url(Project, "add"), data))

    assert any("Reading for children" in error for error in errors), errors


def test_several_themes_are_added_to_those_that_are_chosen(staff_client):
    chosen, *others = (make_theme(name_en=name) for name in ("Water here", "Fire; and earth", "Air here", "Ice here"))
    project = make_project(themes=[chosen])

    response = change_project(
        staff_client("Publisher"), project, **{"themes-name": f"Fire; and earth\r\nair HERE; {others[2].code};\r\n"}
    )

    assert response.status_code == 302
    assert set(project.themes.all()) == {chosen, *others}


def test_where_one_of_several_is_not_known_none_is_chosen_and_all_stay_in_the_field(staff_client):
    make_theme(name_en="Air here")
    project = make_project()

    response = change_project(staff_client("Publisher"), project, **{"themes-name": "Air here\nNowhere"})

    assert errors_of(response) == ["No record among the themes has the name or code “Nowhere”."]
    assert ">\nAir here\nNowhere</textarea>" in response.content.decode()
    assert not project.themes.exists()


def test_a_partner_takes_part_by_a_name_that_it_had(staff_client):
    partner = make_partner(name_en="Library of the north")
    PartnerName.objects.create(partner=partner, name_sv="Gamla biblioteket", name_en="Old library")
    project = make_project()
    count = project.participations.count()
    row = {"participations-TOTAL_FORMS": str(count + 1), f"participations-{count}-partner-name": "gamla biblioteket"}
    row[f"participations-{count}-role"] = project.participations.model._meta.get_field("role").choices[0][0]

    response = change_project(staff_client("Publisher"), project, **row)

    assert response.status_code == 302, errors_of(response)
    assert project.participations.filter(partner=partner).exists()


def test_the_hosts_of_a_visit_are_ticked_and_typed(staff_client):
    host, other = Partner.objects.published().formal().current()[0], make_partner(name_en="Library of the north")

    add_visit(staff_client("Editor"), hosts=[str(host.pk)], **{"hosts-name": "Library of the North"})

    assert set(Visit.objects.latest("pk").hosts.all()) == {host, other}


def test_the_partner_of_an_account_is_typed(staff_client):
    partner = make_partner(name_en="Library of the north")
    client = staff_client("Administrator")
    data = {"username": "ada", "email": "ada@example.org", "role": "1", "partner-name": "library of the north"}

    response = client.post(url(User, "add"), filled_in(client.get(url(User, "add"))) | data)

    assert response.status_code == 302, errors_of(response)
    assert User.objects.get(username="ada").partner == partner


def test_a_form_put_aside_keeps_what_was_typed(staff_client):
    source = make_source(title="Reserapport")
    client = staff_client("Editor")

    typed = {"citations-0-source-name": "Reserapport", "projects-name": "Nowhere"}
    add_visit(client, _later="1", **typed)

    assert typed.items() <= dict(FormDraft.objects.get().fields).items()
    page = client.get(url(Visit, "add"), {"kept": "1"}).content.decode()
    assert f'<option value="{source.pk}" selected>' in page
    assert ">\nNowhere</textarea>" in page


def test_a_proposal_takes_a_name(staff_client):
    theme, project = make_theme(name_en="Air here"), make_project(state="published")
    client = staff_client("Editor")
    address = url(Project, "propose", project.pk)

    client.post(address, filled_in(client.get(address)) | {"themes-name": "Air here"})

    assert theme.code in Proposal.objects.get().content["themes"]
    assert f'<option value="{theme.pk}" selected>' in client.get(address).content.decode()


def test_who_types_nothing_asks_nothing_of_the_database(staff_client):
    """And one reading of the names is enough for all rows and all checks of a form."""
    source = make_source(title="Reserapport")
    client = staff_client("Editor")
    data = filled_in(client.get(url(Visit, "add"))) | {"period": "nonsense", "citations-TOTAL_FORMS": "3"}
    names = {f"citations-{row}-source-name": source.title for row in range(3)}

    lists = []
    for typed in ({}, names):
        with CaptureQueriesContext(connection) as queries:
            client.post(url(Visit, "add"), data | typed)
        sources = [query["sql"] for query in queries if '"partnership_source"."title"' in query["sql"]]
        lists.append(len([query for query in sources if not re.search(r'"id" (=|IN) ', query)]))

    assert lists == [0, 1]


def test_an_empty_row_for_a_new_citation_stays_empty(staff_client):
    assert add_visit(staff_client("Editor"), **{"citations-0-source-name": "  "}).status_code == 302
    assert not Visit.objects.latest("pk").citations.exists()


def test_no_list_of_records_is_in_the_page(staff_client):
    make_theme(name_en="Air here")

    assert "Air here" not in staff_client("Editor").get(url(Project, "add")).content.decode()


def test_the_field_is_read_without_script_alone(staff_client):
    page = staff_client("Editor").get(url(Project, "add")).content.decode()

    before, _name, after = page.partition('id="id_themes-name"')
    assert before.rpartition("<noscript")[2].count("</noscript>") == 0
    assert "</noscript>" in after
    assert Theme.objects.count() > 1

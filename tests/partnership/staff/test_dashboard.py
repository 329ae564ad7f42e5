"""The dashboard, and what saves staff work in the forms of visits and projects."""

from __future__ import annotations

import re
from html import unescape
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client

from partnership.coverage import count_delegates, count_projects
from partnership.models import Heartbeat, Statement
from partnership.publishing import Record
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_project, make_source, make_visit
from visits.models import Profession, Visit


def page(client: Client, path: str = "/admin/") -> str:
    return client.get(path).content.decode()


def test_the_start_page_says_how_far_the_record_reaches(staff_client):
    html = page(staff_client("Editor"))

    assert "How far the record reaches" in html
    assert count_projects().printed in html
    assert "600–650" in html


def test_every_number_of_a_claim_links_to_a_list_of_just_those(staff_client):
    client = staff_client("Editor")
    html = page(client)
    table = html[html.index("How far the record reaches") : html.index("Changed last")]
    counts = re.findall(r'<td data-name="[^"]+"><a href="([^"]+)">(\d+)[^<]*</a></td>', table)
    delegates = [(list_url, count) for list_url, count in counts if count == str(count_delegates().documented)]

    assert len(counts) == 10
    for list_url, count in counts:
        listed = client.get(list_url.replace("&amp;", "&")).context["cl"]
        if (list_url, count) in delegates:
            assert sum(visit.delegates or 0 for visit in listed.queryset) == int(count)
        else:
            assert listed.result_count == int(count), list_url


def test_every_task_links_to_a_list_of_just_those_records(staff_client):
    client = staff_client("Editor")
    make_visit(direction="unknown")
    make_source(link_status="dead")
    tasks = re.findall(r'<a href="([^"]+)" aria-label="[^"]+: (\d+)">', page(client))

    assert tasks
    for list_url, count in tasks:
        listed = client.get(unescape(list_url))
        assert listed.status_code == 200
        assert listed.context["cl"].result_count == int(count), list_url


def test_what_stands_in_one_language_only_is_a_task_and_a_list(staff_client):
    client = staff_client("Editor")
    assert "not wholly in both languages" not in page(client)
    titles = {"title_en": "A title", "title_sv": "En titel", "summary_en": "A summary."}
    make_project(code="test-lacks-swedish", **titles)
    make_project(code="test-lacks-english", **titles, summary_sv="En sammanfattning.", note_sv="En anmärkning.")
    make_project(code="test-whole", **titles, summary_sv="En sammanfattning.")
    make_project(code="test-draft", state="draft", **titles)

    match = re.search(r'href="([^"]+)" aria-label="Projects not wholly in both languages: (\d+)"', page(client))
    list_url, count = unescape(match[1]), match[2]

    def listed(list_url: str) -> set[str]:
        return {record.code for record in client.get(list_url).context["cl"].queryset}

    assert count == "2"
    assert listed(list_url) == {"test-lacks-swedish", "test-lacks-english"}
    projects = url(Project, "changelist")
    assert listed(f"{projects}?untranslated=sv") == {"test-lacks-swedish", "test-draft"}
    assert listed(f"{projects}?untranslated=en") == {"test-lacks-english"}


@pytest.mark.parametrize("model", [*(model for model in apps.get_models() if issubclass(model, Record)), Statement])
def test_all_that_the_record_begins_with_stands_in_both_languages(model, staff_client):
    response = staff_client("Publisher").get(f"{url(model, 'changelist')}?untranslated=any")

    assert response.status_code == 200
    assert "Missing translation" in response.content.decode()
    assert response.context["cl"].result_count == 0


def test_what_is_claimed_and_not_named_is_said_and_leads_to_the_next_record(staff_client):
    client = staff_client("Editor")
    coverage = count_projects()

    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(client)))

    assert f"Projects claimed, not yet named {38 - coverage.perhaps}–{38 - coverage.documented} Add one" in html
    assert "Visits claimed, not yet named the rest of some 100 Add one" in html
    assert f'href="{url(Visit, "add")}" aria-label="Visits claimed, not yet named: add one"' in page(client)


def test_what_is_complete_is_no_task(staff_client):
    Project.objects.undated().update(period="2012", earliest="2012-01-01", latest="2012-12-31")

    assert "Projects without a year" not in page(staff_client("Editor"))


def test_drafts_and_changes_are_named(staff_client):
    client = staff_client("Publisher")
    project = make_project(title_en="A waiting draft", state="draft")
    other = make_project(code="test-other", title_en="First")
    data = filled_in(client.get(url(Project, "change", other.pk)))
    client.post(url(Project, "change", other.pk), data | {"title_en": "Second"})

    html = page(client)

    assert f"/admin/review/project/{project.pk}/" in html
    assert "A waiting draft" in html
    changed = html[html.index("Changed last") :]
    assert f'<a href="{url(Project, "history", other.pk)}">Second</a>, changed,' in changed
    assert "(Växjö)" in changed


def test_administrators_read_how_old_the_last_backup_is_and_what_a_release_brings(staff_client):
    client = staff_client("Administrator")
    page = client.get("/admin/").content.decode()
    assert "There has been no backup yet" in page
    assert "One is missing." in page

    Heartbeat.beat(Heartbeat.BACKUP)
    Heartbeat.beat(Heartbeat.OFFER, "3 2")
    page = client.get("/admin/").content.decode()

    assert "The last good backup is 0\xa0minutes old." in page
    assert "One is missing." not in page
    assert "brings 3 new and 2 changed records" in " ".join(page.split())
    call_command("load_record", verbosity=0, stdout=StringIO())
    assert not Heartbeat.objects.filter(task=Heartbeat.OFFER).exists()
    assert "How the site is kept" not in staff_client("Editor").get("/admin/").content.decode()


def test_who_may_see_no_record_sees_no_work(django_user_model):
    user = django_user_model.objects.create_user("nobody", password="a long enough password", is_staff=True)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)

    assert "How far the record reaches" not in page(client)


def test_a_new_visit_has_a_row_for_each_profession_and_keeps_only_those_filled_in(staff_client):
    client = staff_client("Editor")
    opened = client.get(url(Visit, "add"))
    data = filled_in(opened)
    rows = [key for key in data if re.fullmatch(r"professions-\d+-profession", key)]
    assert len(rows) == Profession.objects.founding().count() == 9

    response = client.post(url(Visit, "add"), data | {"professions-2-number": "4", "period": "2012"})

    assert response.status_code == 302, response.context["errors"]
    visit = Visit.objects.latest("pk")
    assert [row.number for row in visit.professions.all()] == [4]


def test_a_visit_is_copied_without_its_dates_numbers_and_sources(staff_client):
    client = staff_client("Editor")
    visit = Visit.objects.get(code="2011-11-library-sweden")
    assert f"?copy_of={visit.code}" in page(client, url(Visit, "change", visit.pk))

    form = client.get(f"{url(Visit, 'add')}?copy_of={visit.code}").context["adminform"].form

    initial = form.initial
    assert [host.code for host in initial["hosts"]] == ["vaxjo"]
    assert [guest.code for guest in initial["guests"]] == ["tlokwe"]
    assert initial["purpose_en"] == visit.purpose_en
    assert "period" not in initial
    assert "delegates" not in initial


@pytest.mark.parametrize("code", ["nothing", ""])
def test_a_copy_of_nothing_is_an_empty_form(code, staff_client):
    client = staff_client("Editor")

    assert filled_in(client.get(f"{url(Visit, 'add')}?copy_of={code}")) == filled_in(client.get(url(Visit, "add")))

"""Review as a queue, what hangs together published together, and one letter an hour to authors."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnership.models import DataVersion, QueuedEmail, ReviewNote, User
from partnership.record import history
from projects.models import Project
from tests.base import fetch, filled_in, letters, url
from tests.factories import make_output, make_photo, make_project, make_source, make_theme, make_visit
from visits.models import Visit, VisitCitation

pytestmark = pytest.mark.django_db


def written(record, by: User, days_ago: int = 0):
    """A draft as its author saved it."""
    history.note(record, {}, by)
    since = timezone.now() - timedelta(days=days_ago)
    type(record).objects.filter(pk=record.pk).update(created_at=since, modified_at=since)
    return record


def item_url(record) -> str:
    return f"/admin/review/{record._meta.model_name}/{record.pk}/"


def shown(response) -> str:
    return html.unescape(response.content.decode())


def pressed(response, button: str, **more) -> dict:
    """What a browser sends when a button of the page of a draft is pressed and nothing else is touched."""
    context = response.context
    ticked = [linked.key for linked, _kind, _url in context["linked_drafts"] if not linked.problems]
    fields = {"version": context["draft"].record.version, "origin": context["origin"], "done": context["done"]}
    return {button: "1", "along": ticked, **fields, **more}


def draft_visit(by: User) -> Visit:
    texts = {"title_override_en": "A visit to a library", "title_override_sv": "Ett besök", "purpose_en": "To read"}
    visit = make_visit(state="draft", sources=0, **texts)
    VisitCitation.objects.create(visit=visit, source=make_source(state="draft", title="The only source"))
    return written(visit, by)


class Reviewer:
    """Counts the pages that a browser shows."""

    def __init__(self, client: Client):
        self.client, self.pages = client, 0

    def open(self, path: str):
        return self._follow(self.client.get(path))

    def press(self, response, button: str, **more):
        return self._follow(self.client.post(response.request["PATH_INFO"], pressed(response, button, **more)))

    def _follow(self, response):
        while response.status_code == 302:
            response = self.client.get(response["Location"])
        self.pages += 1
        return response


def test_six_drafts_are_decided_in_at_most_twelve_pages(staff, staff_client):
    author = staff("Editor")
    drafts = [written(make_source(state="draft", title=f"Draft {age}"), author, age) for age in (3, 9, 1, 12, 5, 7)]
    reviewer = Reviewer(staff_client("Publisher"))
    start = reviewer.open("/admin/")
    page = reviewer.open(re.search(r'href="(/admin/review/source/\d+/\?[^"]+)"', shown(start))[1])

    titles = []
    for number in range(6):
        titles.append(page.context["title"])
        page = reviewer.press(page, *(["return"] if number == 2 else ["publish"]), reason=["0"])

    assert titles == ["Draft 12", "Draft 9", "Draft 7", "Draft 5", "Draft 3", "Draft 1"]
    assert page.request["PATH_INFO"] == "/admin/"
    assert reviewer.pages <= 12
    states = {draft.title: type(draft).objects.get(pk=draft.pk).state for draft in drafts}
    assert [name for name, state in states.items() if state == "draft"] == ["Draft 7"]


def test_a_returned_draft_waits_for_its_author_and_then_again_for_review(staff, staff_client):
    author, client = staff("Editor"), staff_client("Publisher")
    visit = draft_visit(author)
    page = client.get(item_url(visit))
    assert "Say what its author should do" in shown(client.post(item_url(visit), pressed(page, "return")))

    client.post(item_url(visit), pressed(page, "return", comment="Which page of the minutes?"))

    assert "Which page of the minutes?" in ReviewNote.objects.of(visit).get().text
    client.get("/admin/")  # shows the message that names it
    assert str(visit) not in shown(client.get("/admin/review/"))
    browser = Client(headers={"host": "localhost"})
    browser.force_login(author)
    mine = shown(browser.get("/admin/"))
    assert "Which page of the minutes?" in mine[mine.index('id="mine"') : mine.index('id="waiting"')]
    visit.save()
    assert str(visit) in shown(client.get("/admin/review/"))


def test_a_visit_is_published_with_its_source_or_not_at_all(staff, staff_client):
    client, visit = staff_client("Publisher"), draft_visit(staff("Editor"))
    page = client.get(item_url(visit))
    assert "The only source" in shown(page)

    refused = client.post(item_url(visit), pressed(page, "publish", along=[]))
    assert "Readers would see “no source yet”" in shown(refused)
    assert not Visit.objects.published().filter(pk=visit.pk).exists()
    client.post(item_url(visit), pressed(page, "publish"))

    text = fetch(Visit.objects.get(pk=visit.pk).get_absolute_url()).text
    assert "The only source" in text
    assert [revision.action for revision in history.Revision.objects.of(visit).order_by("pk")] == [
        "created",
        "published",
    ]


def test_the_form_refuses_what_readers_would_see_without_a_source(staff, staff_client):
    client, visit = staff_client("Publisher"), draft_visit(staff("Editor"))
    form = client.get(url(Visit, "change", visit.pk))

    response = client.post(url(Visit, "change", visit.pk), filled_in(form) | {"state": "published"})

    assert "The only source" in shown(response)
    assert "is a draft" in shown(response)
    assert not Visit.objects.published().filter(pk=visit.pk).exists()


def test_an_output_of_a_draft_project_goes_with_it(staff, staff_client):
    client, author = staff_client("Publisher"), staff("Editor")
    project = make_project(state="draft")
    output = written(make_output(project, state="draft"), author)
    page = client.get(item_url(output))

    refused = client.post(item_url(output), pressed(page, "publish", along=[]))
    assert "Its page would be missing" in shown(refused)
    client.post(item_url(output), pressed(page, "publish"))

    assert Project.objects.published().filter(pk=project.pk).exists()
    assert "Test output" in fetch(Project.objects.get(pk=project.pk).get_absolute_url()).text


def test_a_photograph_that_lacks_its_text_stays_and_the_rest_goes(staff, staff_client):
    client, visit = staff_client("Publisher"), draft_visit(staff("Editor"))
    photo = make_photo(state="draft", alt_sv="")
    visit.photos.add(photo)
    page = client.get(item_url(visit))
    assert "Describe the picture in words" in shown(page)

    client.post(
        item_url(visit), pressed(page, "publish", along=[f"photo-{photo.pk}", *pressed(page, "publish")["along"]])
    )

    photo.refresh_from_db()
    assert photo.state == "draft"
    assert Visit.objects.published().filter(pk=visit.pk).exists()


def test_the_preview_is_the_page_that_will_be_and_leaves_nothing_behind(staff, staff_client):
    client, visit = staff_client("Publisher"), draft_visit(staff("Editor"))
    photo = make_photo(state="draft")
    visit.photos.add(photo)
    before, version = history.snapshot(visit), DataVersion.current()

    preview = client.get(item_url(visit)).context["page"]

    assert (history.snapshot(visit), DataVersion.current()) == (before, version)
    assert "no source yet" not in preview
    assert "The only source" in preview
    assert url(type(photo), "kept", photo.pk) in preview
    assert "The only source" in shown(client.get(url(Visit, "preview", visit.pk)))
    client.post(item_url(visit), pressed(client.get(item_url(visit)), "publish"))
    main = re.compile(r"<main.*</main>", re.DOTALL)
    public = fetch(visit.get_absolute_url()).html
    for width, suffix in photo.sizes():
        public = public.replace(photo.url(width, suffix), url(type(photo), "kept", photo.pk))
    assert main.search(preview)[0].split() == main.search(public)[0].split()


def test_two_reviewers_do_not_decide_about_what_they_did_not_see(staff, staff_client):
    client, visit = staff_client("Publisher"), draft_visit(staff("Editor"))
    page = client.get(item_url(visit))
    visit.purpose_en = "Changed meanwhile"
    visit.save()

    response = client.post(item_url(visit), pressed(page, "publish"))

    assert "was changed while you looked at it" in shown(response)
    assert not Visit.objects.published().filter(pk=visit.pk).exists()


def test_several_are_published_after_one_look_and_what_is_blocked_is_not(staff, staff_client):
    client, author = staff_client("Publisher"), staff("Editor")
    visit = draft_visit(author)
    source = written(make_source(state="draft"), author)
    photo = written(make_photo(state="draft", alt_sv=""), author)
    page = shown(client.get("/admin/review/"))
    assert f'value="photo-{photo.pk}"' not in page
    versions = dict(re.findall(r'name="(version-[^"]+)" value="(\d+)"', page))

    ticked = {
        "publish": [f"visit-{visit.pk}", f"source-{source.pk}", f"photo-{photo.pk}"],
        "origin": "/admin/handbook/",
    }
    response = client.post("/admin/review/", {**ticked, **versions})

    assert response["Location"] == "/admin/review/?from=/admin/handbook/"
    assert Visit.objects.published().filter(pk=visit.pk).exists()
    photo.refresh_from_db()
    assert photo.state == "draft"


def test_authors_hear_of_everything_in_one_letter_an_hour(staff, staff_client):
    author, client = staff("Editor"), staff_client("Publisher")
    first, second = (written(make_source(state="draft", title=f"Source {number}"), author) for number in (1, 2))
    client.post(item_url(first), pressed(client.get(item_url(first)), "return", comment="Say more."))
    client.post(item_url(second), pressed(client.get(item_url(second)), "publish", comment="Thank you."))
    letter = QueuedEmail.objects.get()
    assert letter.next_try_at > timezone.now() + timedelta(minutes=55)

    (sent,) = letters()

    for words in ("Source 1", "Say more.", "Source 2", "Thank you.", url(type(first), "change", first.pk)):
        assert words in sent.body


def test_the_pages_of_the_queue_ask_the_database_the_same_however_long_it_is(staff, staff_client):
    author, client = staff("Editor"), staff_client("Publisher")
    counts: dict[str, list[int]] = {"/admin/": [], "/admin/review/": []}
    for more in (2, 12):
        for _number in range(more):
            draft_visit(author)
        for path, numbers in counts.items():
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            numbers.append(len(queries))

    # The first request of a session also writes it.
    assert counts["/admin/"][1] <= counts["/admin/"][0] <= 40
    assert counts["/admin/review/"][1] <= counts["/admin/review/"][0] <= 40


def test_every_page_has_the_search_what_can_be_added_and_the_other_language(staff_client):
    client, theme = staff_client("Editor"), make_theme(name_en="A lake of words", state="draft")

    for path in ("/admin/", url(Visit, "changelist"), url(Visit, "add"), "/admin/bin/", "/admin/handbook/"):
        page = shown(client.get(path))
        assert 'role="search" action="/admin/find/"' in page, path
        assert f'href="{url(Visit, "add")}"' in page, path
        assert 'name="language" value="sv"' in page, path
    page = shown(client.get("/admin/find/?q=lake+words"))
    assert url(type(theme), "change", theme.pk) in page
    assert "No record holds these words" in shown(client.get("/admin/find/?q=zzzz"))


def test_withdrawing_a_source_says_what_rests_on_it_alone(staff_client):
    client, source = staff_client("Publisher"), make_source()
    visit = make_visit(sources=0, title_override_en="A visit to a library")
    VisitCitation.objects.create(visit=visit, source=source)
    address = url(type(source), "change", source.pk)
    reasons = {"withdrawal_reason_en": "It was forged.", "withdrawal_reason_sv": "Den var förfalskad."}
    data = filled_in(client.get(address)) | {"state": "withdrawn", **reasons}

    response = client.post(address, data)

    assert "A visit to a library (its only source)" in shown(response)
    source.refresh_from_db()
    assert source.is_published
    client.post(address, data | {"leaves": "on"})
    source.refresh_from_db()
    assert source.is_withdrawn

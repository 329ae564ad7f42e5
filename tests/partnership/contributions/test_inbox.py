"""The inbox of staff: drafts by one click, the answer to the sender, and who may see and do what."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partnership.contributions.letters import tell_staff
from partnership.models import (
    Contribution,
    ContributionFile,
    ContributionMessage,
    ContributionResult,
    Partner,
    Photo,
    QueuedEmail,
    ReviewNote,
    Revision,
    Source,
    User,
)
from partnership.models.contributions import key_hash, private_key_of
from projects.models import Project, ProjectCitation
from tests.base import ended, fetch, letters
from tests.factories import make_document, make_image, make_project, make_source

CHANGELIST = "/admin/partnership/contribution/"


@pytest.fixture(autouse=True)
def _mail(settings, db):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def make_contribution(**values) -> Contribution:
    contribution = Contribution(
        **{"text": "Mrs Example showed us the centre in 2010.", "email": "eva@vaxjo.se", "what": "memory", **values}
    )
    contribution.key_hash = key_hash(contribution.make_private_key())
    contribution.give_reference()
    contribution.save()
    return contribution


def add_file(contribution: Contribution, **values) -> ContributionFile:
    return ContributionFile.objects.create(
        **{
            "contribution": contribution,
            "file": make_image(),
            "declared_name": "Eva at the centre.jpg",
            "size": 1000,
            "sha256": "0" * 64,
            "format": "jpeg",
            "licence": "CC BY 4.0",
            **values,
        }
    )


def page_of(contribution: Contribution) -> str:
    return reverse("admin:partnership_contribution_change", args=[contribution.pk])


def do(client, contribution: Contribution, action: str, **fields):
    contribution.refresh_from_db()
    url = reverse("admin:partnership_contribution_do", args=[contribution.pk, action])
    response = client.post(url, {"version": contribution.version, **fields})
    contribution.refresh_from_db()
    return response


def test_the_inbox_shows_what_waits_oldest_first_with_names_covered(staff_client):
    make_contribution(received_at=timezone.now() - timedelta(days=3))
    make_contribution(suspected=["links"], text="Suspected text here")
    client = staff_client("Publisher")

    page = client.get(CHANGELIST).content.decode()

    assert "[…] showed us the centre in 2010." in page
    assert "Suspected text" not in page
    assert "Suspected text" in client.get(f"{CHANGELIST}?tab=suspected").content.decode()
    start = client.get("/admin/").content.decode()
    assert "1 new" in start
    assert "1 suspected" in start


def test_a_name_is_marked_in_the_text(staff_client):
    page = staff_client("Publisher").get(page_of(make_contribution())).content.decode()

    # Covered until somebody opens it.
    assert 'class="covered"><summary>[name?]</summary><mark>Mrs Example</mark></details>' in page
    assert "eva@vaxjo.se" in page


def test_signs_of_programs_are_shown_as_typed(staff_client):
    page = (
        staff_client("Publisher").get(page_of(make_contribution(text="<script>x</script> {{ 1 }} %s"))).content.decode()
    )

    assert "&lt;script&gt;x&lt;/script&gt; {{ 1 }} %s" in page


def test_staff_outside_the_eu_see_the_cleared_text_and_nothing_else_of_it(staff_client):
    contribution = make_contribution(when_text="A secret autumn")
    add_file(contribution)
    client = staff_client("Publisher", partner=Partner.objects.get(code="jb-marks"))
    ContributionMessage.objects.create(contribution=contribution, text="A secret message")

    before = client.get(page_of(contribution)).content.decode()
    contribution.cleared_text = "[…] showed us the centre."
    contribution.save()
    after = client.get(page_of(contribution)).content.decode()

    for page in (before, after, client.get(CHANGELIST).content.decode()):
        for secret in ("Mrs Example", "eva@vaxjo.se", "Eva at", "A secret"):
            assert secret not in page
    assert "A colleague in Sweden clears the text first" in before
    assert "[…] showed us the centre." in after
    for action in ("clear", "ask", "close", "erase"):
        assert do(client, contribution, action, text="x").status_code == 403
    file = contribution.files.get()
    original = reverse("admin:partnership_contribution_original", args=[contribution.pk, file.pk])
    assert client.get(original).status_code == 403


def test_one_click_makes_a_source_that_names_nobody_and_a_second_opens_it(staff_client):
    contribution = make_contribution(model_name="project", code="leseding")
    client = staff_client("Editor")

    first = do(client, contribution, "source")
    second = do(client, contribution, "source")

    source = Source.objects.get(code=f"contribution-{contribution.reference}")
    assert first["Location"] == second["Location"] == reverse("admin:partnership_source_change", args=[source.pk])
    assert (source.state, source.grade, source.kind) == ("draft", "witness", "contribution")
    assert "Example" not in str(Revision.objects.of(source).get().content)
    assert "eva@" not in str(Revision.objects.of(source).get().content)


def test_the_source_is_cited_at_its_record_after_a_look(staff_client):
    contribution = make_contribution(model_name="project", code="leseding")
    client = staff_client("Publisher")
    do(client, contribution, "source")
    page = client.get(page_of(contribution)).content.decode()
    url = re.search(r'href="([^"]+\?cite=\d+)"', page)[1]
    before = ProjectCitation.objects.count()

    form = client.get(url).content.decode()

    assert ProjectCitation.objects.count() == before
    assert f'<option value="{Source.objects.get(kind="contribution").pk}" selected' in form


def test_a_public_page_of_the_source_says_that_somebody_told_it(staff_client):
    contribution = make_contribution()
    do(staff_client("Editor"), contribution, "source")
    Source.objects.filter(kind="contribution").update(state="published")

    page = fetch(f"/en/sources/contribution-{contribution.reference}/")

    assert f"Staff keep the contribution under {contribution.reference}; the person is not named." in page.text


def test_what_somebody_told_us_names_nothing_by_itself(db):
    project = make_project(sources=0, period="2012")
    witness = make_source(grade="witness")
    ProjectCitation.objects.create(project=project, source=witness)
    assert not Project.objects.identified().filter(pk=project.pk).exists()

    witness.documents.add(make_document())
    assert Project.objects.identified().filter(pk=project.pk).exists()

    ProjectCitation.objects.create(project=project, source=make_source(publisher="Another"))
    assert not Project.objects.well_documented().filter(pk=project.pk).exists()


def test_a_clean_picture_becomes_a_draft_photograph_without_its_place(staff_client):
    contribution = make_contribution(model_name="project", code="leseding", when_text="2010")
    file = add_file(contribution, state="clean")
    client = staff_client("Editor")

    response = do(client, contribution, "photo", file=file.pk)

    photo = Photo.objects.get()
    assert response["Location"] == reverse("admin:partnership_photo_change", args=[photo.pk])
    assert (photo.state, photo.licence, photo.credit, str(photo.period)) == (
        "draft",
        "CC BY 4.0",
        "Sent to the record",
        "2010",
    )
    assert photo.basis == photo.alt_en == ""
    with photo.file.open("rb") as stored:
        assert b"Exif" not in stored.read()
    assert Project.objects.get(code="leseding").photos.get() == photo


def test_a_file_that_nobody_has_looked_at_becomes_nothing(staff_client):
    contribution = make_contribution()
    file = add_file(contribution)

    response = do(staff_client("Editor"), contribution, "photo", file=file.pk)

    assert response.status_code == 422
    assert "has not been looked at yet" in response.content.decode()
    assert not Photo.objects.exists()


def test_a_suggestion_holds_the_cleared_text(staff_client):
    contribution = make_contribution(model_name="project", code="leseding")
    client = staff_client("Editor")
    assert do(client, contribution, "suggestion").status_code == 422
    do(client, contribution, "clear", cleared_text="The centre was shown in 2010.")

    assert do(client, contribution, "suggestion").status_code == 302

    assert ReviewNote.objects.get().text == f"{contribution.reference}: The centre was shown in 2010."


def test_a_question_reaches_the_private_page_and_the_mailbox(staff_client, client):
    contribution = make_contribution(language="sv")

    do(staff_client("Publisher"), contribution, "ask", text="Vilken höst var det?")

    assert contribution.state == "asked"
    (letter,) = letters()
    assert letter.to == ["eva@vaxjo.se"]
    assert letter.subject == f"Om det du skickade ({contribution.reference})"
    path = re.search(r"https?://[^/]+(/\S+)", letter.body)[1]
    assert path.startswith("/sv/bidra/ditt/")
    assert "Vilken höst var det?" in client.get(path, headers={"host": "localhost"}).content.decode()


def test_links_still_lead_there_after_the_secret_has_changed(staff_client, settings):
    contribution = make_contribution()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new secret"

    do(staff_client("Publisher"), contribution, "reply", text="Thank you.")

    key = private_key_of(contribution.sent_key, settings.SECRET_KEY_FALLBACKS[0])
    assert key in QueuedEmail.objects.get().body


def test_thanks_name_what_is_in_the_record(staff_client):
    contribution = make_contribution()
    client = staff_client("Publisher")
    do(client, contribution, "result", record="project/leseding")

    page = client.get(page_of(contribution)).content.decode()

    assert "What you told us is now in the record: http://localhost:8000/en/projects/leseding/" in page


def test_it_is_closed_as_used_only_where_something_came_of_it(staff_client, client):
    contribution = make_contribution()
    publisher = staff_client("Publisher")

    refused = do(publisher, contribution, "close", state="used")
    assert refused.status_code == 422
    assert "Nothing has come of it yet" in refused.content.decode()

    do(publisher, contribution, "result", record="project/leseding")
    assert do(publisher, contribution, "close", state="used").status_code == 302
    page = client.get(f"/en/contribute/yours/{contribution.private_key()}/", headers={"host": "localhost"})
    assert "Used in the record" in page.content.decode()
    assert "/en/projects/leseding/" in page.content.decode()


def test_not_used_needs_a_reason_that_the_sender_reads(staff_client, client):
    contribution = make_contribution()
    publisher = staff_client("Publisher")

    assert do(publisher, contribution, "close", state="not_used").status_code == 422
    do(publisher, contribution, "close", state="not_used", reason="it is known already")

    page = client.get(f"/en/contribute/yours/{contribution.private_key()}/", headers={"host": "localhost"})
    assert "Not used (it is known already)" in " ".join(re.sub("<[^>]+>", "", page.content.decode()).split())


def test_what_was_typed_stays_in_its_field_when_something_lacks(staff_client):
    contribution = make_contribution()

    page = do(staff_client("Publisher"), contribution, "close", state="used", reason="", text="Thank you so much.")

    assert page.status_code == 422
    assert "Thank you so much.</textarea>" in page.content.decode()
    assert re.search(r'value="used" checked', page.content.decode())


def test_of_two_who_close_at_once_the_second_is_told(staff_client):
    contribution = make_contribution()
    client = staff_client("Publisher")
    seen = contribution.version
    do(client, contribution, "close", state="not_used", reason="it is known already")

    url = reverse("admin:partnership_contribution_do", args=[contribution.pk, "close"])
    response = client.post(url, {"version": seen, "state": "not_used", "reason": "other"}, follow=True)

    assert "Somebody else has done something with it meanwhile" in response.content.decode()
    contribution.refresh_from_db()
    assert contribution.reason == "it is known already"


@pytest.mark.parametrize(
    ("group", "refused"),
    [("Editor", ["ask", "reply", "register", "close", "erase"]), ("Publisher", ["erase"]), ("Administrator", [])],
)
def test_editors_draft_publishers_answer_administrators_erase(group, refused, staff_client):
    contribution = make_contribution()
    client = staff_client(group)
    fields = {"text": "x", "state": "not_used", "reason": "x", "registered_as": "KS 2026/1"}

    answers = {
        action: do(client, contribution, action, **fields).status_code
        for action in ("take", "ask", "reply", "register", "close", "erase")
    }

    assert [action for action, status in answers.items() if status == 403] == refused


def test_erasing_leaves_the_number_the_day_and_the_reason(staff_client, settings):
    contribution = make_contribution(when_text="in autumn")
    file = add_file(contribution)
    name = file.file.name

    do(staff_client("Administrator"), contribution, "erase", reason="Decision 7")

    assert (contribution.text, contribution.email, contribution.when_text) == ("", "", "")
    assert (contribution.state, contribution.reason) == ("erased", "Decision 7")
    assert not contribution.files.exists()
    assert not file.file.storage.exists(name)


def test_spam_of_one_sender_is_closed_together_and_nobody_is_written_to(staff_client):
    first, second = make_contribution(sender="a" * 32), make_contribution(sender="a" * 32)
    other = make_contribution(sender="b" * 32)

    do(staff_client("Publisher"), first, "spam-all")

    second.refresh_from_db()
    other.refresh_from_db()
    assert (first.is_spam, second.is_spam, other.is_spam) == (True, True, False)
    assert letters() == []


def test_the_same_told_twice_is_joined(staff_client):
    first, second = make_contribution(), make_contribution()

    do(staff_client("Publisher"), second, "join", reference=first.reference)

    assert second.state == "not_used"
    assert first.reference in second.reason


def test_what_came_by_letter_is_added_by_hand(staff_client, client):
    fields = {
        "came_by": "letter",
        "received_at_0": "2026-11-20",
        "received_at_1": "10:00:00",
        "what": "date",
        "text": "The visit was in May.",
        "language": "sv",
    }

    staff_client("Publisher").post(f"{CHANGELIST}add/", fields)

    contribution = Contribution.objects.get()
    assert (contribution.came_by, contribution.reference) == ("letter", "2026-0001")
    page = client.get(f"/sv/bidra/ditt/{contribution.private_key()}/", headers={"host": "localhost"})
    assert "The visit was in May." in page.content.decode()


def test_the_original_is_a_download_after_a_word_on_its_scan(staff_client):
    contribution = make_contribution()
    file = add_file(contribution, state="clean")
    url = reverse("admin:partnership_contribution_original", args=[contribution.pk, file.pk])
    client = staff_client("Publisher")

    assert "Not scanned" in client.get(url).content.decode()
    response = client.get(f"{url}?download=yes")

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    ended(response)
    assert staff_client("Editor").get(url).status_code == 403


# Disposal


def dispose(**options) -> str:
    out = StringIO()
    call_command("dispose", stdout=out, **options)
    return out.getvalue()


def old(**values) -> Contribution:
    long_ago = timezone.now() - timedelta(days=400)
    return make_contribution(state="not_used", closed_at=long_ago, received_at=long_ago, **values)


def test_without_a_decision_nothing_of_it_goes(settings, db):
    contribution = old()
    settings.CONTRIBUTIONS_KEPT_DAYS = 365

    assert "addresses: 1 due" in dispose()

    contribution.refresh_from_db()
    assert (contribution.email, contribution.state) == ("eva@vaxjo.se", "not_used")


def test_under_a_decision_address_original_and_text_go_in_their_time(settings, db):
    settings.DISPOSAL_DECISION = "KS 2027/5"
    contribution = old()
    file = add_file(contribution)

    dispose()

    contribution.refresh_from_db()
    file.refresh_from_db()
    assert (contribution.email, file.state) == ("", "deleted")
    assert contribution.text
    settings.CONTRIBUTIONS_KEPT_DAYS = 365
    dispose()
    contribution.refresh_from_db()
    assert (contribution.state, contribution.text) == ("erased", "")
    assert "KS 2027/5" in contribution.reason


def test_what_is_held_back_or_cited_stays(settings, db):
    settings.DISPOSAL_DECISION, settings.CONTRIBUTIONS_KEPT_DAYS = "KS 2027/5", 365
    held = old(hold=True, hold_reason="asked for")
    cited = old(source=make_source(grade="witness"))

    dispose()

    held.refresh_from_db()
    cited.refresh_from_db()
    assert (held.email, held.text != "") == ("eva@vaxjo.se", True)
    assert (cited.state, cited.text != "") == ("not_used", True)


def test_a_passage_is_erased_from_what_was_sent_in_as_well(staff):
    from partnership.fields.passages import Passage
    from partnership.redaction import redact

    contribution = make_contribution()
    ContributionMessage.objects.create(contribution=contribution, text="It was Mrs Example")

    places = redact(Passage("Mrs Example"), by=staff("Administrator"), reason="asked", decision="1").places

    contribution.refresh_from_db()
    assert contribution.text == "[…] showed us the centre in 2010."
    assert len([place for place in places if place.startswith("contribution")]) == 2


def test_what_is_left_of_a_colleague_who_goes_is_the_contribution(staff):
    user = staff("Publisher")
    contribution = make_contribution(taken_by=user)
    ContributionResult.objects.create(contribution=contribution, model_name="project", code="leseding", what="citation")

    User.objects.filter(pk=user.pk).delete()

    contribution.refresh_from_db()
    assert contribution.taken_by is None


# The list beside what is read


def queue_of_three() -> list[Contribution]:
    days = (9, 4, 0)
    return [make_contribution(received_at=timezone.now() - timedelta(days=n), text=f"Number {n}.") for n in days]


def test_what_waits_stands_beside_what_is_read(staff_client, settings):
    settings.ANSWER_DAYS = 3
    oldest, middle, newest = queue_of_three()
    Contribution.objects.filter(pk=oldest.pk).update(model_name="project", code="leseding")
    make_contribution(suspected=["links"], text="Elsewhere.")

    page = staff_client("Publisher").get(page_of(middle)).content.decode()

    pane = page[page.index('<nav class="pane"') :].partition("</nav>")[0]
    assert [pane.index(row.reference) for row in (oldest, middle, newest)] == sorted(
        pane.index(row.reference) for row in (oldest, middle, newest)
    )
    assert f'href="{page_of(middle)}" aria-current="page"' in " ".join(pane.split())
    assert "Leseding" in pane
    assert pane.count('class="is-late"') >= 1
    assert "<b>2 of 3</b>" in page
    tabs = re.sub(r"<[^>]+>|\s+", " ", page[page.index('<nav class="tabs"') :].partition("</nav>")[0])
    assert " ".join(tabs.split()).endswith(
        "New 3 In hand 0 Asked 0 Closed 0 Suspected 1 Due for disposal 0 Came another way: put it in"
    )


def test_and_the_next_leads_through_the_list(staff_client):
    oldest, middle, newest = queue_of_three()
    client = staff_client("Publisher")

    assert do(client, oldest, "take", then_next="")["Location"] == page_of(middle)
    assert do(client, middle, "spam", then_next="")["Location"] == page_of(newest)
    assert do(client, newest, "close", state="not_used", reason="It is known.", then_next="")["Location"] == page_of(
        newest
    )
    assert [row.state for row in Contribution.objects.order_by("pk")] == ["in_hand", "not_used", "not_used"]


def test_the_list_asks_the_same_of_the_database_for_three_and_for_many(staff_client, django_assert_max_num_queries):
    first = queue_of_three()[0]
    client = staff_client("Publisher")
    client.get(page_of(first))
    with CaptureQueriesContext(connection) as for_three:
        client.get(page_of(first))
    for number in range(9):
        make_contribution(text=f"Another, {number}.", model_name="project", code="leseding")

    with CaptureQueriesContext(connection) as for_many:
        response = client.get(page_of(first))

    # One query more: the titles of projects.
    assert len(for_many) <= len(for_three) + 1
    assert "Show all 12" in response.content.decode()


def test_who_wishes_hears_of_what_is_new_at_most_once_an_hour(staff_client):
    client = staff_client("Publisher")
    client.post(f"{CHANGELIST}notices/")
    User.objects.update(inbox_notice_at=timezone.now() - timedelta(hours=2))
    make_contribution()
    make_contribution()

    for _turn in range(3):
        tell_staff()

    (letter,) = letters()
    assert letter.subject == "2 nya saker är inskickade"
    assert "Example" not in letter.body
    assert letter.body.strip().endswith(CHANGELIST)


@pytest.mark.parametrize("called", ["LIGHT OF CHOIRS", "/sv/projekt/light-of-choirs/", "project/leseding-2"])
def test_what_came_another_way_names_its_record_as_people_do(called, staff_client):
    make_project(code="leseding-2", slug="light-of-choirs", title_en="Light of choirs")
    client = staff_client("Publisher")
    page = reverse("admin:partnership_contribution_add")
    typed = {"came_by": "letter", "what": "memory", "text": "I was there.", "text_language": "en", "language": "en"}
    typed |= {"received_at_0": "2026-11-20", "received_at_1": "09:00", "known_how": "there", "about": called}

    response = client.post(page, typed)

    assert response.status_code == 302, response.context["adminform"].form.errors
    contribution = Contribution.objects.latest("pk")
    assert (contribution.model_name, contribution.code) == ("project", "leseding-2")
    shown = client.get(reverse("admin:partnership_contribution_change", args=[contribution.pk])).content.decode()
    assert f'href="{page}"' in shown


def test_a_name_that_several_records_have_is_asked_about(staff_client):
    first, second = make_project(title_en="Choirs"), make_project(title_en="Choirs")
    typed = {"about": "choirs", "text": "I was there."}

    page = staff_client("Publisher").post(reverse("admin:partnership_contribution_add"), typed).content.decode()

    assert f"project/{first.code} (Choirs); project/{second.code} (Choirs)" in page

"""Newsletters: a page like every record, and a letter that goes out once to those who asked for it."""

from __future__ import annotations

import feedparser
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partnership.models import Mailing, Newsletter, QueuedEmail
from partnership.record import history
from tests.base import fetch, letters
from tests.factories import make_newsletter, make_project
from tests.partnership.following.test_following import make_follower

TEXT = "We found **two reports** about {project:leseding}.\n\n### What we look for\n\n- A programme\n- A [list](https://vaxjo.se)"


@pytest.fixture(autouse=True)
def _mail(settings, db):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def write_newsletter(**values) -> Newsletter:
    defaults = {
        "code": "news-1",
        "title_en": "Two reports found",
        "title_sv": "Två rapporter hittade",
        "lead_en": "What autumn brought",
        "lead_sv": "Vad hösten gav",
        "text_en": TEXT,
        "text_sv": "Vi hittade {project:leseding}.",
    }
    return make_newsletter(**{**defaults, **values})


def press(client: Client, newsletter: Newsletter, button: str) -> str:
    url = reverse(f"admin:partnership_newsletter_{button}", args=[newsletter.pk])
    return client.post(url, follow=True).content.decode()


def test_a_published_one_is_a_page_in_both_languages_in_list_feed_and_sitemap():
    write_newsletter()

    page = fetch("/en/newsletter/news-1/")

    assert "We found two reports about Leseding" in page.text
    assert any(link.endswith("/id/project/leseding") for link in page.links())
    assert "Två rapporter hittade" in fetch("/sv/nyhetsbrev/news-1/").text
    assert "/en/newsletter/news-1/" in fetch("/en/newsletter/").links("/en/newsletter/")
    client = Client(headers={"host": "localhost"})
    feed = feedparser.parse(client.get("/en/newsletter/feed.atom").content)
    assert [entry.title for entry in feed.entries] == ["Two reports found"]
    assert "/en/newsletter/news-1/" in client.get("/sitemap.xml").content.decode()


def test_a_draft_is_nowhere_and_a_withdrawn_one_is_a_tombstone():
    newsletter = write_newsletter(state="draft")
    client = Client(headers={"host": "localhost"})

    assert client.get("/en/newsletter/news-1/").status_code == 404
    assert "None has been published yet." in fetch("/en/newsletter/").text
    for url in ("/en/newsletter/feed.atom", "/sitemap.xml"):
        assert "news-1" not in client.get(url).content.decode()
    Newsletter.objects.filter(pk=newsletter.pk).update(
        state="withdrawn", withdrawn_on=timezone.localdate(), published_at=timezone.now()
    )
    page = client.get("/en/newsletter/news-1/")
    assert page.status_code == 410
    assert "two reports" not in page.content.decode()


def test_it_goes_once_to_those_who_asked_for_newsletters(staff_client):
    newsletter = write_newsletter()
    make_follower("news@vaxjo.se", topics=[("newsletter", "")])
    make_follower("svensk@vaxjo.se", topics=[("newsletter", "")], language="sv")
    make_follower("digest@vaxjo.se")
    make_follower("pending@vaxjo.se", topics=[("newsletter", "")], state="pending")
    client = staff_client("Publisher")

    assert "It goes to 2 followers." in press(client, newsletter, "send")
    assert "It has been sent already" in press(client, newsletter, "send")

    told = {letter.to[0]: letter for letter in letters()}
    assert set(told) == {"news@vaxjo.se", "svensk@vaxjo.se"}
    assert told["svensk@vaxjo.se"].subject == "Två rapporter hittade"
    body = told["news@vaxjo.se"].body
    assert "We found two reports about Leseding" in body
    assert "- A programme" in body
    assert "/u/" in body
    ((html, _kind),) = told["news@vaxjo.se"].alternatives
    assert "<h2>What we look for</h2>" in " ".join(html.split()).replace("<h2> ", "<h2>").replace(" </h2>", "</h2>")
    assert "List-Unsubscribe-Post" in told["news@vaxjo.se"].extra_headers


def test_what_was_sent_is_what_stood_there_then(staff_client):
    newsletter = write_newsletter()
    make_follower("news@vaxjo.se", topics=[("newsletter", "")])
    press(staff_client("Publisher"), newsletter, "send")
    Newsletter.objects.update(title_en="Corrected since")

    assert [letter.subject for letter in letters()] == ["Two reports found"]


def test_without_swedish_it_cannot_be_sent_and_says_what_is_missing(staff_client):
    newsletter = write_newsletter(title_sv="", text_sv="")

    page = press(staff_client("Publisher"), newsletter, "send")

    assert "is missing in Swedish." in page
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("text", ["{project:none}", "<b>html</b>", "![a picture](x.png)"])
def test_what_cannot_stand_in_a_letter_is_named_with_its_paragraph(text, staff_client):
    newsletter = write_newsletter(text_en=f"A first paragraph.\n\n{text}")

    assert "Paragraph 2: " in press(staff_client("Publisher"), newsletter, "send")
    assert not Mailing.objects.exists()


def test_a_reference_to_a_draft_is_none(staff_client):
    make_project(code="test-draft", state="draft")

    page = press(staff_client("Publisher"), write_newsletter(text_en="About {project:test-draft}."), "send")

    assert "names no published record" in page


def test_its_writer_does_not_send_it_where_there_is_another_publisher(staff, staff_client):
    newsletter = write_newsletter()
    client = staff_client("Publisher")
    from partnership.models import User

    writer = User.objects.get(username="test-publisher")
    history.note(newsletter, {}, writer)
    assert "It goes to 0 followers." in press(client, newsletter, "send")

    Mailing.objects.all().delete()
    other = staff("Administrator", email="other@vaxjo.se")
    other.groups.set(writer.groups.all())
    assert "You wrote the last version" in press(client, newsletter, "send")


def test_editors_do_not_send(staff_client):
    newsletter = write_newsletter()
    url = reverse("admin:partnership_newsletter_send", args=[newsletter.pk])

    assert staff_client("Editor").post(url).status_code == 403
    assert not Mailing.objects.exists()


def test_what_has_not_gone_can_be_stopped(staff_client):
    newsletter = write_newsletter()
    for number in range(3):
        make_follower(f"a{number}@vaxjo.se", topics=[("newsletter", "")])
    client = staff_client("Publisher")
    press(client, newsletter, "send")

    assert "Stopped: 3 letters had not gone." in press(client, newsletter, "stop")

    assert letters() == []


def test_a_clerk_gets_it_in_both_languages_first(staff_client):
    newsletter = write_newsletter(state="draft")

    press(staff_client("Publisher"), newsletter, "me")

    assert [letter.subject for letter in letters()] == ["Two reports found", "Två rapporter hittade"]
    assert not QueuedEmail.objects.filter(mailing__isnull=False).exists()


def test_the_newsletter_is_asked_for_with_the_form():
    client = Client(headers={"host": "localhost"})
    fields = {"email": "eva@vaxjo.se", "language": "en", "rhythm": "monthly", "newsletter": "on", "p_note": ""}

    client.post("/en/follow/", fields)

    (letter,) = letters()
    assert "- the newsletter" in letter.body

"""Following over HTTP: the same for everyone who asks, a button in the middle, and out with one click."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from partnership.following.reconfirming import ask_again
from partnership.following.views import ask
from partnership.models import DataVersion, Follower, Following, QueuedEmail, Suppression
from tests.base import Page, fetch, keep_promises, letters
from tests.factories import make_project

FORM = "/en/follow/"
FIELDS = {"email": "eva@vaxjo.se", "language": "en", "rhythm": "monthly", "p_note": ""}
EVERYTHING = [("record", "")]


@pytest.fixture(autouse=True)
def _counts_from_nothing(settings, db):
    caches["counters"].clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def reader() -> Client:
    return Client(headers={"host": "localhost"})


def make_follower(address: str = "eva@vaxjo.se", topics=EVERYTHING, **values) -> Follower:
    long_ago = timezone.now() - timedelta(days=40)
    values = {"state": "confirmed", "confirmed_at": long_ago, "told_until": long_ago, **values}
    follower = Follower.objects.create(email=address, **values)
    for kind, code in topics:
        Following.objects.create(follower=follower, kind=kind, code=code)
    return follower


def path_in(letter, part: str) -> str:
    return re.search(rf"https?://[^/]+(/\S*{part}\S*)", letter.body)[1]


def test_the_form_is_anyones_and_keeps_the_promises_of_every_page(reader):
    page = fetch(FORM)

    assert page.is_indexed
    assert "the whole record" in page.text
    assert not fetch("/sv/folj/project/leseding/").is_indexed
    assert "csrf" not in page.html
    assert FORM in fetch("/en/").links(FORM)
    assert "/en/follow/project/leseding/" in fetch("/en/projects/leseding/").links(FORM)


def test_from_the_form_by_a_button_to_the_page_of_a_follower(reader):
    response = reader.post(f"{FORM}project/leseding/", FIELDS)
    assert (response.status_code, response["Location"]) == (303, "/en/follow/sent/")
    (letter,) = letters()
    assert letter.to == ["eva@vaxjo.se"]
    assert "You follow nothing until you press the button" in letter.body
    url = path_in(letter, "confirm")

    for _look in range(20):
        assert reader.get(url).status_code == 200
    assert Follower.objects.get().state == "pending"

    first = reader.post(url)
    confirmed_at = Follower.objects.get().confirmed_at
    second = reader.post(url)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert Follower.objects.get().confirmed_at == confirmed_at
    page = reader.get(first["Location"])
    assert "Leseding" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert not page.cookies
    keep_promises(Page(page), "/en/follow/yours/x/")
    assert "Already confirmed" in reader.get(url).content.decode()


@pytest.mark.parametrize(("state", "letter"), [("new", 1), ("pending", 0), ("confirmed", 1), ("suppressed", 0)])
def test_known_or_not_the_answer_is_the_same(state, letter, reader):
    if state == "pending":
        ask("eva@vaxjo.se", "en", "monthly", EVERYTHING)
        QueuedEmail.objects.all().delete()
    elif state == "confirmed":
        make_follower()
    elif state == "suppressed":
        Suppression.add("eva@vaxjo.se", "asked")

    response = reader.post(FORM, FIELDS)

    assert (response.status_code, response["Location"], response.content) == (303, "/en/follow/sent/", b"")
    sent = letters()
    assert len(sent) == letter
    if state == "confirmed":
        assert "does so already" in sent[0].body


def test_the_same_address_fifty_times_gets_one_letter_that_day_and_three_in_all(reader):
    for number in range(50):
        ask("victim@vaxjo.se", "en", "monthly", EVERYTHING if number % 2 else [("project", "leseding")])
    assert len(letters()) == 1

    for _day in range(5):
        Follower.objects.update(last_letter_at=timezone.now() - timedelta(days=2))
        ask("victim@vaxjo.se", "en", "monthly", EVERYTHING)
    assert len(letters()) == 3


def test_capitals_and_other_alphabets_of_one_address_are_one_follower(reader):
    for address in ("Eva@VAXJO.se", "eva@vaxjo.se", "eva@växjö.se", "eva@xn--vxj-qla6g.se"):
        reader.post(FORM, {**FIELDS, "email": address})

    assert sorted(Follower.objects.values_list("email", flat=True)) == ["eva@vaxjo.se", "eva@xn--vxj-qla6g.se"]


def test_the_eleventh_in_an_hour_waits_with_what_was_typed(settings):
    settings.BEHIND_PROXY = True
    office = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.7"})
    for number in range(10):
        assert office.post(FORM, {**FIELDS, "email": f"a{number}@vaxjo.se"}).status_code == 303

    response = office.post(FORM, {**FIELDS, "email": "eleventh@vaxjo.se"})

    assert response.status_code == 429
    assert "eleventh@vaxjo.se" in response.content.decode()


def test_beyond_a_hundred_confirmations_an_hour_letters_wait(db):
    for number in range(101):
        ask(f"a{number}@vaxjo.se", "en", "monthly", EVERYTHING)

    assert QueuedEmail.objects.filter(next_try_at__gt=timezone.now() + timedelta(minutes=30)).count() == 1
    assert Follower.objects.count() == 101


def test_an_address_that_is_none_is_said_beside_the_field(reader):
    response = reader.post(FORM, {**FIELDS, "email": "name.example.org"})

    assert response.status_code == 422
    assert 'href="#id_email"' in response.content.decode()
    assert "name.example.org" in response.content.decode()


def test_a_filled_trap_gets_the_same_answer_and_no_letter(reader):
    assert reader.post(FORM, {**FIELDS, "p_note": "x"}).status_code == 303
    assert not Follower.objects.exists()


def test_after_seven_days_the_link_has_run_out(reader):
    ask("eva@vaxjo.se", "en", "monthly", EVERYTHING)
    url = path_in(letters()[0], "confirm")
    Follower.objects.update(asked_at=timezone.now() - timedelta(days=7, hours=1))

    response = reader.post(url)

    assert response.status_code == 200
    assert "run out" in response.content.decode()
    assert Follower.objects.get().state == "pending"


# Leaving


def test_looking_at_the_page_for_leaving_leaves_nothing(reader):
    follower = make_follower(language="sv")

    page = reader.get(f"/u/{follower.key}")

    assert 'lang="sv"' in page.content.decode()
    assert Follower.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"},
        {"data": {"List-Unsubscribe": "One-Click"}},
        {},
    ],
)
def test_one_click_leaves_whoever_sends_it(body, reader):
    follower = make_follower()
    QueuedEmail.objects.create(purpose=QueuedEmail.Purpose.DIGEST, follower=follower)

    response = reader.post(
        f"/u/{follower.key}", **body, headers={"sec-fetch-site": "cross-site", "origin": "https://mail.example"}
    )
    again = reader.post(f"/u/{follower.key}")

    assert (response.status_code, again.status_code) == (200, 200)
    assert not response.cookies
    assert "You get no more letters" in response.content.decode()
    assert "You get no more letters" in again.content.decode()
    assert not Follower.objects.exists()
    assert not QueuedEmail.objects.exists()


def test_who_wants_no_letters_ever_is_remembered_by_a_code(reader):
    follower = make_follower()

    reader.post(f"/en/follow/yours/{follower.key}/", {"action": "never"})

    assert not Follower.objects.exists()
    assert Suppression.covers("eva@vaxjo.se")
    assert "eva" not in str(Suppression.objects.values())


def test_who_wants_no_letters_is_remembered_after_the_secret_has_changed(settings, db):
    Suppression.add("eva@vaxjo.se", "asked")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new secret"

    assert Suppression.covers("eva@vaxjo.se")


# The page of a follower


def test_topics_language_and_rhythm_are_changed(reader):
    follower = make_follower(topics=[("record", ""), ("project", "leseding")])
    url = f"/en/follow/yours/{follower.key}/"

    reader.post(url, {"action": "save", "language": "sv", "rhythm": "weekly", "topics": ["project/leseding"]})

    follower.refresh_from_db()
    assert (follower.language, follower.rhythm) == ("sv", "weekly")
    assert [topic.code for topic in follower.topics.all()] == ["leseding"]


def test_pausing_and_going_on(reader):
    follower = make_follower()
    url = f"/en/follow/yours/{follower.key}/"

    states = []
    for action in ("pause", "resume"):
        reader.post(url, {"action": action})
        follower.refresh_from_db()
        states.append(follower.state)

    assert states == ["paused", "confirmed"]


def test_what_is_stored_can_be_taken_and_holds_nothing_of_others(reader):
    follower = make_follower()
    make_follower("other@vaxjo.se")

    response = reader.post(f"/en/follow/yours/{follower.key}/", {"action": "download"})

    stored = json.loads(response.content)
    assert stored["email"] == "eva@vaxjo.se"
    assert stored["topics"] == [{"kind": "record", "code": ""}]
    assert "other@" not in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_keys_cannot_be_guessed(settings, db):
    settings.BEHIND_PROXY = True
    guesser = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.9"})

    answers = [guesser.get(f"/en/follow/yours/{number:022}/").status_code for number in range(61)]

    assert answers == [404] * 60 + [429]


@pytest.mark.parametrize(("topic", "status"), [("project/none", 404), ("visit/2011-11-library-sweden", 404)])
def test_what_cannot_be_followed_has_no_form(topic, status, reader):
    assert reader.get(f"{FORM}{topic}/").status_code == status


def test_a_draft_has_no_form_and_a_withdrawn_record_says_so(reader):
    make_project(code="test-draft", state="draft")
    make_project(
        code="test-gone", state="withdrawn", withdrawn_on=timezone.localdate(), withdrawal_reason_en="Told twice"
    )

    assert reader.get(f"{FORM}project/test-draft/").status_code == 404
    gone = reader.get(f"{FORM}project/test-gone/")
    assert gone.status_code == 410
    assert "Told twice" in gone.content.decode()


def test_no_more_than_thirty_topics_are_kept(db):
    topics = [("project", make_project().code) for _number in range(31)]

    ask("eva@vaxjo.se", "en", "monthly", topics)

    assert Following.objects.count() == 30


def test_following_empties_no_cache(reader):
    before = DataVersion.objects.get().number

    for number in range(20):
        ask(f"a{number}@vaxjo.se", "en", "monthly", EVERYTHING)

    assert DataVersion.objects.get().number == before


def test_after_two_years_followers_are_asked_once_and_who_does_not_answer_is_forgotten(reader):
    long_ago = timezone.now() - timedelta(days=2 * 365, hours=1)
    staying, silent = (make_follower(address, confirmed_at=long_ago) for address in ("a@vaxjo.se", "b@vaxjo.se"))
    make_follower("new@vaxjo.se", confirmed_at=long_ago + timedelta(hours=2))

    for _day in range(2):
        ask_again()
    told = letters()
    assert sorted(letter.to[0] for letter in told) == ["a@vaxjo.se", "b@vaxjo.se"]
    assert "Press the button on this page if you still want them." in told[0].body

    reader.post(f"/en/follow/yours/{staying.key}/", {"action": "stay"})
    for hours, addresses in ((-1, ["a@vaxjo.se", "b@vaxjo.se", "new@vaxjo.se"]), (1, ["a@vaxjo.se", "new@vaxjo.se"])):
        asked_at = timezone.now() - timedelta(days=30, hours=hours)
        Follower.objects.filter(pk=silent.pk).update(reconfirm_asked_at=asked_at)
        ask_again()
        assert sorted(Follower.objects.values_list("email", flat=True)) == addresses

    assert len(letters()) == 2


@pytest.mark.parametrize("state", ["waiting", "held"])
def test_whom_the_question_has_not_reached_is_not_forgotten(state):
    follower = make_follower(confirmed_at=timezone.now() - timedelta(days=3 * 365))
    ask_again()
    QueuedEmail.objects.update(state=state)
    Follower.objects.update(reconfirm_asked_at=timezone.now() - timedelta(days=31))

    ask_again()

    assert Follower.objects.get() == follower


@pytest.mark.parametrize("why", ["mail", "operator"])
def test_without_mail_or_operator_following_is_closed_and_says_why(why, reader, settings):
    if why == "mail":
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        settings.OPERATOR_NAME, settings.DATA_PROTECTION_CONTACT = "Växjö kommun", "dso@vaxjo.se"
    else:
        settings.HTTPS, settings.SECURE_SSL_REDIRECT = True, False
        settings.OPERATOR_NAME = settings.DATA_PROTECTION_CONTACT = ""

    page = reader.get(FORM).content.decode()

    assert {"mail": "cannot send letters yet", "operator": "who answers for this site"}[why] in page
    assert reader.post(FORM, FIELDS).status_code == 403
    assert FORM not in Page(reader.get("/en/")).links(FORM)

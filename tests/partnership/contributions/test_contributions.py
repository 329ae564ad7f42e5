"""The form in three steps, over HTTP: nothing that is typed is lost, nothing of it reaches the public."""

from __future__ import annotations

import gzip
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from partnership.contributions import intake
from partnership.following.views import ask
from partnership.models import Contribution, DataVersion, QueuedEmail, Suppression
from tests.base import Page, fetch, keep_promises, letters
from tests.factories import make_project
from tests.support.databases import loaded_database
from tests.support.work import values_of
from tests.support.worker import Worker

FORM, FORM_SV = "/en/contribute/send/", "/sv/bidra/skicka/"
TEXT = "I was in the group that came in September 2010."
FIELDS = {
    "text": TEXT,
    "known_how": "there",
    "when_text": "September 2010",
    "what": "memory",
    "email": "",
    "p_note": "",
}


@pytest.fixture(autouse=True)
def _counts_from_nothing(settings, db):
    caches["counters"].clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def resident() -> Client:
    return Client(headers={"host": "localhost"}, raise_request_exception=False)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser sends them."""
    from html import unescape

    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in fields}


def check(client: Client, url: str = FORM, **fields: str) -> dict[str, str]:
    """What the check page holds for sending, once what was typed has been checked."""
    response = client.post(url, {**FIELDS, **fields, "step": "check"})
    assert response.status_code == 200, response.content.decode()
    return hidden(response.content.decode())


def later(monkeypatch, seconds: float) -> None:
    now = time.time
    monkeypatch.setattr(intake.time, "time", lambda: now() + seconds)


@pytest.fixture
def send(resident, monkeypatch):
    """Goes through the whole form as a person does, and answers the last response."""

    def through(url: str = FORM, client: Client = resident, **fields: str):
        held = check(client, url, **fields)
        with monkeypatch.context() as patch:
            later(patch, 3)
            return client.post(url, {**held, "step": "send"})

    return through


# The form


def test_the_form_comes_from_the_page_cache_and_what_is_sent_leaves_it_there(tmp_path, django_db_setup):
    with loaded_database(tmp_path) as environment:
        worker = Worker(tmp_path, **environment)
        first, second = worker.get(FORM), worker.get(FORM)
        worker.call(save_in_worker)
        third, report = worker.get(FORM), worker.report
        worker.end()

    assert (first.code, first.headers["ETag"]) == (200, second.headers["ETag"])
    assert third.headers["ETag"] == first.headers["ETag"]
    assert report["hits"] == 2
    assert "Set-Cookie" not in first.headers


def save_in_worker() -> None:
    contribution = Contribution(text=TEXT, key_hash="x")
    contribution.give_reference()
    contribution.save()
    ask("eva@vaxjo.se", "en", "monthly", [("record", "")])


def test_the_form_is_the_same_for_everyone_and_sets_no_cookie(resident):
    first, second = resident.get(FORM), resident.get(FORM)

    assert first.content == second.content
    assert not first.cookies
    assert "no-store" not in first.get("Cache-Control", "")
    assert "token" not in first.content.decode()
    assert "csrf" not in first.content.decode()


@pytest.mark.parametrize("url", [FORM, FORM_SV, "/en/contribute/send/project/leseding/"])
def test_the_form_keeps_the_promises_of_every_page(url):
    page = fetch(url)

    assert page.is_indexed == (url in (FORM, FORM_SV))


def test_the_form_is_in_the_readers_language_and_ignores_parameters(resident):
    assert resident.get(FORM_SV + "?text=x")["Location"] == FORM_SV
    assert "Berätta vad du vet" in resident.get(FORM_SV).content.decode()
    assert resident.head(FORM).content == b""
    assert resident.put(FORM).status_code == 405


def test_nothing_is_saved_by_the_first_form(resident):
    response = resident.post(FORM, {**FIELDS, "step": "check"})

    page = response.content.decode()
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert TEXT in page
    assert "Check before you send" in page
    assert not Contribution.objects.exists()


def test_what_was_typed_keeps_its_paragraphs_through_the_check_page(resident):
    typed = "They came in 2010.\n\n    Five of them were teachers.\n\nI kept the programme."

    assert check(resident, text=typed)["text"].replace("\r", "") == typed


def test_the_check_page_keeps_the_promises_of_every_page(resident):
    response = resident.post(FORM_SV, {**FIELDS, "step": "check"})

    keep_promises(Page(response), FORM_SV)
    assert not response.cookies


def test_a_form_that_is_sent_at_once_is_shown_again_and_kept(resident):
    held = check(resident)

    response = resident.post(FORM, {**held, "step": "send"})

    assert response.status_code == 200
    assert "Please look it through once more, then press Send." in response.content.decode()
    assert not Contribution.objects.exists()


def test_a_contribution_is_saved_and_leads_to_its_page_and_empties_no_cache(send, resident):
    before = DataVersion.objects.get().number

    response = send()

    assert response.status_code == 303
    contribution = Contribution.objects.get()
    assert (contribution.text, contribution.known_how, contribution.what) == (TEXT, "there", "memory")
    assert contribution.suspected == []
    page = resident.get(response["Location"])
    assert f"Thank you. Your reference is {contribution.reference}" in Page(page).text
    assert DataVersion.objects.get().number == before


def test_the_same_form_five_times_is_one_contribution(resident, monkeypatch):
    held = check(resident)
    later(monkeypatch, 3)

    places = {resident.post(FORM, {**held, "step": "send"})["Location"] for _time in range(5)}

    assert len(places) == 1
    assert Contribution.objects.count() == 1


def check_in_worker() -> dict[str, str]:
    return check(Client(headers={"host": "localhost"}))


def send_in_worker(held: dict[str, str]) -> str:
    return Client(headers={"host": "localhost"}).post(FORM, {**held, "step": "send"})["Location"]


def test_the_same_form_at_two_servers_at_once_is_one_contribution(tmp_path, django_db_setup):
    with loaded_database(tmp_path) as environment:
        workers = [Worker(tmp_path, **environment) for _number in range(2)]
        held = workers[0].call(check_in_worker)
        time.sleep(2.1)
        with ThreadPoolExecutor() as pool:
            places = set(pool.map(lambda worker: worker.call(send_in_worker, held), workers))
        count = len(workers[0].call(values_of, "partnership.Contribution", "pk"))
        for worker in workers:
            worker.end()

    assert len(places) == 1
    assert count == 1


def test_a_form_that_is_sent_again_after_the_secret_has_changed_leads_to_the_same_page(resident, monkeypatch, settings):
    form = {**check(resident), "step": "send"}
    later(monkeypatch, 3)
    first = resident.post(FORM, form)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert resident.post(FORM, form)["Location"] == first["Location"]
    assert resident.get(first["Location"]).status_code == 200


def test_what_was_changed_after_the_check_is_shown_again(resident, monkeypatch):
    held = check(resident)
    later(monkeypatch, 3)

    response = resident.post(FORM, {**held, "text": "Something else than before.", "step": "send"})

    assert response.status_code == 422
    assert "Something else than before." in response.content.decode()
    assert not Contribution.objects.exists()


def test_a_check_page_that_lay_open_for_a_day_is_shown_anew(resident, monkeypatch):
    held = check(resident)
    later(monkeypatch, 25 * 60 * 60)

    response = resident.post(FORM, {**held, "step": "send"})

    assert response.status_code == 200
    assert TEXT in response.content.decode()
    assert hidden(response.content.decode())["token"] != held["token"]
    assert not Contribution.objects.exists()


@pytest.mark.parametrize("text", ["", "Nine sign", "x" * 4001])
def test_too_little_or_too_much_is_said_beside_the_field_and_kept(text, resident):
    response = resident.post(FORM, {**FIELDS, "text": text, "step": "check"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in page
    assert 'href="#id_text"' in page
    assert text in page


def test_line_breaks_count_once_whatever_the_browser_sends(send):
    text = "a line of this text\r\n" * 190 + "x" * 200

    assert send(text=text).status_code == 303
    assert Contribution.objects.get().text == text.replace("\r\n", "\n").strip()


def test_only_the_text_is_asked_for(resident, monkeypatch):
    page = resident.post(FORM, {"text": TEXT, "p_note": "", "step": "check"})
    later(monkeypatch, 3)

    assert resident.post(FORM, {**hidden(page.content.decode()), "step": "send"}).status_code == 303
    assert Contribution.objects.get().text == TEXT


def test_change_leads_back_to_the_form_with_what_was_typed(resident):
    held = check(resident)

    response = resident.post(FORM, {**held, "step": "change"})

    assert response.status_code == 200
    assert f">\n{TEXT}</textarea>" in response.content.decode()
    assert "Error" not in response.content.decode()


# Programs


def test_a_filled_trap_marks_and_tells_nobody(send):
    response = send(p_note="a program", email="eva@vaxjo.se")

    assert response.status_code == 303
    assert "honeypot" in Contribution.objects.get().suspected
    assert letters() == []


def test_a_missing_trap_marks(resident, monkeypatch):
    page = resident.post(FORM, {"text": TEXT, "step": "check"})
    later(monkeypatch, 3)
    resident.post(FORM, {**hidden(page.content.decode()), "step": "send"})

    assert Contribution.objects.get().suspected == ["honeypot"]


def test_a_program_that_sends_without_a_check_page_saves_nothing(resident):
    assert resident.post(FORM, {**FIELDS, "step": "send"}).status_code == 422
    assert resident.post(FORM, {**FIELDS, "step": "send", "token": "x:y:z"}).status_code == 422
    assert not Contribution.objects.exists()


def test_a_program_that_says_its_name_is_marked_and_the_name_kept_nowhere(send):
    crawler = Client(headers={"host": "localhost", "user-agent": "ExampleBot/2.1 (+https://bot.example)"})

    assert send(client=crawler, email="eva@vaxjo.se").status_code == 303

    assert Contribution.objects.get().suspected == ["names_bot"]
    assert "ExampleBot" not in str(Contribution.objects.values().get())
    assert letters() == []


def test_many_of_one_address_on_one_day_are_marked_and_those_of_others_are_not(send, settings):
    settings.BEHIND_PROXY = True
    office = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.7"})
    for number in range(5):
        send(client=office, text=f"{TEXT} Number {number}.")
    caches["counters"].clear()

    send(client=office, text=f"{TEXT} Number six.")
    send(client=Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.8"}), text=f"{TEXT} By others.")

    suspected = [row.suspected for row in Contribution.objects.order_by("pk")]
    assert suspected == [[], [], [], [], [], ["many"], []]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Look at http://a.example http://b.example and http://c.example now", "links"),
        ("Cheap [url=http://a.example]here[/url] and now", "links"),
        ("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "no_words"),
        ("buy " * 30, "no_words"),
    ],
)
def test_what_looks_like_a_programs_work_is_marked_and_kept(text, why, send):
    assert send(text=text).status_code == 303
    assert why in Contribution.objects.get().suspected


def test_the_same_text_again_is_marked(send):
    send()
    send(text=f"  {TEXT.upper()}\n")

    assert [contribution.suspected for contribution in Contribution.objects.order_by("pk")] == [[], ["repeated"]]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "null"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"origin": "http://localhost"}, 200),
        ({}, 200),
    ],
)
def test_forms_of_other_sites_are_refused(headers, status, resident):
    response = resident.post(FORM, {**FIELDS, "step": "check"}, headers=headers)

    assert response.status_code == status
    if status == 403:
        assert "sent from another site" in response.content.decode()


def test_the_sixth_in_an_hour_waits_with_what_was_typed_and_others_pass(send, settings, resident):
    settings.BEHIND_PROXY = True
    office = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.7"})
    for number in range(5):
        assert send(client=office, text=f"{TEXT} Number {number}.").status_code == 303

    response = send(client=office, text=f"{TEXT} Number six.")

    assert response.status_code == 429
    assert int(response["Retry-After"]) <= 3600
    assert "Number six." in response.content.decode()
    assert not response.cookies
    other = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.8"})
    assert send(client=other, text=f"{TEXT} From another place.").status_code == 303


def test_above_a_days_number_a_question_is_asked_that_people_can_answer(send, settings, resident, monkeypatch):
    settings.CONTRIBUTIONS_A_DAY = 1
    send()
    held = check(resident, text="Another memory of the same visit.")
    later(monkeypatch, 3)

    wrong = resident.post(FORM, {**held, "country": "Sweden", "step": "send"})
    assert wrong.status_code == 422
    assert "That is another country" in wrong.content.decode()
    assert "Another memory of the same visit." in wrong.content.decode()
    assert Contribution.objects.count() == 1

    held = hidden(wrong.content.decode())
    assert resident.post(FORM, {**held, "country": " Suid-Afrika ", "step": "send"}).status_code == 303


def test_far_above_it_the_form_is_closed_until_midnight_and_keeps_the_text(send, settings):
    settings.CONTRIBUTIONS_A_DAY = 0

    response = send()

    assert response.status_code == 429
    assert TEXT in response.content.decode()


# What is typed


@pytest.mark.parametrize("text", ["<script>alert(1)</script> in the text", "{{ request }} {% now %}", "%s %(x)s 100 %"])
def test_signs_of_programs_are_shown_as_typed(text, send, resident):
    from django.utils.html import escape

    page = resident.get(send(text=text)["Location"]).content.decode()

    assert escape(text) in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "email",
    [
        "a@vaxjo.se, b@vaxjo.se",
        "a@vaxjo.se\r\nBcc: b@vaxjo.se",
        "a@localhost",
        "a@[127.0.0.1]",
        "a" * 300 + "@vaxjo.se",
        "åsa@vaxjo.se",
        "no address",
    ],
)
def test_what_is_no_address_of_one_mailbox_is_said_beside_the_field(email, resident, settings):
    settings.DEBUG = False
    response = resident.post(FORM, {**FIELDS, "email": email, "step": "check"})

    assert response.status_code == 422
    assert 'href="#id_email"' in response.content.decode()
    assert TEXT in response.content.decode()


def test_the_receipt_holds_reference_and_link_and_none_of_the_text(send):
    place = send(email="Eva@Vaxjo.se", text="Bcc: everyone@vaxjo.se %(link)s {{ x }}")["Location"]

    (letter,) = letters()
    contribution = Contribution.objects.get()
    assert letter.to == ["eva@vaxjo.se"]
    assert contribution.reference in letter.body
    assert place in letter.body
    assert "everyone" not in letter.message().as_string()


def test_an_address_that_others_type_gets_one_receipt_a_day(send):
    for number in range(4):
        send(email="victim@vaxjo.se", text=f"A long memory, number {number}.")

    assert len(letters()) == 1


def test_who_has_an_address_deleted_cannot_make_the_site_write_to_it_again(send, resident):
    for number in range(3):
        place = send(email="victim@vaxjo.se", text=f"A long memory, number {number}.")["Location"]
        sent = letters()
        resident.post(f"{place}forget/", {"what": "address"})

    assert len(sent) == 1


def test_who_wants_no_letters_gets_no_receipt(send):
    Suppression.add("eva@vaxjo.se", "asked")
    send(email="eva@vaxjo.se")

    assert not QueuedEmail.objects.exists()


def test_without_a_mail_server_nobody_is_asked_for_an_address(resident, settings, send):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    page = resident.get(FORM).content.decode()

    assert 'name="email"' not in page
    assert "cannot send letters yet" in page
    assert send().status_code == 303


def test_without_an_operator_in_public_the_form_is_closed_and_says_why(resident, settings):
    settings.HTTPS, settings.SECURE_SSL_REDIRECT = True, False
    settings.OPERATOR_NAME = settings.DATA_PROTECTION_CONTACT = ""

    assert "who answers for this site" in resident.get(FORM).content.decode()
    assert resident.post(FORM, {**FIELDS, "step": "check"}).status_code == 403

    settings.OPERATOR_NAME, settings.DATA_PROTECTION_CONTACT = "Växjö kommun", "dso@vaxjo.se"
    assert "Tell us what you know" in resident.get(FORM).content.decode()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("A text with \0 in it", 422),
        ("\u202e a text from right to left", 200),
        ("😀" * 4000, 200),
        ("å" * 4000, 200),
        ("Sent with an \uf8ff telephone", 200),
    ],
)
def test_odd_signs_never_fail(text, status, resident):
    response = resident.post(FORM, {**FIELDS, "text": text, "step": "check"})

    assert response.status_code == status
    assert text[-10:] in response.content.decode()


def test_bytes_that_are_no_text_are_replaced_and_the_rest_stays(resident):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
        b"a lone \xed\xa0\x80 surrogate in a text\r\n--x--\r\n"
    )

    response = resident.post(FORM, body, content_type="multipart/form-data; boundary=x")

    assert response.status_code == 200
    assert "\ufffd surrogate in a text" in response.content.decode()


def test_what_looks_like_a_name_is_pointed_out_before_it_is_sent(resident):
    page = resident.post(FORM, {**FIELDS, "text": "Mrs Example showed us the centre.", "step": "check"})

    assert "This looks like a person’s name or number: “Mrs Example”" in page.content.decode()


@pytest.mark.parametrize("size", [70_000, 300_000_000])
def test_a_body_that_is_too_long_is_refused_in_words_for_the_public(size, resident):
    response = resident.generic("POST", FORM, b"x", CONTENT_LENGTH=str(size))

    assert response.status_code == 413
    assert "The form held more than it may" in response.content.decode()
    assert "sign in" not in response.content.decode()


def test_while_the_database_is_away_the_text_stays_in_the_page_and_is_saved_once_later(resident, monkeypatch):
    held = check(resident)
    later(monkeypatch, 3)
    with monkeypatch.context() as away:

        def fail(*_values, **_named):
            raise OperationalError("the database is away")

        away.setattr(Contribution, "save", fail)
        response = resident.post(FORM, {**held, "step": "send"})
    assert response.status_code == 503
    assert TEXT in response.content.decode()
    assert "Send again" in response.content.decode()
    assert not response.cookies

    again = hidden(response.content.decode())
    assert [resident.post(FORM, again).status_code for _time in range(2)] == [303, 303]
    assert Contribution.objects.count() == 1


# About a record


def test_a_form_about_a_record_brings_it_along(send, resident):
    url = "/en/contribute/send/project/leseding/"
    assert "Leseding" in resident.get(url).content.decode()

    send(url)

    contribution = Contribution.objects.get()
    assert (contribution.model_name, contribution.code) == ("project", "leseding")


def test_every_page_of_a_record_leads_to_the_form_about_it():
    for url, about in {
        "/en/projects/leseding/": "project/leseding",
        "/en/visits/2011-11-library-sweden/": "visit/2011-11-library-sweden",
        "/en/themes/sports-and-culture/": "theme/sports-and-culture",
        "/en/partners/jb-marks/": "partner/jb-marks",
        "/en/sources/platforma-2018/": "source/platforma-2018",
    }.items():
        assert f"/en/contribute/send/{about}/" in fetch(url).links("/en/contribute/"), url
    assert "/sv/bidra/skicka/project/leseding/" in fetch("/sv/projekt/leseding/").links("/sv/bidra/")
    assert FORM in fetch("/en/projects/").links("/en/contribute/")


@pytest.mark.parametrize("url", ["project/test-draft", "project/none", "kind/leseding", "user/1"])
def test_there_is_no_form_about_what_was_never_public(url, resident):
    make_project(code="test-draft", state="draft")

    assert resident.get(f"{FORM}{url}/").status_code == 404


def test_the_form_about_a_withdrawn_record_shows_its_tombstone_only(resident):
    make_project(
        code="test-gone",
        title_en="Gone",
        note_en="A note that is gone",
        state="withdrawn",
        withdrawn_on=timezone.localdate(),
        withdrawal_reason_en="Told twice",
    )

    page = resident.get(f"{FORM}project/test-gone/").content.decode()

    assert "Told twice" in page
    assert "A note that is gone" not in page


def test_a_record_that_is_withdrawn_meanwhile_is_still_written_about(resident, monkeypatch):
    project = make_project(code="test-going")
    held = check(resident, f"{FORM}project/test-going/")
    project.state, project.withdrawn_on, project.withdrawal_reason_en = "withdrawn", timezone.localdate(), "Why"
    project.save()
    later(monkeypatch, 3)

    assert resident.post(f"{FORM}project/test-going/", {**held, "step": "send"}).status_code == 303
    assert Contribution.objects.get().code == "test-going"


# The private page


def test_the_private_page_is_kept_by_nobody_and_lets_its_form_come_back(send, resident):
    page = resident.get(send()["Location"])

    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "same-origin"
    assert not page.cookies
    keep_promises(Page(page), "/en/contribute/yours/x/")
    assert not [link for link in Page(page).links() if link.startswith("http")]


def test_keys_cannot_be_guessed(resident, settings):
    settings.BEHIND_PROXY = True
    guesser = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.9"})

    answers = [guesser.get(f"/en/contribute/yours/{number:022}/").status_code for number in range(61)]

    assert answers == [404] * 60 + [429]


def test_the_sender_answers_a_question(send, resident):
    place = send()["Location"]
    Contribution.objects.update(state="asked")

    assert resident.post(place, {"text": "It was in autumn."}).status_code == 303

    assert "It was in autumn." in resident.get(place).content.decode()
    assert Contribution.objects.get().state == "in_hand"
    assert resident.post(place, {"text": ""}).status_code == 422


def test_what_is_written_to_a_contribution_that_was_closed_meanwhile_is_shown_again(send, resident):
    place = send()["Location"]
    Contribution.objects.update(state="not_used", closed_at=timezone.now())

    response = resident.post(place, {"text": "It was in autumn."})

    assert response.status_code == 410
    assert "It was in autumn." in response.content.decode()


def test_an_address_is_shown_masked_and_forgotten_at_once(send, resident):
    place = send(email="eva@vaxjo.se")["Location"]
    assert "e…@v…" in resident.get(place).content.decode()
    assert "eva@vaxjo.se" not in resident.get(place).content.decode()
    assert resident.get(f"{place}forget/").status_code == 200
    assert Contribution.objects.get().email == "eva@vaxjo.se"

    resident.post(f"{place}forget/", {"what": "address"})

    assert Contribution.objects.get().email == ""
    assert not QueuedEmail.objects.filter(address="eva@vaxjo.se").exists()


def test_the_sender_asks_for_erasure_and_staff_decide(send, resident):
    place = send()["Location"]

    resident.post(f"{place}forget/", {"what": "all"})

    assert Contribution.objects.get().wants_erasure
    assert "You have asked for all of it to be erased" in resident.get(place).content.decode()


def test_staff_who_are_signed_in_are_anyone(staff_client, send):
    response = send(client=staff_client("Publisher"))

    assert response.status_code == 303
    assert Contribution.objects.get().taken_by is None


def test_references_count_through_the_year(send):
    for number in range(3):
        send(text=f"A memory with a number, {number}.")

    year = timezone.localtime().year
    references = Contribution.objects.order_by("pk").values_list("reference", flat=True)
    assert list(references) == [f"{year}-000{n}" for n in (1, 2, 3)]


def test_a_page_of_half_a_year_ago_is_still_there(send, resident):
    place = send()["Location"]
    Contribution.objects.update(received_at=timezone.now() - timedelta(days=180))

    assert TEXT in resident.get(place).content.decode()


@pytest.mark.parametrize(("step", "most"), [("", 6_000), ("check", 5_000)])
def test_form_and_check_page_are_light(step, most, resident):
    url = "/en/contribute/send/project/leseding/"
    response = resident.post(url, {**FIELDS, "step": step}) if step else resident.get(url)

    assert len(gzip.compress(response.content)) <= most

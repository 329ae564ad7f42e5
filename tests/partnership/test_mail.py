"""The queue of e-mail against a real mail server: none sent twice, none forgotten, whatever dies and whatever fails."""

from __future__ import annotations

import email.policy
import os
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command
from django.utils import timezone

from partnership import mail
from partnership.models import Follower, QueuedEmail, User
from tests.support.databases import loaded_database
from tests.support.work import values_of
from tests.support.worker import Worker

State, Purpose = QueuedEmail.State, QueuedEmail.Purpose


class Mailbox:
    """Takes letters and keeps them; ``answers`` say otherwise for an address, at RCPT or at the end of DATA."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, EmailMessage]] = []
        self.at_recipient: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.hangs_up_after: set[str] = set()
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.at_recipient.get(address, "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        (to,) = envelope.rcpt_tos
        if to in self.at_data:
            return self.at_data[to]
        self.letters.append((to, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        if to in self.hangs_up_after:
            server.transport.close()
        return "250 Taken"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _letter in self.letters]


@pytest.fixture
def mailbox():
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def smtp(mailbox, settings, db):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", mailbox.port, 5
    settings.MAIL_PER_MINUTE = 10_000
    return mailbox


def queue(address: str, purpose: int = Purpose.RECEIPT, **values) -> QueuedEmail:
    return QueuedEmail.objects.create(
        purpose=purpose, address=address, subject="A subject", body="Some text\n", language="en", **values
    )


def send() -> int:
    return mail.send_queue({})


def test_what_is_most_awaited_goes_first_and_leaves_no_address_behind(smtp):
    for name, purpose in {"digest": Purpose.DIGEST, "receipt": Purpose.RECEIPT, "confirm": Purpose.CONFIRM}.items():
        queue(f"{name}@example.org", purpose)

    assert send() == 3

    assert smtp.recipients == ["confirm@example.org", "receipt@example.org", "digest@example.org"]
    assert {(email.state, email.address, email.subject, email.body) for email in QueuedEmail.objects.all()} == {
        (State.SENT, "", "", "")
    }


def test_a_letter_says_who_sends_it_and_that_nobody_need_answer(smtp, settings):
    settings.SITE_URL, settings.CONTACT_EMAIL = "https://record.example", "record@example.org"
    settings.DEFAULT_FROM_EMAIL = "Växjö, Region Kronoberg och JB Marks <a@b.se>"
    row = queue("eva@example.org")

    send()

    ((_to, letter),) = smtp.letters
    assert letter["From"].addresses[0].display_name == "Växjö, Region Kronoberg och JB Marks"
    assert letter["From"].addresses[0].addr_spec == "a@b.se"
    assert (letter["Message-ID"], letter["Reply-To"]) == (f"<{row.key}@record.example>", "record@example.org")
    assert (letter["Auto-Submitted"], letter["Content-Language"]) == ("auto-generated", "en")


def test_with_a_sender_that_cannot_be_read_letters_wait(smtp, settings):
    settings.DEFAULT_FROM_EMAIL = "The record of the partnership"
    queue("eva@example.org")

    assert send() == 0

    assert QueuedEmail.objects.get().state == State.WAITING


def test_one_letter_that_cannot_be_made_or_sent_stops_no_other(smtp):
    addresses = [f"a{number}@example.org" for number in range(20)]
    for address in addresses:
        queue(address)
    queue("two@example.org\nBcc: all@example.org", Purpose.CONFIRM)
    queue("odd@example.org", Purpose.DIGEST)

    def fails(_row):
        raise ZeroDivisionError

    assert mail.send_queue({Purpose.DIGEST: fails}) == 20

    assert smtp.recipients == addresses
    assert QueuedEmail.objects.filter(state=State.REFUSED).count() == 2


@pytest.mark.parametrize("answer", ["250 Taken", "450 4.2.1 later", "550 5.3.0 no"])
def test_who_leaves_while_a_letter_is_on_its_way_does_not_come_back_with_it(answer, smtp):
    follower = Follower.objects.create(email="eva@example.org")
    QueuedEmail.objects.create(purpose=Purpose.CONFIRM, follower=follower, subject="A subject", body="Some text\n")
    queue("another@example.org", Purpose.DIGEST)
    smtp.at_recipient["eva@example.org"] = answer

    def leave(row):
        Follower.objects.all().delete()
        return mail.compose(row)

    mail.send_queue({Purpose.CONFIRM: leave})

    assert not Follower.objects.exists()
    assert [row.state for row in QueuedEmail.objects.all()] == [State.SENT]
    assert "another@example.org" in smtp.recipients


def test_without_a_server_letters_wait_and_go_out_later_in_order(smtp, settings):
    addresses = [f"a{number}@example.org" for number in range(5)]
    for address in addresses:
        queue(address)
    settings.EMAIL_PORT = 9
    assert [send(), send()] == [0, 0]
    assert set(QueuedEmail.objects.values_list("state", "tries")) == {(State.WAITING, 0)}

    settings.EMAIL_PORT = smtp.port

    assert send() == 5
    assert smtp.recipients == addresses


def test_what_the_server_cannot_take_now_is_tried_again_for_two_days_and_no_longer(smtp):
    smtp.at_recipient["full@example.org"] = "452 4.2.2 Mailbox full"
    row = queue("full@example.org")
    waits = []
    for _try in range(6):
        send()
        row.refresh_from_db()
        waits.append(round((row.next_try_at - timezone.now()).total_seconds() / 60))
        QueuedEmail.objects.update(next_try_at=timezone.now())

    assert waits[:5] == [15, 60, 240, 720, 1440]
    assert (row.state, row.detail) == (State.REFUSED, "452 4.2.2")


def test_a_refusal_for_good_is_not_tried_again_and_keeps_only_its_number(smtp):
    smtp.at_recipient["gone@example.org"] = "550 5.1.1 <gone@example.org> is not here"
    row = queue("gone@example.org")

    send()
    send()

    row.refresh_from_db()
    assert (row.state, row.tries, row.detail) == (State.REFUSED, 1, "550 5.1.1")


def test_a_soft_bounce_of_somebody_who_has_left_brings_nobody_back(db):
    follower = Follower.objects.create(email="eva@example.org")
    Follower.objects.all().delete()

    follower.bounce_softly()

    assert not Follower.objects.exists()


@pytest.mark.parametrize(("purpose", "state"), [(Purpose.CONFIRM, State.WAITING), (Purpose.DIGEST, State.DOUBTFUL)])
def test_a_connection_that_ends_with_a_letter_leaves_it_in_doubt(purpose, state, smtp):
    smtp.hangs_up_after.add("eva@example.org")
    row = queue("eva@example.org", purpose)

    send()

    row.refresh_from_db()
    assert row.state == state


def test_no_more_go_out_in_a_minute_than_the_rate_allows(smtp, settings):
    settings.MAIL_PER_MINUTE = 3
    for number in range(5):
        queue(f"a{number}@example.org")

    assert [send(), send()] == [3, 0]
    QueuedEmail.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    assert send() == 2


def test_old_news_is_held_for_a_person_to_decide(smtp):
    digest, receipt = queue("a@example.org", Purpose.DIGEST), queue("b@example.org")
    QueuedEmail.objects.update(made_at=timezone.now() - timedelta(days=4))

    assert send() == 1

    digest.refresh_from_db()
    receipt.refresh_from_db()
    assert (digest.state, receipt.state) == (State.HELD, State.SENT)


def test_a_colleague_without_an_account_any_more_gets_no_letter(smtp):
    user = User.objects.create(username="left", email="left@example.org", is_active=False)
    QueuedEmail.objects.create(to=user, purpose=Purpose.PASSWORD)

    call_command("work", "--once")

    assert smtp.letters == []
    assert not QueuedEmail.objects.exists()


# Workers that die


@pytest.fixture(scope="module")
def place(tmp_path_factory, django_db_setup):
    """The environment of workers that share a database, which is there."""
    folder = tmp_path_factory.mktemp("queue")
    with loaded_database(folder) as database:
        yield folder, {**database, "MAIL_PER_MINUTE": "100000"}


@pytest.fixture
def workers(place, mailbox):
    """Makes workers that send to the mailbox; they are gone after the test, and so is what they queued."""
    folder, shared = place
    started = []

    def start(count: int) -> list[Worker]:
        new = [Worker(folder, **shared, EMAIL_URL=f"smtp://127.0.0.1:{mailbox.port}") for _number in range(count)]
        started.extend(new)
        return new

    yield start
    for worker in started:
        worker.end()


def fill_queue(count: int, purpose: int) -> None:
    """Leaves nothing in the queue but so many letters."""
    QueuedEmail.objects.all().delete()
    for number in range(count):
        QueuedEmail.objects.create(purpose=purpose, address=f"a{number}@example.org", subject="x", body="y")


def die(*_arguments: object) -> None:
    """Ends the process as kill -9 does."""
    os._exit(9)


def send_until(moment: str) -> None:
    """Sends, and dies before the server hears of a letter ("claimed") or after it has taken it ("taken")."""
    with pytest.MonkeyPatch.context() as patch:
        target, name = {"claimed": (mail._Server, "_open"), "taken": (QueuedEmail, "mark_sent")}[moment]
        patch.setattr(target, name, die)
        mail.send_queue({})


def an_hour_passes() -> None:
    QueuedEmail.objects.filter(state="trying").update(claimed_at=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize(
    ("purpose", "moment", "copies"),
    [
        (Purpose.CONFIRM, "claimed", 1),
        (Purpose.CONFIRM, "taken", 2),
        (Purpose.NEWSLETTER, "claimed", 0),
        (Purpose.NEWSLETTER, "taken", 1),
    ],
)
def test_a_worker_killed_with_a_letter_in_hand(purpose, moment, copies, workers, mailbox):
    """A confirmation comes at least once, a newsletter at most once; the others in the queue once each."""
    dying, other = workers(2)
    other.call(fill_queue, 5, purpose)

    with pytest.raises(AssertionError, match="the worker has stopped"):
        dying.call(send_until, moment)
    other.call(mail.send_queue, {})
    other.call(an_hour_passes)
    other.call(mail.send_queue, {})

    assert Counter(mailbox.recipients) == Counter(
        {"a0@example.org": copies, **{f"a{number}@example.org": 1 for number in range(1, 5)}}
    )
    ids = {letter["Message-ID"] for to, letter in mailbox.letters if to == "a0@example.org"}
    assert len(ids) == min(copies, 1)
    left = Counter(other.call(values_of, "partnership.QueuedEmail", "state"))
    assert left == ({"sent": 5} if purpose == Purpose.CONFIRM else {"sent": 4, "doubtful": 1})


def test_two_workers_send_each_letter_once(workers, mailbox):
    first, second = workers(2)
    first.call(fill_queue, 200, Purpose.DIGEST)

    with ThreadPoolExecutor() as pool:
        counts = list(pool.map(lambda worker: worker.call(mail.send_queue, {}), [first, second]))

    assert sum(counts) == 200
    assert Counter(mailbox.recipients) == Counter(f"a{number}@example.org" for number in range(200))

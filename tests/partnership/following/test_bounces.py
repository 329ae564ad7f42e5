"""Letters that came back, as three kinds of servers report them, and what only a known key can do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from partnership.following.bounces import take
from partnership.models import Follower, Partner, QueuedEmail, Suppression
from tests.partnership.contributions.test_inbox import make_contribution
from tests.partnership.following.test_following import make_follower

#: Postfix, Exchange and Gmail agree on the part that counts (RFC 3464); the rest differs.
REPORT = """\
From: MAILER-DAEMON@mx.example
To: bounces+{key}@record.example
Subject: {subject}
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="x"

--x
Content-Type: text/plain

{words}

--x
Content-Type: message/{part}

{fields}

--x--
"""
STATUS = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; eva@vaxjo.se\nAction: {action}\nStatus: {status}\n"


def report(key: str, status: str, action: str = "failed", subject: str = "Undelivered Mail") -> bytes:
    fields = STATUS.format(action=action, status=status)
    return REPORT.format(
        key=key, subject=subject, kind="delivery-status", part="delivery-status", words="Sorry.", fields=fields
    ).encode()


@pytest.fixture
def letter(db) -> QueuedEmail:
    return QueuedEmail.objects.create(purpose=QueuedEmail.Purpose.DIGEST, follower=make_follower(), state="sent")


@pytest.mark.parametrize(
    "subject", ["Undelivered Mail Returned to Sender", "Undeliverable: Nytt", "Delivery Status Notification (Failure)"]
)
@pytest.mark.parametrize("status", ["5.1.1", "5.1.10 (bad destination mailbox address)", "5.2.1"])
def test_an_address_that_is_not_there_is_forgotten_and_not_written_to_again(subject, status, letter):
    assert take(report(letter.key, status, subject=subject))

    assert not Follower.objects.exists()
    assert Suppression.covers("eva@vaxjo.se")


def test_three_full_mailboxes_over_two_weeks_pause_a_follower(letter):
    for _time in range(2):
        take(report(letter.key, "4.2.2"))
    Follower.objects.update(first_soft_at=timezone.now() - timedelta(days=15))
    assert Follower.objects.get().state == "confirmed"

    take(report(letter.key, "4.2.2"))

    assert Follower.objects.get().state == "paused"
    assert not Suppression.objects.exists()


def test_a_complaint_ends_all_at_once(letter):
    content = REPORT.format(
        key=letter.key,
        subject="complaint",
        kind="feedback-report",
        part="feedback-report",
        words="This is spam.",
        fields="Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1",
    )

    take(content.encode())

    assert not Follower.objects.exists()
    assert Suppression.covers("eva@vaxjo.se")


@pytest.mark.parametrize("key", ["a" * 22, "", "../../../../../../etc"])
def test_nobody_can_report_another_out_with_a_key_that_is_not_theirs(key, letter):
    assert not take(report(key, "5.1.1"))
    assert Follower.objects.exists()


def test_a_notice_of_holidays_changes_nothing(letter):
    content = f"To: bounces+{letter.key}@record.example\nSubject: Away\nAuto-Submitted: auto-replied\n\nUntil Monday.\n"

    assert not take(content.encode())
    assert Follower.objects.exists()


def test_a_receipt_that_came_back_is_not_sent_again(db):
    contribution = make_contribution()
    row = QueuedEmail.objects.create(purpose=QueuedEmail.Purpose.RECEIPT, contribution=contribution, state="sent")

    take(report(row.key, "5.1.1"))

    assert Suppression.covers("eva@vaxjo.se")


def test_what_cannot_be_read_is_no_report(db):
    assert not take(b"\xff\xfe\x00 no message at all")


# What staff see


def test_staff_see_numbers_and_no_address(letter, staff_client):
    client = staff_client("Publisher")

    page = client.get("/admin/partnership/follower/").content.decode()

    assert "the whole record: 1" in page
    assert "eva@" not in page
    assert client.post("/admin/partnership/follower/", {"email": "eva@vaxjo.se"}).status_code == 403


def test_an_administrator_finds_one_by_the_whole_address_and_deletes_it(letter, staff_client):
    client = staff_client("Administrator")

    page = client.post("/admin/partnership/follower/", {"email": "eva@vaxjo.se", "action": "look"}, follow=True)
    assert "This address follows: the whole record" in page.content.decode()
    client.post("/admin/partnership/follower/", {"email": "Eva@vaxjo.se", "action": "complained"})

    assert not Follower.objects.exists()
    assert Suppression.covers("eva@vaxjo.se")


@pytest.mark.parametrize("group", ["Publisher", "Administrator"])
def test_staff_outside_the_eu_see_no_followers(group, letter, staff_client):
    client: Client = staff_client(group, partner=Partner.objects.get(code="jb-marks"))

    assert client.get("/admin/partnership/follower/").status_code == 403
    assert "eva@" not in client.get("/admin/").content.decode()

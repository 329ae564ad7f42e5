"""Digests: what is told to whom, from public changes alone, and silence where nothing has changed."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as django_mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from partnership import mail
from partnership.following import digests
from partnership.models import Follower, Mailing, Newsletter, Partner, QueuedEmail, Revision, Suppression
from partnership.operations import worker
from partnership.web.checks import settings_of_a_public_site
from projects.models import Project, ProjectConfirmation
from tests.factories import make_output, make_photo, make_project, make_theme, make_visit
from tests.partnership.following.test_following import make_follower

DECEMBER = datetime(2026, 12, 1, 6, tzinfo=ZoneInfo("Europe/Stockholm"))
CHANGED = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.fixture(autouse=True)
def _mail(settings, db):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_PER_MINUTE = 10_000
    Revision.objects.all().delete()
    digests._remembered.cache_clear()


def change(record, action: str = "changed", at: datetime = CHANGED, **values) -> Revision:
    values = {"title": {"en": str(record), "sv": str(record)}, "is_public": True, "version": 1, **values}
    revision = Revision.objects.create(
        model_name=record._meta.model_name, code=record.code, action=action, content={}, **values
    )
    Revision.objects.filter(pk=revision.pk).update(made_at=at)
    return revision


def follower_of(*topics, address: str = "eva@vaxjo.se", **values) -> Follower:
    values = {"told_until": datetime(2026, 11, 1, tzinfo=ZoneInfo("Europe/Stockholm")), **values}
    return make_follower(address, list(topics) or [("record", "")], **values)


def sent(now: datetime = DECEMBER):
    digests.prepare_digests(now)
    worker.send_mail()
    return django_mail.outbox


def test_the_first_of_a_month_tells_what_was_new_and_changed(db):
    follower_of()
    change(make_project(title_en="A new project"), "published")
    change(make_project(title_en="An old project"), fields=["period"])

    (letter,) = sent()

    assert letter.subject == "New in the record, November 2026: 2 records"
    text = " ".join(letter.body.split())
    assert "New - Project: A new project" in text
    assert "Changed - Project: An old project (period)" in text.replace("(Period)", "(period)")
    assert "/id/project/" in letter.body


def test_it_is_told_once(db):
    follower_of()
    change(make_project())

    assert len(sent()) == 1
    assert len(sent(DECEMBER + timedelta(days=5))) == 1
    assert len(sent(DECEMBER + timedelta(days=31))) == 1


def test_an_older_letter_that_goes_out_late_does_not_make_the_next_one_tell_again():
    follower = follower_of()
    change(make_project())
    digests.prepare_digests(DECEMBER)
    QueuedEmail.objects.update(state="held")
    assert len(sent(DECEMBER + timedelta(days=31))) == 1

    QueuedEmail.objects.filter(state="held").update(state="waiting")

    assert len(sent(DECEMBER + timedelta(days=62))) == 1
    follower.refresh_from_db()
    assert follower.told_until > DECEMBER + timedelta(days=30)


def test_what_both_sides_have_confirmed_is_told():
    follower_of(told_until=timezone.now() - timedelta(days=3), rhythm="weekly")
    project = make_project(title_en="Confirmed by two")
    make_project(title_en="Confirmed by nobody")
    for code in ("vaxjo", "jb-marks"):
        partner = Partner.objects.get(code=code)
        ProjectConfirmation.objects.create(project=project, partner=partner, country=partner.country, digest="x")

    news = digests.news_between(timezone.now() - timedelta(days=3), timezone.now() + timedelta(days=1), "en")

    assert [(item.kind, item.title) for item, _topics in news] == [("confirmed", "Confirmed by two")]


def test_each_day_of_confirmations_is_told_by_one_of_two_letters():
    """Also that of a cut: what is confirmed on it after the letter has gone out is told by the next."""
    monday = timezone.localtime(DECEMBER).replace(hour=0, minute=0, second=0, microsecond=0)
    names = {}
    for days in (-1, 0, 1):
        project = make_project(title_en=f"Confirmed {days} days later")
        names[days] = project.title_en
        for code in ("vaxjo", "jb-marks"):
            partner = Partner.objects.get(code=code)
            values = {"partner": partner, "country": partner.country, "made_on": (monday + timedelta(days=days)).date()}
            ProjectConfirmation.objects.create(project=project, digest="x", **values)

    week = timedelta(days=7)
    first, second = (digests.news_between(start, start + week, "en") for start in (monday - week, monday))

    assert [item.title for item, _topics in first] == [names[-1]]
    assert {item.title for item, _topics in second} == {names[0], names[1]}


def test_where_nothing_has_changed_there_is_no_letter_and_time_moves_on(db):
    follower = follower_of()

    assert sent() == []

    follower.refresh_from_db()
    assert follower.told_until == DECEMBER.replace(hour=0)
    assert not QueuedEmail.objects.exists()


@pytest.mark.parametrize(("rhythm", "day"), [("weekly", 23), ("monthly", 30)])
def test_each_rhythm_has_its_day(rhythm, day, db):
    follower_of(rhythm=rhythm)
    change(make_project())
    first = datetime(2026, 11, day, 6, tzinfo=ZoneInfo("Europe/Stockholm"))

    assert len(sent(first - timedelta(days=1))) == 0
    assert len(sent(first if rhythm == "weekly" else first + timedelta(days=1))) == 1


def test_at_once_is_an_hour_after_the_last_change_and_once_a_day(db):
    follower_of(rhythm="at_once")
    now = timezone.now()
    change(make_project(), at=now - timedelta(minutes=30))

    assert len(sent(now)) == 0
    assert len(sent(now + timedelta(hours=1))) == 1
    change(make_project(), at=now + timedelta(hours=2))
    assert len(sent(now + timedelta(hours=4))) == 1


def test_what_was_published_and_withdrawn_within_the_time_is_not_told(db):
    follower_of()
    project = make_project()
    change(project, "published")
    change(project, "withdrawn", CHANGED + timedelta(minutes=20))
    Project.objects.filter(pk=project.pk).update(state="withdrawn", withdrawn_on="2026-11-20")

    assert sent() == []


def test_the_withdrawal_of_what_readers_knew_is_told_with_its_reason(db):
    follower_of()
    project = make_project(title_en="Known before")
    change(project, "withdrawn", reason="Told twice")
    Project.objects.filter(pk=project.pk).update(state="withdrawn", withdrawn_on="2026-11-20")

    (letter,) = sent()

    assert "Withdrawn" in letter.body
    assert "Known before: Told twice" in letter.body


def test_a_topic_that_is_withdrawn_stays_is_told_once_and_then_is_quiet(db):
    project = make_project(code="test-a", title_en="Reading together")
    follower = follower_of(("project", "test-a"))
    change(project, "withdrawn", reason="Told twice")
    Project.objects.filter(pk=project.pk).update(state="withdrawn", withdrawn_on="2026-11-20")

    assert len(sent()) == 1
    assert len(sent(DECEMBER + timedelta(days=31))) == 1

    assert follower.topics.count() == 1
    page = Client(headers={"host": "localhost"}).get(f"/en/follow/yours/{follower.key}/").content.decode()
    assert "Reading together" in page


def test_what_is_withdrawn_between_queueing_and_sending_is_left_out(db):
    follower_of()
    project, other = make_project(title_en="Withdrawn since"), make_project(title_en="Still there")
    change(project, "published")
    change(other, "published")
    digests.prepare_digests(DECEMBER)
    Project.objects.filter(pk=project.pk).update(state="withdrawn", withdrawn_on="2026-11-30")

    (letter,) = sent()

    assert "Still there" in letter.body
    assert "Withdrawn since" not in letter.body


def test_each_gets_what_belongs_to_its_topics(db):
    theme = make_theme(code="test-topic")
    project = make_project(code="test-followed", title_en="Followed", themes=[theme])
    output, visit = make_output(project, text_en="Its output"), make_visit(projects=[project])
    other = make_project(title_en="Another")
    for record in (project, output, visit, other):
        change(record, title={"en": f"{record._meta.model_name} {record.code}"})
    follower_of(("project", "test-followed"), address="project@vaxjo.se")
    follower_of(("theme", "test-topic"), address="theme@vaxjo.se")
    follower_of(("partner", "vaxjo"), address="partner@vaxjo.se")

    told = {letter.to[0]: letter.body for letter in sent()}

    assert set(told) == {"project@vaxjo.se", "theme@vaxjo.se"}
    for record in (project, output, visit):
        assert record.code in told["project@vaxjo.se"]
    assert project.code in told["theme@vaxjo.se"]
    assert other.code not in "".join(told.values())
    assert output.code not in told["theme@vaxjo.se"]


@pytest.mark.parametrize("state", ["pending", "paused"])
def test_who_has_not_confirmed_or_has_paused_gets_nothing(state, db):
    follower_of(state=state)
    change(make_project())

    assert sent() == []


def test_who_leaves_while_letters_go_out_gets_none(db):
    staying, leaving = follower_of(address="a@vaxjo.se"), follower_of(address="b@vaxjo.se")
    change(make_project())
    digests.prepare_digests(DECEMBER)
    leaving.delete()
    Suppression.add(staying.email, "asked")

    assert sent() == []


def test_what_is_a_draft_again_or_has_been_told_to_the_second_is_left_out(db):
    told = follower_of(address="told@vaxjo.se", told_until=CHANGED)
    other = follower_of(address="other@vaxjo.se")
    again, shown = make_project(title_en="Hidden again"), make_project(title_en="Shown")
    change(again)
    change(shown)
    Project.objects.filter(pk=again.pk).update(state="draft")

    letters = {letter.to[0]: letter.body for letter in sent()}

    assert told.email not in letters
    assert "Shown" in letters[other.email]
    assert "Hidden again" not in letters[other.email]


@pytest.mark.parametrize(
    "stop",
    [
        lambda: Follower.objects.update(state="paused"),
        lambda: Follower.objects.update(state="pending"),
        lambda: Mailing.objects.update(state="stopped"),
    ],
)
def test_who_pauses_or_what_is_stopped_while_letters_go_out_sends_none(stop, db):
    follower_of()
    change(make_project())
    digests.prepare_digests(DECEMBER)
    (queued,) = QueuedEmail.objects.filter(purpose=QueuedEmail.Purpose.DIGEST)
    assert digests.digest(queued) is not None

    stop()

    assert digests.digest(QueuedEmail.objects.get(pk=queued.pk)) is None
    worker.send_mail()
    assert django_mail.outbox == []


def test_forty_records_are_named_and_the_rest_is_a_link(db):
    follower_of()
    for number in range(45):
        change(make_project(title_en=f"Project number {number:02}"))

    (letter,) = sent()

    assert letter.body.count("Project number") == 40
    assert "There is more: " in letter.body
    assert letter.subject.endswith("45 records")


def test_a_letter_has_two_parts_without_pictures_and_the_headers_for_leaving_on_one_line(settings, db):
    settings.SITE_URL, settings.CONTACT_EMAIL = "https://vaxjo-jbmarks-record.test", "record@vaxjo.se"
    follower = follower_of(language="sv")
    change(make_project())

    (letter,) = sent()

    raw = letter.message().as_bytes()
    headers = raw.partition(b"\n\n")[0]
    assert f"List-Unsubscribe: <https://vaxjo-jbmarks-record.test/u/{follower.key}>\n".encode() in headers
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in headers
    assert b"List-Id: <follow.vaxjo-jbmarks-record.test>" in headers
    assert b"Content-Language: sv" in headers
    ((html, kind),) = letter.alternatives
    assert kind == "text/html"
    assert '<html lang="sv">' in html
    for forbidden in ("<img", "<style", "style=", "?"):
        assert forbidden not in html.replace("<!doctype", "")
    assert "?" not in letter.body


def test_a_long_host_leaves_the_header_for_leaving_readable_and_is_warned_about(settings, db):
    settings.SITE_URL = "https://partnerskapet-med-jb-marks.vaxjo-kommun.test"
    settings.MAIL_IS_CONFIGURED = True
    follower = follower_of(language="sv")
    change(make_project())

    (letter,) = sent()

    raw = letter.message().as_bytes()
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert read["List-Unsubscribe"].strip() == f"<{settings.SITE_URL}/u/{follower.key}>"
    assert b"List-Unsubscribe: =?" not in raw
    assert "partnership.W008" in {warning.id for warning in settings_of_a_public_site()}
    settings.MAIL_IS_CONFIGURED = False
    assert "partnership.W008" not in {warning.id for warning in settings_of_a_public_site()}
    settings.MAIL_IS_CONFIGURED, settings.SITE_URL = True, "https://vaxjo-jbmarks-record.test"
    assert "partnership.W008" not in {warning.id for warning in settings_of_a_public_site()}


def test_a_photograph_that_is_new_leads_to_the_changes(db):
    follower_of()
    change(make_photo(caption_en="At the library"))

    (letter,) = sent()

    assert "At the library" in letter.body
    assert "/en/changes/" in letter.body
    assert "/id/photo/" not in letter.body


def test_one_letter_of_each_kind_can_be_sent_and_nobody_follows_by_it(settings, db, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    change(make_project(title_en="Reading together"))
    newsletter = Newsletter.objects.create(
        code="n-1",
        number=1,
        state="published",
        title_en="Spring",
        title_sv="Vår",
        text_en="It is spring.",
        text_sv="Det är vår.",
    )

    call_command("check_mail", to="eva@vaxjo.se")

    subjects = [letter.subject for letter in django_mail.outbox]
    assert len(subjects) == 6
    assert all(subject.startswith("Test: ") for subject in subjects)
    assert {letter.to[0] for letter in django_mail.outbox} == {"eva@vaxjo.se"}
    assert any("Reading together" in letter.body for letter in django_mail.outbox)
    assert f"Test: {newsletter.title}" in subjects
    leaving = [letter.subject for letter in django_mail.outbox if "List-Unsubscribe" in letter.extra_headers]
    assert len(leaving) == 3
    assert "6 taken." in capsys.readouterr().out
    assert not Follower.objects.exists()
    assert not QueuedEmail.objects.exists()
    with pytest.raises(CommandError, match="What stands after @ is no address"):
        call_command("check_mail", to="eva@vaxjo")


def test_queueing_asks_the_same_of_the_database_for_one_and_for_many(db, django_assert_max_num_queries):
    change(make_project())
    for number in range(100):
        follower_of(address=f"a{number}@vaxjo.se")

    with django_assert_max_num_queries(20):
        digests.prepare_digests(DECEMBER)

    assert QueuedEmail.objects.count() == 100


def test_queueing_again_queues_nobody_twice(db):
    follower_of()
    change(make_project())

    for _worker in range(3):
        digests.prepare_digests(DECEMBER)

    assert QueuedEmail.objects.count() == 1
    assert mail.send_queue(worker.COMPOSERS) == 1

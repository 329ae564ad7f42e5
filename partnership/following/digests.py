"""Letters with what is new: queued in one go, made at the moment of sending, and silent where nothing has changed.

They hold titles and never texts of records: what is redacted later was not sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Project
from visits.models import Visit

from .. import mail
from ..models import Follower, Mailing, QueuedEmail, Revision, Suppression
from ..publishing import State, record_models
from ..record.changelog import public_change
from .topics import EVERYTHING, Topic, titles_of, topics_by_record, topics_of

Rhythm, Action = Follower.Rhythm, Revision.Action
#: Records named in one letter; the page of changes has the rest.
MOST = 40
#: A mistake that is withdrawn within the hour never goes out.
QUIET = timedelta(hours=1)
_BATCH = 500


class News(NamedTuple):
    """What became of one record within a time."""

    kind: str
    url: str
    title: str
    model: str
    fields: tuple[str, ...] = ()
    reason: str = ""


# Queueing


def prepare_digests(now: datetime | None = None) -> None:
    """Queues what is due, each letter once, however many workers do so at the same time."""
    now = now or timezone.now()
    for rhythm in Rhythm:
        if cut := _cut(rhythm, now):
            _queue(rhythm, cut)


def _cut(rhythm: str, now: datetime) -> datetime | None:
    """Until when a letter of this rhythm tells; None where none is due."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if rhythm == Rhythm.WEEKLY:
        return midnight - timedelta(days=midnight.weekday())
    if rhythm == Rhythm.MONTHLY:
        return midnight.replace(day=1)
    newest = Revision.objects.public().aggregate(newest=Max("made_at"))["newest"]
    if newest is None or newest > now - QUIET:
        return None
    last = Mailing.objects.filter(rhythm=rhythm).first()
    if last and (last.period_until >= newest or last.made_at > now - timedelta(days=1)):
        return None
    return newest


def _queue(rhythm: str, cut: datetime) -> None:
    due = Follower.objects.confirmed().filter(rhythm=rhythm, told_until__lt=cut)
    if not due.exists():
        return
    oldest = due.order_by("told_until").values_list("told_until", flat=True)[0]
    if not _public_between(oldest, cut).exists() and not _confirmed_between(oldest, cut):
        due.update(told_until=cut)
        return
    mailing, _new = Mailing.objects.get_or_create(rhythm=rhythm, period_until=cut)
    rows = (
        QueuedEmail(purpose=QueuedEmail.Purpose.DIGEST, mailing=mailing, follower_id=pk, language=language)
        for pk, language in due.exclude(emails__mailing=mailing).values_list("pk", "language").iterator(_BATCH)
    )
    batch: list[QueuedEmail] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            QueuedEmail.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    QueuedEmail.objects.bulk_create(batch, ignore_conflicts=True)


def _public_between(start: datetime, end: datetime) -> Any:
    return Revision.objects.public().filter(made_at__gt=start, made_at__lte=end)


def _confirmed_between(start: datetime, end: datetime) -> list[Any]:
    """Projects and visits that both sides have confirmed in these days.

    A confirmation has a day and no hour: the first day counts and the last does not, which the next letter tells whole.
    """
    days = {
        "confirmed_on__gte": timezone.localtime(start).date(),
        "confirmed_on__lt": timezone.localtime(end).date(),
    }
    return [record for model in (Project, Visit) for record in model._default_manager.confirmed().filter(**days)]


# Telling


def news_between(start: datetime, end: datetime, language: str) -> list[tuple[News, frozenset[Topic]]]:
    """Each record that changed once, with the topics it belongs to; the newest first.

    A record that is not public now is left out, unless readers knew it and its withdrawal is the news.
    """
    by_record: dict[Topic, list[Revision]] = {}
    for revision in _public_between(start, end):
        by_record.setdefault((revision.model_name, revision.code), []).append(revision)
    confirmed = {(str(record._meta.model_name), record.code): record for record in _confirmed_between(start, end)}
    topics = topics_by_record([*by_record, *confirmed])
    states = _states(by_record)
    items = []
    with translation.override(language):
        for name, revisions in by_record.items():
            if news := _news(revisions, states.get(name)):
                items.append((news, frozenset(topics[name])))
        for name, record in confirmed.items():
            if name not in by_record:
                kind = capfirst(str(record._meta.verbose_name))
                news = News("confirmed", record.permanent_url, str(record), kind)
                items.append((news, frozenset(topics[name])))
    return items


def _news(revisions: list[Revision], state: str | None) -> News | None:
    """``revisions`` are those of one record, the newest first."""
    newest, first = revisions[0], revisions[-1]
    is_new = first.action in {Action.PUBLISHED, Action.CREATED}
    change = public_change(newest)
    url = f"{settings.SITE_URL}{change.url}"
    if state == State.WITHDRAWN:
        return None if is_new else News("withdrawn", url, change.title, change.kind, reason=newest.reason)
    if state != State.PUBLISHED:
        return None
    fields = tuple(sorted({field for revision in revisions for field in public_change(revision).fields}))
    return News("new" if is_new else "changed", url, change.title, change.kind, () if is_new else fields)


def _states(names: Any) -> dict[Topic, str]:
    codes: dict[str, list[str]] = {}
    for name, code in names:
        codes.setdefault(name, []).append(code)
    return {
        (name, code): state
        for model in record_models()
        if (name := str(model._meta.model_name)) in codes
        for code, state in model._default_manager.filter(code__in=codes[name]).values_list("code", "state")
    }


@lru_cache(maxsize=64)
def _remembered(start: datetime, end: datetime, language: str, _minute: int) -> list[tuple[News, frozenset[Topic]]]:
    """Most followers of a mailing were told until the same moment; asked anew each minute."""
    return news_between(start, end, language)


def digest(email: QueuedEmail) -> EmailMessage | None:
    """The letter to one follower, as things stand when it is sent; None where there is nothing to tell."""
    follower, mailing = email.follower, email.mailing
    if (
        follower is None
        or mailing is None
        or mailing.period_until is None
        or mailing.state == Mailing.State.STOPPED
        or follower.state != Follower.State.CONFIRMED
        or Suppression.covers(follower.email)
    ):
        return None
    chosen = {(topic.kind, topic.code) for topic in follower.topics.all()}
    language, minute = follower.language, int(timezone.now().timestamp() // 60)
    everything = _remembered(follower.told_until, mailing.period_until, language, minute)
    news = [item for item, topics in everything if topics & chosen]
    if not news:
        follower.note_told(mailing.period_until)
        return None
    with translation.override(language):
        only = next(iter(chosen)) if len(chosen) == 1 else EVERYTHING
        subject = _subject(news, mailing.period_until, "" if only == EVERYTHING else titles_of([only])[only])
        context = {
            **letter_context(follower),
            "title": subject,
            "groups": list(_groups(news)),
            "is_cut": len(news) > MOST,
        }
        text = render_to_string("following/digest.txt", context).strip() + "\n"
        html = render_to_string("following/digest.html", context)
        return mail.letter(email, subject, text, html, **list_headers(follower))


def _subject(news: list[News], until: datetime, topic: str) -> str:
    month = date_format(timezone.localtime(until - timedelta(seconds=1)), "F Y")
    count = ngettext("%(count)s record", "%(count)s records", len(news)) % {"count": len(news)}
    subject = _("New in the record, %(month)s: %(count)s") % {"month": month, "count": count}
    return f"{topic}: {subject}" if topic else subject


def _groups(news: list[News]) -> Iterator[tuple[str, list[News]]]:
    shown = news[:MOST]
    for kind, label in (
        ("new", _("New")),
        ("changed", _("Changed")),
        ("confirmed", _("Confirmed by both sides")),
        ("withdrawn", _("Withdrawn")),
    ):
        if matches := [item for item in shown if item.kind == kind]:
            yield label, matches


# What every letter to followers holds


def letter_context(follower: Follower) -> dict[str, Any]:
    def at(name: str, *arguments: str) -> str:
        return f"{settings.SITE_URL}{reverse(name, args=arguments, urlconf='partnership.public_urls')}"

    return {
        "language": follower.language,
        "manage_url": at("follower", follower.key),
        "leave_url": at("leave", follower.key),
        "privacy_url": at("privacy"),
        "changes_url": at("changes"),
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "topics": list(topics_of(follower).values()),
    }


def list_headers(follower: Follower) -> dict[str, str]:
    """So that a mailbox can offer to leave by one click (RFC 2369, RFC 8058)."""
    return {
        "List_Id": f"<follow.{mail.host()}>",
        "List_Unsubscribe": f"<{settings.SITE_URL}/u/{follower.key}>",
        "List_Unsubscribe_Post": "List-Unsubscribe=One-Click",
        "List_Archive": f"<{settings.SITE_URL}{reverse('changes', urlconf='partnership.public_urls')}>",
    }

"""What is deleted and when. What was sent in is an official document: only a decision lets a clock delete it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Contribution, ContributionFile, Follower, FormDraft, HeldUpload, QueuedEmail, SecurityEvent
from ..publishing import State
from ..record import discarding


@dataclass(frozen=True)
class Disposal:
    """How many of what are deleted, or would be under a decision."""

    what: str
    count: int
    is_done: bool


def _before(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def _free() -> Any:
    """What nobody holds back and no published source rests on."""
    return Contribution.objects.exclude(state=Contribution.State.ERASED).exclude(hold=True)


def _suspected() -> Any:
    unread = Q(state=Contribution.State.RECEIVED) & ~Q(suspected=[])
    return _free().filter(Q(is_spam=True) | unread, received_at__lt=_before(settings.SUSPECTED_KEPT_DAYS))


def _addresses() -> Any:
    return _free().exclude(email="").filter(closed_at__lt=_before(settings.CONTACT_KEPT_DAYS))


def _originals() -> Any:
    closed = _free().filter(closed_at__lt=_before(settings.ORIGINALS_KEPT_DAYS))
    return ContributionFile.objects.filter(contribution__in=closed).exclude(state=ContributionFile.State.DELETED)


def _texts() -> Any:
    if settings.CONTRIBUTIONS_KEPT_DAYS is None:
        return Contribution.objects.none()
    closed = _free().filter(closed_at__lt=_before(settings.CONTRIBUTIONS_KEPT_DAYS))
    return closed.exclude(source__state=State.PUBLISHED)


def due_for_disposal() -> Any:
    """The contributions of which something may go, were there a decision."""
    parts = [_suspected(), _addresses(), _texts()]
    pks = Q(pk__in=_originals().values("contribution"))
    for part in parts:
        pks |= Q(pk__in=part.values("pk"))
    return Contribution.objects.filter(pk__in=Contribution.objects.filter(pks).values("pk"))


def dispose(*, dry_run: bool = False) -> list[Disposal]:
    """Deletes what its time is up for; without DISPOSAL_DECISION only what is no official document."""
    done = [
        Disposal(_("codes of senders"), _forget_senders(dry_run), not dry_run),
        Disposal(_("followers who never confirmed"), _delete(Follower.objects.run_out(), dry_run), not dry_run),
        Disposal(_("drafts in the bin"), discarding.dispose(dry_run=dry_run), not dry_run),
        Disposal(_("security log"), _delete(SecurityEvent.objects.run_out(), dry_run), not dry_run),
        Disposal(_("forms put aside"), _delete(FormDraft.objects.run_out(), dry_run), not dry_run),
        Disposal(_("files of forms"), _discard(HeldUpload.objects.expired(), dry_run), not dry_run),
        Disposal(_("sent letters"), _delete(_sent_letters(), dry_run), not dry_run),
    ]
    may = bool(settings.DISPOSAL_DECISION) and not dry_run
    reason = _("Disposed of under decision %(number)s.") % {"number": settings.DISPOSAL_DECISION}
    due = [
        (_("suspected and spam"), _suspected(), lambda row: row.erase(reason)),
        (_("addresses"), _addresses(), lambda row: row.forget_address()),
        (_("original files"), _originals(), _delete_original),
        (_("texts"), _texts(), lambda row: row.erase(reason)),
    ]
    for what, rows, delete in due:
        due_rows = list(rows)
        if may:
            for row in due_rows:
                delete(row)
        done.append(Disposal(what, len(due_rows), may))
    return done


def _forget_senders(dry_run: bool) -> int:
    rows = Contribution.objects.exclude(sender="", receipt_hash="").filter(received_at__lt=_before(7))
    return rows.count() if dry_run else rows.update(sender="", receipt_hash="", version=F("version"))


def _sent_letters() -> Any:
    return QueuedEmail.objects.filter(state__in=[QueuedEmail.State.SENT, QueuedEmail.State.REFUSED]).filter(
        claimed_at__lt=_before(30)
    )


def _delete(rows: Any, dry_run: bool) -> int:
    return rows.count() if dry_run else rows.delete()[0]


def _discard(uploads: Any, dry_run: bool) -> int:
    count = uploads.count()
    if not dry_run:
        with transaction.atomic():
            uploads.discard()
    return count


def _delete_original(file: ContributionFile) -> None:
    file.delete_content()
    file.state, file.declared_name = ContributionFile.State.DELETED, ""
    file.save()

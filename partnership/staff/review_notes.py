"""What colleagues write to each other about a record: suggestions, drafts sent back, and what came of them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from .. import mail
from ..models import ReviewNote, User


def suggest(record: Any, by: User, text: str) -> ReviewNote:
    """A note on a public record by someone who may not change it. The record itself stays as it is."""
    return ReviewNote.objects.create(
        about=ReviewNote.About.SUGGESTION, model_name=record._meta.model_name, code=record.code, text=text, by=by
    )


def return_to_author(record: Any, by: User, text: str) -> str:
    """Keeps on the draft what its author should do, and writes to the author. Answers what staff should know."""
    ReviewNote.objects.create(
        about=ReviewNote.About.RETURNED, model_name=record._meta.model_name, code=record.code, text=text, by=by
    )
    author = mail.author_of(record)
    return mail.returned(record, author, text) if author and author != by else ""


def tell_published(record: Any, by: User, comment: str) -> str:
    """Writes to the author that the record is public. What was returned before is done with that."""
    returned = ReviewNote.objects.of(record).open().filter(about=ReviewNote.About.RETURNED)
    returned.update(done_at=timezone.now(), done_by=by)
    author = mail.author_of(record)
    return mail.published(record, author, comment) if author and author != by else ""


def close(remark: ReviewNote, record: Any, by: User, answer: str) -> str:
    """The remark has been seen to; who made it is told, with the answer."""
    remark.answer, remark.done_at, remark.done_by = answer, timezone.now(), by
    remark.save()
    return mail.answered(record, remark.by, answer) if remark.by and remark.by != by else ""

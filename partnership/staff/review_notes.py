"""Review notes between colleagues: suggestions on public records, and drafts returned to their authors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import mail
from ..models import ReviewNote, Revision, User
from ..publishing import State
from .forms import RecordForm
from .publishing import PublishingMixin
from .record_views import RecordViewsMixin, StaffRequest, as_get


def suggest(record: Any, by: User, text: str) -> ReviewNote:
    return ReviewNote.objects.create(
        about=ReviewNote.About.SUGGESTION, model_name=record._meta.model_name, code=record.code, text=text, by=by
    )


def return_to_author(record: Any, by: User, text: str) -> str:
    """Adds a note to the draft and tells its author by e-mail. Returns a warning, or an empty string."""
    ReviewNote.objects.create(
        about=ReviewNote.About.RETURNED, model_name=record._meta.model_name, code=record.code, text=text, by=by
    )
    author = mail.author_of(record)
    return mail.returned(record, author, text, by) if author and author != by else ""


def tell_published(record: Any, by: User, comment: str) -> str:
    """Tells the author by e-mail, and closes the notes of earlier returns. Returns a warning, or an empty string."""
    notes = ReviewNote.objects.of(record).open().filter(about=ReviewNote.About.RETURNED)
    notes.update(done_at=timezone.now(), done_by=by)
    author = mail.author_of(record)
    return mail.published(record, author, comment, by) if author and author != by else ""


def close(note: ReviewNote, record: Any, by: User, answer: str) -> str:
    """Closes a note and sends the answer to its author. Returns a warning, or an empty string."""
    note.answer, note.done_at, note.done_by = answer, timezone.now(), by
    note.save()
    return mail.answered(record, note.by, answer, by) if note.by and note.by != by else ""


class ReviewNoteForm(forms.ModelForm):
    class Meta:
        model = ReviewNote
        fields = ["text"]
        labels = {"text": _("What should be changed, and how do you know?")}


class ReviewNotesMixin(PublishingMixin, RecordViewsMixin):
    def suggest_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        record = self.posted_record(request, object_id)
        form = ReviewNoteForm(request.POST)
        if not form.is_valid():
            return self.changeform_view(as_get(request), object_id)
        suggest(record, request.user, form.cleaned_data["text"])
        self.message_user(request, _("Your suggestion stands on the record, for its publishers."), messages.SUCCESS)
        return self.redirect_to_form(record)

    def close_note_view(self, request: StaffRequest, object_id: str, note_id: int) -> HttpResponse:
        record = self.posted_record(request, object_id)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        note = get_object_or_404(ReviewNote.objects.of(record).open(), pk=note_id)
        warning = close(note, record, request.user, request.POST.get("answer", "").strip()[:2000])
        if warning:
            self.message_user(request, warning, messages.WARNING)
        self.message_user(request, _("Done."), messages.SUCCESS)
        return self.redirect_to_form(record)

    def tell_author(self, request: StaffRequest, form: RecordForm, record: Any, revision: Revision | None) -> None:
        """Tells the author of a draft that it was returned or published."""
        warning = ""
        if form.is_returned:
            warning = return_to_author(record, request.user, form.cleaned_data["comment"])
        elif revision and revision.action == Revision.Action.PUBLISHED:
            warning = tell_published(record, request.user, form.cleaned_data["comment"])
        if warning:
            self.message_user(request, warning, messages.WARNING)

    def review_note_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        is_public = record.state == State.PUBLISHED
        context: dict[str, Any] = {
            "review_notes": ReviewNote.objects.of(record).open().select_related("by__partner"),
            "may_return": record.state == State.DRAFT and self.may_publish(request),
        }
        if is_public and not self.has_change_permission(request, record):
            context["suggestion_form"] = ReviewNoteForm(request.POST or None)
        return context

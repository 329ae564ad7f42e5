"""Newsletters: read from the little Markdown of a dossier, shown as pages, sent once to those who asked for them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import mail
from ..addresses import permanent_models, show
from ..fields.markdown import Run, parse
from ..models import Follower, Following, Mailing, Newsletter, QueuedEmail, Revision, Suppression, User
from ..publishing import State
from .digests import letter_context, list_headers

# Text


class Piece(NamedTuple):
    """A stretch of text, and where it leads."""

    text: str
    href: str = ""


class Paragraph(NamedTuple):
    kind: str
    rows: list[list[Piece]]


def paragraphs_of(text: str, *, was_published: bool = False) -> list[Paragraph]:
    """The text with references to records as links, each under its title in the active language.

    Raises ValidationError that names each paragraph with something that cannot stand in a letter. What is only shown
    otherwise than it was typed stays in a text that was published.
    """
    blocks, faults = parse(text)
    errors = [str(fault) for fault in faults if not (was_published and fault.is_misreading)]
    paragraphs = []
    for number, block in enumerate(blocks, 1):
        try:
            paragraphs.append(Paragraph(block.kind, [[_piece(run) for run in row] for row in block.rows]))
        except LookupError as error:
            errors.append(_("Paragraph %(number)s: %(reason)s") % {"number": number, "reason": error.args[0]})
    if errors:
        raise ValidationError(errors)
    return paragraphs


def _piece(run: Run) -> Piece:
    if run.reference is None:
        return Piece(run.text, run.href)
    model = permanent_models().get(run.reference.kind)
    record: Any = (
        model._default_manager.filter(code=run.reference.code, state=State.PUBLISHED).first() if model else None
    )
    if record is None:
        raise LookupError(_("%(reference)s names no published record.") % {"reference": run.reference})
    return Piece(str(record), record.permanent_url)


# Pages


@require_safe
def newsletter_list(request: HttpRequest) -> HttpResponse:
    return render(request, "following/newsletter_list.html", {"newsletters": Newsletter.objects.published()})


@require_safe
def newsletter_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, Newsletter.objects.all(), slug, newsletter_page)


def newsletter_page(request: HttpRequest, newsletter: Newsletter, **extra: Any) -> HttpResponse:
    try:
        paragraphs, errors = paragraphs_of(str(newsletter.text), was_published=newsletter.is_published), []
    except ValidationError as error:
        paragraphs, errors = [], error.messages
    context = {"newsletter": newsletter, "paragraphs": paragraphs, "errors": errors, **extra}
    return render(request, "following/newsletter_detail.html", context)


# Sending


def what_keeps_from_sending(newsletter: Newsletter, user: Any) -> list[str]:
    """In words; empty where this person may send it now."""
    reasons = []
    if newsletter.state != State.PUBLISHED:
        reasons.append(_("It is not published yet."))
    for language, name in settings.LANGUAGES:
        for field in ("title", "text"):
            if not getattr(newsletter, f"{field}_{language}").strip():
                column: Any = newsletter._meta.get_field(f"{field}_{language}")
                words = {"field": capfirst(str(column.verbose_name)), "language": name}
                reasons.append(_("%(field)s is missing in %(language)s.") % words)
        with translation.override(language):
            try:
                paragraphs_of(getattr(newsletter, f"text_{language}"))
            except ValidationError as error:
                reasons += error.messages
    if Mailing.objects.filter(newsletter=newsletter).exists():
        reasons.append(_("It has been sent already. A newsletter goes out once."))
    publishers = User.objects.filter(is_active=True, groups__name="Publisher").distinct().count()
    last = Revision.objects.of(newsletter).order_by("-pk").first()
    if publishers > 1 and last and last.by_id == user.pk:
        reasons.append(_("You wrote the last version. Another publisher sends it."))
    return reasons


def receivers() -> Any:
    topics = Following.objects.filter(kind=Following.Kind.NEWSLETTER, code="")
    return Follower.objects.confirmed().filter(pk__in=topics.values("follower"))


def letter_of(newsletter: Newsletter, language: str) -> dict[str, str]:
    """Subject and paragraphs in one language, as plain text and as HTML, without the foot."""
    with translation.override(language):
        context = {
            "newsletter": newsletter,
            "paragraphs": paragraphs_of(str(newsletter.text), was_published=True),
            "url": f"{settings.SITE_URL}{newsletter.get_absolute_url()}",
        }
        return {
            "subject": str(newsletter.title),
            "text": render_to_string("following/newsletter.txt", context).strip(),
            "html": render_to_string("following/_newsletter.html", context),
        }


def send_newsletter(newsletter: Newsletter, user: Any) -> int:
    """Freezes the text and queues it for everyone who asked for newsletters; how many. Raises ValidationError."""
    if reasons := what_keeps_from_sending(newsletter, user):
        raise ValidationError(reasons)
    frozen = {language: letter_of(newsletter, language) for language, _name in settings.LANGUAGES}
    try:
        with transaction.atomic():
            mailing = Mailing.objects.create(newsletter=newsletter, frozen=frozen, by=user)
            rows = [
                QueuedEmail(purpose=QueuedEmail.Purpose.NEWSLETTER, mailing=mailing, follower_id=pk, language=language)
                for pk, language in receivers().values_list("pk", "language")
            ]
            QueuedEmail.objects.bulk_create(rows, batch_size=500)
    except IntegrityError as error:
        raise ValidationError(_("It has been sent already. A newsletter goes out once.")) from error
    return len(rows)


def send_to_me(newsletter: Newsletter, user: Any) -> None:
    """One letter in each language to the clerk. Raises ValidationError."""
    for language, _name in settings.LANGUAGES:
        letter = letter_of(newsletter, language)
        QueuedEmail.objects.create(
            to=user, language=language, subject=letter["subject"][:200], body=letter["text"], next_try_at=timezone.now()
        )


def stop(newsletter: Newsletter) -> int:
    """Nothing more of it goes out; how many had not. What has gone cannot be called back."""
    waiting = QueuedEmail.objects.filter(mailing__newsletter=newsletter, state=QueuedEmail.State.WAITING)
    count = waiting.count()
    Mailing.objects.filter(newsletter=newsletter).update(state=Mailing.State.STOPPED)
    waiting.delete()
    return count


def newsletter_letter(email: QueuedEmail) -> EmailMessage | None:
    follower, mailing = email.follower, email.mailing
    if (
        follower is None
        or mailing is None
        or mailing.state == Mailing.State.STOPPED
        or follower.state != Follower.State.CONFIRMED
        or Suppression.covers(follower.email)
    ):
        return None
    frozen = mailing.frozen.get(follower.language) or mailing.frozen["en"]
    with translation.override(follower.language):
        context = {**letter_context(follower), "title": frozen["subject"], "body": frozen}
        text = f"{frozen['text']}\n\n{render_to_string('following/_foot.txt', context).strip()}\n"
        html = render_to_string("following/newsletter.html", context)
        return mail.letter(email, frozen["subject"], text, html, **list_headers(follower))

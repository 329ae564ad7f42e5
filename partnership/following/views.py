"""Following by e-mail: the form, the button in the middle, the page of a follower, and leaving by one click.

Whoever asks gets the same page, known or not. A GET changes nothing: programs that look for viruses open every link.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ..addresses import gone
from ..models import Follower, Following, QueuedEmail, Suppression
from ..web import error_pages
from ..web.public_forms import following_is_open, private, same_origin_only
from ..web.rate_limits import seconds_to_wait
from .digests import letter_context
from .forms import FollowForm, ManageForm
from .topics import EVERYTHING, record_to_follow, topics_of

HOUR = 60 * 60
REQUESTS_AN_HOUR = 10
#: Guesses at the keys of followers, a minute.
MISSES = 60
#: Confirmations of the whole site; beyond them letters wait for the next hour.
CONFIRMATIONS_AN_HOUR = 100

# Beginning


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin_only
def follow(request: HttpRequest, kind: str = "", code: str = "") -> HttpResponse:
    record = record_to_follow(kind, code) if kind else None
    if record is not None and record.is_withdrawn:
        return gone(request, record)
    if not following_is_open():
        status = 200 if request.method in {"GET", "HEAD"} else 403
        return render(request, "following/closed.html", {"noindex": True}, status=status)
    if request.method != "POST":
        form = FollowForm(initial={"language": translation.get_language()})
        return render(request, "following/form.html", {"form": form, "record": record, "noindex": record is not None})
    return _posted(request, record, kind, code)


@never_cache
def _posted(request: HttpRequest, record: Any, kind: str, code: str) -> HttpResponse:
    form = FollowForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "record": record, "noindex": True}
        return render(request, "following/form.html", context, status=422)
    if seconds := seconds_to_wait(request, "follow", REQUESTS_AN_HOUR, HOUR):
        return error_pages.too_many(request, seconds)
    if not form.is_filled_trap and not Suppression.covers(form.cleaned_data["email"]):
        topics = [(kind, code) if kind else EVERYTHING]
        if form.cleaned_data["newsletter"]:
            topics.append((Following.Kind.NEWSLETTER, ""))
        ask(form.cleaned_data["email"], form.cleaned_data["language"], form.cleaned_data["rhythm"], topics)
    return _see_other(reverse("follow-sent"))


def _see_other(url: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": url})


@transaction.atomic
def ask(address: str, language: str, rhythm: str, topics: list[tuple[str, str]]) -> None:
    """Queues the letter that asks whether its reader wants to follow, or says that this is so already."""
    follower, _new = Follower.objects.get_or_create(email=address, defaults={"language": language, "rhythm": rhythm})
    if follower.state == Follower.State.PENDING:
        for kind, code in topics:
            if follower.topics.count() < Follower.MOST_TOPICS:
                Following.objects.get_or_create(follower=follower, kind=kind, code=code)
        if follower.asked_times >= Follower.LETTERS_IN_ALL:
            return
    if not follower.may_be_written_to():
        return
    follower.asked_times += 1
    follower.last_letter_at = timezone.now()
    follower.save()
    template = "confirm" if follower.state == Follower.State.PENDING else "already"
    with translation.override(follower.language):
        path = reverse("follow-confirm", args=[follower.confirm_key])
        context = {**letter_context(follower), "confirm_url": f"{settings.SITE_URL}{path}"}
        QueuedEmail.objects.create(
            purpose=QueuedEmail.Purpose.CONFIRM,
            follower=follower,
            language=follower.language,
            subject=_("Do you want to follow the record of %(name)s?") % {"name": settings.SITE_NAME},
            body=render_to_string(f"following/{template}.txt", context).strip() + "\n",
            next_try_at=_first_moment(),
        )


def _first_moment() -> Any:
    """Now, or in an hour where somebody makes the site send letter after letter."""
    now = timezone.now()
    recent = QueuedEmail.objects.filter(purpose=QueuedEmail.Purpose.CONFIRM, made_at__gt=now - timedelta(hours=1))
    return now if recent.count() < CONFIRMATIONS_AN_HOUR else now + timedelta(hours=1)


@require_safe
def follow_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "following/sent.html", {"noindex": True})


@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin_only
def follow_confirm(request: HttpRequest, key: str) -> HttpResponse:
    follower = Follower.objects.filter(confirm_key=key).exclude(pk__in=Follower.objects.run_out()).first()
    if follower is None:
        return _guessed(request) or render(request, "following/run_out.html", {"noindex": True})
    if request.method == "POST":
        follower.confirm()
        return _see_other(reverse("follower", args=[follower.key]))
    topics = list(topics_of(follower).values())
    context = {"is_confirmed": follower.state != Follower.State.PENDING, "topics": topics, "noindex": True}
    return render(request, "following/confirm.html", {**context, "follower": follower})


# The page of a follower


def _guessed(request: HttpRequest) -> HttpResponse | None:
    seconds = seconds_to_wait(request, "private-page", MISSES)
    return error_pages.too_many(request, seconds) if seconds else None


@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin_only
def follower(request: HttpRequest, key: str) -> HttpResponse:
    """Topics, language and rhythm; pausing, leaving, and what is stored."""
    follower = Follower.objects.filter(key=key).first()
    if follower is None:
        return _guessed(request) or error_pages.error_page(
            request,
            404,
            _("There is nothing at this address"),
            _("It may have been deleted, or a letter of it is missing."),
        )
    action = request.POST.get("action", "save") if request.method == "POST" else ""
    if action == "download":
        response = JsonResponse(stored_of(follower), json_dumps_params={"ensure_ascii": False, "indent": 2})
        response["Content-Disposition"] = 'attachment; filename="following.json"'
        return response
    if action in {"leave", "never"}:
        return _leave(request, follower, for_good=action == "never")
    if action == "stay":
        follower.stay()
        return _see_other(request.path)
    if action in {"pause", "resume"}:
        if follower.confirmed_at:
            follower.state = Follower.State.PAUSED if action == "pause" else Follower.State.CONFIRMED
            follower.soft_bounces, follower.first_soft_at = 0, None
            follower.save()
        return _see_other(request.path)
    return _manage(request, follower, is_saved=bool(action))


def _manage(request: HttpRequest, follower: Follower, *, is_saved: bool) -> HttpResponse:
    topics = [(f"{kind}/{code}", title) for (kind, code), title in topics_of(follower).items()]
    form = ManageForm(request.POST if is_saved else None, instance=follower, topics=topics)
    if is_saved and form.is_valid():
        form.save()
        for topic in follower.topics.all():
            if f"{topic.kind}/{topic.code}" not in form.cleaned_data["topics"]:
                topic.delete()
        return _see_other(request.path)
    context = {"form": form, "follower": follower, "noindex": True}
    return render(request, "following/manage.html", context, status=422 if is_saved else 200)


def stored_of(follower: Follower) -> dict[str, Any]:
    """All that is stored of a follower."""
    plain = ["email", "language", "rhythm", "state", "wording", "asked_at", "asked_times", "last_letter_at"]
    plain += ["confirmed_at", "reconfirm_asked_at", "reconfirmed_at", "told_until", "soft_bounces", "first_soft_at"]
    return {
        **{name: getattr(follower, name) for name in plain},
        "topics": [{"kind": topic.kind, "code": topic.code} for topic in follower.topics.all()],
        "letters": [
            {"purpose": email.get_purpose_display(), "state": email.state, "made_at": email.made_at}
            for email in follower.emails.all()
        ],
    }


# Leaving


def _leave(request: HttpRequest, follower: Follower, *, for_good: bool = False) -> HttpResponse:
    if for_good:
        Suppression.add(follower.email, Suppression.Why.ASKED)
    follower.delete()
    return render(request, "following/goodbye.html", {"is_for_good": for_good, "noindex": True})


@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, key: str) -> HttpResponse:
    """Leaves at once on POST, whoever sends it and whatever is in it (RFC 8058). An unknown key gets the same words."""
    follower = Follower.objects.filter(key=key).first()
    language = follower.language if follower else translation.get_language_from_request(request)
    with translation.override(language):
        if request.method == "POST":
            if follower:
                return _leave(request, follower)
            return render(request, "following/goodbye.html", {"noindex": True})
        return render(request, "following/leave.html", {"noindex": True})

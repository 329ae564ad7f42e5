"""Review as a queue: one draft after the other, side by side with the present page, or several at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import mail
from ..fields import texts
from ..models import Photo, Proposal
from ..publishing import State
from ..record import proposals, publication
from ..record.errors import InvalidRecord
from ..record.proposals import Part
from ..record.publication import Draft
from . import queue
from .preview import PreviewMixin
from .publishing import form_url
from .rehearsal import rehearsal
from .review_notes import return_to_author, tell_published

#: Ready-made words to an author; own words stand beside them.
REASONS = [
    gettext_lazy("Say which page of the source."),
    gettext_lazy("The source does not say so."),
    gettext_lazy("It names a person."),
    gettext_lazy("Please look at the language again."),
    gettext_lazy("This may be on record already."),
]
#: How many are shown at once in the list of all.
ROWS = 50


def _origin(request: HttpRequest) -> str:
    """Where the reviewer came from and lands again."""
    url = request.POST.get("origin") or request.GET.get("from", "")
    is_here = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_here else reverse("admin:index")


def _done(request: HttpRequest) -> int:
    """How many have been decided in this run."""
    text = request.POST.get("done") or request.GET.get("done", "")
    return min(int(text), 999) if text.isascii() and text.isdigit() else 0


def _words(request: HttpRequest, name: str, most: int) -> str:
    return texts.clean(request.POST.get(name, "")).strip()[:most]


def _number(count: int) -> str:
    return ngettext("One waits for review", "%(count)s wait for review", count) % {"count": count}


def list_view(request: HttpRequest) -> HttpResponse:
    """The whole queue; what is ticked is published at once, each with the drafts that hang together with it."""
    if not queue.publishable_models(request):
        raise PermissionDenied
    if request.method == "POST":
        return _publish_several(request)
    items = queue.review_queue(request)
    drafts = {draft.record: draft for draft in publication.drafts_with_links(item.record for item in items[:ROWS])}
    context = {
        **admin.site.each_context(request),
        "title": _number(len(items)) if items else _("Nothing waits for review"),
        "rows": [(item, drafts[item.record]) for item in items[:ROWS]],
        "rest": len(items[ROWS:]),
        "origin": _origin(request),
    }
    return TemplateResponse(request, "admin/review_list.html", context)


def _publish_several(request: HttpRequest) -> HttpResponse:
    keys = request.POST.getlist("publish")
    items = [item for item in queue.review_queue(request) if item.key in keys and not item.is_proposal]
    seen = {key: request.POST.get(f"version-{key}", "") for key in keys}
    published = 0
    for draft in publication.drafts_with_links(item.record for item in items):
        draft.record.refresh_from_db(fields=["state", "version"])
        if draft.record.state == State.PUBLISHED:
            # It went along with another.
            published += 1
            continue
        if str(draft.record.version) != seen[draft.key]:
            messages.warning(request, _("“%(title)s” was changed meanwhile. Look again.") % {"title": draft.record})
            continue
        published += _publish(request, draft, [linked for linked in draft.linked if not linked.problems], "")
    if published:
        words = ngettext("One is public now.", "%(count)s are public now.", published) % {"count": published}
        messages.success(request, words)
    if queue.review_queue(request):
        return HttpResponseRedirect(f"{reverse('admin:review')}?from={_origin(request)}")
    return HttpResponseRedirect(_origin(request))


def _publish(request: Any, draft: Draft, going: list[Draft], comment: str) -> bool:
    """Whether it is public now; otherwise a message says what keeps it back."""
    going = [linked for linked in going if _may_publish(request, linked.record)]
    try:
        records = publication.publish(draft, going, request.user)
    except ValidationError as error:
        for reason in error.messages:
            messages.error(request, f"{draft.record}: {reason}")
        return False
    for record in records:
        if warning := tell_published(record, request.user, comment if record is draft.record else ""):
            messages.warning(request, warning)
    return True


def _may_publish(request: HttpRequest, record: Any) -> bool:
    return type(record) in queue.publishable_models(request)


def item_view(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One draft of the queue: what it will look like, what hangs together with it, and the decision."""
    model = next((model for model in queue.publishable_models(request) if model._meta.model_name == kind), None)
    if model is None:
        raise Http404
    record = get_object_or_404(model._default_manager.in_use(), pk=pk)
    items = queue.review_queue(request)
    place = next((index for index, item in enumerate(items) if item.record == record), None)
    if place is None:
        messages.info(request, _("“%(title)s” waits no more.") % {"title": record})
        return HttpResponseRedirect(_next_url(request, items, None))
    draft = publication.drafts_with_links([record])[0]
    if request.method == "POST" and _decide(request, draft):
        return HttpResponseRedirect(_next_url(request, items[:place] + items[place + 1 :], place, decided=1))
    return TemplateResponse(request, "admin/review.html", _context(request, draft, items, place))


def _next_url(request: HttpRequest, rest: list[Any], place: int | None, *, decided: int = 0) -> str:
    """The next of the queue after a place in it; after the last, where the reviewer came from."""
    following = rest[place or 0 :]
    if not following:
        return _origin(request)
    return f"{following[0].url}?done={_done(request) + decided}&from={_origin(request)}"


def _decide(request: Any, draft: Draft) -> bool:
    """Publishes or returns as the button says. False where the page is to be shown again, with the reason on it."""
    if request.POST.get("version") != str(draft.record.version):
        messages.error(request, _("The draft was changed while you looked at it. This is how it is now."))
        return False
    if "return" in request.POST:
        words = [str(REASONS[int(index)]) for index in request.POST.getlist("reason") if index in _indices()]
        text = " ".join(part for part in [*words, request.POST.get("comment", "").strip()] if part)[:2000]
        if not text:
            messages.error(request, _("Say what its author should do before it can be published."))
            return False
        if warning := return_to_author(draft.record, request.user, text):
            messages.warning(request, warning)
        messages.success(request, _("Returned: %(title)s") % {"title": draft.record})
        return True
    going = draft.publishable(request.POST.getlist("along"))
    if not _publish(request, draft, going, _words(request, "comment", 2000)):
        return False
    messages.success(request, _("Public now: %(title)s") % {"title": draft.record})
    return True


def _indices() -> set[str]:
    return {str(index) for index in range(len(REASONS))}


def _context(request: HttpRequest, draft: Draft, items: list[Any], place: int) -> dict[str, Any]:
    ticked = request.POST.getlist("along") if request.method == "POST" else [linked.key for linked in draft.linked]
    return {
        **_run_context(request, items, place),
        "title": str(draft.record),
        "item": items[place],
        "draft": draft,
        "linked_drafts": [
            (linked, capfirst(linked.record._meta.verbose_name), form_url(linked.record)) for linked in draft.linked
        ],
        "ticked": ticked,
        "blocked_by": draft.blocked_by,
        "page": will_be(request, draft, draft.publishable(ticked)),
        "gaps": draft.record.gaps() if hasattr(draft.record, "gaps") else [],
        "reasons": list(enumerate(REASONS)),
        "chosen": request.POST.getlist("reason"),
        "comment": request.POST.get("comment", ""),
        "form_url": form_url(draft.record),
    }


def _run_context(request: HttpRequest, items: list[Any], place: int) -> dict[str, Any]:
    """Where the reviewer is in the queue."""
    done, rest, first = _done(request), items[place + 1 :], max(0, place - 3)
    return {
        **admin.site.each_context(request),
        "number": done + place + 1,
        "total": done + len(items),
        "done": done,
        "items": items[first : place + 6],
        "first_number": done + first,
        "skip_url": f"{rest[0].url}?done={done}&from={_origin(request)}" if rest else _origin(request),
        "origin": _origin(request),
    }


# Proposed changes


def proposal_view(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposed change, field by field, and the decision on each."""
    items = queue.review_queue(request)
    place = next((index for index, item in enumerate(items) if item.key == f"proposal-{pk}"), None)
    if place is None:
        if not queue.publishable_models(request):
            raise PermissionDenied
        messages.info(request, _("This change waits no more."))
        return HttpResponseRedirect(_next_url(request, items, None))
    item: Any = items[place]
    changes = proposals.parts(item.record, item.proposal)
    if request.method == "POST" and _decide_proposal(request, item, changes):
        return HttpResponseRedirect(_next_url(request, items[:place] + items[place + 1 :], place, decided=1))
    return TemplateResponse(request, "admin/review_proposal.html", _proposal_context(request, items, place, changes))


def _chosen(request: HttpRequest, changes: list[Part]) -> list[str]:
    """The parts to take in: all to begin with, but those that somebody has changed meanwhile."""
    names = [change.difference.part for change in changes]
    if request.method == "POST":
        return [name for name in names if request.POST.get(f"part-{name}") == "take"]
    return [change.difference.part for change in changes if not change.is_stale]


def _decide_proposal(request: Any, item: Any, changes: list[Part]) -> bool:
    """Takes in or returns as the button says. False where the page is to be shown again, with the reason on it."""
    proposal, record = item.proposal, item.record
    words = _words(request, "comment", 2000)
    if request.POST.get("version") != str(record.version):
        messages.error(request, _("The record was changed while you looked at it. This is how it is now."))
        return False
    names = _chosen(request, changes)
    if "return" in request.POST:
        if not words:
            messages.error(request, _("Say what its author should do before it can be published."))
            return False
        proposal.state, proposal.answer = Proposal.State.RETURNED, words
        proposal.save()
        _tell_about(request, mail.proposal_returned, item, words)
        messages.success(request, _("Returned: %(title)s") % {"title": record})
        return True
    if not names:
        messages.error(request, _("Nothing is taken in. Choose what is, or return it with a word to its author."))
        return False
    reason = _words(request, "reason", 300)
    if not reason and any(change.is_figure for change in changes if change.difference.part in names):
        messages.error(request, _("A published figure changes. Say why; readers will see it."))
        return False
    try:
        along = request.POST.getlist("along")
        proposals.accept(record, proposal, names, along, request.user, reason)
    except InvalidRecord as error:
        messages.error(request, "; ".join(problem.reason for problem in error.errors))
        return False
    except ValidationError as error:
        messages.error(request, "; ".join(error.messages))
        return False
    proposal.state, proposal.answer = Proposal.State.DECIDED, words
    proposal.done_at, proposal.done_by = timezone.now(), request.user
    proposal.save()
    left = ", ".join(proposals.left_out(changes, names))
    text = " ".join(part for part in (words, _("Not taken in: %(fields)s.") % {"fields": left} if left else "") if part)
    _tell_about(request, mail.proposal_accepted, item, text)
    messages.success(request, _("Public now: %(title)s") % {"title": record})
    return True


def _tell_about(request: Any, tell: Any, item: Any, words: str) -> None:
    if (
        item.proposal.by
        and item.proposal.by != request.user
        and (warning := tell(item.record, item.proposal.by, words, request.user))
    ):
        messages.warning(request, warning)


def _proposal_context(request: HttpRequest, items: list[Any], place: int, changes: list[Part]) -> dict[str, Any]:
    item = items[place]
    model_admin: Any = admin.site._registry[type(item.record)]
    names = [change.difference.part for change in changes]
    has_page, today, later = bool(model_admin.preview_page), "", ""
    linked: list[Draft] = []
    if has_page:
        today = model_admin.page_now(request, item.record.pk)
    try:
        with rehearsal():
            draft = proposals.linked_drafts(item.record, names, item.proposal)
            linked = draft.linked
            going = [other for other in linked if not other.problems]
            later = model_admin.published_page(request, draft, going) if has_page else ""
    except InvalidRecord as error:
        messages.error(request, "; ".join(problem.reason for problem in error.errors))
    item.record.refresh_from_db()
    is_first = request.method != "POST"
    return {
        **_run_context(request, items, place),
        "title": str(item.record),
        "item": item,
        "proposal": item.proposal,
        "changes": changes,
        "chosen": _chosen(request, changes),
        "photos": Photo.objects.filter(code__in=_further_photos(item.proposal)),
        "linked_drafts": [
            (draft, capfirst(draft.record._meta.verbose_name), form_url(draft.record)) for draft in linked
        ],
        "ticked": [draft.key for draft in linked] if is_first else request.POST.getlist("along"),
        "today": today,
        "later": later,
        "reason": item.proposal.comment if is_first else request.POST.get("reason", ""),
        "comment": request.POST.get("comment", ""),
        "form_url": form_url(item.record),
    }


def _further_photos(proposal: Proposal) -> set[str]:
    return set(proposal.content.get("photos", [])) - set(proposal.base.get("photos", []))


def will_be(request: HttpRequest, draft: Draft, going: list[Draft]) -> str:
    """The public page as it would be, were these published together; empty for what has no page."""
    model_admin = admin.site._registry[type(draft.record)]
    if not isinstance(model_admin, PreviewMixin) or not model_admin.preview_page:
        return ""
    with rehearsal():
        return model_admin.published_page(request, draft, going)

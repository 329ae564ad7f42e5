"""What a member of staff has to do: what is theirs, and what waits for them. Oldest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Contribution, Proposal, ReviewNote
from ..record import confirmations
from . import queue
from .publishing import form_url

#: How many of what waits are named, and how long an answer stands on the start page.
SHOWN, ANSWER_STAYS = 5, timedelta(days=14)


class Errand(NamedTuple):
    """One thing to do: about what, what it is, since when, and where."""

    title: str
    what: str
    since: datetime
    url: str
    verb: str

    @property
    def age(self) -> str:
        return queue.age_of(self.since)


@dataclass
class Run:
    """Errands of a kind that are done one after the other, with the page to begin at."""

    label: str
    url: str
    errands: list[Errand] = field(default_factory=list)

    @property
    def oldest(self) -> str:
        return queue.age_of(min(errand.since for errand in self.errands))


# Mine


def mine(request: Any) -> list[Errand]:
    """Drafts returned to this person, their other drafts, and answers to what they suggested."""
    notes = {
        (note.model_name, note.code): note
        for note in ReviewNote.objects.open().filter(about=ReviewNote.About.RETURNED).order_by("pk")
    }
    errands = []
    for draft, _partner, writer in queue.all_drafts():
        if writer != request.user.pk:
            continue
        note = notes.get((draft._meta.model_name, draft.code))
        if note and draft.modified_at <= note.made_at:
            what = _("Came back: “%(words)s”") % {"words": note.text}
            errands.append(Errand(str(draft), what, note.made_at, form_url(draft), _("Put it right")))
        else:
            what = _("Your draft, %(kind)s") % {"kind": draft._meta.verbose_name}
            errands.append(Errand(str(draft), what, draft.modified_at, form_url(draft), _("Go on writing")))
    return sorted([*errands, *_returned_proposals(request), *_answers(request)], key=lambda errand: errand.since)


def _returned_proposals(request: Any) -> list[Errand]:
    """Changes that this person proposed and a publisher sent back."""
    returned = Proposal.objects.filter(by=request.user, state=Proposal.State.RETURNED)
    errands = []
    for proposal, record in _about(returned, request):
        url = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_propose", args=[record.pk])
        what = _("Came back: “%(words)s”") % {"words": proposal.answer}
        errands.append(Errand(str(record), what, proposal.changed_at, url, _("Put it right")))
    return errands


def _answers(request: Any) -> list[Errand]:
    """What became of this person’s suggestions, for some days."""
    done = ReviewNote.objects.filter(
        by=request.user, about=ReviewNote.About.SUGGESTION, done_at__gt=timezone.now() - ANSWER_STAYS
    )
    what = _("Your suggestion has been answered")
    return [
        Errand(str(record), what, note.done_at, form_url(record), _("Read")) for note, record in _about(done, request)
    ]


def _about(notes: Any, request: HttpRequest) -> list[tuple[Any, Any]]:
    """Notes with the records that they are about, of the kinds that this person may see."""
    models = {model._meta.model_name: model for model in queue.shown_models(request)}
    rows = [note for note in notes if note.model_name in models]
    records: dict[tuple[str, str], Any] = {}
    for name in {note.model_name for note in rows}:
        codes = [note.code for note in rows if note.model_name == name]
        records |= {(name, record.code): record for record in models[name]._default_manager.filter(code__in=codes)}
    return [(note, record) for note in rows if (record := records.get((note.model_name, note.code)))]


# Waiting for me


def runs(request: Any) -> list[Run]:
    """What waits for this person by kind of errand, those with nothing left out."""
    return [
        run
        for run in (_reviews(request), _confirmations(request), _sent_in(request), _suggestions(request))
        if run.errands
    ]


def _reviews(request: HttpRequest) -> Run:
    run = Run(_("Review, one after the other"), "")
    for item in queue.review_queue(request):
        words = f"{item.kind}, {item.what}"
        if item.partner:
            words = _("%(what)s, from %(partner)s") % {"what": words, "partner": item.partner.brief}
        run.errands.append(Errand(str(item.record), words, item.since, f"{item.url}?from=/admin/", _("Review")))
    if run.errands:
        run.url = run.errands[0].url
    return run


def _confirmations(request: Any) -> Run:
    """Public records that the other side has confirmed and this side has not."""
    side = confirmations.side_of(request.user)
    run = Run(_("Confirm for your side"), "")
    for model in confirmations.CONFIRMABLE if side else ():
        table: Any = model._meta.get_field("confirmations").related_model
        if not request.user.has_perm(f"{table._meta.app_label}.add_{table._meta.model_name}"):
            continue
        standing = table.objects.standing().filter(**{str(model._meta.model_name): OuterRef("pk")})
        first = standing.exclude(country=side).order_by("pk").values("made_on")[:1]
        records = model._default_manager.filter(
            Exists(standing.exclude(country=side)), ~Exists(standing.filter(country=side))
        )
        for record in records.published().annotate(confirmed_since=first):
            since = timezone.make_aware(datetime.combine(record.confirmed_since, datetime.min.time()))
            what = _("The other side has confirmed it")
            run.errands.append(Errand(str(record), what, since, f"{form_url(record)}#sides", _("Confirm")))
    run.errands.sort(key=lambda errand: errand.since)
    run.url = run.errands[0].url if run.errands else ""
    return run


def _sent_in(request: Any) -> Run:
    url = reverse("admin:partnership_contribution_changelist")
    run = Run(_("Read what was sent in"), url)
    if request.user.has_perm("partnership.view_contribution"):
        for contribution in Contribution.objects.unread():
            form = reverse("admin:partnership_contribution_change", args=[contribution.pk])
            run.errands.append(Errand(str(contribution), _("Sent in"), contribution.received_at, form, _("Read")))
    return run


def _suggestions(request: HttpRequest) -> Run:
    """Suggestions by colleagues for public records, for those who may change these."""
    run = Run(_("Answer suggestions"), "")
    publishable = queue.publishable_models(request)
    notes = ReviewNote.objects.open().filter(about=ReviewNote.About.SUGGESTION)
    for note, record in _about(notes, request):
        if type(record) in publishable:
            what = _("Suggestion: “%(words)s”") % {"words": note.text}
            run.errands.append(Errand(str(record), what, note.made_at, form_url(record), _("Answer")))
    run.url = run.errands[0].url if run.errands else ""
    return run


def work_context(request: HttpRequest) -> dict[str, Any]:
    own, waiting = mine(request), runs(request)
    errands = sorted((errand for run in waiting for errand in run.errands), key=lambda errand: errand.since)
    return {
        "mine": own,
        "runs": waiting,
        "waiting": errands[:SHOWN],
        "waiting_count": len(errands),
        "queue_url": reverse("admin:review") if queue.publishable_models(request) else "",
    }

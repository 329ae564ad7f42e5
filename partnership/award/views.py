"""The jury’s pages: the dossier, the criteria, frozen editions with what differs, and private reading."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..addresses import show
from ..models import DataVersion, Edition, EditionFile, PrivateLink, Revision, Section, Submission
from ..publishing import State
from ..web.error_pages import error_page
from . import criteria, dossier, editions, pdf
from .differences import between
from .pack import pack

_SIGNER = signing.Signer(salt="private-link")


# The dossier as it stands


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The short address leads to the dossier of the latest submission."""
    submission = Submission.objects.published().latest_first().first()
    if submission is None:
        raise Http404
    return HttpResponseRedirect(submission.get_absolute_url())


def submission_details():
    return Submission.objects.select_related("round", "applicant").prefetch_related("sections", "citations__source")


@require_safe
def dossier_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, submission_details(), slug, dossier_page)


def dossier_page(request: HttpRequest, submission: Submission, **extra: Any) -> HttpResponse:
    """The dossier, for the public, for staff who preview it, and for those with a private link."""
    asked = request.GET.get("length", "full")
    length = asked if asked in dossier.LENGTHS else "full"
    content = dossier.content_of(submission, get_language() or "en", length=length)
    context = {
        "submission": submission,
        "dossier": content,
        "length": length,
        "readings": Section.Length.choices,
        "minutes": max(1, round(content["words"] / dossier.WORDS_A_MINUTE)),
        "editions": submission.editions.public(),
        "changed_on": _changed_on(submission),
        "noindex": length != "full",
        **extra,
    }
    context["changed_since"] = _changed_since(context["editions"])
    return render(request, "award/dossier.html", context)


def _changed_on(submission: Submission) -> datetime.date:
    """The day of the last change to the dossier or to the public record, on which its figures rest."""
    last = Revision.objects.public().values_list("made_at", flat=True).first()
    return timezone.localdate(max(last, submission.modified_at) if last else submission.modified_at)


def _changed_since(found: Any) -> Edition | None:
    """The newest standing edition, if the public record has been changed since it was made."""
    newest = next((one for one in found if one.withdrawn_on is None), None)
    if newest and Revision.objects.public().filter(made_at__gt=newest.made_at).exists():
        return newest
    return None


@require_safe
def criteria_lens(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, submission_details(), slug, criteria_page)


def criteria_page(request: HttpRequest, submission: Submission) -> HttpResponse:
    answers = criteria.answers(submission)
    claims = criteria.claims()
    evidence: dict[str, criteria.Evidence] = {}
    for one in [*(one for answer in answers for one in answer.evidence), *claims]:
        evidence.setdefault(one.anchor, one)
    context = {"submission": submission, "answers": answers, "claims": claims, "evidence": list(evidence.values())}
    return render(request, "award/criteria.html", context)


@require_safe
def dossier_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, submission_details(), slug, _todays_pdf)


def _todays_pdf(request: HttpRequest, submission: Submission) -> HttpResponse:
    content = _pdf_of(DataVersion.current(), submission.pk, get_language() or "en", timezone.localdate())
    return _download(content, "application/pdf", f"{submission.slug}.{get_language()}.pdf")


@lru_cache(maxsize=4)
def _pdf_of(version: int, submission: int, language: str, day: Any) -> bytes:
    """Typeset once for each version of the record and each day."""
    found = submission_details().get(pk=submission)
    about = pdf.About(number=None, made_on=day, sha256="", address=f"{settings.SITE_URL}{found.get_absolute_url()}")
    return pdf.dossier_pdf(dossier.content_of(found, language), language, about)


# Editions


def _public_edition(slug: str, number: int) -> Edition:
    return get_object_or_404(
        Edition.objects.public().select_related("submission"), submission__slug=slug, number=number
    )


@require_safe
def edition(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = _public_edition(slug, number)
    if found.withdrawn_on:
        return _withdrawn(request, found)
    return edition_page(request, found)


def edition_page(request: HttpRequest, found: Edition, **extra: Any) -> HttpResponse:
    """The body as it was stored, in the frame of today. What is not what was frozen is named, and not shown."""
    stored = editions.stored(found)
    body = stored.files.get(f"body.{get_language()}.html")
    if body is None and not stored.faults:
        # Made before the site spoke this language.
        raise Http404
    context = {
        "edition": found,
        "submission": found.submission,
        # Made by our own template when it was frozen; its checksum has just been compared.
        "body": mark_safe(body.decode()) if body else "",
        "faults": stored.faults,
        **extra,
    }
    response = render(request, "award/edition.html", context)
    # Not for the page store: the checksums are compared for every reader.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _or_altered(request: HttpRequest, found: Edition, make: Callable[[], HttpResponse]) -> HttpResponse:
    """What is made of an edition’s files; where one of them is not what was frozen, a page that names it (409)."""
    try:
        return make()
    except EditionFile.DoesNotExist as error:
        raise Http404 from error
    except editions.AlteredEdition as error:
        edition = _("edition %(number)s") % {"number": found.number}
        return error_page(
            request,
            409,
            _("Not what was frozen"),
            _("A file of this edition differs from its checksum and is not handed out."),
            faults=str(error).split("; "),
            onward=(f"{found.submission.title}, {edition}", found.get_absolute_url()),
        )


@require_safe
def edition_file(request: HttpRequest, slug: str, number: int, name: str) -> HttpResponse:
    """The edition’s data, PDF or reading sheet, byte for byte as it was stored."""
    found = _public_edition(slug, number)
    if found.withdrawn_on:
        return _withdrawn(request, found)
    return _edition_file(request, found, name)


def _edition_file(request: HttpRequest, found: Edition, name: str) -> HttpResponse:
    stems = {"dossier.pdf": "dossier", "reading-sheet.pdf": "reading-sheet"}
    stored_as = f"{stems[name]}.{get_language()}.pdf" if name in stems else name
    if stored_as != editions.DATA and name not in stems:
        raise Http404
    kind = "application/json" if name == editions.DATA else "application/pdf"
    called = f"{found.submission.slug}-{found.number}-{stored_as}"
    return _or_altered(request, found, lambda: _download(editions.content(found, stored_as), kind, called))


@require_safe
def edition_pack(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = _public_edition(slug, number)
    if found.withdrawn_on:
        return _withdrawn(request, found)
    called = f"{found.submission.slug}-{found.number}.zip"
    return _or_altered(request, found, lambda: _download(pack(found), "application/zip", called))


def _withdrawn(request: HttpRequest, found: Edition) -> HttpResponse:
    return render(request, "withdrawn.html", {"record": found, "edition": found, "noindex": True}, status=410)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if kind == "application/pdf" else "attachment"}; filename="{name}"'
    return response


@require_safe
def edition_differences(request: HttpRequest, slug: str, number: int, other: int | None = None) -> HttpResponse:
    """What differs between an edition and another one, or the record of today."""
    found = _public_edition(slug, number)
    compared = _public_edition(slug, other) if other is not None else None
    for one in (found, compared):
        if one and one.withdrawn_on:
            return _withdrawn(request, one)

    def page() -> HttpResponse:
        after = editions.data(compared) if compared else editions.data_of(found.submission)
        context = {
            "edition": found,
            "other": compared,
            "submission": found.submission,
            "differences": between(editions.data(found), after),
            "others": found.submission.editions.standing().exclude(pk=found.pk),
            "noindex": True,
        }
        return render(request, "award/differences.html", context)

    return _or_altered(request, found, page)


@require_safe
def by_short_address(request: HttpRequest, key: int) -> HttpResponse:
    """The address that is printed on paper: 303 to the edition in the reader’s language."""
    found = get_object_or_404(Edition.objects.public().select_related("submission"), pk=key)
    with translation.override(get_language_from_request(request)):
        response = HttpResponse(status=303, headers={"Location": found.get_absolute_url()})
    patch_vary_headers(response, ["Accept-Language"])
    return response


# Private reading


def private_address(link: PrivateLink) -> str:
    return reverse("private", args=[_SIGNER.sign(str(link.pk))])


@require_safe
def private(request: HttpRequest, token: str, name: str = "") -> HttpResponse:
    """A draft dossier or an unpublished edition, for whoever holds a link that is still open."""
    response = _private(request, token, name)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _private(request: HttpRequest, token: str, name: str) -> HttpResponse:
    try:
        link = PrivateLink.objects.select_related("submission", "edition__submission").get(pk=_SIGNER.unsign(token))
    except (signing.BadSignature, PrivateLink.DoesNotExist, ValueError):
        reason = _(
            "The link is not whole: a part of the address has been changed or lost. "
            "Open it again from the letter in which you got it."
        )
        return _refused(request, 403, reason)
    revoked = _("The link has been revoked by those who gave it.")
    if link.revoked_at:
        return _refused(request, 410, revoked)
    if link.expires_on < timezone.localdate():
        return _refused(request, 410, _("The link has expired: it could be used until a day that has passed."))
    if link.edition and link.edition.withdrawn_on:
        return _refused(request, 410, revoked)
    if name:
        return _edition_file(request, link.edition, name) if link.edition else _todays_pdf(request, link.submission)
    extra = {"noindex": True, "private": link, "private_pdf": reverse("private-pdf", args=[token])}
    if link.edition:
        return edition_page(request, link.edition, **extra)
    submission = get_object_or_404(submission_details().exclude(state=State.WITHDRAWN), pk=link.submission_id)
    return dossier_page(request, submission, **extra)


def _refused(request: HttpRequest, status: int, reason: str) -> HttpResponse:
    return error_page(
        request,
        status,
        _("This link cannot be used"),
        reason,
        _("Ask whoever sent it to you for a new one."),
        mail_subject=_("Private link"),
        onward=(_("The public dossier"), reverse("dossiers")),
    )

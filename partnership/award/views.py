"""Pages for juries: the dossier, the criteria, frozen editions with their differences, and private links."""

from __future__ import annotations

import datetime
import hashlib
import json
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

from ..addresses import gone, show
from ..files.generated import generated
from ..models import DataVersion, Edition, EditionFile, PrivateLink, Revision, Section, Submission
from ..opendata.responses import errors_in, invalid_parameters, open_data, problem
from ..opendata.tables import terms
from ..publishing import State
from ..web.cross_origin import readable_everywhere
from ..web.error_pages import error_page
from ..web.parameters import reads
from . import criteria, dossier, editions, pdf
from .differences import as_data, between
from .pack import pack

_SIGNER = signing.Signer(salt="private-link")


# The dossier of today


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """Redirects to the dossier of the latest submission; says so where there is none yet."""
    submission = Submission.objects.published().latest_first().first()
    if submission is None:
        return render(request, "award/none.html", {"noindex": True})
    return HttpResponseRedirect(submission.get_absolute_url())


def submission_details():
    return Submission.objects.select_related("round", "applicant").prefetch_related("sections", "citations__source")


@reads("length")
@require_safe
def dossier_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, submission_details(), slug, dossier_page)


def dossier_page(request: HttpRequest, submission: Submission, **extra: Any) -> HttpResponse:
    """The dossier, for the public, for a preview by staff, and for holders of a private link."""
    length = _length(request)
    content = dossier.content_of(submission, get_language() or "en", length=length)
    context = {
        "submission": submission,
        "dossier": content,
        "length": length,
        "reading": length,
        "readings": Section.Length.choices,
        "minutes": max(1, round(content["words"] / dossier.WORDS_A_MINUTE)),
        "editions": submission.editions.public(),
        "changed_on": _changed_on(submission),
        "noindex": length != "full",
        **extra,
    }
    context["changed_since"] = _changed_since(context["editions"])
    return render(request, "award/dossier.html", context)


def _length(request: HttpRequest) -> str:
    """The reading that is asked for; the whole where it is none."""
    length = request.GET.get("length", "full")
    return length if length in dossier.LENGTHS else "full"


def _changed_on(submission: Submission) -> datetime.date:
    """The day of the last change to the dossier or to the public record, from which its figures come."""
    last = Revision.objects.public().values_list("made_at", flat=True).first()
    return timezone.localdate(max(last, submission.modified_at) if last else submission.modified_at)


def _changed_since(public_editions: Any) -> Edition | None:
    """The newest edition that is not withdrawn, if the public record has changed since; else None."""
    newest = next((edition for edition in public_editions if edition.withdrawn_on is None), None)
    if newest and Revision.objects.public().filter(made_at__gt=newest.made_at).exists():
        return newest
    return None


@require_safe
def criteria_lens(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, submission_details(), slug, criteria_page)


def criteria_page(request: HttpRequest, submission: Submission) -> HttpResponse:
    evidence_by_criterion = criteria.evidence_by_criterion(submission)
    claims = criteria.claims()
    by_anchor: dict[str, criteria.Evidence] = {}
    for evidence in [*(item for criterion in evidence_by_criterion for item in criterion.evidence), *claims]:
        by_anchor.setdefault(evidence.anchor, evidence)
    context = {
        "submission": submission,
        "spoken_to": [criterion for criterion in evidence_by_criterion if criterion.evidence],
        "silent": [criterion for criterion in evidence_by_criterion if not criterion.evidence],
        "claims": claims,
        "evidence": list(by_anchor.values()),
    }
    return render(request, "award/criteria.html", context)


@require_safe
def dossier_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, submission_details(), slug, _todays_pdf)


def _todays_pdf(request: HttpRequest, submission: Submission) -> HttpResponse:
    language, today = get_language() or "en", timezone.localdate()
    about = pdf.About(number=None, made_on=today, sha256="", url=f"{settings.SITE_URL}{submission.get_absolute_url()}")
    content = pdf.dossier_pdf(_content_of(DataVersion.current(), submission.pk, language), language, about)
    return _download(content, "application/pdf", f"{submission.slug}.{get_language()}.pdf")


@lru_cache(maxsize=4)
def _content_of(version: int, key: int, language: str) -> dict[str, Any]:
    """Read once for each version of the data."""
    return dossier.with_pictures(dossier.content_of(submission_details().get(pk=key), language), language)


# Editions


def _public_edition(slug: str, number: int) -> Edition:
    return get_object_or_404(
        Edition.objects.public().select_related("submission"), submission__slug=slug, number=number
    )


@reads("length")
@require_safe
def edition_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    edition = _public_edition(slug, number)
    if edition.withdrawn_on:
        return _withdrawn(request, edition)
    return edition_page(request, edition)


def edition_page(request: HttpRequest, edition: Edition, **extra: Any) -> HttpResponse:
    """The stored HTML in the layout of today. An altered file is named and not shown."""
    verified = editions.verified_files(edition)
    language = editions.language_of(edition)
    body = verified.files.get(f"body.{language}.html")
    length = _length(request)
    if body and length != "full" and editions.DATA in verified.files:
        content = json.loads(verified.files[editions.DATA])["dossier"][language]
        body = editions.render_body(dossier.reading(content, length), language, length).encode()
    context = {
        "length": length,
        "readings": Section.Length.choices,
        "noindex": length != "full",
        "edition": edition,
        "submission": edition.submission,
        # Rendered by this site’s own template when it was frozen, and its checksum has just been compared.
        "body": mark_safe(body.decode()) if body else "",
        "body_language": language,
        "errors": verified.errors,
        **extra,
    }
    response = render(request, "award/edition.html", context)
    # Kept out of the page cache: the checksums are compared for every reader.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _or_altered(request: HttpRequest, edition: Edition, respond: Callable[[], HttpResponse]) -> HttpResponse:
    """The response made from an edition’s files, or a page that names the altered ones (409)."""
    try:
        return respond()
    except EditionFile.DoesNotExist as error:
        raise Http404 from error
    except editions.AlteredEdition as error:
        name = _("edition %(number)s") % {"number": edition.number}
        return error_page(
            request,
            409,
            _("Not what was frozen"),
            _("A file of this edition differs from its checksum and is not handed out."),
            errors=str(error).split("; "),
            onward=(f"{edition.submission.title}, {name}", edition.get_absolute_url()),
        )


@require_safe
def edition_criteria(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What an edition holds for each criterion, as it was frozen."""
    edition = _public_edition(slug, number)
    if edition.withdrawn_on:
        return _withdrawn(request, edition)

    def page() -> HttpResponse:
        frozen = criteria.frozen(editions.data(edition), editions.language_of(edition))
        context = {
            "edition": edition,
            "submission": edition.submission,
            "spoken_to": [criterion for criterion in frozen if criterion.records],
            "silent": [criterion for criterion in frozen if not criterion.records],
            "body_language": editions.language_of(edition),
        }
        response = render(request, "award/edition_criteria.html", context)
        # Kept out of the page cache: the checksums are compared for every reader.
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return _or_altered(request, edition, page)


@readable_everywhere
@require_safe
def edition_file(request: HttpRequest, slug: str, number: int, name: str) -> HttpResponse:
    """The edition’s data, PDF or reading sheet, byte for byte as stored."""
    edition = _public_edition(slug, number)
    if edition.withdrawn_on:
        return _withdrawn(request, edition)
    return _edition_file(request, edition, name)


def _edition_file(request: HttpRequest, edition: Edition, name: str) -> HttpResponse:
    stems = {"dossier.pdf": "dossier", "reading-sheet.pdf": "reading-sheet"}
    stored_name = f"{stems[name]}.{editions.language_of(edition)}.pdf" if name in stems else name
    if stored_name != editions.DATA and name not in stems:
        raise Http404
    content_type = "application/json" if name == editions.DATA else "application/pdf"
    filename = f"{edition.submission.slug}-{edition.number}-{stored_name}"
    return _or_altered(
        request, edition, lambda: _download(editions.content(edition, stored_name), content_type, filename)
    )


@require_safe
def edition_pack(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    edition = _public_edition(slug, number)
    if edition.withdrawn_on:
        return _withdrawn(request, edition)
    filename = f"{edition.submission.slug}-{edition.number}.zip"
    return _or_altered(request, edition, lambda: _download(_pack(edition), "application/zip", filename))


def _pack(edition: Edition) -> bytes:
    """Made once for the same files, whose checksums are compared each time. Raises AlteredEdition."""
    verified = editions.verified_files(edition)
    if verified.errors:
        raise editions.AlteredEdition("; ".join(verified.errors))
    about = [edition.submission.code, edition.number, edition.made_on.isoformat()]
    checksums = sorted((name, hashlib.sha256(content).hexdigest()) for name, content in verified.files.items())
    return generated("pack", [*about, checksums], "zip", lambda path: path.write_bytes(pack(edition)))


def _withdrawn(request: HttpRequest, edition: Edition) -> HttpResponse:
    return render(request, "withdrawn.html", {"record": edition, "edition": edition, "noindex": True}, status=410)


def _download(content: bytes, content_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    disposition = "inline" if content_type == "application/pdf" else "attachment"
    response["Content-Disposition"] = f'{disposition}; filename="{filename}"'
    return response


@require_safe
def edition_differences(request: HttpRequest, slug: str, number: int, other: int | None = None) -> HttpResponse:
    """The differences between an edition and another one, or the record of today."""
    edition = _public_edition(slug, number)
    compared = _public_edition(slug, other) if other is not None else None
    for candidate in (edition, compared):
        if candidate and candidate.withdrawn_on:
            return _withdrawn(request, candidate)

    def page() -> HttpResponse:
        after = editions.data(compared) if compared else editions.comparable(edition.submission)
        context = {
            "edition": edition,
            "other": compared,
            "submission": edition.submission,
            "differences": between(editions.data(edition), after, _reasons_since(edition)),
            "others": edition.submission.editions.standing().exclude(pk=edition.pk),
            "noindex": True,
        }
        return render(request, "award/differences.html", context)

    return _or_altered(request, edition, page)


@open_data
def edition_differences_data(request: HttpRequest, slug: str, number: int, other: int | None = None) -> HttpResponse:
    """The same for programs."""
    if errors := errors_in(None, request.GET):
        return invalid_parameters(errors)
    edition = _public_edition(slug, number)
    compared = _public_edition(slug, other) if other is not None else None
    if withdrawn := next((row for row in (edition, compared) if row and row.withdrawn_on), None):
        return problem(410, _("This edition was withdrawn"), withdrawn.withdrawal_reason, number=withdrawn.number)
    try:
        after = editions.data(compared) if compared else editions.comparable(edition.submission)
        differences = as_data(editions.data(edition), after)
    except editions.AlteredEdition as error:
        return problem(409, _("Not what was frozen"), str(error))
    about = {**terms(), "dossier": slug, "edition": number, "beside": other}
    return HttpResponse(json.dumps({**about, **differences}, ensure_ascii=False), content_type="application/json")


def _reasons_since(edition: Edition) -> dict[tuple[str, str], list[str]]:
    """What readers were told of why each record was changed after an edition, by model name and code."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for revision in Revision.objects.public().filter(made_at__gt=edition.made_at).exclude(reason=""):
        reasons.setdefault((revision.model_name, revision.code), []).append(revision.reason)
    return reasons


@require_safe
def edition_by_key(request: HttpRequest, key: int) -> HttpResponse:
    """The short URL printed in PDFs: 303 to the edition in the reader’s language."""
    edition = get_object_or_404(Edition.objects.public().select_related("submission"), pk=key)
    with translation.override(get_language_from_request(request)):
        response = HttpResponse(status=303, headers={"Location": edition.get_absolute_url()})
    patch_vary_headers(response, ["Accept-Language"])
    return response


# Private links


def private_url(link: PrivateLink) -> str:
    return reverse("private", args=[_SIGNER.sign(str(link.pk))])


@reads("length")
@require_safe
def private(request: HttpRequest, token: str, name: str = "") -> HttpResponse:
    """A draft dossier or an unpublished edition, for whoever holds a valid link."""
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
    # One rule for the page and its files: what is withdrawn is gone, for whoever holds a link as well.
    if link.edition and link.edition.withdrawn_on:
        return _refused(request, 410, revoked)
    if link.edition is None and link.submission.state == State.WITHDRAWN:
        return gone(request, link.submission)
    if name:
        return _edition_file(request, link.edition, name) if link.edition else _todays_pdf(request, link.submission)
    extra = {"noindex": True, "private": link, "private_pdf": reverse("private-pdf", args=[token])}
    if link.edition:
        return edition_page(request, link.edition, **extra)
    submission = get_object_or_404(submission_details(), pk=link.submission_id)
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

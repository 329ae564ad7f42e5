"""URLs that last: a page by its slug or by a former slug; by the code of its record, see ``opendata.views``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, is_valid_path, resolve, reverse
from django.utils import translation
from django.utils.translation import get_language

from . import search
from .fields.markdown import parse
from .models import FormerAddress
from .publishing import Record, State, permanent_path, record_models


@dataclass(frozen=True)
class Way:
    """A link to a record; ``kind`` is the name of its model."""

    kind: str
    title: str
    url: str


def permanent_models() -> dict[str, type[Record]]:
    """The kinds of record with a permanent URL, by model name."""
    return {str(model._meta.model_name): model for model in record_models() if model.has_permanent_url}


def ways_of(texts: Iterable[str]) -> dict[str, list[Way]]:
    """Where references alone lead, by the text in which they stand; what is not public is left out."""
    references = {text: list(chain.from_iterable(block.references() for block in parse(text)[0])) for text in texts}
    codes: dict[str, set[str]] = {}
    for reference in chain.from_iterable(references.values()):
        codes.setdefault(reference.kind, set()).add(reference.code)
    ways: dict[tuple[str, str], Way] = {}
    for kind, model in permanent_models().items():
        if kind in codes:
            records: Any = model._default_manager.filter(code__in=codes[kind], state=State.PUBLISHED)
            if hasattr(records, "with_names"):
                records = records.with_names()
            ways |= {(kind, record.code): Way(kind, str(record), record.get_absolute_url()) for record in records}
    return {
        text: [ways[key] for reference in named if (key := (reference.kind, reference.code)) in ways]
        for text, named in references.items()
    }


def show(request: HttpRequest, records: QuerySet, slug: str, page: Callable[..., HttpResponse]) -> HttpResponse:
    """The page of a published record, the tombstone of a withdrawn one, or a redirect.

    A former slug leads to its record, and that of a merged record to the one it went into.

    Raises Http404 for drafts and unknown slugs.
    """
    record: Any = records.exclude(state=State.DRAFT).filter(slug=slug).first()
    if record is None:
        return HttpResponsePermanentRedirect(moved_to(records.model, slug))
    if record.merged_into_id:
        return HttpResponsePermanentRedirect(public_record(record).get_absolute_url())
    if record.is_withdrawn:
        return gone(request, record)
    response = page(request, record)
    response["Link"] = signposts(record)
    return response


def signposts(record: Record) -> str:
    """Where programs go on from a page (FAIR Signposting; RFC 8288): how to cite it, its data, its licence."""
    data = permanent_path(str(record._meta.model_name), record.code)
    links = [
        f'<{record.permanent_url}>; rel="cite-as"',
        *(
            f'<{settings.SITE_URL}{data}.{suffix}>; rel="{relation}"; type="{media_type}"'
            for suffix, media_type in (("jsonld", "application/ld+json"), ("json", "application/json"))
            for relation in ("describedby", "alternate")
        ),
        '<https://creativecommons.org/licenses/by/4.0/>; rel="license"',
    ]
    return ", ".join(links)


def moved_to(model: type[Model], slug: str) -> str:
    """The URL of the record that once had this slug. Raises Http404 if there is none, or if it is a draft again."""
    former = FormerAddress.objects.filter(kind=model._meta.model_name, slug=slug).first()
    if former is None:
        raise Http404
    return public_record(model._default_manager.filter(code=former.code).first()).get_absolute_url()


def merged_at(records: QuerySet, slug: str) -> Any:
    """The public record into which the one with this slug was merged. Raises Http404 if there is none."""
    merged: Any = records.filter(slug=slug, merged_into__isnull=False).first()
    survivor = merged.survivor if merged else None
    if survivor is None or not survivor.is_published:
        raise Http404
    return survivor


def public_record(record: Any) -> Any:
    """The record, or the one that it was merged into, if readers may know of it. Raises Http404 if not."""
    if record is None or record.survivor.state == State.DRAFT:
        raise Http404
    return record.survivor


def gone(request: HttpRequest, record: Record) -> HttpResponse:
    """The tombstone of a withdrawn record: its title, the date and the reason, and nothing else (410)."""
    return render(request, "withdrawn.html", {"record": record, "noindex": True}, status=410)


# Addresses that people guess

#: Longer paths are nobody’s guess.
LONGEST_GUESS = 100


def words_in(path: str) -> str:
    """The last part of a path as words: “gender-equality” of /en/gender-equality/; empty for what is no guess."""
    parts = path.strip("/").split("/")
    if parts[0] in dict(settings.LANGUAGES):
        parts = parts[1:]
    elif len(parts) > 1:
        return ""
    is_guess = len(path) <= LONGEST_GUESS and 0 < len(parts) < 3 and not any("." in part for part in parts)
    return parts[-1].replace("-", " ").replace("_", " ") if is_guess else ""


def guessed(path: str) -> str:
    """The address that is meant by one that does not exist; empty where none is found.

    Known are the path of another language, a name or an old name of a record or page, and words that mean the same.
    """
    if not path.endswith("/") and is_valid_path(f"{path}/"):
        # Only its last slash is missing, which is added to every such address alike.
        return ""
    language = get_language() or settings.LANGUAGE_CODE
    first, _slash, rest = path.lstrip("/").partition("/")
    for other, _name in settings.LANGUAGES:
        if first in dict(settings.LANGUAGES) and other != language and rest:
            with translation.override(other):
                try:
                    match = resolve(f"/{other}/{rest.rstrip('/')}/")
                except Resolver404:
                    continue
            return reverse(match.view_name, args=match.args, kwargs=match.kwargs)
    with suppress(Resolver404):
        # The address of a record that is not public leads nowhere, whatever else has its name.
        slug = resolve(path).kwargs.get("slug")
        drafts = (model._default_manager.filter(slug=slug, state=State.DRAFT) for model in record_models())
        if slug and any(records.exists() for records in drafts):
            return ""
    words = words_in(path)
    return search.called(words, language) if words else ""

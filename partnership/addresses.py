"""URLs that last: a page by its slug or by a former slug; by the code of its record, see ``opendata.views``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import chain, product
from typing import Any, NamedTuple

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


class Way(NamedTuple):
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
#: What copying and old programs add to an address: the mark after a sentence, and the name of a file.
_ENDING = re.compile(r"[\s).,;:!?'\"”>\]}]+$")
_FILE = re.compile(r"((^|/)index)?\.(html?|php|aspx?)$|(^|/)index$")
#: What people call a page that has no such name, by its URL name.
_CALLED = {
    "home": ("home", "start", "hem", "startsida"),
    "about": ("about-us", "om-oss"),
    "feed": ("feed", "rss", "atom"),
    "calendar": ("calendar", "kalender", "ics"),
    "django.contrib.sitemaps.views.sitemap": ("sitemap", "webbkarta"),
}
_PAGE_CALLED = {name: page for page, names in _CALLED.items() for name in names}
_LANGUAGE_CALLED = {"english": "en", "engelska": "en", "svenska": "sv", "swedish": "sv"}


def _tidied(path: str) -> str:
    """A path without the slashes around it, and without what copying and old programs add to it."""
    return _FILE.sub("", _ENDING.sub("", path).strip("/")).strip("/")


def _without_language(path: str) -> tuple[str, bool]:
    """The path below its language, and whether it named one."""
    first, _slash, rest = path.partition("/")
    has_language = first.lower() in dict(settings.LANGUAGES)
    return (rest if has_language else path), has_language


def words_in(path: str) -> str:
    """The last part of a path as words: “gender equality” of /en/gender-equality/; empty for what is no guess."""
    below, has_language = _without_language(_tidied(path))
    parts = below.lower().split("/")
    is_guess = len(path) <= LONGEST_GUESS and len(parts) < 3 and not any("." in part for part in parts)
    if not is_guess or (len(parts) == 2 and not has_language and not _names_a_kind(parts[0])):
        return ""
    return parts[-1].replace("-", " ").replace("_", " ")


def _names_a_kind(word: str) -> bool:
    """Whether people may write the address of a record below this word: its kind, in any language, or “id”."""
    names = {"id"}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names |= {str(model._meta.verbose_name) for model in permanent_models().values()}
    return search.folded(word) in {search.folded(name) for name in names}


def guessed(path: str) -> str:
    """The address that is meant by one that does not exist; empty where none is found.

    Known are the path of another language, with and without its code, a name or an old name of a record or page, words
    that mean the same, capitals, and what copying adds.
    """
    if not path.endswith("/") and is_valid_path(f"{path}/"):
        # Only its last slash is missing, which is added to every such address alike.
        return ""
    language = get_language() or settings.LANGUAGE_CODE
    if (url := _page_at(path)) and url != path:
        return url
    name = _without_language(_tidied(path))[0].lower()
    if name in _PAGE_CALLED or not name:
        return reverse(_PAGE_CALLED.get(name, "home"))
    if name in _LANGUAGE_CALLED:
        return f"/{_LANGUAGE_CALLED[name]}/"
    # The address of a record that is not public leads nowhere, whatever else has its name.
    drafts = (model._default_manager.filter(slug=name.split("/")[-1], state=State.DRAFT) for model in record_models())
    words = words_in(path)
    if not words or any(records.exists() for records in drafts):
        return ""
    if url := search.called(words, language):
        return url
    others = (code for code, _name in settings.LANGUAGES if code != language)
    return next((_page_at(url) for other in others if (url := search.called(words, other)) and "#" not in url), "")


def _page_at(path: str) -> str:
    """The address, in the active language, of the page with this path in any language; empty where there is none."""
    below, _has_language = _without_language(_tidied(path))
    for (language, _name), rest in product(settings.LANGUAGES, dict.fromkeys((below, below.lower()))):
        try:
            with translation.override(language):
                match = resolve(f"/{language}/{rest}/" if rest else f"/{language}/")
        except Resolver404:
            continue
        return reverse(match.view_name, args=match.args, kwargs=match.kwargs)
    return ""

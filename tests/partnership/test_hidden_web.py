"""What is not public is reached by no way: every public address and format, editions and letters are read for it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import translation

from partnership.award import editions
from partnership.models import Document, Edition, Newsletter, Partner, Source, Story, Submission, Succession
from partnership.opendata.relations import ALL_TABLES
from projects.models import Project, Theme
from tests.base import ended, fetch
from tests.factories import make_partner, make_project, make_visit
from tests.support.hidden_web import HIDDEN, PUBLIC, HiddenWeb
from tests.support.pdf import printed
from visits.models import Visit

pytestmark = pytest.mark.django_db

#: Addresses that say nothing of records, or belong to one person: they are read elsewhere.
OF_NO_RECORD = {
    *("root", "robots", "security", "edition-short", "dossiers", "data-newest-archive", "id"),
    *("contribute-send", "contribution", "contribution-files", "contribution-forget"),
    "questions-in",
    *("data-catalogue-name", "data-set-name", "data-distribution-name", "data-unknown"),
    *("follow", "follow-sent", "follow-confirm", "follower", "leave"),
    # Made of the pages below, by other views' own words: pictures and private links to the dossier.
    *("card", "projects:card", "themes:card", "photo", "private", "private-pdf"),
}
#: The kind of record that an address is about.
ABOUT: dict[str, Any] = {
    "projects:detail": Project,
    "project-data": Project,
    "visits:detail": Visit,
    "visit-data": Visit,
    "themes:detail": Theme,
    "theme-data": Theme,
    "partner": Partner,
    "partner-data": Partner,
    "source": Source,
    "source-data": Source,
    "dossier": Submission,
    "dossier-pdf": Submission,
    "criteria": Submission,
    "newsletter": Newsletter,
    "document": Document,
    "story": Story,
}
#: The arguments of addresses that are about no record.
MORE = {
    "data-changes": [["csv"], ["json"]],
    "data-sources-cited": [["bib"], ["ris"], ["csl"]],
    "data-catalogue": [["ttl"], ["jsonld"], ["rdf"]],
}


def patterns() -> set[str]:
    """The names of all public addresses."""

    def walk(entries: Any, namespace: str = "") -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, URLPattern):
                yield f"{namespace}{entry.name}"
            else:
                yield from walk(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else namespace)

    return set(walk(get_resolver("partnership.public_urls").url_patterns))


def addresses(name: str, web: HiddenWeb) -> list[str]:
    """The addresses of a name, for each public record that is tied to a hidden one."""
    if name in ABOUT:
        slugs = [record.slug for record in web.shown if type(record) is ABOUT[name]]
        suffixes = [["json"]] if name.endswith("-data") else [[]]
        return [reverse(name, args=[slug, *suffix]) for slug in slugs for suffix in suffixes]
    if name in {"contribute-about", "follow-about"}:
        followed = {Project, Theme, Partner} | ({Visit} if name == "contribute-about" else set())
        records = [record for record in web.shown if type(record) in followed]
        return [reverse(name, args=[record._meta.model_name, record.code]) for record in records]
    if name.startswith(("edition", "differences")):
        submission = web.public[Submission]
        first = Edition.objects.filter(submission=submission).first() or editions.freeze(submission, None, public=True)
        key = [submission.slug, first.number]
        if name == "edition-file":
            return [reverse(name, args=[*key, file]) for file in ("edition.json", "dossier.pdf", "reading-sheet.pdf")]
        if name.startswith("differences-between"):
            return [reverse(name, args=[*key, editions.freeze(submission, None, public=True).number])]
        return [reverse(name, args=key)]
    if name == "data-archive":
        return [Client(headers={"host": "localhost"}).get(reverse("data-newest-archive"))["Location"]]
    if name == "id-data":
        kinds = (Project, Visit, Theme, Partner, Source)
        keys = [(record._meta.model_name, record.code) for record in web.shown if type(record) in kinds]
        return [reverse(name, args=[*key, suffix]) for key in keys for suffix in ("json", "jsonld", "ttl", "bib")]
    if name in MORE:
        return [reverse(name, args=arguments) for arguments in MORE[name]]
    if name == "data-table":
        return [reverse(name, args=[table, suffix]) for table in ALL_TABLES for suffix in ("csv", "json", "xlsx")]
    if name == "search":
        return [f"{reverse(name)}?q={PUBLIC}", f"{reverse(name)}?q={HIDDEN[:-2]}"]
    if name.endswith("-data"):
        return [reverse(name, args=[suffix]) for suffix in ("csv", "json")]
    return [reverse(name)]


def text_of(content: bytes) -> str:
    """What is in a file, in archives and papers too."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(f"{name}\n{text_of(archive.read(name))}" for name in archive.namelist())
    if content.startswith(b"%PDF-1.7\n"):
        with pikepdf.open(io.BytesIO(content)) as paper:
            links = [str(link) for page in paper.pages for link in page.get("/Annots", [])]
            return "\n".join([*(printed(page) for page in paper.pages), *links])
    return content.decode(errors="replace")


def leaks(path: str) -> list[str]:
    """What an address tells of the hidden, each with the words around it."""
    response = Client(headers={"host": "localhost"}).get(path)
    text = text_of(response.getvalue())
    ended(response)
    if response.status_code != 200:
        return [f"{path}: {response.status_code}"]
    places = re.finditer(HIDDEN, text, re.IGNORECASE)
    return [f"{path}: …{text[max(0, place.start() - 90) : place.end() + 40]}…" for place in places]


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_no_public_address_tells_of_what_is_hidden(state, settings):
    settings.IATI_REPORTING_ORG, settings.OPERATOR_NAME = "SE-ON-999999-0000", "A test operator"
    web = HiddenWeb(state)
    told: list[str] = []

    # Editions are frozen before the dossier names what nobody may see.
    for name in sorted(
        patterns() - OF_NO_RECORD, key=lambda name: (not name.startswith(("edition", "differences")), name)
    ):
        if name == "about":
            web.refer()
        for language in ("en", "sv"):
            with translation.override(language):
                paths = addresses(name, web)
            assert paths, name
            for path in paths:
                told += leaks(path)

    assert not told, "\n".join(told)


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_a_hidden_predecessor_did_counts_for_no_successor(state):
    today, before, first = make_partner(), make_partner(state=state), make_partner()
    for predecessor, successor in ((before, today), (first, before)):
        Succession.objects.create(predecessor=predecessor, successor=successor, date="2016-08")
    for body in (before, first):
        make_project(title_en="Done before", partners=[body])
        make_visit(direction="to_sweden", purpose_en="Seen before").hosts.add(body)

    page = fetch(today.get_absolute_url()).text
    assert "0 on record" in page
    assert "0 received" in page
    assert "Done before" not in fetch(f"/en/projects/?partner={today.slug}").text
    assert "Seen before" not in fetch(f"/en/visits/?host={today.slug}").text
    assert Partner.lineages(with_hidden=True)[today.pk] == {today.pk, before.pk, first.pk}
    with pytest.raises(ValidationError):
        Succession(predecessor=today, successor=before).full_clean()

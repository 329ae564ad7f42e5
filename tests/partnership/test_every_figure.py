"""Every figure of the record on every public page: a count with its base or list, a claimed one with its source."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from lxml import html

from partnership.models import Statement

pytestmark = pytest.mark.django_db

_BLOCKS = {"p", "li", "td", "th", "dd", "h1", "h2", "h3", "caption", "figcaption", "summary"}
_GROUPS = {"li", "tr", "article", "section", "div", "figure", "aside", "table"}
_RECORDS = {
    "en": "projects?|pre-stud(?:y|ies)|visits?|delegates?|partners?|themes?|areas?|milestones?|facts?",
    "sv": "projekt|förstudier?|besök|delegater?|partner|teman?|områden|milstolpar|fakta|uppgifter",
}
#: A number and, a few words on, what it counts.
_FIGURE = {
    language: re.compile(rf"(?<![\w/–-])\d{{1,3}}(?:–\d{{1,3}})? (?:(?:\w|-)+ ){{0,3}}(?:{words})\b")
    for language, words in _RECORDS.items()
}
#: What says of which records a number is, or that nothing rests on it.
_BASE = {
    "en": r"January 2018|All visits|all countries|on record|named here|in all|named|no source|not documented|is cited",
    "sv": r"januari 2018|Alla besök|alla länder|i registret|namngivna|sammanlagt|ingen källa|inte dokumenter|anförs",
}


def pages() -> list[str]:
    """Every address of the site map that readers may open."""
    sitemap = Client(headers={"host": "localhost"}).get("/sitemap.xml").content.decode()
    return sorted(set(re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", sitemap)))


def groups_of_figures(main, language: str):
    """Each innermost block with a figure, and what stands around it."""
    for block in main.iter(*_BLOCKS):
        if next(block.iterdescendants(*_BLOCKS), None) is not None:
            continue
        words = " ".join(block.text_content().split())
        if _FIGURE[language].search(words):
            group = next((above for above in block.iterancestors(*_GROUPS)), main)
            yield words, block, group


def is_linked(element) -> bool:
    """To the list that is counted, to a source, or to a numbered source below."""
    return any(True for _link in element.iter("a"))


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_figure_has_its_base_and_its_source_or_the_words_that_there_is_none(language):
    addresses = [address for address in pages() if address.startswith(f"/{language}/")]
    client = Client(headers={"host": "localhost"})
    claimed = {str(statement.figure) for statement in Statement.objects.filter(preferred=True) if statement.figure}
    bare = []
    for address in addresses:
        main = html.fromstring(client.get(address).content.decode()).find(".//main")
        for words, block, group in groups_of_figures(main, language):
            is_claimed = any(re.search(rf"(?<!\w){re.escape(figure)}(?!\w)", words) for figure in claimed)
            has_base = re.search(_BASE[language], " ".join(group.text_content().split()))
            if not (is_linked(block) or is_linked(group) or (has_base and not is_claimed)):
                bare.append(f"{address}: {words[:120]}")

    assert len(addresses) > 100
    assert bare == []

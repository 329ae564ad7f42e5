"""Every figure of the record on every public page: a count with its base or list, a claimed one with its source."""

from __future__ import annotations

import re
from urllib.parse import urljoin

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


#: The kinds of pages whose counts are all printed by the tag for figures, by the number of parts of their address.
_TAGGED = {
    "en": r"/en/((projects|visits|claims|about|contribute)/|(partners|themes)/[^/]+/)?",
    "sv": r"/sv/((projekt|besok|uppgifter|om|bidra)/|(parter|teman)/[^/]+/)?",
}
#: What the record itself says, in its own words and with its own sources; titles of pictures, which are cited as such.
_OWN_WORDS = " | ".join(
    (
        ".//data[@data-from]",
        ".//sup",
        ".//*[contains(@class, 'words') or contains(@class, 'picture-title') or @class='note']",
        ".//details[contains(@class, 'ev')]",
        ".//ul[contains(@class, 'rows') or contains(@class, 'go-on')]",
        ".//ul[@class='statements']//p[not(@class)]",
    )
)


@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_tag_for_figures_carries_base_and_list_and_no_count_is_printed_without_it(language):
    client = Client(headers={"host": "localhost"})
    gallery = html.fromstring(client.get({"en": "/en/pictures/", "sv": "/sv/bilder/"}[language]).content.decode())
    titles = {" ".join(heading.text_content().split()) for heading in gallery.iter("h2", "h3")}
    addresses = [address for address in pages() if re.fullmatch(_TAGGED[language], address)]
    origins, bare = set(), []
    for address in addresses:
        main = html.fromstring(client.get(address).content.decode()).find(".//main")
        for figure in main.xpath(".//data[@data-from]"):
            assert figure.get("value") == figure.text
            assert figure.get("data-base"), (address, figure.text)
            origins.add(urljoin(address, figure.get("data-from")).partition("#")[0])
        for words in main.xpath(_OWN_WORDS):
            words.drop_tree()
        bare += [
            f"{address}: {words[:120]}"
            for words, _block, _group in groups_of_figures(main, language)
            if words not in titles
        ]

    assert len(addresses) > 20
    assert bare == []
    assert {origin: client.get(origin).status_code for origin in origins} == dict.fromkeys(origins, 200)

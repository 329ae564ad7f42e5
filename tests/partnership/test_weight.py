"""What a page weighs as it travels, compressed as the page cache does; photographs apart."""

from __future__ import annotations

from pathlib import Path

import brotli
import pytest
from django.conf import settings

from tests.base import PAGES, address, fetch

pytestmark = pytest.mark.django_db

#: Pages of long texts, each sentence with its evidence, weigh more than the others and never more than this.
HEAVY = {
    "home": 15_700,
    "history": 17_800,
    "dossier": 22_000,
    "visits:list": 14_900,
    "partner": 12_700,
    "criteria": 11_600,
    "data": 11_400,
}


def weight(name: str, language: str) -> int:
    return len(brotli.compress(fetch(address(name, language)).html.encode(), quality=5))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(name):
    for language, _name in settings.LANGUAGES:
        assert weight(name, language) <= HEAVY.get(name, 10_000), language


def test_a_first_visit_is_light():
    """Page, stylesheet, icon, map and both typefaces, which are compressed already."""
    static = Path(settings.BASE_DIR) / "static"
    texts = [static / "css" / "site.css", static / "img" / "favicon.svg", static / "img" / "land.svg"]
    files = sum(len(brotli.compress(path.read_bytes())) for path in texts)
    files += sum(path.stat().st_size for path in (static / "fonts").glob("*.woff2"))

    assert weight("home", "en") + files <= 80_000
    assert weight("home", "sv") + files <= 80_000

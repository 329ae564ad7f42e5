"""What a first visit costs on a slow link: everything that the browser fetches, as it travels."""

from __future__ import annotations

import pytest

from tests.base import PAGES, address

pytestmark = pytest.mark.browser

MOST_REQUESTS = 8


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "sv"])
def test_a_first_visit_is_light(name, language, visitor):
    someone = visitor()
    watch = someone.context.new_cdp_session(someone.page)
    watch.send("Network.enable")
    sizes: list[int] = []
    watch.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    page = someone.open(address(name, language))
    page.evaluate("document.fonts.ready")

    assert 3 <= len(sizes) <= MOST_REQUESTS
    assert sum(sizes) <= (120_000 if name == "home" else 90_000), sizes

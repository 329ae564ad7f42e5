"""Words as the index knows them."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from partnership.search.words import stem

WORDS = [
    f"{beginning}{end}"
    for beginning in ("bibliotek", "kommun", "tjänst", "besök")
    for end in ("ens", "ernas", "en", "")
]


@pytest.fixture
def impatient_threads():
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("impatient_threads")
def test_threads_that_stem_at_the_same_moment_disturb_nobody():
    alone = [stem.__wrapped__(word, "sv") for word in WORDS]

    with ThreadPoolExecutor(4) as pool:
        stems = list(pool.map(lambda word: stem.__wrapped__(word, "sv"), WORDS * 10))

    assert stems == alone * 10

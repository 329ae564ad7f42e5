"""The place in a source, in the language of the page."""

from __future__ import annotations

import pytest
from django.utils import translation

from partnership.fields.locators import print_locator


@pytest.mark.parametrize(
    ("written", "english", "swedish"),
    [
        ("title page", "title page", "titelsida"),
        ("p. 14", "p. 14", "s. 14"),
        ("s. 14", "p. 14", "s. 14"),
        ("page 14", "p. 14", "s. 14"),
        ("list, 3rd point", "list, point 3", "lista, punkt 3"),
        ("2nd entry, Globala mål", "entry 2, Globala mål", "post 2, Globala mål"),
        (
            "contents, p. 2; the summary is on p. 66",
            None,
            "innehållsförteckning, s. 2; sammanfattningen finns på s. 66",
        ),
        ("p. 7 of the list of South Africa, 1st entry", None, "s. 7 i listan för Sydafrika, post 1"),
        ("titelsida", "title page", "titelsida"),
        ("¶ 2", "¶ 2", "¶ 2"),
        # The words of the source stay as they are.
        ("Hållbar energi för alla, ¶ 4", "Hållbar energi för alla, ¶ 4", "Hållbar energi för alla, ¶ 4"),
        ("The title page of history", "The title page of history", "The title page of history"),
        ("100 % renewable", "100 % renewable", "100 % renewable"),
        ("", "", ""),
    ],
)
def test_a_place_is_printed_in_the_language_of_the_page(written, english, swedish):
    for language, printed in (("en", english), ("sv", swedish)):
        with translation.override(language):
            if printed is not None:
                assert print_locator(written) == printed

"""The text of a dossier: which Markdown may stand in it."""

from __future__ import annotations

import pytest

from partnership.fields.markdown import parse


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Fine.\n\n<script>alert(1)</script>", "Paragraph 2: HTML cannot stand here: <script>"),
        ("An <b>old</b> word", "Paragraph 1: HTML cannot stand here: <b>"),
        ("[a link](javascript:alert(1))", None),
        ("[a link](/en/)", "Paragraph 1: A link begins with https://, not: /en/"),
        ("![a picture](https://example.org/a.png)", "Paragraph 1: This cannot stand here"),
        ("They counted {claims:projects}.", "Paragraph 1: This refers to nothing: {claims:projects}"),
        ("They counted {claim:projects", "Paragraph 1: This refers to nothing"),
        ("    code", "Paragraph 1: This cannot stand here: code"),
    ],
)
def test_text_that_cannot_stand_is_named_with_its_paragraph(text, error):
    errors = [str(markdown_error) for markdown_error in parse(text)[1]]

    if error:
        assert errors[0].startswith(error)
    else:
        assert not errors

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


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2018. That was the year of the entry.", "“2018.” begins a numbered list and is shown as “1.”"),
        ("1. The first\n3. The third", "“3.” begins a numbered list and is shown as “2.”"),
        ("> 600 delegates travelled.", "“> 600 delegates travelled.” would be shown as a quotation"),
        ("- 5 degrees in July", "“5 degrees in July” would be shown as a list, without the sign before it"),
        ("+ 46 470 kronor", "“46 470 kronor” would be shown as a list"),
        ("• A library\n• A school", "Lines would run into one another: • A school"),
        ("a) A library\nb) A school", "Lines would run into one another: b) A school"),
        ("Year | Visits\n--- | ---\n2011 | 4", "A table cannot stand here: Year | Visits"),
        ("| Year | Visits |\n| 2011 | 4 |", "A table cannot stand here"),
        ("Year\tVisits\n2011\t4", "A table cannot stand here: Year Visits"),
        ("- A library\n  - with books", "A list, a heading or a quotation cannot stand inside another"),
        ("> - A quoted list", "A list, a heading or a quotation cannot stand inside another"),
        ("- One paragraph\n\n  and a second", "An item of a list has one paragraph"),
        ("The visit\n---", "The line “---” makes a heading of what stands above it"),
        ("Above\n\n---\n\nbelow", "This cannot stand here"),
        ("Rooms of 2*3*4 metres", "The stars in “Rooms of 2*3*4 metres” would not be shown"),
        ("City of Växjö\nBox 1222\n351 12 Växjö", "The line “City of Växjö” would run into the next"),
        ("A line that somebody ended on purpose here  \nand another", "A line break would not be shown"),
        ('[a report](https://vaxjo.se "of 2011")', "The title of a link would not be shown: of 2011"),
        ("-", "An item or a heading without words would be shown"),
    ],
)
def test_what_would_be_shown_otherwise_than_typed_is_named(text, named):
    assert named in " ".join(str(error) for error in parse(text)[1])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2018\\. That was the year.", "2018. That was the year."),
        ("More than 600; −5 degrees; 5 * 3 * 2", "More than 600; −5 degrees; 5 * 3 * 2"),
        ("&nbsp; and AT&T;", "&nbsp; and AT&T;"),
        ("[1]: https://vaxjo.se", "[1]: https://vaxjo.se"),
        ("A long line that the program it was copied from has broken\nhere.", "A long line that the program it was "),
        ("- 5 teachers\n- 3 nurses", "5 teachers3 nurses"),
        ("> “600 delegates”, they wrote", "“600 delegates”, they wrote"),
    ],
)
def test_what_is_shown_as_typed_stands(text, shown):
    blocks, errors = parse(text)

    assert errors == []
    assert "".join(run.text for block in blocks for row in block.rows for run in row).startswith(shown)

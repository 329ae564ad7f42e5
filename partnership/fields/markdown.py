"""The little Markdown of a dossier: paragraphs, lists, quotations, headings, links, and references to the record.

What else Markdown knows, HTML above all, is an error that is named; nothing is dropped or passed on unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: What a reference can name; ``partnership.award.dossier`` knows what each prints.
REFERENCE = re.compile(r"\{(claim|counted|statement|quote|project|visit|output|partner|milestone|source):([\w-]+)\}")
_ANY_BRACES = re.compile(r"\{[^{}]*\}?")


@dataclass(frozen=True)
class Reference:
    kind: str
    code: str

    def __str__(self) -> str:
        return f"{{{self.kind}:{self.code}}}"


@dataclass(frozen=True)
class Run:
    """A stretch of text of one look, or a reference in its place."""

    text: str = ""
    reference: Reference | None = None
    strong: bool = False
    emphasis: bool = False
    href: str = ""


@dataclass
class Block:
    """A paragraph, heading, list or quotation; a list has one row of runs for each of its items, all else one."""

    kind: str
    rows: list[list[Run]] = field(default_factory=list)

    def references(self) -> Iterator[Reference]:
        for row in self.rows:
            for run in row:
                if run.reference:
                    yield run.reference


@dataclass(frozen=True)
class MarkdownError:
    """What cannot stand in a text, and in which of its paragraphs, counted from 1."""

    paragraph: int
    reason: str

    def __str__(self) -> str:
        return _("Paragraph %(number)s: %(reason)s") % {"number": self.paragraph, "reason": self.reason}


@cache
def _parser() -> MarkdownIt:
    # Imported with the first text: every model loads this module, and the site starts without waiting for it.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


_BLOCKS = {
    "paragraph_open": "p",
    "heading_open": "h3",
    "bullet_list_open": "ul",
    "ordered_list_open": "ol",
    "blockquote_open": "quote",
}


def parse(text: str) -> tuple[list[Block], list[MarkdownError]]:
    """The blocks of a text, and all that is wrong with it."""
    blocks: list[Block] = []
    errors: list[MarkdownError] = []
    depth = 0
    for token in _parser().parse(text):
        if token.nesting == 1:
            if depth == 0:
                blocks.append(Block(_BLOCKS[token.type]))
            depth += 1
            if token.type == "list_item_open":
                blocks[-1].rows.append([])
        elif token.nesting == -1:
            depth -= 1
        elif token.type == "inline":
            runs = _runs(token, len(blocks), errors)
            if blocks[-1].kind in {"ul", "ol"}:
                blocks[-1].rows[-1] += runs
            else:
                blocks[-1].rows.append(runs)
        else:
            errors.append(MarkdownError(len(blocks) + 1, _not_here(token)))
    return blocks, errors


def _not_here(token: Token) -> str:
    words = token.content.strip().splitlines()
    shown = words[0][:60] if words else token.type
    if token.type in {"html_block", "html_inline"}:
        return _("HTML cannot stand here: %(html)s") % {"html": shown}
    return _("This cannot stand here: %(words)s") % {"words": shown}


def _runs(inline: Token, paragraph: int, errors: list[MarkdownError]) -> list[Run]:
    runs: list[Run] = []
    look = Run()
    for token in inline.children or []:
        if token.type in {"strong_open", "strong_close"}:
            look = replace(look, strong=token.nesting == 1)
        elif token.type in {"em_open", "em_close"}:
            look = replace(look, emphasis=token.nesting == 1)
        elif token.type == "link_open":
            look = replace(look, href=str(token.attrs["href"]))
            if urlsplit(look.href).scheme not in {"http", "https"}:
                reason = _("A link begins with https://, not: %(link)s") % {"link": look.href}
                errors.append(MarkdownError(paragraph, reason))
        elif token.type == "link_close":
            look = replace(look, href="")
        elif token.type in {"softbreak", "hardbreak"}:
            runs.append(replace(look, text=" "))
        elif token.type == "text":
            runs += _with_references(token.content, look, paragraph, errors)
        else:
            errors.append(MarkdownError(paragraph, _not_here(token)))
    return runs


def _with_references(text: str, look: Run, paragraph: int, errors: list[MarkdownError]) -> Iterator[Run]:
    start = 0
    for braces in _ANY_BRACES.finditer(text):
        if braces.start() > start:
            yield replace(look, text=text[start : braces.start()])
        start = braces.end()
        match = REFERENCE.fullmatch(braces[0])
        if match:
            yield replace(look, reference=Reference(match[1], match[2]))
        else:
            errors.append(MarkdownError(paragraph, _("This refers to nothing: %(braces)s") % {"braces": braces[0]}))
    if start < len(text):
        yield replace(look, text=text[start:])

"""The little Markdown of a dossier: paragraphs, lists, quotations, headings, links, and references to the record.

What else Markdown knows, HTML above all, is an error that is named; nothing is dropped or passed on unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: What a reference can name; ``partnership.award.dossier`` knows what each prints.
REFERENCE = re.compile(
    r"\{(claim|counted|statement|quote|project|visit|output|partner|milestone|source|number|page):([\w-]+)\}"
)
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
    """What cannot stand in a text, or is shown otherwise than it was typed; paragraphs are counted from 1."""

    paragraph: int
    reason: str
    is_misreading: bool = False

    def __str__(self) -> str:
        return _("Paragraph %(number)s: %(reason)s") % {"number": self.paragraph, "reason": self.reason}


@cache
def _parser() -> MarkdownIt:
    # Imported with the first text: every model loads this module, and the site starts without waiting for it.
    from markdown_it import MarkdownIt

    # Without rules that would take away what was typed: “&nbsp;”, and lines such as “[1]: https://…”.
    return MarkdownIt("commonmark").disable(["entity", "reference"])


_BLOCKS = {
    "paragraph_open": "p",
    "heading_open": "h3",
    "bullet_list_open": "ul",
    "ordered_list_open": "ol",
    "blockquote_open": "quote",
}
#: What may stand directly inside what.
_INSIDE = {
    "bullet_list_open": {"list_item_open"},
    "ordered_list_open": {"list_item_open"},
    "list_item_open": {"paragraph_open"},
    "blockquote_open": {"paragraph_open"},
}
_BULLET = re.compile(r"[•·▪◦●○■□❖➢✓‣⁃–—*+o-] |\(?(?:\d{1,2}|[a-z])[.)] ")
_TABLE_LINE = re.compile(r"\|[^\n]*\||[|: -]*\|[|: -]*-{3}|[^\n\t]*\t[^\n]*\S")
#: A shorter line was broken on purpose, a longer one by the program that it was copied from.
_SHORT_LINE = 40


def parse(text: str) -> tuple[list[Block], list[MarkdownError]]:
    """The blocks of a text, and all that is wrong with it or would be shown otherwise than it was typed."""
    blocks: list[Block] = []
    errors: list[MarkdownError] = []
    outer: list[Token] = []
    for token in _parser().parse(text):
        reasons: Iterable[str] = ()
        if token.nesting == 1:
            if not outer:
                blocks.append(Block(_BLOCKS[token.type]))
            elif token.type not in _INSIDE[outer[-1].type]:
                reasons = [_("A list, a heading or a quotation cannot stand inside another. Put it below.")]
            elif outer[-1].type == "list_item_open" and blocks[-1].rows[-1]:
                reasons = [_("An item of a list has one paragraph. Make the second an item, or put it below.")]
            if token.type == "list_item_open":
                blocks[-1].rows.append([])
                reasons = (
                    _misnumbered(token, len(blocks[-1].rows)) if outer[-1].type == "ordered_list_open" else reasons
                )
            outer.append(token)
        elif token.nesting == -1:
            outer.pop()
        elif token.type == "inline":
            runs = _runs(token, len(blocks), errors)
            if blocks[-1].kind in {"ul", "ol"}:
                blocks[-1].rows[-1] += runs
            else:
                blocks[-1].rows.append(runs)
            reasons = _misread_lines(token.content, outer)
        else:
            errors.append(MarkdownError(len(blocks) + 1, _not_here(token)))
        errors += [MarkdownError(len(blocks), reason, is_misreading=True) for reason in reasons]
    errors += [
        MarkdownError(number, reason, is_misreading=True)
        for number, block in enumerate(blocks, 1)
        for reason in _misread_block(block)
    ]
    return blocks, sorted(dict.fromkeys(errors), key=lambda error: error.paragraph)


def _misnumbered(item: Token, number: int) -> Iterator[str]:
    """“2018. That was the year” begins a list, which is numbered from 1."""
    if item.info != str(number):
        message = _("“%(typed)s.” begins a numbered list and is shown as “%(number)s.” Write “%(typed)s\\.” or a word.")
        yield message % {"typed": item.info, "number": number}


def _misread_lines(content: str, outer: list[Token]) -> Iterator[str]:
    """What is wrong with the lines of one paragraph, heading or item."""
    lines = content.split("\n")
    block = outer[-1]
    if block.type == "heading_open" and block.markup[0] in "=-":
        message = _("The line “%(signs)s” makes a heading of what stands above it. Put an empty line between them.")
        yield message % {"signs": block.markup * 3}
    if any(_TABLE_LINE.match(line.strip(" ")) for line in lines):
        yield _("A table cannot stand here: %(words)s. Write its rows as a list.") % {"words": _shown(content)}
    elif any(_BULLET.match(line) for line in lines[1:]):
        yield _("Lines would run into one another: %(words)s. Begin each item of a list with “- ”.") % {
            "words": _shown(next(line for line in lines[1:] if _BULLET.match(line)))
        }
    elif any(len(line) < _SHORT_LINE for line in lines[:-1]):
        short = next(line for line in lines if len(line) < _SHORT_LINE)
        message = _("The line “%(words)s” would run into the next. Put an empty line between them, or make a list.")
        yield message % {"words": _shown(short)}


def _misread_block(block: Block) -> Iterator[str]:
    """Signs at the start of a paragraph that were meant, and were read as those of a list or a quotation."""
    first = block.rows[0][0].text if block.rows and block.rows[0] else ""
    if not all(block.rows) or not block.rows:
        yield _("An item or a heading without words would be shown. Take its sign out, or write what belongs there.")
    elif block.kind == "quote" and re.match(r"[\d=~]", first):
        message = _("“> %(words)s” would be shown as a quotation. Write “more than”, or begin with a quotation mark.")
        yield message % {"words": _shown(first)}
    elif block.kind == "ul" and len(block.rows) == 1 and re.match(r"\d", first):
        message = _("“%(words)s” would be shown as a list, without the sign before it. Write “minus”, or a sentence.")
        yield message % {"words": _shown(first)}


def _shown(text: str) -> str:
    line = " ".join(text.split("\n")[0].split())
    return line if len(line) <= 60 else f"{line[:60]}…"


def _not_here(token: Token) -> str:
    shown = _shown(token.content.strip()) or token.markup or token.type
    if token.type in {"html_block", "html_inline"}:
        return _("HTML cannot stand here: %(html)s") % {"html": shown}
    return _("This cannot stand here: %(words)s") % {"words": shown}


def _runs(inline: Token, paragraph: int, errors: list[MarkdownError]) -> list[Run]:
    runs: list[Run] = []
    look = Run()
    children = inline.children or []
    for place, token in enumerate(children):
        if token.type in {"em_open", "em_close", "strong_open", "strong_close"} and _splits_word(children, place):
            reason = _("The stars in “%(words)s” would not be shown. Write × or \\*.")
            errors.append(MarkdownError(paragraph, reason % {"words": _shown(inline.content)}, is_misreading=True))
        if token.type in {"strong_open", "strong_close"}:
            look = replace(look, strong=token.nesting == 1)
        elif token.type in {"em_open", "em_close"}:
            look = replace(look, emphasis=token.nesting == 1)
        elif token.type == "link_open":
            look = replace(look, href=str(token.attrs["href"]))
            if urlsplit(look.href).scheme not in {"http", "https"}:
                reason = _("A link begins with https://, not: %(link)s") % {"link": look.href}
                errors.append(MarkdownError(paragraph, reason))
            if title := token.attrs.get("title"):
                reason = _("The title of a link would not be shown: %(title)s") % {"title": title}
                errors.append(MarkdownError(paragraph, reason, is_misreading=True))
        elif token.type == "link_close":
            look = replace(look, href="")
        elif token.type in {"softbreak", "hardbreak"}:
            if token.type == "hardbreak":
                reason = _("A line break would not be shown: %(words)s. Put an empty line there.")
                errors.append(MarkdownError(paragraph, reason % {"words": _shown(inline.content)}, is_misreading=True))
            runs.append(replace(look, text=" "))
        elif token.type == "text":
            runs += _with_references(token.content, look, paragraph, errors)
        else:
            errors.append(MarkdownError(paragraph, _not_here(token)))
    return runs


def _splits_word(children: list[Token], place: int) -> bool:
    """Whether stars stand inside a word or number, as in 2*3*4: nobody emphasises half of one."""
    before, after = (children[index].content if 0 <= index < len(children) else "" for index in (place - 1, place + 1))
    return before[-1:].isalnum() and after[:1].isalnum()


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

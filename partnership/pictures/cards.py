"""Social cards, the images shown where a page is shared."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.http import HttpResponse

from .. import child_process
from ..files.generated import generated


def card(title: str, line: str, theme: str = "") -> bytes:
    """A PNG with the title, a line below it and the theme’s glyph, drawn once for the same words. Raises ChildError."""

    def make(path: Path) -> None:
        task = "partnership.pictures.card_drawing:draw"
        child_process.run(task, title=title, line=line, theme=theme, target=str(path))

    return generated("card", [_drawing(), title, line, theme], "png", make)


@cache
def _drawing() -> str:
    """What else a card depends on: how it is drawn."""
    paths = (Path(__file__).parent / "card_drawing.py", Path(__file__).parents[1] / "glyphs.py")
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def png(content: bytes) -> HttpResponse:
    """The image as a response that may be cached for an hour, since its text may change."""
    response = HttpResponse(content, content_type="image/png")
    response["Cache-Control"] = "public, max-age=3600"
    return response

"""How a social card is drawn, in a child process (``partnership.child_process``): no photograph, only our own signs."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ..glyphs import GLYPHS

if TYPE_CHECKING:
    from PIL import ImageFont

WIDTH, HEIGHT = 1200, 630
_HORIZON = 420
_MARGIN = 64
#: The light tokens of the stylesheet: an image has no dark scheme.
_INK, _SKY, _GROUND = "#12211F", "#B4D2EE", "#F5BD8E"
_NORTH_INK, _SOUTH_INK, _NORTH, _SOUTH, _PAPER = "#1F6FC2", "#DE5B1E", "#0A4A8B", "#872C02", "#F7F8F5"
_FONT = Path(__file__).parents[2] / "static" / "fonts" / "familjen-grotesk.woff2"
_STYLE = (
    f".n{{fill:{_NORTH_INK};mix-blend-mode:multiply}}.s{{fill:{_SOUTH_INK};mix-blend-mode:multiply}}"
    f".ln{{fill:none;stroke:{_NORTH_INK};mix-blend-mode:multiply}}"
    f".ls{{fill:none;stroke:{_SOUTH_INK};mix-blend-mode:multiply}}"
)
_LENS = (
    f'<g fill="none"><path stroke="{_NORTH}" d="M14 5C3 16 3 28 14 39"/>'
    f'<path stroke="{_SOUTH}" d="M14 5c11 11 11 23 0 34"/></g>'
    f'<g fill="{_PAPER}" stroke="{_INK}" stroke-width="1.2"><circle cx="14" cy="5" r="1.3"/>'
    f'<circle cx="14" cy="39" r="1.3"/></g>'
)


def draw(title: str, line: str, theme: str, target: str) -> None:
    """Writes a PNG of 1200 × 630: the title on the horizon, a line below it, the theme’s glyph or the lens at right."""
    import resvg_py
    from PIL import Image, ImageDraw

    image = Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=_drawing(theme))))).convert("RGB")
    draw = ImageDraw.Draw(image)
    font, lines = _fitted(title, 4, (92, 80, 70, 60, 52, 46), 700 if theme else 760)
    # The baseline of the title’s last line is 0.36 em above the horizon.
    step = round(font.size * 0.98)
    base = _HORIZON - round(font.size * 0.36)
    for index, words in enumerate(reversed(lines)):
        draw.text((_MARGIN, base - index * step), words, font=font, fill=_INK, anchor="ls")
    small, below = _fitted(line, 2, (32, 28), 1000 if theme else 740)
    for index, words in enumerate(below):
        draw.text((_MARGIN, _HORIZON + 74 + index * 42), words, font=small, fill=_INK, anchor="ls")
    image.quantize(colors=128).save(target, format="PNG", optimize=True)


def _drawing(theme: str) -> str:
    glyph = GLYPHS.get(theme)
    if glyph:
        # The foot of a glyph, at 54 of its 60 units, is on the horizon.
        art = f'<g transform="translate(832 {_HORIZON - 54 * 5.2}) scale(5.2)" style="isolation:isolate">{glyph}</g>'
    else:
        art = f'<g transform="translate(866 6) scale(14)">{_LENS}</g>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"><style>{_STYLE}</style>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_GROUND}"/>'
        f'<rect width="{WIDTH}" height="{_HORIZON}" fill="{_SKY}"/>{art}</svg>'
    )


def _fitted(text: str, most_lines: int, sizes: tuple[int, ...], width: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The text in the largest size that fits; else in the smallest, cut with an ellipsis."""
    from PIL import ImageFont

    for size in sizes:
        font = ImageFont.truetype(str(_FONT), size)
        font.set_variation_by_axes([600])
        lines = _broken(text, font, width)
        if len(lines) <= most_lines and all(font.getlength(words) <= width for words in lines):
            return font, lines
    lines = lines[:most_lines]
    lines[-1] = lines[-1].rstrip(" ,;:–") + "…"
    return font, lines


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines

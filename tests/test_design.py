"""Contrast of every pair of colours in use, from the stylesheet itself (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parent.parent / "static" / "css" / "site.css").read_text()

#: Words: 4.5. Fields named once for both sides are checked with each.
TEXT = """
    ink/paper ink/raised ink/sunken ink/north-field ink/south-field ink/north-tint ink/south-tint
    ink-2/paper ink-2/raised ink-2/sunken
    north/paper north/north-field north/north-tint north/land-north
    south/paper south/south-field south/south-tint south/land-north
    ink/land-north ink/land-south ink/mark ink-2/mark paper/north paper/south paper/ink on-inv/inv on-inv-2/inv
""".split()
#: Shapes, lines and the edge of a control: 3.
GRAPHICS = """
    edge/paper north-ink/raised south-ink/raised north-ink/paper south-ink/paper ink/paper on-inv-2/inv
    north/land-north south/land-south south/land-north focus/paper focus/north-field focus/south-field
""".split()


def tokens(dark: bool) -> dict[str, str]:
    layer = CSS[CSS.index("@layer tokens {") : CSS.index("@layer base {")]
    light, other = layer.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", light))
    return {**colours, **dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", other))} if dark else colours


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (GRAPHICS, 3)], ids=["text", "graphics"])
def test_every_pair_in_use_can_be_told_apart(pairs, least, dark):
    colours = tokens(dark)
    weak = {}
    for pair in pairs:
        front, back = pair.split("/")
        ratio = contrast(colours[front], colours[back])
        if ratio < least:
            weak[pair] = round(ratio, 2)
    assert not weak

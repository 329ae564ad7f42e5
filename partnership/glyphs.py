"""Glyphs of the themes: quarter-circles, half-discs and bars in two inks on a 60 × 60 grid. Decoration only."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

GLYPHS = {
    "adult-education": '<path class="n" d="M6 8a24 24 0 0 1 24 24v22A24 24 0 0 0 6 30Z"/>'
    '<path class="s" d="M54 8a24 24 0 0 0-24 24v22a24 24 0 0 1 24-24Z"/>',
    "social-services": '<path class="n" d="M6 28h48a24 24 0 0 1-48 0Z"/><circle class="s" cx="30" cy="24" r="16"/>',
    "pr-communication": '<path class="s" d="M6 54V38a16 16 0 0 1 16 16Z"/>'
    '<path class="ln" stroke-width="9" d="M6 26.5A27.5 27.5 0 0 1 33.5 54"/>'
    '<path class="ls" stroke-width="9" d="M6 10.5A43.5 43.5 0 0 1 49.5 54"/>',
    "city-planning": '<path class="n" d="M6 6h28v48A28 28 0 0 1 6 26Z"/>'
    '<path class="s" d="M26 6a28 28 0 0 1 28 28v20H26Z"/>',
    "sports-and-culture": '<path class="n" d="M6 54a24 24 0 0 1 48 0Z"/><circle class="s" cx="38" cy="22" r="16"/>',
    "democracy": '<path class="ln" stroke-width="9" d="M10.5 50a19.5 19.5 0 0 1 39 0"/>'
    '<path class="s" d="M20 50a10 10 0 0 1 20 0Z"/><circle class="s" cx="10" cy="22" r="5"/>'
    '<circle class="s" cx="30" cy="13" r="5"/><circle class="s" cx="50" cy="22" r="5"/>',
    "gender-equality": '<circle class="n" cx="21.5" cy="30" r="16"/><circle class="s" cx="38.5" cy="30" r="16"/>',
    "disability": '<path class="n" d="M6 54A48 48 0 0 0 54 16v38Z"/><circle class="s" cx="29" cy="30" r="14"/>',
    "human-resources": '<circle class="s" cx="22" cy="19" r="12"/><circle class="n" cx="40" cy="19" r="9"/>'
    '<path class="s" d="M4 54a18 18 0 0 1 36 0Z"/><path class="n" d="M24 54a16 16 0 0 1 32 0Z"/>',
    "health-care": '<path class="n" d="M21 6h18v48H21Z"/><path class="s" d="M6 21h48v18H6Z"/>',
    "rescue-services": '<path class="s" d="M30 3 45.6 18.6a22 22 0 1 1-31.2 0Z"/>'
    '<path class="n" d="M30 28l8.5 8.5a12 12 0 1 1-17 0Z"/>',
    "budget-finance": '<path class="n" d="M12 40h36a7 7 0 0 1 0 14H12a7 7 0 0 1 0-14Z"/>'
    '<path class="s" d="M18 28h30a7 7 0 0 1 0 14H18a7 7 0 0 1 0-14Z"/>'
    '<path class="n" d="M18 16h18a7 7 0 0 1 0 14H18a7 7 0 0 1 0-14Z"/>',
    "business-development": '<path class="n" d="M6 54V40h16v14Z"/><path class="s" d="M20 54V25h18v29Z"/>'
    '<path class="n" d="M36 54V24A18 18 0 0 1 54 6v48Z"/>',
    "energy-climate": '<circle class="s" cx="30" cy="30" r="13"/><circle class="n" cx="51" cy="30" r="5"/>'
    '<circle class="n" cx="44.8" cy="44.8" r="5"/><circle class="n" cx="30" cy="51" r="5"/>'
    '<circle class="n" cx="15.2" cy="44.8" r="5"/><circle class="n" cx="9" cy="30" r="5"/>'
    '<circle class="n" cx="15.2" cy="15.2" r="5"/><circle class="n" cx="30" cy="9" r="5"/>'
    '<circle class="n" cx="44.8" cy="15.2" r="5"/>',
    "labour-market": '<path class="ls" stroke-width="8" d="M18 36V26a12 12 0 0 1 24 0v10"/>'
    '<path class="n" d="M6 30h48v10a14 14 0 0 1-14 14H20A14 14 0 0 1 6 40Z"/>',
    "agenda-2030": '<path class="n" d="M27 33V6a27 27 0 0 1 27 27Z"/><path class="s" d="M27 27h27a27 27 0 0 1-27 27Z"/>'
    '<path class="n" d="M33 27v27A27 27 0 0 1 6 27Z"/><path class="s" d="M33 33H6A27 27 0 0 1 33 6Z"/>',
    "children-youth": '<path class="n" d="M4 36h52v8H4Z"/><path class="s" d="M18 54a12 12 0 0 1 24 0Z"/>'
    '<circle class="s" cx="14" cy="25" r="11"/><circle class="n" cx="48" cy="29" r="7"/>',
    "green-structure": '<path class="n" d="M8 52V40A34 34 0 0 1 42 6h12v12A34 34 0 0 1 20 52Z"/>'
    '<path class="s" d="M28 54a26 26 0 0 1 26-26v26Z"/>',
    "stormwater": '<path class="n" d="M11 6h8v30h-8ZM26 6h8v38h-8ZM41 6h8v30h-8Z"/>'
    '<path class="s" d="M6 30h48a24 24 0 0 1-48 0Z"/>',
}


def glyph(code: str, name: str, viewbox: str = "0 0 60 60") -> SafeString:
    """The glyph of a theme, or the first two letters of its name. Hidden from screen readers: the name is beside it."""
    shapes = GLYPHS.get(code)
    content = mark_safe(shapes) if shapes else format_html('<text x="30" y="39">{}</text>', name[:2])
    return format_html('<svg class="glyph" viewBox="{}" aria-hidden="true">{}</svg>', viewbox, content)

"""What a page of a PDF says in letters."""

from __future__ import annotations

import re

import pikepdf


def printed(page) -> str:
    """The letters of a page in the order in which they are set, without its spaces."""
    letters = {name: unicode_of(font) for name, font in page.Resources.get("/Font", {}).items()}
    text: list[str] = []
    font: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            font = letters[str(operands[0])]
        elif str(operator) in {"Tj", "TJ"}:
            shown = operands[0] if str(operator) == "TJ" else operands
            for part in shown:
                if isinstance(part, pikepdf.String):
                    codes = bytes(part)
                    text += [font[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2)]
    return re.sub(r"\s", "", "".join(text))


def unicode_of(font) -> dict[int, str]:
    """What a font’s glyphs mean (ISO 32000-1, 9.10.3)."""
    characters: dict[int, str] = {}
    written = font.ToUnicode.read_bytes().decode()
    for kind, lines in re.findall(r"beginbf(char|range)(.*?)endbf", written, re.DOTALL):
        for line in lines.strip().splitlines():
            first, *last, text = re.findall(r"<([0-9a-fA-F]+)>", line)
            meant = bytes.fromhex(text).decode("utf-16-be")
            for step in range(int(last[0], 16) - int(first, 16) + 1 if kind == "range" else 1):
                characters[int(first, 16) + step] = meant[:-1] + chr(ord(meant[-1]) + step)
    return characters

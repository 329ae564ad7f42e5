"""A drawing as SVG that needs neither a page nor a stylesheet, with what each of its marks stands for.

Colours are attributes, so that a policy without inline styles holds; the stylesheet of a page repaints them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

#: The light tokens of the stylesheet.
PAPER, INK, QUIET, RULE = "#F7F8F5", "#12211F", "#45544F", "#C3CBC5"
NORTH, NORTH_TINT, NORTH_FIELD, NORTH_INK = "#0A4A8B", "#E3EEF8", "#B4D2EE", "#1F6FC2"
SOUTH, SOUTH_TINT, SOUTH_FIELD, SOUTH_INK = "#872C02", "#FCE9DA", "#F5BD8E", "#DE5B1E"

_FONTS = "Familjen Grotesk, Helvetica Neue, Arial, sans-serif"
#: The width of a letter of 14 units, with room to spare.
LETTER = 7.4


class Mark(NamedTuple):
    """What a mark stands for: its number in the picture, if it has one, its name, what it shows, and where it leads."""

    title: str
    value: str
    url: str
    number: int | None = None

    @property
    def name(self) -> str:
        words = f"{self.title}: {self.value}" if self.value else self.title
        return f"{self.number}. {words}" if self.number else words


class Drawing:
    """A title that says what is seen, shapes, and marks that lead on. Sizes are units of the drawing."""

    def __init__(self, title: str, width: float, height: float = 0):
        self.title, self.width, self.height = title, width, height
        self.marks: list[Mark] = []
        self.top = Element("svg", {"font-family": _FONTS, "font-size": "14", "fill": INK})

    def add(self, kind: str, into: Element | None = None, words: str = "", **attributes: Any) -> Element:
        """A shape; an underscore in the name of an attribute stands for its hyphen."""
        names = {name.replace("_", "-"): _short(value) for name, value in attributes.items()}
        element = SubElement(self.top if into is None else into, kind, names)
        element.text = words or None
        return element

    def text(self, x: float, y: float, words: str, into: Element | None = None, **attributes: Any) -> Element:
        return self.add("text", into, words, x=x, y=y, **attributes)

    def link(self, mark: Mark, into: Element | None = None, **attributes: Any) -> Element:
        """What is drawn into it leads to the record of the mark, and is named by it."""
        if mark not in self.marks:
            self.marks.append(mark)
        link = self.add("a", into, href=mark.url, **attributes)
        self.add("title", link, mark.name)
        return link

    def on_page(self) -> SafeString:
        """For the page of the picture, where links are within the site."""
        return mark_safe(self._written(self.top))

    def as_file(self) -> str:
        """For those who take it along: with its title, and links that lead back from anywhere."""
        file = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **self.top.attrib})
        SubElement(file, "title").text = self.title
        SubElement(file, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
        file.extend(_with_site(self.top))
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + self._written(file)

    def _written(self, element: Element) -> str:
        element.set("viewBox", f"0 0 {_short(self.width)} {_short(self.height)}")
        element.set("role", "group")
        element.set("aria-label", self.title)
        return tostring(element, encoding="unicode")


def _with_site(element: Element) -> Iterable[Element]:
    """Copies of what is in an element, whose links hold the address of the site."""
    for child in element:
        copy = Element(child.tag, dict(child.attrib))
        copy.text = child.text
        if child.tag == "a":
            copy.set("href", settings.SITE_URL + child.attrib["href"])
        copy.extend(_with_site(child))
        yield copy


def _short(value: Any) -> str:
    """Numbers with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def cut(words: str, most: int) -> str:
    """A label of at most so many letters; its mark and its record have all of them."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"

"""What the lists of the desk need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

#: A cell of which nothing is known, as Django or a column of ours writes it.
_EMPTY = re.compile(r"<td[^>]*>\s*[-–]?\s*</td>")


@register.filter
def under(cells: Iterable[str], headers: list[dict[str, Any]]) -> Iterator[SafeString]:
    """The cells of a row, each with the name of its column, which a phone shows beside it."""
    for number, cell in enumerate(cells):
        # The heading of the boxes to tick is a box itself.
        heading = str(headers[number]["text"]) if number < len(headers) and "action-checkbox" not in cell else ""
        name = format_html(' data-name="{}"', capfirst(heading)) if heading else ""
        is_empty = " data-empty" if _EMPTY.fullmatch(cell.strip()) else ""
        # The cell is safe and its name escaped.
        yield mark_safe(cell.replace("<td", f"<td{name}{is_empty}", 1))  # noqa: S308

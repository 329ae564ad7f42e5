"""Tags for dossiers: formatted runs of text with the numbers of their sources, and changes since an edition."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .. import glyphs
from ..award import editions

register = template.Library()


@register.filter
def cites(numbers: list[int] | None) -> SafeString:
    """The numbers of sources, each a link to its entry in the list."""
    if not numbers:
        return mark_safe("")
    links = ((number, _("Source %(number)s") % {"number": number}, number) for number in numbers)
    joined = format_html_join("", '<a href="#source-{}" aria-label="{}">{}</a>', links)
    return format_html('<sup class="cite">{}</sup>', joined)


@register.simple_tag(takes_context=True)
def changed_since_edition(context: Context) -> editions.ChangedSince | None:
    """The records changed since the newest edition; None in a preview by staff."""
    return None if context.get("preview") else editions.changed_since()


@register.inclusion_tag("award/_since.html")
def since_edition(changed: editions.ChangedSince | None, record: Any) -> dict[str, Any]:
    """A link to the differences of a record, where it is among the changed ones."""
    model_name = record._meta.model_name
    if changed is None or (model_name, record.code) not in changed.records:
        return {}
    return {"edition": changed.edition, "anchor": f"{model_name}s-{record.code}"}


@register.filter
def theme_glyph(code: str) -> SafeString:
    """The glyph of a theme by its code; nothing for a theme that has none."""
    return glyphs.glyph(code, "") if code in glyphs.GLYPHS else SafeString("")


@register.filter
def times(count: int) -> range:
    """A range to loop over in a template."""
    return range(count)


@register.filter
def prose(runs: list[dict[str, Any]]) -> SafeString:
    """A row of runs as HTML. All text is escaped; only the formats of a run become elements."""
    return format_html_join("", "{}", ((_run(run),) for run in runs))


def _run(run: dict[str, Any]) -> SafeString:
    printed = format_html("{}", run["text"])
    if "quoted" in run:
        printed = format_html('<q lang="{}">{}</q>', run["quoted"], printed)
    elif "href" in run:
        printed = format_html('<a href="{}">{}</a>', run["href"], printed)
    elif "absent" in run:
        printed = format_html('<span class="absent">{}</span>', printed)
    if "emphasis" in run:
        printed = format_html("<em>{}</em>", printed)
    if "strong" in run:
        printed = format_html("<strong>{}</strong>", printed)
    return format_html("{}{}", printed, cites(run.get("cites")))

"""What the staff handbook shows."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def screenshot(content: str, path: str) -> SafeString:
    """A picture of the site. What stands inside is its text alternative, in one paragraph."""
    words = " ".join(content.split())
    return format_html('<figure><img src="{}" alt="{}" loading="lazy"></figure>', static(path), words)

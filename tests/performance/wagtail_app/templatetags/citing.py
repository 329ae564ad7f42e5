"""The numbers of sources, in the order in which a page first cites them."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag(takes_context=True)
def cite(context, citations, about=None):
    references = context["references"]
    numbered = {}
    for citation in citations:
        if about is None or citation.about == about:
            fresh = (len(references) + 1, citation.source, [])
            number, source, quotations = references.setdefault(citation.source_id, fresh)
            if citation.quotation and citation.quotation not in quotations:
                quotations.append(citation.quotation)
            numbered[number] = source
    if not numbered:
        return ""
    links = ((number, _("Source %(number)s") % {"number": number}, number) for number in sorted(numbered))
    joined = format_html_join(" ", '<a href="#source-{}" aria-label="{}">{}</a>', links)
    return format_html('<sup class="cite">{}</sup>', joined)


@register.filter
def sources(count):
    return ngettext("%(count)s source", "%(count)s sources", count) % {"count": count}

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
            number, source, passages = references.setdefault(citation.source_id, fresh)
            if (citation.says or citation.quotation) and citation not in passages:
                passages.append(citation)
            numbered[number] = source
    if not numbered:
        return ""
    links = ((number, _("Source %(number)s") % {"number": number}, number) for number in sorted(numbered))
    joined = format_html_join(" ", '<a href="#source-{}" aria-label="{}">{}</a>', links)
    return format_html('<sup class="cite">{}</sup>', joined)


@register.inclusion_tag("record/evidence.html", takes_context=True)
def evidence(context, *about, numbered=False):
    """What the sources say of these facts of the page, beside them; listed at its end without their words."""
    facts, references = context["facts"], context["references"]
    citations = [citation for name in about for citation in facts.get(name, ((), ()))[0]]
    for citation in citations:
        references.setdefault(citation.source_id, (len(references) + 1, citation.source, []))
    return {
        "citations": citations,
        "numbered": numbered,
        "speakers": {citation.source.issuer: citation.source for citation in citations}.values(),
        "inferences": [inference for name in about for inference in facts.get(name, ((), ()))[1]],
        "LANGUAGE_CODE": context["LANGUAGE_CODE"],
    }


@register.filter
def sources(count):
    return ngettext("%(count)s source", "%(count)s sources", count) % {"count": count}

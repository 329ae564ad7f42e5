"""Evidence beside the sentence: what each source says, where in it, who speaks, and what we concluded ourselves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..coverage import count_all_facts, is_circular
from ..issuers import IssuedSources, sources_by_issuer
from ..models import Citation, Source
from ..models.evidence import Fact, FactCount, count_of
from ..references import References

register = template.Library()


def _quotation(citation: Citation, before: str) -> SafeString:
    """The source’s own words in its own language, if the citation holds some."""
    if not citation.quotation:
        return SafeString("")
    return format_html('{}<q lang="{}">{}</q>', before, citation.source.language, citation.quotation)


class Saying(NamedTuple):
    """What one source says of a fact; ``number`` ties it to the sentence, where the page numbers them.

    It is printed here and not by templates: a page has dozens, and templates take nearly twice as long.
    """

    citation: Citation
    number: int = 0

    @property
    def source(self) -> Source:
        return self.citation.source

    @property
    def speaker(self) -> SafeString:
        """Who speaks, with the mark of the evidence."""
        source = self.source
        return format_html(
            '<span class="mark {}"></span>{} ({})', source.mark.sign, source.issuer, source.get_grade_display()
        )

    @property
    def link(self) -> SafeString:
        """The number at the end of the sentence."""
        return format_html(
            '<a class="k{0}" id="k{1}" href="#e{1}" aria-label="{2}"><span>{1}</span></a>',
            "" if self.citation.locator else " coarse",
            self.number,
            _("Evidence %(number)s") % {"number": self.number},
        )

    @property
    def link_back(self) -> SafeString:
        """The same number beside what the source says."""
        back = _("Back to the sentence of %(number)s") % {"number": self.number}
        return format_html('<a href="#k{0}" aria-label="{1}">{0}</a>', self.number, back)

    @property
    def printed(self) -> SafeString:
        """Who says what, and where it stands."""
        citation, source = self.citation, self.source
        if source.is_withdrawn:
            title = format_html('<span lang="{}">{}</span>', source.language, source.title)
            return format_html('<span class="where">{} ({})</span>', title, _("withdrawn"))
        says = format_html(' <span class="says">{}</span>', citation.says) if citation.says else ""
        coarse = _("the place in it is not noted")
        return format_html(
            '<span class="who">{}</span> {}{} <span class="where"><a href="{}">{}</a>, {}{}</span>',
            self.speaker,
            _("says:"),
            says,
            source.get_absolute_url(),
            capfirst(source.get_kind_display()),
            citation.place if citation.locator else format_html('<span class="coarse">{}</span>', coarse),
            _quotation(citation, " · "),
        )


def _sayings(references: References, facts: Iterable[Fact]) -> list[Citation]:
    """The citations of these facts, strongest first and each passage once; drafts are no evidence for the public."""
    citations = [citation for fact in facts for citation in fact.citations]
    references.tell(citations)
    passages = {
        (citation.source_id, str(citation.says), citation.locator): citation
        for citation in citations
        if citation.source.is_published or citation.source.is_withdrawn
    }
    return sorted(passages.values(), key=lambda citation: citation.source.mark)


def _told(sayings: list[Saying], facts: Iterable[Fact]) -> dict[str, Any]:
    facts = list(facts)
    standing = [saying for saying in sayings if saying.source.is_published]
    return {
        "sayings": sayings,
        "speakers": list({saying.source.issuer: saying for saying in standing}.values()),
        "inferences": list(chain.from_iterable(fact.inferences for fact in facts)),
        "replies": list(chain.from_iterable(fact.replies for fact in facts)),
        "is_unsupported": bool(facts) and all(fact.is_unsupported for fact in facts),
    }


@register.inclusion_tag("includes/evidence.html", takes_context=True)
def evidence(context: Context, *facts: Fact | str | None) -> dict[str, Any]:
    """What the sources say of these facts, beside them; nothing for a fact that the record does not have."""
    known = [fact for fact in facts if isinstance(fact, Fact)]
    return _told([Saying(citation) for citation in _sayings(context["references"], known)], known)


@register.inclusion_tag("includes/told.html", takes_context=True)
def told(context: Context, text: str, *facts: Fact | str | None) -> dict[str, Any]:
    """A text with numbers at its end, and beside it what the sources say, under the same numbers."""
    references: References = context["references"]
    known = [fact for fact in facts if isinstance(fact, Fact)]
    sayings = [Saying(citation, references.next_saying()) for citation in _sayings(references, known)]
    return {"text": text, **_told(sayings, known)}


@register.filter
def passage(citation: Citation) -> SafeString:
    """What the source says and where, below the source itself."""
    place = format_html(" <small>{}</small>", citation.place) if citation.locator else ""
    return format_html("{}{}{}", citation.says, place, _quotation(citation, " "))


@register.inclusion_tag("includes/circular.html")
def circular_mark(record: Any) -> dict[str, bool]:
    """Says so where a record rests on the claim that counts it alone."""
    return {"is_circular": is_circular(record)}


@register.simple_tag
def fact_count(facts: dict[str, Fact]) -> FactCount:
    """How many of a record’s facts have evidence to the sentence."""
    return count_of(facts.values())


@register.simple_tag
def facts_in_all() -> FactCount:
    """The same of all that is public."""
    return count_all_facts()


@register.simple_tag
def closing_issuers() -> list[IssuedSources]:
    """The issuers that may close, with what rests on each alone."""
    return sources_by_issuer().closing

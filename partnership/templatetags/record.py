"""Tags that print facts with their sources, their uncertainty and their language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from projects.models import Theme

from .. import glyphs
from ..context_processors import is_static, prepared_mail
from ..coverage import Coverage
from ..fields.codes import in_language as language_phrase
from ..fields.numbers import print_number
from ..fields.periods import Period
from ..fields.translated import first_sentence, further_sentences
from ..issuers import SourcesByIssuer
from ..lists import FilterForm
from ..models import Citation, Partner, Photo, Source, Statement
from ..models.confirmations import BothSides, both_sides
from ..models.evidence import Mark
from ..models.evidenced import LADDER
from ..opendata import citing
from ..opendata import structured as descriptions
from ..pictures.map import land_outline
from ..publishing import Record
from ..web.public_forms import contributing_is_open, following_is_open

register = template.Library()


@register.simple_tag
@cache
def asset(path: str) -> str:
    """The URL of a static file, cached: names do not change while a process runs."""
    return static(path)


@register.simple_tag(name="land_outline")
def print_land_outline() -> str:
    return land_outline()


@register.simple_tag(takes_context=True)
def cite(context: Context, citations: Iterable[Citation], *about: str) -> SafeString:
    """The numbers of the sources, each a link to its entry in the page’s list of sources.

    Without ``about`` for all citations; with it for those about these groups of fields, where ``""`` is the record as
    a whole.
    """
    references = context["references"].cite(citation for citation in citations if not about or citation.about in about)
    if not references:
        return SafeString("")
    links = format_html_join(
        " ",
        '<a href="#source-{}" aria-label="{}">{}</a>',
        (
            (reference.number, _("Source %(number)s") % {"number": reference.number}, reference.number)
            for reference in references
        ),
    )
    return format_html('<sup class="cite">{}</sup>', links)


@register.simple_tag
def inferred(record: Any, *about: str) -> SafeString:
    """The mark of facts that no source states (all, where none is named), with what they follow from.

    Needs prefetched inferences.
    """
    reasons = [row.reason for row in record.inferences.all() if not about or row.about in about]
    return format_html_join(
        "", ' <small class="inferred"><b>{}</b> {}</small>', ((_("Inferred:"), reason) for reason in reasons)
    )


@register.filter
def about(citations: Iterable[Citation], group: str) -> list[Citation]:
    """The citations about one group of fields; ``""`` for those of the record as a whole."""
    return [citation for citation in citations if citation.about == group]


@register.filter
def period(value: Period | None) -> str:
    """A date of any precision in the page’s language; “not documented” when empty."""
    return (value or Period()).print()


@register.simple_tag
def confirmation_of(record: Any) -> BothSides | None:
    """The confirmation of a record by both sides, current or lapsed. Needs prefetched confirmations."""
    return both_sides(list(record.confirmations.all()))


@register.filter
def number(value: int | None) -> str:
    return "" if value is None else print_number(value)


@register.filter
def figure(value: Coverage | Statement | int | str, listed: str = "") -> SafeString:
    """A figure of the record, marked with its base and with where it is counted or said.

    A count brings its list and a statement its claim; any other figure is counted from the list at ``listed``.
    """
    if isinstance(value, Coverage):
        return _figure(value.printed, _counted_of(value.url), value.url)
    if isinstance(value, Statement):
        as_of = value.as_of.print() if value.as_of else _("not dated")
        return _figure(value.figure, as_of, value.get_absolute_url())
    return _figure(print_number(value) if isinstance(value, int) else value, _counted_of(listed), listed)


def _figure(printed: str, base: str, origin: str) -> SafeString:
    return format_html('<data value="{0}" data-base="{1}" data-from="{2}">{0}</data>', printed, base, origin)


def _counted_of(url: str) -> str:
    """Which records the list at an address counts."""
    if "founding=yes" in url:
        return _("until January 2018")
    if "founding=no" in url:
        return _("after January 2018")
    return _("claimed and not named") if "#" in url else _("all that are named")


@register.filter
def plain(value: object) -> str:
    """Text without the markup of its language, for titles and attributes."""
    return str(value)


@register.filter
def in_language(code: str) -> str:
    """“in Swedish” for sv."""
    return language_phrase(code)


@register.simple_tag
def partner_name(partner: Partner, latest: date | None = None) -> SafeString:
    """The name of a partner on the latest day of a record, with its successor."""
    printed = format_html("{}", partner.name_at(latest))
    if partner.is_published:
        printed = format_html('<a href="{}">{}</a>', partner.get_absolute_url(), printed)
    if partner.succession is None:
        return printed
    since = conditional_escape(partner.succession.successor.brief)
    if year := partner.succession.date.print_years():
        since = mark_safe(_("%(name)s since %(year)s") % {"name": since, "year": year})
    return format_html("{} ({})", printed, since)


@register.filter
def sources(count: int) -> str:
    """“no source yet”, “1 source”, “2 sources”."""
    if not count:
        return _("no source yet")
    return ngettext("%(count)s source", "%(count)s sources", count) % {"count": print_number(count)}


@register.simple_tag
def uses_of(source: Source, sources: SourcesByIssuer) -> str:
    """“cited by 3 records”; what cites it is on its page."""
    count = sources.uses.get(source.pk, 0)
    words = ngettext("cited by %(number)s record", "cited by %(number)s records", count)
    return words % {"number": print_number(count)} if count else _("cited by nothing here")


@register.filter
def coordinates(partner: Partner) -> str:
    """“56.9° N, 14.8° E”, with a decimal comma in Swedish; empty without a place."""
    if partner.latitude is None or partner.longitude is None:
        return ""
    point = get_format("DECIMAL_SEPARATOR")
    latitude = f"{abs(partner.latitude):.1f}".replace(".", point)
    longitude = f"{abs(partner.longitude):.1f}".replace(".", point)
    north = _("N") if partner.latitude >= 0 else _("S")
    east = _("E") if partner.longitude >= 0 else _("W")
    return f"{latitude}° {north}, {longitude}° {east}"


@register.filter
def srcset(photo: Photo, suffix: str) -> str:
    return photo.srcset(suffix)


@register.filter
def latitude(partner: Partner) -> str:
    """“56.9° N”, in tenths of a degree."""
    return coordinates(partner).partition("°")[0] + "° " + (_("N") if (partner.latitude or 0) >= 0 else _("S"))


@register.filter
def distance(kilometres: int) -> str:
    """“9,370 km”; in Swedish long distances are in mil of ten kilometres: “937 mil”."""
    if get_language() == "sv" and kilometres >= 1000 and not kilometres % 10:
        return f"{print_number(kilometres // 10)} mil"
    return f"{print_number(kilometres)} km"


@register.filter
def lead(text: str) -> str:
    """The first sentence of a text, in the language that the text is in."""
    return first_sentence(text)


@register.filter
def rest(text: str) -> str:
    """The text after its first sentence."""
    return further_sentences(text)


@register.simple_tag
def glyph(theme: Theme | str | None, *, standing: bool = False) -> SafeString:
    """The glyph of a theme; ``standing`` crops it at its foot, for placing on a horizon."""
    if not isinstance(theme, Theme):
        return SafeString("")
    return glyphs.glyph(theme.code, theme.name, "0 0 60 54" if standing else "0 0 60 60")


@register.filter
def year_or_unknown(period: Period) -> str:
    """The years for a tile: “2009–2010”, or “Year unknown”."""
    return period.print_years() or _("Year unknown")


@register.simple_tag
def mail_about(subject: str) -> str:
    return prepared_mail(str(subject))


@register.simple_tag(takes_context=True)
def sheet_line(context: Context) -> str:
    """What stands at the foot of each printed sheet: the address of the page, and how new what it says is."""
    url = f"{settings.SITE_URL}{context['request'].path}"
    if not (changed := context["record_state"].last_changed):
        return url
    day = date_format(timezone.localtime(changed), "j F Y")
    return _("%(url)s – the record of %(day)s") % {"url": url, "day": day}


@register.simple_tag(takes_context=True)
def mail_about_page(context: Context) -> str:
    """A mailto: URL whose subject is the URL of this page."""
    return prepared_mail(_("About %(page)s") % {"page": f"{settings.SITE_URL}{context['request'].path}"})


#: Kinds of record that can be followed by themselves.
FOLLOWED = {"project", "theme", "partner"}
#: Pages about one record, and what their views call it.
_RECORD_PAGES = {
    **{f"{kind}s:detail": kind for kind in ("project", "theme", "visit")},
    **{kind: kind for kind in ("partner", "source")},
    "dossier": "submission",
}


def _record_of(context: Context) -> Record | None:
    match = context["request"].resolver_match
    name = _RECORD_PAGES.get(match.view_name if match else "", "")
    record = context.get("record" if "record" in context else name) if name else None
    return record if isinstance(record, Record) and not context.get("preview") else None


@register.simple_tag(takes_context=True)
def contribute_url(context: Context, record: Record | None = None) -> str:
    """The form about a record, by default that of the page; empty where the form is closed.

    In a static export it is the page that says how to write.
    """
    if not contributing_is_open():
        return ""
    if is_static(context["request"]):
        return reverse("contribute")
    record = record or _record_of(context)
    if record is None:
        return reverse("contribute-send")
    return reverse("contribute-about", args=[record._meta.model_name, record.code])


@register.simple_tag(takes_context=True)
def follow_url(context: Context) -> str:
    """Where to follow the record of the page by e-mail, or the whole; empty where nobody can, as in a static export."""
    if not following_is_open() or is_static(context["request"]):
        return ""
    record = _record_of(context)
    if record is None or record._meta.model_name not in FOLLOWED or record.is_withdrawn:
        return reverse("follow")
    return reverse("follow-about", args=[record._meta.model_name, record.code])


def _data_block(description: dict[str, Any]) -> SafeString:
    """A JSON-LD block, escaped so that no value can end the script element."""
    text = json.dumps(description, ensure_ascii=False)
    for character, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, escaped)
    return format_html('<script type="application/ld+json">{}</script>', SafeString(text))


@register.simple_tag
def json_ld(description: dict[str, Any]) -> SafeString:
    return _data_block(description)


@register.simple_tag
def structured(record: Record) -> SafeString:
    """The schema.org description of a record."""
    return _data_block(descriptions.describe(record))


@register.simple_tag
def structured_site() -> SafeString:
    return _data_block(descriptions.site())


@register.simple_tag(takes_context=True)
def structured_breadcrumb(context: Context, parent: str, parent_url: str, here: str) -> SafeString:
    steps = [(_("Home page"), reverse("home"))]
    if parent_url:
        steps.append((parent, parent_url))
    if here:
        steps.append((here, context["request"].path))
    return _data_block(descriptions.breadcrumbs(*steps))


@register.simple_tag(takes_context=True)
def with_filters(context: Context, url: str) -> str:
    """The URL with the filters of the current page, if there are any."""
    form: FilterForm | None = context.get("form")
    query = form.url() if form and form.is_valid() else ""
    return f"{url}{query}" if len(query) > 1 else url


@register.simple_tag
def citation_meta(record: Record) -> SafeString:
    """What reference managers read in the head of a page."""
    rows = format_html_join("\n", '<meta name="{}" content="{}">', citing.meta(citing.Item.of(record)))
    link = format_html('<link rel="describedby" type="application/x-bibtex" href="{}.bib">', record.permanent_url)
    return format_html("{}\n{}", rows, link)


@register.filter
def bibtex(record: Record) -> str:
    return citing.bibtex([citing.Item.of(record)])


@register.simple_tag
def strongest(citations: Iterable[Citation]) -> Mark:
    """The strongest evidence among the citations’ published sources."""
    marks = [citation.source.mark for citation in citations if citation.source.is_published]
    return min(marks, default=Mark.NOTHING)


@register.inclusion_tag("includes/ladder.html")
def ladder() -> dict[str, Any]:
    """The legend of the squares: how well a project or visit is known."""
    return {"steps": [(step, word, meaning) for step, (word, meaning) in LADDER.items()]}


@register.inclusion_tag("includes/marks_legend.html")
def marks_legend() -> dict[str, Any]:
    """The legend of the circles: who says so."""
    return {"marks": list(Mark)}


@register.simple_tag
def record_kind(record: Model) -> str:
    """“Project”, “Visit”."""
    return capfirst(str(record._meta.verbose_name))


@register.simple_tag
def citing_title(record: Model) -> str:
    """The title of a record in the list of those that cite a source; a statement has that of its claim."""
    if isinstance(record, Statement):
        return f"{record.claim.label}: {record.figure}" if record.figure else record.claim.label
    for name in ("title", "name", "text"):
        if title := getattr(record, name, ""):
            return title
    return str(record)

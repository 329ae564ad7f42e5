"""What the columns of the data that come from the models mean to readers; the admin’s help says how to fill in."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

#: By “model.field”, or by the field where it means the same everywhere.
_MEANINGS: dict[str, Any] = {
    "code": _("The name of the row in all tables. It never changes, and no other row ever has it."),
    "note": _("What to know about the evidence, for example that sources disagree."),
    "period": _("When: a date of any precision in EDTF (ISO 8601-2). Empty: not documented."),
    "period_note": _("What the dates rest on."),
    "in_founding_count": _("Whether it is one of those that the partners counted in January 2018."),
    "title": _("The title that this site uses."),
    "kind": _("What it is."),
    "name": _("The present or last name."),
    "text": _("What happened, in the words of this site."),
    "language": _("The language, by its code in BCP 47."),
    "project.title_original": _("The title as its sources write it."),
    "project.status": _("How far it has come."),
    "project.summary": _("Who did what, when and why, in the words of this site."),
    "project.continues": _("Code of the earlier project that it goes on from."),
    "project.prestudy_of": _("Code of the project that this pre-study prepared."),
    "project.budget_amount": _("A sum that a source gives, in whole units of the currency. Empty: not documented."),
    "project.budget_currency": _("The currency of the sum, by its code in ISO 4217."),
    "project.budget_basis": _("What the sum was."),
    "project.external_reference": _("The number that a funder gave it."),
    "visit.direction": _("Which way it went."),
    "visit.how_known": _("Whether a source tells of it afterwards, announces it, or plans it."),
    "visit.delegates": _("How many travelled; of a range the least. Empty: not documented."),
    "visit.delegates_high": _("Of a range, how many travelled at most; else empty."),
    "visit.purpose": _("What the guests came to see or do."),
    "output.project": _("Code of the project that it came of."),
    "output.kind": _("Whether it is a thing or a change in people."),
    "output.side": _("Where it took effect."),
    "output.said_by": _("Code of the partner who says so, where a partner does."),
    "output.soft_kind": _("Of a change in people, what changed."),
    "output.sphere": _("Of a change in people, where in their lives."),
    "theme.in_founding_list": _("Whether it is one of the areas that the partners named in January 2018."),
    "theme.position": _("Its place in lists."),
    "partner.short_name": _("The name in short, for tables and maps."),
    "partner.country": _("The country it belongs to."),
    "partner.role": _("What it is to the partnership."),
    "partner.active": _("When it existed under this name, in EDTF. Empty: not documented."),
    "partner.town": _("The town of its seat."),
    "partner.latitude": _("Degrees (WGS 84), south negative."),
    "partner.longitude": _("Degrees (WGS 84), west negative."),
    "partner.website": _("Its own website."),
    "partner.description": _("What it is, in the words of this site."),
    "statement.qualifier": _("How the source puts the figure."),
    "statement.value_low": _("The figure, or the lower end of a range. Empty: an assertion without a figure."),
    "statement.value_high": _("The upper end of a range; else empty."),
    "statement.wording": _("How the source writes the figure, where it differs from how this site would."),
    "statement.as_of": _("When the statement was made, in EDTF. Empty: not documented."),
    "statement.preferred": _("Whether this site leads with this version of the claim."),
    "statement.quote": _("The words of the source, in its own language. They belong to the source."),
    "statement.quote_language": _("The language of the quotation, by its code in BCP 47."),
    "source.title": _("The title in the source’s own words and language."),
    "source.publisher": _("Who issued it."),
    "source.issuer": _("The issuer without the channel: two sources of one issuer are one voice."),
    "source.grade": _("Who speaks, strongest evidence first; an assessment by this site."),
    "source.url": _("Where it was read. It may have moved since."),
    "source.archive_url": _("Where a lasting copy can be read."),
    "source.published": _("When it was issued, in EDTF. Empty: not documented."),
    "source.read_on": _("When this site read it last."),
}


def meaning_of(model: type[models.Model], name: str) -> Any:
    """What a column means, in the reader’s language; empty where nothing is known of it."""
    return _MEANINGS.get(f"{model._meta.model_name}.{name}", _MEANINGS.get(name, ""))

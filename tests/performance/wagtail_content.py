"""The content of the Wagtail site: our public projects, with all that their pages show."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext, override

from partnership.context_processors import MENU
from partnership.fields import first_sentence, further_sentences
from partnership.glyphs import glyph
from partnership.models import Partner, Source
from partnership.opendata.structured import describe
from partnership.publishing import State
from projects.facets import project_facets
from projects.models import Project, Theme
from projects.views import project_details


def _cited(record) -> list[dict[str, Any]]:
    return [
        {"source": citation.source.slug, "about": citation.about, "quotation": citation.quotation}
        for citation in record.citations.all()
    ]


def _day(date: datetime.date | None) -> str | None:
    return date.isoformat() if date else None


def _described(project: Project, identified: Collection[int]) -> dict[str, Any]:
    project.count_evidence()
    sides = {output.side for output in project.outputs.all()}
    return {
        "title": str(project.title),
        "slug": project.slug,
        "years": project.period.print_years(),
        "period": project.period.print() if project.period else "",
        "period_note": str(project.period_note),
        "begun": str(project.period).split("/")[0] if project.earliest else "",
        "latest": _day(project.latest),
        "kind": project.kind,
        "kind_printed": str(project.get_kind_display()),
        "status": project.status,
        "status_printed": str(project.get_status_display()),
        "founding": project.in_founding_count,
        "founding_printed": str(project.get_in_founding_count_display()),
        "documented": str(project.documented.value),
        "result": min(sides, default=""),
        "note": str(project.note),
        "original": project.title_original,
        "reference": project.external_reference,
        "section": 2 if project.in_founding_count == "no" else 0 if project.earliest or project.latest else 1,
        "year": project.earliest and project.earliest.year,
        "first": str(first_sentence(project.summary)),
        "rest": str(further_sentences(project.summary)),
        "links": {
            "continues": project.continues.slug if project.continues_id in identified else "",
            "prestudy_of": project.prestudy_of.slug if project.prestudy_of_id in identified else "",
        },
        "themes": [theme.slug for theme in project.themes.published()],
        "partners": [
            {"partner": place.partner.slug, "role": place.role, "role_printed": str(place.get_role_display())}
            for place in project.participations.all()
        ],
        "sources": _cited(project),
        "goals": [str(goal) for goal in project.goals.all()],
        "objectives": [str(objective.text) for objective in project.objectives.all()],
        "outputs": [
            {
                "slug": output.slug,
                "text": str(output.text),
                "kind_printed": str(output.get_kind_display()),
                "side": output.side,
                "side_printed": str(output.get_side_display()),
                "said_by": output.said_by.slug if output.said_by else "",
                "sources": _cited(output),
            }
            for output in project.outputs.all()
        ],
        "visits": [
            {
                "slug": visit.slug,
                "period": visit.period.print() if visit.period else "",
                "latest": _day(visit.latest),
                "hosts": [host.slug for host in visit.hosts.published()],
                "guests": [guest.slug for guest in visit.guests.published()],
                "direction": visit.direction,
                "direction_printed": str(visit.get_direction_display()),
                "delegates": visit.delegates_printed,
                "sources": _cited(visit),
            }
            for visit in project.visits.all()
        ],
    }


def _read() -> dict[str, Any]:
    """The record in the language of the thread."""
    identified = project_facets().ids
    return {
        "start": gettext("Home page"),
        "menu": [str(label) for _name, label in MENU],
        "themes": [
            {
                "name": str(theme.name),
                "slug": theme.slug,
                "glyph": str(glyph(theme.code, theme.name)),
                "standing": str(glyph(theme.code, theme.name, "0 0 60 54")),
            }
            for theme in Theme.objects.published()
        ],
        "partners": [
            {
                "name": str(partner.name),
                "short_name": str(partner.short_name),
                "slug": partner.slug,
                "kind": describe(partner)["@type"],
                "country": partner.country,
                "since": partner.active_to and partner.active_to.year,
                "successor": partner.successor.slug if partner.successor else "",
                "former_names": [
                    {
                        "name": str(former.name),
                        "short_name": str(former.short_name),
                        "earliest": _day(former.earliest),
                        "latest": _day(former.latest),
                    }
                    for former in partner.former_names.all()
                ],
            }
            for partner in Partner.objects.published().with_names()
        ],
        "projects": [_described(project, identified) for project in project_details() if project.pk in identified],
    }


def _published_in(language: str, source: Source) -> str:
    with override(language):
        return source.published.print() if source.published else ""


def record() -> str:
    """All of it as JSON, in both languages; for tests.support.call."""
    languages = {}
    for language in ("en", "sv"):
        with override(language):
            languages[language] = _read()
    sources = [
        {
            "slug": source.slug,
            "title": source.title,
            "publisher": source.publisher,
            "url": source.url,
            "language": source.language,
            "published_en": _published_in("en", source),
            "published_sv": _published_in("sv", source),
            "checked_on": _day(source.checked_on),
            "archive_url": source.archive_url,
            "is_dead": source.is_dead,
        }
        for source in Source.objects.exclude(state=State.DRAFT)
    ]
    return json.dumps({"languages": languages, "sources": sources})

"""The content of the Wagtail site: our public projects, with all that their pages show."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from partnership.context_processors import FURTHER, MENU
from partnership.coverage import count_delegates, leading_statements
from partnership.fields import first_sentence, further_sentences
from partnership.glyphs import glyph
from partnership.models import Citation, Partner, Source
from partnership.models.evidence import Mark, count_of
from partnership.models.evidenced import LADDER
from partnership.opendata.structured import describe
from partnership.pictures.dots import dot_fields, dots_title
from partnership.pictures.drawings import NARROW_WIDTH, draw_visits
from partnership.pictures.map import partnership_map
from partnership.pictures.visits import visit_picture
from partnership.publishing import State
from partnership.ways_on import ways_from_project
from projects.facets import project_facets
from projects.list_rows import names
from projects.models import Project, Theme
from projects.views import project_details
from visits.list_rows import visit_rows
from visits.models import Profession, Visit


def _citation(citation: Citation, about: str) -> dict[str, Any]:
    return {
        "source": citation.source.slug,
        "about": about,
        "says": str(citation.says),
        "place": citation.place,
        "quotation": citation.quotation,
    }


def _cited(record) -> list[dict[str, Any]]:
    return [_citation(citation, citation.about) for citation in record.citations.all() if citation.source.is_published]


def _day(date: datetime.date | None) -> str | None:
    return date.isoformat() if date else None


def _described(project: Project, identified: Collection[int]) -> dict[str, Any]:
    project.count_evidence()
    sides = {output.side for output in project.outputs.all()}
    known = names()
    themes = known.themes_of({theme.pk for theme in project.themes.all()})
    places = project.participations.all()
    ways = ways_from_project(project, themes, [known.partners[place.partner_id] for place in places])
    facts = project.facts()
    counts = count_of(facts.values())
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
        "counted_by": " ".join(render_to_string("includes/counted_by.html", {"record": project}).split()),
        "documented": str(project.documented.value),
        "facts_shown": f"{counts.shown}/{counts.total}",
        "result": min(sides, default=""),
        "note": str(project.note),
        "original": project.title_original,
        "reference": project.external_reference,
        "section": 2 if project.in_founding_count == "no" else 0 if project.earliest or project.latest else 1,
        "year": project.earliest and project.earliest.year,
        "first_year": project.years[0] if project.years else None,
        "last_year": project.years[-1] if project.years else None,
        "first": str(first_sentence(project.summary)),
        "rest": str(further_sentences(project.summary)),
        "links": {
            "continues": project.continues.slug if project.continues_id in identified else "",
            "prestudy_of": project.prestudy_of.slug if project.prestudy_of_id in identified else "",
        },
        "themes": [theme.slug for theme in themes],
        "partners": [
            {"partner": place.partner.slug, "role": place.role, "role_printed": str(place.get_role_display())}
            for place in places
        ],
        # Each under the fact that it stands beside.
        "sources": [
            _citation(citation, group)
            for group, fact in facts.items()
            for citation in fact.citations
            if citation.source.is_published
        ],
        "inferences": [
            {"about": inference.about, "reason": str(inference.reason)} for inference in project.inferences.all()
        ],
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
        # Chosen by hand, as on any site of Wagtail; here they are worked out.
        "ways": [
            {"kind": kind, "why": way.why, "title": str(way.title), "url": way.url, "note": way.note}
            | {"glyph": str(way.glyph)}
            for kind, group in (("step", ways.steps), ("related", ways.related), ("told", ways.told[:8]))
            for way in group
        ],
    }


def _visited(visit: Visit) -> dict[str, Any]:
    first = visit.earliest or visit.latest
    return {
        "slug": visit.slug,
        "period": visit.period.print() if visit.period else "",
        "latest": _day(visit.latest),
        "year": first and first.year,
        "hosts": [host.slug for host in visit.hosts.published()],
        "guests": [guest.slug for guest in visit.guests.published()],
        "projects": [project.slug for project in visit.projects.published()],
        "direction": visit.direction,
        "direction_printed": str(visit.get_direction_display()),
        "founding": visit.in_founding_count,
        "is_planned": visit.is_planned,
        "low": visit.delegates,
        "high": visit.delegates_high or visit.delegates,
        "delegates": visit.delegates_printed,
        "purpose": str(first_sentence(visit.purpose)),
        "sources": _cited(visit),
    }


def _pictures() -> dict[str, Any]:
    """Ready SVG: the peer stores what we draw anew."""
    whole = {"map": partnership_map()}
    picture = visit_picture(visit_rows(Visit.objects.identified()))
    drawings = [("is-wide", draw_visits(picture)), ("is-narrow", draw_visits(picture, NARROW_WIDTH))]
    coverage, claim = count_delegates(), leading_statements()["delegates"]
    title = dots_title(coverage, claim)
    return {
        "map_north": render_to_string("pictures/map_north.html", whole),
        "map_south": render_to_string("pictures/map_south.html", whole),
        "drawn": render_to_string("pictures/drawn.html", {"drawings": drawings}),
        "dots_title": title,
        "dots": "".join(
            render_to_string("pictures/dots.html", {**field._asdict(), "claim": claim, "dots_title": title})
            for field in dot_fields(coverage, claim)
        ),
        "ladder": render_to_string(
            "includes/ladder.html", {"steps": [(step, word, meaning) for step, (word, meaning) in LADDER.items()]}
        ),
        "legend": render_to_string("includes/marks_legend.html", {"marks": list(Mark)}),
    }


def _read() -> dict[str, Any]:
    """The record in the language of the thread."""
    identified = project_facets().ids
    return {
        "start": gettext("Home page"),
        "menu": [str(label) for _name, label in MENU],
        "further": [str(label) for _name, label in FURTHER],
        "pictures": _pictures(),
        "professions": [str(profession.name) for profession in Profession.objects.founding()],
        "statements": [
            {
                "name": name,
                "figure": str(statement.figure),
                "low": statement.value_low,
                "high": statement.value_high,
                "url": statement.get_absolute_url(),
                "sources": _cited(statement),
            }
            for name, statement in leading_statements().items()
        ],
        "visits": [_visited(visit) for visit in Visit.objects.identified().prefetch_related("citations__source")],
        "themes": [
            {
                "name": str(theme.name),
                "slug": theme.slug,
                "is_founding": theme.in_founding_list,
                "sources": _cited(theme),
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


def _in(language: str, printed) -> str:
    with override(language):
        return str(printed())


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
            "issuer": source.issuer,
            "mark": source.mark.sign,
            **{f"grade_{language}": _in(language, source.get_grade_display) for language in ("en", "sv")},
            **{f"kind_{language}": _in(language, source.get_kind_display) for language in ("en", "sv")},
            "url": source.url,
            "language": source.language,
            "published_en": _published_in("en", source),
            "published_sv": _published_in("sv", source),
            "checked_on": _day(source.checked_on),
            "archive_url": source.archive_url,
            "is_dead": source.is_dead,
        }
        for source in Source.objects.exclude(state=State.DRAFT).with_files()
    ]
    return json.dumps({"languages": languages, "sources": sources})

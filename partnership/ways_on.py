"""Where readers go on from a page: what came before and after, what is related and why, where else it is told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.facets import ProjectFacets, project_facets
from projects.list_rows import Names, names, neighbours
from projects.models import Project, Theme
from visits.list_rows import titles_of
from visits.models import Visit

from .fields.markdown import parse
from .fields.numbers import print_number
from .fields.periods import Period
from .fields.translated import language_codes
from .models import Milestone, Partner, Section, Story
from .per_version import cached_per_version
from .publishing import State

NO_GLYPH = SafeString("")
MOST_RELATED = 4
#: Before and after alike.
MOST_STEPS = 3
#: What more projects than these share says nothing about two of them.
MOST_SHARING = 500


class WayOn(NamedTuple):
    """A link, with the reason why it stands there."""

    why: str
    #: Printed in the language that it is in.
    title: object
    url: str
    note: str = ""
    glyph: SafeString = NO_GLYPH


@dataclass(frozen=True)
class WaysOn:
    """``steps`` are what came before, the record itself without a URL, and what came after; empty without both."""

    steps: list[WayOn] = field(default_factory=list)
    related: list[WayOn] = field(default_factory=list)
    told: list[WayOn] = field(default_factory=list)


def _steps(before: list[WayOn], title: object, note: str, after: list[WayOn]) -> list[WayOn]:
    return [*before, WayOn(_("You are here"), title, "", note), *after] if before or after else []


def print_years(period: Period) -> str:
    return period.print_years() or _("Year not documented")


# Where else it is told


@cached_per_version
def _told() -> dict[tuple[str, str], list[WayOn]]:
    """Stories, entries of the history and sections of dossiers, by kind and code of each record that they name."""
    told: dict[tuple[str, str], dict[str, WayOn]] = defaultdict(dict)
    for story in Story.objects.published().prefetch_related("passages"):
        way = WayOn(_("Told as a story"), story.title, story.get_absolute_url())
        for reference in chain.from_iterable(passage.references() for passage in story.passages.all()):
            told[reference.kind, reference.code][way.url] = way
    for milestone in Milestone.objects.published().exclude(onward=""):
        way = WayOn(_("In the history"), milestone.title, milestone.get_absolute_url(), milestone.period.print_years())
        for reference in _references([milestone.onward]):
            told[reference.kind, reference.code][way.url] = way
    for section in Section.objects.filter(submission__state=State.PUBLISHED).select_related("submission"):
        url = f"{section.submission.get_absolute_url()}#{section.code}"
        way = WayOn(_("In the dossier"), section.title, url)
        for reference in _references(getattr(section, f"text_{language}") for language in language_codes()):
            told[reference.kind, reference.code][way.url] = way
    return {key: list(ways.values()) for key, ways in told.items()}


def _references(texts: Iterable[str]) -> Iterable[Any]:
    return chain.from_iterable(block.references() for text in texts for block in parse(text)[0])


# Of each kind of record


def ways_from_project(project: Project, themes: list[Theme], partners: list[Partner]) -> WaysOn:
    """``partners`` are those who took part, without funders, who are much the same everywhere."""
    facets, known = project_facets(), names()
    steps = _steps_of_project(project)
    linked = {step.url for step in steps}
    nearness: defaultdict[int, float] = defaultdict(float)
    shared: dict[str, dict[int, list[str]]] = {"theme": defaultdict(list), "partner": defaultdict(list)}
    for name, records in (("theme", themes), ("partner", partners)):
        for record in records:
            sharing = facets.ids_by_value[name].get(record.slug, set())
            if len(sharing) <= MOST_SHARING:
                for key in sharing:
                    # The fewer share it, the more it says.
                    nearness[key] += 1 / len(sharing)
                    shared[name][key].append(str(getattr(record, "brief", record)))
    same_years = _of_the_same_years(project, facets, nearness.keys())
    for key in same_years:
        nearness[key] += 1 / len(facets.ids)
    nearness.pop(project.pk, None)
    nearest = sorted(nearness, key=lambda key: (-nearness[key], key))[: MOST_RELATED + 2 * MOST_STEPS]
    titles = [f"title_{language}" for language in language_codes()]
    projects = Project.objects.only("slug", "period", *titles).in_bulk(nearest)
    related = []
    for key in nearest:
        if key in projects and projects[key].get_absolute_url() not in linked:
            partners_shared = ", ".join(shared["partner"][key][:3])
            reasons = [
                _("same theme") if shared["theme"][key] else "",
                _("same years") if key in same_years else "",
                _("same partners: %(names)s") % {"names": partners_shared} if partners_shared else "",
            ]
            related.append(_way_to(projects[key], capfirst(", ".join(filter(None, reasons))), facets, known))
    return WaysOn(steps, related[:MOST_RELATED], _told().get(("project", project.code), []))


def _of_the_same_years(project: Project, facets: ProjectFacets, others: Set[int]) -> Set[int]:
    """The projects of the same years; where too many are, those of them that share more."""
    if project.pk not in facets.years:
        return frozenset()
    same = facets.between(*facets.years[project.pk])
    return same if len(same) <= MOST_SHARING else same & others


def _way_to(project: Project, why: str, facets: ProjectFacets, known: Names) -> WayOn:
    themes = (
        theme for theme in known.themes.values() if project.pk in facets.ids_by_value["theme"].get(theme.slug, ())
    )
    theme = next(themes, None)
    glyph = known.glyphs[theme.pk] if theme else NO_GLYPH
    return WayOn(why, project.title, project.get_absolute_url(), print_years(project.period), glyph)


def _steps_of_project(project: Project) -> list[WayOn]:
    """What it continues and was prepared by, and what followed, each through its own neighbours in turn."""
    known, met = neighbours(), {project.pk}

    def further(key: int, backwards: bool) -> list[tuple[str, Project]]:
        beside = known.get(key)
        if beside is None:
            return []
        if backwards:
            return [(_("Pre-study"), other) for other in beside.prestudies] + [
                (_("Before"), other) for other in beside.continues
            ]
        return [(_("After"), other) for other in beside.continuations] + [
            (_("Prepared by this"), other) for other in beside.prestudy_of
        ]

    def walk(backwards: bool) -> list[WayOn]:
        ways: list[WayOn] = []
        waiting = further(project.pk, backwards)
        while waiting and len(ways) < MOST_STEPS:
            why, other = waiting.pop(0)
            if other.pk not in met:
                met.add(other.pk)
                ways.append(WayOn(why, other.title, other.get_absolute_url(), print_years(other.period)))
                waiting += further(other.pk, backwards)
        return ways

    before, after = walk(True), walk(False)
    return _steps(before[::-1], project.title, print_years(project.period), after)


def ways_from_visit(visit: Visit) -> WaysOn:
    """The visits before and after it, whatever their direction, and those of the same projects."""
    dated = Visit.objects.identified().exclude(earliest=None).exclude(pk=visit.pk)
    before: Visit | None = None
    after: Visit | None = None
    if visit.earliest:
        same_day = Q(earliest=visit.earliest)
        earlier = dated.filter(Q(earliest__lt=visit.earliest) | same_day & Q(code__lt=visit.code))
        later = dated.filter(Q(earliest__gt=visit.earliest) | same_day & Q(code__gt=visit.code))
        before = earlier.for_rows().order_by("-earliest", "-code").first()
        after = later.for_rows().order_by("earliest", "code").first()
    of_project = Visit.objects.identified().filter(projects__in=visit.projects.all()).exclude(pk=visit.pk).distinct()
    others = [
        other for other in of_project.latest_first().for_rows()[: MOST_RELATED + 2] if other not in (before, after)
    ]
    others = others[:MOST_RELATED]
    shown = [other for other in (before, after, *others) if other]
    titles = dict(zip(shown, titles_of(shown), strict=True))

    def way(other: Visit, why: str) -> WayOn:
        return WayOn(why, titles[other], other.get_absolute_url(), other.period.print())

    steps = _steps(
        [way(before, _("Before"))] if before else [],
        visit.title,
        visit.period.print(),
        [way(after, _("After"))] if after else [],
    )
    related = [way(other, _("In the same project")) for other in others]
    return WaysOn(steps, related, _told().get(("visit", visit.code), []))


def ways_from_theme(theme: Theme) -> WaysOn:
    """The themes beside it in the list, and those that share projects with it."""
    by_slug, known = project_facets().ids_by_value["theme"], names()
    themes = list(known.themes.values())
    own = by_slug.get(theme.slug, set())
    place = next((index for index, other in enumerate(themes) if other.pk == theme.pk), None)
    steps: list[WayOn] = []
    if place is not None:
        before = [
            WayOn(_("Before it in the list"), other.name, other.get_absolute_url()) for other in themes[:place][-1:]
        ]
        after = [
            WayOn(_("After it in the list"), other.name, other.get_absolute_url()) for other in themes[place + 1 :][:1]
        ]
        steps = _steps(before, theme.name, "", after)
    counts = Counter({other: len(own & by_slug.get(other.slug, set())) for other in themes if other.pk != theme.pk})
    related = [
        WayOn(_projects_in_common(count), other.name, other.get_absolute_url(), "", known.glyphs[other.pk])
        for other, count in counts.most_common(MOST_RELATED)
        if count
    ]
    return WaysOn(steps, related, _told().get(("theme", theme.code), []))


def partners_of_theme(theme: Theme) -> list[WayOn]:
    """Who took part in its projects, those in most of them first."""
    facets = project_facets()
    return _most_together(facets.ids_by_value["theme"].get(theme.slug, set()), set(), facets, 2 * MOST_RELATED)


def ways_from_partner(partner: Partner, lineage: set[int]) -> WaysOn:
    """Whom it succeeded and who succeeded it, and with whom it worked most."""
    before = [
        WayOn(_("Before"), row.predecessor.name, row.predecessor.get_absolute_url(), row.date.print())
        for row in partner.public_inheritances
    ]
    after = [
        WayOn(_("After"), row.successor.name, row.successor.get_absolute_url(), row.date.print())
        for row in partner.public_successions
    ]
    facets = project_facets()
    own = facets.ids_by_value["partner"].get(partner.slug, set())
    line = lineage | {row.successor_id for row in partner.public_successions}
    related = _most_together(own, line, facets, MOST_RELATED)
    told = _told().get(("partner", partner.code), [])
    return WaysOn(_steps(before[:MOST_STEPS], partner.name, "", after[:MOST_STEPS]), related, told)


def _most_together(projects: Set[int], without: Set[int], facets: ProjectFacets, most: int) -> list[WayOn]:
    """The partners of today, without funders and these, in most of the projects."""
    by_slug = facets.ids_by_value["partner"]
    counts: Counter[Partner] = Counter()
    for partner in names().partners.values():
        # What its predecessors did counts as its own.
        if partner.pk not in without and partner.role != Partner.Role.FUNDER and not partner.succession:
            counts[partner] = len(projects & by_slug.get(partner.slug, set()))
    return [
        WayOn(_projects_together(count), partner.brief, partner.get_absolute_url())
        for partner, count in counts.most_common(most)
        if count
    ]


def _projects_in_common(count: int) -> str:
    words = ngettext("%(number)s project in common", "%(number)s projects in common", count)
    return words % {"number": print_number(count)}


def _projects_together(count: int) -> str:
    words = ngettext("In %(number)s project of these", "In %(number)s projects of these", count)
    return words % {"number": print_number(count)}

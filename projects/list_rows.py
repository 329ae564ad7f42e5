"""Projects as rows of a list, fetched with few queries for the columns that rows show."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from partnership.fields.translated import first_sentence, language_codes
from partnership.glyphs import glyph
from partnership.models import Partner
from partnership.models.evidenced import Documented, InFoundingCount
from partnership.per_version import cached_per_version

from .facets import ProjectFacets
from .models import Participation, Project, Theme


class ProjectRow(NamedTuple):
    project: Project
    url: str
    title: str
    lead: str
    years: str
    themes: SafeString
    partners: SafeString
    glyph: SafeString
    documented: Documented

    @property
    def section(self) -> int:
        """With a year, year not documented, begun after the count of January 2018."""
        if self.project.in_founding_count == InFoundingCount.NO:
            return 2
        return 0 if self.project.earliest or self.project.latest else 1


class Names(NamedTuple):
    """The published themes and partners of the whole record by key, in their order, with glyphs and printed names."""

    themes: dict[int, Theme]
    glyphs: dict[int, SafeString]
    partners: dict[int, Partner]
    order: dict[int, int]
    #: Escaped, as rows print them.
    theme_names: dict[int, str]
    partner_names: dict[int, str]

    def themes_of(self, keys: set[int]) -> list[Theme]:
        return [theme for key, theme in self.themes.items() if key in keys]

    def partners_of(self, keys: set[int]) -> list[Partner]:
        return [self.partners[key] for key in sorted(keys & self.partners.keys(), key=self.order.__getitem__)]

    def print_themes(self, keys: set[int]) -> SafeString:
        return mark_safe(", ".join(name for key, name in self.theme_names.items() if key in keys))

    def print_partners(self, keys: list[int], latest: datetime.date | None) -> SafeString:
        """The published ones among these partners, by their short names on the latest day of the record."""
        printed: list[str] = []
        for key in keys:
            if (partner := self.partners.get(key)) and partner.has_former_names:
                printed.append(conditional_escape(partner.name_at(latest, short=True)))
            elif partner:
                printed.append(self.partner_names[key])
        return mark_safe(", ".join(printed))


@cached_per_version
def names() -> Names:
    themes = {theme.pk: theme for theme in Theme.objects.published()}
    partners = {partner.pk: partner for partner in Partner.objects.published().with_names()}
    return Names(
        themes,
        {key: glyph(theme.code, theme.name, "0 0 60 60") for key, theme in themes.items()},
        partners,
        {key: index for index, key in enumerate(partners)},
        {key: conditional_escape(theme.name) for key, theme in themes.items()},
        {key: conditional_escape(partner.brief) for key, partner in partners.items()},
    )


@dataclass
class Neighbours:
    """The published projects that a project continues or is a pre-study of, and the reverse of both."""

    continues: list[Project] = field(default_factory=list)
    continuations: list[Project] = field(default_factory=list)
    prestudy_of: list[Project] = field(default_factory=list)
    prestudies: list[Project] = field(default_factory=list)


@cached_per_version
def neighbours() -> dict[int, Neighbours]:
    """The neighbours by project key, the earliest first; only projects that have any."""
    linked = Project.objects.filter(Q(continues__isnull=False) | Q(prestudy_of__isnull=False))
    links = list(linked.values_list("pk", "continues", "prestudy_of"))
    titles = [f"title_{language}" for language in language_codes()]
    keys = {key for link in links for key in link if key}
    public = Project.objects.published().only("slug", "period", *titles).in_bulk(keys)
    by_project: dict[int, Neighbours] = defaultdict(Neighbours)
    for key, continues, prestudy_of in links:
        if earlier := public.get(continues or 0):
            by_project[key].continues.append(earlier)
        if prepared := public.get(prestudy_of or 0):
            by_project[key].prestudy_of.append(prepared)
        if project := public.get(key):
            if continues:
                by_project[continues].continuations.append(project)
            if prestudy_of:
                by_project[prestudy_of].prestudies.append(project)
    return dict(by_project)


def project_rows(keys: Iterable[int], facets: ProjectFacets) -> list[ProjectRow]:
    """The projects with these keys, in their order."""
    keys = list(keys)
    texts = [f"{name}_{language}" for name in ("title", "summary") for language in language_codes()]
    columns = ("slug", "kind", "period", "earliest", "latest", "in_founding_count", *texts)
    projects = Project.objects.only(*columns).in_bulk(keys)
    known = names()
    themes: dict[int, set[int]] = defaultdict(set)
    for key, theme in Project.themes.through.objects.filter(project__in=keys).values_list("project", "theme"):
        themes[key].add(theme)
    partners: dict[int, list[int]] = defaultdict(list)
    participations = Participation.objects.filter(project__in=keys).exclude(role=Participation.Role.FUNDER)
    for key, partner in participations.values_list("project", "partner"):
        partners[key].append(partner)
    rows = []
    for key in keys:
        # A project published after the facets were cached appears with the next version of the data.
        if key in facets.ids:
            documented = Documented.WELL if key in facets.well_documented else Documented.IDENTIFIED
            projects[key].source_count = facets.source_counts.get(key, 0)
            rows.append(_row(projects[key], known, themes[key], partners[key], documented))
    return rows


def _row(project: Project, known: Names, themes: set[int], partners: list[int], documented: Documented) -> ProjectRow:
    first = next((key for key in known.themes if key in themes), None)
    return ProjectRow(
        project,
        project.get_absolute_url(),
        project.title,
        first_sentence(project.summary),
        project.period.print_years(),
        known.print_themes(themes),
        known.print_partners(partners, project.latest),
        SafeString("") if first is None else known.glyphs[first],
        documented,
    )

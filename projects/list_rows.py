"""Projects as rows of a list: what a row shows, and nothing else, in few and narrow questions."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from partnership.fields.translated import first_sentence, language_codes
from partnership.glyphs import glyph
from partnership.models import Partner
from partnership.per_version import cached_per_version

from .models import Documented, InFoundingCount, Participation, Project, Theme


@dataclass(frozen=True, slots=True)
class ProjectRow:
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


@dataclass(frozen=True)
class Names:
    """What pages name again and again: the themes and bodies of the whole record, in their order, with their signs."""

    themes: dict[int, Theme]
    glyphs: dict[int, SafeString]
    partners: dict[int, Partner]
    order: dict[int, int]
    #: As rows print them.
    theme_names: dict[int, str]
    partner_names: dict[int, str]

    def themes_of(self, keys: set[int]) -> list[Theme]:
        """The published ones among these themes."""
        return [theme for key, theme in self.themes.items() if key in keys]

    def bodies(self, keys: set[int]) -> list[Partner]:
        """The published ones among these bodies."""
        return [self.partners[key] for key in sorted(keys & self.partners.keys(), key=self.order.__getitem__)]

    def print_themes(self, keys: set[int]) -> SafeString:
        return mark_safe(", ".join(name for key, name in self.theme_names.items() if key in keys))

    def print_partners(self, keys: list[int], latest: datetime.date | None) -> SafeString:
        """The published ones among these bodies, by the short names of the time."""
        printed: list[str] = []
        for key in keys:
            if (body := self.partners.get(key)) and body.has_former_names:
                printed.append(conditional_escape(body.name_at(latest, short=True)))
            elif body:
                printed.append(self.partner_names[key])
        return mark_safe(", ".join(printed))


@cached_per_version
def names() -> Names:
    themes = {theme.pk: theme for theme in Theme.objects.published()}
    partners = {body.pk: body for body in Partner.objects.published().with_names()}
    return Names(
        themes,
        {key: glyph(theme.code, theme.name, "0 0 60 60") for key, theme in themes.items()},
        partners,
        {key: place for place, key in enumerate(partners)},
        {key: conditional_escape(theme.name) for key, theme in themes.items()},
        {key: conditional_escape(body.brief) for key, body in partners.items()},
    )


@dataclass
class Neighbours:
    """The published projects that a project goes on from or prepares, and those that go on from or prepared it."""

    continues: list[Project] = field(default_factory=list)
    continuations: list[Project] = field(default_factory=list)
    prestudy_of: list[Project] = field(default_factory=list)
    prestudies: list[Project] = field(default_factory=list)


@cached_per_version
def neighbours() -> dict[int, Neighbours]:
    """Of each project that has any, the earliest first."""
    tied = Project.objects.filter(Q(continues__isnull=False) | Q(prestudy_of__isnull=False))
    ties = list(tied.values_list("pk", "continues", "prestudy_of"))
    titles = [f"title_{language}" for language in language_codes()]
    public = Project.objects.published().only("slug", *titles).in_bulk({key for tie in ties for key in tie if key})
    found: dict[int, Neighbours] = defaultdict(Neighbours)
    for key, continues, prestudy_of in ties:
        if earlier := public.get(continues or 0):
            found[key].continues.append(earlier)
        if prepared := public.get(prestudy_of or 0):
            found[key].prestudy_of.append(prepared)
        if project := public.get(key):
            if continues:
                found[continues].continuations.append(project)
            if prestudy_of:
                found[prestudy_of].prestudies.append(project)
    return dict(found)


def project_rows(wanted: Iterable[int], sources: dict[int, int]) -> list[ProjectRow]:
    """The projects with these keys, in their order, as rows; ``sources`` are those of ``project_facets``."""
    keys = list(wanted)
    texts = [f"{name}_{language}" for name in ("title", "summary") for language in language_codes()]
    columns = ("slug", "kind", "period", "earliest", "latest", "in_founding_count", *texts)
    found = Project.objects.only(*columns).in_bulk(keys)
    named = names()
    themes: dict[int, set[int]] = defaultdict(set)
    for project, theme in Project.themes.through.objects.filter(project__in=keys).values_list("project", "theme"):
        themes[project].add(theme)
    partners: dict[int, list[int]] = defaultdict(list)
    taking_part = Participation.objects.filter(project__in=keys).exclude(role=Participation.Role.FUNDER)
    for project, partner in taking_part.values_list("project", "partner"):
        partners[project].append(partner)
    rows = []
    for key in keys:
        # One that was published this moment is on the page that is made next.
        if key in sources:
            found[key].source_count = sources[key]
            rows.append(_row(found[key], named, themes[key], partners[key]))
    return rows


def _row(project: Project, named: Names, themes: set[int], partners: list[int]) -> ProjectRow:
    first = next((key for key in named.themes if key in themes), None)
    return ProjectRow(
        project,
        project.get_absolute_url(),
        project.title,
        first_sentence(project.summary),
        project.period.print_years(),
        named.print_themes(themes),
        named.print_partners(partners, project.latest),
        SafeString("") if first is None else named.glyphs[first],
        project.documented,
    )

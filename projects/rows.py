"""Projects as rows of a list: what a row shows, and nothing else, in few and narrow questions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from partnership.counted import once_for_each_version
from partnership.fields import language_codes
from partnership.glyphs import glyph
from partnership.models import Partner

from .models import InFoundingCount, Participation, Project, ProjectQuerySet, Theme


@dataclass(frozen=True, slots=True)
class ProjectRow:
    project: Project
    url: str
    themes: SafeString
    partners: SafeString
    glyph: SafeString

    @property
    def section(self) -> int:
        """With a year, year not documented, begun after the count of January 2018."""
        if self.project.in_founding_count == InFoundingCount.NO:
            return 2
        return 0 if self.project.earliest or self.project.latest else 1


@dataclass(frozen=True)
class Names:
    """What rows name again and again: the themes and bodies of the whole record, in their order, with their signs."""

    themes: dict[int, Theme]
    glyphs: dict[int, SafeString]
    partners: dict[int, Partner]


@once_for_each_version
def names() -> Names:
    themes = {theme.pk: theme for theme in Theme.objects.published()}
    glyphs = {key: glyph(theme.code, theme.name, "0 0 60 60") for key, theme in themes.items()}
    return Names(themes, glyphs, {body.pk: body for body in Partner.objects.published().with_names()})


def project_rows(projects: ProjectQuerySet) -> list[ProjectRow]:
    """These projects, in their order, as rows."""
    # First which they are: putting a long list in order is quick as long as nothing is read but what orders it.
    keys = list(projects.values_list("pk", flat=True))
    texts = [f"{name}_{language}" for name in ("title", "summary") for language in language_codes()]
    columns = ("slug", "kind", "period", "earliest", "latest", "in_founding_count", *texts)
    found = Project.objects.with_source_counts().only(*columns).in_bulk(keys)
    named = names()
    themes: dict[int, set[int]] = defaultdict(set)
    for project, theme in Project.themes.through.objects.filter(project__in=keys).values_list("project", "theme"):
        themes[project].add(theme)
    partners: dict[int, list[int]] = defaultdict(list)
    taking_part = Participation.objects.filter(project__in=keys).exclude(role=Participation.Role.FUNDER)
    for project, partner in taking_part.values_list("project", "partner"):
        partners[project].append(partner)
    return [_row(found[key], named, themes[key], partners[key]) for key in keys]


def _row(project: Project, named: Names, themes: set[int], partners: list[int]) -> ProjectRow:
    own = [key for key in named.themes if key in themes]
    bodies = [named.partners[key] for key in partners if key in named.partners]
    return ProjectRow(
        project,
        project.get_absolute_url(),
        format_html_join(", ", "{}", ((named.themes[key].name,) for key in own)),
        format_html_join(", ", "{}", ((body.name_at(project.latest, short=True),) for body in bodies)),
        named.glyphs[own[0]] if own else SafeString(""),
    )

"""The filter of the visit list."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from partnership.lists import CodeChoiceField, FilterForm, YearField
from partnership.models import Partner
from partnership.models.evidenced import DOCUMENTED_STEPS, InFoundingCount
from partnership.per_version import cached_per_version
from partnership.publishing import State
from projects.list_rows import names
from projects.models import Project

from .models import Visit, VisitQuerySet

#: The tables that tie visits to the partners that received and made them.
HOSTS_AND_GUESTS: list[tuple[str, Any]] = [("host", Visit.hosts.through), ("guest", Visit.guests.through)]


#: A longer list of projects is not offered to choose from.
MOST_CHOICES = 200


@cached_per_version
def _visited_projects() -> list[tuple[str, str]]:
    """The address and title of each project with a visit, and no more than one beyond ``MOST_CHOICES``."""
    visited = Visit.projects.through.objects.filter(project=OuterRef("pk"))
    projects = Project.objects.published().filter(Exists(visited))[: MOST_CHOICES + 1]
    return [(project.slug, project.title) for project in projects]


class VisitFilter(FilterForm):
    direction = CodeChoiceField(label=gettext_lazy("Direction"), choices=Visit.Direction)
    year = YearField(label=gettext_lazy("Year"))
    founding = CodeChoiceField(
        label=gettext_lazy("Counted by January 2018"),
        choices=[
            (InFoundingCount.YES, gettext_lazy("Among the 100 or so")),
            (InFoundingCount.UNKNOWN, gettext_lazy("Perhaps among the some 100")),
            (InFoundingCount.NO, gettext_lazy("Not among them")),
        ],
    )
    documented = CodeChoiceField(label=gettext_lazy("How well documented"), choices=DOCUMENTED_STEPS)
    project = CodeChoiceField(label=gettext_lazy("Project"))
    theme = CodeChoiceField(label=gettext_lazy("Theme"))
    host = CodeChoiceField(label=gettext_lazy("Received by"))
    guest = CodeChoiceField(label=gettext_lazy("Made by"))

    def __init__(self, query: QueryDict):
        super().__init__(query)
        known = names()
        self.partners = list(known.partners.values())
        partners = [(partner.slug, partner.name) for partner in self.partners]
        self.code_field("host").choices = partners
        self.code_field("guest").choices = partners
        self.code_field("theme").choices = [(theme.slug, theme.name) for theme in known.themes.values()]
        projects = _visited_projects()
        if len(projects) > MOST_CHOICES:
            # Nobody chooses from thousands: projects are then chosen on their own pages, which lead here.
            chosen = Project.objects.published().filter(slug__in=query.getlist("project"))
            projects = [(project.slug, project.title) for project in chosen]
        self.code_field("project").choices = projects

    def visits(self) -> VisitQuerySet:
        """Identified visits that pass every filter; none with an invalid value."""
        if not self.is_valid():
            return Visit.objects.none()
        filters = {name: value for name, value in self.cleaned_data.items() if value}
        rows: QuerySet[Any]
        visits = Visit.objects.identified()
        if values := filters.get("direction"):
            visits = visits.filter(direction__in=values)
        if values := filters.get("documented"):
            visits = visits.documented_to(values)
        if values := filters.get("founding"):
            visits = visits.counted_as(values)
        if values := filters.get("project"):
            rows = Visit.projects.through.objects.filter(project__slug__in=values)
            visits = visits.filter(pk__in=rows.values("visit"))
        if values := filters.get("theme"):
            rows = Visit.projects.through.objects.filter(
                project__themes__slug__in=values, project__state=State.PUBLISHED
            )
            visits = visits.filter(pk__in=rows.values("visit"))
        for name, table in HOSTS_AND_GUESTS:
            if values := filters.get(name):
                rows = table.objects.filter(partner__in=self._lineages(values))
                visits = visits.filter(pk__in=rows.values("visit"))
        if year := filters.get("year"):
            visits = visits.between(year, year)
        return visits

    def _lineages(self, slugs: list[str]) -> set[int]:
        """The ids of these partners and of all that they succeeded."""
        lineages = Partner.lineages()
        return {key for partner in self.partners if partner.slug in slugs for key in lineages[partner.pk]}

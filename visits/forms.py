"""The filter of the visit list."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from partnership.lists import CodeChoiceField, FilterForm, YearField
from partnership.models import Partner
from partnership.publishing import State
from projects.models import DOCUMENTED_STEPS, InFoundingCount, Project, Theme

from .models import Visit, VisitQuerySet

#: The tables that tie visits to the bodies that received and made them.
HOSTS_AND_GUESTS: list[tuple[str, Any]] = [("host", Visit.hosts.through), ("guest", Visit.guests.through)]


#: A longer list of projects is not offered to choose from.
MOST_CHOICES = 200


class VisitFilter(FilterForm):
    direction = CodeChoiceField(label=gettext_lazy("Direction"), choices=Visit.Direction)
    year = YearField(label=gettext_lazy("Year"))
    founding = CodeChoiceField(
        label=gettext_lazy("Counted by January 2018"),
        choices=[
            (InFoundingCount.YES, gettext_lazy("Among the some 100")),
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
        self.partners = list(Partner.objects.published())
        partners = [(partner.slug, partner.name) for partner in self.partners]
        self.code_field("host").choices = partners
        self.code_field("guest").choices = partners
        self.code_field("theme").choices = [(theme.slug, theme.name) for theme in Theme.objects.published()]
        visited = Visit.projects.through.objects.filter(project=OuterRef("pk"))
        projects = list(Project.objects.published().filter(Exists(visited))[: MOST_CHOICES + 1])
        if len(projects) > MOST_CHOICES:
            # Nobody chooses from thousands: projects are then chosen on their own pages, which lead here.
            projects = list(Project.objects.published().filter(slug__in=query.getlist("project")))
        self.code_field("project").choices = [(project.slug, project.title) for project in projects]

    def visits(self) -> VisitQuerySet:
        """Identified visits that pass every filter; none while a filter is filled in wrongly."""
        if not self.is_valid():
            return Visit.objects.none()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        rows: QuerySet[Any]
        found = Visit.objects.identified()
        if values := wanted.get("direction"):
            found = found.filter(direction__in=values)
        if values := wanted.get("documented"):
            found = found.documented_to(values)
        if values := wanted.get("founding"):
            found = found.filter(in_founding_count__in=values)
        if values := wanted.get("project"):
            found = found.filter(pk__in=Visit.projects.through.objects.filter(project__slug__in=values).values("visit"))
        if values := wanted.get("theme"):
            rows = Visit.projects.through.objects.filter(
                project__themes__slug__in=values, project__state=State.PUBLISHED
            )
            found = found.filter(pk__in=rows.values("visit"))
        for name, table in HOSTS_AND_GUESTS:
            if values := wanted.get(name):
                rows = table.objects.filter(partner__in=self._lines_of(values))
                found = found.filter(pk__in=rows.values("visit"))
        if year := wanted.get("year"):
            found = found.between(year, year)
        return found

    def _lines_of(self, slugs: list[str]) -> set[int]:
        lineages = Partner.lineages()
        return {key for partner in self.partners if partner.slug in slugs for key in lineages[partner.pk]}

"""Pages of projects and themes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from partnership.addresses import show
from partnership.coverage import count_projects, leading_statements, unidentified_projects
from partnership.fields.numbers import print_number
from partnership.lists import MOST_ROWS, page_of
from partnership.models import Partner
from partnership.per_version import cached_per_version
from partnership.pictures.cards import card, png
from partnership.pictures.matrix import NAMED_ALONE, theme_matrix
from partnership.publishing import State
from partnership.ways_on import partners_of_theme, ways_from_project, ways_from_theme
from partnership.web.parameters import reads
from partnership.web.rate_limits import search_rate_limited
from visits.list_rows import visit_rows
from visits.models import Visit

from .facets import project_facets
from .forms import ProjectFilter
from .list_rows import names, project_rows
from .models import Output, OutputCitation, OutputReply, Participation, Project, ProjectReply, Theme, ThemeCitation

ROWS_ON_A_PAGE = 40


def section_titles() -> list[str]:
    return [_("With a year"), _("Year not documented"), _("Begun after the count of January 2018")]


@reads(*ProjectFilter.base_fields, "from", "to", "page")
@require_safe
@search_rate_limited
def project_list(request: HttpRequest) -> HttpResponse:
    form = ProjectFilter(request.GET)
    page = page_of(form.keys_in_order(), request.GET, ROWS_ON_A_PAGE)
    filter_drawing, rows = _draw(form, page.records) if request.GET else _first_page()
    titles = section_titles()
    sections = groupby(rows, key=lambda row: row[0])
    leading = leading_statements().get("projects")
    coverage = count_projects()
    context = {
        "form": form,
        "filter": filter_drawing,
        "chips": list(form.chips()),
        "page": page,
        "sections": [(titles[section], [drawing for _section, drawing in rows]) for section, rows in sections],
        "claimed": leading,
        "coverage": coverage,
        "later_count": len(form.known.ids_by_value["founding"].get("no", ())),
        "remainder": unidentified_projects(leading, coverage),
        "undated_left_out": form.undated_left_out(),
        "noindex": not form.is_valid() or page.noindex,
    }
    return render(request, "projects/project_list.html", context)


@cached_per_version
def _first_page() -> tuple[SafeString, list[tuple[int, SafeString]]]:
    """Filter and rows without a query, as most readers ask for them: two thirds of the time of the list."""
    form = ProjectFilter(QueryDict())
    return _draw(form, form.keys_in_order()[:ROWS_ON_A_PAGE])


def _draw(form: ProjectFilter, keys: Iterable[int]) -> tuple[SafeString, list[tuple[int, SafeString]]]:
    """The filter, and each row with the number of its section."""
    rows = project_rows(keys, form.known)
    return (
        render_to_string("projects/_filter.html", {"form": form, "facets": form.facets()}),
        [(row.section, render_to_string("projects/_row.html", {"row": row})) for row in rows],
    )


def project_details():
    """Projects with everything of their own that their page shows, in a constant number of queries.

    Sources of citations are filled in later (``fill_sources``).
    """
    return Project.objects.prefetch_related(
        "citations",
        "inferences",
        Prefetch("participations", queryset=Participation.objects.filter(partner__state=State.PUBLISHED)),
        Prefetch(
            "outputs",
            queryset=Output.objects.published()
            .order_by("kind", "pk")
            .prefetch_related(
                "citations",
                "inferences",
                "confirmations__partner",
                Prefetch("replies", queryset=OutputReply.objects.public()),
            ),
        ),
        Prefetch("visits", queryset=Visit.objects.published().latest_first().for_rows()),
        "themes",
        "objectives",
        "goals",
        "confirmations__partner",
        Prefetch("replies", queryset=ProjectReply.objects.public()),
    )


@require_safe
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, project_details(), slug, project_page)


def project_page(request: HttpRequest, project: Project, **extra) -> HttpResponse:
    """The page of a project, for the public and for a preview by staff."""
    outputs = project.outputs.all()
    cited = [*project.citations.all(), *(citation for output in outputs for citation in output.citations.all())]
    visits = visit_rows(project.visits.all(), beside=cited, with_projects=False)
    project.count_evidence()
    # All published partners are cached with their names and successors.
    known = names()
    partners = known.partners
    for participation in project.participations.all():
        participation.partner = partners.get(participation.partner_id) or participation.partner
    if others := {output.said_by_id for output in outputs if output.said_by_id} - partners.keys():
        partners = {**partners, **Partner.objects.in_bulk(others)}
    for output in outputs:
        if output.said_by_id:
            output.said_by = partners[output.said_by_id]
    participations = project.participations.all()
    funders = [row for row in participations if row.role == Participation.Role.FUNDER]
    participants = [row for row in participations if row not in funders]
    themes = known.themes_of({theme.pk for theme in project.themes.all()})
    context = {
        "project": project,
        "facts": project.facts(),
        "media": project.media,
        "participants": participants,
        "funders": funders,
        "themes": themes,
        "visits": visits,
        "ways_on": ways_from_project(project, themes, [row.partner for row in participants]),
    }
    return render(request, "projects/project_detail.html", {**context, **extra})


@require_safe
def project_card(request: HttpRequest, slug: str) -> HttpResponse:
    projects = Project.objects.published().prefetch_related("themes")
    project = get_object_or_404(projects, slug=slug)
    kind = capfirst(project.get_kind_display())
    line = f"{kind}, {project.period.print_years().lower()}" if project.period else kind
    themes = project.themes.all()
    return png(card(str(project.title), f"{line}. {settings.SITE_NAME}", themes[0].code if themes else ""))


def output_page(request: HttpRequest, output: Output, **extra) -> HttpResponse:
    """The page of its project with this output, for a preview by staff."""
    return project_page(request, project_details().get(pk=output.project_id), **extra)


@require_safe
def theme_list(request: HttpRequest) -> HttpResponse:
    projects = Project.objects.identified().with_themes()
    context = {
        "matrix": theme_matrix(Theme.objects.published().with_citations(), projects, NAMED_ALONE),
        "claimed": leading_statements().get("themes"),
    }
    return render(request, "projects/theme_list.html", context)


def theme_details():
    return Theme.objects.prefetch_related(Prefetch("citations", queryset=ThemeCitation.objects.with_marks()))


@require_safe
def theme_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, theme_details(), slug, theme_page)


@require_safe
def theme_card(request: HttpRequest, slug: str) -> HttpResponse:
    theme = get_object_or_404(Theme.objects.published(), slug=slug)
    count = Project.objects.identified().filter(themes=theme).count()
    line = _("No project on record yet")
    if count:
        line = ngettext("%(count)s project on record", "%(count)s projects on record", count) % {
            "count": print_number(count)
        }
    return png(card(str(theme.name), f"{line}. {settings.SITE_NAME}", theme.code))


def theme_page(request: HttpRequest, theme: Theme, **extra) -> HttpResponse:
    facets = project_facets()
    projects = Project.objects.identified().filter(themes=theme)
    of_theme = Visit.projects.through.objects.filter(project__themes=theme)
    outputs = Output.objects.public().filter(project__in=projects).select_related("project")
    outputs = outputs.prefetch_related(
        "inferences", Prefetch("citations", queryset=OutputCitation.objects.with_sources())
    )
    context = {
        "theme": theme,
        "media": theme.media,
        "rows": project_rows(projects[:MOST_ROWS].values_list("pk", flat=True), facets),
        "project_count": len(facets.ids_by_value["theme"].get(theme.slug, ())),
        "matrix": theme_matrix([theme], projects.with_themes()),
        "visits": visit_rows(Visit.objects.identified().filter(pk__in=of_theme.values("visit"))[:MOST_ROWS]),
        "most_rows": MOST_ROWS,
        "results": outputs[:MOST_ROWS],
        "took_part": partners_of_theme(theme),
        "ways_on": ways_from_theme(theme),
        **extra,
    }
    return render(request, "projects/theme_detail.html", context)

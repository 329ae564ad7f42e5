"""Numbers of the record that a text can refer to as ``{number:sources}``, each by the function that counts it."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.formats import date_format
from django.utils.text import capfirst

from projects.models import Project
from visits.models import Visit

from .balance import results_by_side
from .coverage import count_projects
from .fields.numbers import print_number
from .issuers import sources_by_issuer
from .models import LoggedSearch
from .per_version import cached_per_version


def _sources() -> str:
    return print_number(sources_by_issuer().total)


def _name_of_largest_issuer() -> str:
    issuer = sources_by_issuer().most
    return capfirst(issuer.name) if issuer else "–"


def _sources_of_largest_issuer() -> str:
    issuer = sources_by_issuer().most
    return print_number(len(issuer.sources) if issuer else 0)


def _searches() -> str:
    return print_number(sum(len(search.queries) for search in LoggedSearch.objects.all()))


@cached_per_version
def _last_search() -> str:
    day = LoggedSearch.objects.order_by("-looked_on").values_list("looked_on", flat=True).first()
    return date_format(day, "j F Y") if day else "–"


@cached_per_version
def _last_visit() -> str:
    """Its month, where that is known; planned visits are none."""
    visits = Visit.objects.identified().exclude(earliest=None).exclude(how_known=Visit.HowKnown.PLANNED)
    visit = visits.latest_first().first()
    if visit is None or visit.latest is None:
        return "–"
    return date_format(visit.latest, "F Y") if visit.period.has_days else visit.period.print()


@cached_per_version
def _last_project_year() -> str:
    latest = Project.objects.identified().exclude(latest=None).order_by("-latest").values_list("latest", flat=True)
    day = latest.first()
    return str(day.year) if day else "–"


@cached_per_version
def _budgets() -> str:
    return print_number(Project.objects.identified().filter(budget_amount__isnull=False).count())


@cached_per_version
def _identified_projects() -> str:
    return print_number(Project.objects.identified().count())


def _results_in_sweden() -> str:
    return print_number(len(results_by_side().sweden))


def _results_in_south_africa() -> str:
    return print_number(len(results_by_side().south_africa))


def _well_documented_projects() -> str:
    return print_number(count_projects().well)


#: By the name that a text gives; what a number counts is told where texts are written.
NUMBERS: dict[str, Callable[[], str]] = {
    "budgets": _budgets,
    "largest-issuer": _name_of_largest_issuer,
    "last-project-year": _last_project_year,
    "last-search": _last_search,
    "last-visit": _last_visit,
    "projects": _identified_projects,
    "results-south-africa": _results_in_south_africa,
    "results-sweden": _results_in_sweden,
    "searches": _searches,
    "sources": _sources,
    "sources-of-largest-issuer": _sources_of_largest_issuer,
    "well-documented-projects": _well_documented_projects,
}

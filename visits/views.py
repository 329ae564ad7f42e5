"""Pages of visits."""

from __future__ import annotations

from itertools import groupby

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partnership.addresses import show
from partnership.balance import balance_of, balance_of_all, balance_of_results
from partnership.coverage import count_delegates, count_visits, leading_statements
from partnership.lists import page_of
from partnership.models import Partner
from partnership.per_version import cached_per_version
from partnership.pictures.alone import print_all_tables, print_all_visits, print_tables, print_visits
from partnership.pictures.axis import are_drawn
from partnership.pictures.visits import counted_visits, undocumented, visit_picture
from partnership.ways_on import ways_from_visit
from partnership.web.parameters import reads
from partnership.web.rate_limits import search_rate_limited
from projects.models import Project

from .forms import VisitFilter
from .list_rows import VisitRow, visit_rows
from .models import Delegates, Visit, VisitCitation, VisitReply

ROWS_ON_A_PAGE = 40


@reads(*VisitFilter.base_fields, "page")
@require_safe
@search_rate_limited
def visit_list(request: HttpRequest) -> HttpResponse:
    form = VisitFilter(request.GET)
    visits = form.visits()
    if not form.is_narrowed:
        balance, printed, tables = balance_of_all(), print_all_visits(), print_all_tables()
        read = visit_rows if request.GET else lambda _visits: _newest_rows()
        page = page_of(visits.latest_first(), request.GET, ROWS_ON_A_PAGE, balance.visits, read=read)
    else:
        balance = balance_of(visits)
        tables = print_tables(balance)
        if are_drawn(balance.visits):
            # The rows of the page are among those of the picture, so all are fetched once.
            rows = visit_rows(visits.latest_first())
            page, printed = page_of(rows, request.GET, ROWS_ON_A_PAGE), print_visits(visit_picture(rows), form)
        else:
            page = page_of(visits.latest_first(), request.GET, ROWS_ON_A_PAGE, balance.visits, read=visit_rows)
            printed = print_visits(counted_visits(balance), form)
    leading, coverage = leading_statements(), count_visits()
    years = [(year, list(visits)) for year, visits in groupby(page.records, key=lambda row: row.year)]
    context = {
        "form": form,
        "years": years,
        "chips": list(form.chips()),
        "page": page,
        "claimed": leading.get("visits"),
        "claimed_delegates": leading.get("delegates"),
        "coverage": coverage,
        "printed": printed,
        "rings": () if form.is_narrowed else undocumented(leading.get("visits"), coverage),
        "balance": balance,
        "balance_tables": tables,
        "results": None if form.is_narrowed else balance_of_results(),
        "delegate_coverage": count_delegates(),
        "noindex": not form.is_valid() or page.noindex,
    }
    return render(request, "visits/visit_list.html", context)


@cached_per_version
def _newest_rows() -> list[VisitRow]:
    """The first page of all visits, which most readers of the list ask for; reading it takes a third of the list."""
    return visit_rows(Visit.objects.identified().latest_first()[:ROWS_ON_A_PAGE])


def visit_details():
    """Visits with everything that their page shows."""
    partners = Partner.objects.published().with_names()
    return Visit.objects.prefetch_related(
        Prefetch("hosts", queryset=partners),
        Prefetch("guests", queryset=partners),
        Prefetch("citations", queryset=VisitCitation.objects.with_marks()),
        "inferences",
        Prefetch("projects", queryset=Project.objects.published().with_themes()),
        Prefetch("professions", queryset=Delegates.objects.select_related("profession")),
        "confirmations__partner",
        Prefetch("replies", queryset=VisitReply.objects.public()),
    )


@require_safe
def visit_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, visit_details(), slug, visit_page)


def visit_page(request: HttpRequest, visit: Visit, **extra) -> HttpResponse:
    """The page of a visit, for the public and for a preview by staff."""
    visit.count_evidence()
    context = {"visit": visit, "facts": visit.facts(), "media": visit.media, "ways_on": ways_from_visit(visit), **extra}
    return render(request, "visits/visit_detail.html", context)

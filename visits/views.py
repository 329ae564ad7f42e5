"""Pages of visits."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
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
from partnership.references import References
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
        # Without a query the rows are drawn already.
        read = visit_rows if request.GET else None
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
    drawing = _draw(form, page.records) if request.GET else _first_page()
    context = {
        "form": form,
        **drawing._asdict(),
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


class ListDrawing(NamedTuple):
    filter: SafeString
    years: list[tuple[int | None, list[SafeString]]]
    references: References


@cached_per_version
def _first_page() -> ListDrawing:
    """The list without a query, as most readers ask for it: half of the time in which it is made."""
    form = VisitFilter(QueryDict())
    return _draw(form, visit_rows(form.visits().latest_first()[:ROWS_ON_A_PAGE]))


def _draw(form: VisitFilter, rows: list[VisitRow]) -> ListDrawing:
    """The filter, and the rows by year; the numbers of their sources go on from those of the text above them."""
    references = References()
    if claimed := leading_statements().get("visits"):
        references.cite(claimed.citations.all())
    drawn = (
        (row.year, render_to_string("visits/_row.html", {"row": row, "level": 4, "references": references}))
        for row in rows
    )
    years = [(year, [row for _year, row in of_year]) for year, of_year in groupby(drawn, key=lambda row: row[0])]
    return ListDrawing(render_to_string("visits/_filter.html", {"form": form}), years, references)


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

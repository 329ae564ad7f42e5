"""Visits as pages."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partnership.addresses import show
from partnership.balance import balance_of, balance_of_all, balance_of_results
from partnership.coverage import count_delegates, count_visits, leading_statements
from partnership.forms import page_of
from partnership.limits import search_limited
from partnership.models import Document, Partner, Photo
from partnership.pictures import picture_of_visits, rest_of
from projects.models import Project

from .forms import VisitFilter
from .models import Delegates, Visit, VisitCitation

ROWS_ON_A_PAGE = 40


@require_safe
@search_limited
def visit_list(request: HttpRequest) -> HttpResponse:
    form = VisitFilter(request.GET)
    visits = form.visits()
    balance = balance_of(visits) if form.is_narrowed else balance_of_all()
    page = page_of(visits.for_lists().latest_first(), request.GET, ROWS_ON_A_PAGE, balance.visits)
    leading, coverage = leading_statements(), count_visits()
    context = {
        "form": form,
        "chips": list(form.chips()),
        "page": page,
        "claimed": leading.get("visits"),
        "claimed_delegates": leading.get("delegates"),
        "coverage": coverage,
        "picture": picture_of_visits(visits, balance),
        "rings": () if form.is_narrowed else rest_of(leading.get("visits"), coverage),
        "balance": balance,
        "results": None if form.is_narrowed else balance_of_results(),
        "delegate_coverage": count_delegates(),
        "is_odd": not form.is_valid() or page.is_odd or bool(form.unknown_parameters),
    }
    return render(request, "visits/visit_list.html", context)


def whole_visits():
    """Visits with everything that their page shows."""
    partners = Partner.objects.published().with_names()
    return Visit.objects.with_source_counts().prefetch_related(
        Prefetch("hosts", queryset=partners),
        Prefetch("guests", queryset=partners),
        Prefetch("citations", queryset=VisitCitation.objects.with_sources()),
        Prefetch("projects", queryset=Project.objects.published().for_lists()),
        Prefetch("professions", queryset=Delegates.objects.select_related("profession")),
        Prefetch("photos", queryset=Photo.objects.published()),
        Prefetch("documents", queryset=Document.objects.published()),
        "confirmations__partner",
    )


@require_safe
def visit_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, whole_visits(), slug, visit_page)


def visit_page(request: HttpRequest, visit: Visit, **extra) -> HttpResponse:
    """The page of a visit, for the public and for staff who preview it."""
    return render(request, "visits/visit_detail.html", {"visit": visit, **extra})

"""Public pages of the partnership: home, partners, history, claims, sources, search, files and the legal pages."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects.facets import project_facets
from projects.models import OutputCitation, Project, ProjectCitation, Theme, ThemeCitation
from visits.list_rows import visit_rows
from visits.models import Profession, Visit, VisitCitation

from . import search
from .addresses import guessed, merged_at, show, ways_of, words_in
from .balance import balance_of_all, balance_of_results, results_by_side
from .context_processors import is_static
from .coverage import (
    count_all_facts,
    count_delegates,
    count_projects,
    count_visits,
    coverage_of,
    leading_statements,
    steps_of,
    unidentified_projects,
    with_statements,
)
from .files import downloads, images
from .issuers import sources_by_issuer
from .lists import MOST_ROWS, PageOfRecords, SearchForm, SourceFilter, page_of
from .models import (
    Claim,
    Document,
    LoggedSearch,
    Milestone,
    MilestoneCitation,
    Partner,
    PartnerCitation,
    Photo,
    Revision,
    Source,
    StatementCitation,
)
from .per_version import cached_per_version
from .pictures.alone import draw_history, print_all_tables, print_all_visits
from .pictures.cards import card, png
from .pictures.dots import dot_fields, dots_title
from .pictures.home import MOST_TILES, home_drawings
from .pictures.map import partnership_map, pin_of, places_of
from .pictures.timeline import NARROW, WIDE
from .pictures.visits import undocumented
from .publishing import State
from .record.changelog import public_change
from .ways_on import ways_from_partner
from .web.cross_origin import allow_everywhere
from .web.parameters import reads
from .web.problems import nothing_here
from .web.rate_limits import search_rate_limited


@require_safe
def choose_language(request: HttpRequest) -> HttpResponse:
    """Redirects to the home page in the language that the browser asks for. No cookie stores the choice."""
    language = get_language_from_request(request)
    response = HttpResponseRedirect(f"/{language}/")
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    statements, drawings = leading_statements(), home_drawings()
    coverage = count_projects()
    claimed, delegates = statements.get("projects"), statements.get("delegates")
    balance = balance_of_all()
    visit_coverage, delegate_coverage = count_visits(), count_delegates()
    context = {
        "is_home": True,
        "is_empty": not (statements or drawings.has_projects or balance.visits),
        "statements": statements,
        "claimed": claimed,
        "coverage": coverage,
        "remainder": unidentified_projects(claimed, coverage),
        "drawings": drawings,
        "visit_coverage": visit_coverage,
        "delegate_coverage": delegate_coverage,
        "printed": print_all_visits(),
        "rings": undocumented(statements.get("visits"), visit_coverage),
        "balance": balance,
        "balance_tables": print_all_tables(),
        "results": balance_of_results(),
        "results_by_side": results_by_side(),
        "matrix": drawings.matrix,
        "professions": Profession.objects.founding(),
        "dots": dot_fields(delegate_coverage, delegates),
        "dots_title": dots_title(delegate_coverage, delegates) if delegates else "",
        "map": partnership_map(),
    }
    return render(request, "partnership/home.html", context)


@require_safe
def home_card(request: HttpRequest) -> HttpResponse:
    claimed, coverage = leading_statements().get("projects"), count_projects()
    line = str(settings.SITE_NAME)
    if claimed:
        line = _("%(site)s. %(documented)s of %(claimed)s projects are named here.") % {
            "site": line,
            "documented": coverage.printed,
            "claimed": claimed.figure,
        }
    return png(card(_("Much to learn, much to win."), line))


# Partners


@require_safe
def partner_list(request: HttpRequest) -> HttpResponse:
    partners = list(Partner.objects.published().with_names())
    roles = Partner.Role
    by_role = {role: [partner for partner in partners if partner.role == role] for role in roles}
    former = [partner for partner in by_role[roles.FORMAL] if partner.successor]
    took_part = set(Partner.objects.that_took_part().values_list("pk", flat=True))
    joined = [partner for partner in by_role[roles.ASSOCIATED] if partner.pk in took_part]
    met = [partner for partner in by_role[roles.ASSOCIATED] if partner.pk not in took_part]
    groups = [
        (_("Formal partners"), [partner for partner in by_role[roles.FORMAL] if partner not in former]),
        (_("Formal partners before them"), former),
        (_("Took part in a project or a visit"), joined),
        (_("Met along the way"), met),
        (_("Coordinator"), by_role[roles.COORDINATOR]),
        (_("Funders"), by_role[roles.FUNDER]),
    ]
    context = {"groups": [group for group in groups if group[1]], "places": places_of(partners)}
    return render(request, "partnership/partner_list.html", context)


def partner_details():
    """Partners with everything that their page shows, except projects and visits."""
    return Partner.objects.prefetch_related(
        "former_names",
        "identifiers__source",
        "successions__successor",
        "inheritances__predecessor__former_names",
        "inferences",
        Prefetch("citations", queryset=PartnerCitation.objects.with_marks()),
    )


@require_safe
def partner_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, partner_details(), slug, partner_page)


def partner_page(request: HttpRequest, partner: Partner, **extra) -> HttpResponse:
    """The page of a partner; projects and visits of its predecessors count as its own, with the names of the time."""
    lineage = partner.lineage()
    visits = Visit.objects.identified()
    context = {
        "partner": partner,
        "facts": partner.facts(),
        "media": partner.media,
        "pin": pin_of(partner),
        "projects": Project.objects.identified().of_partner(lineage).with_themes().oldest_first()[:MOST_TILES],
        "project_count": len(project_facets().ids_by_value["partner"].get(partner.slug, ())),
        "visits": visit_rows(visits.of_partner(lineage).latest_first()[:MOST_ROWS]),
        "most_rows": MOST_ROWS,
        "visits_received_count": visits.filter(hosts__in=lineage).distinct().count(),
        "visits_made_count": visits.filter(guests__in=lineage).distinct().count(),
        "ways_on": ways_from_partner(partner, lineage),
        **extra,
    }
    return render(request, "partnership/partner_detail.html", context)


# History, claims and sources


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    return _timeline(request, Milestone.objects.published())


def milestone_page(request: HttpRequest, milestone: Milestone, **extra) -> HttpResponse:
    """The timeline with this milestone alone, for a preview by staff."""
    return _timeline(request, Milestone.objects.filter(pk=milestone.pk), **extra)


def _timeline(request: HttpRequest, milestones: models.QuerySet[Milestone], **extra) -> HttpResponse:
    milestones = milestones.prefetch_related(
        Prefetch("citations", queryset=MilestoneCitation.objects.with_marks()),
        "inferences",
        Prefetch("photos", queryset=Photo.objects.published()),
    )
    entries = list(milestones)
    ways = ways_of(milestone.onward for milestone in entries)
    context = {
        "milestones": [(milestone, ways[milestone.onward]) for milestone in entries],
        "drawings": list(zip(("is-wide", "is-narrow"), draw_history(entries, WIDE, NARROW), strict=False)),
    }
    return render(request, "partnership/history.html", {**context, **extra})


@require_safe
def claim_list(request: HttpRequest) -> HttpResponse:
    return _claims(request, Claim.objects.published())


def claim_page(request: HttpRequest, claim: Claim, **extra) -> HttpResponse:
    """The list with this claim alone, for a preview by staff."""
    return _claims(request, Claim.objects.filter(pk=claim.pk), **extra)


def _claims(request: HttpRequest, claims: models.QuerySet[Claim], **extra) -> HttpResponse:
    changes: dict[str, list[Revision]] = {}
    for revision in Revision.objects.public().filter(model_name="claim"):
        changes.setdefault(revision.code, []).append(revision)
    rows = []
    for claim in with_statements(claims.select_related("could_confirm")):
        coverage = coverage_of(claim)
        history = [public_change(revision) for revision in changes.get(claim.code, [])]
        rows.append((claim, coverage, steps_of(claim, coverage), history))
    return render(request, "partnership/claim_list.html", {"rows": rows, "facts_in_all": count_all_facts(), **extra})


@require_safe
def memorandum(request: HttpRequest) -> HttpResponse:
    """The claims about the memorandum, and the document itself once it is on file."""
    claims = with_statements(Claim.objects.published().filter(counts=Claim.Counts.MEMORANDA))
    documents = Document.objects.published().filter(kind=Document.Kind.MEMORANDUM)
    return render(request, "partnership/memorandum.html", {"claims": claims, "documents": documents})


CHANGES_ON_A_PAGE = 50


@reads("page")
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """The public changes of the record: which partner, what and why; never which person."""
    page = page_of(Revision.objects.public(), request.GET, CHANGES_ON_A_PAGE)
    context = {"page": page, "rows": [public_change(revision) for revision in page.records], "noindex": page.noindex}
    return render(request, "partnership/changes.html", context)


@reads(*SourceFilter.base_fields)
@require_safe
@search_rate_limited
def source_list(request: HttpRequest) -> HttpResponse:
    """By issuer, with what would fall if it went."""
    form, sources = SourceFilter(request.GET), sources_by_issuer()
    context = {
        "form": form,
        "chips": list(form.chips()),
        "every_source": sources,
        "sources": sources.only(set(form.sources().values_list("pk", flat=True))) if form.is_narrowed else sources,
        "noindex": not form.is_valid(),
    }
    return render(request, "partnership/source_list.html", context)


@require_safe
def where_we_looked(request: HttpRequest) -> HttpResponse:
    """The log of searches: what “not documented” means."""
    searches = list(LoggedSearch.objects.all())
    context = {
        "searches": searches,
        "total": sum(len(search.queries) for search in searches),
        "days": sorted({search.looked_on for search in searches}),
    }
    return render(request, "partnership/where_we_looked.html", context)


def source_details():
    return Source.objects.with_files().prefetch_related(Prefetch("documents", queryset=Document.objects.published()))


@require_safe
def source_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, source_details(), slug, source_page)


def source_page(request: HttpRequest, source: Source, **extra) -> HttpResponse:
    return render(request, "partnership/source_detail.html", {"source": source, "citing": citing(source), **extra})


def citing(source: Source) -> list[tuple[models.Model, list]]:
    """Every public record that cites a source, each with its citations."""
    citation_models = [
        (ProjectCitation, "project", ["project"]),
        (OutputCitation, "output", ["output", "output__project"]),
        (VisitCitation, "visit", ["visit"]),
        (PartnerCitation, "partner", ["partner"]),
        (MilestoneCitation, "milestone", ["milestone"]),
        (ThemeCitation, "theme", ["theme"]),
        (StatementCitation, "statement", ["statement", "statement__claim"]),
    ]
    citing_records: list[tuple[models.Model, list]] = []
    for citation_model, name, related in citation_models:
        published = {f"{name}__state": State.PUBLISHED}
        citations: models.QuerySet[Any] = citation_model.objects.filter(source=source, **published)
        for link in related:
            citations = citations.select_related(link)
        # A part of another record is public only together with it.
        for owner in related[1:]:
            citations = citations.filter(**{f"{owner}__state": State.PUBLISHED})
        if name == "visit":
            citations = citations.prefetch_related("visit__hosts__former_names", "visit__guests__former_names")
        records: dict[int, tuple[models.Model, list]] = {}
        for citation in citations:
            record = getattr(citation, name)
            records.setdefault(record.pk, (record, []))[1].append(citation)
        citing_records += records.values()
    return citing_records


# Search

HITS_ON_A_PAGE = 20


@reads(*SearchForm.base_fields, "page")
@require_safe
@search_rate_limited
def search_page(request: HttpRequest) -> HttpResponse:
    if is_static(request):
        return render(request, "static_export/search.html", {"everything": search.everything(get_language() or "en")})
    form = SearchForm(request.GET, [(kind, str(label)) for kind, label in search.KIND_LABELS.items()])
    query = form.cleaned_data["q"] if form.is_valid() else ""
    kinds = form.chosen("kind")
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < int(page[:6]) <= 1000 else 1
    start = (number - 1) * HITS_ON_A_PAGE
    results = search.search(
        query, get_language() or "en", kind=kinds[0] if kinds else "", start=start, limit=HITS_ON_A_PAGE
    )
    context = {
        "form": form,
        "query": query,
        "kinds": form.options("kind", search.KIND_LABELS.items(), results.by_kind),
        "everything": form.url(kind=[]),
        "results": results,
        "themes": [] if results.by_kind else Theme.objects.published()[:6],
        "page": PageOfRecords(results.hits, results.total, number, max(1, -(-results.total // HITS_ON_A_PAGE))),
        "noindex": True,
    }
    return render(request, "partnership/search.html", context)


# Contribute, about, and the legal pages


@cached_per_version
def gaps() -> dict[str, Any]:
    """What the record lacks and readers might know: each gap with its count and the list it is in."""
    projects, visits = Project.objects.identified(), Visit.objects.identified()
    projects_url, visits_url = reverse("projects:list"), reverse("visits:list")
    counts = [
        (_("Projects without a year"), projects.lacking("period").count(), projects_url),
        (_("Projects that one issuer alone tells of"), projects.lacking("second_source").count(), projects_url),
        (_("Projects without a result in Sweden"), projects.lacking("result_sweden").count(), projects_url),
        (_("Projects without a result in South Africa"), projects.lacking("result_south_africa").count(), projects_url),
        (_("Visits without a date"), visits.lacking("period").count(), visits_url),
        (_("Visits without a number of delegates"), visits.lacking("number").count(), visits_url),
    ]
    return {
        "gaps": [(label, count, url) for label, count, url in counts if count],
        "silent_themes": list(Theme.objects.without_projects()[:MOST_ROWS]),
        "has_memorandum": Document.objects.published().filter(kind=Document.Kind.MEMORANDUM).exists(),
    }


@require_safe
def contribute(request: HttpRequest) -> HttpResponse:
    """How to send what one knows, and what the record lacks most."""
    context = {
        **gaps(),
        "remainder": unidentified_projects(leading_statements().get("projects"), count_projects()),
        "subjects": [_("A document"), _("A photograph"), _("A date"), _("A correction"), _("A barrier on this site")],
        "changes_url": reverse("changes"),
        "contributing_is_wanted": settings.CONTRIBUTIONS,
    }
    return render(request, "partnership/contribute.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    context = {"coverage": count_projects(), "claimed": leading_statements().get("projects")}
    return render(request, "partnership/about.html", context)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "partnership/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {"disposal_decision": settings.DISPOSAL_DECISION, "contact_kept_days": settings.CONTACT_KEPT_DAYS}
    return render(request, "partnership/privacy.html", context)


# Files


@require_safe
def photo_file(request: HttpRequest, slug: str, width: int, suffix: str) -> HttpResponseBase:
    """One size of a published photograph; 404 for drafts and withdrawn ones."""
    photo = Photo.objects.published().filter(slug=slug).first()
    if photo is None:
        return HttpResponsePermanentRedirect(merged_at(Photo.objects.all(), slug).get_absolute_url())
    if suffix not in images.FORMATS or width not in images.widths_of(photo.width or 0):
        raise Http404
    return send_photo(request, photo, width, suffix)


def send_photo(request: HttpRequest, photo: Photo, width: int, suffix: str) -> HttpResponseBase:
    """Sends the file whatever its state; the caller checks who may see it. A size not made yet is made now."""
    name = photo.rendition_name(width, suffix)
    # Renditions change only when the photo is saved, which increases its version.
    etag = f'"{photo.pk}-{photo.version}-{width}-{suffix}"'
    try:
        return downloads.send_file(request, photo.file.storage, name, etag=etag)
    except Http404:
        if not photo.file or not photo.file.storage.exists(str(photo.file.name)):
            raise
    photo.make_renditions()
    return downloads.send_file(request, photo.file.storage, name, etag=etag)


@require_safe
def document_file(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A published document, always as a download: no uploaded content runs in the origin of the site."""
    document = Document.objects.published().filter(slug=slug).first()
    if document is None:
        return HttpResponsePermanentRedirect(merged_at(Document.objects.all(), slug).get_absolute_url())
    return send_document(request, document)


def send_document(request: HttpRequest, document: Document) -> HttpResponseBase:
    """Sends the file whatever its state; the caller checks who may see it."""
    name = f"{document.slug}.{document.extension.lower()}"
    return downloads.send_file(
        request, document.file.storage, str(document.file.name), etag=f'"{document.sha256}"', download=name
    )


# Errors


#: How the addresses of data end: what asks for one is a program.
_DATA = re.compile(r"\.(atom|bib|csv|ics|json|jsonld|rdf|ttl|xml|zip)$")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Leads on from an address that people guess; else says so, with what the record holds about its words.

    A program that asks for data gets a problem in JSON, which pages of other sites may read.
    """
    is_read = request.method in {"GET", "HEAD"} and not is_static(request)
    if is_read and (url := guessed(request.path)) and url != request.path:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{url}?{query}" if query and "#" not in url else url)
    if _DATA.search(request.path) and not request.path.startswith("/admin/"):
        response = nothing_here()
        allow_everywhere(response)
        return response
    words = words_in(request.path) if is_read else ""
    results = search.search(words, get_language() or "en", limit=5) if words else search.Results([], 0, {})
    context = {"noindex": True, "words": results.meant or words, "results": results}
    return render(request, "404.html", context, status=404)

"""Home, partners, history, claims, sources, the legal pages, and the pages that say why there is none."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
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
from .addresses import show
from .balance import balance_of_all, balance_of_results, what_travelled
from .context_processors import is_static
from .coverage import (
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
from .lists import MOST_ROWS, PageOfRecords, SearchForm, page_of
from .models import (
    Claim,
    Document,
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
from .pictures.axis import are_drawn
from .pictures.cards import card, png
from .pictures.dots import dot_fields
from .pictures.map import partnership_map, pin_of
from .pictures.matrix import theme_matrix
from .pictures.visits import counted_visits, rest_of, visit_picture
from .publishing import State
from .record.changelog import public_change
from .web.rate_limits import search_rate_limited


@require_safe
def choose_language(request: HttpRequest) -> HttpResponse:
    """The bare address leads to the reader’s language as the browser states it. No cookie remembers it."""
    language = get_language_from_request(request)
    response = HttpResponseRedirect(f"/{language}/")
    patch_vary_headers(response, ["Accept-Language"])
    return response


#: So many tiles stand in a group; the list of projects has them all.
MOST_TILES = 100


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    statements = leading_statements()
    projects = Project.objects.identified().with_themes().oldest_first()
    founding, perhaps, later = (
        list(some[:MOST_TILES])
        for some in (
            projects.in_founding_count(),
            projects.perhaps_in_founding_count(),
            projects.outside_founding_count(),
        )
    )
    coverage = count_projects()
    claimed = statements.get("projects")
    visits = Visit.objects.identified()
    balance = balance_of_all()
    visit_coverage, delegate_coverage = count_visits(), count_delegates()
    context = {
        "is_home": True,
        "statements": statements,
        "claimed": claimed,
        "coverage": coverage,
        "remainder": unidentified_projects(claimed, coverage),
        "founding": founding,
        "perhaps": perhaps,
        "later": later,
        "later_number": len(project_facets().having["founding"].get("no", ())),
        "visit_coverage": visit_coverage,
        "delegate_coverage": delegate_coverage,
        "picture": visit_picture(visit_rows(visits)) if are_drawn(balance.visits) else counted_visits(balance),
        "rings": rest_of(statements.get("visits"), visit_coverage),
        "balance": balance,
        "results": balance_of_results(),
        "travelled": what_travelled(),
        "matrix": theme_matrix(Theme.objects.published().with_citations(), [*founding, *perhaps, *later]),
        "professions": Profession.objects.founding(),
        "dots": dot_fields(delegate_coverage, statements.get("delegates")),
        "map": partnership_map(),
    }
    return render(request, "partnership/home.html", context)


@require_safe
def home_card(request: HttpRequest) -> HttpResponse:
    claimed, coverage = leading_statements().get("projects"), count_projects()
    line = str(settings.SITE_NAME)
    if claimed:
        line = _("%(site)s. %(documented)s of %(claimed)s projects are documented here.") % {
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
    former = [partner for partner in partners if partner.role == roles.FORMAL and partner.successor]
    groups = [
        (_("Formal partners"), [one for one in partners if one.role == roles.FORMAL and one not in former]),
        (_("Formal partners before them"), former),
        (_("Associated partners"), [one for one in partners if one.role == roles.ASSOCIATED]),
        (_("Coordinator"), [one for one in partners if one.role == roles.COORDINATOR]),
        (_("Funders"), [one for one in partners if one.role == roles.FUNDER]),
    ]
    return render(request, "partnership/partner_list.html", {"groups": [group for group in groups if group[1]]})


def partner_details():
    """Partners with everything that their page shows but projects and visits."""
    return Partner.objects.prefetch_related(
        "former_names",
        "successions__successor",
        "inheritances__predecessor__former_names",
        Prefetch("citations", queryset=PartnerCitation.objects.with_sources()),
    )


@require_safe
def partner_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, partner_details(), slug, partner_page)


def partner_page(request: HttpRequest, partner: Partner, **extra) -> HttpResponse:
    """A body’s page counts what its predecessors did as its own, under the names of the time."""
    lineage = partner.lineage()
    visits = Visit.objects.identified()
    context = {
        "partner": partner,
        "media": partner.media,
        "pin": pin_of(partner),
        "projects": Project.objects.identified().of_partner(lineage).with_themes().oldest_first()[:MOST_TILES],
        "number": len(project_facets().having["partner"].get(partner.slug, ())),
        "visits": visit_rows(visits.of_partner(lineage).latest_first()[:MOST_ROWS]),
        "most_rows": MOST_ROWS,
        "received": visits.filter(hosts__in=lineage).distinct().count(),
        "made": visits.filter(guests__in=lineage).distinct().count(),
        **extra,
    }
    return render(request, "partnership/partner_detail.html", context)


# History, claims and sources


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    return _timeline(request, Milestone.objects.published())


def milestone_page(request: HttpRequest, milestone: Milestone, **extra) -> HttpResponse:
    """The timeline with just this point, for staff who preview it."""
    return _timeline(request, Milestone.objects.filter(pk=milestone.pk), **extra)


def _timeline(request: HttpRequest, milestones: models.QuerySet[Milestone], **extra) -> HttpResponse:
    milestones = milestones.prefetch_related(
        Prefetch("citations", queryset=MilestoneCitation.objects.with_sources()),
        Prefetch("photos", queryset=Photo.objects.published()),
    )
    return render(request, "partnership/history.html", {"milestones": milestones, **extra})


@require_safe
def claim_list(request: HttpRequest) -> HttpResponse:
    return _ledger(request, Claim.objects.published())


def claim_page(request: HttpRequest, claim: Claim, **extra) -> HttpResponse:
    """The ledger with just this claim, for staff who preview it."""
    return _ledger(request, Claim.objects.filter(pk=claim.pk), **extra)


def _ledger(request: HttpRequest, claims: models.QuerySet[Claim], **extra) -> HttpResponse:
    changes: dict[str, list[Revision]] = {}
    for revision in Revision.objects.public().filter(model_name="claim"):
        changes.setdefault(revision.code, []).append(revision)
    rows = []
    for claim in with_statements(claims.select_related("could_confirm")):
        coverage = coverage_of(claim)
        history = [public_change(one) for one in changes.get(claim.code, [])]
        rows.append((claim, coverage, steps_of(claim, coverage), history))
    return render(request, "partnership/claim_list.html", {"rows": rows, **extra})


@require_safe
def memorandum(request: HttpRequest) -> HttpResponse:
    """The memorandum’s own place: what is said of it, and the document itself once the partners have filed it."""
    claims = with_statements(Claim.objects.published().filter(counts=Claim.Counts.MEMORANDA))
    documents = Document.objects.published().filter(kind=Document.Kind.MEMORANDUM)
    return render(request, "partnership/memorandum.html", {"claims": claims, "documents": documents})


CHANGES_ON_A_PAGE = 50


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What has changed in the record: which partner, what and why. Never who."""
    page = page_of(Revision.objects.public(), request.GET, CHANGES_ON_A_PAGE)
    context = {"page": page, "rows": [public_change(one) for one in page.records], "noindex": page.noindex}
    return render(request, "partnership/changes.html", context)


@require_safe
def source_list(request: HttpRequest) -> HttpResponse:
    sources = list(Source.objects.published().with_files())
    by_grade = [(grade.label, [source for source in sources if source.grade == grade]) for grade in Source.Grade]
    return render(request, "partnership/source_list.html", {"by_grade": by_grade, "total": len(sources)})


def source_details():
    return Source.objects.with_files().prefetch_related(Prefetch("documents", queryset=Document.objects.published()))


@require_safe
def source_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, source_details(), slug, source_page)


def source_page(request: HttpRequest, source: Source, **extra) -> HttpResponse:
    return render(request, "partnership/source_detail.html", {"source": source, "citing": citing(source), **extra})


def citing(source: Source) -> list[tuple[models.Model, list]]:
    """Every public record that cites a source, each once, with its citations."""
    tables = [
        (ProjectCitation, "project", ["project"]),
        (OutputCitation, "output", ["output", "output__project"]),
        (VisitCitation, "visit", ["visit"]),
        (PartnerCitation, "partner", ["partner"]),
        (MilestoneCitation, "milestone", ["milestone"]),
        (ThemeCitation, "theme", ["theme"]),
        (StatementCitation, "statement", ["statement", "statement__claim"]),
    ]
    found: list[tuple[models.Model, list]] = []
    for table, name, related in tables:
        citations: models.QuerySet[Any] = table.objects.filter(source=source, **{f"{name}__state": State.PUBLISHED})
        for link in related:
            citations = citations.select_related(link)
        # What is part of another record is public only with it.
        for whole in related[1:]:
            citations = citations.filter(**{f"{whole}__state": State.PUBLISHED})
        if name == "visit":
            citations = citations.prefetch_related("visit__hosts__former_names", "visit__guests__former_names")
        records: dict[int, tuple[models.Model, list]] = {}
        for citation in citations:
            record = getattr(citation, name)
            records.setdefault(record.pk, (record, []))[1].append(citation)
        found += records.values()
    return found


# Search

HITS_ON_A_PAGE = 20


@require_safe
@search_rate_limited
def search_page(request: HttpRequest) -> HttpResponse:
    if is_static(request):
        return render(request, "static_export/search.html", {"everything": search.everything(get_language() or "en")})
    form = SearchForm(request.GET, [(kind, str(label)) for kind, label in search.KIND_LABELS.items()])
    question = form.cleaned_data["q"] if form.is_valid() else ""
    kinds = form.chosen("kind")
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 0 < int(asked[:6]) <= 1000 else 1
    start = (number - 1) * HITS_ON_A_PAGE
    found = search.search(
        question, get_language() or "en", kind=kinds[0] if kinds else "", start=start, most=HITS_ON_A_PAGE
    )
    context = {
        "form": form,
        "question": question,
        "kinds": form.options("kind", search.KIND_LABELS.items(), found.by_kind),
        "everything": form.url(kind=[]),
        "found": found,
        "page": PageOfRecords(found.hits, found.total, number, max(1, -(-found.total // HITS_ON_A_PAGE))),
        "noindex": True,
    }
    return render(request, "partnership/search.html", context)


# How to add to the record, about it, and what the law asks for


@cached_per_version
def wanted() -> dict[str, Any]:
    """What the record lacks, as a reader could mend it: each with how many there are, and where they are listed."""
    projects, visits = Project.objects.identified(), Visit.objects.identified()
    to_projects, to_visits = reverse("projects:list"), reverse("visits:list")
    lacking = [
        (_("Projects without a year"), projects.lacking("period").count(), to_projects),
        (_("Projects with only one source"), projects.lacking("second_source").count(), to_projects),
        (_("Projects without a result in Sweden"), projects.lacking("result_sweden").count(), to_projects),
        (_("Projects without a result in South Africa"), projects.lacking("result_south_africa").count(), to_projects),
        (_("Visits without a date"), visits.lacking("period").count(), to_visits),
        (_("Visits without a number of delegates"), visits.lacking("number").count(), to_visits),
    ]
    return {
        "wanted": [one for one in lacking if one[1]],
        "silent_themes": list(Theme.objects.without_projects()[:MOST_ROWS]),
        "has_memorandum": Document.objects.published().filter(kind=Document.Kind.MEMORANDUM).exists(),
    }


@require_safe
def contribute(request: HttpRequest) -> HttpResponse:
    """What is wanted most, and how to send it. There is no form: a letter is prepared (see Contact in the footer)."""
    context = {
        **wanted(),
        "remainder": unidentified_projects(leading_statements().get("projects"), count_projects()),
        "subjects": [_("A document"), _("A photograph"), _("A date"), _("A correction"), _("A barrier on this site")],
        "changes_url": reverse("changes"),
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
    return render(request, "partnership/privacy.html")


# Files


@require_safe
def photo_file(request: HttpRequest, slug: str, width: int, suffix: str) -> HttpResponseBase:
    """One size of a published photograph. Drafts and withdrawn ones are as absent as any other address."""
    photo = get_object_or_404(Photo.objects.published(), slug=slug)
    if suffix not in images.FORMATS or width not in images.widths_of(photo.width or 0):
        raise Http404
    return send_photo(request, photo, width, suffix)


def send_photo(request: HttpRequest, photo: Photo, width: int, suffix: str) -> HttpResponseBase:
    """Whatever its state: who may see it is the caller’s to know."""
    name = photo.rendition_name(width, suffix)
    # Its sizes are made anew only when it is saved, and each saving gives it the next version.
    return downloads.send_file(request, photo.file.storage, name, etag=f'"{photo.pk}-{photo.version}-{width}-{suffix}"')


@require_safe
def document_file(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A published document, always as a download: nothing that was uploaded runs in this site’s name."""
    return send_document(request, get_object_or_404(Document.objects.published(), slug=slug))


def send_document(request: HttpRequest, document: Document) -> HttpResponseBase:
    """Whatever its state: who may see it is the caller’s to know."""
    name = f"{document.slug}.{document.extension.lower()}"
    return downloads.send_file(
        request, document.file.storage, str(document.file.name), etag=f'"{document.sha256}"', download=name
    )


# What is not there


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", {"noindex": True}, status=404)

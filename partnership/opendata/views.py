"""Every list and every record as CSV, JSON and XLSX at a URL of its own, and the data set as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from projects import iati
from projects.forms import ProjectFilter
from visits.forms import VisitFilter

from ..addresses import merged_at, permanent_models, public_record
from ..lists import FilterForm, SourceFilter
from ..models import DataRelease
from ..publishing import Record, State, always_public_models, permanent_path
from ..web.cross_origin import readable_everywhere
from ..web.rate_limits import DOWNLOADS
from . import catalogue, citing, openapi, package, structured, workbooks
from .changes import changes_since
from .relations import ALL_TABLES
from .responses import errors_in, gone, invalid_parameters, nothing_here, open_data, problem, streamed
from .tables import (
    CLAIMS,
    LICENCE_URL,
    MILESTONES,
    PARTNERS,
    PROJECTS,
    SOURCES,
    TABLES,
    THEMES,
    VISITS,
    Table,
    csv_rows,
    json_rows,
    terms,
)

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "xlsx": workbooks.MEDIA_TYPE,
}
#: The number of records read at a time, so that memory use does not grow with the list.
CHUNK_SIZE = 500


def _send(
    request: HttpRequest, table: Table, records: Iterable[Any], suffix: str, about: dict[str, Any], name: str
) -> HttpResponseBase:
    if suffix not in MEDIA_TYPES:
        raise Http404
    if suffix == "xlsx":
        return _workbook(request, table, records, name)
    if isinstance(records, QuerySet):
        records = records.iterator(chunk_size=CHUNK_SIZE)
    rows = csv_rows(table, records) if suffix == "csv" else json_rows(table, records, about)
    return streamed(request, rows, MEDIA_TYPES[suffix], f"{name}.{suffix}")


def _workbook(request: HttpRequest, table: Table, records: Iterable[Any], name: str) -> HttpResponseBase:
    """Not streamed: half a workbook cannot be opened."""
    rows = records if isinstance(records, QuerySet) else list(records)
    if (rows.count() if isinstance(rows, QuerySet) else len(rows)) > workbooks.MOST_ROWS:
        detail = _("A workbook has at most %(rows)s rows here. The CSV has all.") % {"rows": workbooks.MOST_ROWS}
        return problem(413, _("That is too much for a workbook"), detail)
    return _download(request, lambda: workbooks.of_table(table, rows), name)


def _download(request: HttpRequest, make: Callable[[], bytes], name: str) -> HttpResponse:
    content = b"" if request.method == "HEAD" else make()
    response = HttpResponse(content, content_type=workbooks.MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    response["Link"] = f'<{LICENCE_URL}>; rel="license"'
    return response


def _list(
    request: HttpRequest, table: Table, suffix: str, form: FilterForm | None = None, filtered: QuerySet | None = None
) -> HttpResponseBase:
    if errors := errors_in(form, request.GET):
        return invalid_parameters(errors)
    records = table.records()
    if filtered is not None and isinstance(records, QuerySet):
        records = records.filter(pk__in=filtered.order_by().values("pk"))
        if ordering := getattr(form, "ordering", ()):
            records = records.order_by(*ordering)
    about = {"table": table.name, "url": f"{settings.SITE_URL}{request.get_full_path()}"}
    return _send(request, table, records, suffix, about, table.name)


@open_data
def projects(request: HttpRequest, suffix: str) -> HttpResponseBase:
    form = ProjectFilter(request.GET)
    return _list(request, PROJECTS, suffix, form, form.projects())


@open_data
def visits(request: HttpRequest, suffix: str) -> HttpResponseBase:
    form = VisitFilter(request.GET)
    return _list(request, VISITS, suffix, form, form.visits())


@open_data
def sources(request: HttpRequest, suffix: str) -> HttpResponseBase:
    form = SourceFilter(request.GET)
    return _list(request, SOURCES, suffix, form, form.sources())


def _list_view(table: Table) -> Callable[..., HttpResponseBase]:
    @open_data
    def view(request: HttpRequest, suffix: str) -> HttpResponseBase:
        return _list(request, table, suffix)

    return view


themes, partners, history = _list_view(THEMES), _list_view(PARTNERS), _list_view(MILESTONES)
claims = _list_view(CLAIMS)

# One record


def _detail_view(table: Table) -> Callable[..., HttpResponseBase]:
    """Raises ValueError for a table of rows that are no records."""
    if table.schema is None:
        raise ValueError(table.name)
    model = table.schema.model

    @open_data
    def view(request: HttpRequest, slug: str, suffix: str) -> HttpResponseBase:
        return _record(request, table, suffix, model, slug=slug)

    return view


project, visit, theme = _detail_view(PROJECTS), _detail_view(VISITS), _detail_view(THEMES)
partner, source = _detail_view(PARTNERS), _detail_view(SOURCES)


def _record(request: HttpRequest, table: Table, suffix: str, model: Any, **which: str) -> HttpResponseBase:
    if suffix not in MEDIA_TYPES:
        raise Http404
    if errors := errors_in(None, request.GET):
        return invalid_parameters(errors)
    records = table.records()
    if isinstance(records, QuerySet):
        rows = list(records.filter(**which))
    else:
        rows = [row for row in records if row.claim.code == which.get("code")]
    if not rows:
        withdrawn = model._default_manager.filter(state=State.WITHDRAWN, merged_into=None, **which).first()
        return gone(withdrawn) if withdrawn else _merged(request, model, which.get("slug", ""))
    name = next(iter(which.values()))
    about = {"table": table.name, **(_related(rows[0]) if len(rows) == 1 else {})}
    return _send(request, table, rows, suffix, about, name)


def _merged(request: HttpRequest, model: Any, slug: str) -> HttpResponse:
    """Leads to the record into which another was merged, and says so. Raises Http404 for any other slug."""
    survivor = merged_at(model._default_manager.all(), slug)
    here, _slug, suffix = request.path.rpartition(slug)
    content = json.dumps({"slug": slug, "merged_into": survivor.code})
    headers = {"Location": f"{here}{survivor.slug}{suffix}"}
    return HttpResponse(content, status=301, content_type="application/json", headers=headers)


def _related(record: Any) -> dict[str, Any]:
    """What the JSON of one record adds to its row: merged records, evidence, objectives and outputs."""
    related: dict[str, Any] = {}
    if hasattr(record, "merged"):
        # The code of what was never public is known to nobody.
        merged = record.merged.exclude(published_at=None).order_by("code").values_list("code", flat=True)
        if merged:
            related["merged"] = list(merged)
    if hasattr(record, "citations"):
        related["citations"] = [
            {
                "source": citation.source.code,
                "title": citation.source.title,
                "publisher": citation.source.publisher,
                "url": citation.source.url,
                "about": citation.about,
                "says_en": citation.says_en,
                "says_sv": citation.says_sv,
                "locator": citation.locator,
                "quotation": citation.quotation,
            }
            for citation in record.citations.all()
            if citation.source.state == State.PUBLISHED
        ]
    if hasattr(record, "inferences"):
        related["inferred"] = [
            {"about": inference.about, "reason_en": inference.reason_en, "reason_sv": inference.reason_sv}
            for inference in record.inferences.all()
        ]
    if hasattr(record, "replies"):
        related["replies"] = [
            {
                "about": reply.about,
                "partner": reply.partner.code,
                "given_on": reply.given_on.isoformat(),
                "text_en": reply.text_en,
                "text_sv": reply.text_sv,
            }
            for reply in record.replies.public()
        ]
    if hasattr(record, "participations"):
        related["participations"] = [
            {"partner": row.partner.code, "role": row.role}
            for row in record.participations.all()
            if row.partner.is_published
        ]
    if hasattr(record, "objectives"):
        related["objectives"] = [
            {"text_en": objective.text_en, "text_sv": objective.text_sv} for objective in record.objectives.all()
        ]
    if hasattr(record, "outputs"):
        outputs = TABLES["outputs"]
        records = outputs.records().filter(project=record)  # type: ignore[union-attr]
        related["outputs"] = [outputs.row(output) for output in records]
    return related


# Lasting addresses

#: What a lasting address can be read as, by media type, best first where a program does not mind.
_FORMS = {
    "text/html": "",
    "application/json": "json",
    "application/ld+json": "jsonld",
    "text/turtle": "ttl",
    "text/csv": "csv",
    "application/x-bibtex": "bib",
    "application/x-research-info-systems": "ris",
    "application/vnd.citationstyles.csl+json": "csl",
}


def _permanent(kind: str, code: str) -> Any:
    """The record of a lasting address, published or withdrawn, or the one that it was merged into.

    Raises Http404 for every other.
    """
    if model := permanent_models().get(kind):
        return public_record(model._default_manager.filter(code=code).first())
    vocabulary = {str(model._meta.model_name): model for model in always_public_models()}
    if kind not in vocabulary:
        raise Http404
    return get_object_or_404(vocabulary[kind], code=code)


@readable_everywhere
@require_safe
def by_code(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The lasting address of a record: 303 to its page in the reader’s language, or to the form asked for."""
    try:
        record = _permanent(kind, code)
    except Http404:
        # A person reads the page that says so; a program, in a page of another site too, what it can work with.
        if "text/html" in request.headers.get("Accept", ""):
            raise
        return nothing_here()
    preferred = request.get_preferred_type(list(_FORMS)) or "text/html"
    suffix = _FORMS[preferred]
    if suffix:
        location = f"{permanent_path(kind, record.code)}.{suffix}"
    else:
        with translation.override(get_language_from_request(request)):
            location = record.get_absolute_url()
    response = HttpResponse(status=303, headers={"Location": location})
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    return response


@open_data
def by_code_in_form(request: HttpRequest, kind: str, code: str, suffix: str) -> HttpResponseBase:
    """One record of any kind as JSON, CSV, JSON-LD, Turtle or a citation."""
    record = _permanent(kind, code)
    if errors := errors_in(None, request.GET):
        return invalid_parameters(errors)
    if record.code != code:
        headers = {"Location": f"{permanent_path(kind, record.code)}.{suffix}"}
        content = json.dumps({"code": code, "merged_into": record.code})
        return HttpResponse(content, status=301, content_type="application/json", headers=headers)
    if record.is_withdrawn:
        return gone(record)
    table = TABLES.get(f"{kind}s")
    if suffix in MEDIA_TYPES and table:
        return _record(request, table, suffix, type(record), code=code)
    if suffix in ("jsonld", "ttl") and structured.is_described(record):
        return _linked(record, suffix)
    if suffix in citing.WRITERS:
        return _citation(request, [citing.Item.of(record)], suffix, code)
    raise Http404


def _linked(record: Record, suffix: str) -> HttpResponse:
    described = structured.describe(record)
    if suffix == "jsonld":
        content = json.dumps(described, ensure_ascii=False, indent=2)
        return HttpResponse(content, content_type="application/ld+json")
    return HttpResponse(structured.turtle(described), content_type="text/turtle; charset=utf-8")


def _citation(request: HttpRequest, items: list[citing.Item], suffix: str, name: str) -> HttpResponseBase:
    write, media_type = citing.WRITERS[suffix]
    return streamed(request, iter([write(items)]), media_type, f"{name}.{suffix}")


# The data set as a whole


@open_data
def table(request: HttpRequest, name: str, suffix: str) -> HttpResponseBase:
    """A whole table of the package."""
    if name not in ALL_TABLES:
        raise Http404
    if errors := errors_in(None, request.GET):
        return invalid_parameters(errors)
    return _send(request, ALL_TABLES[name], ALL_TABLES[name].records(), suffix, {"table": name}, name)


@open_data
def changes(request: HttpRequest, suffix: str) -> HttpResponseBase:
    """The public changes, all of them or those after a moment or a number."""
    if errors := errors_in(None, request.GET, known=("since", "after")):
        return invalid_parameters(errors)
    chosen = changes_since(request.GET)
    if chosen.errors:
        return invalid_parameters(chosen.errors)
    about = {"table": "changes", "next": chosen.next_url}
    return _send(request, ALL_TABLES["changes"], chosen.records, suffix, about, "changes")


@open_data
def all_sources(request: HttpRequest, suffix: str) -> HttpResponseBase:
    """Every source in one file for reference managers."""
    if errors := errors_in(None, request.GET):
        return invalid_parameters(errors)
    return _citation(request, [citing.Item.of(source) for source in SOURCES.records()], suffix, "sources")


@open_data
def datapackage(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(package.current().description, content_type="application/json")


@open_data
def archive(request: HttpRequest, version: str) -> HttpResponseBase:
    """The data set of one version: the same bytes for ever, but for what was erased by law and says so."""
    release = DataRelease.of_version(version)
    if release is None:
        current = package.current()
        if version != current.version:
            raise Http404
        content = current.archive
    else:
        content = bytes(release.archive)
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{package.NAME}-{version}.zip"'
    return response


@open_data
def whole_workbook(request: HttpRequest) -> HttpResponseBase:
    """All tables in one workbook, as they are now."""
    version = package.current().version
    return _download(request, lambda: workbooks.of_everything(version), f"{package.NAME}-{version}")


@open_data
def newest_archive(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(status=307, headers={"Location": package.archive_url(package.current().version)})


@open_data
def versions(request: HttpRequest) -> HttpResponseBase:
    """Which versions of the data can still be downloaded."""
    current = package.current()
    releases = DataRelease.objects.exclude(archive=b"").defer("archive").order_by("-pk")
    rows = [
        {
            "version": release.version,
            "made": release.made_at.isoformat(timespec="seconds"),
            "url": f"{settings.SITE_URL}{package.archive_url(release.version)}",
            "redacted_on": release.redacted_on.isoformat() if release.redacted_on else None,
        }
        for release in releases
    ]
    content = json.dumps({**terms(), "current": current.version, "versions": rows}, ensure_ascii=False, indent=2)
    return HttpResponse(content, content_type="application/json")


@open_data
def openapi_file(request: HttpRequest) -> HttpResponseBase:
    content = json.dumps(openapi.description(), ensure_ascii=False, indent=1)
    return HttpResponse(content, content_type="application/json")


@open_data
def catalogue_file(request: HttpRequest, suffix: str) -> HttpResponseBase:
    """The entry for data portals in DCAT-AP-SE 3, as RDF/XML, Turtle or JSON-LD."""
    current = package.current()
    if suffix == "jsonld":
        return HttpResponse(catalogue.json_ld(current), content_type="application/ld+json")
    forms = {"rdf": ("pretty-xml", "application/rdf+xml"), "ttl": ("turtle", "text/turtle; charset=utf-8")}
    if suffix not in forms:
        raise Http404
    form, media_type = forms[suffix]
    return HttpResponse(catalogue.serialized(current, form), content_type=media_type)


@open_data
def catalogue_part(request: HttpRequest, name: str = "") -> HttpResponseBase:
    """The names of catalogue, data set and distributions: each leads to the entry that describes it."""
    if name and name not in {*ALL_TABLES, "archive"}:
        raise Http404
    forms = {"application/rdf+xml": "rdf", "text/turtle": "ttl", "application/ld+json": "jsonld"}
    suffix = forms[request.get_preferred_type(list(forms)) or "application/rdf+xml"]
    response = HttpResponse(status=303, headers={"Location": f"/data/catalog.{suffix}"})
    patch_vary_headers(response, ["Accept"])
    return response


@open_data
def unknown(request: HttpRequest, path: str = "") -> HttpResponseBase:
    raise Http404


@open_data
def iati_file(request: HttpRequest) -> HttpResponseBase:
    """The activity file; 404 until the reporting organisation is configured, since identifiers never change."""
    if not settings.IATI_REPORTING_ORG:
        raise Http404
    return HttpResponse(iati.activity_file(), content_type="application/xml")


@require_safe
def iati_preview(request: HttpRequest) -> HttpResponse:
    """The activity file as staff see it before it is public."""
    return HttpResponse(iati.activity_file(), content_type="application/xml")


@require_safe
def about_data(request: HttpRequest) -> HttpResponse:
    """The page about the open data: tables, columns, licence and formats."""
    current, report = package.current(), iati.report()
    context = {
        "tables": [(ALL_TABLES[name], built) for name, built in current.tables.items()],
        "package": current,
        "archive_url": package.archive_url(current.version),
        "iati": report,
        "crosswalk": iati.crosswalk(report),
        "dataset": catalogue.dataset_for_search_engines(current),
    }
    return render(request, "partnership/data.html", context)


@require_safe
def using_data(request: HttpRequest) -> HttpResponse:
    """How to read the data with common tools, with its formats, limits, errors and versions."""
    context = {"site": settings.SITE_URL, "limit": DOWNLOADS, "version": package.current().version}
    return render(request, "partnership/using_data.html", context)

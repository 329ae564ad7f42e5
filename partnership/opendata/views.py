"""Every list and every record as CSV and JSON at a URL of its own, and the data set as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from projects import iati
from projects.forms import ProjectFilter
from visits.forms import VisitFilter

from ..addresses import merged_at
from ..lists import FilterForm
from ..models import DataVersion
from ..publishing import State
from ..web import error_pages
from ..web.rate_limits import DOWNLOADS, rate_limited
from . import catalogue, package
from .tables import (
    CLAIMS,
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
)

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8; header=present", "json": "application/json"}
#: The number of records read at a time, so that memory use does not grow with the list.
CHUNK_SIZE = 500


def current_package() -> package.Package:
    return package.build(DataVersion.current())


def _etag(request: HttpRequest, *_args: Any, **_kwargs: Any) -> str:
    state = f"{DataVersion.current()} {settings.SITE_URL} {request.get_full_path()}"
    return f'"{hashlib.sha256(state.encode()).hexdigest()[:32]}"'


def open_data(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorates views of open data: any origin may read the response, and 304 is sent where it is unchanged."""

    @rate_limited("data", DOWNLOADS, too_often)
    @require_safe
    @condition(etag_func=_etag)
    @wraps(view)
    def conditional(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    @wraps(view)
    def shared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = conditional(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        response["Cache-Control"] = "no-cache"
        return response

    return shared


def invalid_parameters(errors: dict[str, str]) -> HttpResponse:
    """A response 400 that names each invalid parameter with the reason."""
    return _problem(
        400,
        _("The address could not be read"),
        " ".join(f"{name}: {reason}" for name, reason in errors.items()),
        **{"invalid-params": [{"name": name, "reason": reason} for name, reason in errors.items()]},
    )


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    response = _problem(429, _("Too many requests"), error_pages.how_long(seconds))
    response["Retry-After"] = str(seconds)
    return response


def _problem(status: int, title: str, detail: str, **extensions: Any) -> HttpResponse:
    """Problem details (RFC 9457)."""
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extensions}
    content = json.dumps(problem, ensure_ascii=False)
    return HttpResponse(content, content_type="application/problem+json", status=status)


def _errors(form: FilterForm | None, query: Iterable[str]) -> dict[str, str]:
    known = set(form.fields) if form else set()
    errors = {name: _("There is no such parameter here.") for name in query if name not in known}
    if form:
        errors |= {str(name): " ".join(map(str, messages)) for name, messages in form.errors.items()}
    return errors


def _send(table: Table, records: Iterable[Any], suffix: str, about: dict[str, Any], name: str) -> HttpResponseBase:
    if suffix not in MEDIA_TYPES:
        raise Http404
    if isinstance(records, QuerySet):
        records = records.iterator(chunk_size=CHUNK_SIZE)
    rows = csv_rows(table, records) if suffix == "csv" else json_rows(table, records, about)
    response = StreamingHttpResponse(rows, content_type=MEDIA_TYPES[suffix])
    response["Content-Disposition"] = f'inline; filename="{name}.{suffix}"'
    response["Link"] = '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    return response


def _list(
    request: HttpRequest, table: Table, suffix: str, form: FilterForm | None = None, filtered: QuerySet | None = None
) -> HttpResponseBase:
    if errors := _errors(form, request.GET):
        return invalid_parameters(errors)
    records = table.records()
    if filtered is not None and isinstance(records, QuerySet):
        records = records.filter(pk__in=filtered.order_by().values("pk"))
    about = {"table": table.name, "url": f"{settings.SITE_URL}{request.get_full_path()}"}
    return _send(table, records, suffix, about, table.name)


@open_data
def projects(request: HttpRequest, suffix: str) -> HttpResponseBase:
    form = ProjectFilter(request.GET)
    return _list(request, PROJECTS, suffix, form, form.projects())


@open_data
def visits(request: HttpRequest, suffix: str) -> HttpResponseBase:
    form = VisitFilter(request.GET)
    return _list(request, VISITS, suffix, form, form.visits())


def _list_view(table: Table) -> Callable[..., HttpResponseBase]:
    @open_data
    def view(request: HttpRequest, suffix: str) -> HttpResponseBase:
        return _list(request, table, suffix)

    return view


themes, partners, history = _list_view(THEMES), _list_view(PARTNERS), _list_view(MILESTONES)
claims, sources = _list_view(CLAIMS), _list_view(SOURCES)


def _detail_view(table: Table) -> Callable[..., HttpResponseBase]:
    @open_data
    def view(request: HttpRequest, slug: str, suffix: str) -> HttpResponseBase:
        if suffix not in MEDIA_TYPES:
            raise Http404
        record = table.records().filter(slug=slug).first()  # type: ignore[union-attr]
        if record is None:
            return _merged(request, table, slug)
        if errors := _errors(None, request.GET):
            return invalid_parameters(errors)
        return _send(table, [record], suffix, {"table": table.name, **_related(record)}, slug)

    return view


def _merged(request: HttpRequest, table: Table, slug: str) -> HttpResponse:
    """Leads to the record into which another was merged, and says so. Raises Http404 for any other slug."""
    survivor = merged_at(table.schema.model._default_manager.all(), slug)
    here, _slug, suffix = request.path.rpartition(slug)
    content = json.dumps({"slug": slug, "merged_into": survivor.code})
    headers = {"Location": f"{here}{survivor.slug}{suffix}"}
    return HttpResponse(content, status=301, content_type="application/json", headers=headers)


def _related(record: Any) -> dict[str, Any]:
    """What the JSON of one record adds to its row: what was merged into it, its citations, outputs and objectives."""
    related: dict[str, Any] = {}
    if merged := list(record.merged.order_by("code").values_list("code", flat=True)):
        related["merged"] = merged
    if hasattr(record, "citations"):
        related["citations"] = [
            {
                "source": citation.source.code,
                "title": citation.source.title,
                "publisher": citation.source.publisher,
                "url": citation.source.url,
                "about": citation.about,
                "locator": citation.locator,
                "quotation": citation.quotation,
            }
            for citation in record.citations.all()
            if citation.source.state == State.PUBLISHED
        ]
    if hasattr(record, "objectives"):
        related["objectives"] = [
            {"en": objective.text_en, "sv": objective.text_sv} for objective in record.objectives.all()
        ]
    if hasattr(record, "outputs"):
        outputs = TABLES["outputs"]
        records = outputs.records().filter(project=record)  # type: ignore[union-attr]
        related["outputs"] = [outputs.row(output) for output in records]
    return related


project, visit, theme = _detail_view(PROJECTS), _detail_view(VISITS), _detail_view(THEMES)
partner, source = _detail_view(PARTNERS), _detail_view(SOURCES)

# The data set as a whole


@open_data
def table(request: HttpRequest, name: str, suffix: str) -> HttpResponseBase:
    """A whole table of the package."""
    if name not in TABLES:
        raise Http404
    if errors := _errors(None, request.GET):
        return invalid_parameters(errors)
    return _send(TABLES[name], TABLES[name].records(), suffix, {"table": name}, name)


@open_data
def datapackage(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(current_package().description, content_type="application/json")


@open_data
def archive(request: HttpRequest, date: str) -> HttpResponseBase:
    """The data set as one archive, dated with its last change; another date redirects to the current one."""
    current = current_package()
    if date != current.date:
        return HttpResponseRedirect(package.archive_url(current.date))
    response = HttpResponse(current.archive, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="vaxjo-kronoberg-jb-marks-{date}.zip"'
    return response


@open_data
def newest_archive(request: HttpRequest) -> HttpResponseBase:
    return HttpResponseRedirect(package.archive_url(current_package().date))


@open_data
def catalogue_file(request: HttpRequest, suffix: str) -> HttpResponseBase:
    """The entry for data portals in DCAT-AP-SE 3, as Turtle or JSON-LD."""
    writers = {
        "ttl": (catalogue.turtle, "text/turtle; charset=utf-8"),
        "jsonld": (catalogue.json_ld, "application/ld+json"),
    }
    if suffix not in writers:
        raise Http404
    write, media_type = writers[suffix]
    return HttpResponse(write(current_package()), content_type=media_type)


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
    current = current_package()
    context = {
        "tables": [(TABLES[name], table) for name, table in current.tables.items()],
        "package": current,
        "archive_url": package.archive_url(current.date),
        "iati": iati.report(),
        "crosswalk": iati.crosswalk(),
        "dataset": catalogue.dataset_for_search_engines(current),
    }
    return render(request, "partnership/data.html", context)

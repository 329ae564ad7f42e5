"""Every list and every record at its own address as CSV and JSON, and the data set as a whole."""

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
#: Records are read in portions of this size, so that a list of any length needs the same memory.
PORTION = 500


def version() -> int:
    """The number of the record’s version; it grows with every write."""
    return DataVersion.current()


def _etag(request: HttpRequest, *_arguments: Any, **_named: Any) -> str:
    state = f"{version()} {settings.SITE_URL} {request.get_full_path()}"
    return f'"{hashlib.sha256(state.encode()).hexdigest()[:32]}"'


def open_data(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For reading by anyone: answers from other sites are allowed, and an unchanged one is not sent again."""

    @rate_limited("data", DOWNLOADS, too_often)
    @require_safe
    @condition(etag_func=_etag)
    @wraps(view)
    def answer(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        return view(request, *arguments, **named)

    @wraps(view)
    def shared(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        response = answer(request, *arguments, **named)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        response["Cache-Control"] = "no-cache"
        return response

    return shared


def problem(faults: dict[str, str]) -> HttpResponse:
    """What was wrong with the parameters, each with its name."""
    return _problem(
        400,
        _("The address could not be read"),
        " ".join(f"{name}: {reason}" for name, reason in faults.items()),
        **{"invalid-params": [{"name": name, "reason": reason} for name, reason in faults.items()]},
    )


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    response = _problem(429, _("Too many requests"), error_pages.how_long(seconds))
    response["Retry-After"] = str(seconds)
    return response


def _problem(status: int, title: str, detail: str, **more: Any) -> HttpResponse:
    """For programs to read (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, content_type="application/problem+json", status=status)


def _faults(form: FilterForm | None, query: Iterable[str]) -> dict[str, str]:
    known = set(form.fields) if form else set()
    faults = {name: _("There is no such parameter here.") for name in query if name not in known}
    if form:
        faults |= {str(name): " ".join(map(str, errors)) for name, errors in form.errors.items()}
    return faults


def _send(table: Table, records: Iterable[Any], suffix: str, about: dict[str, Any], name: str) -> HttpResponseBase:
    if suffix not in MEDIA_TYPES:
        raise Http404
    if isinstance(records, QuerySet):
        records = records.iterator(chunk_size=PORTION)
    rows = csv_rows(table, records) if suffix == "csv" else json_rows(table, records, about)
    response = StreamingHttpResponse(rows, content_type=MEDIA_TYPES[suffix])
    response["Content-Disposition"] = f'inline; filename="{name}.{suffix}"'
    response["Link"] = '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    return response


def _list(
    request: HttpRequest, table: Table, suffix: str, form: FilterForm | None = None, wanted: QuerySet | None = None
) -> HttpResponseBase:
    if faults := _faults(form, request.GET):
        return problem(faults)
    records = table.records()
    if wanted is not None and isinstance(records, QuerySet):
        records = records.filter(pk__in=wanted.order_by().values("pk"))
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


def _whole(table: Table) -> Callable[..., HttpResponseBase]:
    @open_data
    def view(request: HttpRequest, suffix: str) -> HttpResponseBase:
        return _list(request, table, suffix)

    return view


themes, partners, history = _whole(THEMES), _whole(PARTNERS), _whole(MILESTONES)
claims, sources = _whole(CLAIMS), _whole(SOURCES)


def _single(table: Table) -> Callable[..., HttpResponseBase]:
    @open_data
    def view(request: HttpRequest, slug: str, suffix: str) -> HttpResponseBase:
        if suffix not in MEDIA_TYPES:
            raise Http404
        record = table.records().filter(slug=slug).first()  # type: ignore[union-attr]
        if record is None:
            raise Http404
        if faults := _faults(None, request.GET):
            return problem(faults)
        return _send(table, [record], suffix, {"table": table.name, **_more(record)}, slug)

    return view


def _more(record: Any) -> dict[str, Any]:
    """What the JSON of one record adds to its row: its sources with what was cited, its outputs, its objectives."""
    more: dict[str, Any] = {}
    if hasattr(record, "citations"):
        more["citations"] = [
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
        more["objectives"] = [
            {"en": objective.text_en, "sv": objective.text_sv} for objective in record.objectives.all()
        ]
    if hasattr(record, "outputs"):
        outputs = TABLES["outputs"]
        more["outputs"] = [outputs.row(one) for one in outputs.records().filter(project=record)]  # type: ignore[union-attr]
    return more


project, visit, theme = _single(PROJECTS), _single(VISITS), _single(THEMES)
partner, source = _single(PARTNERS), _single(SOURCES)

# The data set as a whole


@open_data
def table(request: HttpRequest, name: str, suffix: str) -> HttpResponseBase:
    """One table of the package, whole."""
    if name not in TABLES:
        raise Http404
    if faults := _faults(None, request.GET):
        return problem(faults)
    return _send(TABLES[name], TABLES[name].records(), suffix, {"table": name}, name)


@open_data
def datapackage(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(package.built(version()).description, content_type="application/json")


@open_data
def archive(request: HttpRequest, date: str) -> HttpResponseBase:
    """The whole data set in one file, under the date of its last change; an older date leads to today’s."""
    built = package.built(version())
    if date != built.date:
        return HttpResponseRedirect(package.archive_url(built.date))
    response = HttpResponse(built.archive, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="vaxjo-kronoberg-jb-marks-{date}.zip"'
    return response


@open_data
def newest_archive(request: HttpRequest) -> HttpResponseBase:
    return HttpResponseRedirect(package.archive_url(package.built(version()).date))


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
    return HttpResponse(write(package.built(version())), content_type=media_type)


@open_data
def iati_file(request: HttpRequest) -> HttpResponseBase:
    """The activity file; absent until the reporting organisation is configured, since identifiers never change."""
    if not settings.IATI_REPORTING_ORG:
        raise Http404
    return HttpResponse(iati.activity_file(), content_type="application/xml")


@require_safe
def iati_preview(request: HttpRequest) -> HttpResponse:
    """The activity file as staff see it before it is public."""
    return HttpResponse(iati.activity_file(), content_type="application/xml")


@require_safe
def about_data(request: HttpRequest) -> HttpResponse:
    """What data there is, where, under which licence, and what each column means."""
    report = iati.report()
    context = {
        "tables": [(TABLES[name], built) for name, built in package.built(version()).tables.items()],
        "package": package.built(version()),
        "archive_url": package.archive_url(package.built(version()).date),
        "iati": report,
        "crosswalk": iati.crosswalk(),
        "dataset": catalogue.dataset_for_search_engines(package.built(version())),
    }
    return render(request, "partnership/data.html", context)

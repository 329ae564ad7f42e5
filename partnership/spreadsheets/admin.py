"""Import and export in the admin: a mixin for the admin of a kind of record that has sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..record.schemas import records, serialize
from ..signin import security_log
from .columns import SHEETS, Sheet
from .formats import csv_lines, sheet_page
from .import_pages import FORMATS, ImportPages
from .workbook import workbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Spreadsheets(ImportPages):
    """Adds “Import” and “Export” to the list of a kind of record."""

    change_list_template = "admin/spreadsheet_change_list.html"
    #: The sheets that are imported and exported from this list, the kind’s own first.
    sheets: list[str] = []

    # What Django’s ModelAdmin gives
    opts: Any
    admin_site: Any
    model: type[Model]
    get_changelist_instance: Callable[..., Any]
    has_add_permission: Callable[..., bool]
    has_change_permission: Callable[..., bool]
    has_view_permission: Callable[..., bool]

    def get_urls(self) -> list[Any]:
        def at(route: str, view: Callable[..., HttpResponseBase], name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=self._name(name))

        return [
            at("import/<slug:sheet>/", self.import_view, "import"),
            at("import/<slug:sheet>/<int:upload>/", self.dry_run_view, "dry_run"),
            at("import/<slug:sheet>/<int:upload>/columns/", self.columns_view, "columns"),
            at("import/<slug:sheet>/template.<slug:suffix>", self.template_view, "template"),
            at("export/", self.export_view, "export"),
            at("export/<slug:sheet>.<slug:suffix>", self.export_file_view, "export_file"),
            *super().get_urls(),
        ]

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _reverse(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self._name(page)}", args=args)

    def _sheet(self, name: str) -> Sheet:
        if name not in self.sheets:
            raise Http404(f"There is no sheet {name} here.")
        return SHEETS[name]

    def _may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) or self.has_change_permission(request)

    def _context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **more}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "import_url": self._reverse("import", self.sheets[0]) if self._may_import(request) else "",
            "export_url": self._reverse("export"),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    # Export

    def _listed(self, request: HttpRequest) -> Any:
        """The records on the list as it is filtered."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.get_changelist_instance(request).get_queryset(request)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        try:
            number = self._listed(request).count()
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{self._reverse('changelist')}?e=1")
        query = request.GET.urlencode()
        tables = [
            (
                SHEETS[name].label,
                [
                    (words, f"{self._reverse('export_file', name, suffix)}{'?' if query else ''}{query}")
                    for suffix, words in FORMATS.items()
                ],
            )
            for name in self.sheets
        ]
        title = _("Export: %(kind)s") % {"kind": self.opts.verbose_name_plural}
        context = self._context(request, title, tables=tables, number=number, is_filtered=bool(query))
        return TemplateResponse(request, "admin/spreadsheet_export.html", context)

    def export_file_view(self, request: HttpRequest, sheet: str, suffix: str) -> HttpResponse:
        exported = self._sheet(sheet)
        try:
            listed = self._listed(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{self._reverse('changelist')}?e=1")
        security_log.note(security_log.What.EXPORTED, request=request, detail=f"{sheet}.{suffix}")
        rows = records(exported.kind).filter(pk__in=listed.order_by().values("pk"))
        texts = (serialize(exported.schema, record) for record in rows.iterator(chunk_size=500))
        return _download(exported, suffix, f"{sheet}-{timezone.localdate():%Y-%m-%d}", texts)

    def template_view(self, request: HttpRequest, sheet: str, suffix: str) -> HttpResponse:
        if not self._may_import(request):
            raise PermissionDenied
        return _download(self._sheet(sheet), suffix, f"{sheet}-template", (), explained=True)


def _download(
    sheet: Sheet, suffix: str, name: str, texts: Iterable[dict[str, Any]], *, explained: bool = False
) -> HttpResponse:
    # Not streamed: half a file would be taken for the whole.
    if suffix == "csv":
        response = HttpResponse(csv_lines(sheet, texts, explained=explained), content_type="text/csv; charset=utf-8")
    elif suffix == "xlsx":
        response = HttpResponse(workbook([sheet_page(sheet, texts, explained=explained)]), content_type=_XLSX)
    else:
        raise Http404(f"There is no format {suffix}.")
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return response

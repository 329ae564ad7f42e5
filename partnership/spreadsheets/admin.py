"""Import and export in the admin: a mixin for the admin of a kind of record that has sheets.

A page that works for long is sent as it comes about, a line for each step; no script is needed to see it move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import SpreadsheetUpload
from ..record.schemas import records, serialize
from ..signin import security_log
from .checks import Answers
from .columns import SHEETS, Sheet
from .formats import csv_lines, read, workbook
from .imports import Conflict, Import

#: Of how many records a dry run shows what would change; of the others it gives the number.
MOST_SHOWN = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Where the page is cut in two: what comes before is sent first, what comes after last.
_CUT = "<!-- progress -->"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("XLSX or CSV, at most 12 MB and 20,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )


class ReasonsForm(forms.ModelForm):
    """Why, for all the records of an import."""

    class Meta:
        model = SpreadsheetUpload
        fields = ["reason", "allowed_because", "right_because", "are_others"]
        labels = {
            "reason": gettext_lazy("Reason for the changes"),
            "allowed_because": gettext_lazy("Why personal data may stand here"),
            "right_because": gettext_lazy("Why it is right all the same"),
            "are_others": gettext_lazy("They are other ones"),
        }
        help_texts = {
            "reason": gettext_lazy(
                "Readers see it in the list of changes. Needed when a published figure changes, for example: "
                "The travel report has been found."
            ),
            "allowed_because": gettext_lazy("Only if you are asked for it. For example: mayor, named in office."),
            "right_because": gettext_lazy(
                "Only if you are asked about something doubtful. For example: the source says so on p. 3."
            ),
            "are_others": gettext_lazy(
                "Tick when you have looked at the records named above, and no new one is one of them."
            ),
        }
        widgets = {
            "reason": forms.TextInput(attrs={"class": "vTextField"}),
            "allowed_because": forms.TextInput(attrs={"class": "vTextField"}),
            "right_because": forms.TextInput(attrs={"class": "vTextField"}),
        }


class Spreadsheets:
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
                    for suffix, words in _FORMATS.items()
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

    # Import

    def import_view(self, request: HttpRequest, sheet: str) -> HttpResponse:
        """Takes a spreadsheet and goes on to its dry run. What is far too large never comes this far."""
        if not self._may_import(request):
            raise PermissionDenied
        return self._upload(request, self._sheet(sheet))

    def _upload(self, request: HttpRequest, sheet: Sheet) -> HttpResponse:
        SpreadsheetUpload.objects.expired().delete()
        if request.method != "POST":
            return self._upload_page(request, sheet, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._upload_page(request, sheet, form)
        file = form.cleaned_data["file"]
        content = file.read()
        try:
            read(sheet, content)
        except ValidationError as error:
            return self._upload_page(request, sheet, form, " ".join(error.messages))
        by: Any = request.user
        upload = SpreadsheetUpload.objects.create(by=by, sheet=sheet.name, name=file.name[:200], content=content)
        return HttpResponseRedirect(self._reverse("dry_run", sheet.name, upload.pk))

    def _upload_page(
        self, request: HttpRequest, sheet: Sheet, form: UploadForm, error: str = "", status: int = 200
    ) -> HttpResponse:
        if error:
            form.errors.setdefault("file", form.error_class()).append(error)
        context = self._context(
            request,
            _("Import: %(sheet)s") % {"sheet": sheet.label.lower()},
            form=form,
            sheet=sheet,
            others=[
                (SHEETS[name].label.lower(), self._reverse("import", name))
                for name in self.sheets
                if name != sheet.name
            ],
            templates=[(words, self._reverse("template", sheet.name, suffix)) for suffix, words in _FORMATS.items()],
            may_publish=request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}"),
        )
        return TemplateResponse(request, "admin/spreadsheet_upload.html", context, status=status)

    def dry_run_view(self, request: HttpRequest, sheet: str, upload: int) -> HttpResponseBase:
        """Shows what a file would do; by POST, looks again with the reasons that were given, or loads it."""
        if not self._may_import(request):
            raise PermissionDenied
        imported = self._sheet(sheet)
        own = SpreadsheetUpload.objects.waiting().filter(by_id=request.user.pk, sheet=sheet)
        uploaded = own.filter(pk=upload).first()
        if uploaded is None or not uploaded.is_whole:
            gone = _("This file is no longer kept. If it was loaded, nothing is left to do; otherwise bring it again.")
            return self._upload_page(request, imported, UploadForm(), gone, status=404)
        form = ReasonsForm(request.POST or None, instance=uploaded)
        is_loading = request.method == "POST" and form.is_valid() and "load" in request.POST
        if request.method == "POST" and form.is_valid():
            form.save()
            if not is_loading:
                return HttpResponseRedirect(request.path)
        title = _("Loading: %(name)s") if is_loading else _("Dry run: %(name)s")
        context = self._context(
            request, title % {"name": uploaded.name}, sheet=imported, import_url=self._reverse("import", imported.name)
        )
        page = render_to_string("admin/spreadsheet_progress.html", {**context, "cut": _CUT}, request=request)
        step = self._loading if is_loading else self._checking
        return _as_it_comes_about(page, step(request, imported, uploaded, form))

    def _checking(
        self,
        request: HttpRequest,
        sheet: Sheet,
        upload: SpreadsheetUpload,
        form: ReasonsForm,
        moved: Iterable[str] = (),
    ) -> Iterator[str]:
        uploaded = _import_of(sheet, upload)
        yield from _progress(uploaded.check(), uploaded.total, _("%(done)s of %(all)s rows checked"))
        # It may be gone by now, when the button was pressed twice.
        SpreadsheetUpload.objects.filter(pk=upload.pk).update(seen=uploaded.versions)
        codes = {error.code for error in uploaded.errors}
        # What was never in question is not shown.
        answers = {"reason"} | {
            name
            for name, code in (("allowed_because", "personal"), ("right_because", "doubt"), ("are_others", "duplicate"))
            if code in codes or getattr(upload, name)
        }
        context = {
            "uploaded": uploaded,
            "sections": [
                (_("Would be created"), uploaded.created[:MOST_SHOWN], len(uploaded.created)),
                (_("Would be updated"), uploaded.updated[:MOST_SHOWN], len(uploaded.updated)),
            ],
            "most_shown": MOST_SHOWN,
            "upload": upload,
            "kept_until": upload.made_at + SpreadsheetUpload.LIFETIME,
            "answers": [field for field in form if field.name in answers],
            "moved": moved,
            "list_url": self._reverse("changelist"),
        }
        yield render_to_string("admin/spreadsheet_dry_run.html", context, request=request)

    def _loading(
        self, request: HttpRequest, sheet: Sheet, upload: SpreadsheetUpload, form: ReasonsForm
    ) -> Iterator[str]:
        uploaded = _import_of(sheet, upload)
        yield from _progress(uploaded.check(), uploaded.total, _("%(done)s of %(all)s rows checked"))
        if uploaded.errors:
            yield from self._checking(request, sheet, upload, form)
            return
        try:
            # Only with the last line is all of it kept: a reader who goes away takes it all back.
            with transaction.atomic():
                if not SpreadsheetUpload.objects.filter(pk=upload.pk).delete()[0]:
                    raise Conflict([])
                written = _("%(done)s of %(all)s records written")
                yield from _progress(uploaded.load(upload.seen or {}), len(uploaded.changes), written)
        except Conflict as conflict:
            yield from self._checking(request, sheet, upload, form, conflict.codes)
            return
        except DatabaseError:
            context = {"is_busy": True, "again_url": request.path}
        else:
            context = {"uploaded": uploaded, "list_url": self._reverse("changelist")}
        yield render_to_string("admin/spreadsheet_loaded.html", context, request=request)


_FORMATS = {"xlsx": gettext_lazy("XLSX workbook"), "csv": gettext_lazy("CSV file")}


def _download(
    sheet: Sheet, suffix: str, name: str, texts: Iterable[dict[str, Any]], *, explained: bool = False
) -> HttpResponse:
    # Not streamed: half a file would be taken for the whole.
    if suffix == "csv":
        response = HttpResponse(csv_lines(sheet, texts, explained=explained), content_type="text/csv; charset=utf-8")
    elif suffix == "xlsx":
        response = HttpResponse(workbook(sheet, texts, explained=explained), content_type=_XLSX)
    else:
        raise Http404(f"There is no format {suffix}.")
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return response


def _import_of(sheet: Sheet, upload: SpreadsheetUpload) -> Import:
    answers = Answers(
        upload.reason.strip(), upload.allowed_because.strip(), upload.are_others, upload.right_because.strip()
    )
    return Import(sheet, read(sheet, bytes(upload.content)), upload.by, answers)


def _progress(steps: Iterator[int], total: int, words: str) -> Iterator[str]:
    for done in steps:
        yield format_html("<p>{}</p>\n", words % {"done": done, "all": total})


def _as_it_comes_about(page: str, parts: Iterator[str]) -> StreamingHttpResponse:
    before, after = page.split(_CUT)
    language = translation.get_language()

    def full_page() -> Iterator[str]:
        yield before
        # What is sent is made after the middleware that chose the language has done with the response.
        with translation.override(language):
            yield from parts
        yield after

    response = StreamingHttpResponse(full_page())
    # A proxy in front would otherwise wait for the end.
    response["X-Accel-Buffering"] = "no"
    response["Cache-Control"] = "no-store"
    return response

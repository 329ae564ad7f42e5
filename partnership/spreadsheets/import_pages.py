"""The pages of an import: file, columns and names, questions and trial, loaded. Each can be left and come back to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ..files.validators import LARGEST_FILE
from ..models import Source, SpreadsheetUpload
from ..record.rules import may_publish
from . import import_tasks
from .columns import SHEETS, Sheet
from .imports import PUBLISH, REVIEW
from .names import Names
from .questions import MOST_NAMES, answer, answer_names, grouped, named_in
from .tables import Layout
from .uploads import read_file

#: What people know the encodings by.
ENCODING_LABELS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-8 twice": gettext_lazy("UTF-8, written twice"),
    "utf-8 and cp1252": gettext_lazy("UTF-8 mixed with Windows"),
    "cp1252": "Windows (cp1252)",
    "mac_roman": gettext_lazy("Older Macintosh (Mac Roman)"),
    "cp850": "DOS (cp850)",
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("XLSX, XLS, XLSB, ODS or CSV, at most 12 MB and 20,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.xls,.xlsb,.ods,.csv,.txt,.tsv"}),
    )

    def clean_file(self) -> Any:
        """Before it is read: a form of staff may bring files that are far larger."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 12 MB. Split it into several."))
        return file


class AnswersForm(forms.ModelForm):
    """What holds for all the records of an import."""

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


class ImportPages:
    """Adds the pages to the admin of a kind of record; ``Spreadsheets`` gives their addresses."""

    # What Spreadsheets and Django’s ModelAdmin give
    opts: Any
    model: Any
    sheets: list[str]
    _reverse: Any
    _sheet: Any
    _may_import: Any
    _context: Any

    # 1. The file

    def import_view(self, request: HttpRequest, sheet: str) -> HttpResponse:
        """Takes a spreadsheet. What is far too large never comes this far."""
        if not self._may_import(request):
            raise PermissionDenied
        imported = self._sheet(sheet)
        SpreadsheetUpload.objects.expired().delete()
        if request.method != "POST":
            return self._upload_page(request, imported, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._upload_page(request, imported, form)
        sent = form.cleaned_data["file"]
        by: Any = request.user
        upload = SpreadsheetUpload(by=by, sheet=imported.name, name=sent.name[:200], content=sent.read())
        try:
            import_tasks.reread(upload)
            layout = import_tasks.layout_of(upload)
            upload.total = len(layout.table().lines)
        except ValidationError as error:
            return self._upload_page(request, imported, form, " ".join(error.messages))
        upload.save()
        page = "dry_run" if layout.is_certain and not self._unknown_names(layout) else "columns"
        return HttpResponseRedirect(self._reverse(page, imported.name, upload.pk))

    def _upload_page(
        self, request: HttpRequest, sheet: Sheet, form: UploadForm, error: str = "", status: int = 200
    ) -> HttpResponse:
        if error:
            form.errors.setdefault("file", form.error_class()).append(error)
        waiting = SpreadsheetUpload.objects.waiting().filter(by_id=request.user.pk, sheet=sheet.name)
        context = self._context(
            request,
            _("Import: %(sheet)s") % {"sheet": sheet.label.lower()},
            form=form,
            sheet=sheet,
            waiting=[
                (upload, self._reverse("dry_run", sheet.name, upload.pk), upload.made_at + SpreadsheetUpload.LIFETIME)
                for upload in waiting.defer("content", "grid", "result", "seen")
            ],
            others=[
                (SHEETS[name].label.lower(), self._reverse("import", name))
                for name in self.sheets
                if name != sheet.name
            ],
            templates=[(words, self._reverse("template", sheet.name, suffix)) for suffix, words in FORMATS.items()],
            may_publish=may_publish(request.user, self.model),
        )
        return TemplateResponse(request, "admin/spreadsheet_upload.html", context, status=status)

    def _upload(self, request: HttpRequest, sheet: str, pk: int) -> SpreadsheetUpload:
        """The user’s own upload. Raises Http404 for one that is gone."""
        if not self._may_import(request):
            raise PermissionDenied
        own = SpreadsheetUpload.objects.waiting().filter(by_id=request.user.pk, sheet=self._sheet(sheet).name)
        upload = own.filter(pk=pk).first()
        if upload is None or not (upload.loaded_at or upload.is_whole):
            raise Http404(f"There is no upload {pk}.")
        upload.language = get_language() or ""
        return upload

    def _gone(self, request: HttpRequest, sheet: str) -> HttpResponse:
        gone = _("This file is no longer kept. If it was loaded, nothing is left to do; otherwise bring it again.")
        return self._upload_page(request, self._sheet(sheet), UploadForm(), gone, status=404)

    # 2. Columns and names

    def _unknown_names(self, layout: Layout) -> bool:
        names = Names(layout.choices.names)
        return any(not entry.is_known for entry in named_in(layout.table(), names))

    def columns_view(self, request: HttpRequest, sheet: str, upload: int) -> HttpResponse:
        """What each column is, which page and encoding hold, and whom the names mean."""
        try:
            stored = self._upload(request, sheet, upload)
        except Http404:
            return self._gone(request, sheet)
        if stored.loaded_at or stored.task:
            return HttpResponseRedirect(self._reverse("dry_run", sheet, stored.pk))
        unknown: list[str] = []
        error = ""
        if request.method == "POST":
            try:
                is_new_layout, unknown = self._take_columns(request, stored)
            except ValidationError as refusal:
                error, is_new_layout = " ".join(refusal.messages), True
                stored.refresh_from_db()
            if not error and not is_new_layout and not unknown and "go" in request.POST:
                layout = import_tasks.layout_of(stored)
                if not layout.repeated and not self._unknown_names(layout):
                    return HttpResponseRedirect(self._reverse("dry_run", sheet, stored.pk))
        return self._columns_page(request, stored, error, unknown)

    def _take_columns(self, request: HttpRequest, upload: SpreadsheetUpload) -> tuple[bool, list[str]]:
        """Saves what was sent; says whether the page has to be looked at anew. Raises ValidationError."""
        data, choices = request.POST, import_tasks.choices_of(upload)
        shown = import_tasks.layout_of(upload)
        was_hidden = choices.takes_hidden
        encoding = data.get("encoding", "")
        if encoding and encoding != upload.file["encoding"]:
            upload.file = read_file(bytes(upload.content), encoding)
            choices.encoding = encoding
        for name in ("page", "header"):
            if data.get(name, "").isdecimal():
                setattr(choices, name, int(data[name]))
        if choices.page != shown.page.index:
            choices.header = None
        upload.choices = choices.as_json()
        layout = import_tasks.layout_of(upload)
        before, after = ((own.encoding, own.page.index, own.header) for own in (shown, layout))
        is_new = before != after
        unknown: list[str] = []
        if is_new:
            choices.columns, choices.rows, choices.cells, choices.same = {}, {}, {}, {}
        else:
            choices.takes_hidden = "takes_hidden" in data
            choices.remembers = "remembers" in data
            for heading in layout.headings:
                if f"column-{heading.place}" in data:
                    choices.columns[str(heading.place)] = data[f"column-{heading.place}"]
            unknown = answer_names(choices, data, Names(choices.names), layout.sheet)
            answer(choices, data)
        upload.choices = choices.as_json()
        upload.total = len(import_tasks.layout_of(upload).table().lines)
        upload.result = None
        upload.save()
        return is_new or choices.takes_hidden != was_hidden, unknown

    def _columns_page(
        self, request: HttpRequest, upload: SpreadsheetUpload, error: str, unknown: list[str]
    ) -> HttpResponse:
        layout = import_tasks.layout_of(upload)
        table = layout.table()
        entries = named_in(table, Names(layout.choices.names))
        targets = [(name, column.label) for name, column in layout.sheet.targets().items()]
        open_names = [entry for entry in entries if not entry.is_known]
        context = self._context(
            request,
            _("Take in a list: %(sheet)s") % {"sheet": layout.sheet.label.lower()},
            upload=upload,
            kept_until=upload.made_at + SpreadsheetUpload.LIFETIME,
            layout=layout,
            table=table,
            error=error,
            unknown=unknown,
            targets=targets,
            encodings=[(code, ENCODING_LABELS.get(code, code), sample) for code, sample in layout.encodings],
            taken=sum(1 for heading in layout.headings if heading.column),
            entries=entries[:MOST_NAMES],
            more_entries=max(0, len(entries) - MOST_NAMES),
            open_names=open_names,
            import_url=self._reverse("import", layout.sheet.name),
            step=2,
        )
        return TemplateResponse(request, "admin/spreadsheet_columns.html", context)

    # 3. Questions and trial, 4. loaded

    def dry_run_view(self, request: HttpRequest, sheet: str, upload: int) -> HttpResponse:
        """What a file would do and all that is asked of it; by POST, takes answers, or loads it."""
        try:
            stored = self._upload(request, sheet, upload)
        except Http404:
            return self._gone(request, sheet)
        if stored.loaded_at:
            return self._loaded_page(request, stored)
        if stored.task:
            return self._progress_page(request, stored)
        form = AnswersForm(request.POST or None, instance=stored)
        if request.method == "POST" and form.is_valid():
            return self._take_answers(request, stored, form)
        if import_tasks.is_long(stored) and stored.result is None:
            return self._hand_over(stored, SpreadsheetUpload.Task.CHECK)
        result = stored.result or {}
        if not import_tasks.is_long(stored):
            moved = {key: result[key] for key in ("moved", "refused", "is_busy") if key in result}
            result = {**import_tasks.check(stored), **moved}
            if moved:
                SpreadsheetUpload.objects.filter(pk=stored.pk).update(result=None)
        return self._trial_page(request, stored, form, result)

    def _take_answers(self, request: HttpRequest, upload: SpreadsheetUpload, form: AnswersForm) -> HttpResponse:
        choices = import_tasks.choices_of(upload)
        answer(choices, request.POST)
        choices.source = request.POST.get("source", choices.source)[:300].strip()
        choices.source_issuer = request.POST.get("source_issuer", choices.source_issuer)[:200].strip()
        if request.POST.get("finish") in {"draft", PUBLISH, REVIEW}:
            choices.finish = request.POST["finish"]
        if not may_publish(request.user, self.model):
            choices.finish = REVIEW
        upload.choices = choices.as_json()
        form.save()
        own = SpreadsheetUpload.objects.filter(pk=upload.pk)
        if "load" not in request.POST:
            own.update(result=None)
        elif import_tasks.is_long(upload):
            return self._hand_over(upload, SpreadsheetUpload.Task.LOAD)
        else:
            own.update(result=import_tasks.load(upload))
        return HttpResponseRedirect(request.path)

    def _hand_over(self, upload: SpreadsheetUpload, task: str) -> HttpResponse:
        own = SpreadsheetUpload.objects.filter(pk=upload.pk, loaded_at=None)
        own.update(task=task, language=upload.language, done=0, worked_at=None)
        return HttpResponseRedirect(self._reverse("dry_run", upload.sheet, upload.pk))

    def _progress_page(self, request: HttpRequest, upload: SpreadsheetUpload) -> HttpResponse:
        context = self._context(
            request,
            _("Dry run: %(name)s") % {"name": upload.name},
            upload=upload,
            import_url=self._reverse("import", upload.sheet),
            step=3,
        )
        return TemplateResponse(request, "admin/spreadsheet_progress.html", context)

    def _trial_page(
        self, request: HttpRequest, upload: SpreadsheetUpload, form: AnswersForm, result: dict[str, Any]
    ) -> HttpResponse:
        sheet, choices = SHEETS[upload.sheet], import_tasks.choices_of(upload)
        groups = grouped(result.get("errors", []), sheet)
        codes = {group.code for group in groups}
        # What was never in question is not shown.
        answers = {"reason"} | {
            name
            for name, code in (("allowed_because", "personal"), ("right_because", "doubt"), ("are_others", "duplicate"))
            if code in codes or getattr(upload, name)
        }
        count = len(groups)
        title = _("Look, and load: %(name)s") % {"name": upload.name}
        if count:
            title = ngettext(
                "%(count)s question, then the list is ready", "%(count)s questions, then the list is ready", count
            ) % {"count": count}
        is_cited = "citations" in sheet.schema.rows and sheet.name != "delegates"
        context = self._context(
            request,
            title,
            upload=upload,
            sheet=sheet,
            result=result,
            groups=groups,
            choices=choices,
            kept_until=upload.made_at + SpreadsheetUpload.LIFETIME,
            answers=[field for field in form if field.name in answers],
            is_cited=is_cited,
            source=self._source(choices.source) if is_cited else None,
            sources=Source.objects.order_by("title").values_list("title", flat=True)[:300] if is_cited else [],
            issuer=choices.source_issuer or str(getattr(request.user, "partner", None) or ""),
            may_publish=may_publish(request.user, self.model),
            kind=capfirst(str(self.opts.verbose_name_plural)),
            columns_url=self._reverse("columns", upload.sheet, upload.pk),
            import_url=self._reverse("import", upload.sheet),
            list_url=self._reverse("changelist"),
            step=3,
        )
        return TemplateResponse(request, "admin/spreadsheet_trial.html", context)

    def _source(self, title: str) -> Source | None:
        code = Names().meant(Source, title) if title else None
        return Source.objects.filter(code=code).first() if code else None

    def _loaded_page(self, request: HttpRequest, upload: SpreadsheetUpload) -> HttpResponse:
        context = self._context(
            request,
            _("All of it is loaded"),
            upload=upload,
            result=upload.result or {},
            may_publish=may_publish(request.user, self.model),
            import_url=self._reverse("import", upload.sheet),
            list_url=self._reverse("changelist"),
            step=4,
        )
        return TemplateResponse(request, "admin/spreadsheet_loaded.html", context)


FORMATS = {"xlsx": gettext_lazy("XLSX workbook"), "csv": gettext_lazy("CSV file")}

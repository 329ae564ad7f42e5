"""A binder of paper: scans sent together become documents, sources and visits; what they share is typed once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import FileExtensionValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from projects.models import Project
from visits.models import Visit, VisitCitation

from ..fields.codes import language_choices
from ..fields.periods import PeriodField
from ..files import hidden
from ..files.storage import delete_files_on_rollback
from ..models import Document, HeldUpload, Source
from ..publishing import NEWEST_FIRST, State
from ..record import history, rules
from ..web import held_uploads
from .citations import CitationForm
from .file_forms import DocumentForm
from .publishing import form_url
from .record_views import StaffRequest

#: Scans of one post, and seconds in which they are read; what is left over is named and sent again.
MOST_AT_ONCE, SECONDS = 20, 20
FILES = "files"
_SCAN = hidden.DocumentFormField(validators=[FileExtensionValidator(hidden.DOCUMENT_FORMATS)])
#: Where the session remembers what the last scans shared.
_SHARED = "papers"
NEW = "new"
#: What all sources of a pile share.
SHARED_BY_SOURCES = ("publisher", "grade", "language")
#: What a scan can tell of; values of the choice are “visit:12”.
_TOLD: dict[str, Any] = {"visit": Visit, "project": Project}


def _period_field(**options: Any) -> Any:
    field: Any = PeriodField().formfield(required=False, **options)
    field.widget.has_picker = False
    return field


class SharedForm(forms.Form):
    """What all scans of a pile have in common."""

    publisher = forms.CharField(label=gettext_lazy("Who issued them"), max_length=200, required=False)
    grade = forms.ChoiceField(label=gettext_lazy("who speaks"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=Document.Kind.choices, initial=Document.Kind.OTHER)
    language = forms.ChoiceField(label=gettext_lazy("language"), required=False)
    credit = forms.CharField(label=gettext_lazy("From whose archive"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["grade"].choices = [("", "---------"), *Source.Grade.choices]
        fields["language"].choices = [("", "---------"), *language_choices()]


class PaperDocumentForm(DocumentForm):
    class Meta:
        model = Document
        fields = ("kind", "language", "period", "credit", "file")
        field_classes = {"file": hidden.DocumentFormField}


class AboutForm(forms.Form):
    """What a scan is evidence for."""

    is_source = forms.BooleanField(label=gettext_lazy("It can be cited as a source"), required=False, initial=True)
    record = forms.ChoiceField(label=gettext_lazy("It tells of"), required=False)
    when = _period_field(label=gettext_lazy("When the new visit was"))
    direction = forms.ChoiceField(
        label=gettext_lazy("Which way the new visit went"),
        choices=Visit.Direction.choices,
        initial=Visit.Direction.UNKNOWN,
        required=False,
    )

    def __init__(self, *args: Any, records: list[Any], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["record"].choices = records  # type: ignore[attr-defined]


class Paper:
    """One scan with its forms: the document, the source that it is, and the visit that it tells of."""

    def __init__(self, upload: HeldUpload, request: StaffRequest, shared: SharedForm, records: list[Any]):
        self.upload, self.user = upload, request.user
        key = self.key = upload.key
        is_sent = f"{key}-there" in request.POST
        title = f"title_{get_language()}"
        self.title_name = f"{key}-{title}"
        data = QueryDict(mutable=True)
        data.update(request.POST)
        common = {name: shared.data.get(name, "") for name in shared.fields}
        for name in ("kind", "language", "credit"):
            data[f"{key}-{name}"] = common[name]
        data[f"{key}-state"] = State.DRAFT
        form_class = forms.modelform_factory(
            Document, PaperDocumentForm, fields=(title, *PaperDocumentForm.Meta.fields)
        )
        initial = {title: PurePath(upload.name).stem.replace("_", " ")}
        self.about = AboutForm(
            data if is_sent else None, prefix=key, records=records, initial={"record": request.GET.get("record", "")}
        )
        cited = {"title": self.title_name, "published": f"{key}-period"}
        for name, typed in cited.items():
            data[f"{key}-source-new_{name}"] = data.get(typed, "")
        for name in SHARED_BY_SOURCES:
            data[f"{key}-source-new_{name}"] = common[name]
        self._file = held_uploads.restored(upload) if is_sent else None
        files: Any = {f"{key}-file": self._file} if is_sent else None
        self.document: Any = form_class(data if is_sent else None, files, prefix=key, initial=initial)
        source_class = forms.modelform_factory(VisitCitation, CitationForm, fields=("source", "locator"))
        self.citation = source_class(data if is_sent else None, prefix=f"{key}-source")

    @property
    def title(self) -> forms.BoundField:
        return self.document[self.title_name.removeprefix(f"{self.key}-")]

    @cached_property
    def shown(self) -> list[forms.BoundField]:
        """The fields of the row, those that only answer a question where it is asked."""
        answers = [self.document[name] for name in self.document.extra_fields if name in self.document.overruling()]
        match: Any = self.citation.fields["match"]
        return [
            self.title,
            self.document["period"],
            *answers,
            self.about["is_source"],
            *([self.citation["match"]] if match.choices else []),
            self.about["record"],
            self.about["when"],
            self.about["direction"],
            self.citation["locator"],
        ]

    @cached_property
    def errors(self) -> list[str]:
        """What keeps it from being taken in; none of a row that was not sent."""
        if not self.document.is_bound:
            return []
        errors = [*_sentences(self.document), *_sentences(self.about)]
        if self._is_source:
            errors += _sentences(self.citation, but=SHARED_BY_SOURCES)
        if not errors and (record := self._record) and record.pk and not rules.may_change(self.user, record):
            errors.append(_("Only a publisher adds to what is public. Choose a draft, or leave it empty."))
        return list(dict.fromkeys(errors))

    @cached_property
    def _is_source(self) -> bool:
        return bool(self.about.is_valid() and self.about.cleaned_data["is_source"])

    @cached_property
    def _record(self) -> Visit | Project | None:
        """The record that was chosen, or a new visit; None where it tells of none."""
        if not self.about.is_valid():
            return None
        typed = self.about.cleaned_data
        if typed["record"] == NEW or (typed["when"] and not typed["record"]):
            return Visit(period=typed["when"], direction=typed["direction"] or Visit.Direction.UNKNOWN)
        kind, _colon, key = typed["record"].partition(":")
        return _TOLD[kind]._default_manager.filter(pk=key).first() if key else None

    def close(self) -> None:
        """The stored file was opened to be read."""
        if self._file:
            self._file.close()

    @property
    def lacking(self) -> list[str]:
        """What all share and this one needs to be a source."""
        if not self.document.is_bound or not self._is_source:
            return []
        return [name for name in SHARED_BY_SOURCES if f"new_{name}" in self.citation.errors]

    @property
    def is_ready(self) -> bool:
        return self.document.is_bound and not self.errors and not self.lacking

    def save(self) -> list[Any]:
        """Makes the drafts, and returns the records that were made or added to."""
        document = self.document.save()
        records: list[Any] = [document]
        history.note(document, {}, self.user)
        source = self._save_source(document) if self._is_source else None
        if source:
            records.append(source)
        if record := self._record:
            before = history.snapshot(record) if record.pk else {}
            record.save()
            record.documents.add(document)
            if source:
                locator = self.citation.cleaned_data["locator"]
                record.citations.get_or_create(source=source, about="", defaults={"locator": locator})
            history.note(record, before, self.user)
            records.append(record)
        self.upload.delete()
        transaction.on_commit(self.upload.delete_file)
        return records

    def _save_source(self, document: Document) -> Source:
        """The new source with the document, or the one on file; to that it is added where the user may."""
        source = self.citation.cleaned_data["source"]
        before = history.snapshot(source) if source.pk else {}
        if not source.pk:
            source.kind = Source.Kind.ARCHIVE
            source.save()
        elif not rules.may_change(self.user, source):
            return source
        source.documents.add(document)
        history.note(source, before, self.user)
        return source


def _sentences(form: forms.BaseForm, but: tuple[str, ...] = ()) -> Iterator[str]:
    """The errors of a form, each after the name of its field."""
    for name, errors in form.errors.items():
        if name.removeprefix("new_") in but:
            continue
        label = capfirst(str(form.fields[name].label)) if name in form.fields else ""
        yield from (f"{label}: {error}" if label else str(error) for error in errors)


def may_take_in(user: Any) -> bool:
    needed = ("partnership.add_document", "partnership.add_source", "visits.add_visit")
    return user.has_perms(needed) and not user.works_outside_the_eu


def takes(record: Any) -> bool:
    return record._meta.model_name in _TOLD


def url_for(record: Any) -> str:
    """The page with this record chosen for each scan."""
    return f"{reverse('admin:papers')}?{urlencode({'record': f'{record._meta.model_name}:{record.pk}'})}"


def papers(request: StaffRequest) -> HttpResponse:
    """Takes in scans: those that lack nothing become drafts, the others stay with what is asked about them."""
    if not may_take_in(request.user):
        raise PermissionDenied
    shared = SharedForm(request.POST if request.method == "POST" else None, initial=request.session.get(_SHARED))
    refusals: list[str] = []
    rows = _rows(request, shared)
    if request.method == "POST":
        request.session[_SHARED] = {name: request.POST.get(name, "") for name in shared.fields}
        if "leave" in request.POST:
            _waiting(request).filter(key=request.POST["leave"]).discard()
        elif shared.is_valid():
            with delete_files_on_rollback(), transaction.atomic():
                _take_in(request, rows)
            for name in {name for row in rows for name in row.lacking}:
                shared.add_error(name, _("Needed for what can be cited as a source."))
        for row in rows:
            row.close()
        refusals = _receive(request)
        if not refusals and not shared.errors and not any(row.errors for row in rows):
            return HttpResponseRedirect(request.get_full_path())
        rows = _rows(request, shared, {row.key: row for row in rows})
    context = {
        **admin.site.each_context(request),
        "title": _("Take in a binder of paper"),
        "shared": shared,
        "rows": rows,
        "refusals": refusals,
        "errors": [(row, error) for row in rows for error in row.errors],
        "help": hidden.FORMATS_HELP,
        "most": MOST_AT_ONCE,
    }
    return TemplateResponse(request, "admin/papers.html", context)


def _waiting(request: HttpRequest) -> Any:
    return held_uploads.waiting(request, FILES)


def _rows(request: StaffRequest, shared: SharedForm, known: Mapping[str, Paper] = MappingProxyType({})) -> list[Paper]:
    """The scans that wait; those that are known as they were sent."""
    uploads = list(_waiting(request))
    records = _records() if uploads else []
    return [known.get(upload.key) or Paper(upload, request, shared, records) for upload in uploads]


def _records() -> list[Any]:
    """Nothing, a new visit, and the visits and projects on record, the latest first."""
    choices: list[Any] = [("", "---------"), (NEW, _("a new visit"))]
    for kind, model in _TOLD.items():
        rows: Any = model._default_manager.in_use().exclude(state=State.WITHDRAWN).order_by(*NEWEST_FIRST)
        if kind == "visit":
            rows = rows.with_names()
        group = [(f"{kind}:{row.pk}", str(row)) for row in rows]
        choices.append((capfirst(str(model._meta.verbose_name_plural)), group))
    return choices


def _take_in(request: StaffRequest, rows: list[Paper]) -> None:
    for row in rows:
        if not row.is_ready:
            continue
        records = row.save()
        links: SafeString = format_html_join(", ", '<a href="{}">{}</a>', ((form_url(r), r) for r in records))
        messages.success(request, format_html(_("Taken in: {}."), links))


def _receive(request: HttpRequest) -> list[str]:
    """Keeps the scans that came, and says why others are none."""
    until = time.monotonic() + SECONDS
    refusals = []
    for number, file in enumerate(request.FILES.getlist(FILES)):
        if time.monotonic() > until or number >= MOST_AT_ONCE:
            refusals.append(_("%(name)s: too many at once. Send it again.") % {"name": file.name})
            continue
        try:
            content = _SCAN.clean(file)
        except ValidationError as error:
            refusals.append(f"{file.name}: {error.messages[0]}")
            continue
        held_uploads.hold_file(request, FILES, content, file.name or "")
    return refusals

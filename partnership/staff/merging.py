"""Merging two records of one thing: choosing the other, comparing them field by field, and undoing it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Merger
from ..models.history import MERGERS_UNDONE_WITHIN
from ..publishing import Record
from ..record import merging, rules
from ..record.personal_data import find_personal_data
from .publishing import PublishingMixin
from .record_views import RecordViewsMixin, StaffRequest

#: How many records a search for the other one shows.
MOST_SHOWN = 20


class MergeForm(forms.Form):
    """Which of two records stays, and the value of each column in which they differ. Nothing is chosen beforehand.

    Only where one of the two says nothing does the other’s value stand; a text may be joined of both.
    """

    keep = forms.ChoiceField(label=gettext_lazy("Which address stays?"), choices=[("first", ""), ("second", "")])
    reason = forms.CharField(
        label=gettext_lazy("Reason, which readers see among the changes"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say why the two are one.")},
    )

    def __init__(self, first: Any, second: Any, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.records = {"first": first, "second": second}
        self.differing, self.equal = merging.compared(first, second)
        self.fields["keep"].error_messages["required"] = _("Choose the address that stays.")
        for column in self.differing:
            choices = [("first", column.first), ("second", column.second), ("both", _("Both, like this:"))]
            choice = forms.ChoiceField(
                label=column.label,
                choices=choices if column.is_text and not column.only else choices[:2],
                widget=forms.RadioSelect,
                initial=column.only,
            )
            choice.error_messages["required"] = _("Choose one of the two.")
            self.fields[f"choice-{column.name}"] = choice
            if column.is_text and not column.only:
                both = " ".join(dict.fromkeys(text for text in (column.first, column.second) if text))
                text = forms.CharField(required=False, initial=both, widget=forms.Textarea(attrs={"rows": 3}))
                text.widget.attrs |= {"aria-label": _("Both texts together"), "lang": column.language}
                self.fields[f"text-{column.name}"] = text

    def rows(self) -> list[tuple[merging.Column, Any, Any]]:
        """Each differing column with its choice and the text of both."""
        names = [column.name for column in self.differing]
        texts = [self[f"text-{name}"] if f"text-{name}" in self.fields else None for name in names]
        return list(zip(self.differing, [self[f"choice-{name}"] for name in names], texts, strict=True))

    def clean_keep(self) -> str:
        """What readers know stays where they know it."""
        keep = self.cleaned_data["keep"]
        other = "second" if keep == "first" else "first"
        if self.records[other].is_published and not self.records[keep].is_published:
            raise ValidationError(_("The other one is public: its address stays."))
        return keep

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for column in self.differing:
            text = cleaned.get(f"text-{column.name}", "")
            if cleaned.get(f"choice-{column.name}") == "both" and (passage := next(find_personal_data(text), "")):
                self.add_error(f"text-{column.name}", rules.PERSONAL_DATA % {"passage": passage})
        return cleaned

    @property
    def survivor(self) -> Any:
        return self.records[self.cleaned_data["keep"]]

    @property
    def merged(self) -> Any:
        return next(record for record in self.records.values() if record is not self.survivor)

    def values(self) -> dict[str, Any]:
        """The chosen value of each column."""
        chosen = {column.name: self.cleaned_data[f"choice-{column.name}"] for column in self.differing}
        return {
            name: self.cleaned_data[f"text-{name}"] if choice == "both" else getattr(self.records[choice], name)
            for name, choice in chosen.items()
        }


class MergingMixin(PublishingMixin, RecordViewsMixin):
    def merging_urls(self) -> list[Any]:
        return [
            self.record_path("merge/", self.choose_view, "merge"),
            self.record_path("merge/undo/<int:merger_id>/", self.undo_merger_view, "unmerge"),
            self.record_path("merge/<int:other_id>/", self.merge_view, "compare"),
        ]

    def merging_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """The links and notices on the form of a record."""
        if not isinstance(record, merging.MERGEABLE):
            return {}
        mergers = Merger.objects.filter(model_name=self.opts.model_name, into=record.code, undone_at__isnull=True)
        context: dict[str, Any] = {
            "mergers": [merger for merger in mergers if merger.may_be_undone],
            "survivor": record.survivor if record.merged_into_id else None,
        }
        if self._may_merge(request, record):
            context["merge_url"] = self.record_url("merge", record.pk)
            context["alike"] = [
                (other, self.record_url("compare", record.pk, other.pk)) for other in merging.suggestions(record)
            ]
        return context

    def _may_merge(self, request: HttpRequest, record: Any) -> bool:
        return self.has_change_permission(request, record) and merging.may_merge(request.user, record)

    def _record_to_merge(self, request: HttpRequest, pk: Any) -> Any:
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self._may_merge(request, record):
            raise PermissionDenied
        return record

    def choose_view(self, request: HttpRequest, object_id: str) -> TemplateResponse:
        """Finds the other record: those most like it, and what a search brings."""
        record = self._record_to_merge(request, object_id)
        words = request.GET.get("q", "").strip()
        results: list[Any] = []
        if words:
            records, _duplicates = self.get_search_results(request, self.get_queryset(request), words)
            others = records.exclude(pk=record.pk).exclude(state="withdrawn").distinct()
            results = list(others[:MOST_SHOWN])
        context = {
            **self._merging_page(request, record),
            "title": _("Which other one is the same?"),
            "words": words,
            "alike": self._links(record, merging.suggestions(record)),
            "results": self._links(record, results),
        }
        return TemplateResponse(request, "admin/merge_choose.html", context)

    def _links(self, record: Any, others: list[Any]) -> list[tuple[Any, str]]:
        return [(other, self.record_url("compare", record.pk, other.pk)) for other in others]

    def merge_view(self, request: StaffRequest, object_id: str, other_id: int) -> HttpResponse:
        """Compares two records field by field and merges them, or remembers that they are two."""
        record = self._record_to_merge(request, object_id)
        other = self._record_to_merge(request, other_id)
        if record.pk == other.pk:
            return HttpResponseRedirect(self.record_url("merge", record.pk))
        if "_apart" in request.POST:
            merging.keep_apart(record, other, request.user)
            self.message_user(request, _("Noted: they are two, and no longer suggested as one."), messages.SUCCESS)
            return self.redirect_to_form(record)
        form = MergeForm(record, other, request.POST or None, prefix="merge")
        if request.method == "POST" and form.is_valid() and (response := self._merge(request, form)):
            return response
        context = {
            **self._merging_page(request, record),
            "title": _("Are these one and the same?"),
            "form": form,
            "records": [(key, each, *self._of(each)) for key, each in form.records.items()],
            "moving": merging.what_moves(other, record),
            "moving_back": merging.what_moves(record, other),
            "other": other,
            "undone_until": timezone.localdate() + MERGERS_UNDONE_WITHIN,
        }
        return TemplateResponse(request, "admin/merge.html", context)

    def _merge(self, request: StaffRequest, form: MergeForm) -> HttpResponse | None:
        """Merges, or adds what does not go together to the errors of the form."""
        survivor, merged = form.survivor, form.merged
        try:
            merging.merge(survivor, merged, values=form.values(), user=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
            return None
        message = _("“%(merged)s” is now part of this record. You can undo it until %(day)s.")
        day = timezone.localdate() + MERGERS_UNDONE_WITHIN
        self.message_user(request, message % {"merged": merged, "day": day}, messages.SUCCESS)
        return self.redirect_to_form(survivor)

    def undo_merger_view(self, request: StaffRequest, object_id: str, merger_id: int) -> HttpResponse:
        record = self.posted_record(request, object_id)
        merger = get_object_or_404(Merger, pk=merger_id, model_name=self.opts.model_name, into=record.code)
        if not self._may_merge(request, record):
            raise PermissionDenied
        try:
            restored = merging.undo(merger, request.user)
        except ValueError:
            self.message_user(request, _("This can no longer be undone."), messages.ERROR)
        else:
            self.message_user(request, _("They are two records again: “%(record)s” is back.") % {"record": restored})
        return self.redirect_to_form(record)

    def _of(self, record: Record) -> tuple[str, int]:
        citations = getattr(record, "citations", None)
        return str(record.get_state_display()), citations.count() if citations is not None else 0

    def _merging_page(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "record": record,
            "form_url": self.record_url("change", record.pk),
        }

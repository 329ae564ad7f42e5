"""The rows of sources in the form of a record: a source on file, or a new one that is made with the record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields.codes import language_choices
from ..fields.forms import CodeSelect
from ..fields.translated import language_columns
from ..models import Source
from ..record import history, rules
from ..record.duplicates import likely_duplicates
from ..record.personal_data import find_personal_data
from .forms import RecordFormSet
from .inlines import RecordInline

#: The columns of a new source that its row asks for; the rest is on its own page.
_COLUMNS = ("title", "publisher", "url", "published", "language", "grade")


def _new(name: str, **options: Any) -> Any:
    column: Any = Source._meta.get_field(name)
    return column.formfield(required=False, **options)


class CitationForm(forms.ModelForm):
    """Cites a source on file, or makes a new one. What is on file already is offered for use."""

    #: Which one it is, where what was typed is on file: the key of that source, or “new”.
    match = forms.ChoiceField(required=False, widget=forms.RadioSelect, label=gettext_lazy("It is on file already"))

    new_url = _new("url", assume_scheme="https", label=gettext_lazy("Address on the web"))
    new_title = _new("title")
    new_publisher = _new("publisher")
    new_grade = _new("grade")
    new_published = _new("published")
    new_language = _new("language", widget=CodeSelect(language_choices))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["new_published"].widget.has_picker = False
        if "source" not in self.fields:
            return
        self.fields["source"].required = False
        chosen = self.data.get(self.add_prefix("match"), "") if self.is_bound else ""
        self._offer(Source.objects.filter(pk=chosen) if chosen.isdecimal() else [], chosen)

    def _offer(self, sources: Any, chosen: str = "") -> None:
        """The choice is in the form only where there is something to choose."""
        choices = [
            (str(source.pk), _("Use it: %(source)s, %(publisher)s") % {"source": source, "publisher": source.publisher})
            for source in sources
        ]
        match: Any = self.fields["match"]
        match.choices = [*choices, ("new", _("No, it is another one"))] if choices or chosen else []
        match.widget.attrs["class"] = "match"

    @cached_property
    def new_source(self) -> Source | None:
        """The source that this row makes; None where it cites one on file."""
        source = self.cleaned_data.get("source") if hasattr(self, "cleaned_data") else None
        return source if source is not None and source.pk is None else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = {name: cleaned.get(f"new_{name}") or "" for name in _COLUMNS}
        if "source" not in self.fields or cleaned.get("source") or self._has_errors():
            return cleaned
        if not any(typed[name] for name in ("title", "publisher", "url")):
            if self.has_changed():
                self.add_error("source", _("Choose a source, or write the title and the issuer of a new one."))
            return cleaned
        chosen = cleaned.get("match")
        source = Source(**typed)
        if chosen and chosen != "new":
            cleaned["source"] = Source.objects.get(pk=chosen)
        elif chosen != "new" and (alike := likely_duplicates(source, set())):
            self._offer(alike)
            self.add_error("match", ValidationError(_("This source is on file. Is it this one?"), code="on_file"))
        elif self._is_sound(source):
            cleaned["source"] = source
        return cleaned

    def _has_errors(self) -> bool:
        return any(name in self.errors for name in ("source", *(f"new_{name}" for name in _COLUMNS)))

    def _is_sound(self, source: Source) -> bool:
        try:
            source.full_clean(exclude=["code", "slug"], validate_constraints=False)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(f"new_{name}" if name in _COLUMNS else None, errors)
        passage = next(find_personal_data(source.title), "")
        if passage and not self.data.get("allowed_because", "").strip():
            self.add_error("new_title", ValidationError(rules.PERSONAL_DATA % {"passage": passage}, code="personal"))
        return not self._has_errors()

    def _get_validation_exclusions(self) -> set[str]:
        """A source that is not saved yet has no key to be checked."""
        exclude = super()._get_validation_exclusions()  # type: ignore[misc]
        return {*exclude, "source"} if self.new_source is not None else exclude


class CitationFormSet(RecordFormSet):
    def get_unique_error_message(self, unique_check: Any) -> str:
        return _("This source is already cited here for the same thing.")

    def save_sources(self, user: Any) -> None:
        """Saves the new sources as drafts, each once, before the rows that cite them."""
        saved: dict[tuple[str, ...], Source] = {}
        for form in self.forms:
            source = getattr(form, "new_source", None)
            if source is None or form in self.deleted_forms:
                continue
            key = (source.title.casefold(), source.publisher.casefold(), source.url)
            if key not in saved:
                source.save()
                history.note(source, {}, user)
                saved[key] = source
            form.instance.source = saved[key]


class CitationInline(RecordInline, admin.StackedInline):
    form = CitationForm
    formset = CitationFormSet
    autocomplete_fields = ["source"]
    fieldsets = [
        (None, {"fields": ["source", "match", ("about", "locator", "quotation"), language_columns("says")]}),
        (
            gettext_lazy("Not on file? Make it here"),
            {
                "fields": [("new_url", "new_title"), ("new_publisher", "new_grade"), ("new_published", "new_language")],
                "classes": ["collapse"],
                "description": gettext_lazy(
                    "Paste its address or write its title: if it is on file, it is offered. It is saved with this form."
                ),
            },
        ),
    ]
    verbose_name = gettext_lazy("source of this record")
    verbose_name_plural = gettext_lazy("sources of this record")

    def get_fieldsets(self, request, obj=None):
        """Who may only look is offered no new source."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": ["source", ("about", "locator", "quotation"), language_columns("says")]})]

    def get_extra(self, request, obj=None, **kwargs):
        """A new record has an empty row for its first source; a link may bring a source to be cited along."""
        return 0 if obj and "cite" not in request.GET else 1

"""Lists: filter forms that read the query string and never fail, and pagination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Source

#: The maximum length of a text filter, in characters; a longer text is an error in the form.
LONGEST_WORDS = 200


@dataclass(frozen=True)
class Option:
    """One value of a filter, with the number of records it would find and the URL that lists them."""

    value: str
    label: str
    count: int
    url: str
    is_chosen: bool
    #: Label and count as a sentence, for screen readers.
    spoken: str = ""


@dataclass(frozen=True)
class Chip:
    """An active filter in words, with the URL of the list without it."""

    label: str
    url: str


class CodeChoiceField(forms.MultipleChoiceField):
    """One or more of the given codes; an unknown one is quoted in the error."""

    default_error_messages = {"invalid_choice": gettext_lazy("“%(value)s” is not among the choices.")}

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)

    def to_python(self, value):
        return [code for code in super().to_python(value) if code]


class YearField(forms.IntegerField):
    def __init__(self, **kwargs):
        message = gettext_lazy("“%(value)s” is not a year on record. Write a year from 1800 to 2100.")
        super().__init__(required=False, **kwargs)
        self.messages = {"year": message}

    def clean(self, value):
        text = (value or "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1800 <= int(text[:5]) <= 2100):
            raise forms.ValidationError(self.messages["year"], code="year", params={"value": text[:20]})
        return int(text)


class FilterForm(forms.Form):
    """A GET form. With an invalid value it finds nothing and shows the error."""

    #: Fields that arrange the list and do not narrow it.
    arranging: tuple[str, ...] = ("sort", "page")

    def __init__(self, query: QueryDict, **kwargs):
        super().__init__(query, label_suffix="", **kwargs)
        self.query = query

    def chosen(self, name: str) -> list[str]:
        """The values of a filter, as text; none where they are invalid."""
        if not self.is_bound or name in self.errors:
            return []
        value = self.cleaned_data.get(name)
        if value in (None, "", []):
            return []
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    def code_field(self, name: str) -> CodeChoiceField:
        return cast(CodeChoiceField, self.fields[name])

    @property
    def is_narrowed(self) -> bool:
        return any(self.query.get(name) for name in self.fields if name not in self.arranging)

    def url(self, **changes: Iterable[str] | str | None) -> str:
        """The query string with these values changed, in the order of the fields, without the page number."""
        values_by_name = {**self._query_values, **changes}
        pairs = []
        for name in self._query_values:
            values = values_by_name[name]
            pairs += [(name, value) for value in ([values] if isinstance(values, str) else values or ()) if value]
        return f"?{urlencode(pairs)}"

    @cached_property
    def _query_values(self) -> dict[str, list[str]]:
        return {name: self.query.getlist(name) for name in self.fields}

    def options(self, name: str, labels: Any, counts: dict[str, int]) -> list[Option]:
        chosen = set(self.chosen(name))
        options = []
        for value, label in labels:
            label, count = str(label), counts.get(value, 0)
            spoken = self.spoken(label, count)
            options.append(Option(value, label, count, self.url(**{name: [value]}), value in chosen, spoken))
        return options

    def spoken(self, label: str, count: int) -> str:
        """An option as a sentence; overridden by forms, which know what they count."""
        return ""

    def chips(self) -> Iterator[Chip]:
        """The active filters in words; the URL of each chip removes that filter alone."""
        for name in self.fields:
            if name in self.arranging:
                continue
            chosen = self.chosen(name)
            for value in chosen:
                rest = [other for other in chosen if other != value]
                yield Chip(self.in_words(name, value), self.url(**{name: rest}))

    def in_words(self, name: str, value: str) -> str:
        """The label of a chip for one value; overridden by forms with words of their own."""
        labels = {str(code): str(label) for code, label in getattr(self.fields[name], "choices", [])}
        return f"{self.fields[name].label}: {labels.get(value, value)}"


class SearchForm(FilterForm):
    """A query, and the kind of record to search in."""

    #: A query may be long; only its first words are used.
    longest = 500

    q = forms.CharField(label=gettext_lazy("Search for"), required=False)
    kind = CodeChoiceField(label=gettext_lazy("Kind of record"))

    def __init__(self, query: QueryDict, kinds: list[tuple[str, str]]):
        super().__init__(query)
        self.code_field("kind").choices = kinds

    @property
    def is_narrowed_to_kind(self) -> bool:
        return bool(self.chosen("kind"))

    def clean_q(self) -> str:
        return self.cleaned_data["q"][: self.longest]


class WordsField(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(required=False, max_length=LONGEST_WORDS, **kwargs)


class SourceFilter(FilterForm):
    """Sources by words, by what they are and by who speaks."""

    q = WordsField(label=gettext_lazy("Words in title or issuer"))
    kind = CodeChoiceField(label=gettext_lazy("Kind"), choices=Source.Kind)
    grade = CodeChoiceField(label=gettext_lazy("Who speaks"), choices=Source.Grade)

    def sources(self) -> QuerySet[Source]:
        """The published sources that pass every filter; none with an invalid value."""
        if not self.is_valid():
            return Source.objects.none()
        sources = Source.objects.published()
        for word in self.cleaned_data["q"].split():
            sources = sources.filter(Q(title__icontains=word) | Q(publisher__icontains=word))
        for name in ("kind", "grade"):
            if values := self.cleaned_data[name]:
                sources = sources.filter(**{f"{name}__in": values})
        return sources

    def in_words(self, name: str, value: str) -> str:
        return _("with “%(words)s”") % {"words": value} if name == "q" else super().in_words(name, value)


@dataclass(frozen=True)
class PageOfRecords:
    """One page of a list; ``error`` explains in words why there is none."""

    records: list
    total: int
    number: int
    pages: int
    error: str = ""

    @property
    def noindex(self) -> bool:
        return bool(self.error)


def page_of(
    records, query: QueryDict, size: int, total: int | None = None, read: Callable[[Any], list] | None = list
) -> PageOfRecords:
    """The page that the query asks for; an impossible one is a page with an ``error``.

    ``total`` is the number of records, where it is already known; ``read`` fetches the records of the page, and None
    leaves them out.
    """
    paginator = Paginator(records, size)
    if total is not None:
        paginator.count = total
    number = query.get("page", "1")
    try:
        page = paginator.page(number[:6])
    except (PageNotAnInteger, EmptyPage):
        error = _("There is no page “%(page)s”; the list has %(pages)s.") % {
            "page": number[:20],
            "pages": paginator.num_pages,
        }
        return PageOfRecords([], paginator.count, 0, paginator.num_pages, error)
    return PageOfRecords(read(page.object_list) if read else [], paginator.count, page.number, paginator.num_pages)


#: The maximum of rows in a list that is part of a page; the page that it links to lists them all.
MOST_ROWS = 40

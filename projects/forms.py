"""The filter of the project list."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property, reduce
from operator import or_

from django import forms
from django.db import models
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from partnership.fields.numbers import print_number
from partnership.fields.translated import language_columns
from partnership.lists import CodeChoiceField, FilterForm, Option, WordsField, YearField
from partnership.models.evidenced import DOCUMENTED_STEPS, InFoundingCount
from partnership.publishing import NEWEST_FIRST

from .facets import project_facets
from .models import Output, Project, ProjectQuerySet


class ProjectFilter(FilterForm):
    class Sort(models.TextChoices):
        OLDEST = "oldest", gettext_lazy("Year, oldest first")
        NEWEST = "newest", gettext_lazy("Year, newest first")
        TITLE = "title", gettext_lazy("Title")

    q = WordsField(label=gettext_lazy("Words in the text"))
    founding = CodeChoiceField(
        label=gettext_lazy("Counted by January 2018"),
        choices=[
            (InFoundingCount.YES, gettext_lazy("Among the 38")),
            (InFoundingCount.UNKNOWN, gettext_lazy("Perhaps among the 38")),
            (InFoundingCount.NO, gettext_lazy("Begun later")),
        ],
    )
    documented = CodeChoiceField(label=gettext_lazy("How well documented"), choices=DOCUMENTED_STEPS)
    theme = CodeChoiceField(label=gettext_lazy("Theme"))
    partner = CodeChoiceField(label=gettext_lazy("Partner"))
    kind = CodeChoiceField(label=gettext_lazy("Kind"), choices=Project.Kind)
    status = CodeChoiceField(label=gettext_lazy("Status"), choices=Project.Status)
    result = CodeChoiceField(
        label=gettext_lazy("Recorded result"),
        choices=[
            (Output.Side.SWEDEN, gettext_lazy("In Sweden")),
            (Output.Side.SOUTH_AFRICA, gettext_lazy("In South Africa")),
            (Output.Side.BOTH, gettext_lazy("On both sides")),
            (Output.Side.NOT_STATED, gettext_lazy("Side not stated")),
        ],
    )
    sort = forms.ChoiceField(label=gettext_lazy("Sort by"), choices=Sort, required=False)

    def __init__(self, query: QueryDict):
        super().__init__(query)
        # “from” is a word of Python’s own, so the two years are added here.
        self.fields["from"] = YearField(label=gettext_lazy("From"))
        self.fields["to"] = YearField(label=gettext_lazy("To"))
        self.known = project_facets()
        self.code_field("theme").choices = self.known.themes
        self.code_field("partner").choices = self.known.partners

    def clean(self):
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and first > last:
            self.add_error("to", _("The last year is before the first."))
        return cleaned

    def projects(self) -> ProjectQuerySet:
        """The identified projects that pass every filter, for the data as for the page; none with an invalid value."""
        selected = self.selected()
        if selected is self.known.ids:
            return Project.objects.identified()
        return Project.objects.filter(pk__in=selected)

    @property
    def ordering(self) -> tuple[models.OrderBy | str, ...]:
        """The columns of the chosen order; none for the usual one."""
        orderings: dict[str, tuple[models.OrderBy | str, ...]] = {
            self.Sort.NEWEST: NEWEST_FIRST,
            self.Sort.TITLE: (f"title_{get_language()}", "code"),
        }
        chosen = self.chosen("sort")
        return orderings.get(chosen[0], ()) if chosen else ()

    def keys_in_order(self) -> Sequence[int]:
        """The ids of ``projects``, in the three sections of the list and in the chosen order."""
        if ordering := self.ordering:
            return list(self.projects().in_sections(*ordering).values_list("pk", flat=True))
        # The usual order is known already.
        selected = self.selected()
        return [key for key in self.known.ordered_ids if key in selected]

    def selected(self, leaving_out: str = "") -> Set[int]:
        """The ids that pass every filter but one: beside each option stands how many it would show."""
        if not self.is_valid():
            return frozenset()
        values = {name: value for name, value in self.cleaned_data.items() if value and name != leaving_out}
        selected: Set[int] = self.known.ids
        for name in self.known.ids_by_value.keys() & values.keys():
            selected = selected & self.known.with_any(name, values[name])
        first, last = values.get("from"), values.get("to")
        if leaving_out != "years" and (first or last):
            selected = selected & self.known.between(first, last)
        return selected & self._mentioning if values.get("q") else selected

    @cached_property
    def _mentioning(self) -> frozenset[int]:
        projects = Project.objects.published()
        for word in self.cleaned_data["q"].split():
            projects = projects.filter(_mentions(word))
        return frozenset(projects.values_list("pk", flat=True))

    def undated_left_out(self) -> int:
        """How many projects a filter by year leaves out only because nobody has documented their year."""
        if not (self.chosen("from") or self.chosen("to")):
            return 0
        return len(self.selected(leaving_out="years") & self.known.undated)

    def facets(self) -> list[tuple[BoundField, list[Option]]]:
        facets = []
        for name, by_value in self.known.ids_by_value.items():
            others = self.selected(leaving_out=name)
            # Nothing chosen, as on most visits: then each number is known already, however many projects there are.
            is_all = others is self.known.ids
            counts = {value: len(keys if is_all else others & keys) for value, keys in by_value.items()}
            options = self.options(name, self.code_field(name).choices, counts)
            facets.append((self[name], options))
        return facets

    def spoken(self, label: str, count: int) -> str:
        words = ngettext("%(label)s: %(number)s project", "%(label)s: %(number)s projects", count)
        return words % {"label": label, "number": print_number(count)}

    def in_words(self, name: str, value: str) -> str:
        if name == "q":
            return _("with “%(words)s”") % {"words": value}
        if name == "from":
            return _("from %(date)s") % {"date": value}
        if name == "to":
            return _("until %(date)s") % {"date": value}
        return super().in_words(name, value)


def _mentions(word: str) -> models.Q:
    """The word stands in a title or a summary, in any language."""
    columns = ("title_original", *language_columns("title"), *language_columns("summary"))
    return reduce(or_, (models.Q(**{f"{column}__icontains": word}) for column in columns))

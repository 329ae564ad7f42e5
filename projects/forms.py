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
from partnership.fields.translated import language_codes
from partnership.lists import CodeChoiceField, FilterForm, Option, WordsField, YearField
from partnership.models import Partner

from .facets import project_facets
from .models import DOCUMENTED_STEPS, InFoundingCount, Output, Project, ProjectQuerySet


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
        self.sets = project_facets()
        self.code_field("theme").choices = self.sets.themes
        self.code_field("partner").choices = self.sets.partners

    def clean(self):
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and first > last:
            self.add_error("to", _("The last year is before the first."))
        return cleaned

    def projects(self, leaving_out: str = "") -> ProjectQuerySet:
        """Identified projects that pass every filter but one; none while a filter is filled in wrongly."""
        if not self.is_valid():
            return Project.objects.none()
        wanted = {name: value for name, value in self.cleaned_data.items() if value and name != leaving_out}
        found = Project.objects.identified()
        for word in wanted.get("q", "").split():
            found = found.filter(_mentions(word))
        if themes := wanted.get("theme"):
            found = found.filter(pk__in=Project.themes.through.objects.filter(theme__slug__in=themes).values("project"))
        if partners := wanted.get("partner"):
            found = found.of_partner(self._lines_of(partners))
        for name in ("kind", "status"):
            if values := wanted.get(name):
                found = found.filter(**{f"{name}__in": values})
        if values := wanted.get("documented"):
            found = found.documented_to(values)
        if values := wanted.get("founding"):
            found = found.filter(in_founding_count__in=values)
        if values := wanted.get("result"):
            conditions = [found.has_result(side) for side in values]
            found = found.filter(reduce(or_, conditions))
        return found.between(wanted.get("from"), wanted.get("to"))

    def _lines_of(self, slugs: list[str]) -> set[int]:
        lineages = Partner.lineages()
        wanted = Partner.objects.filter(slug__in=slugs).values_list("pk", flat=True)
        return {key for partner in wanted for key in lineages[partner]}

    def keys_in_order(self) -> Sequence[int]:
        """The keys of what is found, in the three sections of the list and in the order that was chosen."""
        orderings: dict[str, tuple[models.OrderBy | str, ...]] = {
            self.Sort.NEWEST: (models.F("earliest").desc(nulls_last=True), "-latest", "code"),
            self.Sort.TITLE: (f"title_{get_language()}", "code"),
        }
        chosen = self.chosen("sort")
        if chosen and chosen[0] in orderings:
            return list(self.projects().in_sections(*orderings[chosen[0]]).values_list("pk", flat=True))
        # The usual order is known already.
        selected = self.selected()
        return [key for key in self.sets.in_order if key in selected]

    # The same selection among the keys of all projects, for counting: each option says how many projects it would
    # show, given all other filters.

    def selected(self, leaving_out: str = "") -> Set[int]:
        """The keys of what ``projects`` finds."""
        if not self.is_valid():
            return frozenset()
        wanted = {name: value for name, value in self.cleaned_data.items() if value and name != leaving_out}
        found: Set[int] = self.sets.everything
        for name, sets in self.sets.having.items():
            if values := wanted.get(name):
                found = found & frozenset().union(*(sets.get(value, frozenset()) for value in values))
        if leaving_out != "years" and (wanted.get("from") or wanted.get("to")):
            found = found & self.sets.between(wanted.get("from"), wanted.get("to"))
        return found & self._mentioning if wanted.get("q") else found

    @cached_property
    def _mentioning(self) -> frozenset[int]:
        found = Project.objects.published()
        for word in self.cleaned_data["q"].split():
            found = found.filter(_mentions(word))
        return frozenset(found.values_list("pk", flat=True))

    def undated_left_out(self) -> int:
        """How many projects a filter by year leaves out only because nobody has documented their year."""
        if not (self.chosen("from") or self.chosen("to")):
            return 0
        return len(self.selected(leaving_out="years") & self.sets.undated)

    def facets(self) -> list[tuple[BoundField, list[Option]]]:
        facets = []
        for name, sets in self.sets.having.items():
            others = self.selected(leaving_out=name)
            # Nothing chosen, as on most visits: then each number is known already, however many projects there are.
            is_all = others is self.sets.everything
            counts = {value: len(keys if is_all else others & keys) for value, keys in sets.items()}
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
    found = models.Q(title_original__icontains=word)
    for language in language_codes():
        found |= models.Q(**{f"title_{language}__icontains": word})
        found |= models.Q(**{f"summary_{language}__icontains": word})
    return found

"""Finds the records that cells name: by code, by any name or title that they ever had, or as the clerk has said."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from visits.models import Visit

from ..fields.translated import language_columns
from ..models import Partner, PartnerName
from ..record.schemas import Schema
from .cells import clean, folded

#: What stands for “no record” where a clerk says what a name means.
NOBODY = "-"
#: In what a clerk chose: the bodies that were there at the time, by row, side and code.
ERAS = "era"
#: How many guesses are offered, and up to how many records are compared letter by letter.
MOST_GUESSES, MOST_COMPARED = 6, 2_000
#: Up to how many records of a kind are named all at once.
MOST_LABELS = 300
#: From this likeness on, of 1, a name is a guess; a clear one is so much better than the next.
_ALIKE, _CLEARLY = 0.72, 0.08
#: Words that say what kind of body somebody means, and not which.
_COMMON_WORDS = frozenset(
    "kommun kommunen kommuns municipality municipal local city town of the stad staden council ab pty ltd "
    "i in och and en van die munisipaliteit project projekt projektet".split()
)
_SEPARATORS = (re.compile(r"[;\n]"), re.compile(r",|/|&|\+| och | and | en | samt "))

Chosen = Mapping[str, Mapping[str, str]]


class NamesNobody(ValidationError):
    """A cell names no record, or several; ``name`` is the part that does."""

    def __init__(self, message: str, name: str, model: type[models.Model]):
        super().__init__(message, code="name")
        self.name, self.model = name, model


class Names:
    """The names of all records that cells may refer to. ``chosen`` is what a clerk said: by model, name to code."""

    def __init__(self, chosen: Chosen | None = None):
        self.chosen = chosen or {}
        self._codes: dict[type[models.Model], dict[str, str]] = {}
        self._names: dict[type[models.Model], dict[str, set[str]]] = {}
        self._places: dict[type[models.Model], dict[str, int]] = {}
        self._labels: dict[type[models.Model], dict[str, str]] = {}
        self._words: dict[type[models.Model], dict[str, set[str]]] = {}

    def of(self, model: type[models.Model]) -> dict[str, str]:
        """From the folded code to the code, in the order of their list; also of those about to be added."""
        if model not in self._codes:
            codes = model._default_manager.values_list("code", flat=True)
            self._codes[model] = {code.casefold(): code for code in codes}
        return self._codes[model]

    def _by_name(self, model: type[models.Model]) -> dict[str, set[str]]:
        if model not in self._names:
            names: dict[str, set[str]] = defaultdict(set)
            for code, *texts in model._default_manager.order_by().values_list("code", *_name_columns(model)):
                for text in texts:
                    names[folded(text)].add(code)
            if model is Partner:
                columns = _name_columns(PartnerName)
                for code, *texts in PartnerName.objects.order_by().values_list("partner__code", *columns):
                    for text in texts:
                        names[folded(text)].add(code)
            names.pop("", None)
            self._names[model] = dict(names)
        return self._names[model]

    def meant(self, model: type[models.Model], name: str) -> str | None:
        """The code of the record that a name means; NOBODY where it is to be left out, None where it is not known."""
        key = folded(name)
        chosen = self.chosen.get(str(model._meta.model_name), {}).get(key)
        if chosen == NOBODY or chosen in self.of(model).values():
            return chosen
        if code := self.of(model).get(clean(name).casefold()):
            return code
        codes = self._by_name(model).get(key, set())
        return next(iter(codes)) if len(codes) == 1 else None

    def find(self, model: type[models.Model], name: str) -> str:
        """The code, or nothing where the clerk left the name out. Raises NamesNobody."""
        code = self.meant(model, name)
        if code is None:
            kinds = model._meta.verbose_name_plural
            message = _("No record among the %(kinds)s has the name or code “%(name)s”.")
            if len(self._by_name(model).get(folded(name), ())) > 1:
                message = _("Several records among the %(kinds)s are called “%(name)s”. Write the code.")
            raise NamesNobody(message % {"kinds": kinds, "name": name}, name, model)
        return "" if code == NOBODY else code

    def find_all(self, model: type[models.Model], cell: str) -> list[str]:
        """The codes of all that a cell names, each once. Raises ValidationError with every name that is not known."""
        codes, errors = [], []
        for name in self.split(model, cell):
            try:
                codes.append(self.find(model, name))
            except NamesNobody as error:
                errors.append(error)
        if errors:
            raise ValidationError(list(errors))
        return [code for code in dict.fromkeys(codes) if code]

    def split(self, model: type[models.Model], cell: str) -> list[str]:
        """The names in a cell. It is taken apart no further than it must: names hold commas and “and” themselves."""
        return self._split(model, clean(cell), _SEPARATORS)

    def _split(self, model: type[models.Model], text: str, separators: Iterable[re.Pattern[str]]) -> list[str]:
        if not text or self.meant(model, text) is not None:
            return [text] if text else []
        for number, separator in enumerate(separators):
            parts = [part for part in map(clean, separator.split(text)) if part]
            is_sure = number == 0 or any(self.meant(model, part) is not None for part in parts)
            if len(parts) > 1 and is_sure:
                rest = list(separators)[number + 1 :]
                return [name for part in parts for name in self._split(model, part, rest)]
        return [text]

    # Guesses

    def in_order(self, model: type[models.Model], codes: Iterable[str]) -> list[str]:
        """Codes in the order in which their kind is listed."""
        if model not in self._places:
            self._places[model] = {code: place for place, code in enumerate(self.of(model).values())}
        places = self._places[model]
        return sorted(codes, key=lambda code: places.get(code, len(places)))

    def guesses(self, model: type[models.Model], name: str) -> tuple[list[str], bool]:
        """The codes of records that a name may mean, the likeliest first, and whether that one clearly is."""
        words = _words(name)
        scores: dict[str, float] = {}
        for known, codes in self._candidates(model, words):
            likeness = _likeness(words, _words(known))
            for code in codes:
                scores[code] = max(scores.get(code, 0), likeness)
        likely = self.in_order(model, (code for code in scores if scores[code] >= _ALIKE))
        likely.sort(key=lambda code: -scores[code])
        is_clear = bool(likely) and (len(likely) == 1 or scores[likely[0]] - scores[likely[1]] >= _CLEARLY)
        return likely[:MOST_GUESSES], is_clear

    def _candidates(self, model: type[models.Model], words: list[str]) -> Iterable[tuple[str, set[str]]]:
        names = self._by_name(model)
        if len(names) <= MOST_COMPARED:
            return names.items()
        shared: set[str] = set()
        for word in words:
            shared |= self._by_word(model).get(word, set())
        return [(name, names[name]) for name in sorted(shared)[:MOST_COMPARED]]

    def _by_word(self, model: type[models.Model]) -> dict[str, set[str]]:
        if model not in self._words:
            names: dict[str, set[str]] = defaultdict(set)
            for name in self._by_name(model):
                for word in _words(name):
                    names[word].add(name)
            self._words[model] = dict(names)
        return self._words[model]

    # In people’s words

    def label(self, model: type[models.Model], code: str) -> str:
        """What a record is called; the code of one that is not there yet."""
        labels = self._labels.setdefault(model, {})
        if not labels and len(self.of(model)) <= MOST_LABELS:
            labels.update((record.code, str(record)) for record in model._default_manager.all())
        if code not in labels:
            record = model._default_manager.filter(code=code).first()
            labels[code] = str(record) if record else code
        return labels[code]

    def in_words(self, schema: Schema, text: dict[str, Any]) -> dict[str, Any]:
        """The text form of a record with names in the place of codes."""
        words = dict(text)
        for key in schema.keys:
            if key in words and not schema.translated(key) and schema.is_reference(key):
                model, value = schema.field(key).related_model, words[key]
                is_list = isinstance(value, list)
                words[key] = [self.label(model, code) for code in value] if is_list else self.label(model, value)
        for key, inner in schema.rows.items():
            if key in words:
                words[key] = [
                    self.in_words(inner, row) if isinstance(row, dict) else self._alone_in_words(inner, row)
                    for row in words[key]
                ]
        return words

    def _alone_in_words(self, inner: Schema, value: str) -> str:
        is_code = not inner.translated(inner.alone) and inner.is_reference(inner.alone)
        return self.label(inner.field(inner.alone).related_model, value) if is_code else value

    # What follows from the partners

    @cached_property
    def _partners(self) -> dict[str, Partner]:
        partners = Partner.objects.prefetch_related(
            "successions__successor", "inheritances__predecessor", "former_names"
        )
        return {partner.code: partner for partner in partners}

    def partner(self, code: str) -> Partner:
        return self._partners[code]

    def direction(self, hosts: Iterable[str]) -> str:
        """The way of a visit, where all its hosts are on one side."""
        countries = {self._partners[code].country for code in hosts if code in self._partners}
        country = next(iter(countries), None)
        ways = {
            Partner.Country.SWEDEN: Visit.Direction.TO_SWEDEN,
            Partner.Country.SOUTH_AFRICA: Visit.Direction.TO_SOUTH_AFRICA,
        }
        return ways[country].value if len(countries) == 1 and country in ways else ""


def _name_columns(model: type[models.Model]) -> list[str]:
    """The columns in which a kind keeps names and titles."""
    names = {column.name for column in model._meta.fields}
    likely = [
        "title_original",
        "title",
        *(column for key in ("name", "short_name", "title") for column in language_columns(key)),
    ]
    return [column for column in likely if column in names]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return [word for word in words if word not in _COMMON_WORDS] or words


def _likeness(words: list[str], known: list[str]) -> float:
    """1 for the same words, nearly so where all words of the shorter occur in the longer, else by letters."""
    if not words or not known:
        return 0
    if set(words) <= set(known):
        return 1.0 if len(set(words)) == len(set(known)) else 0.85 + 0.05 * len(set(words)) / len(set(known))
    if set(known) <= set(words):
        return 0.75 + 0.1 * len(set(known)) / len(set(words))
    matcher = SequenceMatcher(None, " ".join(words), " ".join(known))
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0
    return 0.9 * matcher.ratio()

"""What is asked about a file, gathered so that whatever is of one kind is answered once."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _

from .cells import folded
from .columns import TEXT, Column, Pairs, Sheet
from .names import ERAS, NOBODY, Names
from .tables import LEAVE, TAKE, Choices, Table

#: How many questions stand on one page; the others come when these are answered.
MOST_QUESTIONS, MOST_NAMES = 150, 150
#: Up to how many records all are offered to choose from, beside the guesses.
MOST_OPTIONS = 300
#: Kinds of error that are answered by cell, by row, or for the whole file.
_BY_CELL, _BY_ROW = frozenset({"reading", "letters", "cell"}), frozenset({"era", "duplicate"})
_BY_FILE = frozenset({"figure", "personal", "doubt"})
#: In which order kinds of error are shown.
_ORDER = ("name", "letters", "reading", "era", "duplicate", "cell")


@dataclass
class Question:
    """The same words of one column, or one row, and what may be meant."""

    cell: str
    rows: list[int]
    candidates: list[tuple[str, str]]
    #: What is asked, where that differs from one to the next.
    reason: str = ""
    may_be_left_out: bool = False

    @property
    def rows_printed(self) -> str:
        shown = ", ".join(map(str, self.rows[:8]))
        return f"{shown} …" if len(self.rows) > 8 else shown


@dataclass
class Group:
    """Errors of one kind: the column, what is asked or wrong, and each cell once."""

    column: str
    label: str
    heading: str
    reason: str
    code: str
    questions: list[Question] = field(default_factory=list)
    row_count: int = 0

    @property
    def title(self) -> str:
        """The column by both its names, and what is asked where that is the same for all."""
        if self.code == "duplicate":
            return _("Perhaps on record already")
        name = self.label or self.heading
        if self.heading and self.heading != self.label:
            name = f"{self.heading} ({self.label})"
        return f"{name}: {self.reason}" if self.reason else name

    @property
    def is_by_cell(self) -> bool:
        return self.code in _BY_CELL

    @property
    def is_question(self) -> bool:
        return any(question.candidates for question in self.questions)

    @property
    def in_common(self) -> list[str]:
        """What all its questions may be answered by at once: readings in their order, where each has as many."""
        counts = {len(question.candidates) for question in self.questions}
        if self.code != "reading" or len(self.questions) < 2 or len(counts) != 1:
            return []
        return [words for _key, words in self.questions[0].candidates]


def grouped(errors: list[dict[str, Any]], sheet: Sheet) -> list[Group]:
    """Questions first, then what is wrong."""
    labels = {name: column.label for name, column in sheet.targets().items()}
    groups: dict[tuple[str, str, str, str], Group] = {}
    questions: dict[tuple[str, str, str, str], dict[Any, Question]] = defaultdict(dict)
    for error in errors:
        code = error["code"]
        is_own = code in _BY_ROW or code in {"name", "cell"}
        reason = "" if is_own else error["reason"]
        key = (error["column"], code, reason, _shape(error["cell"]) if code == "reading" else "")
        label = labels.get(error["column"], error["column"])
        group = groups.setdefault(key, Group(error["column"], label, error["heading"], reason, code))
        group.row_count += 1
        own = (error["cell"], error["reason"], None if code in _BY_CELL or code == "name" else error["row"])
        candidates = [(value, words) for value, words in error["candidates"]]
        question = Question(error["cell"], [], candidates, error["reason"] if is_own else "")
        question = questions[key].setdefault(own, question)
        question.rows.append(error["row"])
        question.may_be_left_out = (
            code not in {"duplicate", "name"} and code not in _BY_FILE and len(question.rows) == 1
        )
    for key, group in groups.items():
        group.questions = list(questions[key].values())[:MOST_QUESTIONS]
    order = [*_ORDER, *{group.code for group in groups.values()}]
    return sorted(groups.values(), key=lambda group: order.index(group.code))


def _shape(cell: str) -> str:
    """What cells that are doubtful in the same way have in common: “0/0/0” for 5/6/2014, “a 0” for spring 2015."""
    return re.sub(r"[^\W\d]+", "a", re.sub(r"\d+", "0", cell))


def answer(choices: Choices, data: QueryDict) -> None:
    """Takes what was sent from the page of questions: of cells, of rows, and which rows are left out or read."""
    whole_group, _colon, place = data.get("all", "").partition(":")
    for name in data:
        if not name.endswith("-words"):
            continue
        question = name.removesuffix("-words")
        column, words, value = (str(data.get(key, "")) for key in (f"{question}-column", name, question))
        keys = data.getlist(f"{question}-key")
        if not value and whole_group and whole_group == data.get(f"{question}-group") and place.isdecimal():
            value = keys[int(place)] if int(place) < len(keys) else ""
        mended = data.get(f"{question}-text", "").strip()
        if mended and mended != words:
            value = TEXT + mended
        elif value == "none":
            value = TEXT
        if value:
            choices.cells.setdefault(column, {})[words] = value
    for name in data:
        kind, row = [*name.split("-"), ""][:2]
        if kind == "era":
            body, _colon, code = str(data[name]).rpartition(":")
            choices.names.setdefault(ERAS, {})[body] = code
        elif kind == "duplicate" and data[name] == LEAVE:
            choices.rows[row] = LEAVE
        elif kind == "duplicate" and data[name]:
            choices.same[row] = str(data[name])
    for action in (LEAVE, TAKE):
        for row in data.getlist(action):
            if row.isdecimal():
                choices.rows[row] = action


# Names


@dataclass
class Named:
    """A name in the file, in how many rows it stands, and which record it means."""

    model: type[models.Model]
    name: str
    count: int
    code: str
    is_known: bool
    guesses: list[str]
    options: list[tuple[str, str]]

    @property
    def model_name(self) -> str:
        return str(self.model._meta.model_name)


def named_in(table: Table, names: Names) -> list[Named]:
    """Each name in the columns that name records once, those first that are not known."""
    counts: dict[tuple[type[models.Model], str], int] = defaultdict(int)
    spelt: dict[tuple[type[models.Model], str], str] = {}
    for _row, cells in table.lines:
        for column, cell in cells.items():
            if cell and column.names_a:
                for name in _names_in(column, cell, names):
                    counted = column.names_a, folded(name)
                    counts[counted] += 1
                    spelt.setdefault(counted, name)
    options = _Options(names)
    entries = []
    for (model, key), count in counts.items():
        meant = names.meant(model, spelt[model, key])
        guesses, is_clear = names.guesses(model, spelt[model, key]) if meant is None else ([], False)
        code = meant or (guesses[0] if is_clear else "")
        entry = Named(
            model, spelt[model, key], count, code, meant is not None, guesses, options.of(model, guesses, code)
        )
        entries.append(entry)
    return sorted(entries, key=lambda entry: (entry.is_known, str(entry.model._meta.verbose_name), -entry.count))


def _names_in(column: Column, cell: str, names: Names) -> list[str]:
    if isinstance(column, Pairs):
        return [name for name, _rest in column.pairs(cell, names)]
    model = column.names_a
    if model is None:
        return []
    return names.split(model, cell) if column.takes_several else [cell]


class _Options:
    """What a name may mean, the likeliest first: all records of a kind where they are few."""

    def __init__(self, names: Names):
        self._names = names
        self._labels: dict[type[models.Model], dict[str, str]] = {}

    def of(self, model: type[models.Model], guesses: list[str], code: str) -> list[tuple[str, str]]:
        if len(self._names.of(model)) <= MOST_OPTIONS:
            if model not in self._labels:
                records: Any = model._default_manager.all()
                labels = {record.code: str(record) for record in records}
                self._labels[model] = dict(sorted(labels.items(), key=lambda pair: pair[1].casefold()))
            labels = self._labels[model]
        else:
            codes = [*guesses, code]
            chosen: Any = model._default_manager.filter(code__in=codes)
            labels = {record.code: str(record) for record in chosen}
        likely = [(guess, labels[guess]) for guess in guesses if guess in labels]
        rest = [(other, label) for other, label in labels.items() if other not in guesses]
        return [*likely, *rest, (NOBODY, _("none: leave it out"))]


def answer_names(choices: Choices, data: QueryDict, names: Names, sheet: Sheet) -> list[str]:
    """Takes what was sent from the page of names: name-1-model, name-1-text and name-1. Returns what is not known."""
    models_named = {column.names_a for column in sheet.targets().values() if column.names_a}
    by_name = {str(model._meta.model_name): model for model in models_named}
    unknown = []
    for field_name in data:
        if not field_name.endswith("-model"):
            continue
        entry = field_name.removesuffix("-model")
        text, code = data.get(f"{entry}-text", ""), data.get(entry, "")
        written = data.get(f"{entry}-other", "").strip()
        model_name = str(data[field_name])
        model = by_name.get(model_name)
        if model is None:
            continue
        if written:
            code = names.meant(model, written) or ""
            if not code:
                unknown.append(written)
        if code:
            choices.names.setdefault(model_name, {})[folded(text)] = code
    return unknown

"""Two write in one record at the same time: what only one has touched is joined, the same field is asked about.

A form names the version that its editor saw. The record as it was then is the base: a field that differs from it in the
form alone is mine, in the database alone theirs, and in both a conflict, which is shown side by side to choose.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

from django import forms
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..fields.forms import ReadingInput
from ..models import Revision
from ..publishing import Record
from ..record import history
from ..record.schemas import Schema, as_mapping, in_full
from ..record.writing import RecordWriter, as_rows


class Conflict(NamedTuple):
    """A field that two have changed: what it said before, and what each wants. ``both`` joins two texts."""

    name: str
    label: str
    before: str
    mine: str
    theirs: str
    chosen: str = ""
    both: str = ""
    is_text: bool = False
    language: str = ""

    @property
    def mine_marked(self) -> SafeString:
        return marked(self.before, self.mine)

    @property
    def theirs_marked(self) -> SafeString:
        return marked(self.before, self.theirs)


class Joined(NamedTuple):
    """A field that the colleague alone has changed; it stands so now."""

    label: str
    before: str
    now: str


class Meanwhile:
    """What colleagues have saved of a record since the version that somebody saw."""

    def __init__(self, record: Record, seen: int):
        self.record, self.seen = record, seen
        self.revisions = list(
            Revision.objects.of(record).filter(version__gt=seen).select_related("partner").order_by("pk")
        )
        self._base = Revision.objects.of(record).filter(version__lte=seen).order_by("-pk").first()

    @property
    def is_known(self) -> bool:
        """Whether the version that was seen is on file; where it is not, nothing can be joined."""
        return self._base is not None

    @property
    def people(self) -> str:
        names = [str(revision.partner.brief) if revision.partner else _("someone") for revision in self.revisions]
        return ", ".join(dict.fromkeys(names)) or _("someone")

    @property
    def saved_at(self) -> Any:
        return self.revisions[-1].made_at if self.revisions else None

    @cached_property
    def _content(self) -> dict[str, Any]:
        return self._base.content if self._base else {}

    def content_of(self, row: Any) -> dict[str, Any]:
        """The base of the record itself, or of a row that is known by its code."""
        if type(row) is type(self.record):
            return self._content
        rows = [text for value in self._content.values() if isinstance(value, list) for text in value]
        return next((text for text in rows if isinstance(text, dict) and text.get("code") == row.code), {})

    def rows_of(self, inner: Schema, key: str) -> list[dict[str, Any]]:
        """The rows of a kind as they were, in full."""
        return [in_full(inner, as_mapping(inner, row)) for row in self._content.get(key) or []]


def at_base(record: Any, content: dict[str, Any]) -> tuple[Any, dict[str, list[Any]]]:
    """A record as its text says, not saved, and the records that its links to many lead to."""
    schema = history.schema_of(record)[1]
    past, many = type(record)(pk=record.pk), {}
    RecordWriter().fill(schema, as_rows(content), past)
    for key in schema.keys:
        if schema.is_many(key):
            codes = content.get(key) or []
            many[key] = list(schema.field(key).related_model._default_manager.filter(code__in=codes))
        elif schema.refers_to_itself(key):
            setattr(past, key, schema.model._default_manager.filter(code=content.get(key, "")).first())
    return past, many


def in_words(field: forms.Field, value: Any) -> str:
    """The value of a form’s field, as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(sorted(str(item) for item in value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "print"):
        return value.print() if value else ""
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return str(value)


def as_posted(field: forms.Field, value: Any) -> list[str]:
    """The value as its form would post it."""
    if isinstance(field.widget, ReadingInput):
        return [field.widget.editable(value) if value not in (None, "") else ""]
    if isinstance(field, forms.BooleanField):
        return ["on"] if value else []
    prepared = field.prepare_value(value)
    if isinstance(prepared, (list, tuple)):
        return [str(item) for item in prepared]
    return ["" if prepared is None else str(prepared)]


def label_of(field: forms.Field, name: str) -> str:
    return capfirst(str(field.label or name))


# Texts, word by word


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s\w]|\w+", text)


def _edits(before: list[str], after: list[str]) -> list[tuple[int, int, list[str]]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [(i1, i2, after[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"]


def marked(before: str, after: str) -> SafeString:
    """The later text, with what it adds marked."""
    old, new = _words(before), _words(after)
    parts = []
    for tag, _i1, _i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        text = "".join(new[j1:j2])
        parts.append(format_html("<ins>{}</ins>", text) if tag != "equal" and text.strip() else format_html("{}", text))
    return mark_safe("".join(parts))


def both_texts(before: str, mine: str, theirs: str) -> str:
    """One text with the changes of both, where they lie apart; else the two one after the other."""
    old = _words(before)
    changes = sorted([*_edits(old, _words(mine)), *_edits(old, _words(theirs))], key=lambda change: change[:2])
    apart = all(first[1] <= second[0] and first[:2] != second[:2] for first, second in pairwise(changes))
    if not before or not apart:
        return " ".join(text for text in (mine, theirs) if text)
    for start, end, words in reversed(changes):
        old[start:end] = words
    return "".join(old)

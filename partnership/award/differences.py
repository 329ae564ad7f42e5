"""What differs between two editions of a dossier, or between one and the record of today, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..fields import print_number
from ..history import Difference, differences_in
from ..record_files import KINDS


@dataclass(frozen=True)
class Count:
    """“Projects on record: 23 → 27”."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Changed:
    """A record with what differs; nothing where it was added, or is no longer there."""

    kind: str
    title: str
    differences: list[Difference]


@dataclass(frozen=True)
class Differences:
    counts: list[Count]
    added: list[Changed]
    gone: list[Changed]
    changed: list[Changed]
    sections: list[str]

    def __bool__(self) -> bool:
        return bool(self.counts or self.added or self.gone or self.changed or self.sections)


def between(before: dict[str, Any], after: dict[str, Any]) -> Differences:
    """What differs between the data of two editions (or of one and of today), the first taken as the earlier."""
    found = Differences(_counts(before["record"], after["record"]), [], [], [], _sections(before, after))
    for kind, shape in KINDS.items():
        old = {row["code"]: row for row in before["record"].get(kind, [])}
        new = {row["code"]: row for row in after["record"].get(kind, [])}
        label = capfirst(str(shape.model._meta.verbose_name))
        found.added.extend(Changed(label, _title(new[code]), []) for code in new if code not in old)
        found.gone.extend(Changed(label, _title(old[code]), []) for code in old if code not in new)
        for code, row in new.items():
            if code in old and old[code] != row:
                found.changed.append(Changed(label, _title(row), differences_in(shape, old[code], row)))
    return found


def _counts(before: dict[str, Any], after: dict[str, Any]) -> list[Count]:
    counted = {
        _("Projects and pre-studies on record"): lambda one: len(one.get("projects", [])),
        _("Of them within the founding count"): lambda one: _within(one.get("projects", [])),
        _("Visits on record"): lambda one: len(one.get("visits", [])),
        _("Of them within the founding count of visits"): lambda one: _within(one.get("visits", [])),
        _("Delegates whose number is documented"): lambda one: sum(int(v.get("delegates", 0)) for v in one["visits"]),
        _("Sources"): lambda one: len(one.get("sources", [])),
    }
    numbers = [(label, count(before), count(after)) for label, count in counted.items()]
    return [Count(label, print_number(old), print_number(new)) for label, old, new in numbers if old != new]


def _within(rows: list[dict[str, Any]]) -> int:
    return sum(1 for row in rows if row.get("in_founding_count") == "yes")


def _title(row: dict[str, Any]) -> str:
    """A title in the page’s language, or in any that there is; a visit without one has its code."""
    for key in ("title", "label", "name", "title_override"):
        texts = row.get(key)
        if isinstance(texts, dict):
            return texts.get(get_language() or "en") or next(iter(texts.values()))
        if texts:
            return str(texts)
    return str(row["code"])


def _sections(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The sections whose own text differs, in the page’s language."""
    language = get_language() or settings.LANGUAGE_CODE
    old = {one["code"]: one for one in before["dossier"][language]["sections"]}
    new = {one["code"]: one for one in after["dossier"][language]["sections"]}
    differing = [
        code for code in [*new, *(code for code in old if code not in new)] if _said(old, code) != _said(new, code)
    ]
    return [(new.get(code) or old[code])["title"] for code in differing]


def _said(sections: dict[str, Any], code: str) -> Any:
    section = sections.get(code)
    return section and [section["title"], [block["rows"] for block in section["blocks"]]]

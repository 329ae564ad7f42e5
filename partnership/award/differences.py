"""Differences between two editions of a dossier, or between an edition and the record of today, in words."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from visits.models import Visit

from ..fields.numbers import print_number, print_range
from ..publishing import permanent_path
from ..record.history import Difference, differences_in
from ..record.schemas import SCHEMAS, Schema
from .formats import KINDS, Unknown


class Count(NamedTuple):
    """“Projects on record: 23 → 27”."""

    label: str
    before: str
    after: str


class Piece(NamedTuple):
    """Words of two texts that are compared: in both, only in the later (“ins”), or only in the earlier (“del”)."""

    sign: str
    text: str


class Row(NamedTuple):
    """What differs of a record. ``pieces`` are empty where the two have too little in common to be read as one."""

    label: str
    before: str
    after: str
    pieces: list[Piece]


class Changed(NamedTuple):
    """A record with its differences; none where it was added or removed. ``url`` leads to its page of today."""

    anchor: str
    kind: str
    title: str
    url: str
    reasons: list[str]
    differences: list[Row]


class ChangedSection(NamedTuple):
    """A section of the dossier whose text differs, in pieces of both."""

    title: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Differences:
    counts: list[Count]
    added: list[Changed]
    gone: list[Changed]
    changed: list[Changed]
    sections: list[ChangedSection]
    #: What only one of the two could say, so that nothing of it is compared
    not_compared: list[str]

    def __bool__(self) -> bool:
        return bool(self.counts or self.added or self.gone or self.changed or self.sections)


#: From how much in common two texts are read as one with words put in and taken out.
_ALIKE = 0.4


def words_between(before: str, after: str) -> list[Piece]:
    """The words of both texts in their order; empty where they have too little in common."""
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return []
    pieces = []
    for operation, first, last, begin, end in matcher.get_opcodes():
        if operation == "equal":
            pieces.append(Piece("", " ".join(old[first:last])))
            continue
        if last > first:
            pieces.append(Piece("del", " ".join(old[first:last])))
        if end > begin:
            pieces.append(Piece("ins", " ".join(new[begin:end])))
    return pieces


def _row(difference: Difference) -> Row:
    before, after = str(difference.before or ""), str(difference.after or "")
    is_prose = len(before.split()) > 3 and len(after.split()) > 3
    return Row(difference.label, before, after, words_between(before, after) if is_prose else [])


def between(
    before: dict[str, Any], after: dict[str, Any], reasons: dict[tuple[str, str], list[str]] | None = None
) -> Differences:
    """The differences between the data of two editions (or of one and today), the first taken as the earlier.

    ``reasons`` are those that staff gave for changes, by model name and code.
    """
    unknown = Unknown.to(before, after)
    counts = _counts(before["record"], after["record"])
    differences = Differences(counts, [], [], [], _sections(before, after), unknown.labels(before, after))
    titles = {**_in_language(before["titles"]), **_in_language(after["titles"])}
    for kind in KINDS:
        schema = SCHEMAS[kind]
        old, new = _by_code(before, kind, unknown), _by_code(after, kind, unknown)
        label = capfirst(str(schema.model._meta.verbose_name))
        for code in [*new, *(code for code in old if code not in new)]:
            was, now = old.get(code), new.get(code)
            if was == now:
                continue
            model_name = str(schema.model._meta.model_name)
            url = permanent_path(model_name, code) if getattr(schema.model, "has_permanent_url", False) else ""
            why = (reasons or {}).get((model_name, code), [])
            entry = Changed(f"{kind}-{code}", label, titles.get(f"{kind}/{code}", code), url, why, [])
            if was is None:
                differences.added.append(entry)
            elif now is None:
                differences.gone.append(entry)
            else:
                rows = differences_in(
                    schema, _with_units(_read(schema, was, titles)), _with_units(_read(schema, now, titles))
                )
                entry.differences.extend(_row(row) for row in rows)
                differences.changed.append(entry)
    return differences


def as_data(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The same for programs: codes, and values in the form of the record’s files; sections by language and code."""
    added: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    unknown = Unknown.to(before, after)
    for kind in KINDS:
        schema = SCHEMAS[kind]
        old, new = _by_code(before, kind, unknown), _by_code(after, kind, unknown)
        for code in [*new, *(code for code in old if code not in new)]:
            was, now = old.get(code), new.get(code)
            if was == now:
                continue
            titles = after["titles"] if now is not None else before["titles"]
            entry: dict[str, Any] = {"kind": str(schema.model._meta.model_name), "code": code}
            entry |= {f"title_{language}": texts.get(f"{kind}/{code}", "") for language, texts in titles.items()}
            if was is None:
                added.append(entry)
            elif now is None:
                gone.append(entry)
            else:
                keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
                rows = [{"field": key, "before": was.get(key), "after": now.get(key)} for key in keys]
                changed.append({**entry, "fields": rows})
    return {
        "added": added,
        "gone": gone,
        "changed": changed,
        "sections": _sections_by_language(before, after),
        "not_compared": {model: sorted(keys) for model, keys in unknown.keys.items() if keys},
    }


def _by_code(data: dict[str, Any], kind: str, unknown: Unknown) -> dict[str, dict[str, Any]]:
    """The records of a kind with what both editions could say."""
    return {row["code"]: unknown.without(SCHEMAS[kind], row) for row in data["record"].get(kind, [])}


def _sections_by_language(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[str]]:
    shared = [language for language in after["dossier"] if language in before["dossier"]]
    return {language: _differing(before["dossier"][language], after["dossier"][language])[0] for language in shared}


def _in_language(texts: dict[str, Any]) -> Any:
    """What is frozen in the active language, or in another where it was not frozen in that one."""
    active = get_language() or settings.LANGUAGE_CODE
    return texts[active] if active in texts else next(iter(texts.values()), {})


#: The name of the record file of each model.
_KIND_OF = {schema.model: kind for kind, schema in SCHEMAS.items()}


def _read(schema: Schema, row: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    """A serialized record with titles in place of the codes that it refers to."""
    return {key: _with_titles(schema, key, value, titles) for key, value in row.items()}


def _with_units(row: dict[str, Any]) -> dict[str, Any]:
    """A figure as it is read, “SEK 442,982” or “6–8”, in place of its parts."""
    row = dict(row)
    currency, high = row.pop("budget_currency", ""), row.pop("delegates_high", "")
    if amount := row.get("budget_amount"):
        row["budget_amount"] = " ".join(part for part in (currency, _printed(amount)) if part)
    if low := row.get("delegates"):
        row["delegates"] = f"{_printed(low)}–{_printed(high)}" if high else _printed(low)
    return row


def _printed(figure: Any) -> str:
    return print_number(int(figure)) if str(figure).isascii() and str(figure).isdigit() else str(figure)


def _with_titles(schema: Schema, key: str, value: Any, titles: dict[str, str]) -> Any:
    if key in schema.rows:
        rows = schema.rows[key]
        # A citation with nothing but its source is written as the source’s code.
        return [
            _read(rows, part, titles) if isinstance(part, dict) else titles.get(f"sources/{part}", part)
            for part in value
        ]
    if key not in schema.keys or schema.translated(key) or not schema.is_reference(key):
        return value
    kind = _KIND_OF.get(schema.field(key).related_model)
    if isinstance(value, list):
        return [titles.get(f"{kind}/{code}", code) for code in value]
    return titles.get(f"{kind}/{value}", value)


def _counts(before: dict[str, Any], after: dict[str, Any]) -> list[Count]:
    counters = {
        _("Projects and pre-studies on record"): lambda record: print_number(len(record.get("projects", []))),
        _("Of them within the count of January 2018"): lambda record: _in_founding_count(record.get("projects", [])),
        _("Visits on record"): lambda record: print_number(len(record.get("visits", []))),
        _("Of them within the count of visits in January 2018"): lambda record: _in_founding_count(
            record.get("visits", [])
        ),
        _("Delegates whose number is documented, of all visits on record"): lambda record: _delegates(
            record.get("visits", [])
        ),
        _("Sources on record"): lambda record: print_number(len(record.get("sources", []))),
    }
    counts = [(label, count(before), count(after)) for label, count in counters.items()]
    return [Count(label, old, new) for label, old, new in counts if old != new]


def _delegates(visits: list[dict[str, Any]]) -> str:
    low = [int(visit.get("delegates", 0)) for visit in visits]
    high = [int(visit.get("delegates_high") or visit.get("delegates", 0)) for visit in visits]
    return print_range(sum(low), sum(high))


def _in_founding_count(rows: list[dict[str, Any]]) -> str:
    """Those that are in it; what is only planned is perhaps in it, as everywhere."""
    planned = Visit.HowKnown.PLANNED
    counted = [row for row in rows if row.get("in_founding_count") == "yes" and row.get("how_known") != planned]
    return print_number(len(counted))


def _sections(before: dict[str, Any], after: dict[str, Any]) -> list[ChangedSection]:
    """The sections whose own text differs, in the active language or one that both were frozen in."""
    shared = [language for language in after["dossier"] if language in before["dossier"]]
    if not shared:
        return []
    language = get_language() if get_language() in shared else shared[0]
    codes, sections = _differing(before["dossier"][language], after["dossier"][language])
    old, new = (_prose_by_code(data["dossier"][language]) for data in (before, after))
    return [
        ChangedSection(sections[code]["title"], words_between(old.get(code, ""), new.get(code, ""))) for code in codes
    ]


def _prose_by_code(content: dict[str, Any]) -> dict[str, str]:
    """The text of each section as it is read, title first."""
    return {
        section["code"]: " ".join(
            [section["title"]]
            + ["".join(run["text"] for run in row) for block in section["blocks"] for row in block["rows"]]
        )
        for section in content["sections"]
    }


def _differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The codes of the sections of a dossier whose own text differs, and all sections by code, the later first."""
    old = {section["code"]: section for section in before["sections"]}
    new = {section["code"]: section for section in after["sections"]}
    codes = [*new, *(code for code in old if code not in new)]
    return [code for code in codes if _text(old, code) != _text(new, code)], {**old, **new}


def _text(sections: dict[str, Any], code: str) -> Any:
    section = sections.get(code)
    return section and [section["title"], [block["rows"] for block in section["blocks"]]]

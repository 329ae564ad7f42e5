"""What the record in an edition could say when it was frozen: no edition changes when the record learns to say more.

Format 3 names its keys. Formats 1 and 2 do not: what the record came to say after format 1 counts as known to them only
where they say it. What an edition could not say is compared with nothing; “empty” would mean that it was not so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst

from ..record.schemas import ATTACHMENTS, NOT_PUBLIC, SCHEMAS, SCHEMAS_BY_MODEL_NAME, Schema, as_mapping

FORMAT = "dossier-edition/3"
#: The kinds of record in an edition.
KINDS = ("claims", "projects", "visits", "partners", "themes", "milestones", "sources")
#: What staff alone see, what belongs to the site and not to the record, and files, which an edition lists by themselves
NOT_HELD = NOT_PUBLIC | ATTACHMENTS | {"slug", "state", "withdrawn_on", "withdrawal_reason"}
#: What records have come to say since format 1.
_SINCE_FORMAT_1 = frozenset({"how_known", "identifiers", "inferences", "onward", "replies", "says"})


def keys() -> dict[str, list[str]]:
    """The keys that an edition of today can hold, by the name of the model: of records, and of the rows inside them."""
    waiting = [SCHEMAS[kind] for kind in KINDS]
    named: dict[str, list[str]] = {}
    while waiting:
        schema = waiting.pop(0)
        named[_name(schema)] = sorted(set(schema.all_keys) - NOT_HELD)
        waiting += schema.rows.values()
    return named


def _name(schema: Schema) -> str:
    return str(schema.model._meta.model_name)


@dataclass(frozen=True)
class Unknown:
    """The keys of today that one or both of two editions could not say, by the name of the model."""

    keys: dict[str, frozenset[str]]

    @classmethod
    def to(cls, *editions: dict[str, Any]) -> Unknown:
        return cls({model: frozenset().union(*(_unknown(data, model) for data in editions)) for model in keys()})

    def __bool__(self) -> bool:
        return any(self.keys.values())

    def without(self, schema: Schema, row: dict[str, Any]) -> dict[str, Any]:
        """A frozen record with what can be compared; citations that differ in nothing else become one."""
        unknown = self.keys[_name(schema)]
        left = {key: value for key, value in row.items() if key in schema.all_keys and key not in unknown}
        for key, inner in schema.rows.items():
            if key in left:
                rows: list[Any] = []
                for part in left[key]:
                    text = self.without(inner, as_mapping(inner, part))
                    text = text[inner.alone] if list(text) == [inner.alone] else text
                    if text not in rows:
                        rows.append(text)
                left[key] = rows
        return left

    def labels(self, *editions: dict[str, Any]) -> list[str]:
        """What is not compared though one of the editions says it, in words, each once."""
        labels = []
        for model, unknown in self.keys.items():
            schema = SCHEMAS_BY_MODEL_NAME[model]
            stated = set().union(*(_said(data, model) for data in editions)) if unknown else set()
            labels += [capfirst(schema.label(key)) for key in sorted(unknown & stated)]
        return list(dict.fromkeys(labels))


def _unknown(data: dict[str, Any], model: str) -> set[str]:
    today = set(keys()[model])
    if "keys" in data:
        return today - set(data["keys"].get(model, []))
    return (today & _SINCE_FORMAT_1) - _said(data, model)


def _said(data: dict[str, Any], model: str) -> set[str]:
    """The keys that any record of a model has in an edition."""
    return {
        key
        for kind in KINDS
        for row in data["record"].get(kind, [])
        for schema, part in _parts(SCHEMAS[kind], row)
        if _name(schema) == model
        for key in part
    }


def _parts(schema: Schema, row: dict[str, Any]) -> Iterator[tuple[Schema, dict[str, Any]]]:
    """A frozen record and the rows inside it."""
    yield schema, row
    for key, inner in schema.rows.items():
        for part in row.get(key, []):
            yield from _parts(inner, as_mapping(inner, part))

"""Citations for reference managers: BibTeX, RIS and CSL-JSON.

A source is cited as itself, every other record as a page of this site in its present version.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from ..models import Source
from ..publishing import Record


@dataclass(frozen=True)
class Item:
    """What is cited. ``issued`` is year, month and day as far as they are documented.

    A page of this site has an author only where an operator answers for it.
    """

    key: str
    title: str
    author: str
    url: str
    issued: tuple[int, ...]
    kind: str
    language: str = ""
    accessed: datetime.date | None = None
    note: str = ""

    @classmethod
    def of(cls, record: Record | Any) -> Item:
        key = f"{record._meta.model_name}-{record.code}"
        if isinstance(record, Source):
            begin, _end = record.published.iso_dates()
            issued = tuple(int(part) for part in begin.split("-")) if begin else ()
            kinds = {Source.Kind.REPORT: "report", Source.Kind.THESIS: "thesis", Source.Kind.ARTICLE: "article"}
            return cls(
                key,
                record.title,
                record.publisher,
                record.url or record.permanent_url,
                issued,
                kinds.get(Source.Kind(record.kind), "webpage"),
                record.language,
                record.read_on,
            )
        changed = record.modified_at.date()
        issued = (changed.year, changed.month, changed.day)
        note = f"Version of {changed.isoformat()}"
        return cls(key, str(record), settings.OPERATOR_NAME, record.permanent_url, issued, "webpage", note=note)


#: What BibTeX reads as commands.
_BIBTEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%#_$"},
    "{": r"\{",
    "}": r"\}",
}
#: BibTeX knows theses by their degree only, which the record does not hold.
_BIBTEX_TYPES = {"report": "techreport", "article": "article"}


def _escaped(text: str) -> str:
    """Braces that do not match would end the value, escaped or not: they become parentheses."""
    if text.count("{") != text.count("}"):
        text = text.replace("{", "(").replace("}", ")")
    return "".join(_BIBTEX.get(sign, sign) for sign in " ".join(text.split()))


def bibtex(items: list[Item]) -> str:
    """Double braces preserve capitals, and a body’s name as one."""
    entries = []
    for item in items:
        values = {
            "title": f"{{{_escaped(item.title)}}}",
            "author": f"{{{_escaped(item.author)}}}" if item.author else "",
            "year": str(item.issued[0]) if item.issued else "",
            "month": str(item.issued[1]) if len(item.issued) > 1 else "",
            "url": re.sub(r"[{}\\\s]", lambda sign: f"%{ord(sign[0]):02X}", item.url),
            "urldate": item.accessed.isoformat() if item.accessed else "",
            "language": item.language,
            "note": _escaped(item.note),
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in values.items() if value)
        entries.append(f"@{_BIBTEX_TYPES.get(item.kind, 'misc')}{{{item.key},\n{lines}\n}}")
    return "\n\n".join(entries) + "\n"


_RIS_TYPES = {"report": "RPRT", "thesis": "THES", "article": "JOUR"}


def ris(items: list[Item]) -> str:
    """Lines of two letters, two blanks, a hyphen and a blank; a value cannot hold a line break."""
    entries = []
    for item in items:
        values = [
            ("TY", _RIS_TYPES.get(item.kind, "ELEC")),
            ("ID", item.key),
            ("TI", item.title),
            ("AU", item.author),
            ("PY", str(item.issued[0]) if item.issued else ""),
            ("DA", "/".join(f"{part:02}" for part in item.issued) if item.issued else ""),
            ("UR", item.url),
            ("Y2", item.accessed.strftime("%Y/%m/%d") if item.accessed else ""),
            ("LA", item.language),
            ("N1", item.note),
        ]
        lines = [f"{name}  - {' '.join(value.split())}" for name, value in values if value]
        entries.append("\r\n".join([*lines, "ER  - "]))
    return "\r\n".join(entries) + "\r\n"


def csl(items: list[Item]) -> str:
    rows = []
    for item in items:
        row: dict[str, Any] = {
            "id": item.key,
            "type": {"article": "article"}.get(item.kind, item.kind),
            "title": item.title,
            "URL": item.url,
        }
        if item.author:
            row["author"] = [{"literal": item.author}]
        if item.issued:
            row["issued"] = {"date-parts": [list(item.issued)]}
        if item.accessed:
            row["accessed"] = {"date-parts": [[item.accessed.year, item.accessed.month, item.accessed.day]]}
        row |= {name: value for name, value in (("language", item.language), ("note", item.note)) if value}
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False, indent=2)


#: How a page says of what kind it is: by the body that a report or thesis was written at.
_META_OF_KIND = {"report": "citation_technical_report_institution", "thesis": "citation_dissertation_institution"}


def meta(item: Item) -> list[tuple[str, str]]:
    """The names and values that reference managers read in the head of a page (Highwire Press, as Zotero reads it).

    A body stands as the publisher, not as ``citation_author``, which is read as the name of a person and taken apart.
    """
    values = [
        ("citation_title", item.title),
        (_META_OF_KIND.get(item.kind, "citation_publisher"), item.author),
        ("citation_publication_date", "/".join(f"{part:02}" for part in item.issued)),
        ("citation_public_url", item.url),
        ("citation_language", item.language),
    ]
    return [(name, " ".join(value.split())) for name, value in values if value]


Writer = Callable[[list[Item]], str]
#: By suffix: what writes it, and its media type.
WRITERS: dict[str, tuple[Writer, str]] = {
    "bib": (bibtex, "application/x-bibtex; charset=utf-8"),
    "ris": (ris, "application/x-research-info-systems; charset=utf-8"),
    "csl": (csl, "application/vnd.citationstyles.csl+json"),
}

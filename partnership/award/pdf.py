"""A dossier as PDF, typeset by Typst and tagged for screen readers (PDF/UA-1): reproducible bytes for an edition.

Content is passed to the Typst templates as data and never becomes part of their source, so none of it is parsed as
markup. Typst refuses output that does not conform to PDF/UA-1; the tests check the structure again.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import unicodedata
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.dateformat import format as in_format
from django.utils.translation import gettext as _

from .. import child_process
from ..fields.texts import clean
from ..files.generated import generated
from ..models import Edition
from .typesetting import FONTS, HERE


class About(NamedTuple):
    """The edition that a PDF is of, for its footer; ``number`` is None for the dossier of today."""

    number: int | None
    made_on: datetime.date
    sha256: str
    url: str

    @classmethod
    def of(cls, edition: Edition) -> About:
        return cls(edition.number, edition.made_on, edition.sha256, f"{settings.SITE_URL}/e/{edition.pk}")

    @property
    def day(self) -> str:
        return in_format(self.made_on, "j F Y")

    @property
    def footer(self) -> str:
        """Edition, day and checksum, or a note that the text is not frozen."""
        if self.number is None:
            return _("As of %(day)s, not frozen. %(address)s") % {"day": self.day, "address": self.url}
        values = {"number": self.number, "day": self.day, "sha256": self.sha256}
        return _("Edition %(number)s, %(day)s. SHA-256 %(sha256)s") % values


def dossier_pdf(content: dict[str, Any], language: str, about: About) -> bytes:
    """The dossier on A4: evidence in the margin, sources as numbered notes, sections as bookmarks."""
    with translation.override(language):
        data = {
            "title": content["title"],
            "author": content["applicant"],
            "language": language,
            "lead": content["lead"],
            "award": content["award"],
            "note": content["note"],
            "footer": about.footer,
            "facts": _facts(content, about),
            # Editions frozen before pictures were part of them have none.
            "pictures": content.get("pictures", []),
            "words": {
                **_marks(language),
                "pictures": _("In pictures"),
                "contents": _("Contents"),
                "sources": _("Sources"),
                "gone": _("Original no longer available."),
                "archived": _("Archived copy"),
                "claims": [_("Claim"), _("Stated"), _("On record here"), _("Status")],
            },
            "sections": [_section(section) for section in content["sections"]],
            "sources": content["sources"],
        }
        return _typeset("dossier.typ", data, about.made_on)


def reading_sheet(data: dict[str, Any], language: str, about: About) -> bytes:
    """The criteria of the award with blank lines to write on. No scale, since the award has published none."""
    content = data["dossier"][language]
    with translation.override(language):
        groups = [
            (_("Criteria"), 4, [row for row in data["criteria"] if not row["condition"]]),
            (_("Conditions"), 2, [row for row in data["criteria"] if row["condition"]]),
        ]
        sheet = {
            "title": _("Reading sheet"),
            "author": content["applicant"],
            "language": language,
            "lead": _("To print and write on. No scale has been published for this award, so there is none here."),
            "award": content["award"],
            "footer": about.footer,
            "facts": [(_("Dossier"), content["title"]), *_facts(content, about)],
            "words": _marks(language),
            "groups": [
                {"title": title, "lines": lines, "names": [row[language] for row in rows]}
                for title, lines, rows in groups
                if rows
            ],
        }
        return _typeset("reading-sheet.typ", sheet, about.made_on)


def _facts(content: dict[str, Any], about: About) -> list[tuple[str, str]]:
    facts = [
        (_("Award"), content["award"]),
        (_("Applicant"), content["applicant"] or _("Not documented")),
        (_("Category"), content["category"] or _("Not documented")),
        (_("Submitted"), content["submitted"] or _("Not documented")),
        (_("Status"), content["status"]),
        (_("Outcome"), content["outcome"] or _("Not documented")),
    ]
    if about.number is None:
        facts.append((_("Address"), about.url))
    else:
        facts.append((_("Edition"), f"{about.number}, {about.day}"))
        facts += [("SHA-256", about.sha256), (_("Address"), about.url)]
    return facts


def _marks(language: str) -> dict[str, str]:
    return {"opening": "”", "closing": "”"} if language == "sv" else {"opening": "“", "closing": "”"}


def _section(section: dict[str, Any]) -> dict[str, Any]:
    blocks = [
        {**block, "rows": [[_absolute(run) for run in row] for row in block["rows"]]} for block in section["blocks"]
    ]
    return {"lines": [], "claims": [], **section, "blocks": blocks}


def _absolute(run: dict[str, Any]) -> dict[str, Any]:
    """A link in a PDF has no page that it could be relative to."""
    if run.get("href", "").startswith("/"):
        return {**run, "href": f"{settings.SITE_URL}{run['href']}"}
    return run


def _typeset(template: str, data: dict[str, Any], day: datetime.date) -> bytes:
    """Set once for the same data, template and compiler, and kept on the disk. Raises ChildError."""
    # A mark on a letter must be in the same font as the letter; where it is not, each alone can be set.
    texts = [json.dumps(_settable(data, with_marks), ensure_ascii=False) for with_marks in (True, False)]
    timestamp = int(datetime.datetime.combine(day, datetime.time(12), datetime.UTC).timestamp())

    def make(path: Path) -> None:
        task = "partnership.award.typesetting:typeset"
        child_process.run(task, template=template, data=texts, target=str(path), timestamp=timestamp)

    return generated("pdf", [_setting(), template, texts[0], timestamp], "pdf", make)


@cache
def _setting() -> str:
    """What else a PDF depends on: compiler and templates."""
    templates = "".join(path.read_text() for path in sorted(HERE.glob("*.typ")))
    return f"{version('typst')} {hashlib.sha256(templates.encode()).hexdigest()}"


# Signs that the fonts lack

#: Stands for a sign that no font holds.
MISSING = "□"


@cache
def _signs(name: str) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(FONTS / name, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _is_held(sign: str) -> bool:
    """Whether a font has it; what most texts are written with asks no large one."""
    return ord(sign) < 0x250 or any(
        sign in _signs(name) for name in ("SourceSerif4-Regular.ttf", "NotoEmoji-Regular.ttf", "Unifont.otf")
    )


def _settable(value: Any, with_marks: bool) -> Any:
    """The data with a plain form of each sign that no font holds, or ``MISSING``: Typst refuses to set such a sign."""
    if isinstance(value, str):
        return "".join(_set(sign) for sign in clean(value) if with_marks or not _is_mark(sign))
    if isinstance(value, dict):
        return {key: _settable(part, with_marks) for key, part in value.items()}
    return [_settable(part, with_marks) for part in value] if isinstance(value, list | tuple) else value


def _set(sign: str) -> str:
    if _is_held(sign):
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    return plain if plain != sign and all(map(_is_held, plain)) else MISSING


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) in {"Mn", "Mc", "Me", "Cf", "Sk"} and ord(sign) >= 0x250


def missing_signs(text: str) -> list[str]:
    """The signs of a text that the PDF cannot show, each once."""
    return [sign for sign in dict.fromkeys(clean(text)) if _set(sign) == MISSING != sign]

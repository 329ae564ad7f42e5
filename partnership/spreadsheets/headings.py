"""What the headings of people’s own lists mean: the names and labels of our columns, and the words that clerks use."""

from __future__ import annotations

import re

from ..fields.translated import language_columns
from .cells import folded
from .columns import Column, ProfessionCount, Sheet

#: By sheet and column, words that people in both countries write above their columns.
_WORDS: dict[str, dict[str, str]] = {
    "visits": {
        "period": "när|datum|resedatum|resdatum|datum för resan|datum för besöket|tid|tidpunkt|år|when|date|dates|"
        "date of visit|visit date|travel date|travel dates|date of travel|year|month|wanneer|datum van besoek|datums",
        "guests": "från|resande|besökare|gäst|vilka|vilka kom|delegation|delegation från|from|visitor|visitors|guest|"
        "who|delegation from|visiting party|visiting municipality|travelled from|van|besoekers|gaste",
        "hosts": "till|värd|mottagare|besöksmål|resmål|plats|to|host|hosted by|visited|place|destination|where|"
        "receiving municipality|host municipality|na|gasheer",
        "purpose_sv": "vad handlade det om|handlade om|syfte|ändamål|ärende|tema|ämne|innehåll|beskrivning|aktivitet",
        "purpose_en": "what was it about|purpose|purpose of visit|topic|subject|theme|reason|reason for visit|"
        "objective|about|description|activity",
        "projects": "projekt|project|programme|program|projek",
        "delegates": "antal|antal personer|antal deltagare|antal resande|deltagare|personer|number|number of people|"
        "no of people|number of delegates|no of delegates|pax|participants|people|size of delegation|how many|"
        "delegation size|aantal|getal",
        "direction": "riktning",
        "sources": "källa|underlag|source|evidence|bron",
        "staff_note": "obs|anm|anmärkning|anmärkningar|kommentar|kommentarer|notering|noteringar|remark|remarks|"
        "comment|comments|note|notes|opmerkings",
    },
    "projects": {
        "title_sv": "titel|projekt|projektnamn|namn|projekttitel",
        "title_en": "title|project|project name|project title|name",
        "period": "när|datum|tid|projekttid|projektperiod|år|when|date|dates|year|years|duration|project period",
        "participations": "partner|deltagare|medverkande|parter|participants|who",
        "budget_amount": "budget|belopp|beviljat belopp|bidragsbelopp|summa|amount|grant|sum",
        "budget_currency": "valuta|currency",
        "summary_sv": "sammanfattning|beskrivning|innehåll",
        "summary_en": "summary|description|about",
        "themes": "tema|teman|theme",
        "sources": "källa|underlag|source|evidence",
        "staff_note": "obs|anm|anmärkning|kommentar|kommentarer|remark|remarks|comment|comments|note|notes",
    },
    "sources": {
        "title": "rubrik|dokument|handling|namn|document|name|heading",
        "publisher": "avsändare|upphov|myndighet|issuer|publisher|author|issued by",
        "published": "datum|utgiven|år|date|year|published on",
        "url": "länk|webbadress|url|link|web address",
        "read_on": "läst|läst den|hämtad|accessed|read",
        "kind": "typ|slag|type",
        "staff_note": "obs|anm|anmärkning|kommentar|kommentarer|remark|remarks|comment|comments|note|notes",
    },
    "delegates": {
        "visit": "besök|resa|visit|trip",
        "profession": "yrke|befattning|yrkesgrupp|profession|occupation",
        "number": "antal|number|how many|aantal",
    },
}
#: Columns that are offered but never taken unasked: what stands there was written for nobody else.
_ONLY_OFFERED = frozenset({"staff_note"})
_COUNT = re.compile(r"(?:varav|antal|därav|of which|of whom|number of|no of|incl|including|waarvan) ")


def _plain(heading: str) -> str:
    """A heading without what stands in brackets and without its marks."""
    return " ".join(re.sub(r"\([^)]*\)|[?:.!*#]", " ", folded(heading)).split())


class Headings:
    """Finds the column of a heading: ``exact`` by its name or label, ``likely`` by what people call it."""

    def __init__(self, sheet: Sheet):
        self._exact = sheet.names()
        self._likely: dict[str, Column] = {}
        targets = sheet.targets()
        for name, words in _WORDS.get(sheet.name, {}).items():
            for word in words.split("|"):
                self._likely.setdefault(word, targets[name])
        self._counts = {
            folded(getattr(column.profession, attribute)): column
            for column in targets.values()
            if isinstance(column, ProfessionCount)
            for attribute in ("code", *language_columns("name"))
        }

    def exact(self, heading: str) -> Column | None:
        return self._exact.get(folded(heading))

    def likely(self, heading: str) -> Column | None:
        words = _plain(heading)
        count = _COUNT.match(words)
        profession = self._counts.get(words[count.end() :] if count else words)
        return self.exact(heading) or self._exact.get(words) or profession or self._likely.get(words)

    def guess(self, heading: str) -> tuple[Column | None, Column | None]:
        """What a column is taken for, and what is only offered."""
        column = self.likely(heading)
        is_offered = column is not None and column.name in _ONLY_OFFERED and not self.exact(heading)
        return (None, column) if is_offered else (column, None)

    def score(self, row: list[str]) -> int:
        """How many cells are headings: a single one may be a title above the table, unless there is no other."""
        count = sum(1 for cell in row if cell and self.likely(cell))
        return count if count > 1 or count == sum(bool(cell) for cell in row) else 0

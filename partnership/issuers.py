"""The issuers of the sources, and what of the record rests on each of them alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from django.utils.text import capfirst

from projects.models import ProjectCitation, ThemeCitation
from visits.models import VisitCitation

from .models import Issuer, MilestoneCitation, PartnerCitation, Source
from .per_version import cached_per_version
from .publishing import State

#: The citations of each kind of record that may rest on one issuer alone, by the name of the foreign key.
CITED: dict[str, Any] = {
    "project": ProjectCitation,
    "visit": VisitCitation,
    "milestone": MilestoneCitation,
    "partner": PartnerCitation,
    "theme": ThemeCitation,
}


#: The squares that are drawn of each kind; the numbers beside them are whole.
MOST_SQUARES = 50


@dataclass
class IssuedSources:
    """The public sources of one issuer; ``alone`` counts the records that cite nobody else, by kind."""

    name: str
    sources: list[Source] = field(default_factory=list)
    alone: Counter[str] = field(default_factory=Counter)
    #: Records that would lose one of their issuers.
    shared: int = 0
    #: What is known of the issuer itself: when it may close, and who says so.
    known: Issuer | None = None

    @property
    def squares(self) -> list[bool]:
        """A square for each record that cites it, true where it cites nobody else; not too many to draw."""
        return [True] * min(self.alone.total(), MOST_SQUARES) + [False] * min(self.shared, MOST_SQUARES)

    @property
    def is_small(self) -> bool:
        """One source, on which nothing rests alone."""
        return len(self.sources) == 1 and not self.alone.total() and not (self.known and self.known.closes_on)

    @property
    def archived(self) -> int:
        return sum(bool(source.archive_url) for source in self.sources)

    @property
    def checked_on(self) -> date | None:
        return max((source.checked_on for source in self.sources if source.checked_on), default=None)

    @property
    def strongest(self) -> Source:
        return min(self.sources, key=lambda source: source.mark)

    @property
    def alone_by_kind(self) -> list[tuple[str, int]]:
        """The names of the kinds, with the number of their records that rest on this issuer alone."""
        names = {kind: model._meta.get_field(kind).related_model._meta for kind, model in CITED.items()}
        return [
            (str(names[kind].verbose_name if number == 1 else names[kind].verbose_name_plural), number)
            for kind in CITED
            if (number := self.alone[kind])
        ]


class SourcesByIssuer(NamedTuple):
    issuers: list[IssuedSources]
    #: How many records cite each source, by its key.
    uses: dict[int, int]

    @property
    def closing(self) -> list[IssuedSources]:
        return [issuer for issuer in self.issuers if issuer.known and issuer.known.closes_on]

    @property
    def total(self) -> int:
        return sum(len(issuer.sources) for issuer in self.issuers)

    @property
    def most(self) -> IssuedSources | None:
        """The issuer of most sources."""
        return max(self.issuers, key=lambda issuer: len(issuer.sources), default=None)

    @property
    def large(self) -> list[IssuedSources]:
        return [issuer for issuer in self.issuers if not issuer.is_small]

    @property
    def small(self) -> list[IssuedSources]:
        return sorted((issuer for issuer in self.issuers if issuer.is_small), key=lambda issuer: issuer.name.lower())

    def only(self, keys: Set[int]) -> SourcesByIssuer:
        """These sources alone; what rests on an issuer is still told of all of its sources."""
        narrowed = [
            replace(issuer, sources=[source for source in issuer.sources if source.pk in keys])
            for issuer in self.issuers
        ]
        return SourcesByIssuer([issuer for issuer in narrowed if issuer.sources], self.uses)


@cached_per_version
def sources_by_issuer() -> SourcesByIssuer:
    """Those on which most rests come first."""
    issuers: dict[str, IssuedSources] = {}
    for source in Source.objects.published().with_files():
        issuers.setdefault(source.issuer, IssuedSources(source.issuer)).sources.append(source)
    uses: Counter[int] = Counter()
    for kind, model in CITED.items():
        public = {f"{kind}__state": State.PUBLISHED, "source__state": State.PUBLISHED}
        cited: Any = model._default_manager.filter(**public).order_by().values_list(kind, "source", "source__issuer")
        issuers_of: dict[int, set[str]] = defaultdict(set)
        for record, source_key, name in cited.distinct():
            issuers_of[record].add(name)
            uses[source_key] += 1
        for names in issuers_of.values():
            for name in names:
                if len(names) == 1:
                    issuers[name].alone[kind] += 1
                else:
                    issuers[name].shared += 1
    for known in Issuer.objects.select_related("source"):
        if known.name in issuers:
            issuers[known.name].known = known
    for issuer in issuers.values():
        issuer.sources.sort(key=lambda source: (-uses[source.pk], source.title))
    ordered = sorted(
        issuers.values(), key=lambda issuer: (-issuer.alone.total(), -len(issuer.sources), capfirst(issuer.name))
    )
    return SourcesByIssuer(ordered, dict(uses))

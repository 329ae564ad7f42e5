"""The numbered sources of a page, in the order of their first citation."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from .models import Citation, Source
from .publishing import State


@dataclass(frozen=True)
class Reference:
    """A source with its number on the page, and what it says for the facts there, each place once."""

    number: int
    source: Source
    #: By its words: a list of many rows cites the same passage again and again.
    _passages: dict[tuple[str, str], Citation] = field(default_factory=dict)

    @property
    def passages(self) -> Collection[Citation]:
        return self._passages.values()

    @property
    def quotations(self) -> list[str]:
        return list(dict.fromkeys(passage.quotation for passage in self.passages if passage.quotation))

    def add(self, citation: Citation) -> None:
        """Adds what the citation says, unless the same stands here already."""
        words = (str(citation.says), citation.quotation)
        if any(words):
            self._passages.setdefault(words, citation)


class References:
    """Collected by ``{% cite %}`` while a page is rendered, and listed at its end."""

    def __init__(self) -> None:
        self._by_source: dict[int, Reference] = {}
        self._sayings = 0

    def next_saying(self) -> int:
        """The number of the next passage that stands beside its sentence."""
        self._sayings += 1
        return self._sayings

    def tell(self, citations: Iterable[Citation]) -> None:
        """Lists the sources of citations whose passages stand beside their facts, so that the list leaves them out."""
        for citation in citations:
            if citation.source.state != State.DRAFT:
                self._reference(citation.source)

    def _reference(self, source: Source) -> Reference:
        if source.pk not in self._by_source:
            self._by_source[source.pk] = Reference(len(self._by_source) + 1, source)
        return self._by_source[source.pk]

    def cite(self, citations: Iterable[Citation]) -> list[Reference]:
        """The references of these citations by number, each source once; drafts are left out."""
        cited: dict[int, Reference] = {}
        for citation in citations:
            source = citation.source
            if source.state == State.DRAFT:
                continue
            reference = self._reference(source)
            reference.add(citation)
            cited[source.pk] = reference
        return sorted(cited.values(), key=lambda reference: reference.number)

    def __iter__(self):
        return iter(self._by_source.values())

    def __len__(self) -> int:
        return len(self._by_source)

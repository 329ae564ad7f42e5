"""The numbered sources of one page, in the order in which the page first cites them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .models import Citation, Source
from .publishing import State


@dataclass(frozen=True)
class Reference:
    """A source with its number on the page, and the passages that the page cites from it."""

    number: int
    source: Source
    quotations: list[str]


class References:
    """Filled by ``{% cite %}`` while a page is rendered, printed at its end."""

    def __init__(self) -> None:
        self._found: dict[int, Reference] = {}

    def cite(self, citations: Iterable[Citation]) -> list[Reference]:
        """The references of these citations, each source once; a draft is no evidence for the public."""
        cited: dict[int, Reference] = {}
        for citation in citations:
            source = citation.source
            if source.state == State.DRAFT:
                continue
            reference = self._found.get(source.pk)
            if reference is None:
                reference = Reference(len(self._found) + 1, source, [])
                self._found[source.pk] = reference
            if citation.quotation and citation.quotation not in reference.quotations:
                reference.quotations.append(citation.quotation)
            cited[source.pk] = reference
        return sorted(cited.values(), key=lambda reference: reference.number)

    def __iter__(self):
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

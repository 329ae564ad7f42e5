"""Search over the whole record and the pages about it, in each language, the same on SQLite (FTS5) and PostgreSQL.

Words are cut, folded and stemmed here, and the database only looks them up: thus both find the same, in the same order.
The index is updated at the next search: database triggers note every record that has been written to, by whatever
program. Only published records are indexed.
"""

from .index import entries_with, refresh
from .kinds import KIND_LABELS
from .pages import PAGES
from .query import Results, called, everything, search
from .words import folded, folded_words, stem

__all__ = [
    "KIND_LABELS",
    "PAGES",
    "Results",
    "called",
    "entries_with",
    "everything",
    "folded",
    "folded_words",
    "refresh",
    "search",
    "stem",
]

"""The record of the partnership itself. Nothing here imports projects or visits."""

from .evidence import (
    Citation,
    Claim,
    Source,
    Statement,
    StatementCitation,
)
from .history import Redaction, Revision
from .media import Document, Photo
from .partners import (
    Milestone,
    MilestoneCitation,
    Partner,
    PartnerCitation,
    PartnerName,
    Succession,
)
from .seed import SeededRecord
from .serving import FormerAddress, RecordChange, RecordVersion, SearchEntry
from .staff import SpreadsheetUpload, User

__all__ = [
    "Citation",
    "Claim",
    "Document",
    "FormerAddress",
    "Milestone",
    "MilestoneCitation",
    "Partner",
    "PartnerCitation",
    "PartnerName",
    "Photo",
    "RecordChange",
    "RecordVersion",
    "Redaction",
    "Revision",
    "SearchEntry",
    "SeededRecord",
    "Source",
    "SpreadsheetUpload",
    "Statement",
    "StatementCitation",
    "Succession",
    "User",
]

"""The record of the partnership itself. Nothing here imports projects or visits."""

from .confirmations import Confirmation, StatementConfirmation
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
from .staff import Letter, Remark, User

__all__ = [
    "Citation",
    "Claim",
    "Confirmation",
    "Document",
    "FormerAddress",
    "Letter",
    "Milestone",
    "MilestoneCitation",
    "Partner",
    "PartnerCitation",
    "PartnerName",
    "Photo",
    "RecordChange",
    "RecordVersion",
    "Redaction",
    "Remark",
    "Revision",
    "SearchEntry",
    "SeededRecord",
    "Source",
    "Statement",
    "StatementCitation",
    "StatementConfirmation",
    "Succession",
    "User",
]

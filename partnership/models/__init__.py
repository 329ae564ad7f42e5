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
from .staff import ROLES, FailedSignIn, User

__all__ = [
    "ROLES",
    "Citation",
    "Claim",
    "Document",
    "FailedSignIn",
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
    "Statement",
    "StatementCitation",
    "Succession",
    "User",
]

"""The record of the partnership itself. Nothing here imports projects or visits."""

from .evidence import (
    Citation,
    Claim,
    Source,
    Statement,
    StatementCitation,
)
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
from .staff import User

__all__ = [
    "Citation",
    "Claim",
    "Document",
    "Milestone",
    "MilestoneCitation",
    "Partner",
    "PartnerCitation",
    "PartnerName",
    "Photo",
    "SeededRecord",
    "Source",
    "Statement",
    "StatementCitation",
    "Succession",
    "User",
]

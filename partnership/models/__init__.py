"""The models of the record itself. They import neither projects nor visits."""

from .award import (
    AwardRound,
    Criterion,
    Edition,
    EditionFile,
    PrivateLink,
    RoundCitation,
    Section,
    Submission,
    SubmissionCitation,
)
from .confirmations import Confirmation, StatementConfirmation
from .contributions import Contribution, ContributionFile, ContributionMessage, ContributionResult
from .evidence import Citation, Claim, FieldGroup, Inference, Source, Statement, StatementCitation
from .following import Follower, Following, Mailing, Newsletter, Suppression
from .history import Redaction, Revision
from .mail import QueuedEmail
from .media import Document, Photo
from .partners import (
    Milestone,
    MilestoneCitation,
    MilestoneInference,
    Partner,
    PartnerCitation,
    PartnerInference,
    PartnerName,
    Succession,
)
from .security import SecurityEvent
from .seed import SeededRecord
from .serving import DataVersion, FormerAddress, PendingIndexing, SearchEntry
from .spreadsheets import SpreadsheetUpload
from .staff import ROLES, FailedSignIn, ReviewNote, User

__all__ = [
    "ROLES",
    "AwardRound",
    "Citation",
    "Claim",
    "Confirmation",
    "Contribution",
    "ContributionFile",
    "ContributionMessage",
    "ContributionResult",
    "Criterion",
    "DataVersion",
    "Document",
    "Edition",
    "EditionFile",
    "FailedSignIn",
    "FieldGroup",
    "Follower",
    "Following",
    "FormerAddress",
    "Inference",
    "Mailing",
    "Milestone",
    "MilestoneCitation",
    "MilestoneInference",
    "Newsletter",
    "Partner",
    "PartnerCitation",
    "PartnerInference",
    "PartnerName",
    "PendingIndexing",
    "Photo",
    "PrivateLink",
    "QueuedEmail",
    "Redaction",
    "ReviewNote",
    "Revision",
    "RoundCitation",
    "SearchEntry",
    "Section",
    "SecurityEvent",
    "SeededRecord",
    "Source",
    "SpreadsheetUpload",
    "Statement",
    "StatementCitation",
    "StatementConfirmation",
    "Submission",
    "SubmissionCitation",
    "Succession",
    "Suppression",
    "User",
]

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
from .history import DistinctPair, Merger, Redaction, Revision
from .mail import QueuedEmail
from .media import Document, Photo
from .partners import (
    Milestone,
    MilestoneCitation,
    MilestoneInference,
    Partner,
    PartnerCitation,
    PartnerIdentifier,
    PartnerInference,
    PartnerName,
    Succession,
)
from .proposals import Proposal
from .questions import Question, QuestionSheet
from .replies import Reply, StatementReply
from .searches import Issuer, LoggedSearch
from .security import SecurityEvent
from .seed import SeededRecord
from .serving import DataRelease, DataVersion, FormerAddress, Heartbeat, PendingIndexing, SearchEntry, SearchWord
from .spreadsheets import SpreadsheetLayout, SpreadsheetUpload
from .staff import ROLES, FailedSignIn, FormDraft, ReviewNote, SecondLook, User
from .stories import Passage, Story
from .synonyms import Synonyms
from .uploads import HeldUpload

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
    "DataRelease",
    "DataVersion",
    "DistinctPair",
    "Document",
    "Edition",
    "EditionFile",
    "FailedSignIn",
    "FieldGroup",
    "Follower",
    "Following",
    "FormDraft",
    "FormerAddress",
    "Heartbeat",
    "HeldUpload",
    "Inference",
    "Issuer",
    "LoggedSearch",
    "Mailing",
    "Merger",
    "Milestone",
    "MilestoneCitation",
    "MilestoneInference",
    "Newsletter",
    "Partner",
    "PartnerCitation",
    "PartnerIdentifier",
    "PartnerInference",
    "PartnerName",
    "Passage",
    "PendingIndexing",
    "Photo",
    "PrivateLink",
    "Proposal",
    "Question",
    "QuestionSheet",
    "QueuedEmail",
    "Redaction",
    "Reply",
    "ReviewNote",
    "Revision",
    "RoundCitation",
    "SearchEntry",
    "SearchWord",
    "SecondLook",
    "Section",
    "SecurityEvent",
    "SeededRecord",
    "Source",
    "SpreadsheetLayout",
    "SpreadsheetUpload",
    "Statement",
    "StatementCitation",
    "StatementConfirmation",
    "StatementReply",
    "Story",
    "Submission",
    "SubmissionCitation",
    "Succession",
    "Suppression",
    "Synonyms",
    "User",
]

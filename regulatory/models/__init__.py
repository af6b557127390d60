"""The branch's records, one room a kind; Django finds all of them here."""

from regulatory.collective.models import CollectiveLine, CollectivePaper
from regulatory.lists.models import ListEdition, ListPlace
from regulatory.models.authorizations import STOPPED, Authorization, HoldGround, QuantityEntry
from regulatory.models.changes import ProfileEdit, Publication, PublicationLine
from regulatory.models.conditions import GrantCondition
from regulatory.models.declines import Decline, EnquiryDecline
from regulatory.models.enquiries import Enquiry
from regulatory.models.events import Attestation, PathwayEvent
from regulatory.models.filings import Filing, FilingQuestion
from regulatory.models.pathways import ProfileVersion
from regulatory.models.reviews import Review, ReviewAnswer
from regulatory.triage.models import Triage, TriageDecision, TriageLetter, TriageVersion

__all__ = [
    "STOPPED",
    "Attestation",
    "Authorization",
    "CollectiveLine",
    "CollectivePaper",
    "Decline",
    "Enquiry",
    "EnquiryDecline",
    "Filing",
    "FilingQuestion",
    "GrantCondition",
    "HoldGround",
    "ListEdition",
    "ListPlace",
    "PathwayEvent",
    "ProfileEdit",
    "ProfileVersion",
    "Publication",
    "PublicationLine",
    "QuantityEntry",
    "Review",
    "ReviewAnswer",
    "Triage",
    "TriageDecision",
    "TriageLetter",
    "TriageVersion",
]

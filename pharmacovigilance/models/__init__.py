"""Adverse events: what was said, what was judged, who must be told by when (facts: pharmacovigilance 9.1, 9.2)."""

from pharmacovigilance.models.coding import CodingDictionary, CodingTerm, DictionaryFile
from pharmacovigilance.models.duplicates import DuplicateCandidate, OtherIdentifier
from pharmacovigilance.models.events import (
    AdverseEvent,
    Assessment,
    DosageLine,
    ReferenceSafetyInformation,
    ReportedProduct,
)
from pharmacovigilance.models.following import FollowUp, FollowUpAttempt
from pharmacovigilance.models.intake import ReportPaper, SafetyReport
from pharmacovigilance.models.reconciling import ReconciledCase, ReconciliationRun
from pharmacovigilance.models.reporting import Obligation, Transmission, UnmatchedAcknowledgement
from pharmacovigilance.models.rules import ReportingRuleVersion
from pharmacovigilance.models.versions import CaseVersion, SafetyCase

__all__ = [
    "AdverseEvent",
    "Assessment",
    "CaseVersion",
    "CodingDictionary",
    "CodingTerm",
    "DictionaryFile",
    "DosageLine",
    "DuplicateCandidate",
    "FollowUp",
    "FollowUpAttempt",
    "Obligation",
    "OtherIdentifier",
    "ReconciledCase",
    "ReconciliationRun",
    "ReferenceSafetyInformation",
    "ReportPaper",
    "ReportedProduct",
    "ReportingRuleVersion",
    "SafetyCase",
    "SafetyReport",
    "Transmission",
    "UnmatchedAcknowledgement",
]

"""Where the medicine is, who holds it, and whether it may be given (facts: custody proposal 8.1)."""

from cases.custody.models.consignments import Consignment
from cases.custody.models.contents import ContentEntry, PackOpening
from cases.custody.models.dscsa import (
    Regime,
    SupplyException,
    SuspectProduct,
    TransactionPack,
    TransactionRecord,
    VerificationResult,
)
from cases.custody.models.epcis import EpcisEvent, EpcisFile
from cases.custody.models.handling import ProductHandling
from cases.custody.models.identity import IdentityReading
from cases.custody.models.journeys import Condition, ConsignmentPaper, HandOver, Milestone, Packing
from cases.custody.models.ledger import CustodyEvent, CustodyEventUnit, Unit, UnitState
from cases.custody.models.partners import (
    CredentialCheck,
    CredentialDate,
    CredentialEnd,
    Lot,
    Partner,
    PartnerCredential,
    PartnerPaper,
)
from cases.custody.models.recalls import Recall, RecalledCase, RecalledPack, RecallLetter, RecallLot
from cases.custody.models.receiving import (
    CheckResult,
    Disposition,
    DoseAdministered,
    Inspection,
    InspectionDraft,
    SecondCheck,
)
from cases.custody.models.scanning import PackReading
from cases.custody.models.stock import StockMove, StockPack
from cases.custody.models.temperature import ExposureAssessment, LoggerDraft, LoggerLayout
from cases.custody.models.written_once import WRITTEN_ONCE

__all__ = [
    "WRITTEN_ONCE",
    "CheckResult",
    "Condition",
    "Consignment",
    "ConsignmentPaper",
    "ContentEntry",
    "CredentialCheck",
    "CredentialDate",
    "CredentialEnd",
    "CustodyEvent",
    "CustodyEventUnit",
    "Disposition",
    "DoseAdministered",
    "EpcisEvent",
    "EpcisFile",
    "ExposureAssessment",
    "HandOver",
    "IdentityReading",
    "Inspection",
    "InspectionDraft",
    "LoggerDraft",
    "LoggerLayout",
    "Lot",
    "Milestone",
    "PackOpening",
    "PackReading",
    "Packing",
    "Partner",
    "PartnerCredential",
    "PartnerPaper",
    "ProductHandling",
    "Recall",
    "RecallLetter",
    "RecallLot",
    "RecalledCase",
    "RecalledPack",
    "Regime",
    "SecondCheck",
    "StockMove",
    "StockPack",
    "SupplyException",
    "SuspectProduct",
    "TransactionPack",
    "TransactionRecord",
    "Unit",
    "UnitState",
    "VerificationResult",
]

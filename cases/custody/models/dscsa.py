"""Transaction information and statement per leg, exceptions, verification results, suspect product (21 USC 360eee)."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.epcis import EpcisFile
from cases.custody.models.ledger import Unit
from cases.custody.models.written_once import UNDELETABLE, WRITTEN_ONCE
from cases.lifecycle.guard import guarded

# 21 USC 360eee(27): what the seller states, in the order of the Act.
STATEMENTS = (
    ("is_authorized", "The seller is authorized"),
    ("received_from_authorized", "It was received from an authorized person"),
    ("received_papers", "Transaction information and statement came from the owner before"),
    ("no_knowing_suspect", "No suspect or illegitimate product was knowingly shipped"),
    ("had_verification", "Systems to verify product were in place"),
    ("no_false_information", "No false transaction information was knowingly given"),
    ("no_altered_history", "The transaction history was not knowingly altered"),
)


class Regime(models.TextChoices):
    """Which law the papers of a leg follow; the export leg's are given voluntarily and never called DSCSA compliant."""

    US_DSCSA = "us_dscsa", "US, DSCSA"
    EXPORT = "export", "export, given voluntarily"
    DESTINATION = "destination", "destination"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class TransactionRecord(models.Model):
    """The papers of one leg: information (21 USC 360eee(26)) and the seven parts of the statement (27).

    Nothing changes or deletes a row, before ``retained_until`` or after it.
    """

    class Source(models.TextChoices):
        EPCIS = "epcis", "EPCIS file"
        PAPER = "paper", "paper, entered by form"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="transaction_records")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="transaction_records")
    number = models.PositiveSmallIntegerField()
    regime = models.CharField(max_length=12, choices=Regime.choices)
    leg = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=8, choices=Source.choices)
    epcis_file = models.ForeignKey(EpcisFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    product = models.CharField(max_length=200)
    ndc = models.CharField("NDC with its segments", max_length=14, blank=True, default="")
    container_size = models.CharField(max_length=200, blank=True, default="")
    containers = models.PositiveIntegerField("number of containers")
    transaction_on = models.DateField()
    shipped_on = models.DateField(null=True, blank=True)
    seller = models.CharField("seller, name and address", max_length=200)
    buyer = models.CharField("buyer, name and address", max_length=200)
    statement = models.JSONField(default=list)
    is_direct_purchase = models.BooleanField(default=False)
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    retained_until = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="transaction_record_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(source="paper", epcis_file__isnull=True) | models.Q(epcis_file__isnull=False),
                name="transaction_record_names_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_regime_display()}, leg {self.leg}"

    @property
    def label(self) -> str:
        return f"P-{self.number}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class TransactionPack(models.Model):
    """One pack as the papers name it. Older papers name a lot only: then the serial is empty."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(TransactionRecord, on_delete=models.PROTECT, related_name="packs")
    gtin = models.CharField(max_length=14)
    lot = models.CharField(max_length=20, blank=True, default="")
    expires_on = models.DateField(null=True, blank=True)
    serial = models.CharField(max_length=20, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.gtin} {self.lot} {self.serial}"


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class SupplyException(models.Model):
    """One difference between papers and packs, or packs lost or broken on the way; who acts next is said.

    It holds the unit it names and no other.

    The kinds are those of the industry's exception message (Partnership for DSCSA Governance).
    """

    class Kind(models.TextChoices):
        MISSING_PRODUCT = "missing_product", "on the papers, not among the packs"
        MISSING_DATA = "missing_product_data", "among the packs, not on the papers"
        MISALIGNED = "data_misalignment", "lot, expiry or GTIN differ"
        OVERAGE = "overages", "more packs than the papers say"
        UNDERAGE = "underages", "fewer packs than the papers say"
        LOST = "lost_in_transit", "lost on the way"
        BROKEN = "damaged_product", "broken on arrival"

    class State(models.TextChoices):
        OPEN = "open", "open"
        RESOLVED = "resolved", "resolved"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="supply_exceptions")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="supply_exceptions")
    number = models.PositiveSmallIntegerField()
    record = models.ForeignKey(
        TransactionRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions"
    )
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    on_paper = models.JSONField(default=dict)
    on_pack = models.JSONField(default=dict)
    acts_next = models.CharField("who acts next", max_length=200)
    opened_at = models.DateTimeField()
    resolution = models.TextField(blank=True, default="")
    resolved_by = models.ForeignKey(
        "people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # fmt: skip
    resolved_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="supply_exception_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state="open") | models.Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="resolved_exception_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_kind_display()}"

    @property
    def label(self) -> str:
        return f"E-{self.number}"

    @transition(state, source=State.OPEN, target=State.RESOLVED)
    def resolve(self, *, resolution: str, resolved_by: object, resolved_at: object) -> None:
        self.resolution = resolution
        self.resolved_by = resolved_by  # type: ignore[assignment]
        self.resolved_at = resolved_at  # type: ignore[assignment]


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class VerificationResult(models.Model):
    """What a manufacturer's verification router answered for one pack. A failure does not make it suspect by itself."""

    class Reason(models.TextChoices):
        POLICY = "Manufacturer_policy", "the manufacturer's policy"
        NO_SERIAL = "No_match_GTIN_Serial", "no such GTIN and serial"
        NO_ALL = "No_match_GTIN_Serial_Lot_Expiry", "GTIN and serial match, lot and expiry do not"
        NO_LOT = "No_match_GTIN_Serial_Lot", "GTIN and serial match, the lot does not"
        NO_EXPIRY = "No_match_GTIN_Serial_Expiry", "GTIN and serial match, the expiry does not"
        NONE_GIVEN = "No_reason_provided", "no reason given"
        NOT_SALEABLE = "Not_for_re-distribution", "not for redistribution"

    class Further(models.TextChoices):
        EXPIRED = "Expired", "expired"
        EXTENDED = "ExpirationExtended", "expiry extended"
        RECALLED = "Recalled", "recalled"
        SUSPECT = "Suspect", "suspect"
        ILLEGITIMATE = "Illegitimate", "illegitimate"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="verification_results")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="verification_results")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="verification_results")
    answered_by = models.CharField(max_length=200)
    answered_at = models.DateTimeField()
    is_verified = models.BooleanField()
    reason = models.CharField(max_length=40, choices=Reason.choices, blank=True, default="")
    further = models.CharField(max_length=20, choices=Further.choices, blank=True, default="")
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(is_verified=True, reason="") | (models.Q(is_verified=False) & ~models.Q(reason="")),
                name="failed_verification_has_its_reason",
            )
        ]

    def __str__(self) -> str:
        return f"verification of {self.unit}"

    @property
    def told(self) -> str:
        """The answer in words: whether it was verified, why not, what was said beside it, by whom and when."""
        said = "verified" if self.is_verified else f"not verified, {self.get_reason_display()}"
        beside = f"; said beside it: {self.get_further_display()}" if self.further else ""
        return f"{said}{beside} ({self.answered_by}, {self.answered_at:%Y-%m-%d %H:%M} UTC)"


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class SuspectProduct(models.Model):
    """A pack that may be counterfeit, diverted, stolen, adulterated or unfit: set apart, investigated, decided.

    Once it is determined illegitimate, FDA and the trading partners are told within 24 hours, and this clock is not
    paused (21 USC 360eee-1(d)(4)). The notice is ended only after FDA was asked.
    """

    class State(models.TextChoices):
        SUSPECT = "suspect", "suspect, under investigation"
        CLEARED = "cleared", "cleared"
        ILLEGITIMATE = "illegitimate", "illegitimate"
        TERMINATED = "terminated", "illegitimate, notice ended"

    class Classification(models.TextChoices):
        COUNTERFEIT = "counterfeit", "counterfeit, diverted or stolen"
        ADULTERATED = "adulterated", "intentionally adulterated"
        FRAUDULENT = "fraudulent", "subject of a fraudulent transaction"
        UNFIT = "unfit", "otherwise unfit for distribution"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="suspect_products")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="suspect_products")
    number = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="suspicions")
    signs = models.TextField("what was seen")
    raised_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    finding = models.TextField("what the investigation found", blank=True, default="")
    decided_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    classification = models.CharField(max_length=12, choices=Classification.choices, blank=True, default="")
    fda_told_at = models.DateTimeField(null=True, blank=True)
    incident_number = models.CharField("FDA incident number", max_length=200, blank=True, default="")
    partners_told_at = models.DateTimeField(null=True, blank=True)
    consultation = models.CharField("reference of the consultation with FDA", max_length=200, blank=True, default="")
    terminated_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.SUSPECT, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="suspect_product_is_numbered_once"),
            models.UniqueConstraint(
                fields=["unit"], condition=models.Q(state="suspect"), name="pack_is_suspect_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["suspect", "cleared"])
                | models.Q(decided_at__isnull=False, decided_by__isnull=False) & ~models.Q(classification=""),
                name="illegitimate_product_is_classified",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="terminated")
                | (models.Q(terminated_at__isnull=False) & ~models.Q(consultation="")),
                name="ended_notice_has_its_consultation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.unit}"

    @property
    def label(self) -> str:
        return f"I-{self.number}"

    @transition(state, source=State.SUSPECT, target=State.CLEARED)
    def clear(self, *, finding: str, decided_by: object, decided_at: object) -> None:
        self.finding = finding
        self.decided_by, self.decided_at = decided_by, decided_at  # type: ignore[assignment]

    @transition(state, source=State.SUSPECT, target=State.ILLEGITIMATE)
    def determine(self, *, finding: str, classification: str, decided_by: object, decided_at: object) -> None:
        self.finding, self.classification = finding, classification
        self.decided_by, self.decided_at = decided_by, decided_at  # type: ignore[assignment]

    @transition(state, source=State.ILLEGITIMATE, target=None)
    def tell(self, *, fda_told_at: object, partners_told_at: object, incident_number: str = "") -> None:
        self.fda_told_at = self.fda_told_at or fda_told_at  # type: ignore[assignment]
        self.partners_told_at = self.partners_told_at or partners_told_at  # type: ignore[assignment]
        self.incident_number = incident_number or self.incident_number

    @transition(state, source=State.ILLEGITIMATE, target=State.TERMINATED)
    def terminate(self, *, consultation: str, terminated_at: object) -> None:
        self.consultation, self.terminated_at = consultation, terminated_at  # type: ignore[assignment]

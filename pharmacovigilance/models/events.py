"""What happened, after which product of which lot, and how each pair was judged (facts: pharmacovigilance 9.1).

These records are the working state of a safety case. They change only while a version of it is open; what a version
said stays in its snapshot.
"""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models import WRITTEN_ONCE
from pharmacovigilance.models.keeping import CHANGES_WITH_AN_OPEN_VERSION
from pharmacovigilance.models.versions import SafetyCase
from pharmacovigilance.terms import ACTIONS, HAPPENED, LOT_STATUSES, METHODS, OUTCOMES, ROLES, SOURCES


@pgtrigger.register(CHANGES_WITH_AN_OPEN_VERSION)
@regulated(chain="case:case_id")
class AdverseEvent(models.Model):
    """One event of a safety case (ICH E2B(R3) E.i). Dates are as far as they are known: 2026, 2026-03, 2026-03-18."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="adverse_events")
    safety_case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveSmallIntegerField()
    verbatim = models.TextField("the reporter's words (E.i.1.1)")
    language = models.CharField(max_length=8, default="en")
    started = models.CharField("began (E.i.4)", max_length=10, blank=True, default="")
    ended = models.CharField("ended (E.i.5)", max_length=10, blank=True, default="")
    criteria = models.JSONField("seriousness criteria that are met (E.i.3.2)", default=list, blank=True)
    outcome = models.CharField("outcome (E.i.7)", max_length=1, choices=OUTCOMES, default="0")
    country = models.CharField("where it happened (E.i.9)", max_length=2)
    tests = models.TextField("tests and their results (F.r)", blank=True, default="")
    meddra_code = models.CharField("code of the lowest level term (E.i.2.1b)", max_length=8, blank=True, default="")
    meddra_version = models.CharField("version of MedDRA (E.i.2.1a)", max_length=4, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="adverse_event_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(meddra_code="", meddra_version="")
                | (~models.Q(meddra_code="") & ~models.Q(meddra_version="")),
                name="adverse_event_is_coded_with_its_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.verbatim[:60]}"

    @property
    def label(self) -> str:
        return f"AE-{self.number}"

    @property
    def is_serious(self) -> bool:
        """Whether a criterion is met; severe is another thing (ICH E2A II.B)."""
        return bool(self.criteria)


@pgtrigger.register(CHANGES_WITH_AN_OPEN_VERSION)
@regulated(chain="case:case_id")
class ReportedProduct(models.Model):
    """One medicine that the patient had: suspect, interacting, beside it, or not given after all (G.k)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reported_products")
    safety_case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="products")
    number = models.PositiveSmallIntegerField()
    role = models.CharField("part it played (G.k.1)", max_length=1, choices=ROLES, default="1")
    name = models.CharField("name as reported (G.k.2.2)", max_length=250)
    strength = models.CharField(max_length=60, blank=True, default="")
    form = models.CharField(max_length=60, blank=True, default="")
    manufacturer = models.CharField(max_length=120, blank=True, default="")
    is_ours = models.BooleanField("supplied by this programme", default=False)
    indication = models.CharField("what it was given for (G.k.7.r)", max_length=250, blank=True, default="")
    route = models.CharField("route (G.k.4.r.10)", max_length=60, blank=True, default="")
    action = models.CharField("what was done with it (G.k.8)", max_length=1, choices=ACTIONS, default="0")
    abated = models.CharField("better after stopping", max_length=16, choices=HAPPENED, default="not_known")
    reappeared = models.CharField("back after starting again", max_length=16, choices=HAPPENED, default="not_known")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="reported_product_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.name}"

    @property
    def label(self) -> str:
        return f"MP-{self.number}"

    @property
    def is_suspect(self) -> bool:
        """Whether an event is judged against it: suspect or interacting."""
        return self.role in ("1", "3")


@pgtrigger.register(CHANGES_WITH_AN_OPEN_VERSION)
@regulated(chain="case:case_id")
class DosageLine(models.Model):
    """How one lot of a product was given (G.k.4.r): linked to exactly one lot, or with the reason why not.

    ``origin`` is a copy of what stood on record when it was linked, so that a later correction of the supply cannot
    rewrite what was known. Two lots are two lines, since E2B hangs the lot on the line (G.k.4.r.7).
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="dosage_lines")
    safety_case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="dosage_lines")
    product = models.ForeignKey(ReportedProduct, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    dose = models.ForeignKey(
        "custody.DoseAdministered", null=True, blank=True, on_delete=models.PROTECT, related_name="dosage_lines"
    )
    lot = models.ForeignKey("custody.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="dosage_lines")
    lot_status = models.CharField(max_length=16, choices=LOT_STATUSES, default="not_asked")
    lot_said = models.CharField("lot as the reporter gave it", max_length=35, blank=True, default="")
    reason = models.CharField(
        "why no lot is linked, or why this one although it was not supplied before",
        max_length=200,
        blank=True,
        default="",
    )
    amount = models.CharField(max_length=60, blank=True, default="")
    started = models.CharField("first given (G.k.4.r.4)", max_length=10, blank=True, default="")
    last = models.CharField("last given (G.k.4.r.5)", max_length=10, blank=True, default="")
    origin = models.JSONField("what was on record when it was linked", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="dosage_line_is_numbered_once"),
            models.UniqueConstraint(fields=["product", "lot"], name="dosage_line_once_a_lot"),
            models.CheckConstraint(
                condition=models.Q(lot_status="linked", lot__isnull=False, origin__isnull=False)
                | (~models.Q(lot_status="linked") & models.Q(lot__isnull=True) & ~models.Q(reason="")),
                name="dosage_line_has_its_lot_or_the_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"dosage line {self.label}"

    @property
    def label(self) -> str:
        return f"DL-{self.number}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="pharmacy:pharmacy_id")
class ReferenceSafetyInformation(models.Model):
    """One dated edition of what is already known of a medicine's harm: brochure, label or summary of characteristics.

    Expectedness is judged against an edition, never against memory.
    """

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="+")
    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="reference_safety")
    title = models.CharField(max_length=120)
    edition = models.CharField(max_length=40)
    dated_on = models.DateField()
    entered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pharmacy", "medicine", "title", "edition"], name="reference_safety_edition_is_listed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, edition {self.edition}, {self.dated_on:%Y-%m-%d}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Assessment(models.Model):
    """One judgement of one event against one product, by one method and one side; a later one stands beside it.

    :param method: WHO-UMC, Naranjo with its ten answers, as a whole, or expectedness against dated information.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="assessments")
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="assessments")
    product = models.ForeignKey(ReportedProduct, on_delete=models.PROTECT, related_name="assessments")
    number = models.PositiveSmallIntegerField()
    source = models.CharField("whose judgement", max_length=10, choices=SOURCES)
    method = models.CharField(max_length=12, choices=METHODS)
    answers = models.JSONField("answers by question, for Naranjo", default=dict, blank=True)
    score = models.SmallIntegerField(null=True, blank=True)
    result = models.CharField(max_length=20)
    reference = models.ForeignKey(
        ReferenceSafetyInformation, null=True, blank=True, on_delete=models.PROTECT, related_name="assessments"
    )
    remark = models.TextField(blank=True, default="")
    assessed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="safety_assessment_is_numbered_once"),
            models.CheckConstraint(
                condition=~models.Q(method="naranjo") | models.Q(score__gte=-4, score__lte=13),
                name="assessment_by_naranjo_has_its_score",
            ),
        ]

    def __str__(self) -> str:
        return f"assessment {self.label}"

    @property
    def label(self) -> str:
        return f"AS-{self.number}"

"""What was said, by whom and when; never edited (facts: pharmacovigilance 9.1)."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns
from pharmacovigilance.terms import OUTCOMES


@pgtrigger.register(UNDELETABLE, frozen_columns("state", "safety_case_id", "missing_criterion"))
@guarded("state")
@regulated(chain="case:case_id")
class SafetyReport(models.Model):
    """What reached us, verbatim, with the time it was received. Intake refuses nothing for missing data."""

    class State(models.TextChoices):
        RECEIVED = "received", "received"
        TRIAGED = "triaged", "triaged"
        ATTACHED = "attached", "attached to a safety case"
        INFORMATION_ONLY = "information_only", "information only"
        NOT_VALID = "not_valid", "not valid, a criterion is missing"

    class Channel(models.TextChoices):
        PRESCRIBER_PAGE = "prescriber_page", "prescriber's page"
        PHARMACIST = "pharmacist", "pharmacist's form"
        TELEPHONE = "telephone", "telephone"
        LETTER = "letter", "letter"
        FAMILY = "family", "family"
        API = "api", "API"

    class Qualification(models.TextChoices):
        """E2B(R3) code list 6."""

        PHYSICIAN = "1", "physician"
        PHARMACIST = "2", "pharmacist"
        OTHER_PROFESSIONAL = "3", "other health professional"
        CONSUMER = "5", "patient, family or another consumer"
        LAWYER = "4", "lawyer"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="safety_reports")
    number = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=16, choices=Channel.choices)
    verbatim = models.TextField()
    language = models.CharField(max_length=8, default="en")
    received_at = models.DateTimeField()
    onset_on = models.DateField(null=True, blank=True)
    seriousness = models.CharField(max_length=40, blank=True, default="")
    dose = models.ForeignKey(
        "custody.DoseAdministered", null=True, blank=True, on_delete=models.PROTECT, related_name="safety_reports"
    )
    safety_case = models.ForeignKey(
        "SafetyCase", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    missing_criterion = models.CharField(max_length=200, blank=True, default="")
    pack = models.ForeignKey(
        "custody.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="safety_reports"
    )
    lot_said = models.CharField("pack or lot, as it was said", max_length=200, blank=True, default="")
    began = models.CharField("when it began, as far as known, in ISO", max_length=10, blank=True, default="")
    criteria = models.JSONField("every criterion of seriousness that was said", default=list, blank=True)
    outcome = models.CharField("how the patient is (E.i.7)", max_length=1, choices=OUTCOMES, blank=True, default="")
    had_reaction = models.BooleanField("a reaction was seen; empty where nobody said", null=True, blank=True)
    situations = models.JSONField("special situations that it is a report of", default=list, blank=True)
    pregnancy_due_on = models.DateField("expected day of birth", null=True, blank=True)
    qualification = models.CharField(
        "who said it (C.2.r.4)", max_length=1, choices=Qualification.choices, blank=True, default=""
    )
    unread = models.TextField("what could not be read, as it was typed, with the reason", blank=True, default="")
    adds_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="additions")
    answers = models.ForeignKey(
        "FollowUp", null=True, blank=True, on_delete=models.PROTECT, related_name="reports_in_answer"
    )
    entered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    state = FSMField(choices=State.choices, default=State.RECEIVED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="safety_report_is_numbered_once"),
            models.CheckConstraint(
                condition=~models.Q(state="attached") | models.Q(safety_case__isnull=False),
                name="attached_report_has_its_safety_case",
            ),
        ]

    def __str__(self) -> str:
        return f"safety report {self.label}"

    @property
    def label(self) -> str:
        return f"S-{self.number}"

    @transition(state, source=State.RECEIVED, target=State.TRIAGED)
    def triage(self) -> None:
        """Read by a pharmacist."""

    @transition(state, source=State.TRIAGED, target=State.ATTACHED)
    def attach(self, *, safety_case: object) -> None:
        self.safety_case = safety_case  # type: ignore[assignment]

    @transition(state, source=State.TRIAGED, target=State.INFORMATION_ONLY)
    def keep_as_information(self) -> None:
        """No adverse event in it."""

    @transition(state, source=State.TRIAGED, target=State.NOT_VALID)
    def judge_not_valid(self, *, missing_criterion: str) -> None:
        self.missing_criterion = missing_criterion


@pgtrigger.register(UNDELETABLE, frozen_columns("id"))
@regulated(chain="case:case_id")
class ReportPaper(models.Model):
    """A photo or letter that came with a report; the paper itself is a document of the case."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="report_papers")
    report = models.ForeignKey(SafetyReport, on_delete=models.PROTECT, related_name="papers")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "document"], name="paper_comes_once_with_a_report")
        ]

    def __str__(self) -> str:
        return f"paper with {self.report}"

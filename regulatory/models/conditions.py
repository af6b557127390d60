"""What an authority asked when it said yes: a condition is a task, a gate or a report, never only free text."""

from datetime import date
from typing import ClassVar

from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from regulatory.models.authorizations import Authorization


@guarded("state")
@regulated(chain="case:case_id")
class GrantCondition(models.Model):
    """One condition of one authorization, in the letter's words (edge case 27).

    It is stated by the letter, then sorted by a person: a *task* is done once by a day, a *gate* must be met before a
    consignment is released, a *report* is owed again every so many months.
    """

    class Kind(models.TextChoices):
        TASK = "task", "a task, done once by a day"
        GATE = "gate", "a gate: met before anything is shipped"
        REPORT = "report", "a report, due again and again"

    class State(models.TextChoices):
        STATED = "stated", "stated, not sorted"
        STANDING = "standing", "standing"
        MET = "met", "met"
        LIFTED = "lifted", "lifted by the authority"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="grant_conditions")
    number = models.PositiveSmallIntegerField()
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="grant_conditions")
    text = models.TextField("as the letter says")
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True, default="")
    due_on = models.DateField("next due on", null=True, blank=True)
    every_months = models.PositiveSmallIntegerField(null=True, blank=True)
    met_at = models.DateTimeField("last met", null=True, blank=True)
    evidence = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="meets_conditions"
    )
    state = FSMField(choices=State.choices, default=State.STATED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="grant_condition_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["stated", "lifted"]) | ~models.Q(kind=""),
                name="standing_condition_is_sorted",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["task", "report"]) | models.Q(due_on__isnull=False),
                name="task_and_report_have_a_day",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="report") | models.Q(every_months__gt=0), name="report_has_its_interval"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="met") | models.Q(met_at__isnull=False), name="met_condition_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"condition {self.label} of {self.authorization.label}"

    @property
    def label(self) -> str:
        return f"K-{self.number}"

    @property
    def due_key(self) -> str:
        """The key of its next date: another day is another deadline, so that each report keeps its own."""
        return f"regulatory.grant_condition:{self.label}:{self.due_on}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.STATED, self.State.STANDING)

    @transition(state, source=[State.STATED, State.STANDING], target=State.STANDING)
    def sort(self, *, kind: str, due_on: date | None, every_months: int | None) -> None:
        """A person says what it is; corrected by sorting it again."""
        self.kind, self.due_on, self.every_months = kind, due_on, every_months

    @transition(state, source=State.STANDING, target=State.STANDING)
    def report(self, *, met_at: object, evidence: object, next_on: date) -> None:
        """One report went out; the next is due."""
        self.met_at = met_at  # type: ignore[assignment]
        self.evidence = evidence  # type: ignore[assignment]
        self.due_on = next_on

    @transition(state, source=State.STANDING, target=State.MET)
    def meet(self, *, met_at: object, evidence: object) -> None:
        """It is done, for good."""
        self.met_at = met_at  # type: ignore[assignment]
        self.evidence = evidence  # type: ignore[assignment]

    @transition(state, source=[State.STATED, State.STANDING], target=State.LIFTED)
    def lift(self) -> None:
        """The authority no longer asks it, or it was no condition."""

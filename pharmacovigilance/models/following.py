"""Questions about the patient after a dose and about what a report leaves open, with the tries to have an answer."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from cases.people.models import User
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns
from pharmacovigilance.questions import GENERAL, QUESTION_SETS


@guarded("state")
@regulated(chain="case:case_id")
class FollowUp(models.Model):
    """One planned question, to one person by one day, and what was answered; lost is a state that an answer ends."""

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        ASKED = "asked", "asked"
        ANSWERED = "answered", "answered"
        LOST = "lost_to_follow_up", "lost to follow-up"
        WITHDRAWN = "withdrawn", "no longer asked"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="follow_ups")
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    dose = models.ForeignKey(
        "custody.DoseAdministered", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    report = models.ForeignKey(
        "SafetyReport", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    number = models.PositiveSmallIntegerField()
    question_set = models.CharField(
        max_length=20, choices=[(one.code, one.title) for one in QUESTION_SETS.values()], default=GENERAL
    )
    what = models.TextField("what is asked", default="How is the patient?")
    because = models.CharField("why it is asked, and by which rule", max_length=200, blank=True, default="")
    asked_of = models.ForeignKey(
        "people.User",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="who is asked; empty for whoever is the case's prescriber then",
    )
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")
    state = FSMField(choices=State.choices, default=State.PLANNED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="follow_up_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state="answered", answered_at__isnull=False)
                | (~models.Q(state="answered") & models.Q(answered_at__isnull=True)),
                name="follow_up_is_answered_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"follow-up {self.label}"

    @property
    def label(self) -> str:
        return f"U-{self.number}"

    @property
    def waits(self) -> bool:
        """Whether an answer is waited for, now or from its day on."""
        return str(self.state) in (self.State.PLANNED, self.State.ASKED)

    @property
    def is_lost(self) -> bool:
        return str(self.state) == self.State.LOST

    @property
    def asked_as(self) -> str:
        """How the person who is asked reads it on the own page."""
        return str(self.what)

    def is_for(self, person: User) -> bool:
        """Whether this person is asked: whoever is on the prescriber's side, unless somebody was named."""
        return self.asked_of_id in (None, person.pk)

    @property
    def after(self) -> str:
        """What it follows on, by its label: the report, or the consignment that was dispensed."""
        followed = self.report or self.consignment
        return followed.label if followed is not None else ""

    @transition(state, source=State.PLANNED, target=State.ASKED)
    def ask(self) -> None:
        """The first try was made."""

    @transition(state, source=State.ASKED, target=State.LOST)
    def lose(self) -> None:
        """Enough tries were made and nobody answered."""

    @transition(state, source=[State.PLANNED, State.ASKED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """Asking has lost its sense: the patient died, the treatment ended, it was planned by mistake."""

    @transition(state, source=[State.PLANNED, State.ASKED, State.LOST], target=State.ANSWERED)
    def take_answer(self, *, answered_at: object, answer: str) -> None:
        self.answered_at = answered_at  # type: ignore[assignment]
        self.answer = answer


@pgtrigger.register(UNDELETABLE, frozen_columns("id"))
@regulated(chain="case:case_id")
class FollowUpAttempt(models.Model):
    """One try to have a question answered: when, how and by whom."""

    class How(models.TextChoices):
        LETTER = "letter", "letter with a link"
        MAIL = "mail", "mail"
        TELEPHONE = "telephone", "telephone"
        IN_PERSON = "in_person", "in person"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="follow_up_attempts")
    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    how = models.CharField(max_length=12, choices=How.choices)
    note = models.TextField(blank=True, default="")
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["follow_up", "number"], name="follow_up_attempt_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} at {self.follow_up.label}"

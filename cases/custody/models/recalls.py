"""A recall of lots across cases: its reach, each case's part in it, the packs traced, the letters and their answers.

Sources: 21 CFR 7.3(m) (classes), 7.42(b)(3) (levels of the effectiveness check), 7.49 (letters).
"""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import Unit
from cases.custody.models.written_once import UNDELETABLE, WRITTEN_ONCE
from cases.lifecycle.guard import guarded
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from cases.people.roles import Role as PeopleRole

DRILL = "DRILL"
# The prescriber reads these; the patient's through the prescriber alone.
TO_THE_PRESCRIBER = ("prescriber", "patient")


def labelled(number: int, *, prefix: str, is_drill: bool) -> str:
    """What it is called: ``RC-3``, in a drill ``DRILL RC-3``, so that whatever names it says so too."""
    return f"{DRILL} {prefix}-{number}" if is_drill else f"{prefix}-{number}"


@pgtrigger.register(
    pgtrigger.ReadOnly(
        name="recall_is_as_it_was_opened",
        fields=["pharmacy", "number", "is_drill", "opened_by", "opened_at", "recall_class", "level", "reason"],
    ),
    UNDELETABLE,
)
@guarded("state")
@regulated(chain="pharmacy:pharmacy_id")
class Recall(models.Model):
    """One recall, or a drill of one. A drill takes the same way with a stopwatch; it stops and sends nothing."""

    class State(models.TextChoices):
        OPENED = "opened", "opened"
        STOPPED = "stopped", "packs stopped"
        TOLD = "told", "letters written"
        CLOSED = "closed", "closed"
        WITHDRAWN = "withdrawn", "withdrawn"

    class Source(models.TextChoices):
        MANUFACTURER = "manufacturer", "manufacturer"
        AUTHORITY = "authority", "health authority"
        SUPPLIER = "supplier", "supplier"
        HOUSE = "house", "this pharmacy"

    class Class(models.TextChoices):
        CLASS_1 = "class_1", "class I: serious harm or death is likely"
        CLASS_2 = "class_2", "class II: harm that passes, or serious harm is remote"
        CLASS_3 = "class_3", "class III: harm is not likely"
        NONE = "none", "not classified yet"

    class Level(models.TextChoices):
        """How many of those written to are asked whether they got the letter and acted (21 CFR 7.42(b)(3))."""

        A = "a", "level A: all of them"
        B = "b", "level B: half of them"
        C = "c", "level C: one in ten"
        D = "d", "level D: one in fifty"
        E = "e", "level E: none"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="recalls")
    number = models.PositiveIntegerField()
    is_drill = models.BooleanField("drill, sends and stops nothing", default=False)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_reference = models.CharField("the notice, by number and day", max_length=200, blank=True, default="")
    recall_class = models.CharField("class", max_length=8, choices=Class.choices)
    level = models.CharField("level of the effectiveness check", max_length=1, choices=Level.choices)
    reason = models.TextField("what is wrong with it")
    instruction = models.TextField("what becomes of the packs")
    opened_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    stopped_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.TextField(blank=True, default="")
    closed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.OPENED, protected=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "number"], name="recall_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["opened", "withdrawn"])
                | models.Q(stopped_at__isnull=False, stopped_by__isnull=False),
                name="stopped_recall_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["closed", "withdrawn"])
                | models.Q(closed_at__isnull=False, closed_by__isnull=False) & ~models.Q(conclusion=""),
                name="ended_recall_has_its_conclusion",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return labelled(self.number, prefix="RC", is_drill=self.is_drill)

    @property
    def slug(self) -> str:
        """How an address names it; a drill's says so as well."""
        return self.label.replace(" ", "-")

    @property
    def stands(self) -> bool:
        """Whether it stops packs or asks for answers still."""
        return self.state in (self.State.STOPPED, self.State.TOLD)

    @transition(state, source=State.OPENED, target=State.STOPPED)
    def stop(self, *, stopped_by: object, stopped_at: object) -> None:
        """Nothing within its reach moves on from now."""
        self.stopped_by, self.stopped_at = stopped_by, stopped_at  # type: ignore[assignment]

    @transition(state, source=State.STOPPED, target=State.TOLD)
    def tell(self, *, told_at: object) -> None:
        """Those concerned are written to, each in their role."""
        self.told_at = told_at  # type: ignore[assignment]

    @transition(state, source=State.TOLD, target=State.CLOSED)
    def close(self, *, conclusion: str, closed_by: object, closed_at: object) -> None:
        """Every pack is accounted for, every letter answered or given up with its reason."""
        self.conclusion, self.closed_by, self.closed_at = conclusion, closed_by, closed_at  # type: ignore[assignment]

    @transition(state, source=[State.OPENED, State.STOPPED, State.TOLD], target=State.WITHDRAWN)
    def withdraw(self, *, conclusion: str, closed_by: object, closed_at: object) -> None:
        """It was opened in error, or whoever called for it took it back; the packs are free again."""
        self.conclusion, self.closed_by, self.closed_at = conclusion, closed_by, closed_at  # type: ignore[assignment]


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="pharmacy:pharmacy_id")
class RecallLot(models.Model):
    """One lot within reach of a recall; with a serial that pack of it alone."""

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="+")
    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="lots")
    gtin = models.CharField(max_length=14)
    lot = models.CharField(max_length=20)
    serial = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recall", "gtin", "lot", "serial"], name="recall_names_a_lot_once")
        ]
        indexes: ClassVar = [models.Index(fields=["gtin", "lot"], name="recall_by_lot")]

    def __str__(self) -> str:
        return f"{self.gtin} {self.lot} {self.serial}".strip()


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class RecalledCase(models.Model):
    """One case's part in a recall: its packs within reach, its letters. It is called as the recall is."""

    class State(models.TextChoices):
        TRACED = "traced", "traced, not stopped"
        STOPPED = "stopped", "packs stopped"
        TOLD = "told", "letters written"
        ENDED = "ended", "ended"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="recalls")
    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField("number of the recall")
    is_drill = models.BooleanField("drill", default=False)
    stopped_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.TRACED, protected=True)

    class Meta:
        verbose_name = "recall in a case"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="case_has_one_part_in_a_recall"),
            models.UniqueConstraint(fields=["case", "recall"], name="recall_has_one_part_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.label} in {self.case_id}"

    @property
    def label(self) -> str:
        return labelled(self.number, prefix="RC", is_drill=self.is_drill)

    def is_for(self, person: User) -> bool:
        """Whether it is put before that person: a drill stays in the pharmacy."""
        return not self.is_drill or person.role in PHARMACISTS

    @transition(state, source=State.TRACED, target=State.STOPPED)
    def stop(self, *, stopped_at: object) -> None:
        self.stopped_at = stopped_at  # type: ignore[assignment]

    @transition(state, source=State.STOPPED, target=State.TOLD)
    def tell(self) -> None:
        """Its prescriber, its institution, its patient through the prescriber, and the supplier are written to."""

    @transition(state, source=[State.STOPPED, State.TOLD], target=None)
    def locate(self) -> None:
        """Somebody says what became of packs of it; each is a line of :class:`RecalledPack`."""

    @transition(state, source=State.TOLD, target=State.ENDED)
    def end(self) -> None:
        """Its packs are accounted for and its letters answered."""

    @transition(state, source=[State.TRACED, State.STOPPED, State.TOLD], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The recall was withdrawn."""


@pgtrigger.register(
    pgtrigger.ReadOnly(name="recalled_pack_is_that_pack", fields=["case", "part", "unit"]),
    UNDELETABLE,
)
@regulated(chain="case:case_id")
class RecalledPack(models.Model):
    """One pack that a recall was traced to, and what became of it, as somebody who saw to it says."""

    class Outcome(models.TextChoices):
        FOUND = "found", "found and set apart"
        RETURNED = "returned", "returned"
        DESTROYED = "destroyed", "destroyed"
        ADMINISTERED = "administered", "given to the patient"
        NOT_FOUND = "not_found", "could not be found"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    part = models.ForeignKey(RecalledCase, on_delete=models.PROTECT, related_name="packs")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="recalls")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    remark = models.CharField(max_length=200, blank=True, default="")
    seen_at = models.DateTimeField(null=True, blank=True)
    located_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    located_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "unit"], name="recall_traces_a_pack_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="", located_at__isnull=True)
                | ~models.Q(outcome="")
                & models.Q(located_at__isnull=False, located_by__isnull=False, seen_at__isnull=False),
                name="located_pack_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.outcome or 'not located'}"


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class RecallLetter(models.Model):
    """One letter of a recall to one reader in one role, kept word for word, and their answer. It names no patient.

    In a drill nothing leaves the house: the letter is written, and the answer is what the reader told when asked.
    """

    class Role(models.TextChoices):
        PRESCRIBER = "prescriber", "prescriber"
        INSTITUTION = "institution", "receiving institution"
        SUPPLIER = "supplier", "supplier"
        PATIENT = "patient", "patient, through the prescriber"

    class State(models.TextChoices):
        WAITING = "waiting", "waits for an answer"
        ANSWERED = "answered", "answered"
        UNANSWERED = "unanswered", "given up without an answer"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="recall_letters")
    part = models.ForeignKey(RecalledCase, on_delete=models.PROTECT, related_name="letters")
    consignment = models.ForeignKey(Consignment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    is_drill = models.BooleanField("drill", default=False)
    role = models.CharField(max_length=12, choices=Role.choices)
    addressee = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    written_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    due_at = models.DateTimeField("answer due")
    answer = models.TextField("what they answered", blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.WAITING, protected=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="recall_letter_is_numbered_once"),
            models.CheckConstraint(
                condition=~models.Q(state="answered")
                | models.Q(answered_at__isnull=False, settled_by__isnull=False) & ~models.Q(answer=""),
                name="answered_letter_has_its_answer",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="unanswered") | models.Q(settled_by__isnull=False) & ~models.Q(answer=""),
                name="letter_given_up_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} to {self.addressee}"

    @property
    def label(self) -> str:
        return labelled(self.number, prefix="RL", is_drill=self.is_drill)

    def is_for(self, person: User) -> bool:
        """Whether it was written to that person; pharmacists read every letter, and a drill stays with them."""
        readers = {PeopleRole.PRESCRIBER: TO_THE_PRESCRIBER, PeopleRole.RECEIVING_PHARMACIST: (self.Role.INSTITUTION,)}
        own = readers.get(PeopleRole(person.role), ())
        return person.role in PHARMACISTS or (not self.is_drill and self.role in own)

    @transition(state, source=State.WAITING, target=State.ANSWERED)
    def record_answer(self, *, answer: str, answered_at: object, by: object, now: object) -> None:
        self.answer, self.answered_at = answer, answered_at  # type: ignore[assignment]
        self._settle(by, now)

    @transition(state, source=State.WAITING, target=State.UNANSWERED)
    def give_up(self, *, why: str, by: object, now: object) -> None:
        self.answer = why
        self._settle(by, now)

    @transition(state, source=State.WAITING, target=State.WITHDRAWN)
    def withdraw(self, *, by: object, now: object) -> None:
        """The recall was withdrawn before they answered."""
        self._settle(by, now)

    def _settle(self, by: Any, now: Any) -> None:
        self.settled_by, self.settled_at = by, now

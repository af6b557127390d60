"""What must happen by when, who has the ball, and every move of every date."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from cases.people.roles import Role


class Force(models.TextChoices):
    """What stands behind a date."""

    STATUTORY = "statutory", "statutory"
    WAITING_WINDOW = "waiting_window", "waiting window"
    EXPIRY = "expiry", "expiry"
    HOUSE_TARGET = "house_target", "house target"
    PROMISE = "promise", "promise"
    GUIDELINE = "guideline", "guideline"


class Harm(models.IntegerChoices):
    """Who is hurt when the date passes, in the order of journeys.md C1; the higher, the worse."""

    ROUTINE = 0, "internal promise missed"
    LICENCE = 1, "a licence or paper lapses"
    QUESTION = 2, "an authority's question stays unanswered"
    REPORT = 3, "a statutory report is missed"
    SHIPMENT = 4, "a shipment travels without authorization"
    PATIENT = 5, "a patient is without medicine"


@guarded("state")
@regulated(chain="case:case_id", excluded=("next_rung_at",))
class Deadline(models.Model):
    """One date on one case: its rule, the computed instant, who has the ball and where it stands.

    ``key`` is unique in its case, so that opening is idempotent ("regulatory.objection_window:F-2"). ``due_at`` is the
    last instant that is still in time; ``due_on`` is that day where ``zone`` is. ``lead`` is the time the work still
    needs, ``act_by`` the last instant to begin, ``act_on`` its day: slack is ``act_by`` minus now. ``version`` rises
    with each recomputation and makes the reminders of an older date void.
    """

    class State(models.TextChoices):
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        MET = "met", "met"
        MISSED = "missed", "missed"
        MET_LATE = "met_late", "met late"
        CANCELLED = "cancelled", "cancelled"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="deadlines")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=80)
    subject = models.CharField("record it is about", max_length=40, blank=True, default="")
    label = models.CharField(max_length=200)
    force = models.CharField(max_length=16, choices=Force.choices)
    harm = models.PositiveSmallIntegerField(choices=Harm.choices, default=Harm.ROUTINE)
    rule = models.JSONField(default=dict)
    rule_version = models.CharField(max_length=80, blank=True, default="")
    fact = models.CharField("fact of the pathway", max_length=120, blank=True, default="")
    confidence = models.CharField(max_length=20, blank=True, default="")
    pauses = models.JSONField(default=list)
    extensions = models.JSONField(default=list)
    occurrence = models.PositiveSmallIntegerField("period of a rule that repeats", default=1)
    computation = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    due_on = models.DateField()
    zone = models.CharField(max_length=40)
    lead = models.DurationField("time the work still needs")
    act_by = models.DateTimeField()
    act_on = models.DateField()
    holder_role = models.CharField(max_length=32, choices=Role.choices, blank=True, default="")
    holder = models.ForeignKey(
        "people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="deadlines_held"
    )
    holder_party = models.CharField("outside party", max_length=120, blank=True, default="")
    state = FSMField(choices=State.choices, default=State.RUNNING, protected=True)
    version = models.PositiveIntegerField(default=1)
    next_rung_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)
    met_at = models.DateTimeField("when the fact happened", null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "key"], name="deadline_is_opened_once"),
            models.CheckConstraint(
                condition=(Q(state__in=("met", "met_late")) & Q(met_at__isnull=False))
                | (~Q(state__in=("met", "met_late")) & Q(met_at__isnull=True)),
                name="deadline_is_met_by_a_fact",
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_at__isnull=False) | (~Q(state="paused") & Q(paused_at__isnull=True)),
                name="deadline_is_paused_since",
            ),
            models.CheckConstraint(
                condition=Q(next_rung_at__isnull=True) | Q(state__in=("running", "missed")),
                name="deadline_reminds_only_while_it_stands",
            ),
            models.CheckConstraint(condition=Q(act_by__lte=F("due_at")), name="deadline_begins_before_it_ends"),
            models.CheckConstraint(
                condition=~Q(holder_role="") | Q(holder__isnull=False) | ~Q(holder_party=""),
                name="deadline_has_a_holder",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_rung_at", "id"], condition=Q(next_rung_at__isnull=False), name="deadline_next_rung"
            ),
            models.Index(
                fields=["act_on", "-harm", "act_by", "id"],
                condition=Q(state__in=("running", "missed")),
                name="deadline_breaks_next",
            ),
            models.Index(
                fields=["case", "due_at"],
                condition=Q(state__in=("running", "paused", "missed")),
                name="deadline_open_of_case",
            ),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=("running", "paused", "missed")),
                name="deadline_open_by_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}, due {self.due_on:%Y-%m-%d}"

    @property
    def ball(self) -> str:
        """Who has the ball, in words: the person, else the outside party, else the role."""
        if self.holder is not None:
            return self.holder.display_name
        return self.holder_party or self.get_holder_role_display()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has something to do or to wait for."""
        return self.state in OPEN_STATES

    @transition(state, source=State.RUNNING, target=State.PAUSED)
    def pause(self, *, at: datetime, because: str) -> None:
        """The clock stops, for instance because the authority asks a question."""
        self.paused_at = at
        self.next_rung_at = None
        self.pauses = [*self.pauses, {"began": at.isoformat(), "until": None, "because": because}]

    @transition(state, source=State.PAUSED, target=State.RUNNING)
    def resume(self, *, until: datetime) -> None:
        """The clock goes on; the pause is kept with its beginning and its end."""
        *ended, stopped = self.pauses
        self.pauses = [*ended, stopped | {"until": until.isoformat()}]
        self.paused_at = None

    @transition(state, source=[State.RUNNING, State.PAUSED, State.MISSED], target=State.MET)
    def meet(self, *, on: datetime, at: datetime) -> None:
        """What was due happened in time, even where it was recorded afterwards."""
        self._settle(at=at)
        self.met_at = on

    @transition(state, source=State.RUNNING, target=State.MISSED)
    def miss(self, *, at: datetime) -> None:
        """The date passed and nothing was recorded."""
        self.missed_at = at

    @transition(state, source=[State.RUNNING, State.MISSED], target=State.MET_LATE)
    def meet_late(self, *, on: datetime, at: datetime) -> None:
        """What was due happened after the date."""
        self._settle(at=at)
        self.missed_at = self.missed_at or at
        self.met_at = on

    @transition(state, source=[State.RUNNING, State.PAUSED, State.MISSED], target=State.CANCELLED)
    def cancel(self, *, at: datetime) -> None:
        """The date no longer matters."""
        self._settle(at=at)
        self.paused_at = None

    @transition(state, source=[State.MISSED, State.MET, State.MET_LATE, State.CANCELLED], target=State.RUNNING)
    def reinstate(self) -> None:
        """The date stands again: it was moved, or its end was recorded by mistake."""
        self.settled_at = None
        self.met_at = None
        self.missed_at = None

    def _settle(self, *, at: datetime) -> None:
        self.settled_at = at
        self.paused_at = None
        self.next_rung_at = None


OPEN_STATES = frozenset({Deadline.State.RUNNING, Deadline.State.PAUSED, Deadline.State.MISSED})


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="case:case_id")
class DeadlineMove(models.Model):
    """One line of the ledger that answers "why this date?": what moved it, from when to when, by whom, because of what.

    ``ledger`` is the arithmetic as it stood after the move, one step a line. Only ever added to.
    """

    class What(models.TextChoices):
        OPENED = "opened", "opened"
        PAUSED = "paused", "paused"
        RESUMED = "resumed", "went on"
        EXTENDED = "extended", "extended"
        RECOMPUTED = "recomputed", "computed anew"
        HANDED_OVER = "handed_over", "handed over"
        MET = "met", "met"
        MISSED = "missed", "missed"
        MET_LATE = "met_late", "met late"
        CANCELLED = "cancelled", "cancelled"
        REINSTATED = "reinstated", "stands again"

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="moves")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    what = models.CharField(max_length=12, choices=What.choices)
    old_due_at = models.DateTimeField(null=True)
    new_due_at = models.DateTimeField(null=True)
    old_due_on = models.DateField(null=True)
    new_due_on = models.DateField(null=True)
    ledger = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["deadline", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deadline", "number"], name="deadline_move_is_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} #{self.number}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="case:case_id")
class Reminder(models.Model):
    """One person reminded once of one rung of one version of one deadline, whoever sweeps and however often.

    ``rung_at`` is when it was due to be said, ``swept_at`` when the sweep came by; ``is_late`` says that an outage lay
    between, and ``collapsed`` how many earlier rungs this one stands for. ``notice`` is the message that carries it:
    several reminders of one person share one. Only ever added to.
    """

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="reminders")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    rung = models.CharField(max_length=12)
    recipient = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="reminders")
    channel = models.CharField(max_length=12, default="mail")
    rung_at = models.DateTimeField()
    swept_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    is_urgent = models.BooleanField(default=False)
    collapsed = models.PositiveSmallIntegerField(default=0)
    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="reminders")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deadline", "version", "rung", "recipient", "channel"], name="reminder_is_said_once"
            )
        ]

    def __str__(self) -> str:
        return f"reminder {self.rung} of {self.deadline_id}"

"""Pathways as governed data, and what is filed, granted and used under them."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded


@pgtrigger.register(
    pgtrigger.ReadOnly(
        name="data_are_fixed",
        fields=[
            "profile_key",
            "version",
            "jurisdiction",
            "control_model",
            "data",
            "data_sha256",
            "is_demonstration",
            "copied_from",
            "loaded_at",
        ],
    )
)
@guarded("status")
@regulated(chain="profile:profile_key")
class ProfileVersion(models.Model):
    """One pathway of one country in one legal version (domain.md 5). Its data never change: new data, new version."""

    class Status(models.TextChoices):
        DRAFT = "draft_unreviewed", "draft, not reviewed"
        REVIEWED = "reviewed", "reviewed"
        ACTIVE = "active", "active"
        RETIRED = "retired", "retired"

    profile_key = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    jurisdiction = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    control_model = models.CharField(max_length=48)
    data = models.JSONField()
    data_sha256 = models.CharField(max_length=64)
    status = FSMField(choices=Status.choices, default=Status.DRAFT, protected=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    reviewed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    next_review_due = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_sha256 = models.CharField(max_length=64, blank=True, default="")
    is_demonstration = models.BooleanField(default=False)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    loaded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["profile_key", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile_key", "version"], name="profile_version_is_unique"),
            models.CheckConstraint(
                condition=~models.Q(status="active")
                | models.Q(
                    reviewed_on__isnull=False,
                    reviewed_by__isnull=False,
                    signed_by__isnull=False,
                    signed_at__isnull=False,
                    effective_from__isnull=False,
                    signed_sha256=models.F("data_sha256"),
                ),
                name="active_profile_is_reviewed_and_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_key} {self.version}"

    @property
    def is_signed(self) -> bool:
        """Whether a live case may rest on it: active and signed over exactly these data."""
        return self.status == self.Status.ACTIVE and self.signed_sha256 == self.data_sha256

    def is_stale_on(self, day: date) -> bool:
        """Whether its review date is past (or was never set)."""
        return self.next_review_due is None or self.next_review_due <= day

    @transition(status, source=Status.DRAFT, target=Status.REVIEWED)
    def review(self, *, reviewed_by: object, reviewed_on: date, next_review_due: date) -> None:
        self.reviewed_by = reviewed_by  # type: ignore[assignment]
        self.reviewed_on = reviewed_on
        self.next_review_due = next_review_due

    @transition(status, source=Status.REVIEWED, target=Status.ACTIVE)
    def activate(self, *, signed_by: object, signed_at: object, effective_from: date) -> None:
        self.signed_by = signed_by  # type: ignore[assignment]
        self.signed_at = signed_at  # type: ignore[assignment]
        self.signed_sha256 = self.data_sha256
        self.effective_from = effective_from

    @transition(status, source=[Status.DRAFT, Status.REVIEWED, Status.ACTIVE], target=Status.RETIRED)
    def retire(self, *, effective_to: date | None) -> None:
        self.effective_to = effective_to


@guarded("state")
@regulated(chain="enquiry:id")
class Enquiry(models.Model):
    """A question that reached the pharmacy before a case exists; pseudonymous (triage.md E3)."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        ANSWERED = "answered", "answered"
        BECAME_CASE = "became_case", "became a case"
        REFERRED = "referred", "referred"
        DECLINED = "declined", "declined"

    class Asker(models.TextChoices):
        FAMILY = "family", "a family"
        PRESCRIBER = "prescriber", "a prescriber"
        INSTITUTION = "institution", "an institution"

    reference = models.CharField(max_length=16, unique=True)
    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="enquiries")
    asked_by = models.CharField(max_length=12, choices=Asker.choices)
    country = models.CharField(max_length=2)
    product = models.CharField(max_length=120)
    medicine = models.ForeignKey("cases.Medicine", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    indication = models.CharField(max_length=200)
    urgency = models.CharField(max_length=12, default="standard")
    answers = models.JSONField(default=dict)
    question = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True, blank=True)
    profile_version = models.ForeignKey(
        ProfileVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    outcome = models.CharField(max_length=32, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    form_key = models.CharField("makes a form posted twice one enquiry", max_length=64, null=True, unique=True)
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["pharmacy", "state", "-received_at"], name="enquiry_by_state")]

    def __str__(self) -> str:
        return self.reference

    @transition(state, source=[State.OPEN, State.ANSWERED], target=State.ANSWERED)
    def give_answer(self, *, outcome: str, answer: str, answered_by: object, answered_at: object) -> None:
        self.outcome = outcome
        self.answer = answer
        self.answered_by = answered_by  # type: ignore[assignment]
        self.answered_at = answered_at  # type: ignore[assignment]

    @transition(state, source=State.ANSWERED, target=State.BECAME_CASE)
    def become_case(self) -> None:
        """The pathway fits, the prescriber is willing: a case was opened."""

    @transition(state, source=State.ANSWERED, target=State.REFERRED)
    def refer(self) -> None:
        """Another route or another house is the right one."""

    @transition(state, source=[State.OPEN, State.ANSWERED], target=State.DECLINED)
    def decline(self) -> None:
        """The pharmacy cannot help; a letter says why."""


@guarded("state")
@regulated(chain="case:case_id")
class Review(models.Model):
    """A clinical or a regulatory review, decided by a named person before a filing may be submitted."""

    class Kind(models.TextChoices):
        CLINICAL = "clinical", "clinical review"
        REGULATORY = "regulatory", "regulatory review"

    class State(models.TextChoices):
        REQUESTED = "requested", "requested"
        PASSED = "passed", "passed"
        RETURNED = "returned", "returned"
        DECLINED = "declined", "declined"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    determination = models.ForeignKey("cases.Determination", on_delete=models.PROTECT, related_name="reviews")
    requested_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remarks = models.TextField(blank=True, default="")
    state = FSMField(choices=State.choices, default=State.REQUESTED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="review_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state="requested") | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="review_is_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @property
    def label(self) -> str:
        return f"R-{self.number}"

    def _decide(self, *, decided_by: object, decided_at: object, remarks: str) -> None:
        self.decided_by = decided_by  # type: ignore[assignment]
        self.decided_at = decided_at  # type: ignore[assignment]
        self.remarks = remarks

    @transition(state, source=State.REQUESTED, target=State.PASSED)
    def pass_review(self, *, decided_by: object, decided_at: object, remarks: str) -> None:
        self._decide(decided_by=decided_by, decided_at=decided_at, remarks=remarks)

    @transition(state, source=State.REQUESTED, target=State.RETURNED)
    def send_back(self, *, decided_by: object, decided_at: object, remarks: str) -> None:
        self._decide(decided_by=decided_by, decided_at=decided_at, remarks=remarks)

    @transition(state, source=State.REQUESTED, target=State.DECLINED)
    def decline(self, *, decided_by: object, decided_at: object, remarks: str) -> None:
        self._decide(decided_by=decided_by, decided_at=decided_at, remarks=remarks)


@guarded("state")
@regulated(chain="case:case_id")
class Filing(models.Model):
    """One filing to one authority: an application, a notification or a statement."""

    class Kind(models.TextChoices):
        APPLICATION = "application", "application"
        NOTIFICATION = "notification", "notification"
        STATEMENT = "statement", "statement"
        REPORT = "report", "report"

    class State(models.TextChoices):
        PREPARING = "preparing", "preparing"
        READY = "ready", "ready"
        SUBMITTED = "submitted", "submitted"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        QUESTION = "question", "question from the authority"
        ANSWERED = "answered", "answered"
        GRANTED = "granted", "granted"
        REFUSED = "refused", "refused"
        NO_OBJECTION = "no_objection", "no objection by lapse"
        APPEALED = "appealed", "appealed"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="filings")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    authority = models.CharField(max_length=120)
    profile_version = models.ForeignKey(ProfileVersion, on_delete=models.PROTECT, related_name="filings")
    renews = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="renewals")
    quantity = models.DecimalField("quantity asked for", max_digits=12, decimal_places=3, null=True, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    external_reference = models.CharField(max_length=60, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by_party = models.CharField(max_length=120, blank=True, default="")
    proof = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="proves_filings"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_letter = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="decides_filings"
    )
    refusal_reason = models.TextField(blank=True, default="")
    appealed_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.PREPARING, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="filing_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["preparing", "ready", "withdrawn"])
                | models.Q(submitted_at__isnull=False, proof__isnull=False),
                name="submitted_filing_has_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @property
    def label(self) -> str:
        return f"F-{self.number}"

    @transition(state, source=State.PREPARING, target=State.READY)
    def make_ready(self, *, planned_on: date | None = None) -> None:
        self.planned_on = planned_on or self.planned_on

    @transition(state, source=State.READY, target=State.PREPARING)
    def take_back(self) -> None:
        """Something is still missing."""

    @transition(state, source=State.READY, target=State.SUBMITTED)
    def submit(self, *, submitted_at: object, submitted_by_party: str, proof: object) -> None:
        self.submitted_at = submitted_at  # type: ignore[assignment]
        self.submitted_by_party = submitted_by_party
        self.proof = proof  # type: ignore[assignment]

    @transition(state, source=State.SUBMITTED, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, acknowledged_at: object, external_reference: str = "") -> None:
        self.acknowledged_at = acknowledged_at  # type: ignore[assignment]
        self.external_reference = external_reference or self.external_reference

    @transition(
        state,
        source=[State.SUBMITTED, State.ACKNOWLEDGED, State.QUESTION, State.ANSWERED, State.APPEALED],
        target=State.QUESTION,
    )
    def receive_question(self) -> None:
        """The authority asks, perhaps beside a question still open; its clock may stop (the profile says)."""

    @transition(state, source=State.QUESTION, target=State.ANSWERED)
    def answer_question(self) -> None:
        """All that was asked has been answered."""

    @transition(
        state,
        source=[State.SUBMITTED, State.ACKNOWLEDGED, State.QUESTION, State.ANSWERED, State.APPEALED],
        target=State.GRANTED,
    )
    def grant(self, *, decided_at: object, decision_letter: object, external_reference: str = "") -> None:
        self.decided_at = decided_at  # type: ignore[assignment]
        self.decision_letter = decision_letter  # type: ignore[assignment]
        self.external_reference = external_reference or self.external_reference

    @transition(
        state,
        source=[
            State.SUBMITTED,
            State.ACKNOWLEDGED,
            State.QUESTION,
            State.ANSWERED,
            State.APPEALED,
            State.NO_OBJECTION,
        ],
        target=State.REFUSED,
    )
    def refuse(self, *, decided_at: object, refusal_reason: str, decision_letter: object = None) -> None:
        self.decided_at = decided_at  # type: ignore[assignment]
        self.refusal_reason = refusal_reason
        self.decision_letter = decision_letter  # type: ignore[assignment]

    @transition(state, source=[State.ACKNOWLEDGED, State.ANSWERED], target=State.NO_OBJECTION)
    def lapse(self, *, decided_at: object) -> None:
        """The objection window ended in silence; recorded as such, never as approved."""
        self.decided_at = decided_at  # type: ignore[assignment]

    @transition(state, source=State.REFUSED, target=State.APPEALED)
    def appeal(self, *, appealed_at: object) -> None:
        self.appealed_at = appealed_at  # type: ignore[assignment]

    @transition(
        state,
        source=[
            State.PREPARING,
            State.READY,
            State.SUBMITTED,
            State.ACKNOWLEDGED,
            State.QUESTION,
            State.ANSWERED,
            State.APPEALED,
        ],
        target=State.WITHDRAWN,
    )
    def withdraw(self) -> None:
        """The applicant takes the filing back."""


@regulated(chain="case:case_id")
class FilingQuestion(models.Model):
    """One question of the authority on a filing, and its answer."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="filing_questions")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    asked_at = models.DateTimeField()
    answer_due_on = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["filing", "number"], name="question_is_numbered_once")]

    def __str__(self) -> str:
        return f"question {self.number} on {self.filing}"


@guarded("state")
@regulated(chain="case:case_id")
class Authorization(models.Model):
    """What an authority allowed (or did not object to): window, uses, coverage and quantity."""

    class State(models.TextChoices):
        IN_FORCE = "in_force", "in force"
        SUSPENDED = "suspended", "suspended"
        EXHAUSTED = "exhausted", "exhausted"
        EXPIRED = "expired", "expired"
        REVOKED = "revoked", "revoked"
        SUPERSEDED = "superseded", "superseded"

    class Ground(models.TextChoices):
        DECISION = "decision", "decision of the authority"
        LAPSE = "lapse", "no objection by lapse"
        STANDING = "standing", "standing authority"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="authorizations")
    number = models.PositiveSmallIntegerField()
    filing = models.ForeignKey(Filing, null=True, blank=True, on_delete=models.PROTECT, related_name="authorizations")
    ground = models.CharField(max_length=12, choices=Ground.choices)
    level = models.CharField(max_length=20, default="case")
    external_number = models.CharField(max_length=60, blank=True, default="")
    prescriber = models.ForeignKey("people.Prescriber", on_delete=models.PROTECT, related_name="+")
    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="+")
    indication = models.CharField(max_length=200)
    covers = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    max_uses = models.PositiveSmallIntegerField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True, default="")
    port = models.CharField(max_length=80, blank=True, default="")
    conditions = models.JSONField(default=list)
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="authorizes"
    )
    state = FSMField(choices=State.choices, default=State.IN_FORCE, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="authorization_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("valid_from")),
                name="authorization_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | models.Q(quantity__gt=Decimal(0)),
                name="authorized_quantity_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"authorization {self.label}"

    @property
    def label(self) -> str:
        return f"A-{self.number}"

    @transition(state, source=State.IN_FORCE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """The authority stopped it for a time."""

    @transition(state, source=State.SUSPENDED, target=State.IN_FORCE)
    def reinstate(self) -> None:
        """The suspension was lifted."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.EXHAUSTED)
    def exhaust(self) -> None:
        """Its quantity or its uses are spent."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.EXPIRED)
    def expire(self) -> None:
        """Its last day is past."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.REVOKED)
    def revoke(self) -> None:
        """The authority withdrew it."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later authorization takes its place."""


# Both rules of the ledger, kept by the database whoever writes: no account below zero, no sum over the ceiling. The
# authorization's row is locked first, so that two writers are judged one after the other.
_KEEPS_THE_CEILING = """
        FOR one IN SELECT DISTINCT authorization_id FROM new_entries ORDER BY 1 LOOP
            PERFORM 1 FROM regulatory_authorization WHERE id = one FOR NO KEY UPDATE;
            SELECT account, sum(quantity) AS total INTO below FROM regulatory_quantityentry
                WHERE authorization_id = one GROUP BY account, consignment_id HAVING sum(quantity) < 0 LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'authorization % would have % %', one, below.total, below.account
                    USING ERRCODE = 'check_violation';
            END IF;
            SELECT sum(quantity) FILTER (WHERE account = 'authorized'), sum(quantity) FILTER (WHERE account <> 'authorized')
                INTO ceiling, used FROM regulatory_quantityentry WHERE authorization_id = one;
            IF ceiling IS NOT NULL AND used > ceiling THEN
                RAISE EXCEPTION 'authorization % allows %, and % would be used', one, ceiling, used
                    USING ERRCODE = 'check_violation';
            END IF;
        END LOOP;
        RETURN NULL;
"""  # noqa: E501 - one line of SQL reads as one rule


@pgtrigger.register(
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="keeps_the_ceiling",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_entries"),  # type: ignore[no-untyped-call]
        declare=[("one", "bigint"), ("below", "record"), ("ceiling", "numeric"), ("used", "numeric")],
        func=_KEEPS_THE_CEILING,
    ),
)
@regulated(chain="case:case_id")
class QuantityEntry(models.Model):
    """One line of the quantity ledger of an authorization. Written once; a correction is a further line.

    ``quantity`` is signed and counted in the authorization's unit; ``factor`` says how the unit of the act was
    converted (1 when it was the same).
    """

    class Account(models.TextChoices):
        AUTHORIZED = "authorized", "authorized"
        RESERVED = "reserved", "reserved"
        ORDERED = "ordered", "ordered"
        SHIPPED = "shipped", "shipped"
        RECEIVED = "received", "received"
        DISPENSED = "dispensed", "dispensed"
        RETURNED = "returned", "returned"
        DESTROYED = "destroyed", "destroyed"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="quantity_entries")
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="quantity_entries")
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="quantity_entries"
    )
    account = models.CharField(max_length=12, choices=Account.choices)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    factor = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(1))
    note = models.CharField(max_length=200, blank=True, default="")
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["authorization", "account"], name="quantity_by_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.quantity}"


@regulated(chain="case:case_id")
class PathwayEvent(models.Model):
    """A fact that gates and duties are computed from, by its name in the profiles' vocabulary (``acknowledged``,
    ``objection_received``, ``dispensed_or_supplied`` ...). Written once; ``withdrawn_at`` marks one recorded in error.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="pathway_events")
    filing = models.ForeignKey(Filing, null=True, blank=True, on_delete=models.PROTECT, related_name="pathway_events")
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="pathway_events"
    )
    name = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    recipient = models.CharField(max_length=40, blank=True, default="")
    channel = models.CharField(max_length=20, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "name", "happened_at"], name="pathway_event_by_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.happened_at:%Y-%m-%d}"


@regulated(chain="case:case_id")
class Attestation(models.Model):
    """A named person signed a statement that a gate rests on ("a named person attests")."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="attestations")
    role = models.CharField(max_length=40)
    statement = models.TextField()
    gate_fact = models.CharField(max_length=80)
    attested_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    attested_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"attestation for {self.gate_fact}"


# Django finds the models of an app here; these have a room of their own.
from regulatory.lists.models import ListEdition, ListPlace  # noqa: E402, F401 - registered by being imported
from regulatory.triage.models import (  # noqa: E402, F401 - registered by being imported
    Triage,
    TriageDecision,
    TriageLetter,
    TriageVersion,
)

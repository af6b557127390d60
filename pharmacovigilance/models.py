"""Adverse events: what was said, what was judged, who must be told by when (facts: pharmacovigilance 9.1, 9.2)."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded

UNDELETABLE = pgtrigger.Protect(name="undeletable", operation=pgtrigger.Delete)


def frozen_columns(*may_change: str, once: str = "TRUE") -> pgtrigger.Trigger:
    """A trigger that refuses a change of any other column, as soon as the condition ``once`` holds for the old row."""
    kept = " - ".join(f"'{column}'" for column in may_change)
    return pgtrigger.Trigger(
        name="frozen_columns",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF {once} AND (to_jsonb(NEW) - {kept}) IS DISTINCT FROM (to_jsonb(OLD) - {kept}) THEN
                RAISE EXCEPTION 'what was reported or locked in % cannot be changed', TG_TABLE_NAME
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


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


@regulated(chain="case:case_id")
class SafetyCase(models.Model):
    """The identity of one safety case; what is known stands in its versions."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="safety_cases")
    number = models.PositiveSmallIntegerField()
    worldwide_id = models.CharField("worldwide unique case identification (C.1.8.1)", max_length=100, unique=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="safety_case_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"safety case {self.label}"

    @property
    def label(self) -> str:
        return f"SC-{self.number}"


@pgtrigger.register(UNDELETABLE, frozen_columns("state", once="OLD.locked_at IS NOT NULL"))
@guarded("state")
@regulated(chain="case:case_id")
class CaseVersion(models.Model):
    """What was known of a safety case at one time; locked before anything is reported from it."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        ASSESSED = "assessed", "assessed"
        LOCKED = "locked", "locked"
        SUPERSEDED = "superseded", "superseded"

    class Kind(models.TextChoices):
        INITIAL = "initial", "initial"
        FOLLOW_UP = "follow_up", "follow-up"
        AMENDMENT = "amendment", "amendment"
        NULLIFICATION = "nullification", "nullification"

    class Causality(models.TextChoices):
        RELATED = "related", "related"
        NOT_RELATED = "not_related", "not related"
        NOT_ASSESSED = "not_assessed", "not assessed"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="case_versions")
    safety_case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("number in the case")
    version = models.PositiveSmallIntegerField("version of the safety case")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.INITIAL)
    day0 = models.DateField("day 0")
    aware_at = models.DateTimeField("when what makes this version was received")
    event_verbatim = models.TextField(blank=True, default="")
    serious = models.BooleanField()
    seriousness_criterion = models.CharField(max_length=40, blank=True, default="")
    expected = models.BooleanField(null=True, blank=True)
    causality = models.CharField(max_length=16, choices=Causality.choices, default=Causality.NOT_ASSESSED)
    narrative = models.TextField(blank=True, default="")
    circumstances = models.JSONField("further facts that reporting rules ask for", default=dict, blank=True)
    lot = models.ForeignKey(
        "custody.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="case_versions"
    )
    lot_remark = models.CharField(max_length=120, blank=True, default="lot not confirmed")
    snapshot = models.JSONField(null=True, blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True, default="")
    locked_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    locked_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.DRAFT, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="case_version_is_numbered_once"),
            models.UniqueConstraint(fields=["safety_case", "version"], name="safety_case_version_is_unique"),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "assessed"])
                | models.Q(locked_at__isnull=False, locked_by__isnull=False, snapshot__isnull=False),
                name="locked_version_has_its_snapshot",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.safety_case}"

    @property
    def label(self) -> str:
        return f"V-{self.number}"

    @transition(state, source=State.DRAFT, target=State.ASSESSED)
    def assess(self, *, causality: str, expected: bool | None, narrative: str) -> None:
        self.causality = causality
        self.expected = expected
        self.narrative = narrative

    @transition(state, source=State.ASSESSED, target=State.LOCKED)
    def lock(self, *, locked_by: object, locked_at: object, snapshot: dict, snapshot_sha256: str) -> None:
        self.locked_by = locked_by  # type: ignore[assignment]
        self.locked_at = locked_at  # type: ignore[assignment]
        self.snapshot = snapshot
        self.snapshot_sha256 = snapshot_sha256

    @transition(state, source=State.LOCKED, target=None)
    def follow_up(self) -> None:
        """New information or a correction: a further version is drafted, this one stays as it was locked."""

    @transition(state, source=State.LOCKED, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later version was locked."""


@guarded("state")
@regulated(chain="case:case_id")
class Obligation(models.Model):
    """One party must tell one recipient by one day, by one rule, from one version; never silence: a default applies.

    Rules that match for the same party and recipient each keep their own date, as does a second stage ("7 + 8 days").
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        DONE_LATE = "done_late", "done late"
        WAIVED = "waived", "waived"
        SUPERSEDED = "superseded", "superseded"
        NOT_REQUIRED = "not_required", "not required"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="obligations")
    version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="obligations")
    number = models.PositiveSmallIntegerField()
    responsible_party = models.CharField(max_length=60)
    recipient = models.CharField(max_length=120)
    rule = models.CharField(max_length=80)
    rule_version = models.CharField(max_length=40)
    rule_status = models.CharField("review of the rule", max_length=20, default="draft_unreviewed")
    rule_confidence = models.CharField(max_length=12)
    is_certain = models.BooleanField("the rule's conditions are known to hold", default=True)
    day0 = models.DateField("day 0")
    deadline = models.OneToOneField(
        "deadlines.Deadline", null=True, blank=True, on_delete=models.PROTECT, related_name="obligation"
    )
    discharged_at = models.DateTimeField(null=True, blank=True)
    waiver_reason = models.TextField(blank=True, default="")
    waived_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    second_person = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="obligation_is_numbered_once"),
            models.UniqueConstraint(
                fields=["version", "responsible_party", "recipient", "rule"],
                name="obligation_once_a_party_recipient_and_rule",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waived")
                | (models.Q(second_person__isnull=False) & ~models.Q(second_person=models.F("waived_by"))),
                name="obligation_is_waived_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.responsible_party} to {self.recipient}"

    @property
    def label(self) -> str:
        return f"O-{self.number}"

    @transition(state, source=State.OPEN, target=State.DONE)
    def discharge(self, *, discharged_at: object) -> None:
        self.discharged_at = discharged_at  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=State.DONE_LATE)
    def discharge_late(self, *, discharged_at: object) -> None:
        self.discharged_at = discharged_at  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=None)
    def propose_waiver(self, *, waived_by: object, reason: str) -> None:
        """The first of two people says why nobody need be told; the duty stands until the second agrees."""
        self.waived_by = waived_by  # type: ignore[assignment]
        self.waiver_reason = reason

    @transition(state, source=State.OPEN, target=State.WAIVED)
    def waive(self, *, second_person: object) -> None:
        self.second_person = second_person  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later version carries the duty."""

    @transition(state, source=State.OPEN, target=State.NOT_REQUIRED)
    def judge_not_required(self) -> None:
        """New information took the ground away."""


@guarded("state")
@regulated(chain="case:case_id")
class Transmission(models.Model):
    """One report sent to one recipient, and what came back."""

    class State(models.TextChoices):
        PREPARED = "prepared", "prepared"
        SENT = "sent", "sent"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        NO_ANSWER = "no_answer", "no answer"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="transmissions")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="transmissions")
    number = models.PositiveSmallIntegerField()
    format = models.CharField(max_length=20)
    artefact_sha256 = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    proof = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    acknowledgement = models.TextField(blank=True, default="")
    message_number = models.CharField("batch number of the message (N.1.2)", max_length=100, blank=True, default="")
    message = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = FSMField(choices=State.choices, default=State.PREPARED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="transmission_is_numbered_once"),
            models.UniqueConstraint(
                fields=["message_number"],
                condition=~models.Q(message_number=""),
                name="message_number_names_one_transmission",
            ),
        ]

    def __str__(self) -> str:
        return f"transmission {self.label}"

    @property
    def label(self) -> str:
        return f"T-{self.number}"

    @transition(state, source=State.PREPARED, target=State.SENT)
    def send(self, *, sent_at: object, proof: object = None) -> None:
        self.sent_at = sent_at  # type: ignore[assignment]
        self.proof = proof  # type: ignore[assignment]

    @transition(state, source=[State.SENT, State.NO_ANSWER], target=State.ACCEPTED)
    def accept(self, *, acknowledgement: str = "") -> None:
        self.acknowledgement = acknowledgement

    @transition(state, source=[State.SENT, State.NO_ANSWER], target=State.REJECTED)
    def reject(self, *, acknowledgement: str) -> None:
        self.acknowledgement = acknowledgement

    @transition(state, source=State.SENT, target=State.NO_ANSWER)
    def note_no_answer(self) -> None:
        """No acknowledgement came in the time expected."""


@regulated(chain="case:case_id")
class FollowUp(models.Model):
    """One scheduled question about how the patient is after a dose, and what was answered."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="follow_ups")
    consignment = models.ForeignKey("custody.Consignment", on_delete=models.PROTECT, related_name="follow_ups")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    attempts = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")
    is_lost = models.BooleanField("lost to follow-up", default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="follow_up_is_numbered_once")]

    def __str__(self) -> str:
        return f"follow-up {self.label}"

    @property
    def label(self) -> str:
        return f"U-{self.number}"


@pgtrigger.register(UNDELETABLE, frozen_columns("id"))
@regulated(chain="pharmacy:pharmacy_id")
class UnmatchedAcknowledgement(models.Model):
    """What a recipient answered to a message that no transmission awaits an answer to; kept for a person to read."""

    class Why(models.TextChoices):
        UNKNOWN = "unknown", "no transmission of ours has this number"
        OTHER_SENDER = "other_sender", "it is for another sender"
        NOT_SENT = "not_sent", "the transmission is not recorded as sent"
        ANSWERED = "answered", "the transmission was answered before"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="unmatched_acknowledgements")
    why = models.CharField(max_length=16, choices=Why.choices)
    sha256 = models.CharField("fingerprint of the file", max_length=64)
    number = models.CharField("number of the acknowledgement (ACK.M.1)", max_length=100)
    sender = models.CharField("who answers (ACK.M.2)", max_length=100)
    receiver = models.CharField("for whom (ACK.M.3)", max_length=100)
    message_number = models.CharField("batch number (ACK.A.1)", max_length=100)
    report = models.CharField("report (ACK.B.r.1)", max_length=200, blank=True, default="")
    code = models.CharField("what became of it (ACK.A.4 or ACK.B.r.6)", max_length=2)
    text = models.TextField("what is said (ACK.A.5 or ACK.B.r.7)", blank=True, default="")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pharmacy", "sha256", "report", "why"], name="unmatched_acknowledgement_is_kept_once"
            )
        ]

    def __str__(self) -> str:
        return f"acknowledgement {self.number} of {self.message_number}"

"""What a case is: one medicine, one patient or an institution's stock, one prescriber, one pathway; its steps."""

from typing import ClassVar

from django.db import models
from django.utils.functional import cached_property
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.countries import name_of
from cases.lifecycle.guard import guarded
from cases.querysets import CaseQuerySet
from cases.statements import STATEMENTS as STATEMENTS


@regulated(chain="medicine:id")
class Medicine(models.Model):
    """A medicine as the pharmacy sources it. Master data, not an authority's register."""

    class Storage(models.TextChoices):
        ROOM = "room", "15 to 25 °C"
        REFRIGERATED = "refrigerated", "2 to 8 °C"
        FROZEN = "frozen", "-25 to -15 °C"
        CRYO = "cryo", "below -150 °C"

    name = models.CharField(max_length=80)
    strength = models.CharField(max_length=60)
    form = models.CharField(max_length=60)
    unit = models.CharField("unit counted in shipments", max_length=20, default="vial")
    storage = models.CharField(max_length=16, choices=Storage.choices)
    manufacturer = models.CharField(max_length=120)
    is_controlled = models.BooleanField(default=False)
    is_patient_specific = models.BooleanField("made for one patient", default=False)
    in_use_hours = models.PositiveIntegerField(
        "hours it may be used once opened; empty when not known", null=True, blank=True
    )

    class Meta:
        ordering: ClassVar = ["name", "strength"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "strength", "form"], name="medicine_is_listed_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.strength}"


class Stage(models.TextChoices):
    """The seven stages, in the users' words, and the end."""

    DETERMINATION = "determination", "Prescriber determination"
    FILING = "filing", "Regulatory filing"
    AUTHORIZATION = "authorization", "Authorization"
    SOURCING = "sourcing", "Sourcing"
    SHIPMENT = "shipment", "Shipment"
    DISPENSING = "dispensing", "Dispensing"
    FOLLOW_UP = "follow_up", "Adverse-event follow-up"
    CLOSED = "closed", "Closed"


OPEN_STAGES = [stage for stage in Stage if stage is not Stage.CLOSED]


class Outcome(models.TextChoices):
    COMPLETED = "completed", "completed"
    DECLINED = "declined", "declined"
    REFUSED = "refused", "refused"
    WITHDRAWN = "withdrawn", "withdrawn"
    DECEASED = "deceased", "patient deceased"
    TRANSFERRED = "transferred", "transferred"


class Urgency(models.TextChoices):
    STANDARD = "standard", "standard"
    URGENT = "urgent", "urgent"
    EMERGENCY = "emergency", "emergency"


@guarded("stage")
@regulated(chain="case:id", excluded=("next_due_at",))
class Case(models.Model):
    """The headline of one named-patient case. Everything that can happen more than once is a child record.

    A case without a patient is one of stock: an institution's, authorized before any patient is known (ADR 29).

    ``event_seq`` counts the case's events and is what a page shows it has seen; ``next_due_at`` is a projection of the
    running deadlines, kept in the same transaction so that Today sorts by an index.
    """

    reference = models.CharField(max_length=16, unique=True)
    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="cases")
    patient = models.ForeignKey("people.Patient", null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    prescriber = models.ForeignKey("people.Prescriber", on_delete=models.PROTECT, related_name="cases")
    institution = models.ForeignKey("people.Institution", on_delete=models.PROTECT, related_name="cases")
    coordinator = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="coordinated_cases")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="cases")
    enquiry = models.OneToOneField(
        "regulatory.Enquiry", null=True, blank=True, on_delete=models.PROTECT, related_name="case"
    )
    profile_version = models.ForeignKey("regulatory.ProfileVersion", on_delete=models.PROTECT, related_name="cases")
    country = models.CharField("destination", max_length=2)
    indication = models.CharField(max_length=200)
    urgency = models.CharField(max_length=12, choices=Urgency.choices, default=Urgency.STANDARD)
    stage = FSMField(choices=Stage.choices, default=Stage.DETERMINATION, protected=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    runs_out_on = models.DateField(null=True, blank=True)
    event_seq = models.PositiveIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(models.Q(stage="closed") & ~models.Q(outcome="") & models.Q(closed_at__isnull=False))
                | (~models.Q(stage="closed") & models.Q(outcome="") & models.Q(closed_at__isnull=True)),
                name="case_is_closed_with_an_outcome",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                "pharmacy", "next_due_at", "id", condition=~models.Q(stage="closed"), name="case_open_by_next_due"
            ),
            models.Index(fields=["prescriber", "stage"], name="case_by_prescriber"),
            models.Index(fields=["institution", "stage"], name="case_by_institution"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def country_name(self) -> str:
        return name_of(self.country)

    @property
    def is_stock(self) -> bool:
        """Whether it is stock of an institution: there is no patient, and none is made up."""
        return self.patient_id is None

    @property
    def for_whom(self) -> str:
        """What may be shown in a title: the patient's initials and birth year, or whose stock it is."""
        return self.patient.pseudonym if self.patient else f"Stock of {self.institution.name}, no patient"

    @property
    def initials(self) -> str:
        """The patient's initials, as lists show them; of stock the word."""
        return self.patient.initials if self.patient else "Stock"

    @property
    def for_whom_reference(self) -> str:
        """The reference under which the patient is kept; of stock the words that there is none."""
        return self.patient.reference if self.patient else "stock, no patient"

    @cached_property
    def standing_holds(self) -> "list[Hold]":
        """The holds that have not been lifted, oldest first."""
        return list(self.holds.filter(lifted_at__isnull=True).select_related("placed_by").order_by("number"))

    @transition(stage, source=Stage.DETERMINATION, target=Stage.FILING)
    def begin_filing(self) -> None:
        """The determination is signed: the papers are prepared and filed."""

    @transition(stage, source=Stage.FILING, target=Stage.AUTHORIZATION)
    def await_authorization(self) -> None:
        """The filing is out: the authority decides, asks or stays silent."""

    @transition(stage, source=[Stage.DETERMINATION, Stage.FILING, Stage.AUTHORIZATION], target=Stage.SOURCING)
    def begin_sourcing(self) -> None:
        """The pathway's gates allow the supply to be sourced; skipped stages are lawful or refused by requirement."""

    @transition(stage, source=Stage.SOURCING, target=Stage.SHIPMENT)
    def begin_shipment(self) -> None:
        """A consignment leaves."""

    @transition(stage, source=[Stage.SOURCING, Stage.SHIPMENT], target=Stage.DISPENSING)
    def begin_dispensing(self) -> None:
        """A consignment was accepted by the receiving institution, or drawn from stock that was."""

    @transition(stage, source=Stage.DISPENSING, target=Stage.FOLLOW_UP)
    def begin_follow_up(self) -> None:
        """The medicine was dispensed: adverse events are followed up."""

    @transition(stage, source=[Stage.SHIPMENT, Stage.DISPENSING, Stage.FOLLOW_UP], target=Stage.SOURCING)
    def resupply(self) -> None:
        """A further cycle under an authorization that still stands."""

    @transition(
        stage,
        source=[Stage.AUTHORIZATION, Stage.SOURCING, Stage.SHIPMENT, Stage.DISPENSING, Stage.FOLLOW_UP],
        target=Stage.FILING,
    )
    def refile(self) -> None:
        """A renewal, a variation or a new filing after a refusal."""

    @transition(
        stage,
        source=[
            Stage.FILING,
            Stage.AUTHORIZATION,
            Stage.SOURCING,
            Stage.SHIPMENT,
            Stage.DISPENSING,
            Stage.FOLLOW_UP,
        ],
        target=Stage.DETERMINATION,
    )
    def return_to_prescriber(self) -> None:
        """The determination must be made anew: another prescriber, another indication, another dose."""

    @transition(stage, source=OPEN_STAGES, target=Stage.CLOSED)
    def close(self, *, outcome: str, closed_at: object) -> None:
        """The case ends with an outcome; safety duties go on in their own records."""
        self.outcome = outcome
        self.closed_at = closed_at  # type: ignore[assignment]

    @transition(stage, source=Stage.CLOSED, target=Stage.FOLLOW_UP)
    def reopen(self) -> None:
        """The case was closed by mistake, or the patient is supplied again."""
        self.outcome = ""
        self.closed_at = None


class HoldKind(models.TextChoices):
    REGULATORY = "regulatory", "regulatory"
    QUALITY = "quality", "quality"
    COMPLIANCE = "compliance", "compliance"
    CLINICAL = "clinical", "clinical"
    PAYMENT = "payment", "payment"
    CONSENT = "consent", "consent"
    FAMILY_MESSAGE = "family_message", "messages to the family"


@regulated(chain="case:case_id")
class Hold(models.Model):
    """Something stopped on purpose, across all stages, until it is lifted."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=HoldKind.choices)
    reason = models.TextField()
    until = models.CharField("what ends it", max_length=200)
    placed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="hold_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(lifted_by__isnull=True, lifted_at__isnull=True)
                | models.Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="hold_is_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} hold H-{self.number}"

    @property
    def label(self) -> str:
        return f"H-{self.number}"


@guarded("state")
@regulated(chain="case:case_id")
class Determination(models.Model):
    """The prescriber's determination that this medicine is necessary for this patient, signed over its exact text."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SIGNED = "signed", "signed"
        SUPERSEDED = "superseded", "superseded"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="determinations")
    number = models.PositiveSmallIntegerField()
    prescriber = models.ForeignKey("people.Prescriber", on_delete=models.PROTECT, related_name="determinations")
    dose = models.CharField(max_length=200)
    justification = models.TextField()
    statements = models.JSONField(default=list)
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="determinations"
    )
    state = FSMField(choices=State.choices, default=State.DRAFT, protected=True)
    prepared_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="determination_is_numbered_once"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="signed"), name="case_has_one_signed_determination"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | models.Q(signed_at__isnull=False, document__isnull=False)
                | models.Q(state="withdrawn"),
                name="signed_determination_has_its_text",
            ),
        ]

    def __str__(self) -> str:
        return f"determination {self.label}"

    @property
    def label(self) -> str:
        return f"N-{self.number}"

    @transition(state, source=State.DRAFT, target=State.SIGNED)
    def sign(self, *, document: object, signed_at: object) -> None:
        """The prescriber signed exactly the bytes of ``document``."""
        self.document = document  # type: ignore[assignment]
        self.signed_at = signed_at  # type: ignore[assignment]

    @transition(state, source=State.SIGNED, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later determination takes its place."""

    @transition(state, source=[State.DRAFT, State.SIGNED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The prescriber no longer stands by it."""


@guarded("state")
@regulated(chain="case:case_id")
class Override(models.Model):
    """One unmet requirement set aside for one verb on one record: asked by the PIC, confirmed by a second person."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a second person"
        CONFIRMED = "confirmed", "confirmed"
        DECLINED = "declined", "declined"
        USED = "used", "used"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="overrides")
    number = models.PositiveSmallIntegerField()
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=40)
    requirement = models.CharField(max_length=80)
    reason = models.TextField()
    proposed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    second_person = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    state = FSMField(choices=State.choices, default=State.PROPOSED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="override_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(second_person__isnull=True) | ~models.Q(second_person=models.F("proposed_by")),
                name="override_needs_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed") | models.Q(second_person__isnull=False),
                name="override_is_decided_by_the_second",
            ),
        ]

    def __str__(self) -> str:
        return f"override of {self.requirement}"

    @property
    def label(self) -> str:
        return f"X-{self.number}"

    @transition(state, source=State.PROPOSED, target=State.CONFIRMED)
    def confirm(self, *, second_person: object, decided_at: object) -> None:
        self.second_person = second_person  # type: ignore[assignment]
        self.decided_at = decided_at  # type: ignore[assignment]

    @transition(state, source=State.PROPOSED, target=State.DECLINED)
    def decline(self, *, second_person: object, decided_at: object) -> None:
        self.second_person = second_person  # type: ignore[assignment]
        self.decided_at = decided_at  # type: ignore[assignment]

    @transition(state, source=State.CONFIRMED, target=State.USED)
    def use(self) -> None:
        """The verb it was asked for was taken; it serves once."""


@regulated(chain="case:case_id")
class Note(models.Model):
    """A free remark on a case, for the pharmacy alone or shared with the prescriber."""

    class Audience(models.TextChoices):
        INTERNAL = "internal", "internal"
        PRESCRIBER = "prescriber", "shared with the prescriber"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()
    audience = models.CharField(max_length=12, choices=Audience.choices, default=Audience.INTERNAL)
    written_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note of {self.written_at:%Y-%m-%d %H:%M}"


@regulated(chain="case:case_id")
class CaseEvent(models.Model):
    """One verb taken on a case, with the list of requirements that was judged then. Written once, never changed.

    ``subject`` names the record in the case's own words (``F-2``, ``C-1``; empty for the case itself). ``checklist``
    answers "why was this allowed?" years later. ``form_key`` makes the same form posted twice one event.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=40, blank=True, default="")
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    checklist = models.JSONField(default=list)
    form_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    class Meta:
        ordering: ClassVar = ["case", "seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "seq"], name="event_is_numbered_once")]

    def __str__(self) -> str:
        return f"{self.verb} #{self.seq}"

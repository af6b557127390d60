"""Papers of a case: what was asked, what came, whose bytes they are, who signed exactly those bytes."""

from datetime import date
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded

_WRITTEN_ONCE = pgtrigger.Update | pgtrigger.Delete


@pgtrigger.register(pgtrigger.Protect(name="bytes_never_change", operation=_WRITTEN_ONCE))
@regulated(chain="case:case_id")
class StoredFile(models.Model):
    """The exact bytes of a paper, kept encrypted under a random name. One row per content within a case.

    ``sha256`` and ``size`` are those of the bytes as they came, not of the ciphertext on the disk. The same content in
    two cases is two files, since a shared one would tell that the other case has it.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="stored_files")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("bytes")
    media_type = models.CharField(max_length=80)
    storage_name = models.CharField(max_length=40, unique=True)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "sha256"], name="content_is_stored_once_per_case"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="stored_file_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes, {self.sha256[:8]}"


@guarded("state")
@regulated(chain="case:case_id")
class DocumentSlot(models.Model):
    """A paper that was asked of somebody, until it is there or no longer wanted."""

    class State(models.TextChoices):
        OPEN = "open", "asked"
        MET = "met", "met"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="document_slots")
    number = models.PositiveSmallIntegerField()
    doc_type = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    note = models.CharField("what exactly is asked", max_length=500, blank=True, default="")
    asked_of = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="document_slots")
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)
    met_by = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="meets"
    )
    # The stale translation that this asks for anew.
    renews = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="renewed_by"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="slot_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state="open", met_by__isnull=True, closed_at__isnull=True)
                | models.Q(state="met", met_by__isnull=False, closed_at__isnull=False)
                | models.Q(state="withdrawn", met_by__isnull=True, closed_at__isnull=False),
                name="slot_is_met_by_a_document",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_of", "due_on"], condition=models.Q(state="open"), name="slot_open_by_person")
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"

    @property
    def label(self) -> str:
        return f"Q-{self.number}"

    @transition(state, source=State.OPEN, target=State.MET)
    def meet(self, *, document: "Document", closed_at: object) -> None:
        """The paper is there and was accepted."""
        self.met_by = document
        self.closed_at = closed_at  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=State.WITHDRAWN)
    def withdraw(self, *, closed_at: object) -> None:
        """The paper is no longer wanted."""
        self.closed_at = closed_at  # type: ignore[assignment]

    @transition(state, source=State.MET, target=State.OPEN)
    def ask_again(self, *, asked_of: object, due_on: date) -> None:
        """What met it was of another patient."""
        self.met_by, self.closed_at = None, None
        self.asked_of, self.due_on = asked_of, due_on  # type: ignore[assignment]


_FIXED = (
    "case",
    "number",
    "doc_type",
    "version",
    "supersedes",
    "file",
    "source",
    "original_name",
    "uploaded_by",
    "received_at",
    "form_key",
    "holds_identity",
)


@pgtrigger.register(
    pgtrigger.ReadOnly(name="what_came_is_fixed", fields=list(_FIXED)),
    pgtrigger.Protect(
        name="upload_begins_unscanned",
        operation=pgtrigger.Insert,
        condition=pgtrigger.Q(new__source="upload") & ~pgtrigger.Q(new__state="received"),
    ),
)
# What the system writes is not scanned, and counts as soon as it is written.
@guarded("state", born=("received", "accepted"))
@regulated(chain="case:case_id")
class Document(models.Model):
    """One version of one paper of a case. Its bytes never change; a new version is a new row."""

    class State(models.TextChoices):
        RECEIVED = "received", "received, not scanned"
        SCANNED = "scanned", "to be reviewed"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        SUPERSEDED = "superseded", "superseded"
        EXPIRED = "expired", "expired"
        STALE = "stale", "stale"

    class Source(models.TextChoices):
        UPLOAD = "upload", "uploaded"
        SYSTEM = "system", "written by the system"

    class Scan(models.TextChoices):
        PENDING = "pending", "not scanned"
        CLEAN = "clean", "no finding"
        INFECTED = "infected", "malicious content found"
        WAIVED = "waived", "released unscanned by a person"
        NOT_NEEDED = "not_needed", "written by the system"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="documents")
    number = models.PositiveSmallIntegerField()
    doc_type = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="later_versions"
    )
    # The exact version it was translated from; what becomes of that one becomes of this.
    translates = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="translations")
    slot = models.ForeignKey(DocumentSlot, null=True, blank=True, on_delete=models.PROTECT, related_name="documents")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="documents")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.UPLOAD)
    state = FSMField(choices=State.choices, default=State.RECEIVED, protected=True)
    scan = models.CharField(max_length=12, choices=Scan.choices, default=Scan.PENDING)
    scan_detail = models.CharField(max_length=200, blank=True, default="")
    scanned_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    active_parts = models.CharField("parts that could act by themselves", max_length=200, blank=True, default="")
    holds_identity = models.BooleanField("may show who the patient is", default=True)
    # Ciphertext under the patient's key: people put names into file names.
    original_name = models.BinaryField(null=True, editable=False)
    owner_role = models.CharField("who has to provide it", max_length=40, blank=True, default="")
    held_by = models.CharField("who holds the original on paper", max_length=40, blank=True, default="")
    privacy_note = models.CharField(max_length=200, blank=True, default="")
    # Asked only where a pathway forbids or requires the name (regulatory facts, section 6, rule 17).
    names_patient = models.BooleanField("the patient's name stands on it", null=True, blank=True)
    language = models.CharField(max_length=12, blank=True, default="")
    issued_on = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    uploaded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    form_key = models.CharField("key of the form it came with", max_length=64, null=True, blank=True)
    decided_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")
    of_another_patient = models.BooleanField("rejected because it is of another patient", default=False)
    # A translation of another patient's paper, or a pack with its pages: closed as that one is.
    closed_with = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="closes")

    class Meta:
        ordering: ClassVar = ["case", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="document_is_numbered_once"),
            models.UniqueConstraint(fields=["case", "uploaded_by", "form_key"], name="document_comes_once_a_form"),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=~models.Q(state="rejected"),
                name="document_has_one_successor",
            ),
            models.CheckConstraint(
                condition=models.Q(supersedes__isnull=True, version=1)
                | models.Q(supersedes__isnull=False, version__gt=1),
                name="document_version_follows",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["received", "scanned"])
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="document_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["received", "rejected"])
                | models.Q(scan__in=["clean", "waived", "not_needed"]),
                name="document_is_scanned_or_waived",
            ),
            models.CheckConstraint(
                condition=~models.Q(scan="not_needed") | models.Q(source="system"),
                name="upload_is_scanned_or_waived",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="rejected") | ~models.Q(decision_reason=""),
                name="document_is_rejected_with_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(of_another_patient=False) | models.Q(state="rejected"),
                name="paper_of_another_patient_is_rejected",
            ),
            models.CheckConstraint(
                condition=models.Q(issued_on__isnull=True)
                | models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("issued_on")),
                name="document_is_valid_after_issue",
            ),
            models.CheckConstraint(
                condition=models.Q(translates__isnull=True) | ~models.Q(translates=models.F("id")),
                name="document_translates_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="stale") | models.Q(translates__isnull=False),
                name="stale_document_has_its_source",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case", "doc_type", "state"], name="document_by_type"),
            models.Index(
                fields=["valid_until"],
                condition=models.Q(state="accepted", valid_until__isnull=False),
                name="document_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}, version {self.version}"

    @property
    def label(self) -> str:
        return f"D-{self.number}"

    @property
    def sha256(self) -> str:
        """SHA-256 of the exact bytes, in hexadecimal."""
        return self.file.sha256

    @property
    def size(self) -> int:
        """Length of the exact bytes."""
        return self.file.size

    @property
    def is_closed(self) -> bool:
        """Whether another patient's paper is on its pages."""
        return self.of_another_patient or self.closed_with_id is not None

    @property
    def media_type(self) -> str:
        """Media type found in the content, never the one that was claimed."""
        return self.file.media_type

    @transition(state, source=State.RECEIVED, target=State.SCANNED)
    def scanned(self, *, scan: str, detail: str, scanned_at: object) -> None:
        """No malicious content was found, or a person released the paper without a scan."""
        self.scan = scan
        self.scan_detail = detail
        self.scanned_at = scanned_at  # type: ignore[assignment]

    @transition(state, source=State.SCANNED, target=State.ACCEPTED)
    def accept(self, *, by: object, decided_at: object, reason: str = "") -> None:
        """A person looked at the paper and takes it."""
        self.decided_by = by  # type: ignore[assignment]
        self.decided_at = decided_at  # type: ignore[assignment]
        self.decision_reason = reason

    @transition(state, source=[State.RECEIVED, State.SCANNED], target=State.REJECTED)
    def reject(self, *, by: object, decided_at: object, reason: str, of_another_patient: bool = False) -> None:
        """The paper cannot be used: unreadable, wrong, outdated, malicious, or of another patient."""
        self.of_another_patient = of_another_patient
        self.decided_by = by  # type: ignore[assignment]
        self.decided_at = decided_at  # type: ignore[assignment]
        self.decision_reason = reason

    @transition(state, source=[State.ACCEPTED, State.SUPERSEDED, State.EXPIRED, State.STALE], target=State.REJECTED)
    def find_of_another_patient(self, *, by: object, decided_at: object, reason: str) -> None:
        """It counted, and turned out to be of another patient."""
        self.of_another_patient = True
        self.decided_by, self.decided_at = by, decided_at  # type: ignore[assignment]
        self.decision_reason = reason

    @transition(state, source=State.ACCEPTED, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later version was accepted."""

    @transition(state, source=State.ACCEPTED, target=State.EXPIRED)
    def expire(self) -> None:
        """Its last day of validity is over."""

    @transition(state, source=State.ACCEPTED, target=State.STALE)
    def go_stale(self) -> None:
        """It is a translation, and what it was translated from was replaced, rejected or has expired."""


@pgtrigger.register(pgtrigger.Protect(name="signature_is_written_once", operation=_WRITTEN_ONCE))
@regulated(chain="case:case_id")
class Signature(models.Model):
    """One person's signature over the exact bytes of one document (21 CFR 11.50, 11.70)."""

    class Factor(models.TextChoices):
        TOTP = "totp", "one-time code"
        PASSKEY = "passkey", "passkey"
        RECOVERY_CODE = "recovery_code", "recovery code"
        NONE = "none", "password only (demonstration)"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="signatures")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=120)
    meaning = models.CharField("what it means, in the words shown beside the button", max_length=300)
    statement_version = models.CharField(max_length=20)
    signed_at = models.DateTimeField()
    factor = models.CharField("second factor", max_length=16, choices=Factor.choices)
    factor_at = models.DateTimeField("when the second factor was proved")
    document_sha256 = models.CharField(max_length=64)
    binding = models.CharField("SHA-256 over everything above", max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "signer"], name="document_is_signed_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.printed_name}, {self.signed_at:%Y-%m-%d %H:%M} UTC"


@pgtrigger.register(pgtrigger.Protect(name="attempt_is_written_once", operation=_WRITTEN_ONCE))
@regulated(chain="case:case_id|person:signer_id")
class SignatureAttempt(models.Model):
    """A signature that was tried with a wrong password or code: counted, and told when it locks (21 CFR 11.300(d)).

    ``tried_at`` is business time; ``recorded_at`` is true time by the database's clock, and the lock runs on it alone.
    """

    class Fault(models.TextChoices):
        PASSWORD = "password", "wrong password"
        CODE = "code", "wrong or used code"

    # Empty for a signature outside the cases, such as one under a version of a pathway.
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="signature_attempts")
    signer = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="signature_attempts")
    what = models.CharField("what was to be signed", max_length=120)
    fault = models.CharField(max_length=12, choices=Fault.choices)
    tried_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["signer", "recorded_at"], name="signature_attempt_of_person")]

    def __str__(self) -> str:
        return f"{self.get_fault_display()} at {self.what}"


@pgtrigger.register(pgtrigger.Protect(name="download_is_written_once", operation=_WRITTEN_ONCE))
@regulated(chain="case:case_id")
class DocumentAccess(models.Model):
    """Who was given the bytes of a document, or was refused them, and when (45 CFR 164.312(b))."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="document_accesses")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="accesses")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    granted = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"{'read' if self.granted else 'refused'} at {self.at:%Y-%m-%d %H:%M}"

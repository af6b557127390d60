"""The patient, whose identity is kept as ciphertext only (ADR 6). Reading and writing it: :mod:`cases.people.identity`.

What a title, a list or a mail may show is the pseudonym: initials and birth year. It stands in the clear so that lists
stay fast, it is kept out of the audit trail so that erasing can reach it, and exports leave it out or mask it.
"""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded

# Not captured, since an entry could never be erased: what is shown of a patient and the blind indexes. They change only
# together with the ciphertext, which is captured; `manage.py check_identities` compares them with it.
_NOT_CAPTURED = ("initials", "birth_year", "person_index", "person_variant_index", "record_index")


@regulated(chain="patient:id", excluded=_NOT_CAPTURED)
class Patient(models.Model):
    """One patient of one pharmacy. The ciphertexts belong to the columns they are in and to this reference."""

    reference = models.CharField(max_length=16, unique=True)
    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="patients")
    initials = models.CharField(max_length=8, blank=True, default="")
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    full_name = models.BinaryField(null=True, editable=False)
    birth_date = models.BinaryField(null=True, editable=False)
    contacts = models.BinaryField(null=True, editable=False)
    record_number = models.BinaryField(null=True, editable=False)
    sex = models.BinaryField(null=True, editable=False)
    person_index = models.CharField(max_length=24, blank=True, default="", editable=False)
    person_variant_index = models.CharField(max_length=24, blank=True, default="", editable=False)
    record_index = models.CharField(max_length=24, blank=True, default="", editable=False)
    registered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["pharmacy", "person_index"], name="patient_by_person"),
            models.Index(fields=["pharmacy", "person_variant_index"], name="patient_by_person_variant"),
            models.Index(fields=["pharmacy", "record_index"], name="patient_by_record"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def pseudonym(self) -> str:
        """What may be shown of the patient in a title: initials and birth year; the reference once erased."""
        if not self.initials:
            return self.reference
        return f"{self.initials}, born {self.birth_year}" if self.birth_year else self.initials


class Purpose(models.TextChoices):
    """What a data key opens. Two keys, because identity and papers may have to be kept for different times."""

    IDENTITY = "identity", "identity"
    DOCUMENTS = "documents", "documents"


@guarded("state")
@regulated(chain="patient:patient_id", digested=("wrapped",))
class PatientKey(models.Model):
    """A data key of one patient, wrapped by the master key. Erasing the patient destroys it (crypto-shredding).

    The audit trail keeps a digest of the wrapped key, never the wrapped key: an entry could not be erased.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "active"
        ERASED = "erased", "erased"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="keys")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    key_id = models.CharField("id of the data key, found in each ciphertext", max_length=8)
    master_key_id = models.CharField("id of the master key that wraps it", max_length=8)
    wrapped = models.BinaryField(null=True, editable=False)
    state = FSMField(choices=State.choices, default=State.ACTIVE, protected=True)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)
    erased_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ground = models.TextField("why it was erased", blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "purpose"], name="patient_has_one_key_per_purpose"),
            models.CheckConstraint(
                condition=models.Q(state="active", wrapped__isnull=False, erased_at__isnull=True)
                | models.Q(state="erased", wrapped__isnull=True, erased_at__isnull=False, erased_by__isnull=False),
                name="erased_key_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} key {self.key_id}"

    @transition(state, source=State.ACTIVE, target=State.ERASED)
    def erase(self, *, by: object, erased_at: object, ground: str) -> None:
        """The wrapped key is destroyed; what it opened can be read by nobody any more."""
        self.wrapped = None
        self.erased_by = by  # type: ignore[assignment]
        self.erased_at = erased_at  # type: ignore[assignment]
        self.ground = ground


@regulated(chain="stock_key:id", digested=("wrapped",))
class StockKey(models.Model):
    """The data key to the papers of one case of stock, which has no patient whose key they could lie under.

    ``reference`` is the case's own; the wrapped key opens nothing for another one. There is no identity behind it, so
    it is never erased; it is wrapped anew with the others when the master key changes.
    """

    reference = models.CharField(max_length=16, unique=True)
    key_id = models.CharField("id of the data key, found in each ciphertext", max_length=8)
    master_key_id = models.CharField("id of the master key that wraps it", max_length=8)
    wrapped = models.BinaryField(editable=False)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"key {self.key_id} to the papers of {self.reference}"


@pgtrigger.register(pgtrigger.Protect(name="access_is_written_once", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="patient:patient_id|identity")
class IdentityAccess(models.Model):
    """Who saw, searched or was refused which parts of an identity, when and what for (45 CFR 164.312(b))."""

    class Kind(models.TextChoices):
        REVEALED = "revealed", "revealed"
        REFUSED = "refused", "refused"
        SEARCHED = "searched", "searched"

    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="accesses")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    fields = models.JSONField("parts of the identity", default=list)
    purpose = models.CharField(max_length=200)
    found = models.PositiveIntegerField("patients found by a search", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(patient__isnull=False) | ~models.Q(kind="revealed"),
                name="access_names_its_patient",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "at"], name="access_by_patient")]

    def __str__(self) -> str:
        return f"identity {self.kind} at {self.at:%Y-%m-%d %H:%M}"

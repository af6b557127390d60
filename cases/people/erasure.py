"""The life of keys: wrapping them anew under a changed master key, destroying them, and checking what hangs on them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cases.audit.context import acting
from cases.people.identity import IdentityRefused, data_key, derived_columns, stored_identity
from cases.people.keys import KeyErased, KeyNotUsable, Keyring, keyring
from cases.people.paper_keys import PURPOSE
from cases.people.patients import Patient, PatientKey, Purpose, StockKey
from cases.people.roles import Role

if TYPE_CHECKING:
    from cases.people.models import User

_Rows = Callable[[Keyring, int], list[tuple[PatientKey | StockKey, tuple[str, str]]]]
_UNREADABLE: Final = {
    Purpose.IDENTITY: ["full name", "birth date", "contacts", "record number"],
    Purpose.DOCUMENTS: ["bytes of every document of the patient's cases", "original names of the files"],
}
_EMPTIED: Final = ("initials", "birth year", "blind indexes")
_KEPT: Final = (
    "the patient's reference, the cases and their dates",
    "the audit trail, which holds ciphertext of the identity and a digest of the wrapped key",
    "the record of who read the identity",
)


def erase_identity(
    patient: Patient, *, by: "User", now: datetime, ground: str, purposes: Iterable[Purpose] = tuple(Purpose)
) -> dict[str, Any]:
    """Destroy the patient's keys for these purposes and return the certificate, ready for JSON.

    The ciphertext stays, so the chain still verifies; a restored backup brings a wrapped key back, which is why the
    certificate says when the master key must be changed too. Doing it twice changes nothing.

    :raises IdentityRefused: for anybody but the pharmacist in charge, without a ground, or while a case is open.
    """
    wanted = [purpose for purpose in Purpose if purpose in set(purposes)]
    if by.role != Role.PHARMACIST_IN_CHARGE or by.pharmacy_id != patient.pharmacy_id or not by.is_active:
        raise IdentityRefused("Only the pharmacist in charge of the pharmacy erases an identity; nothing was erased.")
    if not ground.strip() or not wanted:
        raise IdentityRefused("Say what is erased and on which ground; nothing was erased.")
    with acting(by=by, verb="people.identity.erased", reason=ground.strip(), business_at=now):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        if still_open := list(patient.cases.exclude(stage="closed").values_list("reference", flat=True)):
            raise IdentityRefused(
                f"{', '.join(still_open)} is not closed; nothing was erased. Close the case first, then erase."
            )
        lines = [_destroy(patient, purpose, by, now, ground.strip()) for purpose in wanted]
        if Purpose.IDENTITY in wanted:
            patient.initials, patient.birth_year = "", None
            patient.person_index = patient.person_variant_index = patient.record_index = ""
            patient.save()
    return {
        "patient": patient.reference,
        "keys": lines,
        "emptied": list(_EMPTIED) if Purpose.IDENTITY in wanted else [],
        "kept": list(_KEPT),
        "still_readable": [what for purpose in Purpose if _stands(patient, purpose) for what in _UNREADABLE[purpose]],
        "backups": "Backups made before this hold the wrapped keys. They are dead once the master key has been changed "
        "(rotate_master_key) and the old one destroyed.",
    }


def rotate_master_key(*, by: "User", now: datetime, batch: int = 500) -> int:
    """Wrap every data key that hangs on an earlier master key under the current one; returns how many.

    Safe to run twice and to be cut off: each batch is a transaction of its own.

    :raises KeyNotUsable: when a key hangs on a master key that this server does not have.
    """
    ring = keyring()
    return sum(_rewrapped(rows, ring, by=by, now=now, batch=batch) for rows in (_of_patients, _of_stock))


def _of_patients(ring: Keyring, batch: int) -> list[tuple[PatientKey | StockKey, tuple[str, str]]]:
    rows = PatientKey.objects.select_for_update(of=("self",)).filter(state=PatientKey.State.ACTIVE)
    old = rows.exclude(master_key_id=ring.current.id).select_related("patient").order_by("id")[:batch]
    return [(row, (row.patient.reference, row.purpose)) for row in old]


def _of_stock(ring: Keyring, batch: int) -> list[tuple[PatientKey | StockKey, tuple[str, str]]]:
    rows = StockKey.objects.select_for_update(of=("self",)).exclude(master_key_id=ring.current.id)
    return [(row, (row.reference, PURPOSE)) for row in rows.order_by("id")[:batch]]


def _rewrapped(rows: "_Rows", ring: Keyring, *, by: "User", now: datetime, batch: int) -> int:
    done = 0
    while True:
        with acting(by=by, verb="people.key.rewrapped", business_at=now):
            found = rows(ring, batch)
            for row, place in found:
                key = ring.unwrap(bytes(row.wrapped or b""), *place)
                row.wrapped = ring.wrap(key, *place)
                row.master_key_id = ring.current.id
                row.save(update_fields=["wrapped", "master_key_id"])
        if not found:
            return done
        done += len(found)


def identity_faults(patients: Iterable[Patient]) -> Iterator[tuple[str, str]]:
    """(reference, sentence) for every patient whose ciphertext does not open, or whose pseudonym or blind index does
    not follow from it. These columns are not in the audit trail, so this is what finds a change of them."""
    ring = keyring()
    for patient in patients:
        try:
            identity = stored_identity(patient, data_key(patient, Purpose.IDENTITY, ring=ring))
        except KeyErased:
            if any((patient.initials, patient.birth_year, patient.person_index, patient.record_index)):
                yield patient.reference, "is erased and still shows a pseudonym or can be searched."
            continue
        except KeyNotUsable as fault:
            yield patient.reference, f"does not open: {fault}"
            continue
        expected = derived_columns(patient.pharmacy_id, identity)
        if wrong := sorted(column for column, value in expected.items() if getattr(patient, column) != value):
            yield patient.reference, f"has {', '.join(wrong)} that do not follow from the identity."


def _destroy(patient: Patient, purpose: Purpose, by: "User", now: datetime, ground: str) -> dict[str, Any]:
    row = PatientKey.objects.select_for_update(of=("self",)).get(patient=patient, purpose=purpose)
    if row.wrapped is not None:
        digest = hashlib.sha256(bytes(row.wrapped)).hexdigest()
        row.erase(by=by, erased_at=now, ground=ground)
        row.save()
    else:
        digest = ""
    return {
        "purpose": str(purpose),
        "key": row.key_id,
        "wrapped_key_sha256": digest,
        "unreadable": _UNREADABLE[purpose],
        "erased_at": row.erased_at.isoformat() if row.erased_at else "",
        "ground": row.ground,
    }


def _stands(patient: Patient, purpose: Purpose) -> bool:
    return PatientKey.objects.filter(patient=patient, purpose=purpose, state=PatientKey.State.ACTIVE).exists()

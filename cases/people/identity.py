"""Writing, reading, finding and erasing a patient's identity. Every reading leaves a row that says who and what for."""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from cases.audit.context import acting
from cases.people.keys import Key, KeyErased, KeyNotUsable, Keyring, blind_index, keyring, seal, spelled_out, unseal
from cases.people.patients import IdentityAccess, Patient, PatientKey, Purpose
from cases.people.roles import PHARMACISTS, Role
from cases.references import PATIENT, new_reference

if TYPE_CHECKING:
    from cases.people.models import Pharmacy, User

PARTS: Final = ("full_name", "birth_date", "contacts", "record_number", "sex")
# As papers of administration have it; some authorities' forms ask for it, nothing clinical hangs on it.
SEXES: Final = {"female": "female", "male": "male", "other": "another, or not determined"}
# What each role may read at all; the people not named here see the pseudonym only.
MAY_READ: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(PHARMACISTS, frozenset(PARTS)),
    Role.PRESCRIBER: frozenset(PARTS),
    Role.DELEGATE: frozenset(PARTS),
    Role.RECEIVING_PHARMACIST: frozenset({"full_name", "birth_date", "record_number"}),
}
_TABLE: Final = "people_patient"
_PADDED_TO: Final = 64  # bytes, so that a ciphertext's length tells little about a name


class IdentityRefused(Exception):
    """The person may not read, find or erase this identity; nothing was shown. The message is a sentence."""


class IdentityInvalid(ValueError):
    """What was typed is no identity; ``errors`` names each field with a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the patient is. Its repr and str show nothing of it; parts that were not asked for are empty."""

    family_name: str = field(default="", repr=False)
    given_names: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    contacts: dict[str, str] = field(default_factory=dict, repr=False)
    record_number: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "an identity that is not shown"

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_names, self.family_name) if part)

    @property
    def initials(self) -> str:
        """First letters of the given names and of the family name, at most four, in capitals."""
        words = [*self.given_names.replace("-", " ").split()[:3], *self.family_name.split()[-1:]]
        return "".join(unicodedata.normalize("NFC", word)[:1].upper()[:1] for word in words)


def register_patient(*, pharmacy: "Pharmacy", identity: Identity, by: "User", now: datetime) -> Patient:
    """A new patient with keys of its own. Returns the patient; the identity is in the database as ciphertext only.

    :raises IdentityInvalid: when the identity is incomplete.
    """
    check_identity(identity, today=now.date())
    with acting(by=by, verb="people.patient.registered", business_at=now):
        patient = _with_new_reference(pharmacy, now)
        ring = keyring()
        keys = {purpose: _new_key(patient, purpose, ring, now) for purpose in Purpose}
        _write(patient, identity, keys[Purpose.IDENTITY])
    return patient


def correct_identity(patient: Patient, *, identity: Identity, by: "User", now: datetime, reason: str) -> Patient:
    """Write the identity anew, whole. The reason is kept with the change (Annex 11 section 9).

    :raises IdentityInvalid: when the identity is incomplete or no reason is given.
    :raises IdentityRefused: when the person may not read this identity.
    """
    check_identity(identity, today=now.date())
    if not reason.strip():
        raise IdentityInvalid({"reason": "Say why the identity is corrected; the reason stays on record."})
    if refusal := _refusal(patient, by, PARTS, now):
        raise IdentityRefused(refusal)
    with acting(by=by, verb="people.patient.identity_corrected", reason=reason.strip(), business_at=now):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        _write(patient, identity, data_key(patient, Purpose.IDENTITY))
    return patient


def record_sex(patient: Patient, *, sex: str, by: "User", now: datetime) -> Patient:
    """Write down the sex alone, as a paper of administration has it; nothing else of the identity is read.

    :raises IdentityInvalid: for another word than those of ``SEXES``.
    :raises IdentityRefused: when the person may not read this identity.
    :raises KeyErased, KeyNotUsable: when the identity was erased, or this server has the wrong key.
    """
    if sex not in SEXES:
        raise IdentityInvalid({"sex": f"“{sex[:20]}” is no answer. Give one of {', '.join(SEXES)}."})
    if refusal := _refusal(patient, by, ("sex",), now):
        raise IdentityRefused(refusal)
    with acting(by=by, verb="people.patient.sex_recorded", business_at=now):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        key = data_key(patient, Purpose.IDENTITY)
        patient.sex = seal(key, _padded(sex), _TABLE, "sex", patient.reference)
        patient.save(update_fields=["sex"])
    return patient


def check_identity(identity: Identity, *, today: date) -> None:
    """Refuse what cannot be an identity, all faults at once.

    :raises IdentityInvalid: with a sentence for each field.
    """
    errors = {}
    texts = {"family_name": identity.family_name, "given_names": identity.given_names}
    texts["record_number"] = identity.record_number
    for name, text in texts.items():
        if "\x00" in text or len(text) > 200:
            errors[name] = f"{name.replace('_', ' ').capitalize()} has more than 200 or unprintable characters."
    if not identity.family_name.strip():
        errors["family_name"] = "Enter the family name, or the only name, as the passport or the hospital has it."
    if identity.birth_date is not None and not date(1890, 1, 1) <= identity.birth_date <= today:
        errors["birth_date"] = "The birth date is in the future or before 1890. Enter it as day, month and year."
    if identity.sex and identity.sex not in SEXES:
        errors["sex"] = f"“{identity.sex[:20]}” is no answer. Give one of {', '.join(SEXES)}, or leave it out."
    if any(not isinstance(key, str) or not isinstance(value, str) for key, value in identity.contacts.items()):
        errors["contacts"] = "Contacts are pairs of a label and a text, such as phone and a number."
    if errors:
        raise IdentityInvalid(errors)


def reveal_identity(
    patient: Patient, *, by: "User", purpose: str, now: datetime, parts: Iterable[str] = PARTS
) -> Identity:
    """The parts of the identity that are asked for; who read them, when and what for is recorded first.

    A refusal is recorded too, unless the caller's own transaction is rolled back.

    :param purpose: why, in a few words, without the identity itself ("label of C-2").
    :raises IdentityRefused: when the role or the cases of the person do not allow it.
    :raises KeyErased, KeyNotUsable: when the identity was erased, or this server has the wrong key.
    """
    wanted = tuple(part for part in PARTS if part in set(parts))
    if not wanted or not purpose.strip():
        raise IdentityRefused("Say which parts of the identity are needed and what for; nothing was shown.")
    if refusal := _refusal(patient, by, wanted, now):
        _log(patient, by, now, IdentityAccess.Kind.REFUSED, wanted, purpose)
        raise IdentityRefused(refusal)
    key = data_key(patient, Purpose.IDENTITY)
    opened: dict[str, Any] = {part: _opened(patient, part, key) for part in wanted}
    _log(patient, by, now, IdentityAccess.Kind.REVEALED, wanted, purpose)
    return _as_identity(opened)


def find_patients(
    *,
    pharmacy: "Pharmacy",
    by: "User",
    now: datetime,
    family_name: str = "",
    birth_date: date | None = None,
    record_number: str = "",
) -> list[Patient]:
    """Patients of a pharmacy by family name and birth date together, or by record number; exact, marks and case aside.

    Every search is recorded with the number found, not with what was typed.

    :raises IdentityRefused: for people other than the pharmacy's pharmacists, or when too little is given.
    """
    if by.role not in PHARMACISTS or by.pharmacy_id != pharmacy.pk or not by.is_active:
        _log(None, by, now, IdentityAccess.Kind.REFUSED, (), "search")
        raise IdentityRefused("Only pharmacists of the pharmacy search patients by identity; nothing was searched.")
    by_person = bool(family_name.strip() and birth_date)
    if not by_person and not record_number.strip():
        raise IdentityRefused("Give family name and birth date together, or the record number; nothing was searched.")
    found = Patient.objects.filter(pharmacy=pharmacy)
    searched = []
    if by_person:
        fingerprints = set(_person_indexes(pharmacy.pk, family_name, birth_date))
        matches = found.filter(person_index__in=fingerprints) | found.filter(person_variant_index__in=fingerprints)
        found = matches
        searched += ["full_name", "birth_date"]
    if record_number.strip():
        found = found.filter(record_index=_record_index(pharmacy.pk, record_number))
        searched.append("record_number")
    patients = list(found.order_by("id"))
    _log(None, by, now, IdentityAccess.Kind.SEARCHED, searched, "search", found=len(patients))
    return patients


def erased_at(patient: Patient | None, purpose: Purpose) -> datetime | None:
    """When the patient's key for that purpose was destroyed; None while it stands, and where there is no patient."""
    if patient is None:
        return None
    found = PatientKey.objects.filter(patient_id=patient.pk, purpose=purpose).values_list("erased_at", flat=True)
    return found.first()


def data_key(patient: Patient, purpose: Purpose, *, ring: Keyring | None = None) -> Key:
    """The patient's data key for that purpose.

    :raises KeyErased: when it was destroyed.
    :raises KeyNotUsable: when this server's master key does not open it.
    """
    row = PatientKey.objects.filter(patient_id=patient.pk, purpose=purpose).first()
    if row is None:
        raise KeyNotUsable(f"{patient.reference} has no {purpose.label} key; register_patient makes them.")
    if row.wrapped is None:
        raise KeyErased(
            f"The key to the {purpose.label} of {patient.reference} was erased on {row.erased_at:%-d %b %Y}; "
            "nobody can read it."
        )
    key = (ring or keyring()).unwrap(bytes(row.wrapped), patient.reference, purpose)
    if key.id != row.key_id:
        raise KeyNotUsable(f"The {purpose.label} key of {patient.reference} is not the recorded one. Run verify_audit.")
    return key


def stored_identity(patient: Patient, key: Key) -> Identity:
    """The whole identity, for the services of this package alone: it leaves no access row."""
    return _as_identity({part: _opened(patient, part, key) for part in PARTS})


def is_before_birth(patient: Patient | None, day: str) -> bool:
    """Whether a day lies before the patient's birth, as exactly as both are known; only this answer leaves.

    Where the birth date is not known, was erased, or cannot be opened by this server, the birth year alone decides.

    :param day: ``2026``, ``2026-03`` or ``2026-03-18``.
    """
    if patient is None or patient.birth_year is None or not day:
        return False
    if int(day[:4]) != patient.birth_year or len(day) == len("2026"):
        return int(day[:4]) < patient.birth_year
    try:
        born = _opened(patient, "birth_date", data_key(patient, Purpose.IDENTITY))
    except (KeyErased, KeyNotUsable):
        return False
    return bool(born) and day < born[: len(day)]


def derived_columns(pharmacy_id: int, identity: Identity) -> dict[str, Any]:
    """The columns that follow from an identity: pseudonym and blind indexes."""
    person = _person_indexes(pharmacy_id, identity.family_name, identity.birth_date)
    return {
        "initials": identity.initials,
        "birth_year": identity.birth_date.year if identity.birth_date else None,
        "person_index": person[0],
        "person_variant_index": person[1],
        "record_index": _record_index(pharmacy_id, identity.record_number),
    }


def is_of(patient: Patient | None, identity: Identity) -> bool:
    """Whether the registered patient carries exactly this identity, told by the columns that follow from it."""
    return patient is not None and all(
        getattr(patient, column) == value for column, value in derived_columns(patient.pharmacy_id, identity).items()
    )


def _write(patient: Patient, identity: Identity, key: Key) -> None:
    values: dict[str, Any] = {
        "full_name": {"family": identity.family_name.strip(), "given": identity.given_names.strip()},
        "birth_date": identity.birth_date.isoformat() if identity.birth_date else None,
        "contacts": dict(identity.contacts),
        "record_number": identity.record_number.strip(),
        "sex": identity.sex,
    }
    for part, value in values.items():
        # What is not known has no ciphertext, so that a form can tell what it lacks without reading an identity.
        is_known = value not in (None, "")
        setattr(patient, part, seal(key, _padded(value), _TABLE, part, patient.reference) if is_known else None)
    for column, value in derived_columns(patient.pharmacy_id, identity).items():
        setattr(patient, column, value)
    patient.save()


def _padded(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False).encode()
    return text.ljust(-(-len(text) // _PADDED_TO) * _PADDED_TO)


def _opened(patient: Patient, part: str, key: Key) -> Any:
    sealed = getattr(patient, part)
    if sealed is None:
        return None
    return json.loads(unseal(key, bytes(sealed), _TABLE, part, patient.reference))


def _as_identity(opened: dict[str, Any]) -> Identity:
    name = opened.get("full_name") or {}
    born = opened.get("birth_date")
    return Identity(
        family_name=name.get("family", ""),
        given_names=name.get("given", ""),
        birth_date=date.fromisoformat(born) if born else None,
        contacts=opened.get("contacts") or {},
        record_number=opened.get("record_number") or "",
        sex=opened.get("sex") or "",
    )


def _with_new_reference(pharmacy: "Pharmacy", now: datetime) -> Patient:
    while True:
        try:
            with transaction.atomic():
                return Patient.objects.create(reference=new_reference(PATIENT), pharmacy=pharmacy, registered_at=now)
        except IntegrityError as collision:
            if "reference" not in str(collision):
                raise


def _new_key(patient: Patient, purpose: Purpose, ring: Keyring, now: datetime) -> Key:
    key = Key.fresh()
    PatientKey.objects.create(
        patient=patient,
        purpose=purpose,
        key_id=key.id,
        master_key_id=ring.current.id,
        wrapped=ring.wrap(key, patient.reference, purpose),
        made_at=now,
    )
    return key


def _person_indexes(pharmacy_id: int, family_name: str, birth_date: date | None) -> tuple[str, str]:
    """As written and as spelled out; empty without a birth date, since a name alone is too easily guessed."""
    if not birth_date or not family_name.strip():
        return "", ""
    scope, born = str(pharmacy_id), birth_date.isoformat()
    return (
        blind_index("person", scope, family_name, born),
        blind_index("person", scope, spelled_out(family_name), born),
    )


def _record_index(pharmacy_id: int, record_number: str) -> str:
    return blind_index("record", str(pharmacy_id), record_number) if record_number.strip() else ""


def _refusal(patient: Patient, by: "User", parts: Iterable[str], now: datetime) -> str:
    """Why this person may not read these parts; empty when they may."""
    allowed = MAY_READ.get(by.role, frozenset())
    if not by.is_active or set(parts) - allowed:
        return f"{by.get_role_display().capitalize()}s see initials and birth year only; nothing was shown."
    if by.role in PHARMACISTS:
        related = by.pharmacy_id == patient.pharmacy_id
    else:
        related = patient.cases.visible_to(by, at=now).exists()
    return "" if related else "This patient is in none of your cases; nothing was shown."


def _log(
    patient: Patient | None,
    by: "User",
    now: datetime,
    kind: IdentityAccess.Kind,
    parts: Iterable[str],
    purpose: str,
    *,
    found: int | None = None,
) -> None:
    with acting(by=by, verb=f"people.identity.{kind.value}", business_at=now):
        IdentityAccess.objects.create(
            patient=patient,
            by=by,
            at=now,
            kind=kind,
            fields=list(parts),
            purpose=purpose.strip()[:200],
            found=found,
        )

"""What a data sheet can say of a case: each field's code, where its value stands, and what to do when it is missing.

Whether a field of the identity is there is told without reading the identity: a checklist is looked at far more often
than a pack is made, and every reading is on record.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from cases.countries import name_of
from cases.models import Case, Determination
from cases.people.identity import Identity
from cases.statements import statements_for
from regulatory.models import Filing
from regulatory.profiles.loader import Profile

PRESCRIBER_SIGNS = ("Ask the prescriber to sign the determination", "tab:people")


@dataclass(frozen=True, slots=True)
class Ground:
    """All that a pack is made from. `identity` is None while only the presence of its parts is judged."""

    case: Case
    filing: Filing
    determination: Determination | None
    profile: Profile
    quantity: str
    planned_on: date | None
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the data sheet.

    :param value: the text printed; empty when there is nothing to print.
    :param sealed: for a part of the identity, the column that holds it; then `value` needs the identity.
    :param needed: without it nothing is made; a line that is not needed is left out when it has no value.
    :param where: what to do when it is missing: a sentence, and a link as a finding's remedy has it.
    """

    code: str
    value: Callable[[Ground], str]
    sealed: str = ""
    needed: bool = True
    where: tuple[str, str] = ("", "")

    def is_there(self, ground: Ground) -> bool:
        if self.sealed:
            return ground.case.patient is not None and bool(getattr(ground.case.patient, self.sealed))
        return bool(self.value(ground).strip())


def _signed(read: Callable[[Determination], str]) -> Callable[[Ground], str]:
    return lambda ground: read(ground.determination) if ground.determination is not None else ""


def _known(read: Callable[[Identity], str]) -> Callable[[Ground], str]:
    return lambda ground: read(ground.identity) if ground.identity is not None else ""


def _quantity(ground: Ground) -> str:
    return f"{ground.quantity} × {ground.case.medicine.unit}" if ground.quantity else ""


def _legal_basis(ground: Ground) -> str:
    return "; ".join(str(entry["value"]) for entry in ground.profile.section("legal_basis"))


def _statements(determination: Determination) -> str:
    made = statements_for(determination.case)
    return "\n".join(made[code] for code in determination.statements if code in made)


FIELDS: Mapping[str, Field] = {
    field.code: field
    for field in (
        Field("pathway", lambda g: f"{g.profile.name} ({g.profile.key})"),
        Field("legal_basis", _legal_basis, needed=False),
        Field("our_reference", lambda g: f"{g.case.reference} {g.filing.label}"),
        Field("authority_reference", lambda g: g.filing.external_reference, needed=False),
        Field("planned_on", lambda g: g.planned_on.isoformat() if g.planned_on else "", needed=False),
        Field("applicant", lambda g: g.case.pharmacy.name),
        Field("contact", lambda g: g.case.coordinator.display_name),
        Field("patient_name", _known(lambda known: known.full_name), sealed="full_name"),
        Field("patient_initials", lambda g: g.case.initials,
              where=("Correct the patient's identity", "tab:people")),
        Field("patient_birth_date", _known(lambda known: known.birth_date.isoformat() if known.birth_date else ""),
              sealed="birth_date", where=("Add the birth date to the patient's identity", "tab:people")),
        Field("patient_record_number", _known(lambda known: known.record_number), sealed="record_number", needed=False),
        Field("patient_sex", _known(lambda known: known.sex), sealed="sex",
              where=("Record the patient's sex", "cases.patient.record_sex")),
        Field("indication", lambda g: g.case.indication),
        Field("urgency", lambda g: g.case.get_urgency_display()),
        Field("prescriber", lambda g: g.case.prescriber.user.display_name),
        Field("specialty", lambda g: g.case.prescriber.specialty, needed=False),
        Field("licence_number", lambda g: g.case.prescriber.licence_number,
              where=("Ask an administrator to complete the prescriber", "tab:people")),
        Field("licence_authority", lambda g: g.case.prescriber.licence_authority,
              where=("Ask an administrator to complete the prescriber", "tab:people")),
        Field("institution", lambda g: g.case.institution.name),
        Field("institution_city", lambda g: g.case.institution.city, needed=False),
        Field("institution_country", lambda g: name_of(g.case.institution.country)),
        Field("medicine", lambda g: g.case.medicine.name),
        Field("strength", lambda g: g.case.medicine.strength),
        Field("form", lambda g: g.case.medicine.form),
        Field("manufacturer", lambda g: g.case.medicine.manufacturer,
              where=("Ask an administrator to complete the medicine", "tab:supply")),
        Field("storage", lambda g: g.case.medicine.get_storage_display()),
        Field("source_country", lambda g: name_of("US")),
        Field("quantity", _quantity, where=("Give the quantity below", "")),
        Field("dose", _signed(lambda signed: signed.dose), where=PRESCRIBER_SIGNS),
        Field("justification", _signed(lambda signed: signed.justification), where=PRESCRIBER_SIGNS),
        Field("statements", _signed(_statements), needed=False),
    )
}  # fmt: skip

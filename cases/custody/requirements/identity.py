"""A product made for one patient goes to that patient alone: two people read its string at every step (I5 and I16)."""

import re
from collections.abc import Mapping

from django.db.models import Q

from cases.custody.identity import COLLECTION, STEPS, Read, assigned, standing
from cases.custody.models import IdentityReading
from cases.custody.requirements.looked_up import once
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

READ_BEFORE: Mapping[str, str] = {
    "custody.consignment.dispatch": "dispatch",
    "custody.consignment.accept": "receipt",
    "custody.consignment.dispense": "dispensing",
    "custody.consignment.dispense_part": "dispensing",
    "custody.consignment.record_dose": "dose",
}
_STRING = re.compile(r"[!-~]{6,50}")


@requirement(
    "IdentityReadByTwo",
    "Two people read the same chain of identity, and it is this patient's",
    on=tuple(READ_BEFORE),
    satisfied_by="two people who each read it off the product",
    rule="house rule C-75, version 1 (custody invariants I5 and I16)",
)
def identity_read_by_two(situation: Situation) -> Finding:
    if not situation.case.medicine.is_patient_specific:
        return Finding(met=True, fact=f"{situation.case.medicine} is not made for one patient.")
    found = standing(_reads(situation), READ_BEFORE[situation.verb.code])
    remedy = ("Read it", f"custody.consignment.read_identity/{situation.subject_label}")
    return Finding(met=found.is_met, fact=found.says, remedy=None if found.is_met else remedy)


@requirement(
    "IdentityIsAString",
    "What was read can be a chain of identity",
    on=("custody.consignment.read_identity",),
    satisfied_by="whoever reads it",
    rule="house rule C-76, version 1",
)
def identity_is_a_string(situation: Situation) -> Finding:
    text, step = situation.facts.get("text", "").strip(), situation.facts.get("step")
    if not text:
        return Finding(met=True, fact="It is given in the form.")
    if not _STRING.fullmatch(text):
        return Finding(met=False, fact=f"{text[:60]!r} is not one: 6 to 50 letters, digits or signs without a space.")
    if step == COLLECTION and (value := assigned(_reads(situation))):
        return Finding(met=False, fact=f"{value} was assigned at collection already; it stays for good.")
    return Finding(met=True, fact=f"Read {STEPS[step]}." if step else "Say when it was read.")


def _reads(situation: Situation) -> list[Read]:
    """What was assigned to the case, and what was read of this consignment, not of another one."""
    own = Q(step=COLLECTION) | Q(consignment=situation.subject.pk if situation.subject else None)
    rows = IdentityReading.objects.filter(own, case=situation.case).order_by("id")
    return once(situation, "identity", lambda: [Read(*row) for row in rows.values_list("step", "text", "read_by_id")])

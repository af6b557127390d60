"""What another sender's number must hold."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.models import OtherIdentifier

LONGEST = 100


@requirement(
    "IdentifierIsNew",
    "The number is not noted for this safety case already",
    on=("pharmacovigilance.other_identifier.note",),
    satisfied_by="a pharmacist: it stands there already",
    rule="house rule P-30, version 1",
)
def identifier_is_new(situation: Situation) -> Finding:
    facts = situation.facts
    if "identifier" not in facts:
        return Finding(met=True, fact="Given in the form.")
    there = OtherIdentifier.objects.filter(
        safety_case=facts["safety_case"], source=facts["source"], identifier=facts["identifier"]
    ).first()
    return Finding(met=there is None, fact=f"{there.label} is {there}." if there else "It is new.")


@requirement(
    "IdentifierFitsItsElement",
    "Sender and number have at most 100 characters each",
    on=("pharmacovigilance.other_identifier.note",),
    satisfied_by="a pharmacist: write the number alone",
    rule="ICH E2B(R3), C.1.9.1.r.1 and C.1.9.1.r.2",
)
def identifier_fits(situation: Situation) -> Finding:
    lengths = {name: len(situation.facts.get(name, "")) for name in ("source", "identifier")}
    return Finding(
        met=max(lengths.values()) <= LONGEST,
        fact=f"The sender has {lengths['source']}, the number {lengths['identifier']} characters.",
    )

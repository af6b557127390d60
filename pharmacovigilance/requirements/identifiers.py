"""What another sender's number must hold."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.models import OtherIdentifier


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

"""Whatever changes what a safety case tells has it compared with the others of the pharmacy, in the same deed."""

from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from pharmacovigilance.duplicates.services import find_for
from pharmacovigilance.models import SafetyCase


@after(
    "pharmacovigilance.report.attach",
    "pharmacovigilance.version.assess",
    "pharmacovigilance.version.follow_up",
    "pharmacovigilance.version.describe_patient",
    "pharmacovigilance.event.add",
    "pharmacovigilance.event.revise",
    "pharmacovigilance.event.code",
    "pharmacovigilance.product.add",
    "pharmacovigilance.product.revise",
    "pharmacovigilance.other_identifier.note",
)
def pairs_are_compared(situation: Situation, event: CaseEvent) -> None:
    safety_case = getattr(situation.subject, "safety_case", None)
    if isinstance(safety_case, SafetyCase):
        find_for(safety_case, now=situation.now)

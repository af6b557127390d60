"""There is something to tell before a dossier is made."""

from cases.custody.models import CustodyEvent
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation


@requirement(
    "CustodyIsOnRecord",
    "A pack of this case is in the custody ledger",
    on=("custody.dossier.make",),
    satisfied_by="a pharmacist of this case, by an allocation",
    rule="house rule C-78, version 1",
)
def custody_is_on_record(situation: Situation) -> Finding:
    lines = CustodyEvent.objects.filter(case=situation.case).count()
    return Finding(met=lines > 0, fact=f"{lines} lines." if lines else "The ledger of this case is empty.")

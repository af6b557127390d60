"""What a prescriber states with a determination, word for word: for a patient, and for stock before any patient."""

from typing import Any

STATEMENTS = {
    "serious_condition": "The patient has a serious or life-threatening condition.",
    "no_alternative": "Registered options were tried or are not suitable for this patient.",
    "responsibility": "I am responsible for the use of this medicine in this patient.",
    "informed": "I informed the patient or the guardian that the medicine is not registered, and they agreed.",
    "will_report": "I will report adverse events without delay.",
}


STOCK_STATEMENTS = {
    "anticipated": "Patients in serious need of this medicine are expected before it could be obtained for each.",
    "not_patient_specific": "A request for one named patient would come too late or will not do; my reasons are above.",
    "responsibility": "I am responsible for the use of this stock in patients of this institution.",
    "each_use_linked": "Each use is recorded for a patient, who is informed before it that the medicine is not "
    "registered, and agrees.",
    "will_report": "I will report adverse events and account for the stock without delay.",
}


def statements_for(case: Any) -> dict[str, str]:
    """What a prescriber states with the determination of this case, by code."""
    return STOCK_STATEMENTS if case.is_stock else STATEMENTS

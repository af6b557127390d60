"""The fields of Form FDA 3911 for one illegitimate product, in the form's order; what is not known says so. Pure.

Source: Form FDA 3911 and its instructions. Its items were renumbered in 2025: no number is kept here.
"""

from cases.custody.models import SuspectProduct

UNKNOWN = "not known to this system: to be filled in"


def fields_of(suspect: SuspectProduct) -> list[tuple[str, str]]:
    """(field of the form, its value), to be copied into FDA's own form or portal."""
    unit, medicine = suspect.unit, suspect.case.medicine
    ended = suspect.state == SuspectProduct.State.TERMINATED
    follow_up = suspect.fda_told_at is not None
    record = suspect.consignment.transaction_records.order_by("number").first()
    return [
        ("Type of report", "Request for termination" if ended else "Follow-up" if follow_up else "Initial"),
        ("FDA incident number", suspect.incident_number or ("" if not follow_up else UNKNOWN)),
        ("Geographic location", suspect.consignment.institution.country),
        ("Date of initial notification to FDA", _day(suspect.fda_told_at)),
        ("Date product was determined illegitimate", _day(suspect.decided_at)),
        ("Classification of notification", suspect.get_classification_display()),
        ("Name of product as it appears on the label", medicine.name),
        ("Primary ingredients", UNKNOWN),
        ("Drug use", "Human use"),
        ("Drug description", f"Finished prescription drug, {medicine.form}"),
        ("Strength", medicine.strength),
        ("Dosage form", medicine.form),
        ("Quantity of drug", f"1 {medicine.unit}"),
        ("NDC number", (record.ndc if record else "") or UNKNOWN),
        ("Serial number", unit.serial),
        ("Lot number", unit.lot.number),
        ("Expiration date", unit.lot.expires_on.isoformat()),
        ("Description of event or issue", f"{suspect.signs} {suspect.finding}".strip()),
        ("Reason for termination of notification", suspect.consultation),
        ("Other submissions made to FDA", UNKNOWN),
        ("Company name and address", suspect.case.pharmacy.name),
        ("Contact", UNKNOWN),
    ]


def _day(moment: object) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""

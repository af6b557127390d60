"""Kinds of papers: the codes of the pathway data's vocabulary and a few of the house, with the words for them."""

from typing import Final

# code: (title, role that has to provide it). The first group is the `doc_type` vocabulary of the pathway data.
PATHWAY_TYPES: Final[dict[str, tuple[str, str]]] = {
    "airway_bill": ("Air waybill", "coordinating_pharmacy"),
    "application_letter": ("Application letter", "coordinating_pharmacy"),
    "authorisation_letter": ("Authorization letter", "regulator"),
    "clinical_clarification": ("Clinical clarification", "treating_prescriber"),
    "clinical_report": ("Clinical report", "treating_prescriber"),
    "coa": ("Certificate of analysis", "manufacturer"),
    "commercial_invoice": ("Commercial invoice", "coordinating_pharmacy"),
    "comparability_statement": ("Comparability statement", "manufacturer"),
    "controlled_drug_import_permit": ("Controlled drug import permit", "licensed_importer"),
    "cpp": ("Certificate of a pharmaceutical product", "manufacturer"),
    "dscsa_transaction_data": ("DSCSA transaction data", "coordinating_pharmacy"),
    "ethics_opinion": ("Ethics opinion", "ethics_committee"),
    "export_declaration": ("Export declaration", "coordinating_pharmacy"),
    "export_permit": ("Export permit", "coordinating_pharmacy"),
    "fee_receipt": ("Fee receipt", "coordinating_pharmacy"),
    "free_supply_declaration": ("Declaration of free supply", "manufacturer"),
    "gdp_evidence": ("GDP evidence", "coordinating_pharmacy"),
    "gmp_evidence": ("GMP evidence", "manufacturer"),
    "import_declaration": ("Import declaration", "licensed_importer"),
    "importer_licence": ("Importer's licence", "licensed_importer"),
    "institution_endorsement": ("Institution's endorsement", "hospital"),
    "manufacturer_supply_agreement": ("Manufacturer's supply agreement", "manufacturer"),
    "medical_necessity_letter": ("Letter of medical necessity", "treating_prescriber"),
    "needs_assessment": ("Needs assessment", "treating_prescriber"),
    "pack_count": ("Pack count", "coordinating_pharmacy"),
    "packing_list": ("Packing list", "coordinating_pharmacy"),
    "patient_consent": ("Patient's consent", "treating_prescriber"),
    "patient_estimate": ("Estimate of patients", "treating_prescriber"),
    "patient_identity": ("Proof of the patient's identity", "patient_or_guardian"),
    "patient_information_form": ("Patient information form", "treating_prescriber"),
    "prescriber_cv": ("Prescriber's curriculum vitae", "treating_prescriber"),
    "prescriber_licence": ("Prescriber's licence", "treating_prescriber"),
    "prescriber_request": ("Prescriber's request", "treating_prescriber"),
    "prescriber_undertaking": ("Prescriber's undertaking", "treating_prescriber"),
    "prescription": ("Prescription", "treating_prescriber"),
    "product_information": ("Product information", "manufacturer"),
    "proforma_invoice": ("Pro forma invoice", "coordinating_pharmacy"),
    "purchase_order": ("Purchase order", "coordinating_pharmacy"),
    "record_of_check": ("Record of a check", "coordinating_pharmacy"),
    "registration_proof_abroad": ("Proof of registration abroad", "manufacturer"),
    "regulator_form": ("Authority's form", "coordinating_pharmacy"),
    "responsibility_declaration": ("Declaration of responsibility", "treating_prescriber"),
    "right_of_reference_letter": ("Right of reference letter", "manufacturer"),
    "risk_analysis": ("Risk analysis", "treating_prescriber"),
    "scientific_literature": ("Scientific literature", "coordinating_pharmacy"),
    "specialty_endorsement": ("Specialty society's endorsement", "specialty_society"),
    "stock_rationale": ("Rationale for stock", "hospital_pharmacist"),
    "supply_chain_declaration": ("Supply chain declaration", "coordinating_pharmacy"),
    "supply_record": ("Supply record", "coordinating_pharmacy"),
    "supply_report": ("Supply report", "coordinating_pharmacy"),
    "temperature_record": ("Temperature record", "coordinating_pharmacy"),
    "track_and_trace_record": ("Track and trace record", "coordinating_pharmacy"),
    "translation": ("Translation", "coordinating_pharmacy"),
    "treatment_protocol": ("Treatment protocol", "treating_prescriber"),
    "tse_statement": ("TSE statement", "manufacturer"),
    "use_safety_efficacy_information": ("Information on use, safety and efficacy", "coordinating_pharmacy"),
    "waiver": ("Waiver", "regulator"),
}
HOUSE_TYPES: Final[dict[str, tuple[str, str]]] = {
    "determination": ("Prescriber's determination", "treating_prescriber"),
    "review_record": ("Review record", "coordinating_pharmacy"),
    "decline_letter": ("Letter of a decline", "coordinating_pharmacy"),
    "application_pack": ("Application pack", "coordinating_pharmacy"),
    "filing_proof": ("Proof of filing", "coordinating_pharmacy"),
    "authority_acknowledgement": ("Authority's acknowledgement", "regulator"),
    "authority_question": ("Authority's question", "regulator"),
    "answer_to_authority": ("Answer to the authority", "coordinating_pharmacy"),
    "authority_decision": ("Authority's decision", "regulator"),
    "inspection_photo": ("Photo of the receiving inspection", "hospital_pharmacist"),
    "inspection_record": ("Receiving inspection record", "hospital_pharmacist"),
    "second_check_record": ("Second check of a receiving inspection", "hospital_pharmacist"),
    "release_record": ("Release record", "coordinating_pharmacy"),
    "manufacturer_answer": ("Manufacturer's answer", "manufacturer"),
    "safety_report_paper": ("Sent with a safety report", "treating_prescriber"),
    "dispensing_record": ("Dispensing record", "hospital_pharmacist"),
    "adverse_event_report": ("Adverse event report", "treating_prescriber"),
    "custody_dossier": ("Custody dossier", "coordinating_pharmacy"),
    "safety_message": ("Safety message (E2B)", "coordinating_pharmacy"),
    "safety_paper": ("Safety report on paper", "coordinating_pharmacy"),
    "transmission_proof": ("Proof of transmission", "coordinating_pharmacy"),
    "correspondence": ("Correspondence", "coordinating_pharmacy"),
    "other": ("Other paper", "coordinating_pharmacy"),
}
TYPES: Final = PATHWAY_TYPES | HOUSE_TYPES


# Papers that may come as a table of text, such as a logger's export; every other kind is a PDF or a picture.
TABLES: Final = frozenset({"temperature_record"})


def title_of(doc_type: str) -> str:
    """The words for a kind of paper; the code itself, readable, when the house does not know it."""
    known = TYPES.get(doc_type)
    return known[0] if known else doc_type.replace("_", " ").capitalize()


def owner_role_of(doc_type: str) -> str:
    """The role that usually provides this kind of paper; empty when not known."""
    return TYPES[doc_type][1] if doc_type in TYPES else ""


def document_types() -> list[tuple[str, str]]:
    """(code, title) of every kind of paper, by title, "Other paper" last: the choices of a form."""
    pairs = sorted(((code, title) for code, (title, _) in TYPES.items()), key=lambda pair: pair[1].casefold())
    return [pair for pair in pairs if pair[0] != "other"] + [("other", TYPES["other"][0])]

"""How the vocabularies read in a sentence, and who usually brings what. One table per vocabulary, none per country."""

from datetime import date
from functools import lru_cache

from cases.documents.types import title_of

# Event: (what is not there yet, the role that brings it about).
EVENTS: dict[str, tuple[str, str]] = {
    "acknowledged": ("the authority's acknowledgement", "regulator"),
    "adverse_event_aware": ("awareness of an adverse event", "treating_prescriber"),
    "anniversary": ("the anniversary", "coordinating_pharmacy"),
    "authorisation_expires": ("the expiry of the authorization", "regulator"),
    "border_clearance_issued": ("the clearance at the border", "regulator"),
    "clinical_hold": ("a clinical hold", "regulator"),
    "decided_granted": ("a decision that grants the application", "regulator"),
    "dispensed_or_supplied": ("the supply", "treating_prescriber"),
    "documents_complete": ("the authority's word that the papers are complete", "regulator"),
    "ethics_opinion_given": ("the ethics opinion", "ethics_committee"),
    "first_dose": ("the first dose", "treating_prescriber"),
    "import_day": ("the import", "licensed_importer"),
    "marketing_authorisation_granted": ("a marketing authorization", "regulator"),
    "month_ended": ("the end of the month", "coordinating_pharmacy"),
    "objection_received": ("an objection of the authority", "regulator"),
    "objection_window_waived": ("a waiver of the waiting window", "regulator"),
    "order_placed": ("the order", "coordinating_pharmacy"),
    "period_ended": ("the end of the reporting period", "coordinating_pharmacy"),
    "prescription_signed": ("the signed prescription", "treating_prescriber"),
    "quality_defect_aware": ("awareness of a quality defect", "coordinating_pharmacy"),
    "quarter_ended": ("the end of the quarter", "coordinating_pharmacy"),
    "received_at_port": ("the arrival at the port", "licensed_importer"),
    "received_by_consignee": ("the receipt by the consignee", "licensed_importer"),
    "received_by_regulator": ("the receipt by the authority", "regulator"),
    "regulator_request": ("a request of the authority", "regulator"),
    "shipped": ("the dispatch", "coordinating_pharmacy"),
    "statement_completed": ("the completed statement", "treating_prescriber"),
    "submitted": ("the submission", "coordinating_pharmacy"),
    "treatment_ended": ("the end of treatment", "treating_prescriber"),
    "unspecified": ("an event the source does not name", "coordinating_pharmacy"),
}

# Days that lie ahead and are planned: where no day is planned, the day asked about stands for them.
PLANNED_EVENTS = frozenset({"import_day", "shipped", "dispensed_or_supplied", "first_dose", "received_by_consignee"})

# Events that happen at the border, while the goods wait: no dispatch can wait for them.
BORDER_EVENTS = frozenset({"border_clearance_issued", "received_at_port"})

# Roles that are not users of the pharmacy's own house: what they owe is evidence to receive, not a task to tick.
HOUSE_ROLES = frozenset({"coordinating_pharmacy"})

ROLE_WORDS = {
    "acting_practitioner": "the acting practitioner",
    "community_pharmacist": "the community pharmacist",
    "coordinating_pharmacy": "the coordinating pharmacy",
    "dea_registered_exporter": "the DEA-registered exporter",
    "ethics_committee": "the ethics committee",
    "foreign_drug_supplier": "the supplier of foreign medicines",
    "hospital": "the hospital",
    "hospital_pharmacist": "the hospital pharmacist",
    "importing_professional": "the importing professional",
    "licensed_importer": "the licensed importer",
    "local_representative": "the local representative",
    "local_sponsor": "the local sponsor",
    "manufacturer": "the manufacturer",
    "patient_or_guardian": "the patient or guardian",
    "regional_health_authority": "the regional health authority",
    "regulator": "the authority",
    "specialty_society": "the specialty society",
    "treating_prescriber": "the treating prescriber",
}


# Dated lists: what they are called on a page.
LISTS = {
    "au_authorised_supply_rules": "Authorised supply rules, Category C (Australia)",
    "es_aemps_use_protocols": "AEMPS use protocols (Spain)",
    "es_temporary_use_authorisations": "Temporary use authorizations (Spain)",
    "gb_approved_country_for_import": "Approved countries for import (Great Britain)",
    "it_law_648": "Law 648 list (Italy)",
    "nz_pharmac_alternative": "Pharmac alternative list, section 29A (New Zealand)",
    "tr_no_extra_approval_substances": "Substances without an extra approval (Türkiye)",
}


def list_title(name: str) -> str:
    """A dated list by the name that people know it by."""
    return LISTS.get(name, capital(spaced(name)))


def spaced(code: str) -> str:
    """A vocabulary value as words."""
    return code.replace("_", " ")


def paper(doc_type: str) -> str:
    """A kind of paper in a sentence, by the name under which it is sent: GMP evidence, patient's consent."""
    title = title_of(doc_type)
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def role(code: str) -> str:
    """A role as it stands in a sentence."""
    return ROLE_WORDS.get(code, spaced(code))


def event(code: str) -> str:
    """An event as it stands in a sentence."""
    return EVENTS[code][0] if code in EVENTS else spaced(code)


def event_owner(code: str) -> str:
    """The role that usually brings the event about."""
    return EVENTS[code][1] if code in EVENTS else "coordinating_pharmacy"


@lru_cache(maxsize=4096)
def day(value: date) -> str:
    """A day without a doubt about its order: Tue 31 Mar 2026."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def capital(text: str) -> str:
    """The text with its first letter in upper case, the rest untouched."""
    return text[:1].upper() + text[1:]

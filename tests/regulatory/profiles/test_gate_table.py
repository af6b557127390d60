"""Every gate of every pathway, open once and not open once: a table over the data, with no country in the code."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from regulatory.profiles.facts import Facts, OfficeHours, Party
from regulatory.profiles.gates import evaluate_gates
from tests.regulatory.profiles.ground import (
    CALENDARS,
    LIBRARY,
    NOW,
    authorization,
    day,
    event,
    facts,
    listed,
    lot,
    paper,
    signed,
)

PRESCRIBER, PHARMACY = "treating_prescriber", "coordinating_pharmacy"
PHARMACIST = "hospital_pharmacist"
NZ_2013 = "I am a medical practitioner and need this medicine for a particular patient under my care"
NZ_2025 = (
    "I am a medical practitioner, nurse practitioner or pharmacist prescriber "
    "and need this medicine for a particular patient under my care"
)
NZ_25 = "the medicine is for a particular patient of mine who is known and identifiable when it is supplied to me"
CH_1 = "every condition of article 49 paragraph 1 or 3 is met for this import"
FR_1 = "the criteria for compassionate access are met and treatment cannot wait for office hours"
FR_2 = "the criteria for compassionate access are met"
FR_P = "the patient meets the access criteria and the protocol will be followed"
ES_F = "the patient is within the published use protocol"
ES_C = "the patient is within the temporary use authorisation"
US_X = "an exception from informed consent under 21 CFR 50.23 applies and is certified"
US_S = "sanctions and restricted-party screening of every party is clear as of the shipping day"
US_F = "the electronic export filing is accepted, or no filing is needed for this shipment"

# In Paris on Monday 15 June 2026 the authority's invented office is open from 9 to 17; NOW is 12:00 there.
OFFICE = {"FR": OfficeHours((0, 1, 2, 3, 4), time(9), time(17), "invented for this test")}
CARE = ("patient", "product", "indication")
PACK = ("product", "quantity", "consignment", "importer")
NONE = facts()


def party(role: str, *has: str) -> Facts:
    return facts(parties={"consignee": Party(role, has)})


# Pathway, gate, facts that open it, facts that do not, and the state then.
ROWS: list[tuple[str, str, Facts, Facts, str]] = [
    (
        "UK-SPECIALS",
        "may_import",
        facts(event("submitted", "2026-05-01"), event("acknowledged", "2026-05-04")),
        facts(event("submitted", "2026-05-18"), event("acknowledged", "2026-05-19")),
        "shut",
    ),
    ("UK-SPECIALS", "may_import", facts(event("objection_window_waived")), facts(event("submitted")), "shut"),
    (
        "UK-SPECIALS",
        "route_choice",
        facts(lists=listed("gb_approved_country_for_import", "FR"), list_keys={"gb_approved_country_for_import": "US"}),
        NONE,
        "not_known",
    ),
    (
        "AU-SAS-A",
        "may_supply",
        facts(paper("regulator_form", "signed"), paper("patient_consent", "signed"), paper("prescription", "valid")),
        facts(paper("regulator_form", "signed"), paper("prescription", "valid")),
        "shut",
    ),
    (
        "AU-SAS-A",
        "supplier_release",
        facts(paper("regulator_form", "signed", held_by=("local_sponsor",))),
        facts(paper("regulator_form", "signed")),
        "shut",
    ),
    (
        "AU-SAS-B",
        "may_supply",
        facts(authorization("prescriber", *CARE)),
        facts(authorization("prescriber", *CARE, valid_until=day("2026-06-14"))),
        "shut",
    ),
    (
        "AU-SAS-C",
        "may_supply",
        facts(paper("patient_consent", "signed"), lists=listed("au_authorised_supply_rules", "product-1")),
        facts(paper("patient_consent", "signed"), lists=listed("au_authorised_supply_rules", "product-2")),
        "shut",
    ),
    (
        "AU-AP",
        "supplier_release",
        facts(paper("authorisation_letter", "valid", held_by=("local_sponsor",))),
        NONE,
        "shut",
    ),
    (
        "AU-AP",
        "per_patient_step",
        facts(authorization("prescriber", "product", "indication", level="standing")),
        facts(authorization("prescriber", "product", "indication")),
        "shut",
    ),
    (
        "CA-SAP-PATIENT",
        "may_ship",
        facts(authorization("prescriber", "product", "indication"), paper("manufacturer_supply_agreement", "complete")),
        facts(authorization("prescriber", "product", "indication")),
        "shut",
    ),
    (
        "CA-SAP-PATIENT",
        "consignee",
        party(PHARMACIST, "name", "civic_address"),
        party("patient_or_guardian", "name", "civic_address"),
        "shut",
    ),
    (
        "CA-SAP-FUTURE",
        "may_ship",
        facts(authorization("prescriber", "product", "indication")),
        facts(authorization("prescriber", "product", "indication", quantity_left=None)),
        "not_known",
    ),
    (
        "NZ-S29-2013",
        "may_supply",
        facts(paper("prescriber_request", "complete"), signed(PRESCRIBER, NZ_2013)),
        facts(paper("prescriber_request", "complete")),
        "shut",
    ),
    (
        "NZ-S29",
        "may_supply",
        facts(paper("prescriber_request", "complete"), signed(PRESCRIBER, NZ_2025)),
        facts(paper("prescriber_request", "complete"), signed(PRESCRIBER, NZ_2013)),
        "shut",
    ),
    ("NZ-S29A", "may_supply", facts(lists=listed("nz_pharmac_alternative", "product-1")), NONE, "not_known"),
    (
        "NZ-S25",
        "may_import",
        facts(signed(PRESCRIBER, NZ_25), event("border_clearance_issued")),
        facts(signed(PRESCRIBER, NZ_25)),
        "shut",
    ),
    (
        "CH-49-1",
        "may_import",
        facts(paper("record_of_check", "complete"), signed("importing_professional", CH_1)),
        facts(paper("record_of_check", "complete")),
        "shut",
    ),
    (
        "CH-49-2",
        "may_import",
        facts(paper("risk_analysis", "complete"), event("submitted", recipient="canton")),
        facts(paper("risk_analysis", "complete"), event("submitted", recipient="regulator")),
        "shut",
    ),
    (
        "CH-49-2",
        "may_import",
        facts(paper("risk_analysis", "complete"), event("submitted", recipient="canton")),
        facts(paper("risk_analysis", "complete"), event("submitted")),
        "not_known",
    ),
    (
        "DE-73-3",
        "may_import",
        facts(paper("prescription", "valid", held_by=("community_pharmacist",)), paper("import_declaration", "shown")),
        facts(paper("prescription", "valid"), paper("import_declaration", "shown")),
        "shut",
    ),
    ("DE-73-3", "may_dispense", facts(paper("supply_record", "complete")), NONE, "shut"),
    ("FR-AAC", "may_dispense", facts(authorization(*CARE)), facts(office_hours=OFFICE), "shut"),
    ("FR-AAC", "may_dispense", facts(authorization(*CARE)), NONE, "shut"),
    (
        "FR-AAC",
        "may_dispense",
        facts(authorization(*CARE)),
        facts(signed(PRESCRIBER, FR_1), signed(PHARMACIST, FR_2)),
        "not_known",
    ),
    (
        "FR-AAP",
        "may_dispense",
        facts(authorization("product", "indication", level="standing"), signed(PRESCRIBER, FR_P)),
        facts(authorization("product", "indication"), signed(PRESCRIBER, FR_P)),
        "shut",
    ),
    (
        "IT-DM1997",
        "may_import",
        facts(event("border_clearance_issued")),
        facts(event("border_clearance_issued", "2026-06-16")),
        "shut",
    ),
    (
        "IT-DM2017",
        "may_ship",
        facts(paper("ethics_opinion", "favourable")),
        facts(paper("ethics_opinion", "favourable"), event("objection_received")),
        "shut",
    ),
    (
        "IT-L648",
        "may_import",
        facts(lists=listed("it_law_648", "product-1")),
        facts(lists=listed("it_law_648", "product-1", until="2026-06-14")),
        "not_known",
    ),
    (
        "ES-FOREIGN",
        "may_import",
        facts(authorization("patient", "product")),
        facts(authorization("patient", "product", quantity_left=0)),
        "shut",
    ),
    (
        "ES-FOREIGN",
        "may_import",
        facts(
            signed(PRESCRIBER, ES_F), event("prescription_signed"), lists=listed("es_aemps_use_protocols", "product-1")
        ),
        facts(
            signed(PRESCRIBER, ES_F), event("prescription_signed"), lists=listed("es_aemps_use_protocols", "product-2")
        ),
        "shut",
    ),
    (
        "ES-COMPASSIONATE",
        "may_import",
        facts(authorization("patient", "product")),
        facts(authorization("product"), event("prescription_signed"), lists=listed("es_temporary_use_authorisations")),
        "not_known",
    ),
    (
        "ES-COMPASSIONATE",
        "may_import",
        facts(
            signed(PRESCRIBER, ES_C),
            event("prescription_signed"),
            lists=listed("es_temporary_use_authorisations", "product-1"),
        ),
        facts(event("prescription_signed"), lists=listed("es_temporary_use_authorisations", "product-1")),
        "shut",
    ),
    (
        "IE-EMP",
        "may_import",
        facts(
            paper("importer_licence", "valid", held_by=("licensed_importer",), scopes=("exempt medicinal products",))
        ),
        facts(paper("importer_licence", "valid", held_by=("licensed_importer",))),
        "not_known",
    ),
    (
        "IL-29-PHARMACY",
        "may_dispense",
        facts(authorization(*CARE), paper("regulator_form", "valid", issued="2025-12-15")),
        facts(authorization(*CARE), paper("regulator_form", "valid", issued="2025-12-14")),
        "shut",
    ),
    (
        "IL-29-INSTITUTION",
        "may_import",
        facts(authorization("product", "consignment", level="per_invoice")),
        facts(authorization("product", "consignment")),
        "shut",
    ),
    (
        "ZA-S21-NAMED",
        "may_import",
        facts(authorization("patient", "applicant", "product")),
        facts(authorization("patient", "applicant", "product", valid_until=None)),
        "not_known",
    ),
    (
        "SG-SAR-NAMED",
        "may_import",
        facts(authorization(*PACK, level="per_consignment")),
        facts(authorization(*PACK, level="per_consignment", uses_left=0)),
        "shut",
    ),
    (
        "SG-SAR-BUFFER",
        "may_import",
        facts(authorization(*PACK, level="per_consignment")),
        facts(authorization("product", "importer", level="per_consignment")),
        "not_known",
    ),
    (
        "HK-NPP",
        "may_import",
        facts(authorization(*PACK, level="per_consignment")),
        facts(authorization(*PACK, level="per_consignment", state="suspended")),
        "shut",
    ),
    (
        "IN-12A12B",
        "may_import",
        facts(authorization("patient", "product", "port")),
        facts(
            authorization(
                "patient", "product", covers={"patient": ("patient-1",), "product": ("product-1",), "port": ("port-2",)}
            )
        ),
        "shut",
    ),
    (
        "AE-UNREG",
        "may_import",
        facts(authorization("product", "importer")),
        facts(authorization("product", "importer", valid_from=day("2026-06-16"))),
        "shut",
    ),
    (
        "SA-SAP",
        "may_import",
        facts(authorization("patient", "product"), authorization("product", "importer", level="per_consignment")),
        facts(authorization("patient", "product")),
        "shut",
    ),
    ("SA-PERSONAL", "may_import", facts(authorization("patient", "product")), NONE, "shut"),
    (
        "SA-PERSONAL",
        "customs_release",
        facts(
            event("received_at_port"),
            paper("prescription", "shown"),
            paper("clinical_report", "shown"),
            paper("patient_identity", "shown"),
        ),
        facts(
            event("received_at_port"),
            paper("prescription", "shown", issued="2025-12-01"),
            paper("clinical_report", "shown"),
            paper("patient_identity", "shown"),
        ),
        "shut",
    ),
    (
        "TR-FOREIGN",
        "may_import",
        facts(authorization(*CARE)),
        facts(event("prescription_signed"), lists=listed("tr_no_extra_approval_substances", "product-2")),
        "shut",
    ),
    (
        "TR-FOREIGN",
        "may_import",
        facts(event("prescription_signed"), lists=listed("tr_no_extra_approval_substances", "product-1")),
        NONE,
        "not_known",
    ),
    (
        "BR-PERSONAL",
        "consignee",
        party("patient_or_guardian", "name", "civic_address"),
        party("patient_or_guardian", "name"),
        "shut",
    ),
    (
        "BR-PERSONAL",
        "customs_release",
        facts(paper("prescription", "shown"), paper("commercial_invoice", "shown")),
        facts(paper("prescription", "complete"), paper("commercial_invoice", "shown")),
        "shut",
    ),
    (
        "BR-RDC38-CU",
        "may_import",
        facts(authorization("patient", "product")),
        facts(authorization("patient", "product", state="revoked")),
        "shut",
    ),
    (
        "MX-010-D",
        "may_import",
        facts(authorization("patient", "product")),
        facts(authorization("patient", "product", quantity_left=1), quantity=2),
        "shut",
    ),
    (
        "MY-REG15-6",
        "may_import",
        facts(authorization("patient", "product")),
        facts(authorization("patient", "product"), subject={"product": "product-1"}),
        "not_known",
    ),
    (
        "PH-CSP",
        "may_import",
        facts(authorization("patient", "product", "importer")),
        facts(authorization("patient", "product", "importer", level="standing")),
        "shut",
    ),
    (
        "KE-UHPT",
        "may_import",
        facts(authorization("patient", "product"), lot("2025-06-15", "2028-06-15")),
        facts(authorization("patient", "product"), lot("2025-06-14", "2028-06-14")),
        "shut",
    ),
    (
        "KE-UHPT",
        "may_import",
        facts(authorization("patient", "product"), lot("2025-06-15", "2028-06-15")),
        facts(lot("2025-06-15", "2028-06-15")),
        "shut",
    ),
    (
        "JP-PHYSICIAN",
        "customs_release",
        facts(
            authorization("prescriber", "product", "consignment", level="per_consignment"),
            paper("authorisation_letter", "shown"),
        ),
        facts(
            authorization("prescriber", "product", "consignment", level="per_consignment"),
            paper("authorisation_letter", "valid"),
        ),
        "shut",
    ),
    (
        "US-SPIND",
        "may_administer",
        facts(
            event("received_by_regulator", "2026-05-15"),
            paper("ethics_opinion", "favourable"),
            paper("patient_consent", "signed"),
        ),
        facts(
            event("received_by_regulator", "2026-05-16"),
            paper("ethics_opinion", "favourable"),
            paper("patient_consent", "signed"),
        ),
        "shut",
    ),
    (
        "US-SPIND",
        "may_administer",
        facts(event("decided_granted"), paper("ethics_opinion", "favourable"), paper("patient_consent", "signed")),
        facts(
            event("decided_granted"),
            event("clinical_hold"),
            paper("ethics_opinion", "favourable"),
            paper("patient_consent", "signed"),
        ),
        "shut",
    ),
    (
        "US-EIND",
        "may_administer",
        facts(event("decided_granted", channel="telephone"), signed(PRESCRIBER, US_X)),
        facts(event("decided_granted", channel="email"), signed(PRESCRIBER, US_X)),
        "shut",
    ),
    (
        "US-EXPORT",
        "may_export_controlled",
        facts(
            authorization("consignee", "port", "product", document="export_permit"),
            paper("controlled_drug_import_permit", "valid"),
        ),
        facts(authorization("consignee", "port", "product"), paper("controlled_drug_import_permit", "valid")),
        "shut",
    ),
    (
        "US-EXPORT",
        "may_export",
        facts(signed(PHARMACY, US_S), signed(PHARMACY, US_F)),
        facts(signed(PHARMACY, US_S)),
        "shut",
    ),
]


NAMES = [f"{row[0]}-{row[1]}-{number}" for number, row in enumerate(ROWS)]


def state(profile: str, gate: str, known: Facts) -> tuple[str, Any]:
    results = evaluate_gates(LIBRARY.profile(profile), known, calendars=CALENDARS, now=NOW)
    return next((result.state, result) for result in results if result.gate == gate)


@pytest.mark.parametrize(("profile", "gate", "opens", "other", "then"), ROWS, ids=NAMES)
def test_is_open_on_its_facts_and_not_on_others(profile: str, gate: str, opens: Facts, other: Facts, then: str) -> None:
    opened, result = state(profile, gate, opens)
    assert (opened, result.missing) == ("open", ())
    assert result.opens_on == day("2026-06-15")
    assert result.because
    lacking, result = state(profile, gate, other)
    assert lacking == then
    assert result.missing
    assert all(item.sentence.endswith(".") and item.who and item.kind and item.what for item in result.missing)


def test_the_table_covers_every_gate_of_the_48_pathways() -> None:
    in_data = {(p.key, fact["gate"]) for p in LIBRARY.profiles.values() for fact in p.section("gates")}
    assert {(row[0], row[1]) for row in ROWS} == in_data
    assert sum(len(p.section("gates")) for p in LIBRARY.profiles.values()) == 57


def test_every_part_of_a_joined_gate_was_open_and_not_open() -> None:
    seen: dict[str, set[str]] = {}
    for profile, gate, opens, other, _ in ROWS:
        for known in (opens, other):
            for part in state(profile, gate, known)[1].parts:
                seen.setdefault(part.fact, set()).add(part.state)
    night = datetime(2026, 6, 14, 12, 0, tzinfo=UTC)
    emergency = facts(signed(PRESCRIBER, FR_1), signed(PHARMACIST, FR_2))
    for result in evaluate_gates(LIBRARY.profile("FR-AAC"), emergency, calendars=CALENDARS, now=night):
        for part in result.parts:
            seen[part.fact].add(part.state)
    assert {fact for fact, states in seen.items() if "open" not in states or states == {"open"}} == set()
    assert len(seen) == 57


def test_no_gate_is_open_when_nothing_is_known() -> None:
    """Without any fact nothing is lawful by itself."""
    for profile in LIBRARY.profiles.values():
        for result in evaluate_gates(profile, Facts(), calendars=CALENDARS, now=NOW):
            assert result.state != "open", (profile.key, result.gate)

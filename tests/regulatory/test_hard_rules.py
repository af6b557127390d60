"""The hard rules that break one linear workflow (facts of regulation, section 6): one named test each, by its number.

Most are asked of the same pure core that judges cases; where a record, a verb or a page carries the rule, the product's
own services are used. The dates are those of the facts, or counted by hand.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cases.custody.models import Consignment
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import RequirementsUnmet
from regulatory.collective.gather import line_reference
from regulatory.models import Filing
from regulatory.operated import not_done_on, told_of
from regulatory.pathway import coverage_asked, needs_authorization, submitters, uses_event
from regulatory.profiles.acts import may
from regulatory.profiles.facts import Event, Facts, Party
from regulatory.profiles.gates import GateResult, evaluate_gates
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import attested_facts, documents_of, events_of
from regulatory.profiles.papers import papers
from regulatory.profiles.what_if import Asked, answer, read
from regulatory.triage.readings import drafts_of, look_up
from regulatory.triage.table import load as load_triage
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.profiles.ground import CALENDARS, LIBRARY, SUBJECT, authorization, day, facts, listed, lot, paper
from tests.regulatory.test_au_category_a import give, ship


def pathway(key: str) -> Profile:
    return LIBRARY.profile(key)


def told(key: str, when: str, **words: Any) -> dict[str, Any]:
    return answer(read(pathway(key), Asked(at=when, **words), library=LIBRARY), library=LIBRARY).to_json()


def state(found: Mapping[str, Any], gate: str) -> str:
    return next(str(one["state"]) for one in found["gates"] if one["gate"] == gate)


def due(found: Mapping[str, Any], kind: str) -> list[str | None]:
    return [duty["due_on"] for duty in found["duties"] if duty["deadline_type"] == kind]


def judged(key: str, gate: str, known: Facts, on: str = "2026-06-15") -> GateResult:
    now = datetime.fromisoformat(f"{on}T10:00").replace(tzinfo=UTC)
    found = evaluate_gates(pathway(key), known, calendars=CALENDARS, now=now)
    return next(one for one in found if one.gate == gate)


def allowed(key: str, act: str, known: Facts, on: str = "2026-06-15") -> bool | None:
    now = datetime.fromisoformat(f"{on}T10:00").replace(tzinfo=UTC)
    return may(pathway(key), act, known, calendars=CALENDARS, now=now).allowed


def changes(key: str) -> dict[str, str]:
    return {str(one["change"]): str(one["action"]) for one in pathway(key).section("change_triggers")}


def name_rules(key: str) -> dict[str, str]:
    """What each paper of the pathway says about the patient's name."""
    return {
        str(one["doc_type"]): str(one["privacy_rule"]["patient_name"])
        for one in pathway(key).section("documents")
        if one.get("privacy_rule")
    }


# ---------- 1 to 5: no approval before the supply ----------


def test_rule_01_au_category_a_is_supplied_first_and_notified_within_28_days_of_the_supply(db: None) -> None:
    ground = build_ground("AU-SAS-A", now=at("2026-10-05 01:00"), country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True, held_by="local_sponsor")
    ground.paper("patient_consent", uploaded=True)
    ground.paper("prescription", uploaded=True)
    ground.take("cases.case.begin_sourcing")
    ship(ground, dispatch="2026-10-20", arrival="2026-10-24")
    assert not Deadline.objects.filter(case=ground.case, kind="regulatory.post_supply_notification").exists()
    give(ground, dispensed_at=at("2026-10-31 02:00"))
    duty = ground.deadline("post_supply_notification")
    assert (duty.due_on, Filing.objects.filter(case=ground.case).count()) == (date(2026, 11, 30), 0)
    assert not needs_authorization(pathway("AU-SAS-A"))


def test_rule_02_gb_silence_clears_counted_from_the_acknowledgement_and_a_notice_runs_back_from_each_import() -> None:
    sent, acknowledged = "submitted=2026-02-20", "acknowledged=2026-03-02"
    assert state(told("UK-SPECIALS", "2026-03-30", event=[sent, acknowledged]), "may_import") == "shut"
    assert state(told("UK-SPECIALS", "2026-03-31", event=[sent, acknowledged]), "may_import") == "open"
    assert state(told("UK-SPECIALS", "2026-12-31", event=[sent]), "may_import") == "shut"
    lead = told("UK-SPECIALS", "2026-03-03", event=["submitted=2026-03-02", "import_day=2026-04-10"])
    assert due(lead, "pre_import_notice_lead") == ["2026-03-13"]
    waived = [sent, acknowledged, "objection_window_waived=2026-03-04"]
    assert state(told("UK-SPECIALS", "2026-03-04", event=waived), "may_import") == "open"
    assert not needs_authorization(pathway("UK-SPECIALS"))


def test_rule_03_ie_is_filed_two_working_days_after_the_goods_arrive_by_the_wholesaler_for_each_receipt() -> None:
    receipts = ["received_by_consignee=2026-10-23", "received_by_consignee=2026-11-02"]
    found = told("IE-EMP", "2026-11-03", event=receipts)
    assert due(found, "post_receipt_notification") == ["2026-10-28", "2026-11-04"]
    assert {duty["holder"] for duty in found["duties"]} == {"licensed_importer"}
    assert not uses_event(pathway("IE-EMP"), "submitted")


def test_rule_04_nz_reports_a_month_over_all_supplies_and_the_rule_goes_by_the_day_of_the_supply() -> None:
    supplies = [f"dispensed_or_supplied=2026-05-{number:02}" for number in (4, 11, 29)]
    reports = [
        duty for duty in told("NZ-S29", "2026-06-05", event=supplies)["duties"] if duty["trigger"] == "month_ended"
    ]
    assert [report["anchor"] for report in reports] == ["2026-05-31"]
    before, since = pathway("NZ-S29-2013"), pathway("NZ-S29")
    last, first = date(2025, 11, 18), date(2025, 11, 19)
    assert (before.in_force(last), before.in_force(first), since.in_force(last), since.in_force(first)) == (
        True,
        False,
        False,
        True,
    )
    assert allowed("NZ-S29-2013", "supply", Facts(), on="2025-11-20") is False
    assert (name_rules("NZ-S29-2013")["supply_report"], name_rules("NZ-S29")["supply_report"]) == (
        "required",
        "forbidden",
    )
    [(_, old)], [(_, new)] = (attested_facts(one)[f"{one.key}.gates.1"] for one in (before, since))
    assert ("nurse practitioner" in old, "nurse practitioner" in new) == (False, True)


@pytest.mark.parametrize("key", ["DE-73-3", "CH-49-1"])
def test_rule_05_de_and_ch_have_no_application_and_the_record_is_kept(key: str) -> None:
    profile = pathway(key)
    assert profile.control_model == "record_keeping_only"
    assert submitters(profile) == []
    assert not needs_authorization(profile)
    assert not {"submitted", "acknowledged", "decided_granted"} & set(events_of(profile))


def test_rule_05_de_keeps_its_eight_item_record_for_five_years() -> None:
    found = told("DE-73-3", "2026-03-03", event=["dispensed_or_supplied=2026-03-02"])
    assert due(found, "record_retention") == ["2031-03-02"]
    record = next(one for one in pathway("DE-73-3").section("documents") if one["doc_type"] == "supply_record")
    assert record["note"].count(";") == 8  # eight items, and the safety advice that was given
    assert documents_of(pathway("DE-73-3"))["supply_record"] == ("complete",)


# ---------- 6 to 9: emergencies, standing authorities, consignments ----------


def test_rule_06_fr_out_of_hours_treatment_starts_on_two_judgements_and_is_entered_afterwards() -> None:
    saturday, judged_met = "2026-03-21T10:00", ["FR-AAC.gates.2=2026-03-21"]
    found = told("FR-AAC", saturday, attest=judged_met)
    assert state(found, "may_dispense") == "open"
    assert found["gates"][0]["creates_duties"] == ["emergency_regularisation"]
    assert state(told("FR-AAC", saturday), "may_dispense") == "shut"
    monday = told("FR-AAC", "2026-03-23T10:00", attest=judged_met, hours=["FR=09:00-17:00"])
    assert state(monday, "may_dispense") == "shut"
    debt = told(
        "FR-AAC", "2026-03-24", event=["dispensed_or_supplied=2026-03-21"], condition=["out_of_hours_start=yes"]
    )
    late = next(duty for duty in debt["duties"] if duty["deadline_type"] == "emergency_regularisation")
    assert (late["computable"], late["target_on"]) == (False, "2026-03-23")


def test_rule_07_us_emergency_has_three_triggers_and_two_units_of_work_in_one_case() -> None:
    decision = "decided_granted=2026-11-13,telephone"
    found = told(
        "US-EIND", "2026-11-14", event=[decision, "first_dose=2026-11-13"], document=["patient_consent=signed"]
    )
    assert state(found, "may_administer") == "open"
    assert found["gates"][0]["creates_duties"] == ["emergency_regularisation", "ethics_notification"]
    assert due(found, "emergency_regularisation") == ["2026-12-07"]
    assert due(found, "ethics_notification") == ["2026-11-20"]
    written = told(
        "US-EIND", "2026-11-14", event=["decided_granted=2026-11-13,written"], document=["patient_consent=signed"]
    )
    assert state(written, "may_administer") != "open"


def test_rule_08_au_authorised_prescriber_asks_nothing_for_each_patient() -> None:
    standing = authorization("prescriber", "product", "indication", level="standing")
    another = facts(standing, subject=SUBJECT | {"patient": "patient-2"})
    assert judged("AU-AP", "per_patient_step", facts(standing)).open is True
    assert judged("AU-AP", "per_patient_step", another).open is True
    assert (
        judged("AU-AP", "per_patient_step", facts(authorization("prescriber", "product", "indication"))).open is False
    )


def test_rule_09_sg_approves_each_consignment_and_caps_it_at_three_months() -> None:
    approval = authorization("product", "consignment", "importer", level="per_consignment")
    first, second = facts(approval), facts(approval, subject=SUBJECT | {"consignment": "consignment-2"})
    assert judged("SG-SAR-NAMED", "may_import", first).open is True
    assert judged("SG-SAR-NAMED", "may_import", second).open is False
    [cap] = pathway("SG-SAR-NAMED").section("quantity_limits")
    assert (cap["amount"], cap["unit"], cap["per"], cap["override"]) == (
        3,
        "month",
        "consignment",
        "more if justified on medical need",
    )


# ---------- 10 to 16: who pays, the border, papers, scopes, consignees ----------


def test_rule_10_br_goes_by_who_pays_and_a_change_of_payer_is_another_pathway() -> None:
    home, hospital = (facts(parties={"consignee": Party(role, ("name", "civic_address"))}) for role in PAYERS)
    assert judged("BR-PERSONAL", "consignee", home).open is True
    assert judged("BR-PERSONAL", "consignee", hospital).open is False
    assert changes("BR-PERSONAL")["payer"] == "other_pathway"
    assert (submitters(pathway("BR-PERSONAL")), submitters(pathway("BR-RDC488"))) == (
        ["patient or guardian"],
        ["hospital"],
    )


PAYERS = ("patient_or_guardian", "hospital")


def test_rule_11_it_1997_is_judged_at_the_border_and_it_2017_after_the_ethics_opinion() -> None:
    assert allowed("IT-DM1997", "ship", Facts()) is True
    assert judged("IT-DM1997", "may_import", Facts()).open is False
    assert judged("IT-DM1997", "may_import", facts(Event("border_clearance_issued", day("2026-06-15")))).open is True
    [limit] = pathway("IT-DM1997").section("quantity_limits")
    assert (limit["amount"], limit["unit"]) == (90, "calendar_day")
    assert judged("IT-DM2017", "may_ship", Facts()).open is False
    assert judged("IT-DM2017", "may_ship", facts(paper("ethics_opinion", "favourable"))).open is True
    forwarded = told("IT-DM2017", "2026-06-02", event=["ethics_opinion_given=2026-06-01"])["duties"][0]
    assert (forwarded["holder"], forwarded["holder_outside"], forwarded["due_on"]) == (
        "ethics_committee",
        True,
        "2026-06-04",
    )


def test_rule_12_jp_permits_the_importing_physician_and_the_goods_may_fly_before_it() -> None:
    permit = authorization("prescriber", "product", "consignment", level="per_consignment")
    letter = paper("authorisation_letter", "shown")
    assert judged("JP-PHYSICIAN", "customs_release", facts(permit, letter)).open is True
    other = facts(permit, letter, subject=SUBJECT | {"prescriber": "prescriber-2", "consignment": "consignment-1"})
    assert judged("JP-PHYSICIAN", "customs_release", other).open is False
    assert allowed("JP-PHYSICIAN", "ship", Facts()) is True
    assert "airway_bill" in {one["doc_type"] for one in pathway("JP-PHYSICIAN").section("documents")}


def test_rule_13_za_corrects_nothing_after_submission_and_authorises_one_applicant() -> None:
    assert changes("ZA-S21-NAMED")["correction_after_submission"] == "new_application"
    assert changes("ZA-S21-NAMED")["prescriber"] == "new_authorisation"
    held = authorization("patient", "applicant", "product")
    assert judged("ZA-S21-NAMED", "may_import", facts(held)).open is True
    assert (
        judged("ZA-S21-NAMED", "may_import", facts(held, subject=SUBJECT | {"applicant": "applicant-2"})).open is False
    )


def test_rule_14_papers_age_at_different_speeds_and_are_judged_on_the_planned_day() -> None:
    def usable(key: str, doc_type: str, planned: str) -> tuple[bool | None, date | None]:
        held = [paper(doc_type, "complete", "valid", "signed", issued="2026-01-31")]
        found = papers(pathway(key), held, planned_on=day(planned))
        one = next(one for one in found if one.doc_type == doc_type)
        return one.met, one.usable_until

    assert usable("IL-29-PHARMACY", "regulator_form", "2026-07-31") == (True, date(2026, 7, 31))
    assert usable("IL-29-PHARMACY", "regulator_form", "2026-08-01") == (False, date(2026, 7, 31))
    assert usable("SA-PERSONAL", "prescription", "2026-08-01")[0] is False
    assert usable("SA-PERSONAL", "patient_identity", "2028-08-01") == (True, None)
    aged = facts(
        authorization("patient", "product", "indication"), paper("regulator_form", "valid", issued="2026-01-31")
    )
    assert judged("IL-29-PHARMACY", "may_dispense", aged, on="2026-07-31").open is True
    assert judged("IL-29-PHARMACY", "may_dispense", aged, on="2026-08-01").open is False


def test_rule_15_an_authorization_for_stock_names_no_patient() -> None:
    stock = [profile for profile in LIBRARY.profiles.values() if profile.scope == "stock_no_patient"]
    assert sorted(profile.key for profile in stock) == ["CA-SAP-FUTURE", "NG-SERVICE", "SG-SAR-BUFFER", "ZA-S21-BULK"]
    assert [profile.key for profile in stock if "patient" in coverage_asked(profile)] == []
    letter = authorization("prescriber", "product", "indication")
    assert judged("CA-SAP-FUTURE", "may_ship", facts(letter, subject=SUBJECT | {"patient": "patient-2"})).open is True
    # Later allocation is modelled (ADR 29): none of them is refused, and no patient is asked for or made up. That each
    # pack goes to one patient is asserted by tests/regulatory/test_stock.py and the walk of every pathway.
    assert [not_done_on(profile) for profile in stock] == [None] * 4
    assert {told.short for profile in stock if (told := told_of(profile))} == {"stock first, then drawn for patients"}


def test_rule_16_ca_ships_to_a_practitioner_or_pharmacist_and_br_to_the_patient() -> None:
    for role, canada, brazil in (("patient_or_guardian", False, True), ("hospital_pharmacist", True, False)):
        known = facts(parties={"consignee": Party(role, ("name", "civic_address"))})
        assert judged("CA-SAP-PATIENT", "consignee", known).open is canada
        assert judged("BR-PERSONAL", "consignee", known).open is brazil
    receives = [
        one for one in pathway("CA-SAP-PATIENT").section("applicants") if "receives_authorisation" in one["may"]
    ]
    assert [one["role"] for one in receives] == ["manufacturer"]


# ---------- 17 to 21: names, lists, categories, parcels, shelf life ----------


def test_rule_17_the_patients_name_is_a_matter_of_paper_pathway_and_version() -> None:
    assert name_rules("AU-SAS-A")["regulator_form"] == "forbidden"
    assert name_rules("CA-SAP-PATIENT")["regulator_form"] == "forbidden"
    assert name_rules("DE-73-3")["supply_record"] == "required"
    assert (name_rules("NZ-S29-2013")["supply_report"], name_rules("NZ-S29")["supply_report"]) == (
        "required",
        "forbidden",
    )
    shown = papers(pathway("AU-SAS-A"), [], planned_on=day("2026-06-15"))
    assert next(one.patient_name for one in shown if one.doc_type == "regulator_form") == "forbidden"


def test_rule_18_the_edition_of_the_supply_date_decides_and_is_named() -> None:
    editions = listed("au_authorised_supply_rules", "product-1", until="2026-06-30")
    known = facts(paper("patient_consent", "signed"), lists=editions)
    then = judged("AU-SAS-C", "may_supply", known, on="2026-06-30")
    assert (then.open, "list:au_authorised_supply_rules@2026-A" in then.because) == (True, True)
    assert judged("AU-SAS-C", "may_supply", known, on="2026-07-02").open is None


def test_rule_19_a_category_may_change_and_a_marketing_authorization_closes_a_route() -> None:
    assert changes("AU-SAS-A")["clinical_category"] == "other_pathway"
    assert changes("FR-AAC")["marketing_authorisation_granted"] == "closes_route"
    closing = told("FR-AAC", "2026-03-02", event=["marketing_authorisation_granted=2026-01-31"])
    assert due(closing, "transition_wind_down") == ["2026-04-30"]


def test_rule_20_ch_judges_a_parcel_as_one_unit() -> None:
    notes = [str(one["value"]) for one in LIBRARY.jurisdictions["CH"].raw["notes"]]
    assert any(one.startswith("A parcel is judged as one unit") for one in notes)
    # One clearance is recorded for a consignment as a whole: it has no state in which a part has passed.
    assert [value for value in Consignment.State.values if "part" in value or "clear" in value] == []


def test_rule_21_ke_wants_two_thirds_of_the_shelf_life_on_the_day_of_import() -> None:
    permit = authorization("patient", "product")
    for imported, opened in (("2026-05-03", True), ("2026-05-04", False)):
        known = facts(permit, lot("2025-01-01", "2029-01-01"), planned={"import_day": day(imported)})
        assert judged("KE-UHPT", "may_import", known, on="2026-04-01").open is opened


# ---------- 22 to 26: controlled drugs, holders abroad, calendars, notifications, two doors ----------


def test_rule_22_a_controlled_drug_needs_the_destinations_permit_first_then_the_export_permit_on_it() -> None:
    export = authorization("consignee", "port", "product", document="export_permit")
    foreign = paper("controlled_drug_import_permit", "valid")
    assert judged("US-EXPORT", "may_export_controlled", facts(export)).open is False
    assert judged("US-EXPORT", "may_export_controlled", facts(foreign)).open is False
    assert judged("US-EXPORT", "may_export_controlled", facts(export, foreign)).open is True
    elsewhere = facts(export, foreign, subject=SUBJECT | {"port": "port-2"})
    assert judged("US-EXPORT", "may_export_controlled", elsewhere).open is False
    exporters = [one["role"] for one in pathway("US-EXPORT").section("applicants") if "export_controlled" in one["may"]]
    assert exporters == ["dea_registered_exporter"]


@pytest.mark.parametrize(
    ("key", "event"), [("AU-SAS-A", "period_ended=2026-06-30"), ("PH-CSP", "treatment_ended=2026-06-01")]
)
def test_rule_23_a_duty_held_abroad_is_evidence_to_receive(key: str, event: str) -> None:
    duties = told(key, "2026-07-02", event=[event])["duties"]
    assert duties
    assert all(duty["holder_outside"] for duty in duties)
    assert all("evidence received" in " ".join(duty["remarks"]) for duty in duties if duty["kind"] == "duty")


def test_rule_23_such_a_duty_is_not_discharged_by_a_tick(db: None) -> None:
    ground: Ground = build_ground("AU-SAS-A", now=at("2026-10-05 01:00"), country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True, held_by="local_sponsor")
    ground.paper("patient_consent", uploaded=True)
    ground.paper("prescription", uploaded=True)
    ground.take("cases.case.begin_sourcing")
    ship(ground, dispatch="2026-10-20", arrival="2026-10-24")
    give(ground, dispensed_at=at("2026-10-31 02:00"))
    report = ground.deadline("periodic_supply_report")
    told = at("2027-01-10 02:00")  # after the half-year that it is about
    with pytest.raises(RequirementsUnmet) as refusal:
        ground.take("regulatory.duty.discharge", deadline=report, now=told, happened_at=told)
    assert [line.code for line in refusal.value.unmet] == ["OutsideDutyHasEvidence"]


@pytest.mark.parametrize(
    ("code", "closed", "moved"),
    [
        ("AE", "2021-12-31", None),  # a Friday of the old weekend
        ("AE", "2022-01-01", None),
        ("SA", "2026-11-20", None),
        ("IL", "2026-11-20", None),
        ("SG", "2026-10-31", False),  # a Saturday that moves no last day
        ("ZA", "2026-10-31", False),
        ("AU", "2026-10-31", True),
    ],
)
def test_rule_24_weekends_change_by_country_and_time_and_are_not_the_days_that_move_a_deadline(
    code: str, closed: str, moved: bool | None
) -> None:
    calendar = CALENDARS[code]
    assert calendar.closed_because(day(closed)) is not None
    if moved is not None:
        assert (calendar.moved_because(day(closed)) is not None) is moved
    assert (
        CALENDARS["AE"].closed_because(day("2022-01-07")) is None
    )  # a Friday since the change: half a day, no weekend


def test_rule_25_gb_submission_notification_and_case_are_three_things(db: None) -> None:
    ground = build_ground("UK-SPECIALS", now=at("2026-03-02 09:00"), country="GB", zone="Europe/London")
    for number in (1, 2):
        ground.take("regulatory.filing.open", kind="notification", authority="MHRA")
        assert ground.filing.number == number
    first, second = Filing.objects.filter(case=ground.case).order_by("number")
    references = [line_reference(ground.case, filing.label) for filing in (first, second)]
    assert len(set(references)) == 2
    assert max(map(len, references)) <= 16
    ground.take("regulatory.filing.withdraw", subject=first, reason="Written twice.")
    assert (Filing.objects.get(pk=first.pk).state, Filing.objects.get(pk=second.pk).state) == ("withdrawn", "preparing")


def test_rule_26_ca_and_de_have_a_closed_personal_door_beside_an_open_named_patient_one() -> None:
    for country, on in (("CA", date(2026, 6, 15)), ("DE", date(2026, 6, 15))):
        postures = {one["posture"] for one in LIBRARY.jurisdictions[country].raw["personal_import"]}
        assert "effectively_closed" in postures
        found = look_up(country, drafts_of(country, LIBRARY, on=on), LIBRARY.jurisdictions[country], load_triage())
        assert (found.values["npp_status"], found.values["personal_import"]) == ("clear", "closed"), country


# ---------- 27 to 31: what was found later ----------


def test_rule_27_au_authorised_prescriber_reports_each_half_year_zero_included() -> None:
    found = told("AU-AP", "2027-01-05", event=["decided_granted=2026-02-10"])
    reports = [duty for duty in found["duties"] if duty["deadline_type"] == "periodic_supply_report"]
    by_prescriber = [duty["target_on"] for duty in reports if duty["holder"] == "treating_prescriber"]
    assert by_prescriber == ["2026-07-31", "2027-01-31", "2027-07-31"]


def test_rule_28_za_reports_every_six_months_from_first_use_and_once_more_after_the_end() -> None:
    events = ["first_dose=2026-01-31", "treatment_ended=2026-12-01"]
    found = told("ZA-S21-NAMED", "2026-12-02", event=events)
    reports = [
        (duty["trigger"], duty["target_on"]) for duty in found["duties"] if duty["deadline_type"] == "progress_report"
    ]
    assert reports == [("first_dose", "2026-07-31"), ("treatment_ended", "2026-12-31")]


def test_rule_29_il_approves_each_invoice() -> None:
    approval = authorization("product", "consignment", level="per_invoice")
    assert judged("IL-29-INSTITUTION", "may_import", facts(approval)).open is True
    corrected = facts(approval, subject=SUBJECT | {"consignment": "consignment-1, corrected"})
    assert judged("IL-29-INSTITUTION", "may_import", corrected).open is False


def test_rule_30_sa_personal_books_before_the_permission_and_flies_after_it() -> None:
    assert (
        next(one["required"] for one in pathway("SA-PERSONAL").section("documents") if one["doc_type"] == "airway_bill")
        == "always"
    )
    assert allowed("SA-PERSONAL", "ship", Facts()) is not True
    permitted = facts(authorization("patient", "product"), planned={"import_day": day("2026-06-20")})
    assert allowed("SA-PERSONAL", "ship", permitted) is True


def test_rule_31_originals_and_certified_copies_differ_inside_one_file() -> None:
    shown = {one.doc_type: one.copy_rule for one in papers(pathway("TR-FOREIGN"), [], planned_on=day("2026-06-15"))}
    assert (shown["prescription"], shown["clinical_report"], shown["patient_identity"]) == (
        "original",
        "certified_copy",
        "copy",
    )
    report = next(one for one in pathway("TR-FOREIGN").section("documents") if one["doc_type"] == "clinical_report")
    assert report["copy_rule"]["note"].endswith("the original itself where the report covers 3 months or less")
    assert {one.copy_rule for one in papers(pathway("MX-010-D"), [], planned_on=day("2026-06-15"))} >= {"original"}

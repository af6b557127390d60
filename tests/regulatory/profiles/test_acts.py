"""Which gates govern an act, and what is said where a pathway has none."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from regulatory.profiles.acts import ACT_GATES, Permission, attested_statement, may
from regulatory.profiles.facts import Facts
from tests.regulatory.profiles.ground import CALENDARS, LIBRARY, NOW, authorization, day, event, facts, paper, signed


def ask(profile: str, act: str, known: Facts, **more: Any) -> Permission:
    return may(LIBRARY.profile(profile), act, known, calendars=CALENDARS, **{"now": NOW, **more})


def test_a_dispatch_is_judged_on_the_planned_import_day() -> None:
    known = [event("submitted", "2026-05-18"), event("acknowledged", "2026-05-20")]
    # Acknowledged Wed 20 May: day 28 is Wed 17 June, the first import day Thu 18 June.
    early = ask("UK-SPECIALS", "ship", facts(*known, planned={"import_day": day("2026-06-17")}))
    assert (early.state, early.opens_on) == ("shut", day("2026-06-18"))
    assert ask("UK-SPECIALS", "ship", facts(*known, planned={"import_day": day("2026-06-18")})).state == "open"


def test_a_dispatch_without_an_import_day_says_how_it_was_judged() -> None:
    result = ask("UK-SPECIALS", "ship", facts())
    assert result.remarks == ("No import day is planned: judged as if the goods arrived on the day of dispatch.",)


def test_an_authorization_that_lapses_in_transit_stops_the_dispatch() -> None:
    held = authorization("patient", "prescriber", "product", "indication", valid_until=day("2026-06-18"))
    assert ask("AU-SAS-B", "ship", facts(held, planned={"import_day": day("2026-06-18")})).state == "open"
    late = ask("AU-SAS-B", "ship", facts(held, planned={"import_day": day("2026-06-19")}))
    assert late.state == "shut"
    assert late.missing[0].sentence == "Authorization A-1 expired on Thu 18 Jun 2026."


def test_an_authorization_not_yet_in_force_stops_the_dispatch_too() -> None:
    held = authorization("patient", "prescriber", "product", "indication", valid_from=day("2026-06-17"))
    result = ask("AU-SAS-B", "ship", facts(held, planned={"import_day": day("2026-06-19")}))
    assert result.state == "shut"


def test_the_australian_emergency_ships_without_any_decision() -> None:
    form = paper("regulator_form", "signed", held_by=("local_sponsor",))
    known = facts(form, paper("patient_consent", "signed"), paper("prescription", "valid"))
    result = ask("AU-SAS-A", "ship", known)
    assert (result.state, [gate.gate for gate in result.gates]) == ("open", ["supplier_release", "may_supply"])


def test_a_border_decision_does_not_hold_up_the_dispatch_it_follows() -> None:
    result = ask("IT-DM1997", "ship", facts(planned={"import_day": day("2026-06-18")}))
    assert result.state == "open"
    assert "The clearance at the border is decided at the border, after dispatch." in result.remarks
    assert ask("IT-DM1997", "import", facts()).state == "shut"


def test_a_paper_shown_at_the_border_must_be_there_before_dispatch() -> None:
    order = paper("prescription", "valid", held_by=("community_pharmacist",))
    assert ask("DE-73-3", "ship", facts(order)).state == "shut"
    result = ask("DE-73-3", "ship", facts(order, paper("import_declaration", "complete")))
    assert result.state == "open"
    assert "The import declaration is shown at the border, after dispatch." in result.remarks
    assert ask("DE-73-3", "import", facts(order, paper("import_declaration", "complete"))).state == "shut"


def test_goods_fly_before_the_japanese_confirmation() -> None:
    result = ask("JP-PHYSICIAN", "ship", facts())
    assert (result.state, result.allowed) == ("no_gate", True)
    assert result.remarks[0].startswith(
        "No gate in this profile for this act: the pathway confirms each import at customs"
    )
    assert [gate.gate for gate in ask("JP-PHYSICIAN", "import", facts()).gates] == ["customs_release"]


def test_a_later_permission_stands_in_before_dispatch_without_its_papers() -> None:
    asked = ask("FR-AAC", "ship", facts())
    assert (asked.state, [gate.gate for gate in asked.gates]) == ("shut", ["may_dispense"])
    assert asked.remarks[0].endswith("the authority's part of may dispense stands in for it.")
    assert ask("FR-AAC", "ship", facts(authorization("patient", "product", "indication"))).state == "open"
    # An emergency IND ships on the telephone decision; consent is needed before the medicine is given.
    decided = facts(event("decided_granted", channel="telephone"))
    assert ask("US-EIND", "ship", decided).state == "open"
    assert ask("US-EIND", "administer", decided).state == "shut"


@pytest.mark.parametrize("profile", ["ZA-S21-BULK", "IN-CT24", "BR-RDC488", "NG-SERVICE", "US-PIP"])
def test_a_pathway_that_records_no_gate_is_not_known_until_a_person_attests(profile: str) -> None:
    result = ask(profile, "ship", facts())
    assert (result.state, result.allowed, result.missing[0].kind) == ("not_known", None, "attestation")
    statement = attested_statement(LIBRARY.profile(profile), "ship")
    assert ask(profile, "ship", facts(signed("coordinating_pharmacy", statement))).state == "open"


def test_an_act_after_the_permission_needs_no_second_one() -> None:
    result = ask("UK-SPECIALS", "dispense", facts())
    assert result.state == "no_gate"
    assert result.remarks == (
        "No gate in this profile for this act: the permission of this pathway is tied to may import "
        "(control model: prior notification objection window).",
    )


def test_the_controlled_drug_gate_applies_only_to_controlled_drugs() -> None:
    screened = [
        signed(
            "coordinating_pharmacy",
            "sanctions and restricted-party screening of every party is clear as of the shipping day",
        ),
        signed(
            "coordinating_pharmacy",
            "the electronic export filing is accepted, or no filing is needed for this shipment",
        ),
    ]
    plain = ask("US-EXPORT", "export", facts(*screened, conditions={"controlled_drug": False}))
    assert (plain.state, plain.remarks) == (
        "open",
        ("The gate may export controlled does not apply: not a controlled drug.",),
    )
    assert ask("US-EXPORT", "export", facts(*screened, conditions={"controlled_drug": True})).state == "shut"
    unanswered = ask("US-EXPORT", "export", facts(*screened))
    assert unanswered.state == "not_known"
    assert unanswered.missing[0].what == "controlled_drug"


def test_a_rule_that_ended_allows_nothing() -> None:
    result = ask("NZ-S29-2013", "ship", facts())
    assert (result.state, result.missing[0].kind) == ("shut", "profile")
    assert result.missing[0].sentence == "NZ-S29-2013 is in force until Tue 18 Nov 2025 only, not on Mon 15 Jun 2026."
    before = ask("NZ-S29", "ship", facts(), now=datetime(2025, 11, 18, 10, 0, tzinfo=UTC))
    assert before.missing[0].sentence == "NZ-S29 is in force from Wed 19 Nov 2025 only, not on Tue 18 Nov 2025."


def test_every_act_of_every_pathway_has_an_answer_in_words() -> None:
    for profile in LIBRARY.profiles.values():
        for act in ACT_GATES:
            result = may(profile, act, Facts(), calendars=CALENDARS, now=NOW)
            assert result.state in ("open", "shut", "not_known", "no_gate")
            assert result.gates or result.missing or result.remarks
            assert json.loads(json.dumps(result.to_json()))["act"] == act


def test_an_unknown_act_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="There is no act 'fly'"):
        ask("UK-SPECIALS", "fly", facts())

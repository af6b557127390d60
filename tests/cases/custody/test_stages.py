"""What the headline waits for, and who may take which verb of a consignment."""

import pytest

from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from tests.cases.custody.builders import DISPENSED, Supply
from tests.written import refused_and_nothing_written

PHARMACY_ONLY = (
    "plan",
    "replan",
    "order",
    "allocate",
    "release",
    "take_back",
    "dispatch",
    "lose",
    "decide_disposition",
    "accept",
    "reject",
    "give_back",
    "destroy",
    "record_papers",
    "record_verification",
    "correct_event",
    "pack",
    "claim_paper",
    "hand_over",
    "report_delay",
    "cancel",
)
ALSO_AT_THE_INSTITUTION = (
    "arrive",
    "inspect",
    "record_temperature",
    "dispense",
    "record_dose",
    "read_pack",
    "suspect",
    "dispense_part",
    "open_pack",
    "waste",
    "bring_back",
    "destroy_part",
    "draw",
    "put_back",
    "hand_on",
    "take_in",
)
OF_A_RECALL = {
    "custody.recall.stop": {"coordinating_pharmacist", "pharmacist_in_charge"},
    "custody.recall.tell": {"coordinating_pharmacist", "pharmacist_in_charge"},
    "custody.recall.locate": {"coordinating_pharmacist", "pharmacist_in_charge", "receiving_pharmacist"},
    "custody.recall.end": {"pharmacist_in_charge"},
    "custody.recall.withdraw": {"pharmacist_in_charge"},
    "custody.recall_letter.answer": {
        *("coordinating_pharmacist", "pharmacist_in_charge", "prescriber", "receiving_pharmacist"),
    },
    "custody.recall_letter.give_up": {"pharmacist_in_charge"},
}
ON_A_MILESTONE = ("plan", "reach", "drop")
ON_A_SUSPICION = ("clear", "determine", "tell", "terminate")


def test_each_verb_is_for_exactly_these_roles() -> None:
    roles = {code: verb.roles for code, verb in VERBS.items() if code.startswith("custody.")}

    pharmacists = {"coordinating_pharmacist", "pharmacist_in_charge"}
    at_both = pharmacists | {"receiving_pharmacist"}
    assert roles == (
        {"custody.handling.state": pharmacists}
        | {f"custody.consignment.{code}": pharmacists for code in PHARMACY_ONLY}
        | {f"custody.consignment.{code}": at_both for code in ALSO_AT_THE_INSTITUTION}
        | {f"custody.suspect.{code}": pharmacists for code in ON_A_SUSPICION}
        | {f"custody.milestone.{code}": pharmacists for code in ON_A_MILESTONE}
        | {"custody.exception.resolve": pharmacists, "custody.dossier.make": pharmacists}
        | {"custody.consignment.second_check": {"prescriber", "receiving_pharmacist"}}
        | {"custody.consignment.read_identity": at_both | {"prescriber", "delegate"}}
        | OF_A_RECALL
    )


@pytest.mark.parametrize("who", ["doctor", "delegate", "administrator", "auditor", "receiving"])
def test_nobody_else_plans_a_consignment(supply: Supply, who: str) -> None:
    facts = {
        "quantity": "1",
        "days_of_therapy": 28,
        "planned_dispatch_on": "2026-03-04",
        "planned_arrival_on": "2026-03-06",
    }

    with refused_and_nothing_written(NotPermitted):
        supply.take("custody.consignment.plan", by=getattr(supply.house, who), now=DISPENSED, **facts)


@pytest.mark.parametrize(
    ("brought_to", "missing", "code", "words"),
    [
        ("released", "begin_shipment", "ConsignmentUnderWay", "No consignment has left yet."),
        ("arrived", "begin_dispensing", "ConsignmentAccepted", "No consignment is accepted yet."),
        (
            "accepted",
            "begin_follow_up",
            "ConsignmentDispensed",
            "No consignment has been dispensed since sourcing last began.",
        ),
    ],
)
def test_the_headline_waits(supply: Supply, brought_to: str, missing: str, code: str, words: str) -> None:
    supply.bring_to(brought_to)
    stages = ["begin_shipment", "begin_dispensing", "begin_follow_up"]
    for stage in stages[: stages.index(missing)]:
        supply.take(f"cases.case.{stage}", by=supply.house.coordinator, now=DISPENSED)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.take(f"cases.case.{missing}", by=supply.house.coordinator, now=DISPENSED)

    unmet = {line.code: line.fact for line in refusal.value.unmet}  # type: ignore[attr-defined]
    assert unmet[code] == words


@pytest.mark.usefixtures("dispensed")
def test_the_next_round_needs_a_consignment_of_its_own(supply: Supply) -> None:
    for stage in ("begin_shipment", "begin_dispensing", "begin_follow_up", "resupply"):
        supply.take(f"cases.case.{stage}", by=supply.house.coordinator, now=DISPENSED)
    later = DISPENSED.replace(day=7)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.take("cases.case.begin_shipment", by=supply.house.coordinator, now=later)

    assert "ConsignmentUnderWay" in {line.code for line in refusal.value.unmet}  # type: ignore[attr-defined]
    assert Case.objects.get(pk=supply.case.pk).stage == "sourcing"

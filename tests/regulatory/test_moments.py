"""Nothing is recorded as having happened before what it follows: a wrong year opens no gate (edge case 70)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import HoldKind
from regulatory.models import FilingQuestion
from regulatory.recording import record_event
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

BEGINS = at("2026-03-02 09:00")


@laid
def ground(db: None) -> Ground:
    made = build_ground("UK-SPECIALS", now=BEGINS, country="GB", zone="Europe/London")
    made.ready(quantity="10")
    return made


@laid
def acknowledged(ground: Ground) -> Ground:
    ground.submit(at("2026-03-02 10:00"))
    ground.acknowledge(at("2026-03-10 10:30"))
    return ground


def told(ground: Ground, verb: str, happened_at: datetime, **facts: Any) -> str:
    """What is said of the moment; nothing is written."""
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take(verb, happened_at=happened_at, **facts)
    assert ground.written() == before
    return next(line.fact for line in refused.value.unmet if line.code == "MomentsInOrder")


def test_a_submission_in_the_wrong_year_is_before_the_signature(ground: Ground) -> None:
    said = told(
        ground,
        "regulatory.filing.submit",
        at("2025-03-02 10:00"),
        subject=ground.filing,
        now=at("2026-03-02 10:00"),
        party="Importer",
        recipient="regulator",
        proof=ground.paper("filing_proof"),
    )
    assert said.startswith("2025-03-02 10:00 UTC is before ")
    assert ground.filing.state == "ready"


@pytest.mark.parametrize(
    ("verb", "facts", "what"),
    [
        (
            "regulatory.filing.grant",
            {"channel": "written", "valid_from": "2026-03-11", "covers": ["patient"]},
            "the acknowledgement on 2026-03-10 10:30 UTC",
        ),
        ("regulatory.filing.refuse", {"reason": "no"}, "the acknowledgement on 2026-03-10 10:30 UTC"),
        ("regulatory.filing.record_objection", {"reason": "no"}, "the acknowledgement on 2026-03-10 10:30 UTC"),
    ],
)
def test_no_decision_is_before_the_acknowledgement(
    acknowledged: Ground, verb: str, facts: dict[str, Any], what: str
) -> None:
    letter = {"letter": acknowledged.paper("authorisation_letter")}
    said = told(
        acknowledged,
        verb,
        at("2026-03-09 10:00"),
        subject=acknowledged.filing,
        now=at("2026-03-11 09:00"),
        **facts,
        **letter,
    )
    assert said == f"2026-03-09 10:00 UTC is before {what}."


def test_a_waiver_is_not_before_the_submission(acknowledged: Ground) -> None:
    said = told(
        acknowledged,
        "regulatory.filing.waive_window",
        at("2026-03-01 10:00"),
        subject=acknowledged.filing,
        now=at("2026-03-11 09:00"),
        letter=acknowledged.paper("authorisation_letter"),
    )
    assert said == "2026-03-01 10:00 UTC is before the submission on 2026-03-02 10:00 UTC."


def test_an_answer_is_not_before_its_question(acknowledged: Ground) -> None:
    asked = at("2026-03-12 09:00")
    ask = {"subject": acknowledged.filing, "now": asked, "happened_at": asked, "text": "Which strength?"}
    acknowledged.take("regulatory.filing.receive_question", **ask)
    said = told(
        acknowledged,
        "regulatory.filing.answer_question",
        asked - timedelta(minutes=1),
        subject=acknowledged.filing,
        now=at("2026-03-13 09:00"),
        question=FilingQuestion.objects.get(filing=acknowledged.filing),
        answer="10 mg",
    )
    assert said == "2026-03-12 08:59 UTC is before question 1 on 2026-03-12 09:00 UTC."


def test_no_question_is_to_be_answered_before_it_was_asked(acknowledged: Ground) -> None:
    asked = at("2026-03-12 09:00")
    said = told(
        acknowledged,
        "regulatory.filing.receive_question",
        asked,
        subject=acknowledged.filing,
        now=asked,
        text="Which strength?",
        answer_due_on="2026-03-11",
    )
    assert said == "The day for the answer, 2026-03-11, is before the question of 2026-03-12."


def test_a_treatment_does_not_end_before_its_first_dose(acknowledged: Ground) -> None:
    event = "regulatory.pathway_event.record"
    with acting(by=acknowledged.house.coordinator, verb="tests.dose.given", business_at=acknowledged.now):
        record_event(acknowledged.case, "first_dose", at=at("2026-03-20 09:00"))
    said = told(acknowledged, event, at("2026-03-19 09:00"), name="treatment_ended", now=at("2026-03-25 09:00"))
    assert said == "2026-03-19 09:00 UTC is before first dose on 2026-03-20 09:00 UTC."


def test_silence_does_not_lapse_while_the_rules_are_in_doubt(acknowledged: Ground) -> None:
    """A question put the regulatory hold: whether the window goes on is for the authority to say."""
    asked = at("2026-03-12 09:00")
    filing = acknowledged.filing
    acknowledged.take("regulatory.filing.receive_question", subject=filing, now=asked, happened_at=asked, text="Why?")
    acknowledged.take(
        "regulatory.filing.answer_question",
        subject=acknowledged.filing,
        now=asked + timedelta(days=1),
        happened_at=asked + timedelta(days=1),
        question=FilingQuestion.objects.get(filing=filing),
        answer="Because.",
    )
    assert [hold.kind for hold in acknowledged.case.holds.filter(lifted_at=None)] == [HoldKind.REGULATORY]
    before = acknowledged.written()

    with pytest.raises(RequirementsUnmet) as refused:
        acknowledged.take("regulatory.filing.lapse", subject=acknowledged.filing, now=at("2026-06-01 09:00"))

    assert "NoHold:regulatory" in {line.code for line in refused.value.unmet}
    assert acknowledged.written() == before


@pytest.mark.parametrize("quantity", ["0", "-3"])
def test_nobody_files_for_no_quantity(ground: Ground, quantity: str) -> None:
    """A filing for none could later not lapse: its authorization would be over nothing."""
    before = ground.written()
    with pytest.raises(FactsInvalid) as refused:
        ground.take("regulatory.filing.open", kind="notification", authority="MHRA", quantity=quantity)
    assert list(refused.value.errors) == ["quantity"]
    assert ground.written() == before
    assert ground.filing.quantity == Decimal(10)

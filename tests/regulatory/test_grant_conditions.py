"""Approved with conditions: each becomes a task, a gate or a report; none can be closed as free text (edge case 27)."""

import pytest

from cases.deadlines.models import Deadline
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from regulatory.models import GrantCondition
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

SHIP = "custody.consignment.release"
LETTER = "Send the batch certificate by 1 June.\nReport the response every six months.\nShip only with a logger."


@laid
def granted(db: None) -> Ground:
    ground = build_ground("AU-SAS-B", now=at("2026-03-02 09:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="10")
    ground.submit(at("2026-03-02 10:00"))
    ground.grant(at("2026-03-04 01:00"), quantity="10", conditions=LETTER)
    ground.take("cases.case.begin_sourcing")
    ground.plan("2026-03-10", "2026-03-12")
    ground.order()
    ground.take("regulatory.authorization.assign", subject=ground.authorization, consignment=ground.consignment)
    return ground


def condition(ground: Ground, number: int) -> GrantCondition:
    return GrantCondition.objects.get(case=ground.case, number=number)


def sort(ground: Ground, number: int, **facts: object) -> None:
    ground.take("regulatory.grant_condition.sort", subject=condition(ground, number), **facts)


def meet(ground: Ground, number: int, moment: str) -> None:
    paper = ground.paper("correspondence")
    ground.take(
        "regulatory.grant_condition.meet", subject=condition(ground, number), now=at(moment), happened_at=at(moment),
        evidence=paper,
    )  # fmt: skip


def standing(ground: Ground, verb: str = SHIP) -> dict[str, tuple[str, str]]:
    """The condition lines of the checklist of releasing the consignment."""
    lines = ground.ask(verb, subject=ground.consignment)
    return {
        line.code.partition(":")[2]: (line.state, line.fact)
        for line in lines
        if line.code.startswith("GrantConditionsHold")
    }


def test_each_line_of_the_letter_is_a_record_and_free_text_keeps_back(granted: Ground) -> None:
    assert [(one.label, one.text, one.state) for one in GrantCondition.objects.order_by("number")] == [
        ("K-1", "Send the batch certificate by 1 June.", "stated"),
        ("K-2", "Report the response every six months.", "stated"),
        ("K-3", "Ship only with a logger.", "stated"),
    ]
    assert standing(granted) == {
        f"K-{number}": ("unmet", f"K-{number} is free text: say whether it is a task, a gate or a report.")
        for number in (1, 2, 3)
    }


def test_task_gate_and_report_hold_each_in_its_way(granted: Ground) -> None:
    sort(granted, 1, kind="task", due_on="2026-06-01")
    sort(granted, 2, kind="report", due_on="2026-09-04", every_months=6)
    sort(granted, 3, kind="gate")
    assert standing(granted) == {
        "K-1": ("met", "K-1 is due on Mon 1 Jun 2026."),
        "K-2": ("met", "K-2 is due on Fri 4 Sep 2026."),
        "K-3": ("unmet", "K-3 is a gate and not met."),
    }
    rows = Deadline.objects.filter(case=granted.case, kind="regulatory.grant_condition").order_by("due_on")
    assert [(row.due_on.isoformat(), row.label, row.force) for row in rows] == [
        ("2026-06-01", "A task of A-1: Send the batch certificate by 1 June.", "statutory"),
        ("2026-09-04", "A report of A-1: Report the response every six months.", "statutory"),
    ]
    meet(granted, 3, "2026-03-05 01:00")
    assert set(standing(granted)) == {"K-1", "K-2"}
    granted.now = at("2026-06-02 01:00")
    assert standing(granted)["K-1"] == ("unmet", "K-1 was due on Mon 1 Jun 2026.")


def test_a_report_is_due_again_after_its_interval_and_each_keeps_its_own_date(granted: Ground) -> None:
    sort(granted, 2, kind="report", due_on="2026-08-31", every_months=6)
    meet(granted, 2, "2026-08-30 01:00")
    rows = Deadline.objects.filter(case=granted.case, kind="regulatory.grant_condition").order_by("due_on")
    # From 31 August by six months: February has no 31st.
    assert [(row.due_on.isoformat(), row.state) for row in rows] == [("2026-08-31", "met"), ("2027-02-28", "running")]
    assert (condition(granted, 2).state, condition(granted, 2).met_at) == ("standing", at("2026-08-30 01:00"))


def test_a_report_is_not_sorted_again_to_a_day_that_is_met(granted: Ground) -> None:
    """That day's deadline has ended: nobody would be reminded of the next report."""
    sort(granted, 2, kind="report", due_on="2026-08-31", every_months=6)
    meet(granted, 2, "2026-08-30 01:00")
    with pytest.raises(RequirementsUnmet) as refused:
        sort(granted, 2, kind="report", due_on="2026-08-31", every_months=6)
    assert [line.fact for line in refused.value.unmet] == [
        "What was due on Mon 31 Aug 2026 is met already. Give the next day."
    ]
    assert str(condition(granted, 2).due_on) == "2027-02-28"


def test_a_task_that_is_met_ends_and_meets_its_date(granted: Ground) -> None:
    sort(granted, 1, kind="task", due_on="2026-06-01")
    meet(granted, 1, "2026-05-30 01:00")
    (row,) = Deadline.objects.filter(case=granted.case, kind="regulatory.grant_condition")
    assert (row.state, row.met_at, condition(granted, 1).state) == ("met", at("2026-05-30 01:00"), "met")


def test_its_date_is_met_by_meeting_it_and_by_no_other_way(granted: Ground) -> None:
    """Else the date would end, the report would stand, and nobody would hear of the next one."""
    sort(granted, 2, kind="report", due_on="2026-09-04", every_months=6)
    (row,) = Deadline.objects.filter(case=granted.case, kind="regulatory.grant_condition")
    paper = granted.paper("supply_record")
    before = granted.written()
    with pytest.raises(NotPossible):
        granted.take("regulatory.duty.discharge", deadline=row, happened_at=granted.now, evidence=paper)
    assert (Deadline.objects.get(pk=row.pk).state, condition(granted, 2).state, granted.written()) == (
        "running",
        "standing",
        before,
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"kind": "task"}, "No day was given. Where the letter names none, take one and say so in a note."),
        (
            {"kind": "report", "due_on": "2026-09-04"},
            "No interval was given: after how many months is the next report due?",
        ),
    ],
)  # fmt: skip
def test_what_is_sorted_by_halves_is_refused(granted: Ground, facts: dict[str, str], told: str) -> None:
    before = granted.written()
    with pytest.raises(RequirementsUnmet) as refused:
        sort(granted, 1, **facts)
    assert [line.fact for line in refused.value.unmet] == [told]
    assert (condition(granted, 1).state, granted.written()) == ("stated", before)


def test_a_case_is_not_closed_over_free_text_and_a_lifted_condition_asks_nothing(granted: Ground) -> None:
    close = {"outcome": "withdrawn", "reason": "The family decided otherwise."}
    with pytest.raises(RequirementsUnmet) as refused:
        granted.take("cases.case.close", **close)
    assert {line.code: line.fact for line in refused.value.unmet} == {
        "NoConsignmentUnderWay": "C-1 is ordered: allocate it, or cancel it.",
        "GrantConditionsSettled": "Not settled: K-1, K-2, K-3.",
    }
    granted.take("custody.consignment.cancel", subject=granted.consignment, reason="The order was withdrawn.")
    sort(granted, 1, kind="task", due_on="2026-06-01")
    for number in (2, 3):
        granted.take("regulatory.grant_condition.lift", subject=condition(granted, number), reason="Letter of 5 March.")
    granted.take("cases.case.close", **close)
    (row,) = Deadline.objects.filter(case=granted.case, kind="regulatory.grant_condition")
    assert row.is_open  # what is owed to an authority outlives the case


def test_a_telephone_decision_is_read_back_apart_from_its_conditions(db: None) -> None:
    ground = build_ground("AU-SAS-B", now=at("2026-03-02 09:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="10")
    ground.submit(at("2026-03-02 10:00"))
    told = {"channel": "telephone", "letter": None, "quantity": "10"}
    with pytest.raises(RequirementsUnmet) as refused:
        ground.grant(at("2026-03-04 01:00"), **told, conditions="Ship within a week.")
    assert [line.code for line in refused.value.unmet] == ["DecisionHasLetter"]
    ground.grant(at("2026-03-04 01:00"), **told, read_back="M. Invented at extension 12, read back.")
    assert ground.authorization.read_back == "M. Invented at extension 12, read back."
    assert GrantCondition.objects.count() == 0

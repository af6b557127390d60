"""A recall stops every pack within reach at once, writes to all concerned, and closes when all is accounted for."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.custody.ledger import record_act
from cases.custody.models import CustodyEvent, Recall, RecalledCase, RecalledPack, RecallLetter
from cases.custody.recalls.clocks import answer_due_at
from cases.custody.recalls.reach import Reach
from cases.custody.recalls.services import (
    close_recall,
    open_recall,
    stop_recall,
    tell_recall,
    withdraw_recall,
)
from cases.custody.recalls.standing import effectiveness_of, letters_of, packs_of
from cases.deadlines.models import Deadline
from cases.deadlines.sweep import sweep
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible, RequirementsUnmet
from cases.models import CaseEvent
from cases.notices.models import Notice
from tests.cases.custody.builders import DECIDED, DISPENSED, GTIN, Supply
from tests.cases.custody.recalls.ground import (
    LOT,
    NOTICE,
    OPENED,
    STOPPED,
    TOLD,
    answer_all,
    locate,
    opened,
    stopped,
    told,
)

LATER = TOLD + timedelta(hours=5)


@pytest.mark.usefixtures("accepted")
def test_opening_traces_every_pack_to_its_case_and_stops_nothing(supply: Supply) -> None:
    recall = opened(supply)

    assert (recall.label, recall.state) == ("RC-1", "opened")
    (part,) = recall.parts.all()
    assert (part.case, part.label, part.state) == (supply.case, "RC-1", "traced")
    assert [str(row.unit.serial) for row in part.packs.all()] == ["SN-1-1", "SN-1-2"]
    assert supply.dispense().state == "dispensed"


@pytest.mark.parametrize(
    ("state", "act"),
    [("allocated", "release"), ("released", "dispatch"), ("accepted", "dispense")],
)
def test_a_stopped_pack_does_not_move_on(supply: Supply, state: str, act: str) -> None:
    supply.bring_to(state)
    recall = stopped(supply)
    before = (CustodyEvent.objects.count(), CaseEvent.objects.count(), Notice.objects.count())

    with pytest.raises(RequirementsUnmet) as refused:
        getattr(supply, act)()

    (line,) = [line for line in refused.value.unmet if line.code.startswith("NoRecallStands")]
    assert (line.code, line.fact) == ("NoRecallStands:RC-1", "RC-1 over lot 7K04B8 stops SN-1-1, SN-1-2.")
    assert line.satisfied_by == "a pharmacist in charge, by closing or withdrawing the recall"
    assert supply.consignment().state == state
    assert (CustodyEvent.objects.count(), CaseEvent.objects.count(), Notice.objects.count()) == before
    assert recall.parts.get().state == "stopped"


@pytest.mark.usefixtures("arrived")
def test_a_stopped_pack_is_neither_released_from_quarantine_nor_accepted_but_rejected(supply: Supply) -> None:
    supply.inspect()
    supply.measure()
    stopped(supply)

    for act in (supply.decide, supply.accept):
        with pytest.raises(RequirementsUnmet) as refused:
            act()
        assert "NoRecallStands:RC-1" in [line.code for line in refused.value.unmet]
    supply.decide("reject_destroy")
    assert supply.do("reject", by=supply.house.coordinator, now=DECIDED, reason="Recalled.").state == "rejected"


@pytest.mark.usefixtures("accepted")
def test_a_pack_of_a_recalled_lot_is_not_allocated_anew(supply: Supply) -> None:
    stopped(supply)
    supply.plan()
    supply.order(number=2)

    with pytest.raises(RequirementsUnmet) as refused:
        supply.allocate(number=2)

    assert [line.code for line in refused.value.unmet] == ["NoRecallStands:RC-1"]


@pytest.mark.usefixtures("accepted")
def test_the_database_itself_refuses_a_stopped_pack_whoever_writes(supply: Supply) -> None:
    stopped(supply)

    with (
        acting(by=supply.house.coordinator, verb="tests.forced", business_at=DISPENSED),
        pytest.raises(DatabaseError, match="unit SN-1-1 is stopped by a recall"),
        transaction.atomic(),
    ):
        record_act(
            supply.consignment(), "dispense", by=supply.house.coordinator, event_at=DISPENSED, now=DISPENSED,
            place="ward", holder="the patient", zone="UTC",
        )  # fmt: skip


@pytest.mark.usefixtures("allocated")
def test_a_recall_of_one_serial_stops_that_pack_of_its_lot_alone(supply: Supply) -> None:
    supply.bring_to("allocated", number=2)
    recall = stopped(supply, lots=[Reach(GTIN, LOT, "SN-2-1")])

    assert [row.unit.serial for row, _ in packs_of(recall)] == ["SN-2-1"]
    assert supply.release(number=1).state == "released"
    with pytest.raises(RequirementsUnmet) as refused:
        supply.release(number=2)
    assert [line.fact for line in refused.value.unmet] == ["RC-1 over lot 7K04B8 stops SN-2-1."]


def test_a_lot_of_which_nothing_is_on_file_is_recalled_and_closed_with_no_pack(supply: Supply) -> None:
    recall = told(supply, lots=[Reach(GTIN, "NOT-OURS")])

    closed = close_recall(recall, conclusion="We never held it.", by=supply.house.pic, now=LATER)

    assert (closed.state, closed.parts.count()) == ("closed", 0)
    assert effectiveness_of(closed, [], []).sentence() == "No pack within reach is on file."


@pytest.mark.usefixtures("dispensed")
def test_what_was_allocated_between_opening_and_stopping_is_stopped_too(supply: Supply) -> None:
    recall = opened(supply)
    supply.bring_to("allocated", number=2)

    stop_recall(recall, by=supply.house.coordinator, now=STOPPED)

    assert [row.unit.serial for row, _ in packs_of(recall)] == ["SN-1-1", "SN-1-2", "SN-2-1", "SN-2-2"]


@pytest.mark.usefixtures("dispensed")
def test_letters_are_written_per_role_and_name_no_patient(supply: Supply) -> None:
    recall = told(supply)

    letters = letters_of(recall)
    assert [(one.label, one.role, one.addressee) for one in letters] == [
        ("RL-1", "prescriber", supply.house.doctor.display_name),
        ("RL-2", "institution", "Fairhaven General Hospital"),
        ("RL-3", "patient", "the patient, through the prescriber"),
        ("RL-4", "supplier", "Northway Invented Wholesale"),
    ]
    first = letters[0]
    assert first.title == "Recall RC-1: orvelumab 150 mg/mL, lot 7K04B8"
    assert f"for your patient of case {supply.case.reference}." in first.text
    assert f"GTIN {GTIN}, lot 7K04B8, serial SN-1-2, expiry 2027-08-31" in first.text
    assert "Class I: serious harm or death is likely." in first.text
    assert "What is wrong: Particles were seen in vials of this lot." in first.text
    assert "DRILL" not in "".join(one.text for one in letters)
    assert not [one for one in letters if "Ada" in one.text or "Example1" in one.text or "1987" in one.text]


@pytest.mark.usefixtures("dispensed")
def test_each_reader_is_told_through_the_outbox_without_medicine_or_lot(supply: Supply) -> None:
    told(supply)

    notices = Notice.objects.filter(kind="custody.recall_letter").order_by("id")
    assert [(one.recipient, one.facts) for one in notices] == [
        (supply.house.doctor, {"record": "RL-1", "own": True}),
        (supply.house.receiving, {"record": "RL-2", "own": True}),
        (supply.house.doctor, {"record": "RL-3", "own": True}),
        (supply.house.coordinator, {"record": "RL-4", "own": False}),
    ]
    assert "orvelumab" not in json.dumps([one.facts for one in notices])


@pytest.mark.usefixtures("dispensed")
def test_a_supplier_is_written_to_once_in_a_recall_of_several_cases(supply: Supply) -> None:
    recall = told(supply)

    assert RecallLetter.objects.filter(part__recall=recall, role="supplier").count() == 1


@pytest.mark.usefixtures("dispensed")
def test_who_has_not_answered_is_waited_for_reminded_and_escalated(supply: Supply) -> None:
    recall = told(supply)

    due = Deadline.objects.get(key="custody.recall_answer:RL-1")
    # Told on Friday 6 March 2026 in London; class I gives 24 hours, and Saturday counts.
    assert (due.due_on.isoformat(), due.holder, due.get_force_display()) == (
        "2026-03-07", supply.house.doctor, "house target",
    )  # fmt: skip
    assert due.due_at == TOLD + timedelta(hours=24)
    assert due.computation["rule"]["rule_version"] == "house rule C-56, version 2"
    supplier = Deadline.objects.get(key="custody.recall_answer:RL-4")
    assert supplier.holder_party == "Northway Invented Wholesale"
    sweep(now=due.due_at + timedelta(days=1, minutes=1))
    assert Deadline.objects.get(pk=due.pk).state == "missed"
    reminded = {one.recipient for one in due.reminders.select_related("recipient")}
    assert reminded >= {supply.house.coordinator, supply.house.pic}

    answer_all(supply, recall, at=due.due_at + timedelta(days=1, minutes=2))

    assert Deadline.objects.get(pk=due.pk).state == "met_late"
    letter = RecallLetter.objects.get(number=1)
    assert (letter.state, letter.answer) == ("answered", "Read. Nothing of it is given.")
    assert effectiveness_of(recall, packs_of(recall), letters_of(recall)).late == 4


@pytest.mark.parametrize(
    ("recall_class", "due_at"),
    [
        ("class_1", TOLD + timedelta(hours=24)),
        ("none", TOLD + timedelta(hours=24)),
        # Friday 6 March in London: the third and the fifth working day, to their end.
        ("class_2", datetime(2026, 3, 11, 23, 59, 59, 999999, tzinfo=UTC)),
        ("class_3", datetime(2026, 3, 13, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_an_answer_is_due_by_the_class_and_the_gravest_counts_through_the_weekend(
    supply: Supply, recall_class: str, due_at: datetime
) -> None:
    assert answer_due_at(supply.case, recall_class, TOLD) == due_at


@pytest.mark.usefixtures("dispensed")
def test_the_prescriber_answers_the_own_letter_and_no_other(supply: Supply) -> None:
    recall = told(supply)
    own, theirs = RecallLetter.objects.get(role="prescriber"), RecallLetter.objects.get(role="institution")
    facts = {"answer": "The patient stopped today.", "answered_at": LATER}

    supply.take("custody.recall_letter.answer", by=supply.house.doctor, now=LATER, subject=own, **facts)
    with pytest.raises(RequirementsUnmet) as refused:
        supply.take("custody.recall_letter.answer", by=supply.house.doctor, now=LATER, subject=theirs, **facts)

    assert [line.fact for line in refused.value.unmet] == ["RL-2 was written to Fairhaven General Hospital."]
    assert [one.state for one in letters_of(recall)] == ["answered", "waiting", "waiting", "waiting"]


@pytest.mark.usefixtures("dispensed")
def test_an_answer_is_not_from_before_the_letter_nor_still_to_come(supply: Supply) -> None:
    told(supply)
    letter = RecallLetter.objects.get(role="prescriber")

    for wrong in (TOLD - timedelta(minutes=1), LATER + timedelta(minutes=1)):
        with pytest.raises(RequirementsUnmet) as refused:
            supply.take(
                "custody.recall_letter.answer", by=supply.house.pic, now=LATER, subject=letter,
                answer="Read.", answered_at=wrong,
            )  # fmt: skip
        assert [line.code for line in refused.value.unmet] == ["AnsweredByItsReader"]
    assert RecallLetter.objects.get(pk=letter.pk).state == "waiting"


@pytest.mark.usefixtures("dispensed")
def test_packs_are_located_as_the_ledger_says(supply: Supply) -> None:
    recall = told(supply)

    locate(supply, recall, "administered", "SN-1-1", at=LATER)
    with pytest.raises(RequirementsUnmet) as refused:
        supply.bring_to("arrived", number=2)  # a further lot would be needed: the recalled one is stopped
    assert "NoRecallStands:RC-1" in [line.code for line in refused.value.unmet]
    locate(supply, recall, "found", "SN-1-2", at=LATER)

    known = effectiveness_of(recall, packs_of(recall), letters_of(recall))
    assert (known.traced, known.administered, known.found, known.missing, known.percent_back) == (2, 1, 1, 0, 50)
    assert known.located_at == LATER
    assert Deadline.objects.get(key="custody.recall_packs:RC-1").state == "met"
    pack = RecalledPack.objects.get(unit__serial="SN-1-2")
    assert (pack.located_by, pack.remark) == (supply.house.receiving, "Ward 4, refrigerator.")


@pytest.mark.usefixtures("arrived")
def test_a_pack_in_quarantine_cannot_have_been_given(supply: Supply) -> None:
    recall = told(supply)

    with pytest.raises(RequirementsUnmet) as refused:
        locate(supply, recall, "administered", "SN-1-1", at=LATER)

    assert [line.fact for line in refused.value.unmet] == [
        "SN-1-1 is in quarantine in the custody ledger, not given to the patient."
    ]
    assert RecalledPack.objects.exclude(outcome="").count() == 0


@pytest.mark.usefixtures("arrived")
def test_what_the_ledger_ended_needs_nobody_to_say_it(supply: Supply) -> None:
    recall = told(supply)

    supply.do("destroy", by=supply.house.pic, now=LATER, reason="Recalled.", witness=supply.house.second_pharmacist)

    known = effectiveness_of(recall, packs_of(recall), letters_of(recall))
    assert (known.destroyed, known.missing, known.percent_back) == (2, 0, 100)


@pytest.mark.usefixtures("dispensed")
def test_is_closed_by_the_pharmacist_in_charge_when_all_is_accounted_for(supply: Supply) -> None:
    recall = told(supply)
    reference = supply.case.reference

    with pytest.raises(RequirementsUnmet) as refused:
        close_recall(recall, conclusion="Done.", by=supply.house.pic, now=LATER)
    assert {line.code: line.fact for line in refused.value.unmet} == {
        f"EveryPackLocated:{reference}": "Not known: SN-1-1, SN-1-2.",
        f"EveryLetterSettled:{reference}": f"Not answered: RL-1 to {supply.house.doctor.display_name}; RL-2 to "
        "Fairhaven General Hospital; RL-3 to the patient, through the prescriber; RL-4 to Northway Invented Wholesale.",
    }
    assert Recall.objects.get().state == "told"

    locate(supply, recall, "administered", "SN-1-1", at=LATER)
    locate(supply, recall, "found", "SN-1-2", at=LATER)
    answer_all(supply, recall, at=LATER)
    with pytest.raises(NotPermitted):
        close_recall(recall, conclusion="Done.", by=supply.house.coordinator, now=LATER)
    with pytest.raises(FactsInvalid):
        close_recall(recall, conclusion=" ", by=supply.house.pic, now=LATER)
    closed = close_recall(recall, conclusion="One pack came back.", by=supply.house.pic, now=LATER)

    assert (closed.state, closed.parts.get().state, closed.conclusion) == ("closed", "ended", "One pack came back.")
    told_events = list(CaseEvent.objects.filter(verb__startswith="custody.recall").values_list("verb", "subject"))
    assert told_events == [
        ("custody.recall.stopped", "RC-1"),
        ("custody.recall.told", "RC-1"),
        ("custody.recall.packs_located", "RC-1"),
        ("custody.recall.packs_located", "RC-1"),
        ("custody.recall_letter.answered", "RL-1"),
        ("custody.recall_letter.answered", "RL-2"),
        ("custody.recall_letter.answered", "RL-3"),
        ("custody.recall_letter.answered", "RL-4"),
        ("custody.recall.ended", "RC-1"),
    ]
    assert not Deadline.objects.filter(kind__startswith="custody.recall", state__in=("running", "missed")).exists()


@pytest.mark.usefixtures("dispensed")
def test_a_letter_is_given_up_only_after_its_day_and_counts_as_not_answered(supply: Supply) -> None:
    recall = told(supply)
    letter = RecallLetter.objects.get(role="supplier")
    give_up = {"by": supply.house.pic, "subject": letter, "reason": "Three calls, nobody answers."}

    with pytest.raises(RequirementsUnmet) as refused:
        supply.take("custody.recall_letter.give_up", now=LATER, **give_up)
    assert [line.code for line in refused.value.unmet] == ["GivenUpAfterItsDay"]
    supply.take("custody.recall_letter.give_up", now=letter.due_at + timedelta(minutes=1), **give_up)

    known = effectiveness_of(recall, packs_of(recall), letters_of(recall))
    assert (known.answered, known.given_up, known.waiting, known.needed, known.is_checked) == (0, 1, 3, 4, False)
    assert Deadline.objects.get(key="custody.recall_answer:RL-4").state == "cancelled"


@pytest.mark.usefixtures("accepted")
def test_one_that_is_withdrawn_frees_its_packs_and_waits_for_nobody(supply: Supply) -> None:
    recall = told(supply)

    withdrawn = withdraw_recall(recall, conclusion="Another lot was meant.", by=supply.house.pic, now=LATER)

    assert (withdrawn.state, withdrawn.parts.get().state) == ("withdrawn", "withdrawn")
    assert {one.state for one in letters_of(recall)} == {"withdrawn"}
    assert supply.do("dispense", by=supply.house.receiving, now=LATER, dispensed_at=LATER).state == "dispensed"
    assert not Deadline.objects.filter(kind__startswith="custody.recall", state="running").exists()


@pytest.mark.usefixtures("accepted")
def test_is_not_stopped_twice_nor_told_before(supply: Supply) -> None:
    recall = opened(supply)

    with pytest.raises(NotPossible, match="RC-1 is opened"):
        tell_recall(recall, by=supply.house.coordinator, now=TOLD)
    stop_recall(recall, by=supply.house.coordinator, now=STOPPED)
    with pytest.raises(NotPossible, match="RC-1 is packs stopped"):
        stop_recall(recall, by=supply.house.coordinator, now=STOPPED)
    assert RecalledCase.objects.get().state == "stopped"


@pytest.mark.parametrize("who", ["receiving", "administrator", "auditor", "doctor"])
def test_is_opened_by_pharmacists_alone(supply: Supply, who: str) -> None:
    with pytest.raises(NotPermitted, match="may not open a recall"):
        open_recall(NOTICE, [Reach(GTIN, LOT)], by=getattr(supply.house, who), now=OPENED)
    assert Recall.objects.count() == 0


def test_the_standing_recalls_are_looked_up_once_for_a_consignment(supply: Supply) -> None:
    from cases.custody.recalls.reach import standing_over

    supply.bring_to("accepted")
    stopped(supply)
    with CaptureQueriesContext(connection) as captured:
        found = standing_over(supply.house.pharmacy.pk, [Reach(GTIN, LOT, f"SN-{n}") for n in range(50)])
    assert (len(captured), len(found)) == (1, 50)

"""A drill takes the whole way of a recall with a stopwatch; it stops nothing, sends nothing, and says DRILL."""

from datetime import timedelta

import pytest

from cases.custody.recalls.effectiveness import stopwatch
from cases.custody.recalls.services import close_recall
from cases.custody.recalls.standing import effectiveness_of, letters_of, packs_of
from cases.deadlines.models import Deadline
from cases.lifecycle.telling import tell
from cases.models import CaseEvent
from cases.notices.models import Notice
from tests.cases.custody.builders import Supply
from tests.cases.custody.recalls.ground import OPENED, TOLD, answer_all, locate, told

LATER = TOLD + timedelta(hours=5)


@pytest.mark.usefixtures("accepted")
def test_stops_nothing_and_sends_nothing(supply: Supply) -> None:
    before = (Notice.objects.count(), Deadline.objects.count())

    recall = told(supply, drill=True)

    assert (Notice.objects.count(), Deadline.objects.count()) == before
    assert (recall.label, recall.parts.get().state) == ("DRILL RC-1", "told")
    assert supply.do("dispense", by=supply.house.receiving, now=LATER, dispensed_at=LATER).state == "dispensed"


@pytest.mark.usefixtures("dispensed")
def test_is_called_a_drill_wherever_it_is_named(supply: Supply) -> None:
    recall = told(supply, drill=True)

    letters = letters_of(recall)
    assert {one.label for one in letters} == {"DRILL RL-1", "DRILL RL-2", "DRILL RL-3", "DRILL RL-4"}
    assert all(one.title.startswith("DRILL: ") and one.text.startswith("DRILL. ") for one in letters)
    told_of = [tell(event) for event in CaseEvent.objects.filter(verb__startswith="custody.recall")]
    assert told_of == ["Recall DRILL RC-1 stopped", "Recall DRILL RC-1 told"]


@pytest.mark.usefixtures("dispensed")
def test_is_timed_to_all_located_and_to_all_answered(supply: Supply) -> None:
    recall = told(supply, drill=True)
    locate(supply, recall, "administered", "SN-1-1", at=TOLD + timedelta(minutes=9))
    assert effectiveness_of(recall, packs_of(recall), letters_of(recall)).located_at is None
    locate(supply, recall, "not_found", "SN-1-2", at=TOLD + timedelta(minutes=30, seconds=7))
    answer_all(supply, recall, at=LATER)

    known = effectiveness_of(recall, packs_of(recall), letters_of(recall))
    assert known.located_at is not None
    assert known.answered_at is not None
    assert stopwatch(OPENED, known.located_at) == "50 min 07 s"
    assert stopwatch(OPENED, known.answered_at) == "5 h 20 min"
    assert close_recall(recall, conclusion="Done in time.", by=supply.house.pic, now=LATER).state == "closed"

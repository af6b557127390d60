"""An event is told in a sentence that reads as one."""

import pytest

from cases.lifecycle.telling import tell
from cases.models import CaseEvent


@pytest.mark.parametrize(
    ("verb", "subject", "sentence"),
    [
        ("cases.case.opened", "", "Case opened"),
        ("cases.case.filing_begun", "", "Regulatory filing begun"),
        ("cases.case.authorization_awaited", "", "Waits for the authority"),
        ("regulatory.filing.submitted", "F-2", "Filing F-2 submitted"),
        ("regulatory.filing.objected", "F-1", "Filing F-1 met with an objection"),
        ("regulatory.condition.answered", "", "Condition of the pathway answered"),
        ("regulatory.duty.discharged", "", "Duty recorded as done"),
        ("regulatory.emergency.confirmed", "C-1", "Emergency of C-1 confirmed"),
        ("custody.consignment.temperature_recorded", "C-1", "Consignment C-1 temperature recorded"),
    ],
)
def test_every_event_has_its_sentence(verb: str, subject: str, sentence: str) -> None:
    assert tell(CaseEvent(verb=verb, subject=subject)) == sentence


def test_what_became_of_a_standing_authority_is_told_from_its_facts() -> None:
    facts = {"authorization": "Standing authority AP-7", "state": "in_force"}
    event = CaseEvent(verb="regulatory.standing_authority.announced", facts=facts)
    assert tell(event) == "Standing authority AP-7 in force"
    assert tell(CaseEvent(verb="regulatory.standing_authority.announced")) == "Case announced"

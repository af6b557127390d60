"""An override: asked by the pharmacist in charge, confirmed by another person, serves once, stays on record."""

import pytest

from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.models import Case, Override
from pharmacovigilance.models import CaseVersion
from tests.cases.custody.builders import build_supply
from tests.factories import House
from tests.laid import laid
from tests.pharmacovigilance.builders import LOCKED, Safety

NOW = LOCKED
LOCK = "pharmacovigilance.version.lock"
ASKED = {
    "verb": LOCK,
    "record": "V-1",
    "requirement": "NarrativeWritten",
    "reason": "Nobody else is on duty and the report is due tonight.",
}


@laid
def safety(db: None) -> Safety:
    """A report that was assessed without a narrative."""
    safety = Safety(build_supply())
    safety.attach(safety.receive())
    safety.assess(narrative="")
    return safety


@laid
def house(safety: Safety) -> House:
    return safety.supply.house


@laid
def case(safety: Safety) -> Case:
    return safety.supply.case


def test_the_requirement_stands_until_a_second_person_confirms(house: House, case: Case, safety: Safety) -> None:
    with pytest.raises(RequirementsUnmet) as first:
        advance(case, LOCK, by=house.pic, now=NOW, subject=safety.version())
    assert [line.code for line in first.value.unmet] == ["NarrativeWritten"]
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    with pytest.raises(RequirementsUnmet):
        advance(case, LOCK, by=house.pic, now=NOW, subject=safety.version())
    assert safety.version().state == "assessed"


def test_the_person_who_asked_cannot_confirm(house: House, case: Case) -> None:
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    proposed = Override.objects.get(case=case)
    with pytest.raises(RequirementsUnmet) as caught:
        advance(case, "cases.override.confirm", by=house.pic, now=NOW, subject=proposed)
    assert [line.code for line in caught.value.unmet] == ["SecondPersonIsAnother"]
    assert Override.objects.get(case=case).state == "proposed"


def test_a_confirmed_override_serves_once_and_both_names_stay_with_the_event(
    house: House, case: Case, safety: Safety
) -> None:
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    advance(case, "cases.override.confirm", by=house.coordinator, now=NOW, subject=Override.objects.get(case=case))
    event = advance(case, LOCK, by=house.pic, now=NOW, subject=safety.version())
    line = next(line for line in event.checklist if line["code"] == "NarrativeWritten")
    assert line["state"] == "overridden"
    assert line["override"] == {
        "reason": ASKED["reason"],
        "by": house.pic.code,
        "second_person": house.coordinator.code,
    }
    assert Override.objects.get(case=case).state == "used"

    safety.follow_up(now=NOW)
    safety.assess(2, now=NOW, narrative="")
    with pytest.raises(RequirementsUnmet):
        advance(case, LOCK, by=house.pic, now=NOW, subject=CaseVersion.objects.get(case=case, number=2))


def test_a_declined_override_cannot_be_confirmed_any_more(house: House, case: Case) -> None:
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    advance(case, "cases.override.decline", by=house.coordinator, now=NOW, subject=Override.objects.get(case=case))
    with pytest.raises(NotPossible):
        advance(case, "cases.override.confirm", by=house.coordinator, now=NOW, subject=Override.objects.get(case=case))


def test_a_requirement_that_may_not_be_overridden_is_refused(house: House, case: Case) -> None:
    with pytest.raises(RequirementsUnmet) as caught:
        advance(
            case,
            "cases.override.propose",
            by=house.pic,
            now=NOW,
            facts=ASKED | {"requirement": "LotKnownOrReason"},
        )
    assert [line.code for line in caught.value.unmet] == ["OverrideIsAllowed"]
    assert not Override.objects.filter(case=case).exists()

"""An override: asked by the pharmacist in charge, confirmed by another person, serves once, stays on record."""

import pytest

from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.models import Case, Override
from regulatory.models import Review
from tests.factories import NOW, House, build_case, build_house, sign_determination

pytestmark = pytest.mark.django_db
ASKED = {
    "verb": "regulatory.review.pass",
    "record": "R-1",
    "requirement": "ReviewerIsAnother",
    "reason": "Nobody else is on duty and the patient is mid-course.",
}


@pytest.fixture
def house() -> House:
    return build_house()


@pytest.fixture
def case(house: House) -> Case:
    case = build_case(house)
    sign_determination(house, case)
    advance(case, "regulatory.review.request", by=house.pic, now=NOW, facts={"kind": "clinical"})
    return case


def test_the_requirement_stands_until_a_second_person_confirms(house: House, case: Case) -> None:
    review = Review.objects.get(case=case)
    with pytest.raises(RequirementsUnmet) as first:
        advance(case, "regulatory.review.pass", by=house.pic, now=NOW, subject=review)
    assert [line.code for line in first.value.unmet] == ["ReviewerIsAnother"]
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    with pytest.raises(RequirementsUnmet):
        advance(case, "regulatory.review.pass", by=house.pic, now=NOW, subject=review)
    assert Review.objects.get(case=case).state == "requested"


def test_the_person_who_asked_cannot_confirm(house: House, case: Case) -> None:
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    proposed = Override.objects.get(case=case)
    with pytest.raises(RequirementsUnmet) as caught:
        advance(case, "cases.override.confirm", by=house.pic, now=NOW, subject=proposed)
    assert [line.code for line in caught.value.unmet] == ["SecondPersonIsAnother"]
    assert Override.objects.get(case=case).state == "proposed"


def test_a_confirmed_override_serves_once_and_both_names_stay_with_the_event(house: House, case: Case) -> None:
    advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=ASKED)
    advance(case, "cases.override.confirm", by=house.coordinator, now=NOW, subject=Override.objects.get(case=case))
    event = advance(case, "regulatory.review.pass", by=house.pic, now=NOW, subject=Review.objects.get(case=case))
    line = next(line for line in event.checklist if line["code"] == "ReviewerIsAnother")
    assert line["state"] == "overridden"
    assert line["override"] == {
        "reason": ASKED["reason"],
        "by": house.pic.code,
        "second_person": house.coordinator.code,
    }
    assert Override.objects.get(case=case).state == "used"

    advance(case, "regulatory.review.request", by=house.pic, now=NOW, facts={"kind": "regulatory"})
    with pytest.raises(RequirementsUnmet):
        advance(case, "regulatory.review.pass", by=house.pic, now=NOW, subject=Review.objects.get(case=case, number=2))


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
            facts=ASKED | {"requirement": "ReviewIsOfTheStandingText"},
        )
    assert [line.code for line in caught.value.unmet] == ["OverrideIsAllowed"]
    assert not Override.objects.filter(case=case).exists()

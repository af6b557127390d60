"""Reviews: of the text that stands, decided by a pharmacist in charge who did not ask for it."""

import pytest

from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from cases.models import Override
from cases.notices.models import Notice
from regulatory.models import Review
from tests.regulatory.ground import Ground, at, build_ground


@pytest.fixture
def ground(db: None) -> Ground:
    return build_ground("UK-SPECIALS", now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")


def ask(ground: Ground, **more: object) -> Review:
    ground.take("regulatory.review.request", kind="clinical", **more)
    return Review.objects.get(case=ground.case)


def test_the_pharmacist_in_charge_hears_of_it_and_has_two_working_days(ground: Ground) -> None:
    review = ask(ground)
    assert (review.state, review.determination.label) == ("requested", "N-1")
    assert (ground.deadline("review").due_on.isoformat(), ground.deadline("review").holder_role) == (
        "2026-03-04",
        "pharmacist_in_charge",
    )
    told = Notice.objects.get(case=ground.case, kind="regulatory.review_requested")
    assert told.recipient == ground.house.pic


@pytest.mark.parametrize(("verb", "state"), [("pass", "passed"), ("send_back", "returned"), ("decline", "declined")])
def test_each_end_is_recorded_with_name_and_reason(ground: Ground, verb: str, state: str) -> None:
    review = ask(ground)
    said = {} if verb == "pass" else {"reason": "The dose is missing."}
    ground.take(f"regulatory.review.{verb}", by=ground.house.pic, subject=review, **said)
    review = Review.objects.get(pk=review.pk)
    assert (review.state, review.decided_by, review.remarks) == (state, ground.house.pic, said.get("reason", ""))
    assert ground.deadline("review").state == "met"


def test_nobody_decides_what_they_asked_for(ground: Ground) -> None:
    review = ask(ground, by=ground.house.pic)
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take("regulatory.review.pass", by=ground.house.pic, subject=review)
    assert [(line.code, line.overridable) for line in refused.value.unmet] == [("ReviewerIsAnother", True)]
    assert (Review.objects.get(pk=review.pk).state, ground.written()) == ("requested", before)


def test_a_house_with_one_pharmacist_in_charge_takes_a_second_person(ground: Ground) -> None:
    review = ask(ground, by=ground.house.pic)
    ground.take(
        "cases.override.propose",
        by=ground.house.pic,
        verb="regulatory.review.pass",
        record="R-1",
        requirement="ReviewerIsAnother",
        reason="There is no other pharmacist in charge this week.",
    )
    asked = Override.objects.get(case=ground.case)
    ground.take("cases.override.confirm", by=ground.house.second_pharmacist, subject=asked)
    event = ground.take("regulatory.review.pass", by=ground.house.pic, subject=review)
    line = next(line for line in event.checklist if line["code"] == "ReviewerIsAnother")
    assert (line["state"], line["override"]["second_person"]) == ("overridden", ground.house.second_pharmacist.code)


def test_a_coordinating_pharmacist_does_not_decide(ground: Ground) -> None:
    review = ask(ground)
    with pytest.raises(NotPermitted):
        ground.take("regulatory.review.pass", by=ground.house.second_pharmacist, subject=review)
    assert Review.objects.get(pk=review.pk).state == "requested"

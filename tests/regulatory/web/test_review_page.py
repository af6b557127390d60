"""The page of a review keeps answers while they are typed: what came of it is one line, never a page in a page."""

import pytest
from django.test import Client

from cases.models import CaseEvent
from regulatory.reviewing.sheet import sheet_of
from tests.factories import PASSWORD, answer_checklist
from tests.house.test_urls import BACKEND
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

WHILE_TYPING = {"HX-Request": "true"}


@laid
def ground(db: None) -> Ground:
    built = build_ground("UK-SPECIALS", now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")
    built.take("regulatory.review.request", kind="clinical")
    return built


@pytest.fixture
def page(ground: Ground) -> str:
    return f"/cases/{ground.case.reference}/reviews/{ground.case.reviews.latest('number').label}/"


@pytest.fixture
def reviewer(client: Client, ground: Ground) -> Client:
    client.force_login(ground.house.pic, backend=BACKEND)
    return client


def test_what_was_kept_is_told_in_one_line(reviewer: Client, page: str, ground: Ground) -> None:
    read = sheet_of(ground.case.reviews.latest("number"), now=ground.now).fingerprint
    typed = {"answer:CL-04": "no", "note:CL-04": "Twice the dose.", "fingerprint": read}
    kept = reviewer.post(page, typed, headers=WHILE_TYPING)
    line = kept.content.decode()
    assert (kept.status_code, "1 of 12 items answered, 1 with no. Kept at" in line, "<html" in line) == (
        200,
        True,
        False,
    )


def test_what_cannot_be_kept_is_named_in_one_line(reviewer: Client, page: str) -> None:
    refused = reviewer.post(page, {"answer:CL-04": "perhaps"}, headers=WHILE_TYPING)
    line = refused.content.decode()
    assert (refused.status_code, "<html" in line) == (422, False)
    assert "Nothing was kept. CL-04: " in line
    assert "perhaps" in line


def test_an_answer_that_comes_after_the_decision_takes_nothing_from_what_is_told_of_it(
    reviewer: Client, page: str, ground: Ground
) -> None:
    review = ground.case.reviews.latest("number")
    answer_checklist(review, by=ground.house.pic, now=ground.now)
    signed = {"act": "sign", "decision": "regulatory.review.pass", "printed_name": "H. Lindqvist", "password": PASSWORD}
    fingerprint = sheet_of(review, now=ground.now).fingerprint
    decided = reviewer.post(page, signed | {"fingerprint": fingerprint, "form_key": "one"})
    assert (decided.status_code, CaseEvent.objects.filter(verb="regulatory.review.passed").count()) == (302, 1)

    late = reviewer.post(page, {"answer:CL-04": "no", "note:CL-04": "Twice."}, headers=WHILE_TYPING)
    assert (late.status_code, "<html" in late.content.decode()) == (409, False)
    assert f"{review.label} is passed: its answers are fixed. Nothing was kept." in late.content.decode()
    elsewhere = reviewer.get("/nowhere/", headers=WHILE_TYPING)
    assert (elsewhere.status_code, f"Review {review.label} passed" in elsewhere.content.decode()) == (404, False)
    assert f"Review {review.label} passed" in reviewer.get(page).content.decode()

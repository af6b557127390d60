"""Triage over the API: answers evaluated, put on record, decided; for pharmacists alone."""

from typing import Any

import pytest

from regulatory.enquiries import receive_enquiry
from regulatory.models import Enquiry
from regulatory.triage.models import Triage, TriageDecision, TriageVersion
from tests.api.callers import Caller
from tests.factories import NOW, House, signed_profile
from tests.laid import laid
from tests.regulatory.triage.ground import ANTIBODY

pytestmark = pytest.mark.django_db
GIVEN = {
    name: value
    for name, value in ANTIBODY.items()
    if name not in ("profile", "npp_status", "personal_import", "cap_months")
} | {"country": "GB"}


@laid
def enquiry(house: House) -> Enquiry:
    signed_profile(house, "UK-SPECIALS")
    return receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="prescriber",
        country="GB",
        product="orvelumab",
        indication="invented",
        by=house.coordinator,
        now=NOW,
    )


def test_answers_are_evaluated_with_the_pathways_of_the_house_and_nothing_is_kept(
    enquiry: Enquiry, pharmacist: Caller
) -> None:
    answer = pharmacist.post("/triage", {"answers": GIVEN})
    body = answer.json()
    assert (answer.status_code, body["outcome"], body["confident"]) == (200, "NPP_RECOMMENDED", True)
    assert body["profile"]["label"] == "UK-SPECIALS 1.0.0-demo (demonstration copy)"
    assert not Triage.objects.exists()


def test_a_wrong_answer_is_named_with_its_remedy(enquiry: Enquiry, pharmacist: Caller) -> None:
    for address in ("/triage", f"/enquiries/{enquiry.reference}/triage"):
        answer = pharmacist.post(address, {"answers": {"storage": "warm", "clas": 1}})
        assert answer.status_code == 422
        assert {entry["field"] for entry in answer.json()["errors"]} == {"answers.storage", "answers.clas"}
    assert not Triage.objects.exists()


def test_an_evaluation_is_put_on_record_and_decided(house: House, enquiry: Enquiry, pharmacist: Caller) -> None:
    where = f"/enquiries/{enquiry.reference}/triage"
    made: dict[str, Any] = pharmacist.post(where, {"answers": GIVEN}).json()
    assert (made["number"], made["outcome"], made["deciding"], made["pathway"], made["decision"]) == (
        1, "NPP_RECOMMENDED", ["T-10"], "UK-SPECIALS", None,
    )  # fmt: skip
    assert pharmacist.post(where, {"answers": GIVEN}).json()["number"] == 1
    refused = pharmacist.post(f"{where}/decision", {"number": 1, "outcome": "CLINICAL_REVIEW"})
    assert refused.status_code == 409
    done = pharmacist.post(f"{where}/decision", {"number": 1, "outcome": "NPP_RECOMMENDED", "next_on": "2099-03-06"})
    assert (done.status_code, done.json()["decision"]["decided_by"]) == (201, "M. Ostby")
    assert [one["number"] for one in pharmacist.get(where).json()] == [1]
    assert Enquiry.objects.get().state == "answered"


def test_an_evaluation_that_does_not_exist_is_named(enquiry: Enquiry, pharmacist: Caller) -> None:
    answer = pharmacist.post(
        f"/enquiries/{enquiry.reference}/triage/decision", {"number": 7, "outcome": "NPP_POSSIBLE"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "number")


@pytest.mark.parametrize("who", ["prescriber", "auditor", "stranger", "receiving"])
def test_others_may_not(enquiry: Enquiry, who: str, request: pytest.FixtureRequest) -> None:
    caller: Caller = request.getfixturevalue(who)
    assert caller.get(f"/enquiries/{enquiry.reference}/triage").status_code == 403
    for address, body in (
        ("/triage", {"answers": {}}),
        (f"/enquiries/{enquiry.reference}/triage", {"answers": GIVEN}),
        (f"/enquiries/{enquiry.reference}/triage/decision", {"number": 1, "outcome": "NPP_POSSIBLE"}),
    ):
        assert caller.post(address, body).status_code == 403
    assert (TriageVersion.objects.count(), TriageDecision.objects.count()) == (0, 0)

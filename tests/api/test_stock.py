"""Stock by the API: a case without a patient, a patient's case, and the draw through its verbs."""

from typing import Any

import pytest

from cases.models import Case
from tests.api.callers import Caller, refused
from tests.factories import signed_profile
from tests.journeys.walk import Walk, start
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def stock(db: None) -> Walk:
    walk = start("SG-SAR-BUFFER")
    walk.bring_in()
    return walk


@pytest.fixture
def coordinator(stock: Walk) -> Caller:
    return Caller(stock.ground.house.coordinator)


def body_of(stock: Walk, **changes: Any) -> dict[str, Any]:
    return {
        "pathway": {"key": "SG-SAR-BUFFER"},
        "prescriber": stock.ground.house.doctor.code,
        "medicine": "orvelumab 150 mg/mL, solution for injection",
        "indication": "invented haematological disease",
    } | changes


def test_a_case_of_stock_is_opened_without_a_patient(stock: Walk, coordinator: Caller) -> None:
    answer = coordinator.post("/cases", body_of(stock, form_key="one-stock"))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["patient"], body["patient_reference"]) == ("Stock of Fairhaven General Hospital, no patient", None)
    assert coordinator.post("/cases", body_of(stock, form_key="one-stock")).json()["reference"] == body["reference"]
    assert Case.objects.filter(patient__isnull=True).count() == 2


def test_a_pathway_for_a_patient_asks_for_one(stock: Walk, coordinator: Caller) -> None:
    other = start_beside(stock)
    answer = coordinator.post("/cases", body_of(stock, pathway={"key": other}))
    told = refused(answer, 409, "requirements-unmet")["requirements"]
    assert ("PatientAsThePathwayAsks", "unmet") in [(line["code"], line["state"]) for line in told]


def start_beside(stock: Walk) -> str:
    signed_profile(stock.ground.house, "SG-SAR-NAMED")
    return "SG-SAR-NAMED"


def test_a_patients_case_draws(stock: Walk, coordinator: Caller) -> None:
    patient = stock.patient(1)
    patient.take("cases.case.begin_sourcing")
    reference = patient.ground.case.reference
    facts = {"packs": 1, "days_of_therapy": 28, "reason": "The first to need it."}
    offered = coordinator.read(f"/cases/{reference}/step", verb="custody.consignment.draw")
    (one,) = next(ask for ask in offered["asks"] if ask["name"] == "stock")["options"]
    assert one["value"].startswith("Stock C-1: lot 7K04B1, expires 20")
    assert stock.ground.case.reference not in str(offered)
    body = {"verb": "custody.consignment.draw", "facts": facts | {"stock": one["value"]}}
    done = coordinator.post(f"/cases/{reference}/advance", body)
    assert done.status_code == 200, done.content
    assert Case.objects.get(pk=patient.ground.case.pk).consignments.get().state == "accepted"
